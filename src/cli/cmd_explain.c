/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise explain: eats policy and a question, gives the verdict and every rule behind it.
 *
 * The verdict is the compiled policy's, as an engine would have it; the rules come from evaluating
 * the text rule by rule. Should the two ever differ, that is said, and nothing else.
 */
#include "cli/cmd.h"

#include "base/io.h"
#include "base/log.h"
#include "cli/choose.h"
#include "cli/coverage.h"
#include "cli/load.h"
#include "cli/remedy.h"
#include "cli/request.h"
#include "cli/words.h"
#include "compile/provenance.h"
#include "event/event.h"
#include "event/names.h"
#include "image/label.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = CMD_LONG_ONLY, OPTION_OWNER, OPTION_OTHER };

enum { STACK_PARTS_MAX = 16 };

static const struct cmd_option options[] = {
	{ 'f', "file", "FILE", "read profiles from FILE (\"-\": standard input) or a directory" },
	{ 'p', "profile", "PROFILE", "ask PROFILE, its full name" },
	{ 'I', "include", "DIR", "look for <included> files in DIR first" },
	{ OPTION_JSON, "json", NULL, "write the answer as JSON" },
	{ OPTION_OWNER, "owner", NULL, "the object belongs to who asks" },
	{ OPTION_OTHER, "other", NULL, "the object belongs to somebody else (the default)" },
	{ 0 },
};

static struct load load;

struct explain_words {
	const char *profile;
	bool is_json, is_owner, is_other;
};

/* A rule that matched: several rows may come from one. */
struct reason {
	const struct rule *rule;
	bool is_deciding;
};

struct explanation {
	const struct explain_words *words;
	const struct request *request;
	uint32_t profile;
	bool is_part;			/* one of several that are stacked */
	struct verdict verdict;
	struct provenance_answer answer;
	struct reason *reasons;		/* owned */
	size_t n_reasons;
	struct buf change;		/* the rule that would change it, empty: none */
};

static struct verdict decide(const struct explanation *x)
{
	struct slice object = buf_slice(&x->request->object), link, target;
	const char *end;

	switch ((int)x->request->class_id) {
	case CLASS_CAPABILITY:
		return image_decide_capability(&load.image, x->profile,
					       (unsigned)event_find_capability(object));
	case CLASS_LINK:
		end = memchr(object.ptr, '\0', object.len);
		link = slice_cut(object, 0, (size_t)(end - object.ptr));
		target = slice_cut(object, link.len + 1, object.len);
		return image_decide_link(&load.image, x->profile, link, target,
					 x->words->is_owner);
	default:
		return image_decide(&load.image, x->profile, x->request->class_id, object,
				    x->request->wanted, x->words->is_owner);
	}
}

static void collect_reasons(struct explanation *x)
{
	x->reasons = calloc(x->answer.n_matches + 1, sizeof(*x->reasons));
	if (!x->reasons)
		base_no_memory();
	for (size_t i = 0; i < x->answer.n_matches; i++) {
		const struct provenance_match *m = &x->answer.matches[i];
		size_t at = 0;

		while (at < x->n_reasons && x->reasons[at].rule != m->row->rule)
			at++;
		if (at == x->n_reasons)
			x->reasons[x->n_reasons++].rule = m->row->rule;
		x->reasons[at].is_deciding |= m->is_deciding;
	}
}

static const char *place_name(const struct rule *rule)
{
	return rule->place.source ? rule->place.source->name : "?";
}

static void add_mask(const struct explanation *x, uint32_t mask, struct buf *out)
{
	if (x->request->class_id == CLASS_CAPABILITY)
		buf_add_slice(out, buf_slice(&x->request->object));
	else
		event_print_mask(x->request->class_id, mask, out);
}

static bool has_exec(const struct explanation *x)
{
	return x->request->class_id == CLASS_FILE && x->verdict.allowed & PERM_EXEC &&
	       x->verdict.exec.kind != EXEC_NONE;
}

static void add_head(const struct explanation *x, struct buf *out)
{
	buf_add_text(out, x->verdict.missing ? "denied: " : "allowed: ");
	buf_add_escaped(out, buf_slice(&x->request->words));
	if (x->is_part) {
		buf_add_text(out, " by ");
		buf_add_escaped(out, slice_of(image_text(&load.image, load.image.profiles[x->profile].name)));
	}
	buf_add_char(out, '\n');
	if (x->verdict.allowed && x->verdict.missing) {
		buf_add_text(out, "  of it denied: ");
		add_mask(x, x->verdict.missing, out);
		buf_add_char(out, '\n');
	}
	if (has_exec(x)) {
		buf_add_text(out, "  the program ");
		words_add_exec(&load.image, &x->verdict.exec, out);
		buf_add_char(out, '\n');
	}
	if (x->verdict.audit || (x->verdict.missing && x->verdict.missing == x->verdict.quiet))
		buf_printf(out, "  it is %s\n", x->verdict.audit ? "reported" : "not reported");
}

static void add_mode(const struct explanation *x, struct buf *out)
{
	uint32_t mode = load.image.profiles[x->profile].mode;

	if (mode == MODE_COMPLAIN && x->verdict.missing & ~x->verdict.denied)
		buf_add_text(out, "  complain mode lets it pass, and reports it\n");
	else if (mode == MODE_UNCONFINED || (mode == MODE_KILL && x->verdict.missing))
		buf_printf(out, "  the profile is in %s mode\n", words_mode(mode));
}

static void add_reasons(const struct explanation *x, bool is_deciding, const char *label,
			struct buf *out)
{
	for (size_t i = 0; i < x->n_reasons; i++) {
		auto_buf text = BUF_INIT;

		if (x->reasons[i].is_deciding != is_deciding)
			continue;
		rule_print(x->reasons[i].rule, &text);
		buf_printf(out, "%s", label);
		buf_add_escaped(out, slice_of(place_name(x->reasons[i].rule)));
		buf_printf(out, ":%u: ", x->reasons[i].rule->place.line);
		words_add_rule(buf_slice(&text), out);
		buf_add_char(out, '\n');
	}
}

static void answer_text(const struct explanation *x, struct buf *out)
{
	const struct image_profile *profile = &load.image.profiles[x->profile];
	size_t before;

	add_head(x, out);
	add_mode(x, out);
	before = out->len;
	add_reasons(x, true, "  by ", out);
	if (out->len == before && profile->mode != MODE_UNCONFINED)
		buf_printf(out, "  %s profile %s (%s)\n",
			   x->verdict.missing ? "no rule allows it in" : "by the flags of",
			   image_text(&load.image, profile->name),
			   image_text(&load.image, profile->place));
	add_reasons(x, false, "  also matching: ", out);
	if (!x->change.len)
		return;
	buf_printf(out, "  this rule would %s it: ", x->verdict.missing ? "allow" : "deny");
	words_add_rule(buf_slice(&x->change), out);
	buf_add_char(out, '\n');
}

static void add_json_text(const char *key, struct slice text, struct buf *out)
{
	buf_printf(out, "\"%s\": \"", key);
	buf_add_json(out, text);
	buf_add_char(out, '"');
}

static void add_json_mask(const struct explanation *x, const char *key, uint32_t mask,
			  struct buf *out)
{
	auto_buf text = BUF_INIT;

	if (mask)
		add_mask(x, mask, &text);
	buf_add_text(out, ", ");
	add_json_text(key, buf_slice(&text), out);
}

static void add_json_rules(const struct explanation *x, struct buf *out)
{
	buf_add_text(out, ", \"rules\": [");
	for (size_t i = 0; i < x->n_reasons; i++) {
		const struct reason *r = &x->reasons[i];
		auto_buf text = BUF_INIT;

		rule_print(r->rule, &text);
		buf_add_text(out, i ? ", {" : "{");
		add_json_text("file", slice_of(place_name(r->rule)), out);
		buf_printf(out, ", \"line\": %u, ", r->rule->place.line);
		add_json_text("rule", buf_slice(&text), out);
		buf_printf(out, ", \"decides\": %s}", r->is_deciding ? "true" : "false");
	}
	buf_add_char(out, ']');
}

static void answer_json(const struct explanation *x, struct buf *out)
{
	const struct image_profile *profile = &load.image.profiles[x->profile];

	buf_add_char(out, '{');
	add_json_text("verdict", slice_of(x->verdict.missing ? "denied" : "allowed"), out);
	buf_add_text(out, ", ");
	add_json_text("profile", slice_of(image_text(&load.image, profile->name)), out);
	buf_add_text(out, ", ");
	add_json_text("mode", slice_of(words_mode(profile->mode)), out);
	buf_add_text(out, ", ");
	add_json_text("question", buf_slice(&x->request->words), out);
	buf_add_text(out, ", ");
	add_json_text("class", slice_of(coverage_class_word(x->request->class_id)), out);
	add_json_mask(x, "requested", x->request->wanted, out);
	add_json_mask(x, "denied", x->verdict.missing, out);
	add_json_mask(x, "denied_by_rule", x->verdict.denied, out);
	add_json_mask(x, "audit", x->verdict.audit, out);
	add_json_mask(x, "quiet", x->verdict.quiet, out);
	if (has_exec(x)) {
		auto_buf text = BUF_INIT;

		words_add_exec(&load.image, &x->verdict.exec, &text);
		buf_add_text(out, ", ");
		add_json_text("exec", buf_slice(&text), out);
	}
	add_json_rules(x, out);
	if (x->change.len) {
		buf_add_text(out, ", ");
		add_json_text("change", buf_slice(&x->change), out);
	}
	buf_add_text(out, "}\n");
}

static int answer(struct explanation *x)
{
	auto_buf out = BUF_INIT;

	if (x->words->is_json)
		answer_json(x, &out);
	else
		answer_text(x, &out);
	return cmd_answer(&out, x->verdict.missing ? CMD_NO : CMD_OK);
}

static int explain_by_rules(struct explanation *x, struct provenance *p)
{
	struct slice name = slice_of(image_text(&load.image,
						load.image.profiles[x->profile].name));
	int status;

	if (!provenance_decide(p, name, x->request->class_id, buf_slice(&x->request->object),
			       x->request->wanted, x->words->is_owner, &x->answer) ||
	    x->answer.missing != x->verdict.missing) {
		log_error("the compiled policy and its rules do not agree on this; this is an error"
			  " of pavise");
		return CMD_NO;
	}
	collect_reasons(x);
	remedy_find(&load.policy, name, x->request, x->words->is_owner, &x->answer, &x->change);
	status = answer(x);
	buf_release(&x->change);
	free(x->reasons);
	return status;
}

static int explain_by(const struct explain_words *words, struct request *request, uint32_t profile,
		      bool is_part)
{
	struct explanation x = {
		.words = words, .request = request, .profile = profile, .is_part = is_part,
	};
	struct provenance *p = provenance_new(&load.policy);
	int status;

	x.verdict = decide(&x);
	status = explain_by_rules(&x, p);
	provenance_free(p);
	return status;
}

/* The profiles that a name tells: one, or those of a stack, "A//&B". Gives how many; 0: reported. */
static size_t choose_parts(const char *name, uint32_t parts[STACK_PARTS_MAX])
{
	bool is_one = image_find_profile(&load.image, slice_of(name)) != IMAGE_NONE, is_stack;
	auto_buf label = BUF_INIT;
	struct err err = ERR_INIT;
	size_t n = 0;

	label_print(slice_of(name), &label);
	buf_add_char(&label, '\0');
	is_stack = !is_one && strstr(label.data, IMAGE_STACKED);
	for (char *part = label.data, *end; part; part = end) {
		end = is_stack ? strstr(part, IMAGE_STACKED) : NULL;
		if (end) {
			*end = '\0';
			end += strlen(IMAGE_STACKED);
		}
		/* It refuses nothing. */
		if (is_stack && !strcmp(part, "unconfined"))
			continue;
		if (n == STACK_PARTS_MAX)
			err_say(&err, -E2BIG, "more than %d profiles in %s", STACK_PARTS_MAX, name);
		else
			choose_profile(&load.image, part, &parts[n++], &err);
		if (err.code)
			break;
	}
	if (err.code)
		log_error("%s", err.text);
	return err.code ? 0 : n;
}

static int explain(const struct explain_words *words, struct request *request)
{
	bool is_good = load_read(&load) && load_compile(&load);
	uint32_t parts[STACK_PARTS_MAX];
	size_t n;
	int status = CMD_OK;

	load_print_problems(&load, STDERR_FILENO, true);
	n = is_good ? choose_parts(words->profile, parts) : 0;
	if (!n)
		return CMD_NO;
	request_set_profile(request, slice_of(words->profile));
	for (size_t i = 0; i < n; i++)
		if (explain_by(words, request, parts[i], n > 1) != CMD_OK)
			status = CMD_NO;
	return status;
}

static bool take_option(struct explain_words *w, int id, struct err *err)
{
	switch (id) {
	case 'f':
		return load_add_file(&load, optarg, err) == 0;
	case 'I':
		return load_add_dir(&load, optarg, err) == 0;
	case 'p':
		w->profile = optarg;
		break;
	case OPTION_JSON:
		w->is_json = true;
		break;
	case OPTION_OWNER:
		w->is_owner = true;
		break;
	case OPTION_OTHER:
		w->is_other = true;
		break;
	}
	return true;
}

/* -1 to go on, else the exit status. */
static int read_words(const struct cmd *cmd, int argc, char **argv, struct explain_words *w)
{
	struct err err = ERR_INIT;
	int status;

	for (int id; cmd_take_option(cmd, argc, argv, &id, &status);) {
		if (!take_option(w, id, &err)) {
			log_error("%s", err.text);
			return CMD_NO;
		}
	}
	if (status != -1)
		return status;
	if (!load.n_files)
		return cmd_usage(cmd, "which policy? give it with -f FILE");
	if (!w->profile)
		return cmd_usage(cmd, "which profile? give its name with -p PROFILE");
	if (w->is_owner && w->is_other)
		return cmd_usage(cmd, "--owner and --other do not go together");
	if (optind == argc)
		return cmd_usage(cmd, "what is asked? for example: read /etc/passwd");
	return -1;
}

static int run_explain(const struct cmd *cmd, int argc, char **argv)
{
	struct explain_words words = { 0 };
	struct err err = ERR_INIT;
	struct request request;
	int status;

	load_init(&load);
	status = read_words(cmd, argc, argv, &words);
	if (status == -1 && request_parse(&request, argc - optind, argv + optind, &err) < 0) {
		status = cmd_usage(cmd, "%s", err.text);
	} else if (status == -1) {
		status = explain(&words, &request);
		request_release(&request);
	}
	load_release(&load);
	return status;
}

const struct cmd cmd_explain = {
	.name = "explain",
	.arguments = "-f FILE -p PROFILE OP OBJECT...",
	.summary = "tell what a profile says to a request, and why",
	.options = options,
	.run = run_explain,
};
