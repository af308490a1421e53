# SPDX-License-Identifier: BSD-2-Clause
# In the machine: puts each policy in force in turn, runs kernel_ops confined by it and beside it, and
# leaves the figures in /out/POLICY-confined and /out/POLICY-free. /out/nothing-free: before any policy.
# Usage: guest_kernel.sh none|apparmor|pavise POLICY...    files: /policy/POLICY.aa, /policy/POLICY.bin
way=$1
shift
fs=/sys/kernel/security/apparmor
mkdir -p /bench
mount -t tmpfs bench /bench
cp /bin/kernel_ops /bench/free
cp /bin/kernel_ops /bench/confined
cp /bin/linked /bench/linked
echo x >/bench/denied

unload_apparmor() {
	while read -r name mode; do
		printf %s "$name" >$fs/.remove || return 1
	done <$fs/profiles
}

# A kernel that has just booted is at work by itself for some seconds and makes calls cost twice as much;
# and the first run does what is done once.
sleep 10
/bench/free free >/dev/null || exit 1
/bench/free free >/out/nothing-free || exit 1
[ "$way" != none ] || exit 0
[ "$way" != pavise ] || mount -t bpf bpf /sys/fs/bpf || exit 1
for policy in "$@"; do
	case $way in
	apparmor) dd if="/policy/$policy.bin" of=$fs/.replace bs=64M 2>/dev/null || exit 1 ;;
	pavise) pavise load -q "/policy/$policy.aa" || exit 1 ;;
	esac
	/bench/free free >"/out/$policy-free" || exit 1
	/bench/confined confined >"/out/$policy-confined" || exit 1
	case $way in
	apparmor) unload_apparmor || exit 1 ;;
	pavise) pavise unload || exit 1 ;;
	esac
done
