# SPDX-License-Identifier: BSD-2-Clause
# In the machine, without AppArmor: confined root against the bpf engine, races and storms, a flood that no
# ring holds, policies that change all the time, a loader that is killed at each of its steps.
# Prints "ok WHAT" or "FAILED WHAT". Arguments: FORKS EXECS SWAPS SECONDS
forks=$1 execs=$2 swaps=$3 seconds=$4
mount -t bpf bpf /sys/fs/bpf
. /claims.sh

# Nearly everything, but what it takes to leave: no mounting, no tracing, no signals to others, no modules.
cat >/jail.aa <<'END'
profile jail /jail/hostile flags=(attach_disconnected) {
	/** mrwlix,
	audit deny /tmp/secret* rwl,
	deny /tmp/storm/denied/** rwl,
	deny /proc/*/mem rw,
	deny /proc/*/attr/** w,
	deny /proc/sys/kernel/core_pattern w,
	deny /dev/mem rw,
	capability,
	deny capability sys_module,
	deny capability sys_boot,
	deny capability sys_rawio,
	network,
	signal peer=jail,
	userns,
	io_uring,
}
END
cat >/early.aa <<'END'
profile early /early/hostile {
	/** mrwlix,
	io_uring,
	change_profile -> jail,
	change_profile -> late,
}
profile late {
	/** mrwlix,
	deny /tmp/secret* rwl,
	io_uring,
}
END
sed 's/userns,/userns, mqueue,/' /jail.aa >/same.aa
mkdir -p /jail /early /tmp/m /tmp/mine /tmp/storm/allowed /tmp/storm/denied
cp /bin/hostile /jail/
cp /bin/hostile /early/
echo secret >/tmp/secret
echo secret >/tmp/secret2
echo file >/tmp/mine/file
echo open >/tmp/mine/open
ln -s /tmp/mine/open /tmp/mine/flip
confined() { case $(pavise status) in *"jail (enforce) $1"*) echo yes ;; *) pavise status ;; esac; }
teller() { tr -d " " </proc/$daemon/task/$daemon/children; } # who reads the events
settle() { # until nobody is confined, but not for ever
	local i=0
	while [ "$(confined 0)" != yes ] && [ $i -lt 50 ]; do usleep 100000; i=$((i + 1)); done
	confined 0
}

pavise load -q /jail.aa || exit 1
check "$(cat /sys/kernel/debug/sched/preempt 2>/dev/null || echo no debugfs) all hooks stand" \
	"$(pavise status --json | grep -c '"missing": \[\]')" 1

# A flood that nobody takes: what the ring had no room for is counted.
/jail/hostile deny 30000
check "a flood is refused" $? 0
pavise daemon --log /tmp/events 2>/dev/null &
daemon=$!
sleep 5
# Records count bursts; those past the limit, and those the ring lost, are counted together.
told=$(sed 's/.*operation="lost".* lost=\([0-9]*\).*/\1/; t
	s/.*operation="limited".* lost=\([0-9]*\).*/\1/; t
	s/.* count=\([0-9]*\).*/\1/; t
	s/.*/1/' /tmp/events | awk '{ n += $1 } END { print n }')
check "and every refusal of it is told or counted" "$told" 30000
count() { pavise status --json | sed "s/.*\"$1\": \([0-9]*\).*/\1/"; }
check "what was lost is told once" $(($(count events_lost) > 0 ? $(count events_lost) - $(count losses_told) : -1)) 0

/jail/hostile attack $daemon >/tmp/attacks
/jail/hostile attack $(teller) >>/tmp/attacks
check "no attack comes through" "$(grep ' ok$' /tmp/attacks)" ""
check "none ends otherwise than refused" "$(grep -v -e EACCES -e EPERM -e ENXIO -e EXDEV /tmp/attacks)" ""
check "the daemon lives" "$(kill -0 $daemon && kill -0 $(teller) && echo yes)" yes
check "a link that turns over leads to both files, and only one is read" "$(/jail/hostile flip /tmp/mine 3000)" "both-seen 0"

pavise load -q /early.aa || exit 1
check "a ring's worker goes by the profile that its process has now" "$(/early/hostile change late)" "ok EACCES"
check "and so does that of who was not confined before" "$(hostile change late)" "ok EACCES"
pavise unload /early.aa || exit 1

/jail/hostile storm /tmp/storm $seconds >/tmp/said
check "a storm is answered rightly" "$(grep -e wrong -e bad /tmp/said)" "0 bad"
check "who asks for a profile is heard, however many ask at once" "$(hostile ask $seconds)" "0 unheard"
/jail/hostile fork $forks
check "$forks processes are born" $? 0
/jail/hostile exec $execs
check "$execs execute" $? 0
check "and leave no label" "$(settle)" yes

/jail/hostile storm /tmp/storm $((seconds * 2)) >/tmp/said &
storm=$!
i=0
while [ $i -lt $swaps ]; do
	pavise load -q /same.aa && pavise load -q /jail.aa || break
	i=$((i + 2))
done
check "policy is swapped $swaps times" $((i >= swaps)) 1
wait $storm
check "under a storm, which is answered rightly" "$(grep -e wrong -e bad /tmp/said)" "0 bad"

# The loader is killed as it makes its first call, its second…: the old policy stays or the new one comes.
n=1
while hostile kill $n pavise load -q /same.aa 2>/dev/null; do
	[ "$(pavise list)" = "jail (enforce)" ] || check "loader killed at step $n" "$(pavise list)" sound
	/jail/hostile deny 1 || check "loader killed at step $n" leaks refuses
	n=$((n + 3))
done
check "a loader killed at each third of its $n half calls" $((n > 100)) 1
check "and the next one works" "$(pavise load -q /jail.aa && /jail/hostile deny 1 && pavise list)" "jail (enforce)"
check "no label is left" "$(settle)" yes

check "the kernel asks each time" "$(pavise status --json | grep -o '"hook": "lsm[^}]*')" ""

# The same attacks by who is not confined come through, so they prove something. They leave no engine.
rm -f /tmp/mine/link /tmp/mine/symlink
hostile attack $daemon >/tmp/free
check "unconfined, all attacks come through" "$(grep -v ' ok$' /tmp/free)" ""
exit $failed
