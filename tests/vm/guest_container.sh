# SPDX-License-Identifier: BSD-2-Clause
# In the machine, without AppArmor: containers by runc, crun and podman, whose hook binds their control group
# to a profile. Prints "ok WHAT" or "FAILED WHAT".
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup /sys/fs/cgroup
. /claims.sh

mkdir -p /b/rootfs /var/tmp /var/lib /etc/containers/oci/hooks.d && cd /b/rootfs && mkdir bin proc sys dev tmp etc
cp /bin/busybox bin/
for applet in sh cat ls sleep; do ln -s busybox bin/$applet; done
echo hidden >etc/hidden
echo root:x:0:0:root:/root:/bin/sh | tee etc/passwd >/etc/passwd
echo root:x:0: >/etc/group
# As shipped, and one file more, so that no runtime's own masks are taken for ours.
sed '/^	file,/a\	audit deny /etc/hidden rwklx,' /profiles/pavise-container >/container.aa
look='cat /etc/passwd; cat /etc/hidden; echo x >/tmp/made && cat /tmp/made; while [ -e /tmp/wait ]; do sleep 0.1; done; echo end'
free='root:x:0:0:root:/root:/bin/sh
hidden
x
end'
bound='root:x:0:0:root:/root:/bin/sh
x
end'

cd /b && runc spec
sed -i 's/"terminal": true/"terminal": false/; s/"readonly": true/"readonly": false/' config.json
awk -v look="$look" '/^\t\t\t"sh"$/ { printf "\t\t\t\"sh\", \"-c\", \"%s\"\n", look; next } { print }' config.json >c && mv c config.json
cp config.json plain.json
sed 's|"root": {|"hooks": {"createRuntime": [{"path": "/bin/pavise", "args": ["pavise", "bind", "--oci", "pavise-container"]}]},\n&|' \
	config.json >hooked.json
# Nobody pivots away from the root of this machine.
by() { cp $2.json config.json && $1 run --no-pivot c-$1-$2 2>/dev/null; } # RUNTIME CONFIGURATION

check "where the profile is not in force no container starts" "$(by runc hooked; echo $?)" 1
pavise load -q /container.aa || exit 1
for runtime in runc crun; do
	check "$runtime, without the hook" "$(by $runtime plain)" "$free"
	check "$runtime, with it" "$(by $runtime hooked)" "$bound"
done

rm rootfs/tmp/made
touch rootfs/tmp/wait
by runc hooked >/tmp/out &
i=0
while [ ! -s rootfs/tmp/made ] && [ $i -lt 600 ]; do usleep 100000; i=$((i + 1)); done
check "who comes later is confined as well" "$(runc exec c-runc-hooked cat /etc/passwd /etc/hidden 2>/dev/null)" \
	"root:x:0:0:root:/root:/bin/sh"
case $(pavise status) in *"pavise-container (enforce) "[1-9]*) got=yes ;; *) got=$(pavise status) ;; esac
check "status counts them" "$got" yes
rm rootfs/tmp/wait
wait $!
check "and all of it ends" "$(cat /tmp/out)" "$bound"

if command -v podman >/dev/null; then
	cat >/etc/containers/containers.conf <<-'END'
	[engine]
	no_pivot_root = true
	cgroup_manager = "cgroupfs"
	events_logger = "none"
	runtime = "crun"
	hooks_dir = ["/etc/containers/oci/hooks.d"]
	[containers]
	log_driver = "none"
	END
	export HOME=/root TMPDIR=/var/tmp
	podman() { command podman --storage-driver vfs run --rm --network none --ulimit host --rootfs /b/rootfs /bin/sh -c "$look" 2>/dev/null; }
	check "podman, without the hook" "$(podman)" "$free"
	sed 's|@bindir@|/bin|' /oci-hook.json >/etc/containers/oci/hooks.d/pavise.json
	check "podman, with it" "$(podman)" "$bound"
fi
exit $failed
