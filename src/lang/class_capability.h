/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of capabilities. */
#ifndef LANG_CLASS_CAPABILITY_H
#define LANG_CLASS_CAPABILITY_H

/* The name by its number (capabilities(7)), in small letters; NULL if it has none. */
const char *capability_name(unsigned number);

#endif
