#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What a profile denies is denied, by every rule class; modes and transitions are obeyed. Called by run.
set -u
here=$(cd "$(dirname "$0")" && pwd)
export PAVISE=${PAVISE:-$here/../../build/src/cli/pavise}
base=$(mktemp -d "${TMPDIR:-/tmp}/pavise-enforce-XXXXXX") || exit 2
trap 'rm -rf "$base"' EXIT
cd "$base" || exit 2
failed=0
py=/usr/bin/python3

# expect NAME WANTED COMMAND...: the command's last line of output must be WANTED.
expect() {
	local name=$1 wanted=$2 got
	shift 2
	got=$("$@" 2>/dev/null </dev/null | tail -n 1)
	[ "$got" = "$wanted" ] || { echo "  $name: got \"$got\", expected \"$wanted\""; failed=1; }
}

confined() {
	local profile=$1
	shift
	timeout 60 "$PAVISE" run -q -f policy -p "$profile" -- "$@"
}

# try CODE: prints "ok" or the name of the error.
cat >try.py <<'END'
import ctypes, errno, fcntl, mmap, os, resource, signal, socket, subprocess, sys
try:
    exec(sys.argv[1])
    print("ok")
except OSError as e:
    print(errno.errorcode[e.errno])
END

cat >policy <<END
@{BASE}=$base
profile base flags=(attach_disconnected) {
	/usr/** mrix,
	/etc/** r,
	/dev/** rw,
	/proc/** r,
	/ r,
	@{BASE}/ r,
	@{BASE}/{try.py,read,x,link-target} r,
	@{BASE}/write w,
	@{BASE}/locked rwk,
	@{BASE}/lib rm,
	owner @{BASE}/made-* rw,
	owner @{BASE}/owned-* r,
	@{BASE}/linked-r rl,
	@{BASE}/linked-x rwl,
	@{BASE}/to-secret r,
	network inet stream,
	network unix stream,
	signal send set=(term) peer=other,
	signal send set=(usr1) peer=base,
	signal receive,
	set rlimit nofile <= 77,
	change_profile -> other,
	@{BASE}/bin/ix ix,
	@{BASE}/bin/px px -> other,
	@{BASE}/bin/Px Px -> other,
	@{BASE}/bin/ux ux,
	@{BASE}/bin/Ux Ux,
	@{BASE}/bin/cx cx -> kid,
	@{BASE}/bin/pix pix,
	@{BASE}/bin/lost px -> nowhere,
	profile kid { /** mrix, }
	^hat { /** mrix, }
}
profile other { /** mrix, signal receive, @{BASE}/secret r, }
profile capable { /** mrwix, capability chown, }
profile limited { /** mrix, capability sys_resource, set rlimit nofile <= 77, }
profile watching flags=(complain) { /usr/** mrix, deny @{BASE}/secret r, signal, }
profile deadly flags=(kill) { /** mrix, deny @{BASE}/secret r, }
END
mkdir bin tree
for f in read x write locked link-target secret; do echo "$f" >"$f"; done
cp /usr/lib/x86_64-linux-gnu/libm.so.6 lib
cp lib nolib
cat >say.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/auxv.h>
#include <stdint.h>
struct request { uint32_t version, verb; uint64_t token, reply; uint32_t reply_len, name_len; char name[512]; };
int main(void)
{
	char label[256] = "";
	struct request r = { 1, 4, 0, (uintptr_t)label, sizeof(label) - 1, 0, "" };
	int n = prctl(0x50415653, &r, sizeof(r), 0, 0);
	char *mode = strchr(label, ' ');
	if (mode)
		*mode = 0;
	printf("%s%s\n", n < 0 ? "?" : label, getauxval(AT_SECURE) ? " secure" : "");
	return 0;
}
END
gcc -w -static -o say say.c || exit 2
for f in ix px Px ux Ux cx pix lost never; do cp say bin/$f; done

ln -s secret to-secret
echo mine >owned-mine
$py -c 'import socket; s = socket.socket(socket.AF_UNIX); s.bind("listening")'
expect "read" ok confined base $py try.py 'open("read").read()'
expect "read denied" EACCES confined base $py try.py 'open("secret")'
expect "write" ok confined base $py try.py 'open("write", "w")'
expect "write denied" EACCES confined base $py try.py 'open("read", "w")'
expect "append denied" EACCES confined base $py try.py 'open("read", "a")'
expect "create" ok confined base $py try.py 'open("made-1", "w")'
expect "create denied" EACCES confined base $py try.py 'open("new", "w")'
expect "unlink" ok confined base $py try.py 'open("made-2", "w"); os.unlink("made-2")'
expect "unlink denied" EACCES confined base $py try.py 'os.unlink("read")'
expect "rename denied" EACCES confined base $py try.py 'os.rename("read", "made-3")'
expect "link denied" EACCES confined base $py try.py 'os.link("read", "made-4")'
expect "symlink denied" EACCES confined base $py try.py 'os.symlink("read", "sym")'
expect "mkdir denied" EACCES confined base $py try.py 'os.mkdir("dir")'
expect "rmdir denied" EACCES confined base $py try.py 'os.rmdir("tree")'
expect "mkfifo denied" EACCES confined base $py try.py 'os.mkfifo("fifo")'
expect "chmod denied" EACCES confined base $py try.py 'os.chmod("read", 0o600)'
expect "chown denied" EACCES confined base $py try.py 'os.chown("read", os.getuid(), -1)'
expect "truncate denied" EACCES confined base $py try.py 'os.truncate("read", 0)'
expect "utimes denied" EACCES confined base $py try.py 'os.utime("read")'
expect "attribute denied" EACCES confined base $py try.py 'os.setxattr("read", "user.x", b"y")'
expect "attribute" ok confined base $py try.py 'os.setxattr("write", "user.x", b"y"); os.removexattr("write", "user.x")'
expect "removing an attribute denied" EACCES confined base $py try.py 'os.removexattr("read", "user.x")'
expect "by descriptor, chmod denied" EACCES confined base $py try.py 'os.chmod(os.open("read", os.O_RDONLY), 0o600)'
expect "by descriptor, utimes denied" EACCES confined base $py try.py 'os.utime(os.open("read", os.O_RDONLY))'
expect "reopened for more" EACCES confined base $py try.py 'os.open("/proc/self/fd/%d" % os.open("read", 0), os.O_RDWR)'
expect "truncating open denied" EACCES confined base $py try.py 'os.open("read", os.O_RDONLY | os.O_TRUNC)'
expect "unnamed file denied" EACCES confined base $py try.py 'os.open(".", os.O_TMPFILE | os.O_RDWR)'
expect "rename onto denied" EACCES confined base $py try.py 'open("made-5", "w"); os.rename("made-5", "secret")'
expect "rename" ok confined base $py try.py 'open("made-6", "w"); os.rename("made-6", "made-7")'
expect "exchange denied" EACCES confined base $py try.py '
open("made-8", "w"); libc = ctypes.CDLL(None, use_errno=True)
if libc.renameat2(-100, b"made-8", -100, b"secret", 2): raise OSError(ctypes.get_errno(), "")'
expect "link to more than the source gives" EACCES confined base $py try.py 'os.link("read", "linked-x")'
expect "link" ok confined base $py try.py 'os.link("read", "linked-r")'
expect "a link's name counts, not its target's" ok confined base $py try.py 'open("linked-r").read()'
expect "a symlink's target counts" EACCES confined base $py try.py 'open("to-secret")'
expect "bind" ok confined base $py try.py 'socket.socket(socket.AF_UNIX).bind("made-socket")'
expect "bind denied" EACCES confined base $py try.py 'socket.socket(socket.AF_UNIX).bind("socket")'
expect "connect denied" EACCES confined base $py try.py 'socket.socket(socket.AF_UNIX).connect("listening")'
expect "executable protection denied" EACCES confined base $py try.py '
m = mmap.mmap(os.open("read", 0), 0, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE); libc = ctypes.CDLL(None, use_errno=True)
line = [l for l in open("/proc/self/maps") if l.endswith("/read\n")][0]; start, end = line.split()[0].split("-")
if libc.mprotect(ctypes.c_void_p(int(start, 16)), 4096, 5): raise OSError(ctypes.get_errno(), "")'
expect "listing denied" EACCES confined base $py try.py 'os.listdir("tree")'
expect "listing" ok confined base $py try.py 'os.listdir(".")'
expect "stat is free" ok confined base $py try.py 'os.stat("secret")'
expect "lock" ok confined base $py try.py 'fcntl.flock(open("locked"), fcntl.LOCK_EX)'
expect "lock denied" EACCES confined base $py try.py 'fcntl.flock(open("read"), fcntl.LOCK_SH)'
expect "map" ok confined base $py try.py 'ctypes.CDLL("./lib")'
expect "map denied" EACCES confined base $py try.py 'mmap.mmap(os.open("read", 0), 0, prot=mmap.PROT_READ | mmap.PROT_EXEC, flags=mmap.MAP_PRIVATE)'
expect "exec denied" EACCES confined base $py try.py 'os.execv("bin/never", ["x"])'
expect "socket" ok confined base $py try.py 'socket.socket(socket.AF_INET, socket.SOCK_STREAM)'
expect "socket denied" EACCES confined base $py try.py 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM)'
expect "socketpair" ok confined base $py try.py 'socket.socketpair()'
expect "socketpair denied" EACCES confined base $py try.py 'socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)'
expect "signal to itself" ok confined base $py try.py 'signal.signal(10, signal.SIG_IGN); os.kill(os.getpid(), 10)'
expect "signal to itself without a rule" EACCES confined base $py try.py 'signal.signal(12, signal.SIG_IGN); os.kill(os.getpid(), 12)'
expect "signal to a thread of its own without a rule" EACCES confined base $py try.py 'import threading; signal.signal(12, signal.SIG_IGN); os.kill(threading.get_native_id(), 12)'
expect "signal outside denied" EACCES confined base $py try.py "os.kill($$, 0)"
expect "rlimit" 77 confined base $py -c 'import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE)[1])'
expect "no raise of a limit" 77 confined limited $py -c '
import resource
try: resource.setrlimit(resource.RLIMIT_NOFILE, (70, 78))
except Exception: pass
print(resource.getrlimit(resource.RLIMIT_NOFILE)[1])'
expect "mappings that are all executable" ENOSYS confined base $py try.py '
if ctypes.CDLL(None, use_errno=True).personality(0x400000) < 0: raise OSError(ctypes.get_errno(), "")'
expect "other thread's memory" EACCES confined base $py try.py "open('/proc/$$/environ')"

expect "owner" ok confined base $py try.py 'open("owned-mine").read()'
if [ "$(id -u)" = 0 ] && chown 65533 owned-mine 2>/dev/null; then
	expect "not the owner" EACCES confined base $py try.py 'open("owned-mine").read()'
	expect "a capability not given" EPERM confined base $py try.py 'open("made-9", "w"); os.chown("made-9", 65533, -1)'
	expect "a capability given" ok confined capable $py try.py 'open("made-9", "w"); os.chown("made-9", 65533, -1)'
	rm -f made-9
fi

expect "ix" base confined base bin/ix
expect "px" other confined base sh -c 'bin/px'
expect "Px" "other secure" confined base sh -c 'bin/Px'
expect "ux" unconfined confined base sh -c 'bin/ux'
expect "Ux" "unconfined secure" confined base sh -c 'bin/Ux'
expect "cx" base//kid confined base sh -c 'bin/cx'
expect "pix without a profile" base confined base sh -c 'bin/pix'
expect "missing target" EACCES confined base $py try.py 'os.execv("bin/lost", ["x"])'

expect "deny in complain" "" confined watching cat "$base/secret"
expect "complain" read confined watching cat "$base/read"
confined deadly cat secret >/dev/null 2>&1
[ $? = 137 ] || { echo "  kill mode did not kill"; failed=1; }
[ "$("$PAVISE" run -f policy -p base --log log -- cat secret 2>/dev/null; grep -c 'DENIED.*secret' log)" = 1 ] ||
	{ echo "  no event"; failed=1; }
exit $failed
