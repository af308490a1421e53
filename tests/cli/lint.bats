#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise lint: what is wrong with policy that compiles.
load setup

write_shadowed() {
	cat >x.aa <<-'END'
	profile x {
		/etc/passwd r,
		deny /etc/* r,
	}
	END
}

@test "nothing to tell: silence, status 0" {
	run -0 "$PAVISE" lint viewer.aa
	[ -z "$output" ]
	run -0 "$PAVISE" lint - <viewer.aa
}

@test "a finding: place, id, the line, witness and help; status 1" {
	write_shadowed
	run -1 --separate-stderr "$PAVISE" lint x.aa
	contains "x.aa:2:1: warning: "
	contains "denied by x.aa:3 (deny /etc/* r) [shadowed-allow]"
	contains $'\n    /etc/passwd r,\n    ^\n'
	contains "x.aa:2:1: witness: /etc/passwd"
	contains "x.aa:2:1: help: "
	[ "$stderr" = "1 finding" ]
}

@test "standard input is the user's own file" {
	write_shadowed
	run -1 "$PAVISE" lint - <x.aa
	contains "<stdin>:2:1: warning: "
}

@test "the witness is true: explain says the same" {
	write_shadowed
	witness=$("$PAVISE" lint --json x.aa 2>/dev/null | sed 's/.*"witness":"\([^"]*\)".*/\1/')
	run -1 "$PAVISE" explain -f x.aa -p x read "$witness"
	contains "x.aa:3"
}

@test "--json: one object a line" {
	write_shadowed
	echo 'profile y { capability sys_admin, owner /a wix, }' >y.aa
	run -1 --separate-stderr "$PAVISE" lint --json x.aa y.aa
	/usr/bin/python3 - "$output" <<-'END'
	import json, sys
	found = {f["id"]: f for f in map(json.loads, sys.argv[1].splitlines())}
	assert set(found) == {"shadowed-allow", "strong-capability", "write-and-exec"}, found
	f = found["shadowed-allow"]
	assert (f["file"], f["line"], f["column"], f["severity"]) == ("x.aa", 2, 1, "warning"), f
	assert f["profile"] == "x" and f["witness"] == "/etc/passwd", f
	assert f["message"] and f["help"] and "owner" not in f, f
	assert found["strong-capability"]["witness"] == "sys_admin"
	assert found["write-and-exec"]["owner"] is True
	END
}

@test "--only, --ignore and --list" {
	write_shadowed
	echo 'profile y { capability sys_admin, }' >>x.aa
	run -1 "$PAVISE" lint --only strong-capability x.aa
	contains "[strong-capability]"
	lacks "[shadowed-allow]"
	run -1 "$PAVISE" lint --ignore strong-capability x.aa
	lacks "[strong-capability]"
	contains "[shadowed-allow]"
	run -0 "$PAVISE" lint --ignore strong-capability,shadowed-allow x.aa
	[ -z "$output" ]
	run -2 "$PAVISE" lint --only shadowed-alow x.aa
	contains "near it: shadowed-allow"
	run -2 "$PAVISE" lint --ignore strong-capability, x.aa
	run -0 "$PAVISE" lint --list
	[ "${#lines[@]}" -ge 11 ]
	contains "movable-denial     warning  "
}

@test "every id is in the manual" {
	"$PAVISE" lint --list | while read -r id _; do
		grep -qF "$(sed 's/-/\\-/g' <<<"$id")" "$ROOT/man/pavise.1" || {
			echo "$id is not in pavise.1" >&2
			return 1
		}
	done
}

@test "comments suppress, and are counted" {
	cat >x.aa <<-'END'
	profile x {
		capability sys_admin, # pavise: ignore strong-capability
		# pavise: ignore write-and-exec, shadowed-allow
		/a wix,
		/b wix,
	}
	END
	run -1 --separate-stderr "$PAVISE" lint x.aa
	contains "x.aa:5:"
	lacks "x.aa:2:"
	lacks "x.aa:4:"
	[ "$stderr" = "1 finding, 2 suppressed by comments" ]
	sed -i /wix/d x.aa
	run -0 "$PAVISE" lint --only strong-capability x.aa
	[ "$output" = "0 findings, 1 suppressed by comments" ]
}

@test "included files are counted, told with --all" {
	mkdir inc
	echo 'capability sys_admin,' >inc/strong
	echo 'profile x { include <strong> }' >x.aa
	run -0 "$PAVISE" lint -I inc x.aa
	[ "$output" = "0 findings, 1 in included files (--all tells them)" ]
	run -1 "$PAVISE" lint --include inc --all x.aa
	contains "inc/strong:1:1: warning: sys_admin"
}

@test "a rule that several profiles include counts if it is without effect in each" {
	mkdir inc
	echo '/etc/passwd r,' >inc/part
	echo 'profile x { include <part> deny /etc/* r, }' >x.aa
	echo 'profile y { include <part> }' >y.aa
	run -1 "$PAVISE" lint --all -I inc x.aa
	contains "inc/part:1:1: warning: "
	run -0 "$PAVISE" lint --all -I inc x.aa y.aa
	[ -z "$output" ]
}

@test "a hole is told where the user can mend it" {
	mkdir inc
	echo 'deny /home/*/.ssh/** rw,' >inc/private
	printf 'profile x {\n\tinclude <private>\n\towner /home/** rw,\n}\n' >x.aa
	run -1 "$PAVISE" lint -I inc x.aa
	contains "x.aa:3:2: warning: "
	contains "[movable-denial]"
	contains "inc/private:1"
}

@test "what cannot be read: status 2, its problems" {
	run -2 "$PAVISE" lint
	run -2 "$PAVISE" lint nowhere.aa
	contains "nowhere.aa"
	run -2 "$PAVISE" lint - <<<'profile x { nonsense here, }'
	contains "<stdin>:1:13: error: "
	run -2 "$PAVISE" lint --no-such-option viewer.aa
}

@test "a profile whose rules cannot be told apart is named: status 2" {
	{
		echo 'profile x { capability sys_admin,'
		for letter in {a..q}; do echo "/*$letter* r,"; done
		echo '}'
	} >x.aa
	run -0 "$PAVISE" check x.aa
	run -2 "$PAVISE" lint x.aa
	contains "profile x is too large"
	cat x.aa >y.aa
	echo 'profile y { capability sys_admin, }' >>y.aa
	run -2 "$PAVISE" lint y.aa
	contains "y.aa:20:13: warning: "
}

@test "a directory stands for the profiles in it" {
	mkdir profiles
	cp viewer.aa profiles/one
	echo 'profile y { capability sys_admin, }' >profiles/two
	run -1 "$PAVISE" lint profiles
	contains "profiles/two:1:13: warning: "
}

@test "Debian's profiles" {
	[ -d /etc/apparmor.d/abstractions ] || skip "no profiles of Debian here"
	run "$PAVISE" lint --all /etc/apparmor.d
	[ "$status" -le 1 ]
	lacks "too large"
}
