# SPDX-License-Identifier: BSD-2-Clause
# In the machine: loads every file of /policy, each in one write; tells those that are refused.
fs=/sys/kernel/security/apparmor
n=0 refused=0
for piece in /policy/*; do
	n=$((n + 1))
	if ! dd if="$piece" of=$fs/.replace bs=64M 2>/dev/null; then
		refused=$((refused + 1))
		echo "refused: $piece"
		dmesg | grep apparmor= | tail -n 1
	fi
done
echo "$n files, $refused refused, $(wc -l <$fs/profiles) profiles loaded"
[ "$refused" = 0 ] && [ "$n" -gt 0 ]
