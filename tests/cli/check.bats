#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise check: all problems at once, with their places.
load setup

@test "a correct file: silence, status 0" {
	run -0 "$PAVISE" check open.aa viewer.aa
	[ -z "$output" ]
}

@test "standard input" {
	run -0 "$PAVISE" check - <viewer.aa
	run -1 "$PAVISE" check - <<<'profile x { nonsense here, }'
	contains "<stdin>:1:13: error: "
}

@test "all problems at once, with line, column and caret" {
	cat >bad.aa <<-'END'
	profile bad {
		/etc/passwd zz,
		capability no_such_thing,
		network inet stream,
		/etc/@{NO_SUCH_VARIABLE} r,
	}
	END
	run -1 "$PAVISE" check bad.aa
	contains "bad.aa:2:"
	contains "bad.aa:3:"
	lacks "bad.aa:4:"
	contains "bad.aa:5:"
	grep -qE '^ +\^' <<<"$output"
}

@test "problems of several files, in one go" {
	echo 'profile a { /a zz, }' >a.aa
	echo 'profile b { /b zz, }' >b.aa
	run -1 "$PAVISE" check a.aa b.aa
	contains "a.aa:1:"
	contains "b.aa:1:"
}

@test "a conflict that only compiling finds" {
	echo 'profile x { /bin/a px, /bin/a ux, }' >x.aa
	run -1 "$PAVISE" check x.aa
	contains "x.aa:1:"
}

@test "a file that is not there" {
	run -1 "$PAVISE" check nowhere.aa
	contains "nowhere.aa"
	contains "No such file"
}

@test "a missing include names the search path" {
	mkdir inc
	echo 'include <no/such/file>' >x.aa
	run -1 "$PAVISE" check -I inc x.aa
	contains "no/such/file"
	contains "inc"
	contains "/etc/apparmor.d"
}

@test "-I is searched" {
	mkdir -p inc/abs
	echo '/etc/passwd r,' >inc/abs/one
	echo 'profile x { include <abs/one> }' >x.aa
	run -1 "$PAVISE" check x.aa
	run -0 "$PAVISE" check -I inc x.aa
	run -0 "$PAVISE" check x.aa --include=inc
}

@test "--json" {
	echo 'profile x { /a zz, }' >x.aa
	run -1 --separate-stderr "$PAVISE" check --json x.aa viewer.aa
	/usr/bin/python3 - "$output" <<-'END'
	import json, sys
	answer = json.loads(sys.argv[1])
	assert answer["errors"] == 1, answer
	assert answer["profiles"] == 1, answer
	[problem] = answer["problems"]
	assert (problem["file"], problem["line"], problem["level"]) == ("x.aa", 1, "error"), problem
	END
	run -0 "$PAVISE" check --json viewer.aa
	contains '"errors": 0'
}

@test "--engine warns of rules it cannot enforce, by place" {
	cat >mount.aa <<-'END'
	profile m {
		/usr/** mr,
		mount fstype=tmpfs -> /mnt/,
		umount /mnt/,
	}
	END
	run -0 "$PAVISE" check --engine seccomp mount.aa
	contains "mount.aa:3:"
	contains "warning: mount rules are not enforced by engine seccomp"
	contains "mount.aa:4"
	run -0 "$PAVISE" check mount.aa
	[ -z "$output" ]
	run -2 "$PAVISE" check --engine secomp mount.aa
	contains "there is: seccomp"
}

@test "a directory stands for the profiles in it" {
	mkdir -p profiles/disable profiles/abstractions
	cp viewer.aa profiles/viewer
	echo 'broken' | tee profiles/.hidden profiles/old~ profiles/viewer.dpkg-old \
		profiles/off profiles/abstractions/part >/dev/null
	touch profiles/disable/off
	run -0 "$PAVISE" check --json profiles
	contains '"profiles": 1'
}

@test "the profiles of Debian are correct" {
	[ -d /etc/apparmor.d/abstractions ] || skip "no profiles of Debian here"
	run -0 "$PAVISE" check /etc/apparmor.d
	lacks "error:"
}
