#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise dump and pavise engines.
load setup

@test "dump prints each profile" {
	run -0 "$PAVISE" dump viewer.aa open.aa
	contains "viewer"
	contains "open"
	contains "/usr/bin/cat"
	few=$output
	run -0 "$PAVISE" dump -f viewer.aa -f open.aa
	[ "$output" = "$few" ]
	run -0 "$PAVISE" dump --tables viewer.aa open.aa
	[ ${#output} -gt ${#few} ]
}

@test "dump of a broken policy: its problems, no output, status 1" {
	run -1 --separate-stderr "$PAVISE" dump - <<<'profile x { zz }'
	[ -z "$output" ]
	[[ $stderr == *"<stdin>:1:"* ]]
}

@test "dump --text is a policy again, and the same one" {
	"$PAVISE" dump --text viewer.aa open.aa >text.aa
	run -0 "$PAVISE" check text.aa
	"$PAVISE" dump --text text.aa | diff text.aa -
}

@test "engines names each engine, its classes and their grade" {
	run -0 "$PAVISE" engines
	contains "seccomp: "
	contains "  here: "
	grep -qE '^  file +exact' <<<"$output"
	grep -qE '^  mount +refused' <<<"$output"
}

@test "engines --json is JSON and says the same" {
	"$PAVISE" engines --json >engines.json
	"$PAVISE" engines >engines.txt
	/usr/bin/python3 - <<-'END'
	import json
	text = open("engines.txt").read()
	engines = json.load(open("engines.json"))
	assert engines
	for engine in engines:
	    assert engine["name"] in text
	    assert isinstance(engine["works"], bool)
	    for c in engine["classes"]:
	        assert c["grade"] in ("exact", "approximate", "refused")
	        assert c["how"] in text
	END
}

@test "engines --syscalls is a table of system calls" {
	run -0 "$PAVISE" engines --syscalls
	for call in openat execve io_uring_setup ptrace socket kill; do
		contains "$call"
	done
	run -2 "$PAVISE" engines --syscalls --json
}
