# Profiles for plays.case.
@{P}=/t/p
profile po { @{P}/** rwlkm, @{P}/ rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, signal, ptrace, capability, change_profile, }
profile pf { @{P}/r r, @{P}/w w, @{P}/rw rw, @{P}/a a, @{P}/k rk, @{P}/m rm, @{P}/src r, @{P}/d/ r, @{P}/d/r r, @{P}/e/ r, @{P}/e/* rwk, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, signal, ptrace, capability, change_profile, }
profile pd flags=(mediate_deleted) { @{P}/r r, @{P}/rw rw, @{P}/d/ r, @{P}/d/r r, @{P}/e/ r, @{P}/e/* rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, change_profile, }
profile px flags=(attach_disconnected) { @{P}/r r, @{P}/rw rw, @{P}/d/ r, @{P}/d/r r, @{P}/e/ r, @{P}/e/* rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, capability, mount, umount, change_profile, }
profile pc { @{P}/r r, @{P}/rw rw, @{P}/d/ r, @{P}/d/r r, @{P}/e/ rw, @{P}/e/** rwkl, @{P}/n/ r, @{P}/n/** rwl, @{P}/e/sp* r, "@{P}/e/a b" rw, /proc/** rw, /t/pb/* rm, /bin/drive rm, network, unix, capability, change_profile, }
