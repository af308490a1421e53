/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of engines. */
#include "engine/engine.h"

#include <string.h>

extern const struct engine_ops engine_bpf;
extern const struct engine_ops engine_seccomp;

const struct engine_ops *const engines[] = {
	&engine_seccomp,
#if HAS_BPF
	&engine_bpf,
#endif
	NULL,
};

const struct engine_ops *engine_find(const char *name)
{
	for (size_t i = 0; engines[i]; i++)
		if (!strcmp(engines[i]->name, name))
			return engines[i];
	return NULL;
}
