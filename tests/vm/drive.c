/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats cases, gives what the kernel says to each: a real system call made under a real profile.
 *
 *	PROFILE OPERATION ARGUMENT...		one case a line; "#" begins a comment
 *
 * PROFILE is the label that the caller changes to, "-" for none; "@UID" behind it makes the caller
 * that user. Prints the line, " = " and "ok" or the name of an errno; operations that change the
 * label add it. Before its label changes, an operation may make what it needs ("make", "program",
 * "xattr" and "gone" do nothing else). The program is also what cases execute ("drive --show"): it then prints whether its
 * environment was scrubbed and its limit of open files. Some operations change the label and go on with
 * another one: "stack b through /t/bin/ix open r /t/f/r".
 */
#include "abi/control.h"
#include "lib/pavise.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/io_uring.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CAP_FILE "/t/case/cap"

enum { WORDS_MAX = 12, LINE_LEN = 2048 };

struct task {
	char *words[WORDS_MAX + 1];	/* operation and arguments */
	int n;
	pid_t target;			/* of signals and ptrace */
	int fd;				/* opened before the label changed */
};

static void say(const char *text)
{
	if (write(1, text, strlen(text)) < 0)
		_exit(9);
}

static void say_result(int r)
{
	char text[128];

	snprintf(text, sizeof(text), "%s", r ? strerrorname_np(-r) : "ok");
	say(text);
}

/*
 * " label=NAME (MODE)" behind an answer, where Pavise's own engine confines: it tells nobody else. Empty
 * elsewhere; there the kernel's file says it. In one piece with the answer, which is read by one call.
 */
static void say_with_label(const char *text)
{
	char label[512], whole[768];
	int r = pavise_get_label(label, sizeof(label));

	snprintf(whole, sizeof(whole), "%s%s%s", text, r < 0 ? "" : " label=", r < 0 ? "" : label);
	say(whole);
}

static int attr_write(const char *file, const char *fmt, const char *a, const char *b)
{
	char path[64], text[256];
	int fd, len, r;

	snprintf(path, sizeof(path), "/proc/self/attr/%s", file);
	len = snprintf(text, sizeof(text), fmt, a, b);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	r = write(fd, text, (size_t)len) < 0 ? -errno : 0;
	close(fd);
	return r;
}

/* Where Pavise's own engine confines: by its call. */
static int ask_engine(enum control_verb verb, const char *name)
{
	struct control_request r = { .version = CONTROL_VERSION, .verb = verb, .token = 0x1234 };

	r.name_len = (uint32_t)snprintf(r.name, sizeof(r.name), "%s", name);
	return syscall(SYS_prctl, (long)CONTROL_PRCTL, &r, sizeof(r), 0l, 0l) < 0 ? -errno : 0;
}

static int change_profile(const char *name)
{
	if (getenv("PAVISE_ENGINE"))
		return ask_engine(CONTROL_CHANGE_PROFILE, name);
	return attr_write("current", "changeprofile %s", name, NULL);
}

static int change_hat(const char *name)
{
	if (getenv("PAVISE_ENGINE"))
		return ask_engine(CONTROL_CHANGE_HAT, name);
	return attr_write("current", "changehat %s^%s", "0000000000001234", name);
}

static int done(long r)
{
	return r < 0 ? -errno : 0;
}

/* r w a: as a shell would; c creates, t truncates, x is exclusive. */
static int op_open(struct task *t)
{
	const char *how = t->words[1];
	int flags = O_CLOEXEC | O_NONBLOCK, fd;
	int is_read = !!strchr(how, 'r'), is_write = strchr(how, 'w') || strchr(how, 'a');

	flags |= is_read && is_write ? O_RDWR : is_write ? O_WRONLY : O_RDONLY;
	flags |= strchr(how, 'a') ? O_APPEND : 0;
	flags |= strchr(how, 'c') ? O_CREAT : 0;
	flags |= strchr(how, 't') ? O_TRUNC : 0;
	flags |= strchr(how, 'x') ? O_EXCL : 0;
	fd = open(t->words[2], flags, 0644);
	return done(fd);
}

static int op_stat(struct task *t)
{
	struct stat st;

	return done(lstat(t->words[1], &st));
}

static int op_list(struct task *t)
{
	char entries[4096];
	int fd = open(t->words[1], O_RDONLY | O_DIRECTORY);

	return fd < 0 ? -errno : done(syscall(SYS_getdents64, fd, entries, sizeof(entries)));
}

static int op_mkdir(struct task *t) { return done(mkdir(t->words[1], 0755)); }
static int op_rmdir(struct task *t) { return done(rmdir(t->words[1])); }
static int op_unlink(struct task *t) { return done(unlink(t->words[1])); }
static int op_rename(struct task *t) { return done(rename(t->words[1], t->words[2])); }
static int op_link(struct task *t) { return done(link(t->words[1], t->words[2])); }
static int op_symlink(struct task *t) { return done(symlink(t->words[1], t->words[2])); }
static int op_readlink(struct task *t)
{
	char text[256];

	return done(readlink(t->words[1], text, sizeof(text)));
}
static int op_truncate(struct task *t) { return done(truncate(t->words[1], 0)); }
static int op_chmod(struct task *t) { return done(chmod(t->words[1], 0640)); }
static int op_chown(struct task *t) { return done(chown(t->words[1], getuid(), getgid())); }
static int op_mkfifo(struct task *t) { return done(mkfifo(t->words[1], 0644)); }

static int op_mmap(struct task *t)
{
	int fd = open(t->words[2], strchr(t->words[1], 'w') ? O_RDWR : O_RDONLY), prot = PROT_READ;
	void *at;

	if (fd < 0)
		return -errno;
	prot |= strchr(t->words[1], 'x') ? PROT_EXEC : 0;
	prot |= strchr(t->words[1], 'w') ? PROT_WRITE : 0;
	at = mmap(NULL, 4096, prot, strchr(t->words[1], 's') ? MAP_SHARED : MAP_PRIVATE, fd, 0);
	return at == MAP_FAILED ? -errno : 0;
}

static int op_flock(struct task *t)
{
	int fd = open(t->words[2], t->words[1][0] == 'w' ? O_RDWR : O_RDONLY);

	if (fd < 0)
		return -errno;
	return done(flock(fd, (t->words[1][0] == 'w' ? LOCK_EX : LOCK_SH) | LOCK_NB));
}

static int number(const char *word)
{
	static const struct { const char *name; int value; } names[] = {
		{ "unix", AF_UNIX }, { "inet", AF_INET }, { "inet6", AF_INET6 },
		{ "netlink", AF_NETLINK }, { "packet", AF_PACKET }, { "stream", SOCK_STREAM },
		{ "dgram", SOCK_DGRAM }, { "raw", SOCK_RAW }, { "seqpacket", SOCK_SEQPACKET },
		{ "icmp", IPPROTO_ICMP },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, word))
			return names[i].value;
	return (int)strtol(word, NULL, 0);
}

static int op_socket(struct task *t)
{
	return done(socket(number(t->words[1]), number(t->words[2]),
			   t->n > 3 ? number(t->words[3]) : 0));
}

static int op_socketpair(struct task *t)
{
	int fds[2];

	return done(socketpair(AF_UNIX, number(t->words[1]), 0, fds));
}

/* A TCP server and a client over the loopback, in one. */
static int op_tcp(struct task *t)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)number(t->words[1])),
				  .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int server = socket(AF_INET, SOCK_STREAM, 0), client, one = 1;

	if (server < 0)
		return -errno;
	setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(server, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(server, 1) < 0)
		return -errno;
	client = socket(AF_INET, SOCK_STREAM, 0);
	if (client < 0 || connect(client, (struct sockaddr *)&at, sizeof(at)) < 0)
		return -errno;
	return done(write(client, "x", 1));
}

static int op_bind_unix(struct task *t)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	strncpy(at.sun_path, t->words[1], sizeof(at.sun_path) - 1);
	return done(bind(fd, (struct sockaddr *)&at, sizeof(at)));
}

static int op_connect_unix(struct task *t)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		return -errno;
	strncpy(at.sun_path, t->words[1], sizeof(at.sun_path) - 1);
	return done(connect(fd, (struct sockaddr *)&at, sizeof(at)));
}

#include "drive_net.h"
#include "drive_queue.h"

/* limit N: the hard limit of open files; limit-other PROFILE N: that of another process */
static int set_limit(pid_t pid, const char *word)
{
	struct rlimit limit = { (rlim_t)atoi(word), (rlim_t)atoi(word) };

	return done(prlimit(pid, RLIMIT_NOFILE, &limit, NULL));
}

static int op_limit(struct task *t) { return set_limit(0, t->words[1]); }
static int op_limit_other(struct task *t) { return set_limit(t->target, t->words[2]); }

static int op_kill(struct task *t) { return done(kill(t->target, number(t->words[2]))); }

static int op_trace(struct task *t)
{
	if (ptrace(PTRACE_ATTACH, t->target, 0, 0) < 0)
		return -errno;
	waitpid(t->target, NULL, 0);
	return 0;
}

/* What "ptrace read" is asked for: looking into another process through /proc. */
static int op_peek(struct task *t)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)t->target);
	return done(readlink(path, text, sizeof(text)));
}

/* traced_exec PROGRAM: what a child that we trace gets for its exec */
static int op_traced_exec(struct task *t)
{
	char *argv[] = { t->words[1], (char *)(uintptr_t)"--show", NULL };
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(255);
		execve(t->words[1], argv, environ);
		_exit(errno);
	}
	if (waitpid(pid, &status, 0) < 0)
		return -errno;
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		return 0;
	}
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

static int op_sethostname(struct task *t) { (void)t; return done(sethostname("x", 1)); }
static int op_chroot(struct task *t) { return done(chroot(t->words[1])); }
static int op_nice(struct task *t)
{
	(void)t;
	return done(setpriority(PRIO_PROCESS, 0, -5));
}
static int op_setuid(struct task *t) { return done(syscall(SYS_setuid, number(t->words[1]))); }
static int op_mknod(struct task *t) { return done(mknod(t->words[1], S_IFCHR | 0600, 0x103)); }

static unsigned long mount_flags(char *words)
{
	static const struct { const char *name; unsigned long flag; } names[] = {
		{ "ro", MS_RDONLY }, { "nosuid", MS_NOSUID }, { "nodev", MS_NODEV },
		{ "noexec", MS_NOEXEC }, { "remount", MS_REMOUNT }, { "bind", MS_BIND },
		{ "rbind", MS_BIND | MS_REC }, { "move", MS_MOVE }, { "private", MS_PRIVATE },
		{ "rprivate", MS_PRIVATE | MS_REC }, { "shared", MS_SHARED },
		{ "slave", MS_SLAVE }, { "noatime", MS_NOATIME }, { "rec", MS_REC },
		{ "sync", MS_SYNCHRONOUS }, { "dirsync", MS_DIRSYNC }, { "mand", MS_MANDLOCK },
		{ "nodiratime", MS_NODIRATIME }, { "unbindable", MS_UNBINDABLE },
		{ "unnamed", 1 << 9 },
		{ "relatime", MS_RELATIME }, { "strictatime", MS_STRICTATIME },
	};
	unsigned long flags = 0;

	for (char *word = strtok(words, ","); word; word = strtok(NULL, ","))
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (!strcmp(names[i].name, word))
				flags |= names[i].flag;
	return flags;
}

static const char *or_null(const char *word)
{
	return strcmp(word, "-") ? word : NULL;
}

/* mount SOURCE POINT TYPE FLAGS [DATA], "-" for none */
static int op_mount(struct task *t)
{
	return done(mount(or_null(t->words[1]), t->words[2], or_null(t->words[3]),
			  mount_flags(t->words[4]), t->n > 5 ? t->words[5] : NULL));
}

/* move_mount FROM TO, where FROM is mounted; clone_mount FROM TO: a copy of it that is not */
static int op_move_mount(struct task *t)
{
	return done(move_mount(AT_FDCWD, t->words[1], AT_FDCWD, t->words[2], 0));
}

static int op_clone_mount(struct task *t)
{
	int fd = open_tree(AT_FDCWD, t->words[1], OPEN_TREE_CLONE);

	return fd < 0 ? -errno : done(move_mount(fd, "", AT_FDCWD, t->words[2], MOVE_MOUNT_F_EMPTY_PATH));
}

/* new_mount TYPE TO: by the newer calls */
static int op_new_mount(struct task *t)
{
	int context = fsopen(t->words[1], 0), fd;

	if (context < 0 || fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(context, 0, 0);
	return fd < 0 ? -errno : done(move_mount(fd, "", AT_FDCWD, t->words[2], MOVE_MOUNT_F_EMPTY_PATH));
}

static int op_reconfigure(struct task *t)
{
	int context = fspick(AT_FDCWD, t->words[1], 0);

	if (context < 0 || fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0)
		return -errno;
	return done(fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0));
}

static int op_mount_attr(struct task *t)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY };

	return done(mount_setattr(AT_FDCWD, t->words[1], 0, &attr, sizeof(attr)));
}

static int op_umount(struct task *t) { return done(umount2(t->words[1], MNT_DETACH)); }
static int op_pivot_root(struct task *t)
{
	return done(syscall(SYS_pivot_root, t->words[1], t->words[2]));
}

static int op_userns(struct task *t) { (void)t; return done(unshare(CLONE_NEWUSER)); }

static int op_change_profile(struct task *t) { return change_profile(t->words[1]); }

static int op_exec(struct task *t)
{
	char *argv[] = { t->words[1], (char *)(uintptr_t)"--show", NULL };
	char *envp[] = { NULL };

	execve(t->words[1], argv, envp);
	return -errno;
}

static int op_onexec(struct task *t)
{
	int r = getenv("PAVISE_ENGINE") ? ask_engine(CONTROL_CHANGE_ONEXEC, t->words[1])
					: attr_write("exec", "exec %s", t->words[1], NULL);

	if (r < 0)
		return r;
	t->words[1] = t->words[2];
	return op_exec(t);
}

static int go_on(struct task *t, int n_done);

/* through PROGRAM OPERATION…: the program does it. */
static int op_through(struct task *t)
{
	char engine[64], *envp[] = { NULL, NULL }, *argv[WORDS_MAX + 3] = { t->words[1] };

	argv[1] = (char *)(uintptr_t)"--do";
	for (int i = 2; i < t->n; i++)
		argv[i] = t->words[i];
	if (getenv("PAVISE_ENGINE")) {
		snprintf(engine, sizeof(engine), "PAVISE_ENGINE=%s", getenv("PAVISE_ENGINE"));
		envp[0] = engine;
	}
	execve(t->words[1], argv, envp);
	return -errno;
}

/* stack NAME [OPERATION…]: onto the present label; then does it. */
static int op_stack(struct task *t)
{
	int r = getenv("PAVISE_ENGINE") ? ask_engine(CONTROL_STACK, t->words[1])
					: attr_write("current", "stack %s", t->words[1], NULL);

	return r < 0 ? r : go_on(t, 2);
}

/* become NAME [OPERATION…] */
static int op_become(struct task *t)
{
	int r = change_profile(t->words[1]);

	return r < 0 ? r : go_on(t, 2);
}

/* into HAT [OPERATION…] */
static int op_into(struct task *t)
{
	int r = change_hat(t->words[1]);

	return r < 0 ? r : go_on(t, 2);
}

/* back [OPERATION…]: out of a hat. */
static int op_back(struct task *t)
{
	int r = change_hat("");

	return r < 0 ? r : go_on(t, 1);
}

/* onstack NAME through PROGRAM OPERATION…: onto the label of now, when the program is executed. */
static int op_onstack(struct task *t)
{
	int r = getenv("PAVISE_ENGINE") ? ask_engine(CONTROL_STACK_ONEXEC, t->words[1])
					: attr_write("exec", "stack %s", t->words[1], NULL);

	return r < 0 ? r : go_on(t, 2);
}

/* onbecome NAME through PROGRAM OPERATION…: in the place of it. */
static int op_onbecome(struct task *t)
{
	int r = getenv("PAVISE_ENGINE") ? ask_engine(CONTROL_CHANGE_ONEXEC, t->words[1])
					: attr_write("exec", "exec %s", t->words[1], NULL);

	return r < 0 ? r : go_on(t, 2);
}

/* label: nothing but to have it told. */
static int op_label(struct task *t)
{
	(void)t;
	return 0;
}

/* nnp OPERATION…: without the right to gain any. */
static int op_nnp(struct task *t)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	return go_on(t, 1);
}

/* hat NAME: into it; hat NAME back: and out again. */
static int op_hat(struct task *t)
{
	int r = change_hat(t->words[1]);

	if (!r && t->n > 2)
		r = change_hat("");
	return r;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
	(void)st;
	(void)flag;
	(void)walk;
	return remove(path) < 0 ? -errno : 0;
}

static int gone(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 ? 0 : nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The directories above a path; a file in the way goes. */
static int make_above(const char *path)
{
	char above[LINE_LEN];
	struct stat st;

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(above, sizeof(above), "%.*s", (int)(slash - path), path);
		if (!lstat(above, &st) && !S_ISDIR(st.st_mode))
			unlink(above);
		if (mkdir(above, 0777) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

static int op_gone(struct task *t)
{
	int r = make_above(t->words[1]);

	return r ? r : gone(t->words[1]);
}

/* make PATH UID: a file of that user, or a directory where the path ends in a slash */
static int op_make(struct task *t)
{
	const char *path = t->words[1];
	int r = op_gone(t), fd;

	if (r)
		return r;
	if (path[strlen(path) - 1] == '/') {
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			return -errno;
	} else {
		fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0777);
		if (fd < 0 || write(fd, "x", 1) < 0 || close(fd) < 0)
			return -errno;
	}
	chmod(path, 0777);
	return done(chown(path, (uid_t)number(t->words[2]), 0));
}

/* program PATH UID: this very program under another name */
static int op_program(struct task *t)
{
	int from, to, r = op_gone(t);
	struct stat st;

	if (r)
		return r;
	from = open("/bin/drive", O_RDONLY);
	to = open(t->words[1], O_CREAT | O_EXCL | O_WRONLY, 0777);
	if (from < 0 || to < 0 || fstat(from, &st) < 0)
		return -errno;
	while ((r = (int)copy_file_range(from, NULL, to, NULL, (size_t)st.st_size, 0)) > 0)
		;
	if (r < 0)
		return -errno;
	close(from);
	close(to);
	chmod(t->words[1], 0777);
	return done(chown(t->words[1], (uid_t)number(t->words[2]), 0));
}

/*
 * lock PATH, map PATH: with a descriptor from before, so that these alone are asked about. The profile
 * "opener" opens it: what unconfined tasks open is never asked about again.
 */
static void prepare_fd(struct task *t)
{
	if (change_profile("opener") < 0)
		say("no opener ");
	t->fd = open(t->words[1], O_RDWR);
}

static int open_flags(const char *how)
{
	int is_read = !!strchr(how, 'r'), is_write = strchr(how, 'w') || strchr(how, 'a');

	return (is_read && is_write ? O_RDWR : is_write ? O_WRONLY : O_RDONLY) |
	       (strchr(how, 'a') ? O_APPEND : 0);
}

static int use(const char *how, int fd)
{
	char text[16];

	if (!strcmp(how, "read"))
		return done(read(fd, text, sizeof(text)));
	if (!strcmp(how, "write"))
		return done(write(fd, "x", 1));
	if (!strcmp(how, "map"))
		return mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
	if (!strcmp(how, "mapx"))
		return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -errno : 0;
	if (!strcmp(how, "mapw"))
		return mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -errno : 0;
	if (!strcmp(how, "cut"))
		return done(ftruncate(fd, 1));
	if (!strcmp(how, "lock"))
		return done(flock(fd, LOCK_SH | LOCK_NB));
	return -ENOSYS;
}

/*
 * held OPENER HOW PATH USE [gone|moved]: a descriptor opened under another profile, "-" none; then its
 * name may be removed, or changed. received: the same, but it comes by a socket from another process.
 */
static void open_held(struct task *t)
{
	if (strcmp(t->words[1], "-") && change_profile(t->words[1]) < 0)
		say("no opener ");
	t->fd = open(t->words[3], open_flags(t->words[2]));
	if (t->fd < 0)
		say("not opened ");
}

static void prepare_held(struct task *t)
{
	open_held(t);
	if (t->n > 5 && !strcmp(t->words[5], "gone") && unlink(t->words[3]) < 0)
		say("not removed ");
	if (t->n > 5 && !strcmp(t->words[5], "moved") && rename(t->words[3], "/t/f/moved") < 0)
		say("not renamed ");
}

static int op_held(struct task *t) { return use(t->words[4], t->fd); }

union fd_message {
	char bytes[CMSG_SPACE(sizeof(int))];
	struct cmsghdr head;
};

static void send_fd(int socket, int fd)
{
	union fd_message m = { .head = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct iovec byte = { (char[]){ 'x' }, 1 };
	struct msghdr h = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = m.bytes,
			    .msg_controllen = sizeof(m.bytes) };

	memcpy(CMSG_DATA(&m.head), &fd, sizeof(fd));
	_exit(sendmsg(socket, &h, 0) != 1);
}

static void prepare_received(struct task *t)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
		say("no sockets ");
	if (!fork()) {
		open_held(t);
		send_fd(ends[0], t->fd);
	}
	close(ends[0]);
	t->fd = ends[1];
}

static int op_received(struct task *t)
{
	union fd_message m;
	struct iovec byte = { (char[1]){ 0 }, 1 };
	struct msghdr h = { .msg_iov = &byte, .msg_iovlen = 1, .msg_control = m.bytes,
			    .msg_controllen = sizeof(m.bytes) };
	int fd;

	if (recvmsg(t->fd, &h, 0) != 1)
		return -errno;
	if (h.msg_flags & MSG_CTRUNC || !CMSG_FIRSTHDR(&h))
		return -EBADF;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&h)), sizeof(fd));
	return use(t->words[4], fd);
}

/* xattr FILE NAME [VALUE]: the file gets it; ~ stands for NUL. */
static int op_xattr(struct task *t)
{
	char *value = t->n > 3 ? t->words[3] : (char *)(uintptr_t)"";
	size_t len = strlen(value);

	for (char *c = value; (c = strchr(c, '~')); c++)
		*c = '\0';
	return done(setxattr(t->words[1], t->words[2], value, len, 0));
}

/* inherited PROGRAM HOW PATH USE: the descriptor is opened by us, used by a program we become. */
static int op_inherited(struct task *t)
{
	char number[16];
	char *argv[] = { t->words[1], (char *)(uintptr_t)"--use", t->words[4], number, NULL };
	int fd = open(t->words[3], open_flags(t->words[2]));

	if (fd < 0)
		return -errno;
	snprintf(number, sizeof(number), "%d", fd);
	execve(t->words[1], argv, environ);
	return -errno;
}

static int op_lock(struct task *t) { return done(flock(t->fd, LOCK_SH | LOCK_NB)); }

static int op_map(struct task *t)
{
	return mmap(NULL, 4096, PROT_EXEC, MAP_PRIVATE, t->fd, 0) == MAP_FAILED ? -errno : 0;
}

static void prepare_mount(struct task *t)
{
	for (int i = 1; i < t->n; i++)
		make_above(t->words[i]);
	if (mount("made", t->words[1], "tmpfs", 0, NULL) < 0)
		say("cannot mount ");
	if (t->n > 2)
		mkdir(t->words[2], 0777);
}

/* What a capability is needed for, root or not; -EPERM or -EACCES without. */
static int op_cap(struct task *t)
{
	const char *name = t->words[1];

	if (!strcmp(name, "chown"))
		return done(chown(CAP_FILE, 1234, 1234));
	if (!strcmp(name, "fowner"))
		return done(chmod(CAP_FILE, 0640));
	if (!strcmp(name, "sys_boot"))
		return syscall(SYS_reboot, 1, 2, 3, 0) < 0 && errno == EINVAL ? 0 : -errno;
	if (!strcmp(name, "sys_chroot"))
		return done(chroot("/"));
	if (!strcmp(name, "setuid"))
		return done(syscall(SYS_setuid, 1000));
	if (!strcmp(name, "setgid"))
		return done(syscall(SYS_setgid, 1000));
	if (!strcmp(name, "sys_admin"))
		return done(sethostname("x", 1));
	if (!strcmp(name, "sys_nice"))
		return done(setpriority(PRIO_PROCESS, 0, -5));
	if (!strcmp(name, "sys_module"))
		return syscall(SYS_delete_module, "none", O_NONBLOCK) < 0 && errno == ENOENT ? 0 : -errno;
	if (!strcmp(name, "kill"))
		return kill(t->target, 0) < 0 && errno != EPERM ? 0 : done(kill(t->target, 0));
	return -ENOSYS;
}

/* A file of somebody else, a process of somebody else. */
static void prepare_cap(struct task *t)
{
	make_above(CAP_FILE);
	close(open(CAP_FILE, O_CREAT | O_WRONLY, 0666));
	chmod(CAP_FILE, 0666);
	if (chown(CAP_FILE, 77, 77) < 0)
		say("cannot prepare ");
	if (strcmp(t->words[1], "kill") != 0)
		return;
	t->target = fork();
	if (!t->target) {
		alarm(10);
		if (setresuid(77, 77, 77) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	usleep(20000);
}

/* A ring whose requests a thread of the kernel looks for. */
static int op_sqpoll(struct task *t)
{
	struct io_uring_params params = { .flags = IORING_SETUP_SQPOLL };

	(void)t;
	return done(syscall(SYS_io_uring_setup, 1, &params));
}

/* override: one request of a ring under credentials registered before the user changed */
static int op_override(struct task *t)
{
	struct io_uring_params p = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &p), id;
	char *ring, *cells;
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;

	(void)t;
	if (fd < 0)
		return -errno;
	ring = mmap(NULL, p.sq_off.array + 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQ_RING);
	sqe = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_SQES);
	cells = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
	id = (int)syscall(SYS_io_uring_register, fd, IORING_REGISTER_PERSONALITY, NULL, 0);
	if (ring == MAP_FAILED || (void *)sqe == MAP_FAILED || cells == MAP_FAILED || id < 0)
		return -errno;
	*sqe = (struct io_uring_sqe){ .opcode = IORING_OP_NOP, .personality = (uint16_t)id };
	*(uint32_t *)(void *)(ring + p.sq_off.array) = 0;
	*(uint32_t *)(void *)(ring + p.sq_off.tail) = 1;
	if (syscall(SYS_io_uring_enter, fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	cqe = (void *)(cells + p.cq_off.cqes);
	return cqe->res;
}

/* query LABEL HEX: what the kernel's policy answers those who ask for it, as dbus-daemon does */
static int op_query(struct task *t)
{
	char text[LINE_LEN], answer[256], *hex = t->words[2];
	int fd = open("/sys/kernel/security/apparmor/.access", O_RDWR), len;
	ssize_t n;

	if (fd < 0)
		return -errno;
	memcpy(text, "label", 6);
	len = 6 + snprintf(text + 6, 128, "%s", t->words[1]) + 1;
	for (; hex[0] && hex[1] && len < LINE_LEN; hex += 2) {
		char digits[3] = { hex[0], hex[1], '\0' };

		text[len++] = (char)strtol(digits, NULL, 16);
	}
	if (write(fd, text, (size_t)len) < 0)
		return -errno;
	n = read(fd, answer, sizeof(answer) - 1);
	if (n < 0)
		return -errno;
	answer[n] = '\0';
	for (char *c = answer; *c; c++)
		*c = *c == '\n' ? ' ' : *c;
	/* The answer is all that is told. */
	say(answer);
	_exit(read(0, answer, 1) < 0);
}

#include "drive_play.h"

static const struct op {
	const char *name;
	int (*run)(struct task *t);
	int has_label, has_target, has_mounts;
	void (*prepare)(struct task *t);
} ops[] = {
	{ "open", op_open, 0, 0, 0, NULL },
	{ "stat", op_stat, 0, 0, 0, NULL },
	{ "list", op_list, 0, 0, 0, NULL },
	{ "mkdir", op_mkdir, 0, 0, 0, NULL },
	{ "rmdir", op_rmdir, 0, 0, 0, NULL },
	{ "unlink", op_unlink, 0, 0, 0, NULL },
	{ "rename", op_rename, 0, 0, 0, NULL },
	{ "link", op_link, 0, 0, 0, NULL },
	{ "symlink", op_symlink, 0, 0, 0, NULL },
	{ "readlink", op_readlink, 0, 0, 0, NULL },
	{ "truncate", op_truncate, 0, 0, 0, NULL },
	{ "chmod", op_chmod, 0, 0, 0, NULL },
	{ "chown", op_chown, 0, 0, 0, NULL },
	{ "mkfifo", op_mkfifo, 0, 0, 0, NULL },
	{ "mmap", op_mmap, 0, 0, 0, NULL },
	{ "flock", op_flock, 0, 0, 0, NULL },
	{ "socket", op_socket, 0, 0, 0, NULL },
	{ "socketpair", op_socketpair, 0, 0, 0, NULL },
	{ "tcp", op_tcp, 0, 0, 0, NULL },
	{ "bind-unix", op_bind_unix, 0, 0, 0, NULL },
	{ "connect-unix", op_connect_unix, 0, 0, 0, NULL },
	{ "bind", op_bind, 0, 0, 0, NULL },
	{ "connect", op_connect, 0, 0, 0, NULL },
	{ "sendto", op_sendto, 0, 0, 0, NULL },
	{ "pair", op_pair, 0, 0, 0, prepare_pair },
	{ "made", op_made, 0, 0, 0, prepare_made },
	{ "reach", op_reach, 0, 0, 0, prepare_reach },
	{ "bind-name", op_bind_name, 0, 0, 0, NULL },
	{ "accept", op_accept, 0, 0, 0, prepare_accept },
	{ "sctp-bind", op_sctp_bind, 0, 0, 0, NULL },
	{ "sctp-connect", op_sctp_connect, 0, 0, 0, NULL },
	{ "sctp-added", op_sctp_added, 0, 0, 0, prepare_sctp_added },
	{ "mq", op_mq, 0, 0, 0, prepare_mq },
	{ "mq-make", op_mq_make, 0, 0, 0, prepare_mq_make },
	{ "msg", op_msg, 0, 0, 0, prepare_msg },
	{ "msg-make", op_msg_make, 0, 0, 0, prepare_msg_make },
	{ "limit", op_limit, 0, 0, 0, NULL },
	{ "limit-other", op_limit_other, 0, 1, 0, NULL },
	{ "kill", op_kill, 0, 1, 0, NULL },
	{ "trace", op_trace, 0, 1, 0, NULL },
	{ "traced_exec", op_traced_exec, 0, 0, 0, NULL },
	{ "peek", op_peek, 0, 1, 0, NULL },
	{ "sethostname", op_sethostname, 0, 0, 0, NULL },
	{ "chroot", op_chroot, 0, 0, 0, NULL },
	{ "nice", op_nice, 0, 0, 0, NULL },
	{ "setuid", op_setuid, 0, 0, 0, NULL },
	{ "mknod", op_mknod, 0, 0, 0, NULL },
	{ "mount", op_mount, 0, 0, 1, NULL },
	{ "umount", op_umount, 0, 0, 1, NULL },
	{ "move_mount", op_move_mount, 0, 0, 1, prepare_mount },
	{ "clone_mount", op_clone_mount, 0, 0, 1, NULL },
	{ "new_mount", op_new_mount, 0, 0, 1, NULL },
	{ "reconfigure", op_reconfigure, 0, 0, 1, prepare_mount },
	{ "mount_attr", op_mount_attr, 0, 0, 1, prepare_mount },
	{ "umount-made", op_umount, 0, 0, 1, prepare_mount },
	{ "pivot_root", op_pivot_root, 0, 0, 1, prepare_mount },
	{ "userns", op_userns, 0, 0, 0, NULL },
	{ "change_profile", op_change_profile, 1, 0, 0, NULL },
	{ "exec", op_exec, 1, 0, 0, NULL },
	{ "onexec", op_onexec, 1, 0, 0, NULL },
	{ "hat", op_hat, 1, 0, 0, NULL },
	{ "through", op_through, 1, 0, 0, NULL },
	{ "stack", op_stack, 1, 0, 0, NULL },
	{ "become", op_become, 1, 0, 0, NULL },
	{ "into", op_into, 1, 0, 0, NULL },
	{ "back", op_back, 1, 0, 0, NULL },
	{ "onstack", op_onstack, 1, 0, 0, NULL },
	{ "onbecome", op_onbecome, 1, 0, 0, NULL },
	{ "label", op_label, 1, 0, 0, NULL },
	{ "nnp", op_nnp, 1, 0, 0, NULL },
	{ "gone", op_gone, 0, 0, 0, NULL },
	{ "make", op_make, 0, 0, 0, NULL },
	{ "program", op_program, 0, 0, 0, NULL },
	{ "xattr", op_xattr, 0, 0, 0, NULL },
	{ "lock", op_lock, 0, 0, 0, prepare_fd },
	{ "map", op_map, 0, 0, 0, prepare_fd },
	{ "held", op_held, 0, 0, 0, prepare_held },
	{ "received", op_received, 0, 0, 0, prepare_received },
	{ "inherited", op_inherited, 0, 0, 0, NULL },
	{ "cap", op_cap, 0, 0, 0, prepare_cap },
	{ "sqpoll", op_sqpoll, 0, 0, 0, NULL },
	{ "override", op_override, 0, 0, 0, NULL },
	{ "query", op_query, 0, 0, 0, NULL },
};

static const struct op *find_op(const char *name)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(ops[i].name, name))
			return &ops[i];
	return NULL;
}

/* What stands behind the words that are done, or nothing more. */
static int go_on(struct task *t, int n_done)
{
	const struct op *op;

	t->n -= n_done;
	if (t->n <= 0)
		return 0;
	memmove(t->words, t->words + n_done, (size_t)(t->n + 1) * sizeof(*t->words));
	op = find_op(t->words[0]);
	return op ? op->run(t) : -ENOSYS;
}

/* Becomes what the case says, does it, says how it went, waits for the reader. */
static void run_child(const struct op *op, struct task *t, char *profile)
{
	char *uid = strchr(profile, '@');
	char byte;
	int r;

	alarm(10);
	/* Mounts of one case are not seen by the next. */
	if (op->has_mounts && (unshare(CLONE_NEWNS) < 0 ||
			       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)) {
		say("cannot unshare");
		_exit(1);
	}
	if (op->prepare)
		op->prepare(t);
	if (uid) {
		*uid = '\0';
		if (setresgid(65534, 65534, 65534) < 0 ||
		    syscall(SYS_setresuid, number(uid + 1), number(uid + 1), number(uid + 1)) < 0)
			_exit(1);
	}
	if (strcmp(profile, "-")) {
		r = change_profile(profile);
		if (r < 0) {
			say("no such profile");
			_exit(1);
		}
	}
	r = op->run(t);
	if (op->has_label)
		say_with_label(r ? strerrorname_np(-r) : "ok");
	else
		say_result(r);
	if (read(0, &byte, 1) < 0)
		_exit(2);
	_exit(0);
}

/*
 * A process under a profile that waits to be signalled, traced, looked at; it ends when *end is
 * closed, for its profile may keep our signals away.
 */
static pid_t start_target(const char *profile, int *end)
{
	int ready[2], stop[2];
	char byte;
	pid_t pid;

	if (pipe(ready) < 0 || pipe(stop) < 0)
		exit(2);
	pid = fork();
	if (!pid) {
		close(stop[1]);
		alarm(20);
		int r = strcmp(profile, "-") ? change_profile(profile) : 0;

		byte = r ? 'n' : 'y';
		if (write(ready[1], &byte, 1) != 1)
			_exit(1);
		while (read(stop[0], &byte, 1) < 0 && errno == EINTR)
			;
		_exit(0);
	}
	close(stop[0]);
	*end = stop[1];
	if (read(ready[0], &byte, 1) != 1 || byte != 'y')
		printf("(no target %s) ", profile);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void print_label(pid_t pid)
{
	char path[64], label[256];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/attr/current", (int)pid);
	f = fopen(path, "r");
	if (f && fgets(label, sizeof(label), f)) {
		label[strcspn(label, "\n")] = '\0';
		printf(" label=%s", label);
	}
	if (f)
		fclose(f);
}

static void read_answer(int fd, pid_t pid, int has_label)
{
	char text[512];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0) {
		int status;

		waitpid(pid, &status, 0);
		printf("ended by %d", WIFSIGNALED(status) ? WTERMSIG(status) : -1);
		return;
	}
	text[n] = '\0';
	printf("%s", text);
	if (has_label && !getenv("PAVISE_ENGINE"))
		print_label(pid);
}

static void run_case(char *line)
{
	int in[2], out[2], end = -1;
	struct task t = { .n = 0 };
	const struct op *op;
	char *profile, *shown = strdup(line);
	pid_t pid;

	if (!strncmp(line, "- play ", 7)) {
		printf("%s =", line);
		fflush(stdout);
		play(line + 7);
		printf("\n");
		free(shown);
		return;
	}
	profile = strtok(line, " \t");
	for (char *w; t.n < WORDS_MAX && (w = strtok(NULL, " \t"));)
		t.words[t.n++] = w;
	op = t.n ? find_op(t.words[0]) : NULL;
	if (!op) {
		printf("%s = no such operation\n", shown);
		free(shown);
		return;
	}
	printf("%s = ", shown);
	free(shown);
	fflush(stdout);
	/* What only makes a file needs no task of its own. */
	if (op->run == op_gone || op->run == op_make || op->run == op_program || op->run == op_xattr) {
		say_result(op->run(&t));
		say("\n");
		return;
	}
	if (op->has_target)
		t.target = start_target(t.words[1], &end);
	if (pipe(in) < 0 || pipe(out) < 0)
		exit(2);
	pid = fork();
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		for (int fd = 3; fd < 32; fd++)
			close(fd);
		run_child(op, &t, profile);
	}
	close(in[0]);
	close(out[1]);
	read_answer(out[0], pid, op->has_label);
	close(in[1]);
	close(out[0]);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (t.target > 0) {
		close(end);
		waitpid(t.target, NULL, 0);
	}
	printf("\n");
}

/* What an executed copy does. */
static int show(void)
{
	struct rlimit limit;
	char text[128], byte;

	getrlimit(RLIMIT_NOFILE, &limit);
	snprintf(text, sizeof(text), "ok secure=%lu nofile=%lu", getauxval(AT_SECURE),
		 (unsigned long)limit.rlim_max);
	say_with_label(text);
	return read(0, &byte, 1) < 0;
}

int main(int argc, char **argv)
{
	char line[LINE_LEN];
	FILE *f;

	if (argc >= 2 && !strcmp(argv[1], "--show"))
		return show();
	if (argc >= 3 && !strcmp(argv[1], "--actor")) {
		alarm(20);
		/* Of a script's interpreter it is the last word, too. */
		play_serve(argv[argc - 1][0] - 'a');
		return 0;
	}
	if (argc >= 2 && !strcmp(argv[1], "--tell"))
		return play_tell();
	if (argc >= 3 && !strcmp(argv[1], "--do")) {
		struct task t = { .n = argc };
		char byte;

		memcpy(t.words, argv, (size_t)argc * sizeof(*argv));
		int r = go_on(&t, 2);

		say_with_label(r ? strerrorname_np(-r) : "ok");
		return read(0, &byte, 1) < 0;
	}
	if (argc == 4 && !strcmp(argv[1], "--use")) {
		char byte;

		say_result(use(argv[2], atoi(argv[3])));
		return read(0, &byte, 1) < 0;
	}
	if (argc != 2 || !(f = fopen(argv[1], "r"))) {
		fprintf(stderr, "usage: drive CASES\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	umask(022);
	while (fgets(line, sizeof(line), f)) {
		char *end = strstr(line, " => ");

		line[strcspn(line, "\n")] = '\0';
		if (end)
			*end = '\0';
		if (line[0] && line[0] != '#')
			run_case(line);
	}
	fclose(f);
	return 0;
}
