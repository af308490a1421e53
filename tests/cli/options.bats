#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# The command line itself: commands, options, usage, help against the manual.
load setup

commands="run check compile explain dump engines apparmor version help"
"$PAVISE" help | grep -q "^  load " && commands+=" load status unload reload enforce complain disable list daemon bind unbind apparmorfs"

# The options that a command's --help names, one a line.
help_options() {
	"$PAVISE" "$1" --help | grep -oE '^  (-[a-zA-Z], |    )--[a-z-]+( [A-Z]+)?' |
		sed 's/^ *//' | sort
}

# The options that the manual's section of a command names, in the same form.
man_options() {
	sed -n "/^\.Ss pavise $1\$/,/^\.S[sh] /p" "$ROOT/man/pavise.1" |
		sed -nE 's/^\.It Fl (([a-zA-Z]) , Fl )?\\-([a-z-]+)( Ar ([A-Z]+))?$/\2 --\3 \5/p;
			s/^\.It Fl ([a-zA-Z]) , Fl \\-([a-z-]+)( Ar ([A-Z]+))?$/\1 --\2 \4/p' |
		sed -E 's/^([a-zA-Z]) --/-\1, --/; s/^ *//; s/ $//' | sort -u
}

@test "no command: usage on standard error, status 2" {
	run -2 --separate-stderr "$PAVISE"
	[ -z "$output" ]
	[[ $stderr == *"usage: pavise COMMAND"* ]]
}

@test "help names every command" {
	run -0 "$PAVISE" help
	for c in $commands; do contains "  $c "; done
	run -0 "$PAVISE" --help
	contains "usage: pavise COMMAND"
}

@test "version, in two ways" {
	run -0 "$PAVISE" version
	[[ $output =~ ^pavise\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	first=$output
	run -0 "$PAVISE" --version
	[ "$output" = "$first" ]
}

@test "an unknown command names near ones" {
	run -2 "$PAVISE" chekc
	contains "unknown command chekc; near it: check"
	run -2 "$PAVISE" help chekc
	contains "near it: check"
}

@test "every command has --help and -h on standard output" {
	for c in $commands; do
		run -0 --separate-stderr "$PAVISE" "$c" --help
		contains "usage: pavise $c"
		contains "--help"
		[ -z "$stderr" ]
		run -0 "$PAVISE" "$c" -h
		contains "usage: pavise $c"
		run -0 "$PAVISE" help "$c"
		contains "usage: pavise $c"
	done
}

@test "an unknown option: usage on standard error, status 2" {
	for c in $commands; do
		run -2 --separate-stderr "$PAVISE" "$c" --no-such-thing
		[ -z "$output" ]
		[[ $stderr == *"unknown option --no-such-thing"*"usage: pavise $c"* ]]
		run -2 --separate-stderr "$PAVISE" "$c" -Z
		[[ $stderr == *"unknown option -Z"* ]]
	done
}

@test "an option without its argument, and one with too much" {
	run -2 "$PAVISE" run -f
	contains "option -f needs an argument"
	run -2 "$PAVISE" run --log
	contains "option --log needs an argument"
	run -2 "$PAVISE" run --json=3 -- true
	contains "option --json=3 takes no argument"
	run -2 "$PAVISE" run --quiet=3 -- true
	contains "option --quiet=3 takes no argument"
}

@test "words that are missing or too many" {
	run -2 "$PAVISE" run -f open.aa
	contains "which command?"
	run -2 "$PAVISE" check
	contains "which files?"
	run -2 "$PAVISE" dump
	contains "which files?"
	run -2 "$PAVISE" engines now
	run -2 "$PAVISE" version now
	run -2 "$PAVISE" help run check
}

@test "every option of --help is in the manual, and the other way round" {
	for c in $commands; do
		diff <(help_options "$c" | grep -v -- --help) <(man_options "$c") || {
			echo "differs: $c" >&2
			return 1
		}
	done
	[ "$(help_options run | wc -l)" -ge 11 ]
}

@test "every option of --help is in the manual's synopsis" {
	for c in $commands; do
		synopsis=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/p' "$ROOT/man/pavise.1" |
			awk -v c="$c" '/^\.Nm/ { on = 0 } $0 == ".Cm " c { on = 1 } on')
		while read -r option; do
			letter=$(sed -nE 's/^-(.),.*/\1/p' <<<"$option")
			long=$(sed -nE 's/.*--([a-z-]+).*/\1/p' <<<"$option")
			[ "$long" = help ] && continue
			grep -qE "Fl (\\\\-$long|${letter:-NONE})( |\$)" <<<"$synopsis" || {
				echo "$c: --$long is not in the synopsis" >&2
				return 1
			}
		done < <(help_options "$c")
	done
}

@test "an answer that cannot be written is a failure" {
	[ -c /dev/full ] || skip "no /dev/full here"
	run -1 bash -c '"$1" help >/dev/full' _ "$PAVISE"
	contains "cannot write to standard output"
}

@test "control bytes of a word do not reach the terminal" {
	run -2 "$PAVISE" $'a\e[2Jb'
	lacks $'\e'
	contains '\x1b[2J'
}

@test "completion offers commands, options and profiles" {
	PATH=$(dirname "$PAVISE"):$PATH
	source "$ROOT/completions/pavise.bash"
	complete_words() {
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_pavise
		output="${COMPREPLY[*]}"
	}
	complete_words pavise ch
	[ "$output" = check ]
	complete_words pavise run --comp
	[ "$output" = --complain ]
	complete_words pavise run -f viewer.aa -p v
	[ "$output" = viewer ]
	complete_words pavise help expl
	[ "$output" = explain ]
	complete_words pavise check vie
	[ "$output" = viewer.aa ]
}
