/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of rule classes: a line each. See rule_class.h for how to add one. */
#include "lang/rule_class.h"

const struct rule_class *const rule_classes[] = {
	&class_file,
	&class_link,
	&class_change_profile,
	&class_capability,
	&class_network,
	&class_unix,
	&class_signal,
	&class_ptrace,
	&class_rlimit,
	&class_mount,
	&class_remount,
	&class_umount,
	&class_pivot_root,
	&class_dbus,
	&class_mqueue,
	&class_userns,
	&class_io_uring,
	&class_all,
	NULL,
};

const struct rule_class *rule_class_find(struct slice keyword)
{
	if (slice_is(keyword, "unmount"))
		return &class_umount;
	for (size_t i = 0; rule_classes[i]; i++) {
		if (slice_is(keyword, rule_classes[i]->keyword))
			return rule_classes[i];
	}
	return NULL;
}
