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
