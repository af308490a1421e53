# SPDX-License-Identifier: BSD-2-Clause
# Allows everything that is there, but names files that are not: so no call goes unasked.
profile served {
	capability,
	network,
	unix,
	signal,
	ptrace,
	change_profile,
	/** mrwlkix,
	/ r,
	deny /never-there rmk,
}
