/* SPDX-License-Identifier: BSD-2-Clause */
/* Pavise under the name apparmor_parser: that tool's options, answers and exit status. */
#ifndef CLI_APPARMOR_PARSER_H
#define CLI_APPARMOR_PARSER_H

#include <stdbool.h>

/* True if a program of that argv[0] is to be it. */
bool apparmor_parser_is_name(const char *argv0);
int apparmor_parser_main(int argc, char **argv);

#endif
