# SPDX-License-Identifier: BSD-2-Clause
# In the machine: loads each policy /policy/NAME.bin in turn, runs the cases, leaves /out/NAME.
# NAME "bpf" stands for Pavise's own kernel programs with all of /policy/*.profile.
# Usage: guest_laws.sh CASES NAME...
cases=$1
shift
fs=/sys/kernel/security/apparmor

# A fresh tree of files for the cases.
make_tree() {
	rm -rf /t
	mkdir -p /t/f/l /t/g/sub/b /t/g/q /t/g/set /t/g/alt /t/g/alt2 /t/g/alt3 /t/g/esc /t/g/tail/a/b \
		/t/g/dirs/a /t/v /t/o/made /t/d/sub /t/l /t/bin /t/att /t/x /t/m/tmp /t/m/ro /t/m/src /t/m/bind \
		/t/m/rbind /t/m/in /t/m/move /t/m/um /t/m/no /t/sock /t/p /t/pb
	for f in r w a rw k rk m none gone gone2 old old2; do echo x >/t/f/$f; done
	ln -s r /t/f/lnk
	ln -s src /t/m/link
	ln -s m /t/mlink
	for f in x sub/a sub/b/c q/ab q/abb set/a set/c set/zz set/bz alt/x alt2/x alt3/x opt optional \
		esc/x 'esc/*' 'esc/a[b' 'with space' tail/a/x tail/a/b/x; do echo x >"/t/g/$f"; done
	for f in one two three; do echo x >/t/v/$f; done
	for f in mine0 mine1000 both mix no; do echo x >/t/o/$f; chmod 666 /t/o/$f; done
	chown 1000 /t/o/mine1000 /t/o/both
	chmod 777 /t/o/made
	for f in yes no now app sub/yes; do echo x >/t/d/$f; done
	echo x >/t/l/src; echo x >/t/l/src2
	for f in ix ux Ux px Px pxno pix pux PUx cx Cx cxno cix cux named Named namedno namedix namedc stack \
		px2 cstack glob1 globp interp deny none xonly limit; do ln /bin/drive /t/bin/$f; done
	printf '#!/t/bin/interp --show\n' >/t/bin/script
	chmod 755 /t/bin/script
	for f in i u U p P pno pi c C ci cno pu n N nh s self x no; do ln /bin/drive /t/pb/$f; done
	printf '#!/t/pb/i --actor\n' >/t/pb/script
	chmod 755 /t/pb/script
	for f in p program clash none; do ln /bin/drive /t/att/$f; done
	# Each a file of its own, for its extended attributes.
	for f in pnone pone pother pempty pboth ptwo pnul pslash prox proz named same same1 same2 px pix cx cxno; do
		cp /bin/drive /t/x/$f
	done
}

# The list is read first: it changes with each removal.
unload() {
	cp $fs/profiles /tmp/profiles
	while read -r name mode; do
		case $name in *//*) continue ;; esac
		printf %s "$name" >$fs/.remove 2>/dev/null
	done </tmp/profiles
}

echo 0 >/proc/sys/kernel/printk_ratelimit
if [ -e /modules/sctp.ko ]; then
	for module in crc32c_generic libcrc32c udp_tunnel ip6_udp_tunnel sctp; do
		insmod /modules/$module.ko || exit 1
	done
	# The other end of an association may bring in addresses, without proof that it is the other end.
	echo 1 >/proc/sys/net/sctp/addip_enable
	echo 1 >/proc/sys/net/sctp/addip_noauth_enable
fi
status=0
for name in "$@"; do
	make_tree
	if [ "$name" = bpf ]; then
		mount -t bpf bpf /sys/fs/bpf
		if [ -e /policy/many.img ]; then
			ln -s /bin/pavise /tmp/apparmor_parser
			/tmp/apparmor_parser -B -a /policy/many.img || exit 1
			case $(pavise status --json) in *'"room": 134217728'*) ;; *) echo "not packed"; exit 1 ;; esac
		fi
		pavise load -q --add /policy/*.profile || exit 1
		PAVISE_ENGINE=1 drive "$cases" >/out/bpf 2>&1 || status=1
		pavise status --json
		pavise unload || status=1
		continue
	fi
	for piece in /policy/$name.*; do
		# In one write: what a write brings is taken or refused as a whole.
		if ! dd if="$piece" of=$fs/.replace bs=64M 2>/dev/null; then
			echo "$name: the kernel refuses $piece"
			dmesg | grep -i apparmor | tail -n 3
			status=1
		fi
	done
	wc -l <$fs/profiles
	drive "$cases" >/out/$name 2>&1 || status=1
	unload
done
exit $status
