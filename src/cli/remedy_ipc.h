/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside remedy*.c: rules about sockets, mounts, D-Bus, queues, namespaces, io_uring. */
#ifndef CLI_REMEDY_IPC_H
#define CLI_REMEDY_IPC_H

#include "abi/class.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Adds bytes as a word of a rule: what is special escaped, quoted if need be. */
void remedy_add_word(struct buf *out, struct slice bytes);

/*
 * Adds the rule that gives `mask` of an object of such a class, without qualifiers and ",". False
 * if there is no form for it.
 */
bool remedy_add_ipc(struct buf *out, enum class_id class_id, struct slice object, uint32_t mask);

#endif
