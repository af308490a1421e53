/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats what the bpf engine holds and has in force, gives files. The one idea: every step is made from the
 * folder that is held already, and never by a path, so that what is written to is what was looked at.
 */
#include "cli/apparmor_files.h"

#include "base/io.h"
#include "cli/words.h"
#include "engine/engine.h"
#include "event/names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PROFILES "security/apparmor/profiles"

enum {
	WORDS_MAX = 128,		/* numbers asked for their names */
	PATH_LEN = 128,			/* of a file below the folder */
};

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
	{ CLASS_CAPABILITY, "capability", "0xffffff", NULL },
	{ CLASS_CAPABILITY, "caps/mask", NULL, event_capability_name },
	{ CLASS_NET, "network/af_mask", NULL, event_family_name },
	{ CLASS_NET, "network_v8/af_mask", NULL, event_family_name },
	{ CLASS_UNIX, "network/af_unix", "yes", NULL },
	{ CLASS_RLIMIT, "rlimit/mask", NULL, rlimit_name },
	{ CLASS_MOUNT, "mount/mask", "mount umount pivot_root", NULL },
	{ CLASS_MOUNT, "mount/move_mount", "detached", NULL },
	{ CLASS_MQUEUE, "ipc/posix_mqueue", "create read write open delete setattr getattr", NULL },
	{ CLASS_MQUEUE, "ipc/sysv_mqueue", "create read write open delete setattr getattr", NULL },
	{ CLASS_IO_URING, "io_uring/mask", "sqpoll override_creds", NULL },
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
	{ CLASS_LABEL, "domain/fix_binfmt_elf_mmap", "yes", NULL },
	{ CLASS_LABEL, "domain/post_nnp_subset", "yes", NULL },
	{ CLASS_LABEL, "domain/stack", "yes", NULL },
	{ CLASS_LABEL, "domain/version", "1.2", NULL },
	{ CLASS_NONE, "policy/set_load", "yes", NULL },
	{ CLASS_FILE, "domain/disconnected.path", "yes", NULL },
	{ CLASS_NONE, "policy/versions/v5", "yes", NULL },
	{ CLASS_NONE, "policy/versions/v6", "yes", NULL },
	{ CLASS_NONE, "policy/versions/v7", "yes", NULL },
	{ CLASS_NONE, "policy/versions/v8", "yes", NULL },
	{ CLASS_NONE, "policy/versions/v9", "yes", NULL },
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

/* Ours alone: nobody else can have put there what is not ours, or can do so. */
static int check_owner(int fd, const char *name, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_set(err, -errno, "cannot look at %s", name);
	if (st.st_uid == geteuid() && !(st.st_mode & (S_IWGRP | S_IWOTH)))
		return 0;
	return err_say(err, -EPERM, "%s belongs to another user, or others can write there", name);
}

/* A folder in the one that is held, made if need be. */
static int open_folder(int at, const char *name, bool is_made, struct err *err)
{
	auto_fd fd = -1;
	bool is_new = is_made && mkdirat(at, name, 0755) == 0;
	int r;

	if (is_made && !is_new && errno != EEXIST)
		return err_set(err, -errno, "cannot make %s", name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, -errno, "cannot open the folder %s", name);
	/* Whatever the umask is: they are for everybody to read. */
	if (is_new && fchmod(fd, 0755) < 0)
		return err_set(err, -errno, "cannot open %s to all", name);
	r = check_owner(fd, name, err);
	return r ? r : take_fd(&fd);
}

static int write_new(int at, const char *name, const struct buf *text)
{
	auto_fd fd = -1;
	int r;

	if (unlinkat(at, name, 0) < 0 && errno != ENOENT)
		return -errno;
	fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = io_write_fd(fd, buf_text(text), text->len);
	return r ? r : fchmod(fd, 0444) < 0 ? -errno : 0;
}

static int replace_file(int at, const char *name, const struct buf *text, struct err *err)
{
	char next[PATH_LEN];
	int r;

	snprintf(next, sizeof(next), ".%s.new", name);
	r = write_new(at, next, text);
	if (!r && renameat(at, next, at, name) < 0)
		r = -errno;
	if (r)
		unlinkat(at, next, 0);
	return r ? err_set(err, r, "cannot write %s", name) : 0;
}

/* The folder of a path below the one that is held; *name is where the last name in path begins. */
static int open_folder_of(int root, char *path, bool is_made, char **name, struct err *err)
{
	auto_fd at = -1;
	char *slash;

	for (*name = path; (slash = strchr(*name, '/')); *name = slash + 1) {
		int next;

		*slash = '\0';
		next = open_folder(at < 0 ? root : at, *name, is_made, err);
		if (next < 0)
			return next;
		if (at >= 0)
			close(at);
		at = next;
	}
	return at < 0 ? fcntl(root, F_DUPFD_CLOEXEC, 0) : take_fd(&at);
}

static int write_file(int root, const char *path, const struct buf *text, struct err *err)
{
	char copy[PATH_LEN], *name;
	auto_fd at = -1;

	snprintf(copy, sizeof(copy), "%s", path);
	at = open_folder_of(root, copy, true, &name, err);
	return at < 0 ? at : replace_file(at, name, text, err);
}

static int write_features(int root, struct err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(features) / sizeof(features[0]); i++) {
		const struct feature *f = &features[i];
		char path[PATH_LEN];
		auto_buf text = BUF_INIT;

		if (!is_held(f->class_id))
			continue;
		if (f->text)
			buf_add_text(&text, f->text);
		else
			add_words(f, &text);
		buf_add_char(&text, '\n');
		snprintf(path, sizeof(path), "security/apparmor/features/%s", f->path);
		r = write_file(root, path, &text, err);
	}
	return r;
}

static void list_profiles(const struct image *img, struct buf *out)
{
	for (uint32_t i = 0; img && i < img->n_profiles; i++)
		buf_printf(out, "%s (%s)\n", image_text(img, img->profiles[i].name),
			   words_mode(img->profiles[i].mode));
}

/* What else stands in the places that are bound over. */
static int write_rest(int root, struct err *err)
{
	auto_buf lsm = BUF_INIT;
	auto_buf yes = BUF_INIT;
	int r = io_read_file("/sys/kernel/security/lsm", 4096, &lsm, err);

	buf_add_text(&yes, "Y\n");
	if (!r)
		r = write_file(root, "security/lsm", &lsm, err);
	return r ? r : write_file(root, "enabled", &yes, err);
}

/* The folder itself by its path, as whoever names it means it. */
static int make_root(const char *dir, struct err *err)
{
	auto_buf path = BUF_INIT;
	int fd;

	buf_add_text(&path, dir);
	for (char *slash = strchr(buf_text(&path) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path.data, 0755) < 0 && errno != EEXIST)
			return err_set(err, -errno, "cannot make %s", path.data);
		*slash = '/';
	}
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return err_set(err, -errno, "cannot make %s", dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? err_set(err, -errno, "cannot open %s", dir) : fd;
}

int apparmor_files_write(const char *dir, const struct image *img, struct err *err)
{
	auto_fd root = make_root(dir, err);
	auto_buf profiles = BUF_INIT;
	int r;

	if (root < 0)
		return root;
	list_profiles(img, &profiles);
	r = write_file(root, PROFILES, &profiles, err);
	if (!r)
		r = write_features(root, err);
	return r ? r : write_rest(root, err);
}

int apparmor_files_refresh(const char *dir, const struct image *img, struct err *err)
{
	char profiles[] = PROFILES, *name;
	auto_buf text = BUF_INIT;
	auto_fd root = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), at = -1;
	int r;

	if (root < 0)
		return errno == ENOENT ? 0 : err_set(err, -errno, "cannot open %s", dir);
	r = check_owner(root, dir, err);
	if (r)
		return r;
	at = open_folder_of(root, profiles, false, &name, err);
	if (at < 0)
		return at == -ENOENT ? 0 : at;
	list_profiles(img, &text);
	r = replace_file(at, name, &text, err);
	if (r)
		unlinkat(at, name, 0);
	return r;
}
