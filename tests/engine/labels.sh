#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Labels: how they change at exec and on request, what they mean for signals between processes, and what
# complain and kill mode make of them. Called by run.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export PAVISE=${PAVISE:-$here/../../build/src/cli/pavise}
src=$(realpath "$here/../../src")
base=$(mktemp -d "${TMPDIR:-/tmp}/pavise-labels-XXXXXX") || exit 2
trap 'rm -rf "$base"' EXIT
cd "$base" || exit 2
failed=0 count=0
py=/usr/bin/python3
# Our own build of the library: the one beside PAVISE may need a sanitizer that python lacks.
export PAVISE_LIBRARY=$base/libpavise.so PYTHONPATH=$src/lib/python PYTHONDONTWRITEBYTECODE=1
gcc -shared -fPIC -O1 -I "$src" -o "$PAVISE_LIBRARY" "$src/lib/pavise.c" || exit 2

# expect NAME WANTED COMMAND...: what the command says, in one line, must be WANTED.
expect() {
	local name=$1 wanted=$2 got
	shift 2
	count=$((count + 1))
	got=$("$@" 2>/dev/null </dev/null | tr '\n' ' ')
	[ "${got% }" = "$wanted" ] || { echo "  $name: got \"${got% }\", expected \"$wanted\""; failed=1; }
}

confined() {
	local profile=$1
	shift
	timeout 60 "$PAVISE" run -q -f policy -p "$profile" -- "$@"
}

# events PROFILE COMMAND...: only the events.
events() {
	local profile=$1
	shift
	rm -f log
	timeout 60 "$PAVISE" run -f policy -p "$profile" --log log -- "$@" >/dev/null 2>&1
	cat log
}

# python PROFILE CODE: with t(CALL...) for the name of a call's error.
python() {
	confined "$1" $py -c "
import ctypes, errno, os, signal, subprocess, sys, time, pavise
def t(call, *args):
    try: call(*args)
    except OSError as e: return errno.errorcode[e.errno]
    return 'ok'
def label(): return pavise.get_label()[0]
$2"
}

cat >policy <<END
@{BASE}=$base
@{COMMON}=/{usr,etc,lib,lib64}/**
profile base {
	@{COMMON} mrix,
	/dev/** rw,
	/proc/** r,
	/ r,
	$src/** r,
	@{BASE}/{,*} r,
	@{BASE}/*.so m,
	signal send set=(usr1,exists) peer=other,
	signal send set=(term,kill) peer=other,
	signal (send,receive) peer=base//*,
	signal (send,receive) peer=base,
	change_profile -> other,
	change_profile -> base//kid,
	change_profile -> deaf,
	change_profile -> nowhere,
	change_profile -> *_suffix,
	change_profile unsafe @{BASE}/bin/wide-* -> at_exec,
	change_profile @{BASE}/bin/wide-two -> attached,
	change_profile @{BASE}/bin/wide-two -> unconfined,
	@{BASE}/bin/Cx Cx -> kid,
	@{BASE}/bin/cx-attached cx,
	@{BASE}/bin/px-attached px,
	@{BASE}/bin/x-* px,
	@{BASE}/bin/y-* cx,
	@{BASE}/bin/px-missing px,
	@{BASE}/bin/cx-missing cx,
	@{BASE}/bin/Pux Pux,
	@{BASE}/bin/pux pux,
	@{BASE}/bin/cux cux,
	@{BASE}/bin/cix cix,
	@{BASE}/bin/Pix Pix,
	@{BASE}/bin/sleeper px -> other,
	@{BASE}/bin/deaf px -> deaf,
	@{BASE}/bin/wide-* ix,
	@{BASE}/bin/wide-one px -> other,
	@{BASE}/bin/denied ix,
	deny @{BASE}/bin/denied x,
	@{BASE}/script px -> other,
	@{BASE}/bare ix,
	@{BASE}/endless ix,
	@{BASE}/nested-* rix,
	@{BASE}/unreadable px -> blind,
	@{BASE}/bin/no-map px -> no-map,
	profile kid {
		/** mrix,
		signal receive,
	}
	profile @{BASE}/bin/cx-attached { /** mrix, }
	profile marked @{BASE}/bin/y-* xattrs=(user.kind="in*") { /** mrix, }
	^hat { /** mrix, deny @{BASE}/secret r, change_profile -> other, signal, }
	^second { /** mrix, signal, }
}
profile other { /** mrix, signal receive set=(usr1,exists,kill), @{BASE}/secret r, }
profile deaf { /** mrix, signal receive set=(kill), }
profile hatless { /** mrix, }
profile blind { /usr/** mrix, /etc/** r, }
profile no-map { /usr/** mrix, /etc/** r, }
profile attached $base/bin/px-attached { /** mrix, }
profile x_any $base/bin/x-* { /** mrix, }
profile x_kind $base/bin/x-* xattrs=(user.kind="in*") { /** mrix, }
profile x_both $base/bin/x-* xattrs=(user.kind="in*" user.more) { /** mrix, }
profile x_hidden $base/bin/x-hid* xattrs=(trusted.kind) { /** mrix, }
profile my_suffix { /** mrix, }
profile at_exec { /** mrix, }
profile watching flags=(complain) { /usr/** mrix, deny @{BASE}/bin/denied x, deny @{BASE}/secret r, }
profile strict { /usr/** mrix, /etc/** r, /dev/null rw, @{BASE}/bin/* ix, }
END
mkdir bin
echo secret >secret
cat >say.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include "lib/pavise.h"
int main(void)
{
	char label[600] = "";
	int n = pavise_get_label(label, sizeof(label));

	if (strchr(label, ' '))
		*strchr(label, ' ') = 0;
	printf("%s%s%s\n", n < 0 ? "?" : label, getauxval(AT_SECURE) ? " secure" : "",
	       getenv("PRELOADED") ? " preloaded" : "");
	return 0;
}
END
echo '#include <stdlib.h>
__attribute__((constructor)) static void here(void) { setenv("PRELOADED", "1", 1); }' >pre.c
gcc -w -I "$src" -o say say.c "$src/lib/pavise.c" && gcc -shared -fPIC -o pre.so pre.c || exit 2
for f in Cx cx-attached px-attached px-missing cx-missing Pux pux cux cix Pix wide-one wide-two \
	denied no-map x-none x-kind x-other x-both x-hidden y-kind y-none; do
	cp say bin/$f
done
cp /bin/sleep bin/sleeper && cp /bin/sleep bin/deaf
printf '#!%s\n' "$base/say" >script && printf '#!/bin/sh\necho ran\n' >bare && cp bare unreadable
printf '#!/bin/echo' >endless
printf '#!/bin/echo\n' >nested-1
for i in 2 3 4 5 6; do echo "#!$base/nested-$((i - 1))" >nested-$i; done
chmod 755 script bare unreadable endless nested-*

run_of() { confined base sh -c "$1"; }
expect "Cx by name" "base//kid secure" run_of bin/Cx
expect "cx by attachment" "base//$base/bin/cx-attached" run_of bin/cx-attached
expect "px by attachment" attached run_of bin/px-attached
expect "px without a profile" 126 run_of "bin/px-missing; echo \$?"
expect "cx without a child" 126 run_of "bin/cx-missing; echo \$?"
expect "pux falls back" unconfined run_of bin/pux
expect "Pux falls back" "unconfined secure" run_of bin/Pux
expect "cux falls back" unconfined run_of bin/cux
expect "cix falls back" base run_of bin/cix
expect "Pix falls back" "base secure" run_of bin/Pix
expect "an exact name beats a pattern" other run_of bin/wide-one
expect "the pattern" base run_of bin/wide-two
expect "deny beats allow" 126 run_of "bin/denied; echo \$?"
expect "a script goes by its own path" other run_of ./script
expect "a script of one unended line" ./endless run_of ./endless
expect "scripts run by scripts" ok python base 'print(t(subprocess.run, ["./nested-5"], -1, None, None, -3))'
expect "one too many" ELOOP python base 'print(t(subprocess.run, ["./nested-6"]))'
expect "a script that inherits" ran run_of ./bare
expect "a script its profile cannot read" 126 run_of "./unreadable 2>/dev/null >&2; [ \$? != 0 ] && echo 126"
expect "a program its profile cannot map" no run_of "bin/no-map && echo yes || echo no"

if "$py" -c '
import os
for name, value in (("x-kind", b"inner"), ("x-other", b"outer"), ("x-both", b"in\0"), ("y-kind", b"in")):
    os.setxattr("bin/" + name, "user.kind", value)
os.setxattr("bin/x-both", "user.more", b"")' 2>/dev/null; then
	expect "attributes are missing" x_any run_of bin/x-none
	expect "an attribute that fits" x_kind run_of bin/x-kind
	expect "an attribute that does not" x_any run_of bin/x-other
	expect "more attributes go first" x_both run_of bin/x-both
	expect "a child by its attribute" "base//marked" run_of bin/y-kind
	expect "no child" 126 run_of "bin/y-none; echo \$?"
	expect "a command's own attributes" x_kind timeout 60 "$PAVISE" run -q -f policy -- bin/x-kind
	# Whether it is there is not ours to know.
	expect "a hidden attribute" 126 setpriv --inh-caps=-all --bounding-set=-sys_admin \
		timeout 60 "$PAVISE" run -q -f policy -p base -- sh -c 'bin/x-hidden; echo $?'
else
	echo "  extended attributes: skipped, this file system has none"
fi

# The dynamic linker forgets LD_PRELOAD where the transition scrubs, and only there.
export LD_PRELOAD=$base/pre.so
expect "preloaded, ix" "base preloaded" confined base bin/wide-two
expect "preloaded, px" "attached preloaded" confined base sh -c 'unset PRELOADED; bin/px-attached'
expect "not preloaded, Cx" "base//kid secure" confined base sh -c 'unset PRELOADED; bin/Cx'
expect "not preloaded, Pux" "unconfined secure" confined base sh -c 'unset PRELOADED; bin/Pux'
unset LD_PRELOAD

expect "change of profile" "ok other ok" python base '
print(t(pavise.change_profile, "other"), label(), t(open, "secret"))'
expect "changes for good" "ok EACCES other" python base '
print(t(pavise.change_profile, "other"), t(pavise.change_profile, "base"), label())'
expect "to a child" "ok base//kid" python base 'print(t(pavise.change_profile, "base//kid"), label())'
expect "by a pattern of names" "ok my_suffix" python base 'print(t(pavise.change_profile, "my_suffix"), label())'
expect "not allowed" "EACCES base" python base 'print(t(pavise.change_profile, "blind"), label())'
expect "not there" "ENOENT base" python base 'print(t(pavise.change_profile, "nowhere"), label())'
expect "at exec" "ok base other secure" python base '
print(t(pavise.change_onexec, "other"), label()); sys.stdout.flush(); os.execv("bin/wide-two", ["x"])'
expect "at exec, taken back" "ok ok base" python base '
print(t(pavise.change_onexec, "other"), t(pavise.change_onexec, None)); sys.stdout.flush()
os.execv("bin/wide-two", ["x"])'
expect "at exec, unsafe" "ok at_exec" python base '
print(t(pavise.change_onexec, "at_exec")); sys.stdout.flush(); os.execv("bin/wide-two", ["x"])'
expect "at exec, for another program" "ok EACCES base ok" python base '
print(t(pavise.change_onexec, "at_exec"), t(os.execv, "bin/cix", ["x"]), label(),
      t(pavise.change_onexec, None))'
expect "at exec, with the program that the rule names" "ok attached secure" python base '
print(t(pavise.change_onexec, "attached")); sys.stdout.flush(); os.execv("bin/wide-two", ["x"])'
expect "at exec, with another one" "ok EACCES" python base '
print(t(pavise.change_onexec, "attached"), t(os.execv, "bin/wide-one", ["x"]))'
expect "at exec, to be unconfined" "ok unconfined secure" python base '
print(t(pavise.change_onexec, "unconfined")); sys.stdout.flush(); os.execv("bin/wide-two", ["x"])'
expect "at exec, not allowed" EACCES python base 'print(t(pavise.change_onexec, "blind"))'
expect "hat and back" "EACCES ok base//hat EACCES ok base" python base '
def hat(): return t(pavise.change_hat, "hat", 77)
print(t(pavise.change_profile, "blind"), hat(), label(), t(open, "secret"),
      t(pavise.leave_hat, 77), label())'
expect "from hat to hat" "ok ok base//second ok base" python base '
print(t(pavise.change_hat, "hat", 5), t(pavise.change_hat, "second", 5), label(), t(pavise.leave_hat, 5), label())'
expect "no such hat" "ENOENT base" python base 'print(t(pavise.change_hat, "none", 5), label())'
expect "no hats at all" "hatless" python hatless 't(pavise.change_hat, "hat", 5); print(label())'
expect "a child profile is no hat" base python base 't(pavise.change_hat, "kid", 5); print(label())'
expect "hats go on to children" "base//hat" python base '
pavise.change_hat("hat", 9); subprocess.run(["bin/wide-two"])'
expect "a new program has no way back" "base//hat EPERM base//hat" python base '
pavise.change_hat("hat", 9)
os.execv("'$py'", ["x", "-c", """
import errno, pavise
print(pavise.get_label()[0])
try: pavise.leave_hat(9)
except OSError as e: print(errno.errorcode[e.errno])
print(pavise.get_label()[0])"""])'
expect "labels belong to threads" "base//hat base" python base '
import threading
def thread(): pavise.change_hat("hat", 9); seen.append(label())
seen = []; one = threading.Thread(target=thread); one.start(); one.join(); print(seen[0], label())'
for how in 'pavise.leave_hat(2)' 'pavise.change_hat("second", 2)'; do
	confined base $py -c "import pavise; pavise.change_hat('hat', 1); $how" >/dev/null 2>&1
	expect "a wrong token kills: $how" 137 echo $?
done

# One side that may not send, or one that may not receive, is enough to refuse.
expect "signals by peer" "ok ok EACCES EACCES -9" python base '
p = subprocess.Popen(["bin/sleeper", "30"]); time.sleep(0.5)
def send(n): return t(os.kill, p.pid, n)
got = [send(0), send(signal.SIGUSR1)]; p.wait(); p = subprocess.Popen(["bin/sleeper", "30"]); time.sleep(0.5)
got += [send(signal.SIGTERM), send(signal.SIGHUP)]; send(9); print(*got, p.wait())'
expect "signals to one that receives none" "EACCES EACCES" python base '
p = subprocess.Popen(["bin/deaf", "1"]); time.sleep(0.5)
print(t(os.kill, p.pid, signal.SIGUSR1), t(os.kill, p.pid, 9)); p.wait()'
expect "by other calls" "EACCES EACCES EACCES" python base '
p = subprocess.Popen(["bin/deaf", "1"]); time.sleep(0.5); c = ctypes.CDLL(None, use_errno=True)
def raw(*args):
    if c.syscall(*args) < 0: raise OSError(ctypes.get_errno(), "")
fd = os.pidfd_open(p.pid)
print(t(raw, 200, p.pid, 10), t(raw, 234, p.pid, p.pid, 10), t(signal.pidfd_send_signal, fd, 10)); p.wait()'

expect "complain lets pass" "ok ok" python watching 'print(t(open, "bin/say", "w"), t(os.mkdir, "made"))'
expect "deny holds in complain" "EACCES EACCES" python watching '
print(t(open, "secret"), t(os.execv, "bin/denied", ["x"]))'
expect "a null profile" "watching//null-$base/say" confined watching sh -c ./say
expect "it complains on" "watching//null-$base/bin/ix2" confined watching sh -c 'cp say bin/ix2 && bin/ix2'
expect "complain is told" 1 grep -c 'ALLOWED.*operation=.*name="[^"]*/made2/"' <(events watching sh -c 'mkdir made2')
expect "deny is not told" 0 grep -c 'secret' <(events watching cat secret)
expect "run --complain" secret timeout 60 "$PAVISE" run -q --complain -f policy -p strict -- cat secret
expect "without" "" confined strict cat secret

# Where all may be read, other processes may still be read by a ptrace rule alone.
for rule in "" "ptrace,"; do
	cat >all <<END
profile one { /** rmix, / r, /dev/** w, $base/bin/sleeper px -> two, $rule }
profile two { /** rmix, / r, $rule }
END
	expect "environment of another label (${rule:-no rule})" "${rule:+read}" timeout 60 "$PAVISE" run -q \
		-f all -p one -- sh -c 'bin/sleeper 2 & sleep 0.5; grep -q . /proc/$!/environ && echo read'
done

echo "  labels: $count expectations"
exit $failed
