#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise fmt: layout alone changes; comments, words and meaning stay.
load setup

write_untidy() {
	cat >untidy.aa <<-'END'
	#include <tunables/none>
	@{X}=a   b
	  # about the profile
	profile   untidy   /usr/bin/untidy   flags=( complain ,audit ){
	/etc/passwd     r,   # a comment


	    /etc/{a,b}   rw ,
	  signal (send,
	      receive) set=( term  kill ),
	 "/a file"  r, deny /x w, }
	END
	cat >tidy.aa <<-'END'
	#include <tunables/none>
	@{X}=a b
	# about the profile
	profile untidy /usr/bin/untidy flags=(complain,audit) {
	  /etc/passwd r,  # a comment

	  /etc/{a,b} rw,
	  signal (send,
	      receive) set=(term kill),
	  "/a file" r,
	  deny /x w,
	}
	END
}

@test "canonical layout, and twice is once" {
	write_untidy
	"$PAVISE" fmt untidy.aa >once.aa
	diff tidy.aa once.aa
	"$PAVISE" fmt - <once.aa | diff once.aa -
}

@test "--check names files, --write replaces them and keeps their mode" {
	write_untidy
	chmod 640 untidy.aa
	run -1 "$PAVISE" fmt --check untidy.aa tidy.aa
	[ "$output" = untidy.aa ]
	run -0 "$PAVISE" fmt -w untidy.aa
	diff tidy.aa untidy.aa
	[ "$(stat -c %a untidy.aa)" = 640 ]
	run -0 "$PAVISE" fmt --check untidy.aa tidy.aa
}

@test "a brace or quote that does not close: its place, status 1, nothing written" {
	printf 'profile a {\n  /x r,\n' >open.txt
	run -1 --separate-stderr "$PAVISE" fmt -w open.txt
	[ -z "$output" ]
	[[ $stderr == *"open.txt:1:11: error"* ]]
	[ "$(wc -l <open.txt)" = 2 ]
	printf 'profile a { "/x r,\n}\n' >quote.txt
	run -1 "$PAVISE" fmt quote.txt
	contains "quote.txt:1:13: error"
	printf '}\n' >close.txt
	run -1 "$PAVISE" fmt close.txt
	contains "closes nothing"
}

@test "the layout changes no meaning" {
	[ -d /etc/apparmor.d ] || skip "no /etc/apparmor.d here"
	for file in /etc/apparmor.d/*.*; do
		[ -f "$file" ] || continue
		"$PAVISE" fmt "$file" >laid-out
		"$PAVISE" dump --text "$file" >before
		"$PAVISE" dump --text laid-out >after
		diff before after
	done
}
