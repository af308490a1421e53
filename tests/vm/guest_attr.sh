# SPDX-License-Identifier: BSD-2-Clause
# In the machine, where AppArmor is not active: what libapparmor writes to /proc/self/attr, and labels read.
mount -t bpf bpf /sys/fs/bpf
. /claims.sh
cat >/p.aa <<'END'
profile a { /** rwlkix, deny /one r, change_profile -> b, change_profile -> &b, ^hat { /** rwix, deny /two r, } }
profile b { /** rwlkix, deny /two r, }
END
echo 1 >/one
echo 2 >/two
pavise load -q /p.aa || exit 1
look='cat /one /two 2>/dev/null | tr -d "\n"; echo'
current='/proc/self/attr/current'
run() { sh -c "$1" 2>/dev/null | tr '\n' ' '; }
check "a profile" "$(run "printf 'changeprofile a' >$current; $look")" "2 "
check "one that is not there" "$(run "printf 'changeprofile c' >$current || echo no; $look")" "no 12 "
check "from one to another" "$(run "printf 'changeprofile a' >$current; printf 'changeprofile b' >$current; $look")" "1 "
check "a hat and back" "$(run "printf 'changeprofile a' >$current
	printf 'changehat 0000000000001234^hat' >$current; $look
	printf 'changehat 0000000000001234^' >$current; $look")" "1 2 "

# A process that is stacked, while the profiles of its label go and come: what is left of them counts.
mkfifo /go /told
sh -c "printf 'changeprofile a' >$current; printf 'stack b' >$current
	while read -r go </go; do { $look; } >/told; done" &
now() { echo >/go; cat /told; }
check "both count" "$(now)" ""
check "status knows the stack" "$(pavise status | grep -F 'a//&b')" "a//&b (enforce) 1"
pavise unload b || failed=1
check "what is left counts" "$(now)" "2"
check "nobody gets what is left of a stack" "$(run "printf 'changeprofile a//&b' >$current || echo no; $look")" "no 12 "
pavise unload a || failed=1
check "none is left" "$(now)" "12"
pavise load -q /p.aa || failed=1
check "both count again" "$(now)" ""

check "at exec" "$(run "printf 'exec b' >/proc/self/attr/exec; exec cat /one /two")" "1 "
check "a stack" "$(run "printf 'stack b' >$current || echo no; $look")" "1 "
check "a stack of both" "$(run "printf 'changeprofile a' >$current; printf 'stack b' >$current || echo no; $look")" " "
check "a stack that no rule allows" "$(run "printf 'changeprofile b' >$current; printf 'stack a' >$current || echo no; $look")" "no 1 "
check "a stack at exec" "$(run "printf 'changeprofile a' >$current; printf 'stack b' >/proc/self/attr/exec; exec cat /one /two || echo no; echo")" ""
check "a stack of what is not there" "$(run "printf 'stack c' >$current || echo no; $look")" "no 12 "

# One's own label, as libpavise reads it: its name, its length, and that no byte more is written.
told() { # NAME (MODE)
	echo "$1 ${#1} whole"
}
long=$(printf 'n%0199d' 0)
cat >/q.aa <<END
profile c flags=(complain) { /** rwlkix, }
profile ab { /** rwlkix, }
profile $long { /** rwlkix, }
END
check "an unconfined one has no label" "$(label)" "$(told unconfined)"
check "a label" "$(sh -c "printf 'changeprofile a' >$current; exec label")" "$(told 'a (enforce)')"
check "a hat's" "$(sh -c "printf 'changeprofile a' >$current
	printf 'changehat 0000000000001234^hat' >$current; exec label")" "$(told 'a//hat (enforce)')"
pavise load -q /q.aa || exit 1
check "another mode" "$(sh -c "printf 'changeprofile c' >$current; label")" "$(told 'c (complain)')"
check "two bytes" "$(sh -c "printf 'changeprofile ab' >$current; label")" "$(told 'ab (enforce)')"
check "a long one" "$(sh -c "printf 'changeprofile $long' >$current; label")" "$(told "$long (enforce)")"

# AppArmor's own programs, as they are installed.
if command -v aa-exec >/dev/null; then
	pavise apparmorfs
	mount --bind /run/pavise/apparmorfs/security /sys/kernel/security
	mount --bind /run/pavise/apparmorfs/enabled /sys/module/apparmor/parameters/enabled
	check "aa-enabled" "$(aa-enabled)" "Yes"
	check "aa-exec" "$(aa-exec -p a -- sh -c "$look")" "2"
	check "aa-exec without waiting for the program" "$(aa-exec -i -p a -- sh -c "$look")" "2"
	check "aa-exec into a hat" "$(aa-exec -p a//hat -- sh -c "$look")" "1"
	check "aa-exec into a stack" "$(aa-exec -p 'a//&b' -- sh -c "$look")" ""
	check "aa-status" "$(aa-status --profiled)" "$(pavise list | wc -l)"
fi
exit $failed
