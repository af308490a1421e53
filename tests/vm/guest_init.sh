#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The first process of the machine of bpf_boot: makes a root directory of what was brought, with a policy and
# services, enables these, and goes on as systemd there.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mkdir /new
mount -t tmpfs -o mode=755 root /new
tar -C /new -xf /system.tar
rm /system.tar
cp /script /claims.sh /main /new/
cd /new
for applet in $(busybox --list); do
	[ -e bin/$applet ] || [ -e sbin/$applet ] || ln -s busybox bin/$applet
done
mkdir -p dev proc sys run tmp out root home var/tmp var/log srv/lamp
chmod 1777 tmp var/tmp
(cat /etc/passwd; echo lamp:x:100:100:lamp:/:/bin/sh) >etc/passwd
for group in root:x:0: tty:x:5: lamp:x:100: systemd-journal:x:101: nogroup:x:65534:; do echo $group; done >etc/group
echo 0123456789abcdef0123456789abcdef >etc/machine-id
echo ID=debian >etc/os-release

# A policy of which one file is broken, and services that know nothing of it.
cp bin/busybox srv/lamp/
for x in secret open; do echo $x >etc/$x; done
mkdir -p etc/pavise.d/abstractions
cat >etc/pavise.d/lamp <<'END'
profile lamp /srv/lamp/* flags=(attach_disconnected) {
	include <abstractions/lamp>
	/srv/lamp/* mrix,
	/etc/open r,
	/run/{lamp,dim}/said w,
	owner /tmp/made rw,
	audit deny /etc/secret r,
}
END
echo '/run/systemd/journal/stdout w,' >etc/pavise.d/abstractions/lamp
printf 'profile broken {\n\t/etc/passwd rx,\n}\n' >etc/pavise.d/broken
unit() { cat >etc/systemd/system/$1.service; } # NAME
look='cat /etc/open /etc/secret; echo end; exec sleep 10000'
unit lamp <<END
[Service]
ExecStart=/srv/lamp/busybox sh -c 'exec >/run/lamp/said 2>&1; $look'
RuntimeDirectory=lamp
[Install]
WantedBy=multi-user.target
END
unit dim <<END
[Service]
ExecStart=/srv/lamp/busybox sh -c 'exec >/run/dim/said 2>&1; echo made >/tmp/made; cat /tmp/made; $look'
RuntimeDirectory=dim
User=lamp
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
PrivateTmp=yes
PrivateDevices=yes
PrivateNetwork=yes
PrivateUsers=yes
ProtectProc=invisible
SystemCallFilter=@system-service
[Install]
WantedBy=multi-user.target
END
unit strict <<END
[Unit]
Requires=pavise-load.service
After=pavise-load.service
[Service]
ExecStart=/bin/sleep 10000
[Install]
WantedBy=multi-user.target
END
# systemctl start look@FILE: may a service read /etc/FILE?
unit look@ <<END
[Service]
Type=oneshot
ExecStart=/srv/lamp/busybox cat /etc/%i
END
# It would write to the journal, a name outside of its own mount namespace.
cp -r srv/lamp srv/lost
cat >etc/pavise.d/lost <<'END'
profile lost /srv/lost/* {
	/srv/lost/* mrix,
	/run/systemd/journal/stdout w,
}
END
unit lost <<END
[Service]
Type=oneshot
ExecStart=/srv/lost/busybox echo lost
PrivateTmp=yes
END
unit claims <<END
[Unit]
After=multi-user.target
[Service]
ExecStart=/bin/sh /main
StandardOutput=null
StandardError=null
[Install]
WantedBy=multi-user.target
END
ln -sf /lib/systemd/system/multi-user.target etc/systemd/system/default.target
for unit in getty-static systemd-sysusers systemd-update-utmp; do ln -s /dev/null etc/systemd/system/$unit.service; done
chroot . systemctl -q enable pavise-load pavise lamp dim strict claims
exec switch_root /new /lib/systemd/systemd
