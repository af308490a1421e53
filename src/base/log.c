/* SPDX-License-Identifier: BSD-2-Clause */
/* Talk on standard error, a line in one write so that lines of several threads do not mix. */
#include "base/log.h"
#include "base/buf.h"
#include "base/io.h"

#include <stdarg.h>

static enum log_level shown = LOG_WARNINGS;

void log_set_level(enum log_level level)
{
	shown = level;
}

__attribute__((format(printf, 2, 0)))
static void say(const char *prefix, const char *fmt, va_list ap)
{
	auto_buf text = BUF_INIT;
	auto_buf line = BUF_INIT;

	buf_vprintf(&text, fmt, ap);
	buf_add_text(&line, prefix);
	buf_add_escaped(&line, buf_slice(&text));
	buf_add_char(&line, '\n');
	io_write_fd(STDERR_FILENO, line.data, line.len);
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (shown >= LOG_ERRORS)
		say("pavise: ", fmt, ap);
	va_end(ap);
}

void log_warning(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (shown >= LOG_WARNINGS)
		say("pavise: warning: ", fmt, ap);
	va_end(ap);
}

void log_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (shown >= LOG_NOTES)
		say("pavise: ", fmt, ap);
	va_end(ap);
}
