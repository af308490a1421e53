#!/usr/bin/env bats
# SPDX-License-Identifier: BSD-2-Clause
# pavise explain: verdicts, the deciding rule, all forms of a question.
load setup

setup_more() {
	cat >all.aa <<-'END'
	profile all {
		/etc/passwd r,
		owner /home/** rw,
		/usr/bin/** ix,
		audit deny /etc/shadow rw,
		/etc/** r,
		link /tmp/a -> /tmp/b,
		/tmp/a l,
		capability net_admin,
		network inet stream,
		signal (send) set=(term) peer=other,
		ptrace (read) peer=other,
		change_profile -> other,
	}
	profile other { }
	END
}

explain() {
	"$PAVISE" explain -f all.aa -p all "$@"
}

@test "allowed: status 0, the rule and its place" {
	setup_more
	run -0 explain read /etc/passwd
	contains "allowed"
	contains "all.aa:2"
}

@test "denied by a rule: status 1, the deciding rule and the others that match" {
	setup_more
	run -1 explain r /etc/shadow
	contains "denied"
	contains "all.aa:5"
	contains "all.aa:6"
}

@test "denied for want of a rule: the shortest rule that would change it" {
	setup_more
	run -1 explain read /srv/x
	contains "/srv/x r,"
}

@test "owner and other" {
	setup_more
	run -0 explain write /home/ann/x --owner
	run -1 explain write /home/ann/x --other
	run -1 explain write /home/ann/x
	run -2 explain write /home/ann/x --owner --other
}

@test "every kind of question" {
	setup_more
	run -0 explain exec /usr/bin/ls
	run -1 explain exec /sbin/init
	run -0 explain link /tmp/a /tmp/b
	run -1 explain link /tmp/b /tmp/a
	run -0 explain capability net_admin
	run -1 explain capability sys_admin
	run -0 explain network inet stream
	run -0 explain "network inet stream"
	run -0 explain network "inet stream"
	run -1 explain network inet6 stream
	run -1 explain network inet dgram udp
	run -0 explain signal term other
	run -1 explain signal kill other
	run -1 explain signal receive term other
	run -0 explain ptrace read other
	run -1 explain ptrace other
	run -0 explain change_profile other
	run -1 explain change_profile third
	run -0 explain rw /home/x --owner
	run -1 explain unlink /etc/passwd
}

@test "questions that make no sense: status 2, words" {
	setup_more
	run -2 explain
	run -2 explain fly /tmp
	contains "no operation fly"
	run -2 explain read
	run -2 explain read relative
	contains "not an absolute path"
	run -2 explain capability no_such
	run -2 explain signal no_such
	run -2 explain network no_such
	run -2 explain network inet no_such
	run -2 explain read /a /b
	run -2 "$PAVISE" explain -p all read /a
	run -2 "$PAVISE" explain -f all.aa read /a
}

@test "an unknown profile names near ones" {
	setup_more
	run -1 "$PAVISE" explain -f all.aa -p al read /a
	contains "no profile al; near it: all"
}

@test "--json" {
	setup_more
	run -1 --separate-stderr explain --json r /etc/shadow
	/usr/bin/python3 - "$output" <<-'END'
	import json, sys
	answer = json.loads(sys.argv[1])
	assert answer["verdict"] == "denied", answer
	END
}

# remedy QUESTION...: the rule that would allow it does so, once it is there, and denies nothing else.
remedy() {
	local rule
	run -1 "$PAVISE" explain -f none.aa -p none "$@"
	rule=$(sed -n 's/^  this rule would allow it: //p' <<<"$output")
	[ -n "$rule" ] || {
		echo "no rule for: $*" >&2
		return 1
	}
	echo "profile none { $rule }" >one.aa
	run -0 "$PAVISE" explain -f one.aa -p none "$@"
	contains "one.aa:1: $rule"
	# And the one that denies it again.
	rule=$(sed -n 's/^  this rule would deny it: //p' <<<"$output")
	[[ $rule == *deny* ]]
}

@test "the rule that would change it, for every kind of question" {
	echo 'profile none { }' >none.aa
	remedy rw /srv/x
	remedy read '/srv/a b*[c]'
	remedy exec /bin/x
	remedy capability kill
	remedy network inet stream
	remedy network connect inet stream 6 - 127.0.0.1:80
	remedy network bind inet6 dgram 17 [::1]:53
	remedy signal term q
	remedy ptrace readby q
	remedy change_profile q
	remedy change_onexec q /bin/x
	remedy unix stream
	remedy unix bind stream @x
	remedy unix connect dgram - none @y q
	remedy mount /mnt/ /dev/sda ext4 ro,nosuid
	remedy mount /mnt/ /srv/ - bind
	remedy umount /mnt/
	remedy pivot_root /new/ /new/old/
	remedy dbus send session org.x q /a i.f m
	remedy dbus bind system org.x
	remedy dbus eavesdrop session
	remedy mqueue read /q label
	remedy mqueue create 12
	remedy userns
	remedy io_uring sqpoll
	remedy io_uring override_creds q
}

@test "a stack: each profile is asked, all have to allow it" {
	cat >stack.aa <<-'END'
		profile a { /one r, /both r, }
		profile b { /two r, /both r, }
	END
	run -0 "$PAVISE" explain -f stack.aa -p 'a//&b' read /both
	contains "allowed: read /both by a"
	contains "allowed: read /both by b"
	run -1 "$PAVISE" explain -f stack.aa -p 'a//&b' read /one
	contains "allowed: read /one by a"
	contains "denied: read /one by b"
	run -1 "$PAVISE" explain -f stack.aa -p 'b//&a' read /none
	run -1 "$PAVISE" explain -f stack.aa -p 'a//&c' read /both
	contains "no profile c"
	# In any order, each once, and "unconfined" refuses nothing.
	run -0 "$PAVISE" explain -f stack.aa -p 'b//&a//&b' read /both
	[ "$(grep -c 'allowed: read /both by' <<<"$output")" = 2 ]
	[[ ${lines[0]} = *"by a"* ]]
	run -0 "$PAVISE" explain -f stack.aa -p 'unconfined//&a' read /one
	run -0 "$PAVISE" explain -f stack.aa -p 'a//&' read /one
	run -1 "$PAVISE" explain -f stack.aa -p '//&a' read /one
}
