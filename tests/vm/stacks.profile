# Profiles for stacks.case. What a label is made of is told by the file that each part keeps from it.
@{T}=/t
@{F}=/t/f

profile sa {
	@{T}/** rwmkl,
	deny @{F}/none r,
	capability,
	network,
	signal,
	change_profile -> &{sb,sd,sk},
	change_profile -> sb,
	change_profile -> sb//&sd,
	change_profile -> &sb//&sd,
	change_profile @{T}/s/ix -> &sx,
	@{T}/s/ix ix,
	@{T}/s/one ix,
	@{T}/s/out ux,
	@{T}/s/half ix,
	@{T}/s/scrub ux,
	@{T}/s/tob px -> sb,
	@{T}/s/tod px -> sd,
	@{T}/s/both px -> sb//&sd,
	@{T}/s/att px,
	@{T}/s/attix pix,
	@{T}/s/nowhere px -> snone,
	@{T}/s/nowix pix -> snone,
	@{T}/s/kid cx,
	@{T}/s/kids cx,
	@{T}/s/stack px -> &sb,
	@{T}/s/satt px -> &sb,
	@{T}/s/sattix pix -> &sb,
	@{T}/s/sattux pux -> &sb,
	@{T}/s/skid cx -> &sb,
	@{T}/s/rev px -> sd//&sb,
	@{T}/s/twice px -> sb//&sb,
	@{T}/s/hats px -> sb//&sa//hat,
	@{T}/s/nobody px -> unconfined//&sb,
	profile @{T}/s/kid { @{T}/** rm, deny @{F}/w r, @{T}/s/* ix, }
	profile @{T}/s/kids { @{T}/** rm, deny @{F}/w r, @{T}/s/* ix, }
	^hat { @{T}/** rm, deny @{T}/v/three r, change_profile -> &sd, }
}

profile sb {
	@{T}/** rwmkl,
	deny @{F}/rw r,
	capability chown,
	network inet stream,
	signal receive,
	signal send set=term,
	change_profile -> &sd,
	change_profile -> sd,
	change_profile -> sa,
	@{T}/s/ix ix,
	@{T}/s/out ux,
	@{T}/s/half ux,
	@{T}/s/scrub Ux,
	@{T}/s/tob ix,
	@{T}/s/tod ix,
	@{T}/s/att ix,
	@{T}/s/attix ix,
	@{T}/s/nowhere ix,
	@{T}/s/nowix ix,
	@{T}/s/kid ix,
	@{T}/s/kids cx,
	@{T}/s/stack ix,
	@{T}/s/sattix ix,
	profile @{T}/s/kids { @{T}/** rm, deny @{F}/k r, @{T}/s/* ix, }
	^hat { @{T}/** rm, deny @{F}/r r, }
}

profile sd { @{T}/** rwmkl, deny @{F}/rk r, @{T}/s/* ix, change_profile -> &sa, signal, }
profile sx { @{T}/** rwmkl, deny @{F}/m r, @{T}/s/* ix, signal, }
profile satt @{T}/s/{att,attix,satt} { @{T}/** rwmkl, deny @{F}/a r, @{T}/s/* ix, signal, }

# Complains: refuses what it denies alone.
profile sk flags=(complain) { @{T}/f/r r, deny @{T}/v/one r, @{T}/s/* ix, change_profile -> &{sa,sb}, signal, }
profile sl flags=(complain) { @{T}/f/r r, deny @{T}/v/two r, @{T}/s/* ix, change_profile -> &sk, signal, }
profile su flags=(unconfined) { }
profile sn { @{T}/** rwmkl, change_profile -> sn//&su, change_profile -> sn//&sa, @{T}/s/* ix, }
profile sv flags=(unconfined) { }
profile zz { @{T}/** rwm, }

# Which labels of several parts rules allow.
profile so1 { @{T}/** rwm, change_profile -> sb//&sd, }
profile so2 { @{T}/** rwm, change_profile -> sd//&sb, }
profile so3 { @{T}/** rwm, change_profile -> sb, change_profile -> sd, }
profile so4 { @{T}/** rwm, change_profile -> &sb, change_profile -> &sd, @{T}/s/* ix, }
profile so5 { @{T}/** rwm, change_profile -> sb, change_profile -> sd, deny change_profile -> sb//&sd, }
profile so6 { @{T}/** rwm, change_profile -> sd//&unconfined, }
profile so7 { @{T}/** rwm, change_profile -> sd, change_profile -> unconfined, }
profile so9 { change_profile -> sa//&sa//hat, }
profile so8 { @{T}/** rwm, change_profile -> &unconfined, }

# Links: which of both lets a link gain nothing.
profile l1 { @{T}/l/src rw, @{T}/l/src2 r, @{T}/l/dst* rwl, change_profile -> &l2, }
profile l2 { @{T}/l/src r, @{T}/l/src2 rw, @{T}/l/dst* rl, }
profile l3 { @{T}/l/** rwl, change_profile -> &l1, }

# Who speaks to stacks: rules name the whole label.
profile s1 { signal send peer=sa, signal send peer=sb, }
profile s2 { signal send peer=sa//&sb, }
profile s3 { signal send peer=sa**, }
profile s4 { signal, deny signal peer=sb, }
