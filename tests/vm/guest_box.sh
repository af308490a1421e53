# SPDX-License-Identifier: BSD-2-Clause
# Part of guest_store.sh: what executes in a bound control group is confined, as in a container, and nobody
# else.
mount -t cgroup2 cgroup /sys/fs/cgroup

box=/sys/fs/cgroup/machine/box
mkdir -p $box/inner /sys/fs/cgroup/other /box/bin /box/proc /box/sys /box/tmp /box/etc /box/dev
cp /bin/busybox /box/bin/
for applet in sh cat mount umount kill sleep ls; do ln -s busybox /box/bin/$applet; done
echo inside >/box/etc/passwd
mknod /box/dev/null c 1 3

# As a runtime does it: prepare, move into the group at last, execute what was asked for. The root of the
# machine cannot be pivoted away from, so the box is moved over it, as runtimes then do.
prepare='mount --bind /box /box && mount -t proc proc /box/proc && mount --rbind /sys /box/sys && cd /box &&
mount --move . / && echo 0 >."$1"/cgroup.procs && shift && exec chroot . "$@"'
in_box() { # GROUP COMMAND...
	unshare -m sh -c "$prepare" sh "$@" 2>/dev/null
}
write='cat /etc/passwd; echo x >/tmp/made && cat /tmp/made
echo h >/proc/sysrq-trigger && echo sysrq; mount -t tmpfs t /tmp && echo mount; echo 1 >/proc/sys/kernel/panic && echo sysctl
ls /sys/kernel/security >/dev/null && echo security; ls /sys/fs/bpf/pavise >/dev/null && echo pins; echo end'
free="inside
x
sysrq
mount
sysctl
security
pins
end"
bound="inside
x
end"
pavise load -q /profiles/pavise-container || exit 1
check "a box is free" "$(in_box $box sh -c "$write")" "$free"
pavise bind $box pavise-contaner 2>/tmp/said
check "an unknown profile is refused, and a near one told" "$?$(grep -o 'near it: .*' /tmp/said)" "1near it: pavise-container"
pavise bind /tmp pavise-container 2>/dev/null
check "a directory is no group" $? 1
pavise bind /sys/fs/cgroup pavise-container 2>/dev/null
check "the root is none to bind" $? 1
in_box $box sleep 100 &
sleep 1
pavise bind $box pavise-container
check "bound" $? 0
check "the box is confined" "$(in_box $box sh -c "$write")" "$bound"
check "and a group within" "$(in_box $box/inner sh -c "$write")" "$bound"
check "another group is not" "$(in_box /sys/fs/cgroup/other sh -c "$write")" "$free"
case $(pavise status --json) in *'"bindings": [{"cgroup": '*', "profile": "pavise-container"}]'*) got=yes ;; *) got=$(pavise status --json) ;; esac
check "status tells" "$got" yes
in_box $box sh -c 'sleep 3; echo x >/proc/sys/kernel/panic && echo leak; (cat /proc/sysrq-trigger >/dev/null && echo leak); echo end' >/tmp/out &
sleep 1
check "who was in it before stays free, who came is confined" "$(pavise status | grep '^pavise-container ')" "pavise-container (enforce) 2"
pavise unload pavise-container
pavise load -q /profiles/pavise-container
pavise unbind $box
check "unbound" $? 0
check "is free" "$(in_box $box sh -c "$write")" "$free"
wait $!
check "and what was confined stays it" "$(cat /tmp/out)" end
in_box /sys/fs/cgroup/other sleep 100 &
sleep 1
read -r pid </sys/fs/cgroup/other/cgroup.procs
echo "{\"ociVersion\": \"1.0.2\", \"id\": \"x\", \"status\": \"created\", \"pid\": $pid, \"bundle\": \"/\"}" | pavise bind --oci pavise-container
check "by a runtime's state" "$?$(in_box /sys/fs/cgroup/other sh -c "$write")" "0$bound"
echo '{}' | pavise bind --oci pavise-container 2>/dev/null
check "which has to be one" $? 1
pavise bind --pid $pid pavise-container
check "by process" $? 0
mkdir /sys/fs/cgroup/short && pavise bind /sys/fs/cgroup/short pavise-container && rmdir /sys/fs/cgroup/short
pavise bind $box pavise-container
check "groups that are gone are bound no longer" "$(pavise status --json | grep -o '"cgroup"' | wc -l)" 2
kill $(pidof sleep)
