#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise diff: two policies by what they mean.
load setup

# same TEXT TEXT; different TEXT TEXT
compare() {
	echo "$1" >a.aa
	echo "$2" >b.aa
	"$PAVISE" diff --quiet a.aa b.aa
}

same() {
	compare "$1" "$2" || {
		echo "not the same: $1 | $2" >&2
		"$PAVISE" diff a.aa b.aa >&2
		return 1
	}
}

different() {
	local status=0
	compare "$1" "$2" || status=$?
	[ "$status" = 1 ] || {
		echo "status $status: $1 | $2" >&2
		return 1
	}
}

@test "other words, the same meaning" {
	same 'profile p { /a r, /b w, }' 'profile p { /b w, /a r, /a r, }'
	same 'profile p { /{a,b} r, }' 'profile p { /a r, /b r, }'
	same 'profile p { /a rw, deny /a w, }' 'profile p { /a r, deny /a w, }'
	same 'profile p { deny /a r, /a r, }' 'profile p { deny /a r, }'
	same 'profile p { audit deny /a r, }' 'profile p { }'
	same 'profile p { priority=2 /a r, deny /a r, }' 'profile p { /a r, }'
	same 'profile p { /* ux, /f ux, }' 'profile p { /* ux, }'
	same 'profile p { capability kill net_admin, }' 'profile p { capability net_admin, capability kill, }'
	same 'profile p { set rlimit memlock <= 2GB, }' 'profile p { set rlimit memlock <= 2048MB, }'
	same 'profile p { network, }' 'profile p { network, network inet stream, }'
	same 'profile p { change_profile, }' 'profile p { change_profile -> **, }'
	same 'profile p { mount options=bind /e/ -> /**, }' \
		'profile p { audit deny mount /s/** -> /**, mount options=bind /e/ -> /**, }'
	same 'profile p /usr/{a,b} { }' 'profile p /usr/{b,a} { }'
	same 'profile p { /a r, } profile q { }' 'profile q { } profile p { /a r, }'
}

@test "another meaning, whatever it is about" {
	different 'profile p { /a r, }' 'profile p { /a w, }'
	different 'profile p { /a r, }' 'profile p { /* r, }'
	different 'profile p { owner /a r, }' 'profile p { /a r, }'
	different 'profile p { audit /a r, }' 'profile p { /a r, }'
	different 'profile p { deny /a r, }' 'profile p { }'
	different 'profile p { deny /a r, }' 'profile p { audit deny /a r, }'
	different 'profile p { /* ux, /f px, }' 'profile p { /* ux, }'
	different 'profile p { /a px, }' 'profile p { /a Px, }'
	different 'profile p { /a px -> q, }' 'profile p { /a px -> r, }'
	different 'profile p { link /a -> /b, }' 'profile p { link subset /a -> /b, }'
	different 'profile p { capability kill, }' 'profile p { capability, }'
	different 'profile p { set rlimit nofile <= 1, }' 'profile p { set rlimit nofile <= 2, }'
	different 'profile p { network inet, }' 'profile p { network inet6, }'
	different 'profile p { change_profile safe /a, }' 'profile p { change_profile unsafe /a, }'
	different 'profile p { userns, }' 'profile p { }'
	different 'profile p { }' 'profile p flags=(complain) { }'
	different 'profile p { }' 'profile p flags=(attach_disconnected) { }'
	different 'profile p { }' 'profile p xattrs=(user.a=b) { }'
	different 'profile p /a { }' 'profile p /b { }'
	different 'profile p { }' 'profile q { }'
	different 'profile p { ^h { /a r, } }' 'profile p { ^h { } }'
	different 'profile p { profile c /a { } }' 'profile p { profile c /b { } }'
}

@test "in complain mode a denial counts" {
	different 'profile p flags=(complain) { audit deny /a r, }' 'profile p flags=(complain) { }'
}

@test "the answer names each difference with the shortest example" {
	cat >a.aa <<-'END'
	profile p /usr/bin/p { /etc/** r, /bin/* ix, capability kill, set rlimit nofile <= 10, }
	profile old { }
	END
	cat >b.aa <<-'END'
	profile p /usr/bin/{p,q} flags=(complain) {
		/etc/** rw, /bin/* ix, /bin/ls Px -> q, network inet stream,
	}
	profile new { }
	END
	run -1 "$PAVISE" diff a.aa b.aa
	[[ $'\n'$output == *$'\n- profile old\n'* ]]
	[[ $'\n'$output == *$'\n+ profile new\n'* ]]
	contains '  ~ mode: enforce | complain'
	contains '  - capabilities allowed: kill'
	contains '  ~ rlimit nofile: 10 | not set'
	contains '  + file allowed: /etc/a (w'
	contains '  ~ exec of /bin/ls: stays in this profile | goes to profile q; the environment is scrubbed'
	contains '  + network allowed: inet stream'
	contains '  ~ attached to /usr/bin/q: none | p'
}

@test "what cannot be read: status 2, both sides' problems" {
	echo 'profile p { zz }' >a.aa
	echo 'profile p { yy }' >b.aa
	run -2 "$PAVISE" diff a.aa b.aa
	contains "a.aa:1:"
	contains "b.aa:1:"
	run -2 "$PAVISE" diff viewer.aa nowhere.aa
	run -2 "$PAVISE" diff viewer.aa
	run -2 "$PAVISE" diff viewer.aa viewer.aa viewer.aa
	run -2 "$PAVISE" diff - -
}

@test "directories and standard input" {
	mkdir one two
	cp viewer.aa one/a
	cp open.aa one/b
	cat open.aa viewer.aa >two/all
	run -0 "$PAVISE" diff one two
	[ -z "$output" ]
	run -0 "$PAVISE" diff - viewer.aa <viewer.aa
	run -1 "$PAVISE" diff --quiet one viewer.aa
	[ -z "$output" ]
}

@test "priorities: only what a higher one does not speak of is left" {
	same 'profile p { priority=0 /f r, }' 'profile p { /f r, }'
	same 'profile p { priority=-5 /f r, }' 'profile p { priority=+5 /f r, }'
	same 'profile p { priority=1 deny /f r, /f r, }' 'profile p { deny /f r, }'
	same 'profile p { priority=1 /f r, deny /f r, }' 'profile p { /f r, }'
	same 'profile p { priority=1 /f rw, deny /f w, }' 'profile p { /f rw, }'
	same 'profile p { priority=1 audit /f r, /f r, }' 'profile p { audit /f r, }'
	same 'profile p { priority=1 /* ix, /f px, }' 'profile p { /* ix, }'
	same 'profile p { priority=1 /f px, /f ix, }' 'profile p { /f m, /f px, }'
	same 'profile p { priority=1 deny capability chown, capability, }' \
		'profile p { capability, deny capability chown, }'
	local class
	for class in capability network unix signal ptrace dbus mount umount mqueue userns io_uring; do
		same "profile p { priority=1 $class, deny $class, }" "profile p { $class, }"
		different "profile p { priority=1 $class, deny $class, }" "profile p { deny $class, }"
	done
	different 'profile p { priority=1 /f ix, /f px, }' 'profile p { /f px, }'
}

@test "what bare rules and lists of access stand for" {
	same 'profile p { all, /f r, network inet, capability chown, }' 'profile p { allow all, }'
	same 'profile p { file, /f r, }' 'profile p { /{**,} rwlkmix, }'
	same 'profile p { userns (create), }' 'profile p { userns, }'
	same 'profile p { io_uring sqpoll, io_uring override_creds, }' 'profile p { io_uring, }'
	same 'profile p { mqueue, }' 'profile p { mqueue type=posix, mqueue type=sysv, }'
	same 'profile p { mqueue rw /q, }' 'profile p { mqueue (read, write) type=posix /q, }'
	same 'profile p { mqueue 7, }' 'profile p { mqueue type=sysv 7, }'
	same 'profile p { network rw inet, }' 'profile p { network (send, receive) inet, }'
	same 'profile p { network inet port=1-3, }' \
		'profile p { network inet port=1, network inet port=2-3, }'
	same 'profile p { network inet6 ip=::1, }' 'profile p { network inet6 ip=0:0:0:0:0:0:0:1, }'
	same 'profile p { dbus path=/a//b, }' 'profile p { dbus path=/a/b, }'
	same 'profile p { signal (), }' 'profile p { signal (send receive), }'
	different 'profile p { all, }' 'profile p { file, }'
	different 'profile p { deny all, }' 'profile p { }'
	different 'profile p { mqueue 7, }' 'profile p { mqueue /q, }'
	different 'profile p { network inet ip=127.0.0.1, }' \
		'profile p { network inet peer=(ip=127.0.0.1), }'
	different 'profile p { network inet port=1-3, }' 'profile p { network inet port=1-4, }'
}

@test "ways to execute" {
	same 'profile p { /f cx -> b, }' 'profile p { /f px -> p//b, }'
	same 'profile p { /f x -> b, }' 'profile p { /f Px -> b, }'
	same 'profile p { unsafe /f Px, }' 'profile p { /f px, }'
	same 'profile p { safe px /f, }' 'profile p { /f Px, }'
	same 'profile p { /f rix, }' 'profile p { /f ix, /f r, /f m, }'
	same 'profile p { deny /f x, /f rpx, }' 'profile p { deny /f x, /f r, }'
	local -a ways=(ix ux Ux px Px cx Cx pix Pix cix Cix pux PUx cux CUx 'px -> b' 'Px -> b' 'px -> &b')
	local one other
	for one in "${ways[@]}"; do
		for other in "${ways[@]}"; do
			[ "$one" = "$other" ] && continue
			different "profile p { /f $one, }" "profile p { /f $other, }"
		done
	done
}

@test "blocks, conditionals, variables and how paths are written" {
	same 'profile p { audit { deny { /f r, } network, } }' 'profile p { audit deny /f r, audit network, }'
	same 'profile p { owner { /f r, } }' 'profile p { owner /f r, }'
	same 'profile p { if not true { /f r, } else if 3 < 10 { /g r, } }' 'profile p { /g r, }'
	same '$A=true
$B=$A and a in a
profile p { if $B { /f r, } else { /g r, } }' 'profile p { /f r, }'
	same '@{A}=a
@{A}+=b
profile p { /@{A} r, }' 'profile p { /b r, /a r, }'
	same '@{A}=/a/ /b/
profile p { @{A}/x r, }' 'profile p { /{a,b}/x r, }'
	same 'alias /a/ -> /b/,
profile p { /a/x r, }' 'profile p { /{a,b}/x r, }'
	same 'profile p { /\x66 r, /\o147 r, /\d104 r, "/i" r, }' 'profile p { /[f-i] r, }'
	same 'profile p { /[i-f] r, }' 'profile p { /[fghi] r, }'
	same 'profile p { /a{,b} r, /c//d w, }' 'profile p { /a r, /ab r, /c/d w, }'
	same 'profile p { hat h { } ^g { /f r, } }' 'profile p { ^g { /f r, } ^h { } }'
	same 'profile :n:p { }' 'profile :n://p { }'
	same '/p { }' 'profile /p /p { }'
	different 'profile p { ^h { } }' 'profile p { profile h { } }'
	different 'profile p { ^h { } }' 'profile p { }'
	different 'profile :n:p { }' 'profile p { }'
}

@test "heads of profiles" {
	same 'profile p flags=(audit,complain) { }' 'profile p (complain audit) { }'
	same 'profile p flags=(default_allow) { }' 'profile p flags=(default_allow) { /f r, }'
	local one
	for one in complain kill prompt unconfined audit interruptible attach_disconnected \
		attach_disconnected.path=/x kill.signal=term error=EPERM default_allow; do
		different "profile p flags=($one) { }" 'profile p { }'
	done
	different 'profile p flags=(attach_disconnected) { }' \
		'profile p flags=(attach_disconnected.path=/x) { }'
	different 'profile p flags=(default_allow) { }' 'profile p { all, }'
	same 'profile p /x xattrs=(user.a=b user.c) { }' 'profile p /x xattrs=(user.c, user.a="b") { }'
	different 'profile p /x xattrs=(user.a=b) { }' 'profile p /x { }'
	different 'profile p /x xattrs=(user.a=b) { }' 'profile p /x xattrs=(user.a=c) { }'
}
