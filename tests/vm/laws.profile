# Profiles for laws.case: each law of the policy language where a real kernel can be asked.
@{T}=/t
@{VARS}=one two
@{HEAD}=@{T}/v

profile letters {
	@{T}/f/r r,
	@{T}/f/w w,
	@{T}/f/a a,
	@{T}/f/rw rw,
	@{T}/f/k rwk,
	@{T}/f/rk rk,
	@{T}/f/m rm,
	@{T}/f/l/ r,
	@{T}/f/new* w,
	@{T}/f/newa* a,
	@{T}/f/gone w,
	@{T}/f/old rw,
	@{T}/f/dir*/ w,
	@{T}/f/sock w,
}

profile globs {
	@{T}/g/* r,
	@{T}/g/sub/** r,
	@{T}/g/q/?b r,
	@{T}/g/set/[ab] r,
	@{T}/g/set/[^a-y]z r,
	@{T}/g/{alt,alt2}/x r,
	@{T}/g/opt{,ional} r,
	@{T}/g/esc/\* r,
	@{T}/g/esc/a\[b r,
	"@{T}/g/with space" r,
	@{HEAD}/@{VARS} r,
	@{T}/g/tail/*/x r,
	@{T}/g/dirs/*/ r,
}

profile owners {
	owner @{T}/o/* rw,
	@{T}/o/both r,
	owner @{T}/o/mix r,
	@{T}/o/mix w,
	deny owner @{T}/o/no rw,
	@{T}/o/no rw,
	owner @{T}/o/made/* rw,
}

profile denies {
	@{T}/d/** rw,
	deny @{T}/d/no rw,
	deny @{T}/d/now w,
	audit deny @{T}/d/sub/** w,
	@{T}/d/sub/yes w,
	deny @{T}/d/app a,
	deny @{T}/d/x* x,
}

profile links {
	@{T}/l/src rw,
	@{T}/l/src2 r,
	@{T}/l/dst l,
	@{T}/l/dstrw rwl,
	@{T}/l/dstr rl,
	link @{T}/l/pair -> @{T}/l/src,
	link subset @{T}/l/sub -> @{T}/l/src,
	@{T}/l/sub rw,
	link subset @{T}/l/sub2 -> @{T}/l/src2,
	@{T}/l/sub2 rw,
	link @{T}/l/any -> @{T}/l/**,
	deny link @{T}/l/den -> @{T}/l/src,
	link @{T}/l/den -> @{T}/l/**,
	@{T}/l/new* w,
}

profile execs {
	@{T}/bin/ix ix,
	@{T}/bin/ux ux,
	@{T}/bin/Ux Ux,
	@{T}/bin/px px,
	@{T}/bin/Px Px,
	@{T}/bin/pxno px,
	@{T}/bin/pix pix,
	@{T}/bin/pux pux,
	@{T}/bin/PUx PUx,
	@{T}/bin/cx cx,
	@{T}/bin/Cx Cx,
	@{T}/bin/cxno cx,
	@{T}/bin/cix cix,
	@{T}/bin/cux cux,
	@{T}/bin/named px -> exec_target,
	@{T}/bin/Named Px -> exec_target,
	@{T}/bin/namedno px -> exec_nowhere,
	@{T}/bin/namedix pix -> exec_nowhere,
	@{T}/bin/namedc Cx -> child,
	@{T}/bin/stack px -> &exec_target,
	@{T}/bin/px2 px -> &exec_target,
	@{T}/bin/cstack cx -> &exec_target,
	@{T}/bin/glob* ix,
	@{T}/bin/globp px,
	@{T}/bin/script ix,
	@{T}/bin/interp rix,
	@{T}/bin/deny ix,
	deny @{T}/bin/deny x,
	@{T}/bin/xonly ix,
	@{T}/bin/limit px -> exec_limits,

	profile @{T}/bin/cx { @{T}/bin/* rmix, }
	profile @{T}/bin/Cx { @{T}/bin/* rmix, }
	profile child { @{T}/bin/* rmix, }
}
profile exec_px @{T}/bin/{px,Px,stack} { @{T}/bin/* rmix, }
profile @{T}/bin/globp { @{T}/bin/* rmix, }
profile exec_target { @{T}/bin/* rmix, }
profile exec_limits { @{T}/bin/* rmix, set rlimit nofile <= 17, }
# Attachment: the longer literal beginning wins; equal ones clash.
profile att_glob @{T}/att/p* { @{T}/** rmix, }
profile att_longer @{T}/att/prog* { @{T}/** rmix, }
profile att_clash1 @{T}/att/cl[a]sh { @{T}/** rmix, }
profile att_clash2 @{T}/att/cl[a-b]sh { @{T}/** rmix, }
profile att_px { @{T}/att/* px, }

# Extended attributes: more of them win where the paths are alike, the longer path wins first.
profile x_any @{T}/x/p* { @{T}/** rmix, }
profile x_one @{T}/x/p* xattrs=(security.one="v*") { @{T}/** rmix, }
profile x_two @{T}/x/p* xattrs=(security.one="v*" security.two) { @{T}/** rmix, }
profile x_set @{T}/x/p* xattrs=(security.set="[^ab]?{c,d}") { @{T}/** rmix, }
profile x_long @{T}/x/pro* xattrs=(security.three="x?z") { @{T}/** rmix, }
profile @{T}/x/named xattrs=(trusted.name="/a/**") { @{T}/** rmix, }
profile x_clash1 @{T}/x/sam* xattrs=(security.one="v") { @{T}/** rmix, }
profile x_clash2 @{T}/x/s[a]m* xattrs=(security.two="w") { @{T}/** rmix, }
profile x_px {
	@{T}/x/p* px,
	@{T}/x/pix pix,
	@{T}/x/cx cx,
	@{T}/x/cxno cx,
	profile inner @{T}/x/c* xattrs=(security.one="v") { @{T}/** rmix, }
}

profile nets {
	network inet stream,
	network inet6 dgram,
	network unix stream,
	network netlink,
	deny network netlink raw,
}
profile netnone { network unix dgram, @{T}/** rw, }
profile netall { network, @{T}/** rw, }
profile nettcp { network tcp, }
profile unixes { unix (create, connect, send, receive, bind, listen) type=stream, @{T}/sock/** rw, }

profile signals {
	signal send set=(term, usr1) peer=sig_target,
	signal send set=kill peer=sig_other,
	signal send set=exists,
	signal send set=rtmin+2 peer=sig_target,
	signal send set=(int) peer=sig_*,
	deny signal send set=int peer=sig_other,
}
profile sig_target { signal receive, ptrace (readby, tracedby), }
profile sig_other { signal receive set=(kill, int, exists), }
profile sig_deaf { }
profile sig_all { signal, ptrace, }

profile rlimited { set rlimit nofile <= 100, }
profile rlimfree { capability sys_resource, }

profile tracers {
	capability sys_ptrace,
	ptrace trace peer=sig_target,
	ptrace read peer=sig_*,
	deny ptrace read peer=sig_other,
	/proc/** r,
}

profile caps {
	capability sys_nice,
	capability chown,
	capability sys_admin,
	deny capability sys_admin,
	capability mknod,
	@{T}/** rw,
}
profile capnone { @{T}/** rw, }
profile capall { capability, @{T}/** rw, }

profile mounts {
	capability sys_admin,
	mount fstype=tmpfs -> @{T}/m/tmp/,
	mount options=(ro, nosuid) fstype=tmpfs tmpfs -> @{T}/m/ro/,
	mount options=bind @{T}/m/src/ -> @{T}/m/bind/,
	mount options=(rw, rbind) @{T}/m/src/ -> @{T}/m/rbind/,
	mount options in (ro, nodev, nosuid) fstype=tmpfs -> @{T}/m/in/,
	mount options=(rw, private) -> /,
	mount options=(rw, rprivate) -> /,
	remount options=(ro) @{T}/m/,
	mount options=move @{T}/m/src/ -> @{T}/m/move/,
	umount @{T}/m/um/,
	mount fstype=tmpfs -> @{T}/m/um/,
	audit deny mount fstype=tmpfs -> @{T}/m/no/,
	mount options=bind @{T}/f/r -> @{T}/f/w,
}
profile mountall { capability sys_admin, mount, umount, }
profile mountnone { capability sys_admin, }
profile mountany { capability sys_admin, mount options=bind -> @{T}/m/bind/, }
profile pivots { capability sys_admin, pivot_root oldroot=@{T}/new/old/ @{T}/new/, }

profile changes {
	change_profile -> chg_a,
	change_profile -> chg_p*,
	change_profile @{T}/bin/ix -> chg_x,
	@{T}/bin/* ix,
}
profile chgdeny {
	change_profile -> chg_p*,
	deny change_profile -> chg_pno,
}
profile chg_a { @{T}/bin/* rmix, }
profile chg_b { @{T}/bin/* rmix, }
profile chg_pa { @{T}/bin/* rmix, }
profile chg_pno { @{T}/bin/* rmix, }
profile chg_x { @{T}/bin/* rmix, }

profile hatted {
	@{T}/f/r r,
	^hat { @{T}/f/w w, }
	^hat2 { }
}
profile plain { @{T}/f/r r, }

profile complains flags=(complain) {
	@{T}/f/r r,
	deny @{T}/f/w w,
}
profile kills flags=(kill) { @{T}/f/r r, }
profile frees flags=(unconfined) { @{T}/f/r r, }

profile priorities { @{T}/f/r r, @{T}/{f,g}/** r, deny @{T}/f/w r, }
