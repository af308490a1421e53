#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise run: what is wrong is told before anything starts; what runs ends as it would alone.
load setup

confined() {
	"$PAVISE" run -f open.aa -p open -- "$@"
}

# wait_status COMMAND...: prints "exit N" or "signal N", which a shell's $? cannot tell apart.
wait_status() {
	/usr/bin/python3 -c 'import subprocess, sys
r = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL).returncode
print("signal" if r < 0 else "exit", abs(r))' "$@"
}

@test "the exit status is the program's" {
	for status in 0 1 7 125 255; do
		run "-$status" confined bash -c "exit $status"
		[ -z "$output" ]
	done
}

@test "the signal that ends the program ends pavise" {
	for signal in 15 9 6 11 1; do
		run -0 wait_status "$PAVISE" run -f open.aa -p open -- bash -c "kill -$signal \$\$"
		[ "$output" = "signal $signal" ]
	done
}

@test "a signal to pavise reaches the program" {
	cat >trap.sh <<-'END'
	trap 'echo caught >caught; exit 9' TERM
	echo >ready
	while :; do sleep 0.05; done
	END
	"$PAVISE" run -f open.aa -p open -- bash trap.sh &
	pid=$!
	for _ in $(seq 200); do [ -e ready ] && break; sleep 0.05; done
	kill -TERM "$pid"
	status=0
	wait "$pid" || status=$?
	[ "$status" = 9 ]
	[ "$(cat caught)" = caught ]
}

@test "standard streams pass through" {
	export PAVISE
	run -0 --separate-stderr bash -c 'echo in |
		"$PAVISE" run -f open.aa -p open -- bash -c "cat; echo err >&2"' 
	[ "$output" = in ]
	[ "$stderr" = err ]
	head -c 3000000 /dev/urandom >big
	confined cat <big | cmp - big
	# A reader that goes away ends the program by SIGPIPE, and only it.
	run -0 bash -c '"$PAVISE" run -f open.aa -p open -- yes | head -n 1
		echo "${PIPESTATUS[0]}"'
	[ "${lines[1]}" = 141 ]
}

@test "arguments, environment, folder and umask are the program's own" {
	echo 'echo "$A|$1|$2|$PWD|$(umask)"' >show.sh
	run -0 env A=b "$PAVISE" run -f open.aa -p open bash show.sh '' 'a b'
	[ "$output" = "b||a b|$PWD|$(umask)" ]
}

@test "options end at the command" {
	run -0 "$PAVISE" run -f open.aa -p open echo --json -q
	[ "$output" = "--json -q" ]
}

@test "no such program: 127" {
	run -127 confined no-such-program-anywhere
	contains "no-such-program-anywhere"
	run -127 confined ./no-such-program
	contains "No such file"
	run -127 confined ''
}

@test "a program that cannot be executed: 126" {
	echo text >plain
	chmod 644 plain
	run -126 confined ./plain
	contains "./plain"
	run -126 confined /
}

@test "a broken policy stops before the program starts" {
	echo 'profile x { /tmp/** zz, }' >bad.aa
	run -125 "$PAVISE" run -f bad.aa -p x -- touch started
	contains "bad.aa:1:"
	contains "nothing was started"
	run -125 "$PAVISE" run -f open.aa -f bad.aa -p open -- touch started
	[ ! -e started ]
}

@test "an unknown profile names near ones, and starts nothing" {
	run -125 "$PAVISE" run -f open.aa -f viewer.aa -p viewre -- touch started
	contains "no profile viewre; near it: viewer"
	run -125 "$PAVISE" run -f open.aa -f viewer.aa -p zzzzzzzzz -- touch started
	contains "loaded: open, viewer"
	[ ! -e started ]
}

@test "a missing include names the search path" {
	mkdir inc
	echo 'profile x { include <no/such> }' >x.aa
	run -125 "$PAVISE" run -I inc -f x.aa -p x -- touch started
	contains "no/such"
	contains "inc"
	contains "/etc/apparmor.d"
	[ ! -e started ]
}

@test "a policy that is not there, an engine that is not there, a log that cannot be" {
	run -125 "$PAVISE" run -f nowhere.aa -- touch started
	contains "nowhere.aa"
	run -125 "$PAVISE" run -f open.aa -p open --engine secomp -- touch started
	contains "no engine secomp"
	run -125 "$PAVISE" run -f open.aa -p open --log /no/such/dir/log -- touch started
	contains "/no/such/dir/log"
	[ ! -e started ]
}

@test "without -p the profile attaches by the program's real path" {
	run -0 "$PAVISE" run -f viewer.aa -- cat public/note
	[ "$output" = hello ]
	ln -s "$(command -v cat)" view
	run -0 "$PAVISE" run -f viewer.aa -- ./view public/note
	[ "$output" = hello ]
	run -1 "$PAVISE" run -f viewer.aa -- ./view other
	contains "ermission denied"
	run -125 "$PAVISE" run -f viewer.aa -- ls
	contains "no profile attaches to /usr/bin/ls"
	contains "viewer"
}

@test "two profiles that attach equally well: neither" {
	printf 'profile %s /usr/bin/{cat,%s} { /** rm, }\n' a a b b >two.aa
	run -125 "$PAVISE" run -f two.aa -- cat other
	contains "/usr/bin/cat"
}

@test "policy on standard input" {
	run -0 bash -c '"$1" run -f - -p open -- echo fine <open.aa' _ "$PAVISE"
	[ "$output" = fine ]
}

@test "a denial is an error for the program and a record on standard error" {
	run -1 --separate-stderr "$PAVISE" run -f viewer.aa -- cat other
	[ -z "$output" ]
	[[ $stderr == *'apparmor="DENIED" operation="open" class="file" '* ]]
	[[ $stderr == *'profile="viewer" name="'"$(realpath other)"'" '* ]]
	[[ $stderr == *'comm="cat" requested_mask="r" denied_mask="r" '* ]]
	[[ $stderr == *'pavise: 1 denial (1 record)'* ]]
}

@test "the deciding rule is told" {
	run -1 "$PAVISE" run -f viewer.aa -- cat public/private/note
	lacks secret
	contains "viewer.aa:5: audit deny"
}

@test "--log appends, --json writes JSON" {
	run -1 --separate-stderr "$PAVISE" run -f viewer.aa --log log -- cat other
	[[ $stderr != *apparmor=* ]]
	[[ $stderr == *"1 denial (1 record in log)"* ]]
	run -1 "$PAVISE" run -f viewer.aa --log log -- cat other
	[ "$(grep -c 'apparmor="DENIED"' log)" = 2 ]
	[ "$(stat -c %a log)" = 600 ]
	run -1 "$PAVISE" run -f viewer.aa --log log.json --json -- cat other public/private/note
	/usr/bin/python3 - <<-'END'
	import json, os
	a, b = [json.loads(line) for line in open("log.json")]
	assert a["verdict"] == b["verdict"] == "denied"
	assert a["profile"] == "viewer" and a["operation"] == "open" and a["class"] == "file"
	assert a["name"] == a["object"] == os.path.realpath("other")
	assert a["requested_mask"] == a["denied_mask"] == "r"
	assert a["pid"] > 1 and a["parent"] >= 1 and a["comm"] == "cat"
	assert a["exe"] == "/usr/bin/cat" and a["uid"] == os.getuid()
	assert a["rule"] is None and "viewer.aa:5: " in b["rule"]
	assert a["count"] == 1
	END
	run -1 --separate-stderr "$PAVISE" run -f viewer.aa --json -- cat other
	grep -v '^cat: ' <<<"$stderr" | /usr/bin/python3 -c '
import json, sys
[event] = [json.loads(line) for line in sys.stdin]
assert event["verdict"] == "denied"'
}

@test "names that would fool a reader are hex or escaped" {
	echo x >$'line\nbreak'
	run -1 "$PAVISE" run -f viewer.aa --log log -- cat $'line\nbreak'
	[ "$(wc -l <log)" = 1 ]
	grep -q 'name=[0-9A-F]* ' log
	grep -q 6C696E650A627265616B log
}

@test "identical denials are one record with a count, and none is lost" {
	cat >many.sh <<-'END'
	for i in $(seq 300); do { : <"$1"; } 2>/dev/null; done
	END
	cat >many.aa <<-'END'
	profile many flags=(attach_disconnected) {
		/usr/** mrix,
		/etc/ld.so.cache r,
		/**/many.sh r,
		/dev/null rw,
	}
	END
	run "$PAVISE" run -f many.aa -p many --json --log log -- bash many.sh "$PWD/other"
	/usr/bin/python3 - <<-'END'
	import json
	events = [json.loads(line) for line in open("log")]
	counts = [e["count"] for e in events if e.get("name", "").endswith("/other")]
	# What came faster than it could be written is told as a number, in a record without a name.
	lost = sum(e.get("lost", 0) for e in events)
	assert sum(counts) + lost == 300, (counts, lost)
	assert len(counts) < 50, counts
	END
	contains "denials"
}

@test "--complain lets pass and reports, but what a rule denies is denied" {
	run -0 --separate-stderr "$PAVISE" run -f viewer.aa --complain -- cat other
	[ "$output" = other ]
	[[ $stderr == *'apparmor="ALLOWED"'* ]]
	[[ $stderr == *"1 let pass in complain mode"* ]]
	run -1 "$PAVISE" run -f viewer.aa --complain -- cat public/private/note
	lacks secret
}

@test "--quiet" {
	run -1 --separate-stderr "$PAVISE" run -f viewer.aa -q -- cat other
	[[ $stderr == "cat: other: "* ]]
	[[ $stderr != *pavise* && $stderr != *apparmor* ]]
	run -125 "$PAVISE" run -q -f nowhere.aa -- true
	contains nowhere.aa
}

@test "--verbose says which profile and engine" {
	run -0 "$PAVISE" run -f viewer.aa -v -- cat public/note
	contains "profile viewer, engine seccomp"
}

@test "rules that the engine cannot enforce are named; --strict refuses them" {
	sed 's,^},\tmount fstype=tmpfs -> /mnt/\,\n},' viewer.aa >mount.aa
	run -0 --separate-stderr "$PAVISE" run -f mount.aa -- cat public/note
	[ "$output" = hello ]
	[[ $stderr == *"mount.aa:6:"*"warning: mount rules are not enforced"* ]]
	run -125 "$PAVISE" run -f mount.aa --strict -- cat public/note
	contains "mount.aa:6:"
	contains "nothing was started"
	lacks hello
	run -0 "$PAVISE" run -f viewer.aa --strict -- cat public/note
}

@test "a program left behind in the background stays confined, and pavise ends with its own" {
	cat >left.sh <<-'END'
	(sleep 0.7; cat "$1" >leaked 2>/dev/null; echo done >left) >/dev/null 2>&1 &
	exit 4
	END
	cat >left.aa <<-'END'
	profile left {
		/usr/** mrix,
		/etc/ld.so.cache r,
		/**/left{,.sh} rw,
		/**/leaked w,
		/dev/null rw,
	}
	END
	status=0
	"$PAVISE" run -q -f left.aa -p left -- bash left.sh "$PWD/other" || status=$?
	[ "$status" = 4 ]
	sleep 1.5
	[ ! -s leaked ]
}

@test "^C at a terminal" {
	"$BATS_TEST_DIRNAME/terminal.py" interrupt "$PAVISE" open.aa
}

@test "^Z and fg at a terminal" {
	"$BATS_TEST_DIRNAME/terminal.py" stop "$PAVISE" open.aa
}

@test "the program sees its terminal" {
	"$BATS_TEST_DIRNAME/terminal.py" tty "$PAVISE" open.aa
	command -v script >/dev/null || skip "no script(1) here"
	echo 'test -t 1 && exit 5' >tty.sh
	run -5 script -qec "'$PAVISE' run -f open.aa -p open -- bash tty.sh" /dev/null
}

@test "the size of the window reaches the program" {
	"$BATS_TEST_DIRNAME/terminal.py" size "$PAVISE" open.aa
}
