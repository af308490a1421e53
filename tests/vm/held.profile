# Profiles for held.case.
@{T}=/t
profile opener { @{T}/** rwmkl, change_profile -> *, network unix, unix, @{T}/bin/* rm, @{T}/bin/* px -> reads, }
profile logger { @{T}/f/a a, @{T}/f/r r, change_profile -> *, @{T}/bin/* rm, @{T}/bin/* px -> logs, }
profile reads { @{T}/f/r r, @{T}/f/rw r, @{T}/g/* r, @{T}/f/m rm, @{T}/bin/* rmix, network unix, unix, }
profile logs { @{T}/f/a a, @{T}/bin/* rmix, network unix, unix, }
profile blind { network unix, unix, @{T}/bin/* rmix, }
profile complainer flags=(complain) { deny @{T}/f/w w, }
