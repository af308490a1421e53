/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a profile allows of sockets whatever their type, addresses and peers are, so that the kernel
 * programs need not walk for it.
 */
#ifndef ENGINE_BPF_GRANT_H
#define ENGINE_BPF_GRANT_H

#include "image/image.h"

/* class_id: CLASS_NET or CLASS_UNIX. Permissions that every object of the class is allowed, unreported. */
uint32_t bpf_grant_sockets(const struct image *img, const struct image_profile *profile,
			   enum class_id class_id);

#endif
