# Profiles for newer.case.
@{T}=/t
profile newmounts {
	capability sys_admin,
	mount fstype=tmpfs -> @{T}/m/tmp/,
	mount options=move @{T}/m/src/ -> @{T}/m/move/,
	remount options=(ro) @{T}/m/src/,
}
profile moves { capability sys_admin, mount options=move -> @{T}/m/move/, }
profile remounts { capability sys_admin, mount, deny remount @{T}/m/in/, }
profile newmountall { capability sys_admin, mount, }
profile rings { io_uring override_creds label=rings, network, }
profile ringless { network, }
profile tracer { @{T}/bin/* rmix, @{T}/bin/px px -> traced, @{T}/bin/px2 px -> other, ptrace (trace, tracedby) peer=tracer, ptrace trace peer=traced, signal, }
profile traced { @{T}/bin/* rmix, ptrace tracedby peer=tracer, signal, }
profile other { @{T}/bin/* rmix, ptrace tracedby, signal, }
profile shy { @{T}/bin/* rmix, @{T}/bin/px px -> traced, ptrace, signal, }
