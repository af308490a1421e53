/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pavise apparmorfs: eats what the bpf engine holds and has in force, gives the files in which AppArmor's
 * kernel would tell it, as plain files, to be bound over the places where tools look. They can be read;
 * what would be written to them is done by apparmor_parser and pavise.
 */
#include "cli/cmd.h"

#include "base/arena.h"
#include "base/io.h"
#include "base/log.h"
#include "cli/system.h"
#include "cli/words.h"
#include "engine/engine.h"
#include "event/names.h"

#include <errno.h>
#include <getopt.h>
#include <sys/stat.h>

static const struct cmd_option options[] = {
	{ 0 },
};

enum { WORDS_MAX = 128 };		/* numbers asked for their names */

struct feature {
	enum class_id class_id;		/* told if the engine holds it; CLASS_NONE: always */
	const char *path;
	const char *text;		/* NULL: the words of `name` */
	const char *(*name)(int number);
};

static const char *rlimit_name(int limit)
{
	return event_rlimit_name((unsigned)limit);
}

static const struct feature features[] = {
	{ CLASS_FILE, "file/mask", "create read write exec append mmap_exec link lock", NULL },
	{ CLASS_CAPABILITY, "caps/mask", NULL, event_capability_name },
	{ CLASS_NET, "network_v8/af_mask", NULL, event_family_name },
	{ CLASS_RLIMIT, "rlimit/mask", NULL, rlimit_name },
	{ CLASS_MOUNT, "mount/mask", "mount umount pivot_root", NULL },
	{ CLASS_PTRACE, "ptrace/mask", "read trace", NULL },
	{ CLASS_SIGNAL, "signal/mask",
	  "hup int quit ill trap abrt bus fpe kill usr1 segv usr2 pipe alrm term stkflt chld cont stop stp "
	  "ttin ttou urg xcpu xfsz vtalrm prof winch io pwr sys emt lost", NULL },
	{ CLASS_USERNS, "namespaces/mask", "userns_create", NULL },
	{ CLASS_NONE, "namespaces/profile", "no", NULL },
	{ CLASS_NONE, "namespaces/pivot_root", "no", NULL },
	{ CLASS_LABEL, "domain/change_hat", "yes", NULL },
	{ CLASS_LABEL, "domain/change_hatv", "yes", NULL },
	{ CLASS_LABEL, "domain/change_onexec", "yes", NULL },
	{ CLASS_LABEL, "domain/change_profile", "yes", NULL },
	{ CLASS_LABEL, "domain/computed_longest_left", "yes", NULL },
	{ CLASS_LABEL, "domain/stack", "no", NULL },
	{ CLASS_LABEL, "domain/version", "1.2", NULL },
	{ CLASS_NONE, "policy/set_load", "yes", NULL },
	{ CLASS_NONE, "policy/versions/v8", "yes", NULL },
};

static bool is_held(enum class_id class_id)
{
	const struct engine_ops *engine = engine_find("bpf");

	if (class_id == CLASS_NONE)
		return true;
	for (const struct engine_coverage *c = engine->coverage; c->class_id != CLASS_NONE; c++)
		if (c->class_id == class_id)
			return c->grade != GRADE_REFUSED;
	return false;
}

static void add_words(const struct feature *f, struct buf *out)
{
	const char *separator = "";

	for (int i = 0; i < WORDS_MAX; i++) {
		const char *word = f->name(i);

		if (!word)
			continue;
		buf_printf(out, "%s%s", separator, word);
		separator = " ";
	}
}

static int make_dirs(char *path, struct err *err)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			return err_set(err, -errno, "cannot make %s", path);
		*slash = '/';
	}
	return 0;
}

static int write_file(struct arena *arena, const char *dir, const char *name, const struct buf *text,
		      struct err *err)
{
	char *path = arena_printf(arena, "%s/%s", dir, name);
	int r = make_dirs(path, err);

	return r ? r : io_replace_file(path, buf_text(text), text->len, 0444, err);
}

static int write_features(struct arena *arena, const char *dir, struct err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(features) / sizeof(features[0]); i++) {
		const struct feature *f = &features[i];
		auto_buf text = BUF_INIT;

		if (!is_held(f->class_id))
			continue;
		if (f->text)
			buf_add_text(&text, f->text);
		else
			add_words(f, &text);
		buf_add_char(&text, '\n');
		r = write_file(arena, dir, arena_printf(arena, "security/apparmor/features/%s", f->path), &text,
			       err);
	}
	return r;
}

static int write_profiles(struct arena *arena, const char *dir, struct err *err)
{
	struct bpf_system system = BPF_SYSTEM_INIT;
	auto_buf text = BUF_INIT;
	int r = bpf_system_open(&system, false, err);

	for (uint32_t i = 0; !r && system.is_installed && i < system.image.n_profiles; i++) {
		const struct image_profile *p = &system.image.profiles[i];

		buf_printf(&text, "%s (%s)\n", image_text(&system.image, p->name), words_mode(p->mode));
	}
	bpf_system_close(&system);
	return r ? r : write_file(arena, dir, "security/apparmor/profiles", &text, err);
}

/* What else stands in the places that are bound over. */
static int write_rest(struct arena *arena, const char *dir, struct err *err)
{
	auto_buf lsm = BUF_INIT;
	auto_buf yes = BUF_INIT;
	int r = io_read_file("/sys/kernel/security/lsm", 4096, &lsm, err);

	buf_add_text(&yes, "Y\n");
	if (!r)
		r = write_file(arena, dir, "security/lsm", &lsm, err);
	return r ? r : write_file(arena, dir, "enabled", &yes, err);
}

static int run_apparmorfs(const struct cmd *cmd, int argc, char **argv)
{
	struct arena arena = ARENA_INIT;
	struct err err = ERR_INIT;
	int id = cmd_next_option(cmd, argc, argv), r;

	if (id != -1)
		return id == CMD_OPTION_HELP ? cmd_help(cmd) : CMD_USAGE;
	if (argc - optind != 1)
		return cmd_usage(cmd, "in which directory?");
	r = write_profiles(&arena, argv[optind], &err);
	if (!r)
		r = write_features(&arena, argv[optind], &err);
	if (!r)
		r = write_rest(&arena, argv[optind], &err);
	arena_release(&arena);
	if (r)
		log_error("%s", err.text);
	return r ? CMD_NO : CMD_OK;
}

const struct cmd cmd_apparmorfs = {
	.name = "apparmorfs",
	.arguments = "DIR",
	.summary = "write the files in which AppArmor's kernel would tell of the policy",
	.options = options,
	.run = run_apparmorfs,
};
