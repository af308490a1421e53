# SPDX-License-Identifier: BSD-2-Clause
# Allows everything: a program under it must not tell the difference.
profile allow {
	capability,
	network,
	unix,
	signal,
	ptrace,
	change_profile,
	/** mrwlkix,
	/ r,
}
