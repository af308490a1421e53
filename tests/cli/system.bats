#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Policy for the whole system: what can be said without a kernel that has the engine.
load setup

setup() {
	prepare
	"$PAVISE" help | grep -q '^  load ' || skip "built without the bpf engine"
}

@test "commands that need names say so" {
	for c in load enforce complain disable bind unbind; do
		run -2 "$PAVISE" "$c"
		contains "usage: pavise $c"
	done
	for c in list status; do
		run -2 "$PAVISE" "$c" name
		contains "no names are taken"
	done
}

@test "load --keep-going takes what can be read again, and takes nothing out" {
	for words in "-" "--only viewer.aa"; do
		# shellcheck disable=SC2086 # words
		run -2 "$PAVISE" load --keep-going $words
		contains "usage: pavise load"
	done
}

@test "without the engine each says what is missing, and fails" {
	"$PAVISE" engines --json | grep -q '"name": "bpf", "works": true' && skip "the engine works here"
	for c in "load viewer.aa" "unload" "unload viewer" "reload" "enforce viewer" "complain viewer" "disable viewer" "bind /tmp viewer" "unbind /tmp" "daemon --no-wait" "apparmorfs out"; do
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr "$PAVISE" $c
		[ -z "$output" ]
		[[ $stderr == "pavise: "* ]]
	done
}
