# SPDX-License-Identifier: BSD-2-Clause
# In the machine: for each /in/NUMBER.lines, loads NUMBER.pavise and NUMBER.reference in turn, runs the
# lines under it, leaves /out/NUMBER.NAME.answers. With an argument "bpf" does so under Pavise's own kernel
# programs with the text NUMBER.aa, too.
fs=/sys/kernel/security/apparmor
status=0

# The list is read first: it changes with each removal.
unload() {
	cp $fs/profiles /tmp/profiles
	while read -r name mode; do
		case $name in *//*) continue ;; esac
		printf %s "$name" >$fs/.remove 2>/dev/null
	done </tmp/profiles
}

echo 0 >/proc/sys/kernel/printk_ratelimit
dmesg -n 1
mkdir -p /t
for lines in /in/*.lines; do
	number=${lines%.lines}
	for name in pavise reference; do
		[ -f "$number.$name" ] || continue
		if ! dd if="$number.$name" of=$fs/.replace bs=64M 2>/dev/null; then
			echo "the kernel refuses $number.$name"
			dmesg | grep -i apparmor | tail -n 3
			status=1
		fi
		rm -rf /t/case
		drive "$lines" >"/out/${number#/in/}.$name.answers" 2>&1 || status=1
		unload
	done
done
[ "${1:-}" = bpf ] || exit $status
mount -t bpf bpf /sys/fs/bpf
for lines in /in/*.lines; do
	number=${lines%.lines}
	pavise load -q --only "$number.aa" || { status=1; continue; }
	rm -rf /t/case
	PAVISE_ENGINE=1 drive "$lines" >"/out/${number#/in/}.bpf.answers" 2>&1 || status=1
done
pavise unload || status=1
exit $status
