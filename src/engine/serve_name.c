/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats calls on names: what comes, goes and moves. Each is decided on as a name in a folder that is
 * held, and carried out on that name in that folder: whatever the path would mean by then.
 */
#include "engine/serve.h"
#include "engine/serve_file.h"
#include "engine/walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PERMS_MOVED = PERM_READ | PERM_WRITE | PERM_SETATTR | PERM_DELETE };
enum { PERMS_MADE = PERM_WRITE | PERM_SETATTR | PERM_CREATE };

/* Reads a path argument and holds its entry. */
static int read_entry(struct call *c, int dirfd, uint64_t address, struct entry *e)
{
	char path[PATH_MAX];
	int r = call_read_text(c, address, path, sizeof(path));

	if (r < 0)
		return r;
	r = call_act(c, false);
	return r < 0 ? r : walk_entry(c, dirfd, path, e);
}

static bool is_dots(const struct entry *e)
{
	return !strcmp(e->last, ".") || !strcmp(e->last, "..");
}

/* The name as of a folder. */
static struct slice folder_name(struct entry *e)
{
	if (e->len && e->name[e->len - 1] != '/' && e->len + 1 < sizeof(e->name)) {
		e->name[e->len++] = '/';
		e->name[e->len] = '\0';
	}
	return entry_name(e);
}

static int look(const struct entry *e, struct stat *st)
{
	return fstatat(e->folder.fd, e->last, st, AT_SYMLINK_NOFOLLOW) < 0 ? -errno : 0;
}

/* What the kernel refuses before any policy is asked, so that programs copy instead. */
static bool is_same_mount(int a, int b)
{
	struct statx x, y;

	if (statx(a, "", AT_EMPTY_PATH, STATX_MNT_ID, &x) < 0 ||
	    statx(b, "", AT_EMPTY_PATH, STATX_MNT_ID, &y) < 0)
		return true;
	return !(x.stx_mask & STATX_MNT_ID) || x.stx_mnt_id == y.stx_mnt_id;
}

/* Judges something new, owned by the caller, and readies its umask. */
static int judge_new(struct call *c, const char *operation, struct slice name)
{
	int r = call_know_creds(c);

	if (!r)
		r = judge_file(c, operation, name, PERM_CREATE, c->task.creds.fsuid);
	return r < 0 ? r : call_act(c, true);
}

static int make_folder(struct call *c, int dirfd, uint64_t path, mode_t mode)
{
	auto_entry e = ENTRY_INIT;
	struct stat st;
	int r = read_entry(c, dirfd, path, &e);

	if (r < 0)
		return r;
	if (!e.last[0] || is_dots(&e) || !look(&e, &st))
		return -EEXIST;
	r = judge_new(c, "mkdir", folder_name(&e));
	return r < 0 ? r : serve_result(mkdirat(e.folder.fd, e.last, mode));
}

void serve_mkdir(struct call *c)
{
	bool is_at = c->nr == __NR_mkdirat;

	call_return(c, make_folder(c, is_at ? (int)c->args[0] : AT_FDCWD, c->args[is_at],
				   (mode_t)c->args[1 + is_at] & 07777));
}

static int make_node(struct call *c, int dirfd, uint64_t path, mode_t mode, dev_t dev)
{
	auto_entry e = ENTRY_INIT;
	struct stat st;
	int r = read_entry(c, dirfd, path, &e);

	if (r < 0)
		return r;
	if (S_ISDIR(mode))
		return -EPERM;
	if (!e.last[0] || is_dots(&e) || !look(&e, &st))
		return -EEXIST;
	if (e.has_slash)
		return -ENOENT;
	r = judge_new(c, "mknod", entry_name(&e));
	return r < 0 ? r : serve_result(mknodat(e.folder.fd, e.last, mode, dev));
}

void serve_mknod(struct call *c)
{
	bool is_at = c->nr == __NR_mknodat;

	call_return(c, make_node(c, is_at ? (int)c->args[0] : AT_FDCWD, c->args[is_at],
				 (mode_t)c->args[1 + is_at] & (S_IFMT | 07777),
				 (dev_t)(uint32_t)c->args[2 + is_at]));
}

static int make_symlink(struct call *c, uint64_t target, int dirfd, uint64_t path)
{
	auto_entry e = ENTRY_INIT;
	char text[PATH_MAX];
	struct stat st;
	int r = call_read_text(c, target, text, sizeof(text));

	if (r >= 0)
		r = r ? read_entry(c, dirfd, path, &e) : -ENOENT;
	if (r < 0)
		return r;
	if (!e.last[0] || is_dots(&e) || !look(&e, &st))
		return -EEXIST;
	if (e.has_slash)
		return -ENOENT;
	r = judge_new(c, "symlink", entry_name(&e));
	return r < 0 ? r : serve_result(symlinkat(text, e.folder.fd, e.last));
}

void serve_symlink(struct call *c)
{
	bool is_at = c->nr == __NR_symlinkat;

	call_return(c, make_symlink(c, c->args[0], is_at ? (int)c->args[1] : AT_FDCWD,
				    c->args[1 + is_at]));
}

static int remove_folder(struct call *c, struct entry *e)
{
	struct stat st;
	int r;

	if (!strcmp(e->last, "."))
		return -EINVAL;
	if (!strcmp(e->last, ".."))
		return -ENOTEMPTY;
	if (!e->last[0])
		return -EBUSY;
	r = look(e, &st);
	if (r < 0)
		return r;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	r = serve_judge(c, "rmdir", folder_name(e), PERM_DELETE, st.st_uid);
	return r < 0 ? r : serve_result(unlinkat(e->folder.fd, e->last, AT_REMOVEDIR));
}

static int remove_file(struct call *c, struct entry *e)
{
	struct stat st;
	int r;

	if (!e->last[0] || is_dots(e))
		return -EISDIR;
	r = look(e, &st);
	if (r < 0)
		return r;
	if (e->has_slash)
		return S_ISDIR(st.st_mode) ? -EISDIR : -ENOTDIR;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	r = serve_judge(c, "unlink", entry_name(e), PERM_DELETE, st.st_uid);
	return r < 0 ? r : serve_result(unlinkat(e->folder.fd, e->last, 0));
}

static int remove_entry(struct call *c, int dirfd, uint64_t path, bool is_folder)
{
	auto_entry e = ENTRY_INIT;
	int r = read_entry(c, dirfd, path, &e);

	if (r < 0)
		return r;
	return is_folder ? remove_folder(c, &e) : remove_file(c, &e);
}

void serve_unlink(struct call *c)
{
	bool is_at = c->nr == __NR_unlinkat;
	int flags = is_at ? (int)c->args[2] : 0;

	if (flags & ~AT_REMOVEDIR)
		call_return(c, -EINVAL);
	else
		call_return(c, remove_entry(c, is_at ? (int)c->args[0] : AT_FDCWD, c->args[is_at],
					    c->nr == __NR_rmdir || flags & AT_REMOVEDIR));
}

/* As with AppArmor, both names are asked about for the owner of what moves. */
static int judge_move(struct call *c, struct entry *from, const struct stat *st, struct entry *to)
{
	bool is_folder = S_ISDIR(st->st_mode);
	int r = judge_file(c, "rename_src", is_folder ? folder_name(from) : entry_name(from),
			   PERMS_MOVED, st->st_uid);

	if (r < 0)
		return r;
	return serve_judge(c, "rename_dest", is_folder ? folder_name(to) : entry_name(to), PERMS_MADE,
			   st->st_uid);
}

/* Takes the "/" off that the other kind of object had. */
static void bare_name(struct entry *e)
{
	if (e->name[e->len - 1] == '/')
		e->name[--e->len] = '\0';
}

static bool is_named(const struct entry *e)
{
	return e->last[0] && !is_dots(e);
}

/* What the kernel says before it asks a policy; *st and *there of what is at both names. */
static int check_move(const struct entry *from, const struct entry *to, unsigned flags,
		      struct stat *st, struct stat *there)
{
	bool is_there;
	int r;

	if (!is_same_mount(from->folder.fd, to->folder.fd))
		return -EXDEV;
	if (!is_named(from))
		return -EBUSY;
	if (!is_named(to))
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	r = look(from, st);
	if (r < 0)
		return r;
	is_there = !look(to, there);
	if (is_there && flags & RENAME_NOREPLACE)
		return -EEXIST;
	if (!is_there && flags & RENAME_EXCHANGE)
		return -ENOENT;
	if (flags & RENAME_EXCHANGE && !S_ISDIR(there->st_mode) && to->has_slash)
		return -ENOTDIR;
	if (!S_ISDIR(st->st_mode) &&
	    (from->has_slash || (to->has_slash && !(flags & RENAME_EXCHANGE))))
		return -ENOTDIR;
	return 0;
}

static int move_held(struct call *c, struct entry *from, struct entry *to, unsigned flags)
{
	struct stat st, there;
	int r = check_move(from, to, flags, &st, &there);

	if (!r)
		r = judge_move(c, from, &st, to);
	if (!r && flags & RENAME_EXCHANGE) {
		bare_name(from);
		bare_name(to);
		r = judge_move(c, to, &there, from);
	}
	if (r < 0)
		return r;
	return serve_result(syscall(SYS_renameat2, from->folder.fd, from->last, to->folder.fd, to->last,
				    flags));
}

static int move(struct call *c, int from_fd, uint64_t from_path, int to_fd, uint64_t to_path,
		unsigned flags)
{
	auto_entry from = ENTRY_INIT;
	auto_entry to = ENTRY_INIT;
	int r;

	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE | RENAME_WHITEOUT) ||
	    (flags & RENAME_EXCHANGE && flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)))
		return -EINVAL;
	r = read_entry(c, from_fd, from_path, &from);
	if (!r)
		r = read_entry(c, to_fd, to_path, &to);
	return r < 0 ? r : move_held(c, &from, &to, flags);
}

void serve_rename(struct call *c)
{
	if (c->nr == __NR_rename)
		call_return(c, move(c, AT_FDCWD, c->args[0], AT_FDCWD, c->args[1], 0));
	else
		call_return(c, move(c, (int)c->args[0], c->args[1], (int)c->args[2], c->args[3],
				    c->nr == __NR_renameat2 ? (unsigned)c->args[4] : 0));
}

/* Without a path to the target, the kernel wants a privilege of the caller: it is asked itself. */
static int link_held(struct call *c, struct held *target, struct entry *e, bool is_empty)
{
	char path[64];
	struct stat st;
	int r;

	if (!e->last[0] || is_dots(e) || !look(e, &st))
		return -EEXIST;
	if (e->has_slash)
		return -ENOENT;
	if (!is_same_mount(target->fd, e->folder.fd))
		return -EXDEV;
	if (S_ISDIR(target->st.st_mode))
		return -EPERM;
	if (target->is_nameless && !judge_is_unconfined(c))
		return judge_refuse(c, "link", entry_name(e), PERM_LINK, "a file without a path");
	r = judge_link(c, entry_name(e), held_name(target), target->st.st_uid);
	if (!r)
		r = call_act(c, false);
	if (r < 0)
		return r;
	if (is_empty)
		return serve_result(linkat(target->fd, "", e->folder.fd, e->last, AT_EMPTY_PATH));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", target->fd);
	return serve_result(linkat(AT_FDCWD, path, e->folder.fd, e->last, AT_SYMLINK_FOLLOW));
}

static int make_link(struct call *c, int from_fd, uint64_t from, int to_fd, uint64_t to, int flags)
{
	unsigned walk = flags & AT_SYMLINK_FOLLOW ? 0 : WALK_NOFOLLOW;
	auto_held target = HELD_INIT;
	auto_entry e = ENTRY_INIT;
	char path[PATH_MAX];
	int r;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	r = call_read_text(c, from, path, sizeof(path));
	if (r >= 0)
		r = call_act(c, false);
	if (!r)
		r = walk_hold(c, from_fd, path, walk | (flags & AT_EMPTY_PATH ? WALK_EMPTY : 0), &target);
	if (!r)
		r = read_entry(c, to_fd, to, &e);
	return r < 0 ? r : link_held(c, &target, &e, !path[0]);
}

void serve_link(struct call *c)
{
	if (c->nr == __NR_link)
		call_return(c, make_link(c, AT_FDCWD, c->args[0], AT_FDCWD, c->args[1], 0));
	else
		call_return(c, make_link(c, (int)c->args[0], c->args[1], (int)c->args[2], c->args[3],
					 (int)c->args[4]));
}
