#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# Pavise in the place of apparmor_parser, command line by command line (parser_face.table); where the
# reference is installed, it has to agree. Nothing is loaded into a kernel.
load setup

write_files() {
	mkdir -p set/folder cache bin
	echo 'profile one /bin/one { /etc/passwd r, profile child { } ^hat { } }' >one
	echo 'profile two { /etc/** r, }' >two
	echo 'profile plain { }' >plain
	echo 'profile broken {' >broken
	echo 'abi <abi/3.0>, profile abi3 { network, }' >abi3
	printf 'include <tunables/global>\n@{V}=a b\nprofile inc /bin/inc { /x/@{V} r, }\n' >inc
	: >empty
	cp one two set/
	echo junk >set/README
	echo junk >set/one.dpkg-old
	echo junk >set/.hidden
	mkdir -p features/policy/versions features/file features/caps
	for v in 5 6 7 8; do echo yes >features/policy/versions/v$v; done
	echo 'create read write exec append mmap_exec link lock' >features/file/mask
	echo 'chown kill' >features/caps/mask
	printf 'policy {versions {v5 {yes\n}\nv8 {yes\n}\n}\n}\nfile {mask {read write\n}\n}\ncaps {mask {kill\n}\n}\n' \
		>features.text
	ln -sf "$PAVISE" bin/apparmor_parser
}

# run_as PROGRAM NAME WORDS...: leaves NAME.out, NAME.err, prints the status.
run_as() {
	local program=$1 name=$2 input=/dev/null words=() word status=0
	shift 2
	for word in "$@"; do
		if [[ $word == '<'* ]]; then input=${word#<}; else words+=("$word"); fi
	done
	rm -rf cache out
	mkdir cache
	timeout 60 "$program" "${words[@]}" <"$input" >"$name.out" 2>"$name.err" || status=$?
	echo "$status"
}

# The word by which tools tell what stderr is about; what the kernel here lacks is left out.
kind_of() {
	grep -v '^Cache\|^Warning from stdin' "$1" | head -n 1 | grep -o '^\(File\|Failed\|Error:\|apparmor_parser:\)' || true
}

@test "the reference's command lines: statuses, output" {
	[ -e /etc/apparmor.d/tunables/global ] || skip "no /etc/apparmor.d here"
	write_files
	# The name that getopt prints is what was called.
	PATH=$PWD/bin:$PATH
	bad=0 n=0
	while read -r want kind words; do
		[[ $want != '#'* && -n $want ]] || continue
		n=$((n + 1))
		read -ra list <<<"$words"
		got=$(run_as apparmor_parser ours "${list[@]}")
		if [ "$got" != "$want" ]; then
			echo "$words: status $got, not $want"
			cat ours.err
			bad=1
		fi
	done <"$BATS_TEST_DIRNAME/parser_face.table"
	[ "$n" -gt 100 ]
	[ "$bad" = 0 ]
}

@test "the reference says the same, where it is installed" {
	theirs=$(PATH=/usr/sbin:/sbin command -v apparmor_parser) || skip "no apparmor_parser here"
	! "$theirs" --version | grep -q pavise || skip "apparmor_parser is Pavise here"
	write_files
	bad=0
	while read -r want kind words; do
		[[ $want != '#'* && -n $want ]] || continue
		read -ra list <<<"$words"
		got=$(run_as "$theirs" theirs "${list[@]}")
		run_as "$PWD/bin/apparmor_parser" ours "${list[@]}" >/dev/null
		[ "$got" = "$want" ] || { echo "$words: the reference's status is $got"; bad=1; }
		case $kind in
		same) cmp -s ours.out theirs.out ;;
		lines) cmp -s <(sort ours.out) <(sort theirs.out) ;;
		own) [ -s ours.out ] ;;
		esac || { echo "$words: standard output"; diff ours.out theirs.out | head -n 5; bad=1; }
		# getopt's own messages begin with the name that was called.
		if grep -q '/apparmor_parser: ' ours.err theirs.err; then continue; fi
		# A file that is not there is told at once, and before what is wrong in others.
		if [[ $words == *nofile*broken* || $words == *broken*nofile* ]]; then continue; fi
		[ -z "$(kind_of theirs.err)" ] || [ "$(kind_of ours.err)" = "$(kind_of theirs.err)" ] || {
			echo "$words: standard error"
			cat ours.err theirs.err
			bad=1
		}
	done <"$BATS_TEST_DIRNAME/parser_face.table"
	[ "$bad" = 0 ]
}

@test "a device is written to, not replaced" {
	write_files
	mkfifo pipe
	cat pipe >read &
	bin/apparmor_parser -qQ -M features -o pipe one
	wait $!
	[ -p pipe ]
	bin/apparmor_parser -qQ -M features -S one | cmp - read
}

@test "named transitions beyond twelve: a table, where the kernel reads one" {
	write_files
	{
		echo 'profile many {'
		for i in $(seq 40); do echo "/x$i px -> y$i,"; done
		echo '}'
	} >many
	run -1 bin/apparmor_parser -QK -M features many
	contains "policy/permstable32"
	echo allow deny >features/policy/permstable32
	run -1 bin/apparmor_parser -QK -M features many
	echo 0x000001 >features/policy/permstable32_version
	bin/apparmor_parser -QKS -M features many >v1
	echo 0x000003 >features/policy/permstable32_version
	bin/apparmor_parser -QKS -M features many >v3
	grep -q permsv v3
	! grep -q permsv v1
}

# A folder with the kernel's files, which keep what is written to them.
write_kernel() {
	mkdir -p kernel
	for file in .load .replace .remove; do : >kernel/$file; done
}

@test "what only checks, or has warnings that are errors, loads nothing" {
	write_files
	write_kernel
	echo 'profile warned { /a r -> b, }' >warned
	load_it="bin/apparmor_parser -qK -M features -f kernel"
	for words in "-d -r one" "-dd -r one" "-d -R one" "--Werror -r warned" "--Werror=all -r warned" "-Q -r one"; do
		# shellcheck disable=SC2086
		run $load_it $words
		[ ! -s kernel/.replace ] && [ ! -s kernel/.remove ] && [ ! -s kernel/.load ]
	done
	run -1 $load_it --Werror -r warned
	run -0 $load_it -r warned
	[ -s kernel/.replace ]
	: >kernel/.replace
	run -0 $load_it --Werror=no-deprecated -r warned
	[ -s kernel/.replace ]
	run -0 $load_it -R one
	[ "$(cat kernel/.remove)" = one ]
	bin/apparmor_parser -q -M features -o out one
	run -22 $load_it -BR out
	contains "removed by their text"
}

@test "the long names of the manual, and features on the command line" {
	write_files
	write_kernel
	run -0 bin/apparmor_parser -qK -M features --apparmorfs=kernel -a one
	[ -s kernel/.load ]
	: >kernel/.load
	run -0 bin/apparmor_parser -qK -M features --apparmorfs kernel --namespace-string ns -a one
	grep -q ns kernel/.load
	run -22 bin/apparmor_parser -QK -m nonsense one
	contains "is not a feature file"
	bin/apparmor_parser -qS -m "$(cat features.text)" one >by_text
	bin/apparmor_parser -qS -M features.text one | cmp - by_text
}

@test "several places for the cache: the first is written to, all are read" {
	write_files
	mkdir first 'sec,ond'
	bin/apparmor_parser -qQW -L 'sec\,ond' -M features one
	run -0 bin/apparmor_parser -QWk -L 'first,sec\,ond' -M features one
	contains "Cache hit"
	[ -z "$(ls first)" ]
	run -0 bin/apparmor_parser -QWkT -L 'first,sec\,ond' -M features one
	contains "Cache miss"
	[ "$(ls first)" = "$(ls 'sec,ond')" ]
	[ "$(bin/apparmor_parser --print-cache-dir -L 'first,sec\,ond' -qQ one)" = "first
sec,ond" ]
}
