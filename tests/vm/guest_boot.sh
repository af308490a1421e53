# SPDX-License-Identifier: BSD-2-Clause
# In a machine that systemd started (guest_init.sh): the policy was put in force before ordinary services, these
# are confined, the daemon tells, and what systemctl does with both units. Prints "ok WHAT" or "FAILED WHAT".
export PATH=$PATH:/usr/local/bin SYSTEMD_PAGER= SYSTEMD_COLORS=0
. /claims.sh
of() { systemctl show -P $2 $1; } # UNIT PROPERTY
state() { echo $(of $1 ActiveState) $(of $1 SubState) $(of $1 Result); } # UNIT
holds() { case $1 in *"$2"*) echo yes ;; *) echo "$1" ;; esac; } # TEXT PART
in_force='lamp (enforce)
lost (enforce)'
wrong='/etc/pavise.d/broken:2:15: error: "x" does not say how to execute'

check "the policy is in force, but for the file with an error" "$(pavise list)" "$in_force"
check "which the unit's state tells" "$(state pavise-load)" "failed failed exit-code"
check "with its place" "$(holds "$(systemctl status pavise-load)" "$wrong")" yes
check "and that the others are in force" \
	"$(holds "$(systemctl status pavise-load)" "1 of 3 files were left out; the others are in force")" yes
check "so who requires the unit was not started" "$(state strict)" "inactive dead success"
check "it was before ordinary services started" \
	$(($(of pavise-load ExecMainExitTimestampMonotonic) < $(of lamp ExecMainStartTimestampMonotonic))) 1
confined=$(pavise status --json)
for unit in lamp dim; do
	check "$unit runs" "$(state $unit)" "active running success"
	check "$unit is confined" "$(holds "$confined" "{\"pid\": $(of $unit MainPID), \"profile\": \"lamp\", ")" yes
done
denied="cat: can't open '/etc/secret': Permission denied"
check "as it says itself" "$(cat /run/lamp/said)" "open
$denied
end"
check "in namespaces of its own, too" "$(cat /run/dim/said)" "made
open
$denied
end"
check "systemd-analyze verify" "$(systemd-analyze verify --man=no pavise-load.service pavise.service 2>&1)" ""
systemd-analyze security --threshold=45 pavise-load.service >/out/load
check "systemd-analyze security, for what loads" $? 0
systemd-analyze security --threshold=20 pavise.service >/out/daemon
check "and for the daemon" $? 0

# The daemon.
check "the daemon runs" "$(state pavise)" "active running success"
daemon=$(of pavise MainPID)
teller() { tr -d " " </proc/$daemon/task/$daemon/children; }
field() { sed -n "s/^$2:\t//p" /proc/$1/status; } # PROCESS FIELD
for pid in $daemon $(teller); do
	check "without capabilities, with a filter" \
		"$(field $pid CapEff) $(field $pid CapBnd) $(field $pid NoNewPrivs) $(field $pid Seccomp)" \
		"0000000000000000 0000000000000000 1 2"
done
check "in namespaces of its own" "$(for ns in mnt net; do
	[ $(readlink /proc/$daemon/ns/$ns) != $(readlink /proc/1/ns/$ns) ] && echo $ns; done)" "mnt
net"
check "where nothing can be written" "$(holds "$(nsenter -t $daemon -m touch /etc/new /usr/new 2>&1)" "Read-only file system")" yes
told() { journalctl --sync; journalctl -o cat -u pavise | grep -c "$1"; } # PATTERN
comes() { # PATTERN TIMES: waits until so many were told
	i=0
	while [ $(told "$1") -lt $2 ] && [ $i -lt 100 ]; do usleep 200000; i=$((i + 1)); done
	told "$1"
}
event='^{"time": .*"apparmor": "DENIED", "profile": "lamp", .*"name": "/etc/secret", .*"rule": "/etc/pavise.d/lamp:7: audit deny /etc/secret r,"'
check "what was denied before it started is in the journal, with the rule" $(comes "$event" 2) 2

# systemctl.
look() { systemctl start look@$1 2>/dev/null; echo $?; } # FILE
check "services that start later are confined" "$(look open)$(look secret)" 01
check "and it is told" $(comes "$event" 3) 3
systemctl start lost 2>/dev/null
check "of a name that does not lead to the root, as far as it goes is told" \
	$(($(comes '"profile": "lost", .*"name": "/run/systemd/journal/stdout", .*"info": "Failed name lookup - disconnected path"' 1) > 0)) 1
printf 'profile broken /srv/broken {\n}\n' >/etc/pavise.d/broken
systemctl restart pavise-load
check "restart, when the file is mended" "$?$(state pavise-load)$(pavise list)" "0active exited successbroken (enforce)
$in_force"
cp /etc/pavise.d/lamp /lamp
cp /lamp /etc/pavise.d/same
systemctl restart pavise-load 2>/dev/null
check "of two files with one profile the second is left out" "$?$(holds "$(systemctl status pavise-load)" \
	"left out, for it has errors: /etc/pavise.d/same")$(pavise list | wc -l)" "1yes3"
rm /etc/pavise.d/same
systemctl restart pavise-load
sed -i 's/audit deny/audit denied/' /etc/pavise.d/lamp
systemctl reload pavise-load 2>/dev/null
check "reload of a broken file fails" $? 1
check "which does not stop the unit" "$(state pavise-load)" "active exited success"
check "and is told with its place" "$(holds "$(systemctl status pavise-load)" "/etc/pavise.d/lamp:7:8: error: ")" yes
check "what was in force stays" "$(pavise list)$(look open)$(look secret)" "broken (enforce)
${in_force}01"
systemctl restart pavise-load 2>/dev/null
check "and at a restart, too" "$?$(state pavise-load)$(pavise list)$(look secret)" "1failed failed exit-codebroken (enforce)
${in_force}1"
cp /lamp /etc/pavise.d/lamp
echo '/etc/more r,' >>/etc/pavise.d/abstractions/lamp
systemctl restart pavise-load
check "restart of a unit that failed" "$?$(state pavise-load)" "0active exited success"
check "and the new text counts" "$(echo more >/etc/more; look more)$(echo other >/etc/other; look other)" 01
systemctl reload pavise
check "reload of the daemon" "$?$(of pavise MainPID)" "0$daemon"
check "which tells by the new text" "$(look other)$(comes '"profile": "lamp", .*"name": "/etc/other", .*"rule": null' 1)" 12
systemctl kill -s KILL --kill-who=main pavise
i=0
while [ "$(state pavise) $(of pavise MainPID)" = "active running success $daemon" ] || [ "$(of pavise ActiveState)" != active ]; do
	usleep 200000
	i=$((i + 1)); [ $i -lt 100 ] || break
done
check "a daemon that was killed is started anew" "$(state pavise) $(of pavise NRestarts)" "active running success 1"
systemctl stop pavise
check "stop of the daemon" "$?$(state pavise)" "0inactive dead success"
check "confines as before" "$(look open)$(look other)" 01
systemctl start pavise
check "what was denied meanwhile is told" "$?$(comes '"name": "/etc/other"' 3)" 03
systemctl stop pavise-load
check "stop of what loaded the policy takes nothing out" "$?$(state pavise-load)$(look other)$(pavise list | wc -l)" "0inactive dead success13"
check "nor what others need" "$(ls -d /run/pavise /sys/fs/bpf/pavise)" "/run/pavise
/sys/fs/bpf/pavise"
pavise unload
check "unload does" "$?$(look other)$(state pavise)" "00active running success"
systemd-analyze time | sed -n 's/^Startup/startup/p'
journalctl -o short-monotonic >/out/journal
exit $failed
