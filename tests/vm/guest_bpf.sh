# SPDX-License-Identifier: BSD-2-Clause
# In the machine: the life of a policy under the bpf engine. Prints "ok WHAT" or "FAILED WHAT".
mount -t bpf bpf /sys/fs/bpf
. /claims.sh

cat >/a.aa <<'END'
profile jail /jail/busybox flags=(attach_disconnected) {
	/** mrix,
	/dev/** rw,
	/tmp/** rwl,
	/sys/fs/bpf/** rwl,
	deny /tmp/secret rw,
	capability,
	signal,
	network,
	ptrace,
	mount,
	umount,
}
profile known /known/known {
	/ r,
	/known/yes/** rw,
	/known/no/*{,/} rw,
	/known/no/** w,
	/known/{,yes/,no/} r,
	capability,
	mount,
	umount,
}
profile folder /known/yes/folder/busybox {
	/** rix,
	deny /tmp/secret r,
}
END
cat >/asked.aa <<'END'
profile asker {
	network (create, bind, connect) inet dgram,
	network send inet dgram peer=(ip=127.0.0.1 port=4901),
	network send inet dgram peer=(ip=127.0.0.1 port=5000-5999),
	unix create,
	unix (connect, send, receive) peer=(label=friend),
	unix (send, receive) peer=(label=asker),
	change_profile,
	signal,
}
profile stricter {
	network send inet dgram peer=(ip=127.0.0.1 port=4902),
	unix create,
	unix (send, receive) peer=(label=friend),
	change_profile,
	signal,
}
profile bound {
	network (create, bind, connect) inet dgram,
	network send inet dgram ip=127.0.0.1 port=4903 peer=(ip=127.0.0.1),
}
profile nameless {
	unix (create, bind),
	unix (send, receive) type=stream addr=none peer=(addr=none),
}
profile friend { unix, signal, }
profile stranger { unix, signal, }
END
sed '/port=4901/d; /label=asker/d' /asked.aa >/asked-less.aa
sed 's/deny .tmp.secret rw,//' /a.aa >/b.aa
sed 's/^}/	deny @{/' /a.aa >/broken.aa
mkdir -p /tmp
echo secret >/tmp/secret
mkdir /jail && cp /bin/busybox /jail/busybox

check "nothing is in force at first" "$(pavise status)" "no policy is in force"
pavise load -q /a.aa || exit 1
check "an unconfined process reads" "$(cat /tmp/secret)" secret
check "the program attaches" "$(/jail/busybox sh -c 'read x </tmp/secret && echo $x' 2>/dev/null)" ""
check "what is allowed goes on" "$(/jail/busybox sh -c 'echo y >/tmp/y && cat /tmp/y')" y

# What is remembered of folders ends with them, and where they go somewhere else.
mkdir -p /known/yes/folder /known/no
cp /bin/known /known/known
/known/known >/tmp/known 2>&1
check "what is known of folders" "$? $(grep -vc '^ok ' /tmp/known)" "0 0"
cat /tmp/known
cp /bin/busybox /known/yes/folder/busybox
for i in 1 2 3; do
	check "a program in a folder, $i" "$(/known/yes/folder/busybox cat /tmp/secret 2>/dev/null)" ""
done
mv /known/yes/folder /known/no/folder
check "it is no more what attaches" "$(/known/no/folder/busybox cat /tmp/secret)" secret
mv /known/no/folder /known/yes/folder
check "and again it is" "$(/known/yes/folder/busybox cat /tmp/secret 2>/dev/null)" ""

# What is remembered of sockets is of one question alone.
pavise load -q /asked.aa || exit 1
asked >/tmp/asked 2>&1
check "what was asked about sockets" "$? $(grep -vc '^ok ' /tmp/asked)" "0 0"
cat /tmp/asked

/jail/busybox sh -c 'while [ ! -e /tmp/go ]; do sleep 0.1; done; cat /tmp/secret' >/tmp/out 2>/dev/null &
sleep 1
case $(pavise status) in *"jail (enforce) "[1-9]*) got=yes ;; *) got=no ;; esac
check "status counts what is confined" "$got" yes
pavise load -q /broken.aa 2>/dev/null
check "a broken policy is refused" "$?" 1
check "and the old one stays" "$(/jail/busybox cat /tmp/secret 2>/dev/null)" ""
pavise load -q /b.aa || exit 1
touch /tmp/go
wait
check "a running process follows to the new policy" "$(cat /tmp/out)" secret
pavise load -q /a.aa || exit 1

# Root under a profile with all capabilities reaches no part of the engine.
check "no pin is unlinked" "$(/jail/busybox rm /sys/fs/bpf/pavise/link_check_open 2>/dev/null; echo $?)" 1
check "no pin is renamed" "$(/jail/busybox mv /sys/fs/bpf/pavise/link_check_open /sys/fs/bpf/x 2>/dev/null; echo $?)" 1
check "its file system is not unmounted" "$(/jail/busybox umount -l /sys/fs/bpf 2>/dev/null; echo $?)" 1
check "nothing is mounted over it" "$(/jail/busybox mount -t tmpfs t /sys/fs/bpf 2>/dev/null; echo $?)" 1
check "nor with what it hangs on" "$(/jail/busybox umount -l /sys 2>/dev/null; echo $?)" 1
mkdir -p /tmp/m && mount -t tmpfs m /tmp/m
check "other file systems are" "$(/jail/busybox umount -l /tmp/m 2>/dev/null; echo $?)" 0
check "nothing is bound over it" "$(/jail/busybox mount -o bind /tmp /sys/fs/bpf 2>/dev/null; echo $?)" 1

# A name that does not fit in any buffer is no name.
name=$(printf %0200d 0)
check "a name is too long" "$(/jail/busybox sh -c "cd /tmp && for i in \$(seq 45); do
	mkdir $name && cd $name || exit 1; done" 2>&1 | grep -c 'File name too long')" 1
cp /bin/pavise /tmp/pavise
check "its maps are not opened" "$(/jail/busybox sh -c '/tmp/pavise unload' >/dev/null 2>&1; echo $?)" 1
check "all that is still so" "$(/jail/busybox cat /tmp/secret 2>/dev/null)" ""

# Policies are swapped while confined processes work: every answer is of one of them.
i=0
(while [ ! -e /tmp/stop ]; do /jail/busybox cat /tmp/secret 2>/dev/null; done | sort -u >/tmp/seen) &
while [ $i -lt 30 ]; do
	pavise load -q /b.aa && pavise load -q /a.aa || check "swap $i" failed done
	i=$((i + 1))
done
touch /tmp/stop
wait
case $(cat /tmp/seen) in secret | '') got=whole ;; *) got=torn ;; esac
check "swapped $((2 * i)) times under load" "$got" whole
check "and the last one is in force" "$(/jail/busybox cat /tmp/secret 2>/dev/null)" ""

/jail/busybox sh -c 'i=0; while [ $i -lt 2000 ]; do (:); i=$((i + 1)); done'
sleep 1
case $(pavise status) in *"jail (enforce) 0"*) got=none ;; *) got=$(pavise status) ;; esac
check "2000 forks leave no label" "$got" none

pavise unload
check "unloaded" "$?" 0
check "nobody is confined then" "$(/jail/busybox cat /tmp/secret)" secret
check "nothing is left" "$(ls /sys/fs/bpf)" ""
exit $failed
