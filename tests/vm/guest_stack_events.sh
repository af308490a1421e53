# SPDX-License-Identifier: BSD-2-Clause
# In the machine: does what /cases say under the labels of /policy, first as AppArmor has them, then as the
# bpf engine does. Leaves what was told: /out/theirs and /out/ours. Between two cases there is a mark.
fs=/sys/kernel/security/apparmor

make_tree() {
	rm -rf /t
	mkdir -p /t/f /t/mark
	for f in r w a m k; do echo x >/t/f/$f; done
	cp /bin/drive /t/prog
}

run_all() {
	i=0
	while read -r line; do
		i=$((i + 1))
		make_tree
		echo "$line" >/tmp/case
		: >/t/mark/$i
		echo "marker open r /t/mark/$i" >>/tmp/case
		drive /tmp/case
	done </cases
}

echo 0 >/proc/sys/kernel/printk_ratelimit
dd if=/policy/reference.bin of=$fs/.replace bs=64M 2>/dev/null || exit 1
dmesg -c >/dev/null
run_all >/out/theirs.said
dmesg | grep 'apparmor="[ADK]' | grep -v STATUS >/out/theirs
cut -d ' ' -f 1 $fs/profiles >/tmp/profiles
while read -r name; do printf %s "$name" >$fs/.remove 2>/dev/null; done </tmp/profiles

mount -t bpf bpf /sys/fs/bpf
pavise load -q /policy/stack_events.profile || exit 1
pavise daemon --log /out/ours -f /policy/stack_events.profile 2>/tmp/daemon &
daemon=$!
while ! grep -q . /out/ours 2>/dev/null; do
	echo "marker open r /t/mark/0" >/tmp/case
	mkdir -p /t/mark
	: >/t/mark/0
	PAVISE_ENGINE=1 drive /tmp/case >/dev/null
	sleep 1
done
PAVISE_ENGINE=1 run_all >/out/ours.said
sleep 3
kill $daemon
wait $daemon
pavise unload
