/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats execve and execveat, gives a verdict on the file that is held now, and a plan for the moment
 * when it runs. The kernel carries the call out itself; exec.c then compares.
 */
#include "engine/exec.h"
#include "engine/judge.h"
#include "engine/serve.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	HEAD_MAX = 256,			/* of a file: what the kernel itself looks at */
	SCRIPTS_MAX = 5,		/* interpreters of interpreters */
	HEADERS_MAX = 64,
};

/* The first bytes of the held program; -EACCES if it cannot be read. */
static ssize_t read_head(const struct held *h, char head[HEAD_MAX])
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", h->fd);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = pread(fd, head, HEAD_MAX, 0);
	close(fd);
	return n;
}

/* The interpreter of "#! INTERPRETER …", as the kernel cuts it out. False: the line has none. */
static bool script_interpreter(const char *head, ssize_t n, char out[HEAD_MAX])
{
	size_t from = 2, len = 0;

	while (from < (size_t)n && (head[from] == ' ' || head[from] == '\t'))
		from++;
	while (from + len < (size_t)n && !strchr(" \t\n", head[from + len]) && head[from + len])
		len++;
	/* What the kernel reads is padded with NUL: a short file's end ends the name. */
	if (!len || from + len == HEAD_MAX)
		return false;
	memcpy(out, head + from, len);
	out[len] = '\0';
	return true;
}

static bool is_script(const char *head, ssize_t n)
{
	return n >= 2 && head[0] == '#' && head[1] == '!';
}

/* The program that asks to be run by an interpreter of its own (PT_INTERP): its path, or none. */
static bool elf_interpreter(int fd, char out[PATH_MAX])
{
	Elf64_Ehdr head;

	if (pread(fd, &head, sizeof(head), 0) != sizeof(head) || memcmp(head.e_ident, ELFMAG, SELFMAG) ||
	    head.e_phentsize != sizeof(Elf64_Phdr))
		return false;
	for (int i = 0; i < head.e_phnum && i < HEADERS_MAX; i++) {
		Elf64_Phdr part;
		off_t at = (off_t)(head.e_phoff + (size_t)i * sizeof(part));

		if (pread(fd, &part, sizeof(part), at) != sizeof(part))
			return false;
		if (part.p_type != PT_INTERP)
			continue;
		if (!part.p_filesz || part.p_filesz > PATH_MAX ||
		    pread(fd, out, part.p_filesz, (off_t)part.p_offset) != (ssize_t)part.p_filesz)
			return false;
		out[part.p_filesz - 1] = '\0';
		return true;
	}
	return false;
}

static int judge_map(struct call *c, const struct held *h)
{
	return judge_file(c, "file_mmap", held_name(h), PERM_READ | PERM_MMAP, h->st.st_uid);
}

/*
 * The kernel maps a program and its loader for the new label. It has the right to by the exec itself,
 * unless one profile gives way to another: then that one must allow the mapping.
 */
static int judge_mapping(struct call *c, const struct held *h, const struct exec_plan *plan)
{
	struct call after = *c;
	auto_held loader = HELD_INIT;
	char path[PATH_MAX], name[64];
	int fd, r;

	if (!plan->is_changed || judge_is_unconfined(c))
		return 0;
	after.task.label = plan->label;
	r = judge_map(&after, h);
	if (r < 0)
		return r;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", h->fd);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -EACCES;
	if (elf_interpreter(fd, path) && !walk_hold(c, AT_FDCWD, path, 0, &loader))
		r = judge_map(&after, &loader);
	close(fd);
	return r;
}

static int check_mode(const struct held *h)
{
	if (!S_ISREG(h->st.st_mode))
		return -EACCES;
	if (syscall(SYS_faccessat2, h->fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) < 0)
		return -errno;
	return 0;
}

/* Follows "#!" lines to the binary that the kernel will run. */
static int find_binary(struct call *c, const struct held *program, struct held *binary,
		       struct exec_plan *plan)
{
	char head[HEAD_MAX], path[HEAD_MAX];
	const struct held *at = program;

	for (int i = 0; i <= SCRIPTS_MAX; i++) {
		ssize_t n = read_head(at, head);
		auto_held next = HELD_INIT;
		int r;

		if (n < 0)
			return -EACCES;
		if (!is_script(head, n)) {
			plan->dev = at->st.st_dev;
			plan->ino = at->st.st_ino;
			return 0;
		}
		plan->is_script = true;
		if (!script_interpreter(head, n, path))
			return -ENOEXEC;
		r = walk_hold(c, AT_FDCWD, path, 0, &next);
		if (!r)
			r = check_mode(&next);
		if (r < 0)
			return r;
		held_release(binary);
		*binary = next;
		next.fd = -1;
		at = binary;
	}
	return -ELOOP;
}

static int decide(struct call *c, const struct held *program, struct exec_plan *plan)
{
	auto_held binary = HELD_INIT;
	int r = check_mode(program);

	if (!r)
		r = find_binary(c, program, &binary, plan);
	if (r < 0)
		return r;
	if (program->is_nameless && !judge_is_unconfined(c))
		return judge_refuse(c, "exec", held_name(program), PERM_EXEC, "a file without a path");
	r = exec_transition(c, program, plan);
	if (!r)
		r = judge_mapping(c, binary.fd >= 0 ? &binary : program, plan);
	return r;
}

static int read_request(struct call *c, struct exec_plan *plan, int *dirfd, unsigned *flags)
{
	bool is_at = c->nr == __NR_execveat;
	int n = call_read_text(c, c->args[is_at], plan->text, sizeof(plan->text));

	*dirfd = is_at ? (int)c->args[0] : AT_FDCWD;
	*flags = 0;
	if (n < 0)
		return n;
	if (is_at && c->args[4] & ~(uint64_t)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return -EINVAL;
	if (is_at && c->args[4] & AT_EMPTY_PATH)
		*flags |= WALK_EMPTY;
	if (is_at && c->args[4] & AT_SYMLINK_NOFOLLOW)
		*flags |= WALK_NOFOLLOW;
	return n || *flags & WALK_EMPTY ? 0 : -ENOENT;
}

void serve_exec(struct call *c)
{
	static _Thread_local struct exec_plan plan;
	auto_held program = HELD_INIT;
	unsigned flags;
	int dirfd, r;

	plan.is_script = false;
	r = read_request(c, &plan, &dirfd, &flags);
	if (!r)
		r = call_act(c, false);
	if (!r)
		r = walk_hold(c, dirfd, plan.text, flags, &program);
	if (!r && S_ISLNK(program.st.st_mode))
		r = -ELOOP;
	if (!r)
		r = decide(c, &program, &plan);
	if (r < 0) {
		call_return(c, r);
		return;
	}
	plan.tid = c->task.tid;
	execs_remember(c->supervisor->execs, &plan);
	call_continue(c);
}
