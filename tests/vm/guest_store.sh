# SPDX-License-Identifier: BSD-2-Clause
# In the machine, without AppArmor: profiles of the bpf engine come, go and change one by one, by pavise
# and by apparmor_parser, at once and with loaders that are killed. Prints "ok WHAT" or "FAILED WHAT".
# "brief" as an argument leaves out what needs new programs in the kernel: that takes its time there.
mount -t bpf bpf /sys/fs/bpf
. /claims.sh

now() { # milliseconds since boot
	read -r up _ </proc/uptime
	echo "${up%.*}${up#*.}0"
}

mkdir -p /etc/apparmor.d
for x in a b c; do mkdir -p /jail/$x && cp /bin/busybox /jail/$x/; done
echo secret >/tmp/secret
body='flags=(attach_disconnected) { /** mrix, /dev/** rw, /tmp/{y,go}* rwl, audit deny /tmp/secret rw, capability, signal, }'
for x in a b c; do echo "profile $x /jail/$x/* $body" >/etc/apparmor.d/$x; done
denied() { /jail/$1/busybox cat /tmp/secret 2>/dev/null; } # prints the secret if it is not

mkdir /jail/net && cp /bin/busybox /jail/net/
cat >/etc/apparmor.d/net <<'END'
profile net /jail/net/* flags=(attach_disconnected) {
	/** mrix,
	network (create, setopt, getopt, getattr) inet stream,
	audit network connect inet stream peer=(ip=127.0.0.1 port=9),
	audit deny network connect inet stream peer=(ip=127.0.0.2),
}
END

pavise daemon --no-wait 2>/tmp/said
check "no daemon without a policy, if it may not wait" "$?$(cat /tmp/said)" "1pavise: no policy is in force"
pavise daemon --log /tmp/events -f /etc/apparmor.d 2>/tmp/daemon &
daemon=$!
cd /etc/apparmor.d
t0=$(now)
echo "profile first { }" | pavise load -q - || exit 1
echo "first load: $(($(now) - t0)) ms"
. /guest_box.sh
pavise unload first pavise-container
pavise load -q a
t0=$(now)
pavise load -q b
echo "second load: $(($(now) - t0)) ms"
check "a second file adds" "$(pavise list)" "a (enforce)
b (enforce)"
check "both confine" "$(denied a)$(denied b)$(denied c)" secret
told() { grep -c "$1" /tmp/events; } # LINES
sleep 2
check "the daemon waited, and tells denials with their rule" "$(told 'apparmor="DENIED".* profile="a" name="/tmp/secret".* rule="/etc/apparmor.d/a:1: audit deny /tmp/secret rw,"')" 1
pavise load -q net
for to in 127.0.0.1 127.0.0.2 127.0.0.3; do /jail/net/busybox nc $to 9 </dev/null 2>/dev/null; done
sleep 2
rule_of() { sed -n "s/.*operation=\"connect\".* faddr=$1 fport=9.*rule=\"\([^\"]*\)\".*/\1/p" /tmp/events; }
check "with rules of addresses too" "$(rule_of 127.0.0.1)|$(rule_of 127.0.0.2)|$(rule_of 127.0.0.3)" \
	"/etc/apparmor.d/net:4: audit network connect inet stream peer=(ip=127.0.0.1 port=9),|/etc/apparmor.d/net:5: audit deny network connect inet stream peer=(ip=127.0.0.2),|"
pavise unload net
rm /etc/apparmor.d/net
of() { sed -n "s/^$2:\t//p" /proc/$1/status; } # PROCESS FIELD
teller() { tr -d " " </proc/$daemon/task/$daemon/children; } # who reads the events
check "it has no capability left" "$(of $daemon CapEff) $(of $daemon CapBnd)" "0000000000000000 0000000000000000"
check "who reads the events has none either, and a filter" "$(of $(teller) CapEff) $(of $(teller) Seccomp)" "0000000000000000 2"
check "and holds its log and two maps: the counters, and the names" "$(for f in /proc/$(teller)/fd/*; do readlink $f; done | grep -v -e ^pipe: -e /dev/null -e /tmp/daemon -e /dev/ttyS | sort)" \
	"/tmp/events
anon_inode:[eventpoll]
anon_inode:bpf-map
anon_inode:bpf-map"
check "so nothing else of the engine or the system is open to it" "$(test_drop pins 2>&1)" ok
mkdir /jail/late && cp /bin/busybox /jail/late/
echo "profile late /jail/late/* $body" >late
kill -HUP $daemon; sleep 2
pavise load -q late
denied late
sleep 3
check "after SIGHUP it finds files that are new" "$(told 'profile="late" name="/tmp/secret".* rule="/etc/apparmor.d/late:1: ')" 1
pavise unload late
rm late
pavise daemon --log /tmp/second 2>/dev/null &
second=$!
sleep 2
reader=$(tr -d " " </proc/$second/task/$second/children)
kill -9 $second
sleep 2
check "who reads ends with who started it, however that ends" "$(kill -0 $reader 2>/dev/null && echo there)" ""
pavise load --add -q a 2>/dev/null
check "--add refuses what is there" $? 1
pavise unload bb 2>/tmp/said
check "an unknown name fails" $? 1
grep -q 'near it: b' /tmp/said
check "and tells a near one" $? 0
pavise unload b
check "one goes" "$(pavise list; denied a; denied b)" "a (enforce)
secret"
pavise complain a
check "complaining, an explicit denial still denies" "$(pavise list)$(denied a)" "a (complain)"
check "and what no rule allows passes" "$(/jail/a/busybox sh -c 'echo x >/tmp/other' && echo yes)" yes
pavise enforce /etc/apparmor.d/a
check "enforcing by file" "$(pavise list)" "a (enforce)"
check "it does not pass then" "$(/jail/a/busybox sh -c 'echo x >/tmp/other' 2>/dev/null && echo yes)" ""
(echo "profile a /jail/a/* $body"; echo "profile a2 { }") >a
pavise reload a
check "reload takes what a file says now" "$(pavise list)" "a (enforce)
a2 (enforce)"
echo "profile a /jail/a/* $body" >a
pavise load -q b && pavise reload
check "reload takes out what it no longer says" "$(pavise list)" "a (enforce)
b (enforce)"
echo 'profile b {' >b
pavise reload 2>/dev/null
check "reload of a broken file changes nothing" "$?$(pavise list)" "1a (enforce)
b (enforce)"
echo "profile b /jail/b/* $body" >b
pavise disable b
check "disable takes it out" "$(pavise list)$(readlink disable/b)" "a (enforce)/etc/apparmor.d/b"
pavise load -q /etc/apparmor.d
check "a directory, without the disabled" "$(pavise list)" "a (enforce)
c (enforce)"
rm disable/b
pavise load -q --only c b
check "--only" "$(pavise list)" "b (enforce)
c (enforce)"
case $(pavise list --json) in
'[{"name": "b", "mode": "enforce", "written_mode": "enforce", "file": "/etc/apparmor.d/b", "attachment": "/jail/b/*"}, {'*) got=yes ;;
*) got=$(pavise list --json) ;;
esac
check "list --json" "$got" yes
/jail/b/busybox sleep 30 &
sleep 1
case $(pavise status --json) in *'"processes": [{"pid": '$!', "profile": "b", "comm": "busybox", "learning": false}]'*'"missing": []'*) got=yes ;; *) got=$(pavise status --json) ;; esac
check "status --json" "$got" yes
kill $!

pavise apparmorfs /tmp/aafs
check "profiles as AppArmor's kernel tells them" "$(cat /tmp/aafs/security/apparmor/profiles)" "b (enforce)
c (enforce)"
check "and features" "$(cat /tmp/aafs/security/apparmor/features/file/mask /tmp/aafs/enabled)" "create read write exec append mmap_exec link lock
Y"
case $(cat /tmp/aafs/security/apparmor/features/caps/mask) in "chown dac_override "*checkpoint_restore) got=yes ;; *) got=no ;; esac
check "all capabilities" $got yes
check "and what not every kernel with AppArmor mediates" "$(cd /tmp/aafs/security/apparmor/features && cat network/af_unix \
	io_uring/mask mount/move_mount domain/disconnected.path namespaces/mask policy/versions/v6 | tr '\n' ,)" \
	"yes,sqpoll override_creds,detached,yes,userns_create,yes,"
pavise apparmorfs
mount --bind /run/pavise/apparmorfs/security /sys/kernel/security && apparmor_parser -rC /etc/apparmor.d/b
profiles=/sys/kernel/security/apparmor/profiles
check "the engine works behind them" "$?$(pavise list | wc -l)" 02
check "profiles are as apparmor_parser -rC left them" "$(cat $profiles)" "b (complain)
c (enforce)"
apparmor_parser -R /etc/apparmor.d/b
check "and -R" "$(cat $profiles)" "c (enforce)"
pavise load -q a && pavise complain c
check "and load and complain" "$(cat $profiles)" "a (enforce)
c (complain)"
pavise disable c && rm disable/c && echo 'profile a { profile d { } }' >a && pavise reload
check "and disable and reload" "$(cat $profiles)" "a (enforce)
a//d (enforce)"
echo "profile a /jail/a/* $body" >a
chmod 777 /run/pavise/apparmorfs/security
pavise load -q --only b c 2>/tmp/said
check "what others may have changed is not written" "$?$(cat /tmp/said)$(wc -l <$profiles)" "0pavise: warning: the files in /run/pavise/apparmorfs are out of date: security belongs to another user, or others can write there2"
chmod 755 /run/pavise/apparmorfs/security
pavise enforce b
check "and is, when they no longer may" "$(cat $profiles)" "b (enforce)
c (enforce)"
umount /sys/kernel/security

# Loaders at once: none is lost.
(for x in 1 2 3 4 5 6; do echo "profile p$x { /$x r, }" | pavise load -q - & done; wait)
check "six loaders at once" "$(pavise list | grep -c '^p[1-6] ')" 6
pavise unload p1 p2 p3 p4 p5 p6

# From here on, all the time: b must not read the secret, whatever happens to loaders.
(while [ ! -e /tmp/stop ]; do denied b; usleep 30000; done >/tmp/leaks) &
guard=$!
i=0
while [ $i -lt 12 ]; do
	pavise load -q a &
	usleep $((i * 18000))
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	case $(pavise list) in "a (enforce)
b (enforce)
c (enforce)" | "b (enforce)
c (enforce)") ;; *) check "killed loader $i" "$(pavise list)" sound ;; esac
	[ $((i % 3)) != 0 ] || pavise unload a 2>/dev/null
	i=$((i + 1))
done
pavise load -q a
check "after $i loaders were killed" "$(pavise list)" "a (enforce)
b (enforce)
c (enforce)"
if [ "$1" != brief ]; then
pavise reload --programs &
usleep 3000000
kill -9 $! 2>/dev/null
wait $! 2>/dev/null
t0=$(now)
apparmor_parser -rB /big.img
check "a policy that outgrows its room, after a loader of programs was killed" $? 0
echo "new programs: $(($(now) - t0)) ms"
check "nothing of the killed one is left" "$(ls /sys/fs/bpf)" pavise
room=$(pavise status --json | sed 's/.*"room": \([0-9]*\).*/\1/')
check "has another" $((room > 1048576)) 1
check "all are there" "$(pavise list | wc -l)" 4
pavise unload big
fi
touch /tmp/stop
wait $guard
check "nothing leaked in the meantime" "$(cat /tmp/leaks)" ""
check "all confine" "$(denied a)$(denied b)$(denied c)" ""

# apparmor_parser
apparmor_parser -R /etc/apparmor.d/a
check "-R" "$?$(pavise list | grep '^a ')$(denied a)" 0secret
apparmor_parser -R /etc/apparmor.d/a 2>/tmp/said
check "-R of what is not there" "$?$(cat /tmp/said)" "254apparmor_parser: Unable to remove \"a\".  Profile doesn't exist"
apparmor_parser -a </etc/apparmor.d/a
check "-a from standard input" "$?$(denied a)" 0
apparmor_parser -a /etc/apparmor.d/a 2>/tmp/said
check "-a of what is there" "$?$(cat /tmp/said)" "239apparmor_parser: Unable to add \"a\".  Profile already exists"
check "-rv" "$(apparmor_parser -rv /etc/apparmor.d/a)" 'Replacement succeeded for "a".'
apparmor_parser -rC /etc/apparmor.d/a
check "-C" "$(pavise list | grep '^a ')" "a (complain)"
check "-N" "$(apparmor_parser -N /etc/apparmor.d/a)" a
echo 'profile p { ^hat { } profile child { } }' >/tmp/p
apparmor_parser -r /tmp/p && apparmor_parser -R /tmp/p
check "children go with their parent" "$(pavise list | grep -c '^p')" 0
echo broken >/tmp/broken
apparmor_parser -r /tmp/broken /tmp/p 2>/dev/null
check "one bad file, and the rest goes on" "$?$(pavise list | grep -c '^p')" 13
apparmor_parser -r -n space /tmp/p 2>/dev/null
check "namespaces are refused" $? 161
echo 'profile busy { dbus, }' >/tmp/busy
apparmor_parser -r /tmp/busy 2>/tmp/said
check "rules that the engine cannot hold are named" "$?$(grep -q dbus /tmp/said && echo dbus)$(pavise list | grep -c ^busy)" 0dbus1
pavise unload busy
apparmor_parser -r --Werror /tmp/busy 2>/dev/null
check "and refused if warnings are errors" "$?$(pavise list | grep -c '^busy')" 10
apparmor_parser -d -r /tmp/busy 2>/dev/null
check "a check alone loads nothing" "$?$(pavise list | grep -c '^busy')" 00
setpriv() { su -s /bin/sh nobody -c "$*"; }
setpriv apparmor_parser -r /tmp/p 2>/dev/null
check "who may not changes nothing" $? 243
t0=$(now) i=0
while [ $i -lt 10 ]; do apparmor_parser -r </etc/apparmor.d/b; i=$((i + 1)); done
echo "apparmor_parser -r: $((($(now) - t0) / 10)) ms"
# As programs of an earlier version are, which did not have that map.
rm /sys/fs/bpf/pavise/queues
pavise reload --programs b 2>/tmp/said
check "programs of another version are not gone on with, and it is told what to do" \
	"$?$(grep -c 'no map "queues": take all out with .pavise unload., then load the policy anew' /tmp/said)$(pavise list | grep '^b ')$(denied b)" "11b (enforce)"
pavise unload
check "all out" "$?$(ls /sys/fs/bpf)$(denied b)" 0secret
check "which is told as well" "$(cat /run/pavise/apparmorfs/security/apparmor/profiles)" ""
if [ "$1" != brief ]; then
pavise load -q b
/jail/b/busybox sh -c 'i=0; while [ $i -lt 300 ]; do true 2>/dev/null >/tmp/no$i; i=$((i + 1)); done'
sleep 4
check "the daemon follows to new programs" "$(tail -n 400 /tmp/events | grep -c 'profile="b" name="/tmp/no0"')" 1
check "of a flood it tells some" $(($(told 'name="/tmp/no') < 200)) 1
swallowed=$(sed -n 's/.*operation="limited".* lost=\([0-9]*\).*/\1/p' /tmp/events | awk '{ n += $1 } END { print n }')
check "and counts the others" $((swallowed > 100)) 1
pavise unload
fi
kill $daemon
wait $daemon
check "the daemon ends when told to" $? 0
exit $failed
