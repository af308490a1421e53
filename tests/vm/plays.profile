# Profiles for plays.case.
@{P}=/t/p
profile po { @{P}/** rwlkm, @{P}/ rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, signal, ptrace, capability, change_profile, }
profile pf { @{P}/r r, @{P}/w w, @{P}/rw rw, @{P}/a a, @{P}/k rk, @{P}/m rm, @{P}/src r, @{P}/d/ r, @{P}/d/r r, @{P}/e/ r, @{P}/e/* rwk, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, signal, ptrace, capability, change_profile, }
profile pd flags=(mediate_deleted) { @{P}/r r, @{P}/rw rw, @{P}/d/ r, @{P}/d/r r, @{P}/e/ r, @{P}/e/* rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, change_profile, }
profile px flags=(attach_disconnected) { @{P}/r r, @{P}/rw rw, @{P}/d/ r, @{P}/d/r r, @{P}/e/ r, @{P}/e/* rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, capability, mount, umount, change_profile, }
profile pc { @{P}/r r, @{P}/rw rw, @{P}/d/ r, @{P}/d/r r, @{P}/e/ rw, @{P}/e/** rwkl, @{P}/n/ r, @{P}/n/** rwl, @{P}/e/sp* r, "@{P}/e/a b" rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, capability, change_profile, }
profile h1 { /proc/** rw, /t/pb/* rmix, /bin/drive rm, /t/p/r r, signal, ptrace, unix, network,
  change_profile -> h2, change_profile -> h1//ha, change_profile -> h1//kid, change_profile -> h3//hx, 
  ^ha { /proc/** rw, /t/pb/* rmix, /bin/drive rm, /t/p/w w, signal, ptrace, unix, network, change_profile -> h2, change_profile -> h1, }
  ^hb { /proc/** rw, /t/pb/* rmix, /bin/drive rm, /t/p/rw rw, signal, ptrace, unix, network, }
  ^hq { /t/p/rw rw, }
  profile kid { /proc/** rw, /t/pb/* rmix, /bin/drive rm, /t/p/a a, signal, ptrace, unix, network, change_profile -> h1, } }
profile h2 { /proc/** rw, /t/pb/* rmix, /bin/drive rm, /t/p/none r, signal, ptrace, unix, network, change_profile -> h1, change_profile -> h3, }
profile h3 { /proc/** rw, /t/pb/* rmix, /bin/drive rm, change_profile, signal, ptrace, unix, network,
  ^hx { /proc/** rw, /t/pb/* rmix, /bin/drive rm, change_profile, signal, ptrace, unix, network, } }
profile hc flags=(complain) { /proc/** rw, ^ha { /proc/** rw, } }
profile nohat flags=(complain) { /proc/** rw, }
profile onx { /proc/** rw, /t/pb/i rix, /t/pb/u rux, /t/pb/p px -> h2, /t/pb/c cx, /bin/drive rm, /t/pb/* rm, change_profile /t/pb/i -> h2, change_profile /t/pb/x -> h3, change_profile unsafe /t/pb/p -> h1, change_profile unsafe /t/pb/u -> h1, signal, ptrace, unix, network, 
  profile /t/pb/c { /proc/** rw, /t/pb/* rmix, /bin/drive rm, signal, ptrace, unix, network, } }
profile /t/pb/P { /proc/** rw, /t/pb/* rmix, /bin/drive rm, signal, ptrace, unix, network, }
profile /t/pb/script { /proc/** rw, /t/pb/* rmix, /bin/drive rm, signal, ptrace, unix, network, }
profile ex { /proc/** rw, /bin/drive rm, signal, ptrace, unix, network, /t/pb/* rm, /t/p/* rwm, /t/p/e/* rwmix, change_profile -> h1, change_profile -> &h2,
  /t/pb/i ix, /t/pb/u ux, /t/pb/U Ux, /t/pb/p px -> h2, /t/pb/P Px, /t/pb/pno px, /t/pb/pi pix, /t/pb/c cx -> ck, /t/pb/C Cx -> ck, /t/pb/ci cix -> nock, /t/pb/cno cx -> nock, /t/pb/pu pux, /t/pb/n px -> h2, /t/pb/N Px -> h3, /t/pb/nh px -> h1//ha, /t/pb/s px -> &h2, /t/pb/self px -> ex, /t/pb/script rpx, /t/p/sx rix, /t/p/sp px -> h2, /t/p/m rmix, /t/p/suid px -> h2, /t/p/suidi ix, /t/p/suidu ux,
  capability, mount, umount, pivot_root,
  profile ck { /proc/** rw, /t/pb/* rmix, /bin/drive rm, signal, ptrace, unix, network, } }
# Who traces, and who is traced.
profile tall { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, ptrace, capability, }
profile tnone { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, capability, }
profile tone { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, ptrace (trace) peer=eall, capability, }
profile tfree flags=(unconfined) { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, capability, }
profile eall { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, change_profile -> &eone, ptrace (tracedby, readby), ^h1 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, } ^h2 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, ptrace, } }
profile eone { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, ptrace (tracedby) peer=tall, ^h1 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, } ^h2 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, ptrace, } }
profile enone { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, ^h1 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, } ^h2 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, ptrace, } }
profile elearn flags=(complain) { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, change_profile -> {t,e}{all,none,one,free,learn}, change_profile -> unconfined, ^h1 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, } ^h2 { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, /t/pb/* rm, /t/pb/i ix, /t/pb/u ux, /t/pb/p px -> eone, ptrace, } }
# Signals.
profile g_all { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, }
profile g_none { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> g_*, }
profile g_send { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> g_*, signal (send), }
profile g_hear { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> g_*, signal (receive), }
profile g_some { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal (send) set=(usr1) peer=g_few, signal (send) set=(rtmin+2), signal (send) set=(kill exists) peer=g_hear, }
profile g_few { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal (receive) peer=unconfined, signal (receive) set=(usr1 usr2) peer=g_some, signal (receive) set=(hup) peer=g_hat//k, }
profile g_deny { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, deny signal (send) set=(usr1), deny signal (receive) set=(usr2), }
profile g_learn flags=(complain) { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, deny signal (send) set=(usr1), deny signal (receive) set=(usr2), }
profile g_hat { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal peer=g_hat//k, signal (send) set=(usr1) peer=g_hat, ^k { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal peer=g_hat, signal (send) set=(hup), } }
# What is asked about others beside that.
profile o_all { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, capability, ptrace, }
profile o_none { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, ptrace, }
profile o_limit { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, signal, ptrace, set rlimit nofile <= 50, set rlimit core <= 10, }
# Stacks as peers.
profile k_a { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> k_*, change_profile -> &k_[abn]*, /t/pb/* rm, /t/pb/i ix, signal, ptrace, capability, }
profile k_b { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> k_*, change_profile -> &k_[abn]*, /t/pb/* rm, /t/pb/i ix, signal peer=k_{a,n}, ptrace peer=k_{a,n}, capability, }
profile k_n { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> k_*, change_profile -> &k_[abn]*, /t/pb/* rm, /t/pb/i ix, signal (receive), ptrace (tracedby, readby), capability, }
profile k_w { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> k_*, change_profile -> &k_[abn]*, /t/pb/* rm, /t/pb/i ix, signal peer=k_a//&k_n, ptrace peer=k_a//&k_n, capability, }
profile k_u { /proc/** rw, /proc/ r, /t/p/** rwk, /t/p/ r, /bin/drive rm, unix, network, change_profile -> k_*, change_profile -> &k_[abn]*, /t/pb/* rm, /t/pb/i ix, signal peer=k_a, signal peer=unconfined, ptrace peer=k_a, ptrace peer=unconfined, capability, }
# Programs: names of profiles, scripts, what attaches, complain mode.
profile "a name" { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_é { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_1 /t/pb/g* { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_2 /t/pb/ga* { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_3 /t/pb/gab { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_4 /t/pb/g[xy]1 { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_5 /t/pb/g?2 { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_6 /t/pb/gz* { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_7 /t/pb/g*z { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_8 /t/pb/{g,h}8* { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* ix, }
profile a_x { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, change_profile -> a_*, change_profile -> "a name", /t/pb/i ix, /t/pb/[gh]* px, /t/pb/s1 rpx -> a_s, /t/pb/s2 rix, /t/pb/s3 rpx -> a_none, /t/pb/s4 rux, /t/pb/s5 rcx -> kid, /t/pb/sp px -> "a name", /t/pb/ut px -> a_é, profile kid { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/i ix, } ^hat { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, } }
profile a_s { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/* rix, }
profile a_none { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, }
profile a_learn flags=(complain) { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/p px -> nowhere, /t/pb/P px, /t/pb/c cx, /t/pb/C cx -> nokid, /t/pb/pi pix -> nowhere, /t/pb/ci cix -> nokid, /t/pb/pu pux -> nowhere, /t/pb/n px -> a_s, /t/pb/N cx -> kid, /t/pb/i ix, /t/pb/u ux, deny /t/pb/nh x, profile kid { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, /t/pb/i ix, } ^hat { /proc/** rw, /t/pb/* rm, /t/p/** r, /bin/drive rm, signal, unix, network, ptrace, } }
