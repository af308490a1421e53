# Profiles for stack_events: what each part of a label has to say of the same thing.
profile marker { audit /t/mark/* r, }

profile ea { /** rwlkmix, deny /t/f/r r, /bin/* ix, signal, capability, network, change_profile -> eb, }
profile eb { /** rwlkmix, deny /t/f/w r, signal, capability chown, network inet stream, }
profile ec { /** rwlkmix, deny /t/f/a r, signal, }
profile ek flags=(complain) { /proc/** rw, /bin/* rmix, deny /t/f/r r, }
profile el flags=(complain) { /proc/** rw, /bin/* rmix, audit /t/f/m r, }
profile eu flags=(unconfined) { }
profile eq { /proc/** rw, /** rix, deny /t/f/r r, deny /t/f/w r, deny capability sys_admin, }
profile ew { /proc/** rw, /** rix, audit /t/f/w r, audit capability sys_admin, audit network inet dgram, }
profile ey { /proc/** rw, /bin/* rix, }
profile ez { /proc/** rw, /bin/* rix, }
profile ex { /proc/** rw, /bin/* rix, deny /t/f/w r, audit /t/f/w w, audit /t/f/r r, }
profile ev flags=(audit) { /** rwlkmix, capability, network, signal, }

# So that the stacks are there.
profile lead {
	change_profile -> ea//&eb,
	change_profile -> ey//&ez,
	change_profile -> ek//&ey,
	change_profile -> ek//&el,
	change_profile -> eq//&ew,
	change_profile -> ec//&ew,
	change_profile -> eu//&ey,
	change_profile -> ey//&unconfined,
	change_profile -> ek//&eu,
	change_profile -> ek//&ew,
	change_profile -> eb//&eq,
	change_profile -> el//&ey//&ez,
	change_profile -> eb//&ev,
	change_profile -> ea//&ex,
	change_profile -> ea//&ec//&ek//&ew,
	change_profile -> ec//&ek//&el,
	change_profile -> ec//&ek//&eu,
}
