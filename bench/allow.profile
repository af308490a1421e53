# SPDX-License-Identifier: BSD-2-Clause
# Allows everything: what is measured is the cost of asking, not of being refused.
profile bench {
	capability,
	network,
	unix,
	signal,
	ptrace,
	change_profile,
	/** mrwlkix,
	/ r,
}
