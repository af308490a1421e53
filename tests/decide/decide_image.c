/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs decision cases against the compiled image and against rule-by-rule evaluation. Usage:
 * decide_image [--shown] FILE.case... Ends with 1 if a row fails. With --shown, rows say what a kernel
 * shows of itself: allow or deny, and how an exec goes on; nothing of reports and fallbacks.
 */
#include "base/io.h"
#include "cli/request.h"
#include "compile/compile.h"
#include "compile/provenance.h"
#include "event/names.h"
#include "image/image.h"
#include "lang/policy.h"

#include <stdio.h>

enum { CASE_FILE_MAX = 8 << 20, WORDS_MAX = 16 };

static const char root[] = "/srv/decide";
/* True if the verdict says how to go on after exec. */
static bool is_about_exec(const struct request *q)
{
	return (q->class_id == CLASS_FILE && q->wanted & PERM_EXEC) ||
	       (q->class_id == CLASS_LABEL && q->wanted & PERM_ONEXEC);
}

static const char *const no_dirs[] = { "/nonexistent", NULL };
static unsigned n_passed, n_failed;
static bool is_shown_alone;

struct policy_case {
	const char *file;
	struct diag diag;
	struct policy policy;
	struct buf bytes;
	struct image image;
	struct provenance *rules;
};

static struct slice take_line(struct slice *text)
{
	const char *end = memchr(text->ptr, '\n', text->len);
	size_t len = end ? (size_t)(end - text->ptr) : text->len;
	struct slice line = slice_cut(*text, 0, len);

	*text = slice_cut(*text, end ? len + 1 : len, text->len);
	return line;
}

static void replace_root(struct slice text, struct buf *out)
{
	static const char mark[] = "@ROOT@";

	for (size_t i = 0; i < text.len;) {
		if (text.len - i >= sizeof(mark) - 1 && !memcmp(text.ptr + i, mark, sizeof(mark) - 1)) {
			buf_add_text(out, root);
			i += sizeof(mark) - 1;
		} else {
			buf_add_char(out, text.ptr[i++]);
		}
	}
}

static bool open_case(struct policy_case *c, struct slice text)
{
	static const struct policy_options options = { .include_dirs = no_dirs };
	auto_buf problems = BUF_INIT;
	struct err err = ERR_INIT;

	policy_init(&c->policy, &options, &c->diag);
	if (policy_read_text(&c->policy, c->file, text) && compile_policy(&c->policy, &c->bytes) &&
	    image_open(c->bytes.data, c->bytes.len, &c->image, &err) == 0) {
		c->rules = provenance_new(&c->policy);
		return true;
	}
	diag_print(&c->diag, &problems);
	printf("%s: %s%s\n", c->file, buf_text(&problems), err.text);
	return false;
}

static void close_case(struct policy_case *c)
{
	provenance_free(c->rules);
	c->rules = NULL;
	buf_release(&c->bytes);
	policy_release(&c->policy);
	diag_release(&c->diag);
	c->diag = (struct diag){ 0 };
}

/* A capability is known to the image by its number. */
static struct verdict ask_image(const struct image *img, uint32_t profile, const struct request *q,
				bool is_owner)
{
	struct slice object = buf_slice(&q->object);
	const char *end;

	if (q->class_id == CLASS_CAPABILITY)
		return image_decide_capability(img, profile,
					       (unsigned)event_find_capability(object));
	if (q->class_id == CLASS_LINK) {
		end = memchr(object.ptr, '\0', object.len);
		return image_decide_link(img, profile, slice_make(object.ptr, (size_t)(end - object.ptr)),
					 slice_of(end + 1), is_owner);
	}
	return image_decide(img, profile, q->class_id, object, q->wanted, is_owner);
}

static struct verdict of_rules(const struct provenance_answer *a)
{
	return (struct verdict){ .allowed = a->allowed, .missing = a->missing, .denied = a->denied,
				 .audit = a->audit, .quiet = a->quiet };
}

static void describe_exec(const struct verdict *v, bool has_exec, struct buf *out)
{
	static const char *const kinds[N_EXEC_KINDS] = { "", " ix", " ux", " px", " cx" };

	if (!has_exec || v->missing)
		return;
	buf_add_text(out, kinds[v->exec.kind]);
	if (v->exec.flags & EXEC_SCRUB)
		buf_add_text(out, " scrub");
}

static void describe(const struct verdict *v, bool has_exec, struct buf *out)
{
	buf_add_text(out, v->missing ? "deny" : "allow");
	if (is_shown_alone) {
		describe_exec(v, has_exec, out);
		return;
	}
	if (v->audit)
		buf_add_text(out, " audit");
	if (v->denied)
		buf_add_text(out, " explicit");
	if (v->quiet)
		buf_add_text(out, " quiet");
	describe_exec(v, has_exec, out);
	if (!has_exec || v->missing)
		return;
	if (v->exec.flags & EXEC_OR_INHERIT)
		buf_add_text(out, " or-ix");
	if (v->exec.flags & EXEC_OR_UNCONFINED)
		buf_add_text(out, " or-ux");
}

static void compare(struct policy_case *c, struct slice row, const struct buf *got, struct slice want)
{
	if (slice_eq(buf_slice(got), want)) {
		n_passed++;
		return;
	}
	n_failed++;
	printf("%s: %.*s\n    got: %s\n", c->file, SLICE_FMT(row), buf_text(got));
}

static void check(struct policy_case *c, struct slice row, struct slice profile,
		  const struct request *q, bool is_owner, struct slice want, struct slice target)
{
	uint32_t number = image_find_profile(&c->image, profile);
	struct provenance_answer answer;
	struct verdict v;
	auto_buf by_image = BUF_INIT;
	auto_buf by_rules = BUF_INIT;

	if (number == IMAGE_NONE ||
	    !provenance_decide(c->rules, profile, q->class_id, buf_slice(&q->object), q->wanted,
			       is_owner, &answer)) {
		n_failed++;
		printf("%s: %.*s: no such profile\n", c->file, SLICE_FMT(row));
		return;
	}
	v = ask_image(&c->image, number, q, is_owner);
	describe(&v, is_about_exec(q), &by_image);
	if (target.len && v.exec.name)
		buf_printf(&by_image, " -> %s", image_text(&c->image, v.exec.name));
	compare(c, row, &by_image, want);
	v = of_rules(&answer);
	v.exec.kind = (uint8_t)answer.exec.kind;
	v.exec.flags = (uint8_t)answer.exec.flags;
	describe(&v, is_about_exec(q), &by_rules);
	if (target.len)
		buf_printf(&by_rules, " -> %.*s", SLICE_FMT(answer.exec.name));
	compare(c, row, &by_rules, want);
}

static int split(char *text, char *words[WORDS_MAX])
{
	int n = 0;

	for (char *word = strtok(text, " \t"); word && n < WORDS_MAX; word = strtok(NULL, " \t"))
		words[n++] = word;
	return n;
}

static void run_row(struct policy_case *c, struct slice row)
{
	auto_buf text = BUF_INIT;
	char *words[WORDS_MAX], *colon;
	struct err err = ERR_INIT;
	struct request q;
	struct slice want;
	bool is_owner;
	int n;

	replace_root(row, &text);
	colon = strstr(text.data, " : ");
	if (!colon) {
		n_failed++;
		printf("%s: %.*s: no verdict\n", c->file, SLICE_FMT(row));
		return;
	}
	*colon = '\0';
	want = slice_of(colon + 3);
	n = split(text.data, words);
	is_owner = n > 1 && !strcmp(words[1], "owner");
	if (request_parse(&q, n - 1 - is_owner, words + 1 + is_owner, &err) < 0) {
		n_failed++;
		printf("%s: %.*s: %s\n", c->file, SLICE_FMT(row), err.text);
		return;
	}
	request_set_profile(&q, slice_of(words[0]));
	check(c, row, slice_of(words[0]), &q, is_owner, want, slice_of(strstr(colon + 3, "->")));
	request_release(&q);
}

static void run_block(struct policy_case *c, struct slice *text)
{
	auto_buf policy = BUF_INIT;
	struct slice line = { 0 };
	bool is_open;

	while (text->len && !slice_is(line = take_line(text), "--")) {
		replace_root(line, &policy);
		buf_add_char(&policy, '\n');
	}
	is_open = open_case(c, buf_slice(&policy));
	n_failed += !is_open;
	while (text->len && text->ptr[0] != '=') {
		line = take_line(text);
		if (is_open && line.len && line.ptr[0] != '#')
			run_row(c, line);
	}
	close_case(c);
}

static bool run_file(const char *path)
{
	struct policy_case c = { .file = path };
	auto_buf content = BUF_INIT;
	struct err err = ERR_INIT;
	struct slice text;

	if (io_read_file(path, CASE_FILE_MAX, &content, &err) < 0) {
		printf("%s\n", err.text);
		return false;
	}
	text = buf_slice(&content);
	while (text.len)
		if (slice_starts(take_line(&text), "=="))
			run_block(&c, &text);
	return true;
}

int main(int argc, char **argv)
{
	int first = argc > 1 && !strcmp(argv[1], "--shown") ? 2 : 1;
	bool is_good = argc > first;

	is_shown_alone = first > 1;
	for (int i = first; i < argc; i++)
		is_good &= run_file(argv[i]);
	printf("%u passed, %u failed\n", n_passed, n_failed);
	return is_good && !n_failed && n_passed ? 0 : 1;
}
