/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Talk to the person at the terminal: standard error, "pavise: " before each line, control bytes
 * escaped. For commands and daemons only: library floors return their words in err and diag.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_QUIET, LOG_ERRORS, LOG_WARNINGS, LOG_NOTES, LOG_DEBUGGING };

/* What is said: that level and all before it. LOG_WARNINGS at start. */
void log_set_level(enum log_level level);

void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
