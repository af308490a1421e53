# SPDX-License-Identifier: BSD-2-Clause
# In the machine: for each /in/NUMBER.lines, loads NUMBER.pavise and NUMBER.reference in turn, runs the
# lines under it, leaves /out/NUMBER.NAME.answers.
fs=/sys/kernel/security/apparmor
status=0

unload() {
	while read -r name mode; do
		case $name in *//*) continue ;; esac
		printf %s "$name" >$fs/.remove 2>/dev/null
	done <$fs/profiles
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
exit $status
