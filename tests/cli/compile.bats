#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise compile, and Pavise as apparmor_parser where no kernel is asked.
load setup

write_features() {
	cat >features <<-'END'
	policy {versions {v8 {yes
	}
	}
	}
	network_v8 {af_mask {unix inet
	}
	}
	signal {mask {hup int
	}
	}
	END
}

@test "an image, the same each time" {
	write_viewer_profile
	run -0 "$PAVISE" compile -o one viewer.aa
	run -0 "$PAVISE" compile -o two viewer.aa
	cmp one two
	[ "$(head -c 6 one)" = PAVISE ]
}

@test "what kernels load, the same each time" {
	write_viewer_profile
	write_features
	run -0 "$PAVISE" compile --format apparmor --features features -o one viewer.aa
	run -0 "$PAVISE" compile --format apparmor --features features -o two viewer.aa
	cmp one two
	[ "$(head -c 10 one | tail -c 7)" = version ]
}

@test "rules that the kernel does not mediate are named" {
	write_features
	echo 'profile a { mount, signal, }' >a.aa
	run -0 --separate-stderr "$PAVISE" compile --format apparmor --features features -o one a.aa
	[[ $stderr == *"mount rules are not enforced by this kernel"* ]]
	[[ $stderr != *"signal rules"* ]]
}

@test "nothing is written where anything is wrong" {
	write_features
	printf 'profile a { /x rq, }\n' >a.aa
	run -1 "$PAVISE" compile -o one a.aa
	run -1 "$PAVISE" compile --format apparmor --features features -o one a.aa
	[ ! -e one ]
	echo 'profile a { }' >a.aa
	echo '}' >features
	run -1 "$PAVISE" compile --format apparmor --features features -o one a.aa
	contains "features is not a feature file"
	run -2 "$PAVISE" compile a.aa
	run -2 "$PAVISE" compile --format elf -o one a.aa
	[ ! -e one ]
}

@test "too many named transitions for a kernel are told" {
	write_features
	{
		echo 'profile a {'
		for i in $(seq 13); do echo "/x$i px -> y$i,"; done
		echo '}'
	} >a.aa
	run -1 "$PAVISE" compile --format apparmor --features features -o one a.aa
	contains "more than 12 different named exec transitions"
}

@test "as apparmor_parser: names, status, bytes, cache" {
	write_features
	mkdir bin cache
	ln -s "$PAVISE" bin/apparmor_parser
	parser="$PWD/bin/apparmor_parser --config-file=/dev/null --kernel-features=features"
	printf 'profile b { ^h { } }\nprofile a { }\nprofile :n:c { }\n' >ab.aa
	run -0 $parser -N ab.aa
	[ "$output" = "a
b
b//h
:n://c" ]
	run -0 $parser -qQT ab.aa
	run -0 bash -c "$parser -qQ <ab.aa"
	echo 'profile {' >bad.aa
	run -1 $parser -qQ bad.aa ab.aa
	run -2 $parser -qQ nothing.aa
	run -1 $parser -a -r ab.aa
	echo 'profile a { /x r, }' >a.aa
	$parser -QS a.aa >stdout
	run -0 $parser -Qo ofile a.aa
	cmp stdout ofile
	run -0 $parser -QWk -L cache a.aa
	contains "Cache miss: a.aa"
	run -0 $parser -QWk -L cache a.aa
	contains "Cache hit: a.aa"
	echo 'profile a { /x w, }' >a.aa
	run -0 $parser -QWk -L cache a.aa
	contains "Cache miss: a.aa"
}

# Three files, two of them with what is included, one that is wrong.
write_set() {
	mkdir -p set/inc
	echo '/shared/** r,' >set/inc/shared
	printf 'profile one { include <inc/shared>\n include if exists <inc/local> /1 r, }\n' >set/one
	printf 'profile two { include <inc/shared>\n /2 r, }\n' >set/two
	printf 'profile three { /3 rq, }\n' >set/wrong
}

# timing COMMAND...: "COMPILED CACHED LEFT-OUT"
counts() {
	"$@" --timing 2>&1 | sed -n 's/^timing: [0-9]* files: \([0-9]*\) compiled, \([0-9]*\) from the cache, \([0-9]*\) left out$/\1 \2 \3/p'
}

@test "one bad file is told, the rest is compiled; --strict: nothing is written" {
	write_set
	run -1 --separate-stderr "$PAVISE" compile --no-cache -I set -o out set
	[[ $stderr == *"set/wrong:1:"* ]]
	[[ $stderr == *"1 of 3 files were left out"* ]]
	mv set/wrong .
	"$PAVISE" compile --no-cache -I set -o good set
	cmp out good
	mv wrong set/
	run -1 "$PAVISE" compile --no-cache --strict -I set -o strict set
	[ ! -e strict ]
	run -1 "$PAVISE" compile --no-cache -I set -o none set/wrong
	[ ! -e none ]
}

@test "a profile that stands in two files: the second file is left out" {
	write_set
	rm set/wrong
	echo 'profile one { /other r, }' >set/zone
	run -1 "$PAVISE" compile --no-cache -I set -o out set
	contains "profile one is defined twice"
	contains "the other one is at set/one:1"
	rm set/zone
	"$PAVISE" compile --no-cache -I set -o good set
	cmp out good
}

@test "the cache: nothing changed, one file, an included file, one that was not there" {
	write_set
	rm set/wrong
	compile="$PAVISE compile -I set --cache cache -o out set"
	[ "$(counts $compile)" = "2 0 0" ]
	cp out first
	[ "$(counts $compile)" = "0 2 0" ]
	cmp out first
	echo 'profile two { include <inc/shared> /2 w, }' >set/two
	[ "$(counts $compile)" = "1 1 0" ]
	! cmp -s out first
	echo '/shared/** rw,' >set/inc/shared
	[ "$(counts $compile)" = "2 0 0" ]
	echo '/local r,' >set/inc/local
	[ "$(counts $compile)" = "1 1 0" ]
	run -0 "$PAVISE" explain -I set -f set/one -p one read /local
	"$PAVISE" compile --no-cache -I set -o fresh set
	cmp out fresh
}

@test "the cache: damaged entries are not used, foreign directories are refused" {
	write_set
	rm set/wrong
	compile="$PAVISE compile -I set --cache cache -o out set"
	$compile
	cp out first
	for entry in cache/*; do truncate -s -1 "$entry"; done
	[ "$(counts $compile)" = "2 0 0" ]
	for entry in cache/*; do printf X | dd of="$entry" bs=1 seek=200 conv=notrunc status=none; done
	[ "$(counts $compile)" = "2 0 0" ]
	cmp out first
	chmod 777 cache
	run -1 $compile
	contains "others may write to it"
}

@test "the cache: what is long unused goes, other files stay; without a place for one it is done without" {
	write_set
	rm set/wrong
	mkdir -m 700 cache
	name=$(printf '%064d' 0)
	echo old >"cache/$name"
	echo other >cache/notes
	touch -d '40 days ago' "cache/$name" cache/notes
	"$PAVISE" compile -I set --cache cache -o out set
	[ ! -e "cache/$name" ]
	[ -e cache/notes ]
	[ "$(ls cache | wc -l)" = 3 ]
	[ "$(id -u)" = 0 ] || HOME=/nonexistent XDG_CACHE_HOME= "$PAVISE" compile -I set -o out2 set
	run -1 "$PAVISE" compile -I set --cache /dev/null/cache -o out set
}

@test "what a kernel loads, from the cache and for another kernel" {
	write_set
	rm set/wrong
	write_features
	compile="$PAVISE compile -I set --format apparmor --features features --cache cache -o out set"
	[ "$(counts $compile)" = "2 0 0" ]
	cp out first
	[ "$(counts $compile)" = "0 2 0" ]
	cmp out first
	sed -i 's/hup int/hup/; s/unix inet/unix/; s/network_v8/network_v9/' features
	[ "$(counts $compile)" = "2 0 0" ]
}

@test "jobs change nothing but the time" {
	mkdir many
	for i in $(seq 40); do printf 'profile p%d /bin/p%d { /a%d/** rw, /b* r, }\n' $i $i $i >many/p$i; done
	"$PAVISE" compile --no-cache --jobs 1 -o one many
	"$PAVISE" compile --no-cache --jobs 8 -o eight many
	cmp one eight
	run -2 "$PAVISE" compile --jobs 0 -o none many
	run -2 "$PAVISE" compile --jobs 65 -o none many
	"$PAVISE" compile --no-cache -o - many >out
	cmp one out
}

@test "too large an automaton is an error that names the rules" {
	cat >huge.aa <<-'END'
	profile huge {
		/etc/hosts r,
		/**a???????????????????? rw,
	}
	END
	run -1 "$PAVISE" compile --no-cache -o out huge.aa
	[[ $output == *"huge.aa:1:1: error: profile huge: its patterns together need more than"* ]]
	[[ $output == *"help: these take most"*": huge.aa:3: /**a???????????????????? rw,"* ]]
	[[ $output != *"/etc/hosts"* ]]
	[ ! -e out ]
}

@test "an empty folder" {
	mkdir empty
	run -1 "$PAVISE" compile --no-cache -o out empty
	[[ $output == *"no policy files there"* ]]
	[ ! -e out ]
}

@test "an exec rule may lead to profiles that are stacked: all of them have to be there" {
	cat >stack.aa <<-'END'
		profile a { /x px -> b//&c, /y px -> &b, }
		profile b { /x px -> b//&none, }
		profile c { }
	END
	run -0 "$PAVISE" compile --no-cache -o out stack.aa
	contains "b//&none is not among these"
	[[ $output != *"b//&c is not"* ]]
}
