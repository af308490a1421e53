# SPDX-License-Identifier: BSD-2-Clause
# In the machine: Pavise as apparmor_parser and `pavise apparmor`, as tools use them.
failed=0
fs=/sys/kernel/security/apparmor

# expect STATUS WORDS...: runs them, compares the exit status.
expect() {
	want=$1
	shift
	"$@" >/tmp/said 2>&1 </tmp/input
	got=$?
	[ "$got" = "$want" ] && return
	echo "FAILED ($got, not $want): $*"
	cat /tmp/said
	failed=1
}

# loaded LINE: the kernel has it, or with "no" in front it has not.
loaded() {
	if grep -qx "$1" $fs/profiles; then return; fi
	echo "FAILED: not loaded: $1"
	cat $fs/profiles
	failed=1
}
gone() {
	if ! grep -q "^$1 " $fs/profiles; then return; fi
	echo "FAILED: still loaded: $1"
	failed=1
}

mkdir -p /etc/apparmor.d/disable /etc/apparmor.d/force-complain /p
echo 'profile one /bin/one { /etc/passwd r, profile child { } ^hat { } }' >/p/one
echo 'profile two { /etc/** r, }' >/p/two
echo 'profile broken {' >/p/broken
echo 'profile forced { }' >/p/forced
echo 'profile off { }' >/p/off
: >/etc/apparmor.d/disable/off
: >/etc/apparmor.d/force-complain/forced
cp /p/one /tmp/input

expect 0 apparmor_parser -a /p/one
loaded 'one (enforce)'; loaded 'one//child (enforce)'; loaded 'one//hat (enforce)'
expect 239 apparmor_parser -a /p/one
expect 0 apparmor_parser -r /p/one
expect 0 apparmor_parser -rC /p/one
loaded 'one (complain)'
expect 0 apparmor_parser -Kr
loaded 'one (enforce)'
expect 0 apparmor_parser -R /p/one
gone one
expect 254 apparmor_parser -R /p/one
# One bad file, and the rest goes on.
expect 1 apparmor_parser -r /p/broken /p/two
loaded 'two (enforce)'
expect 1 apparmor_parser -qQT /p/broken
expect 0 apparmor_parser -qQT /p/one
expect 2 apparmor_parser -r /p/none
# A directory, its disabled and forced files, a cache.
rm /p/broken
expect 0 apparmor_parser -rW -L /tmp/cache -- /p
loaded 'forced (complain)'; gone off
n=$(ls /tmp/cache | wc -l)
[ "$n" = 2 ] || { echo "FAILED: $n files in the cache"; failed=1; }
expect 0 apparmor_parser -rWk -L /tmp/cache /p/one
grep -q 'Cache hit' /tmp/said || { echo 'FAILED: no hit'; failed=1; }
expect 0 apparmor_parser -R /p/one
# In a namespace, and as written bytes.
expect 0 apparmor_parser -r -n inner /p/two
[ -d $fs/policy/namespaces/inner/profiles ] || { echo 'FAILED: no namespace'; failed=1; }
expect 0 apparmor_parser -o /tmp/one.bin /p/one
expect 0 apparmor_parser -rB /tmp/one.bin
loaded 'one (enforce)'
# The same by Pavise's own name.
expect 0 pavise apparmor replace /p/one
expect 1 pavise apparmor load /p/one
expect 0 pavise apparmor mode complain /p/one
loaded 'one (complain)'
expect 0 pavise apparmor list
grep -q '^two (enforce)' /tmp/said || { echo 'FAILED: list'; cat /tmp/said; failed=1; }
expect 0 pavise apparmor remove one
gone one
expect 1 pavise apparmor remove one
# Who may not, changes nothing.
expect 243 /bin/setpriv --reuid 65534 --regid 65534 --clear-groups apparmor_parser -r /p/one
gone one
[ $failed = 0 ] && echo 'apparmor_parser: all as expected'
exit $failed
