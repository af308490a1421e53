#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The manual: clean mdoc, and every example runs.
load setup

# Unpacks the displays of a page's examples: those that begin with "# NAME.aa" are files, the
# lines of others which begin with "$ " are commands, with "# exit N" where they fail.
unpack_examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh [^E]/p' "$1" | sed 's/\\e/\\/g' | awk '
		/^\.Bd/ { on = 1; file = ""; first = 1; next }
		/^\.Ed/ { on = 0; next }
		!on { next }
		first && /^# [a-z]+\.aa$/ { file = $2 }
		{ first = 0 }
		file != "" { print > file; next }
		/^\$ / { print substr($0, 3) > "commands" }'
}

@test "pages are clean mdoc" {
	command -v mandoc >/dev/null || skip "no mandoc here"
	mandoc -T lint -W warning "$ROOT"/man/*.[1-9]
}

@test "every example of pavise(1) runs" {
	mkdir examples bin
	ln -s "$PAVISE" bin/pavise
	cd examples
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	unpack_examples "$ROOT/man/pavise.1"
	[ "$(wc -l <commands)" -ge 12 ]
	while IFS= read -r line; do
		expected=$(sed -nE 's/.*# exit ([0-9]+)$/\1/p' <<<"$line")
		status=0
		bash -c "$line" </dev/null >out 2>err || status=$?
		[ "$status" = "${expected:-0}" ] || {
			echo "$line: status $status" >&2
			cat out err >&2
			return 1
		}
	done <commands
}

@test "every policy of the manual is correct" {
	for page in "$ROOT"/man/*.[1-9]; do
		unpack_examples "$page"
	done
	run -0 ls viewer.aa service.aa
	for policy in *.aa; do
		run -0 "$PAVISE" check "$policy"
		[ -z "$output" ]
	done
}
