/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats events, gives records: event → counted → grouped → rule looked up → printed → one write.
 *
 * A record is one write to a descriptor in append mode, so that several runs may share a log. On
 * standard error people get lines and programs get records in AppArmor's audit form.
 */
#include "cli/sink.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/blame.h"
#include "event/group.h"
#include "event/limit.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>

enum { LOG_MODE = 0600 };

struct sink {
	struct sink_options options;
	enum sink_form form;
	int fd;				/* owned unless standard error; -1: nowhere */
	struct group *group;
	struct limit *limit;		/* behind the group; NULL: none */
	struct provenance *provenance;	/* made when the first event needs it */
	struct event event;		/* the one being printed */
	uint64_t n_events[N_EVENT_VERDICTS];
	uint64_t n_records;
	uint64_t n_lost;		/* the engine told */
	uint64_t n_unwritten;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void print_event(const struct sink *s, struct buf *out)
{
	switch (s->form) {
	case SINK_AUDIT:
		event_print_audit(&s->event, out);
		break;
	case SINK_JSON:
		event_print_json(&s->event, out);
		break;
	case SINK_LINE:
		buf_add_text(out, "pavise: ");
		event_print_line(&s->event, out);
		break;
	}
}

/*
 * Writes a record. A reader that went away must not end the run, and ignoring SIGPIPE for the whole
 * process would be inherited by the program: so it is held back for this write, and taken.
 */
static int write_record(int fd, const struct buf *record)
{
	const struct timespec no_wait = { 0, 0 };
	sigset_t pipe, before;
	int r;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, &before);
	r = io_write_fd(fd, record->data, record->len);
	if (r == -EPIPE && !sigismember(&before, SIGPIPE))
		sigtimedwait(&pipe, NULL, &no_wait);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return r;
}

static void emit(void *to, const struct event *e)
{
	struct sink *s = to;
	auto_buf out = BUF_INIT;

	if (s->fd < 0)
		return;
	s->event = *e;
	if (!s->provenance && s->options.policy)
		s->provenance = provenance_new(s->options.policy);
	if (s->provenance)
		blame_event(s->provenance, &s->event);
	print_event(s, &out);
	if (write_record(s->fd, &out) < 0)
		s->n_unwritten++;
	else
		s->n_records++;
}

static void emit_limited(void *to, const struct event *e)
{
	struct sink *s = to;

	limit_add(s->limit, e, now_ms());
}

static int open_path(const char *path, struct err *err)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, LOG_MODE);

	return fd < 0 ? err_set(err, -errno, "cannot open the log %s", path) : fd;
}

static int open_log(struct sink *s, struct err *err)
{
	const char *path = s->options.log_path;

	if (path)
		return s->fd = open_path(path, err);
	s->fd = s->options.is_stdout ? STDOUT_FILENO : STDERR_FILENO;
	if (s->options.is_quiet && !s->options.is_stdout)
		s->fd = -1;
	return 0;
}

static bool make_parts(struct sink *s)
{
	if (s->options.is_limited)
		s->limit = limit_new((struct group_out){ s, emit });
	s->group = group_new((struct group_out){ s, s->limit ? emit_limited : emit });
	return s->group && (s->limit || !s->options.is_limited);
}

static enum sink_form form_of(const struct sink *s)
{
	if (s->options.is_json)
		return SINK_JSON;
	return !s->options.log_path && isatty(s->fd) ? SINK_LINE : SINK_AUDIT;
}

static void free_parts(struct sink *s)
{
	group_free(s->group);
	limit_free(s->limit);
	free(s);
}

struct sink *sink_new(const struct sink_options *options, struct err *err)
{
	struct sink *s = calloc(1, sizeof(*s));

	if (s) {
		s->fd = -1;
		s->options = *options;
	}
	if (!s || !make_parts(s)) {
		if (s)
			free_parts(s);
		err_set(err, -ENOMEM, "cannot keep events");
		return NULL;
	}
	if (open_log(s, err) < 0) {
		free_parts(s);
		return NULL;
	}
	s->form = form_of(s);
	return s;
}

void sink_set_policy(struct sink *s, const struct policy *policy)
{
	provenance_free(s->provenance);
	s->provenance = NULL;
	s->options.policy = policy;
}

int sink_reopen(struct sink *s, struct err *err)
{
	int fd = s->options.log_path ? open_path(s->options.log_path, err) : s->fd;

	if (fd < 0 || fd == s->fd)
		return fd < 0 ? fd : 0;
	close(s->fd);
	s->fd = fd;
	return 0;
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	group_flush(s->group);
	if (s->limit)
		limit_flush(s->limit);
	provenance_free(s->provenance);
	if (s->options.log_path && s->fd >= 0)
		close(s->fd);
	s->provenance = NULL;
	s->options.policy = NULL;
	s->fd = -1;
	free_parts(s);
}

void sink_event(void *sink, const struct event *e)
{
	struct sink *s = sink;

	assert(e->verdict < N_EVENT_VERDICTS);
	s->n_events[e->verdict] += e->count;
	s->n_lost += e->lost;
	group_add(s->group, e, now_ms());
}

void sink_tick(void *sink)
{
	struct sink *s = sink;

	group_tick(s->group, now_ms());
	if (s->limit)
		limit_tick(s->limit, now_ms());
}

static void add_count(struct buf *out, uint64_t n, const char *what)
{
	if (n)
		buf_printf(out, "%s%" PRIu64 " %s", out->len ? ", " : "", n, what);
}

void sink_close(struct sink *s)
{
	uint64_t n_denied = s->n_events[EVENT_DENIED] + s->n_events[EVENT_KILLED];
	auto_buf out = BUF_INIT;

	group_flush(s->group);
	if (s->limit)
		limit_flush(s->limit);
	if (s->options.is_quiet)
		return;
	add_count(&out, n_denied, n_denied == 1 ? "denial" : "denials");
	add_count(&out, s->n_events[EVENT_ALLOWED], "let pass in complain mode");
	add_count(&out, s->n_events[EVENT_AUDIT], "audited");
	add_count(&out, s->n_lost, "events lost");
	add_count(&out, s->n_unwritten, "records not written");
	if (!out.len || (s->options.is_json && !s->options.log_path))
		return;
	buf_printf(&out, " (%" PRIu64 " record%s", s->n_records, s->n_records == 1 ? "" : "s");
	if (s->options.log_path)
		buf_printf(&out, " in %s", s->options.log_path);
	buf_add_char(&out, ')');
	log_error("%s", buf_text(&out));
}
