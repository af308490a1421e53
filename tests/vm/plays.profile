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
