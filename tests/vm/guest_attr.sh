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
# A label as libpavise reads it: its name, its length, and that no byte more is written.
told() { # NAME (MODE)
	echo "$1 ${#1} whole"
}
# In any order, and told in one; who needs no rule needs none for a stack.
cat >/s.aa <<'END'
profile u flags=(unconfined) { }
profile d flags=(default_allow) { deny /one r, }
profile zz { /** rwlkix, signal, }
END
pavise load -q /s.aa || failed=1
check "a stack in another order" "$(run "printf 'changeprofile b//&a//&b' >$current; label")" "$(told 'a//&b (enforce)') "
check "with unconfined beside it" "$(run "printf 'stack b' >$current; label")" "$(told 'b//&unconfined (enforce)') "
check "in the order of names" "$(run "printf 'stack zz' >$current; label")" "$(told 'unconfined//&zz (enforce)') "
check "the same by another word" "$(run "printf 'changeprofile &b' >$current; label; $look")" "$(told 'b//&unconfined (enforce)') 1 "
check "at exec" "$(run "printf 'exec b//&a' >/proc/self/attr/exec; exec label")" "$(told 'a//&b (enforce)') "
check "on one that does not confine" "$(run "printf 'changeprofile u' >$current; printf 'stack b' >$current; label; $look")" "$(told 'b//&u (mixed)') 1 "
check "and what it is on" "$(run "printf 'changeprofile u//&a' >$current; printf 'stack b' >$current; label")" "$(told 'a//&b//&u (mixed)') "
check "on one that allows all but what it denies" "$(run "printf 'changeprofile d' >$current; printf 'stack b' >$current; label; $look")" "$(told 'b//&d (enforce)')  "
sh -c "printf 'stack zz' >$current; exec sleep 1000" &
stacked=$!
sleep 2
check "status tells it" "$(pavise status | grep unconfined//)" "unconfined//&zz (enforce) 1"
kill $stacked
check "namespaces are not served" "$(run "printf 'changeprofile :root:a' >$current || echo no; label")" "no $(told unconfined) "
pavise unload u d zz || failed=1
# More stacks than there is room for.
cat >/five.aa <<'END'
profile first { /x px -> five//&four//&three//&two//&one, }
profile one { }
profile two { }
profile three { }
profile four { }
profile five { }
END
pavise load --strict /five.aa 2>/said
check "--strict: a stack that is too large is a refusal" "$? $(grep -c 'not loaded.*two//&….*more than 4 profiles.*have fewer' /said)" "1 1"
check "and nothing is loaded" "$(pavise list | grep -c first)" 0
ln -sf /bin/pavise /apparmor_parser
/apparmor_parser -a --Werror /five.aa 2>/said
check "so it is to apparmor_parser with --Werror" "$(pavise list | grep -c first) $(grep -c 'more than 4' /said)" "0 1"
pavise load /five.aa 2>/said
check "else it is a warning" "$? $(grep -c 'warning: rules lead to stacks.*more than 4 profiles' /said)" "0 1"
pavise load -q /five.aa 2>/said
check "which may be left out" "$?$(cat /said)" 0
pavise unload first one two three four five || failed=1
check "a stack of what is not there" "$(run "printf 'stack c' >$current || echo no; $look")" "no 12 "

# One's own label.
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
	check "aa-exec into it in another order" "$(aa-exec -p 'b//&a//&b' -- label)" "$(told 'a//&b (enforce)')"
	check "aa-status" "$(aa-status --profiled)" "$(pavise list | wc -l)"
fi
exit $failed
