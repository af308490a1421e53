# Profiles for newer.case.
@{T}=/t
profile mounts {
	capability sys_admin,
	mount fstype=tmpfs -> @{T}/m/tmp/,
	mount options=move @{T}/m/src/ -> @{T}/m/move/,
	remount options=(ro) @{T}/m/src/,
}
profile moves { capability sys_admin, mount options=move -> @{T}/m/move/, }
profile remounts { capability sys_admin, mount, deny remount @{T}/m/in/, }
profile mountall { capability sys_admin, mount, }
