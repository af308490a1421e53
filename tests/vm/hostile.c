/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats a kind of hostility, gives what came of it. Root's attacks on the bpf engine and its daemon, storms of
 * calls while labels and policies change, forks by the thousand.
 *
 *	hostile attack PID		each attack once, PID is the daemon's: "NAME ok" or "NAME ERRNO"
 *	hostile flip FOLDER N		reads N times through a link that another process turns over: what was read
 *	hostile storm FOLDER SECONDS	several processes open and make files of their own, which rules allow, and
 *					others, which none does: wrong answers are told
 *	hostile fork N, hostile exec N	processes that are born, execute and die
 *	hostile deny N			that many refused calls
 *	hostile change NAME		reads the secret by a ring's worker, becomes NAME, and reads it again
 *	hostile ask SECONDS		processes of one processor ask for a profile that there is not: "N unheard"
 *	hostile kill N COMMAND...	runs it and kills it as it makes its Nth system call; exit status 1 if it
 *					ended before
 *
 * Each attack is made by a process of its own. Confined, none may come through; unconfined all must, else
 * they prove nothing: so they destroy the engine, and come last.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/control.h"

#define PINS "/sys/fs/bpf/pavise"
#define SECRET "/tmp/secret"

enum { STORM_PROCESSES = 6, ASKERS = 8, NAME_LEN = 256 };

static pid_t daemon_pid;

static int result(long r)
{
	return r < 0 ? -errno : 0;
}

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* --- the engine's objects --- */

static int open_pin(const char *name)
{
	union bpf_attr attr = { .pathname = (uintptr_t)name };

	return bpf(BPF_OBJ_GET, &attr);
}

static int open_pinned_map(void) { return result(open_pin(PINS "/policy")); }
static int open_pinned_link(void) { return result(open_pin(PINS "/link_check_open")); }

/* Opens the object of a kind with the highest number. */
static int open_by_id(enum bpf_cmd next, enum bpf_cmd get)
{
	union bpf_attr attr = { 0 };

	while (!bpf(next, &attr))
		attr = (union bpf_attr){ .start_id = attr.next_id };
	attr = (union bpf_attr){ .map_id = attr.start_id };
	return bpf(get, &attr);
}

static int open_map_by_id(void) { return result(open_by_id(BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID)); }
static int open_program_by_id(void) { return result(open_by_id(BPF_PROG_GET_NEXT_ID, BPF_PROG_GET_FD_BY_ID)); }

static int detach_link_by_id(void)
{
	union bpf_attr attr = { 0 };
	int fd = open_by_id(BPF_LINK_GET_NEXT_ID, BPF_LINK_GET_FD_BY_ID);

	attr.link_detach.link_fd = (uint32_t)fd;
	/* Links of this kind cannot be detached by anyone; whoever has one open got through. */
	return fd < 0 ? -errno : bpf(BPF_LINK_DETACH, &attr) < 0 && errno != EOPNOTSUPP ? -errno : 0;
}

static int unlink_pin(void) { return result(unlink(PINS "/link_check_mkdir")); }
static int rename_pin(void) { return result(rename(PINS "/link_check_rmdir", PINS "/link_x")); }
static int link_pin(void) { return result(link(PINS "/link_check_open", PINS "/link_y")); }
static int open_pin_to_all(void) { return result(chmod(PINS "/policy", 0666)); }
static int give_pin_away(void) { return result(chown(PINS "/policy", 99, 99)); }
static int make_folder_among_pins(void) { return result(mkdir(PINS "/folder", 0700)); }
static int make_symlink_among_pins(void) { return result(symlink("/tmp", PINS "/symlink")); }

static int pin_among_pins(void)
{
	union bpf_attr attr = { .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1 };
	int fd = bpf(BPF_MAP_CREATE, &attr);

	attr = (union bpf_attr){ .pathname = (uintptr_t)PINS "/mine", .bpf_fd = (uint32_t)fd };
	return result(fd < 0 ? fd : bpf(BPF_OBJ_PIN, &attr));
}

/* --- its file system --- */

static int unmount(void) { return result(umount2("/sys/fs/bpf", MNT_DETACH)); }
static int mount_over(void) { return result(mount("t", "/sys/fs/bpf", "tmpfs", 0, NULL)); }
static int mount_over_pins(void) { return result(mount("t", PINS, "tmpfs", 0, NULL)); }
static int mount_read_only(void) { return result(mount(NULL, "/sys/fs/bpf", NULL, MS_REMOUNT | MS_RDONLY, NULL)); }
static int bind_elsewhere(void) { return result(mount("/sys/fs/bpf", "/tmp/m", NULL, MS_BIND, NULL)); }

/* A mount cannot be moved out of a shared one, so its parent becomes private in a namespace of our own. */
static int move_mount_away(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return result(mount("/sys/fs/bpf", "/tmp/m", NULL, MS_MOVE, NULL));
}

static int clone_mount(void)
{
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, "/sys/fs/bpf", OPEN_TREE_CLONE);

	return tree < 0 ? -errno : result(syscall(SYS_move_mount, tree, "", AT_FDCWD, "/tmp/m", MOVE_MOUNT_F_EMPTY_PATH));
}

/* --- its daemon, and other processes --- */

static int trace_daemon(void) { return result(ptrace(PTRACE_SEIZE, daemon_pid, 0, 0)); }
static int kill_daemon(void) { return result(kill(daemon_pid, SIGCONT)); }

static int signal_daemon_by_handle(void)
{
	int fd = (int)syscall(SYS_pidfd_open, daemon_pid, 0);

	return result(fd < 0 ? fd : syscall(SYS_pidfd_send_signal, fd, SIGCONT, NULL, 0));
}

static int take_descriptor_of_daemon(void)
{
	int fd = (int)syscall(SYS_pidfd_open, daemon_pid, 0);

	return result(fd < 0 ? fd : syscall(SYS_pidfd_getfd, fd, 2, 0));
}

static int open_memory_of_daemon(void)
{
	char path[NAME_LEN];

	snprintf(path, sizeof(path), "/proc/%d/mem", daemon_pid);
	return result(open(path, O_RDWR));
}

/* An address that is not mapped there: who may ask is told so. */
static int write_into_daemon(void)
{
	char byte = 0;
	struct iovec mine = { &byte, 1 }, theirs = { (void *)16, 1 };
	long r = process_vm_writev(daemon_pid, &mine, 1, &theirs, 1, 0);

	return r < 0 && errno != EFAULT ? -errno : 0;
}

static int write_attr(pid_t pid, const char *file, const char *text)
{
	char path[NAME_LEN];
	int fd, r;

	snprintf(path, sizeof(path), "/proc/%d/attr/%s", pid, file);
	fd = open(path, O_WRONLY);
	r = result(fd < 0 ? fd : write(fd, text, strlen(text)));
	close(fd);
	return r;
}

static int write_attr_of_daemon(void)
{
	/* Nobody may write another's; opening is what a profile can forbid. */
	int r = write_attr(daemon_pid, "current", "changeprofile jail");

	return r == -EACCES ? -EACCES : 0;
}

/* --- the kernel --- */

static int insert_module(void)
{
	char text[64] = "no module";
	long r = syscall(SYS_init_module, text, sizeof(text), "");

	return r < 0 && errno != ENOEXEC ? -errno : 0;
}

static int insert_module_file(void)
{
	int fd = memfd_create("module", 0);
	long r = fd < 0 ? fd : syscall(SYS_finit_module, fd, "", 0);

	return r < 0 && errno != ENOEXEC && errno != EINVAL ? -errno : 0;
}

static int replace_kernel(void) { return result(syscall(SYS_kexec_load, 0, 0, NULL, 0)); }
static int open_kernel_memory(void) { return result(open("/dev/mem", O_RDONLY)); }
static int drive_ports(void) { return result(iopl(3)); }

static int start_program(void)
{
	int fd = open("/proc/sys/kernel/core_pattern", O_WRONLY);

	return result(fd < 0 ? fd : write(fd, "core", 4));
}

/* --- the secret, by other ways --- */

static int read_secret(void)
{
	char byte;
	int fd = open(SECRET, O_RDONLY);

	return result(fd < 0 ? fd : read(fd, &byte, 1));
}

static int in_new_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? -errno : read_secret();
}

static int by_another_root(void)
{
	if (chroot("/tmp") < 0)
		return -errno;
	return result(open("/secret", O_RDONLY));
}

static int by_working_folder(void)
{
	if (chdir("/tmp") < 0)
		return -errno;
	return result(open("./m/../secret", O_RDONLY));
}

static int by_hard_link(void)
{
	if (link(SECRET, "/tmp/mine/link") < 0)
		return -errno;
	return result(open("/tmp/mine/link", O_RDONLY));
}

static int by_symlink(void)
{
	unlink("/tmp/mine/symlink");
	if (symlink(SECRET, "/tmp/mine/symlink") < 0)
		return 0; /* not what is asked here: it has to be possible */
	return result(open("/tmp/mine/symlink", O_RDONLY));
}

static int by_bind_mount(void)
{
	if (mount(SECRET, "/tmp/mine/file", NULL, MS_BIND, NULL) < 0)
		return -errno;
	return result(open("/tmp/mine/file", O_RDONLY));
}

static int by_rename(void) { return result(rename(SECRET "2", "/tmp/mine/renamed")); }

static int by_handle(void)
{
	struct file_handle *h = calloc(1, sizeof(*h) + MAX_HANDLE_SZ);
	int mount_id, fd = open("/tmp", O_RDONLY | O_DIRECTORY);

	h->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(AT_FDCWD, SECRET, h, &mount_id, 0) < 0)
		return -errno;
	return result(open_by_handle_at(fd, h, O_RDONLY));
}

static int by_init_folder(void) { return result(open("/proc/1/root" SECRET, O_RDONLY)); }

struct ring {
	int fd;
	struct io_uring_params p;
	struct io_uring_sqe *sqe;
	char *sq, *cq;
	uint32_t n;			/* requests so far */
};

static int ring_open(struct ring *r)
{
	*r = (struct ring){ 0 };
	r->fd = (int)syscall(SYS_io_uring_setup, 1, &r->p);
	if (r->fd < 0)
		return -errno;
	r->sq = mmap(NULL, r->p.sq_off.array + 4, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQ_RING);
	r->cq = mmap(NULL, r->p.cq_off.cqes + r->p.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
		     MAP_SHARED, r->fd, IORING_OFF_CQ_RING);
	r->sqe = mmap(NULL, sizeof(*r->sqe), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->cq == MAP_FAILED || r->sqe == MAP_FAILED ? -errno : 0;
}

/* One request, to open the secret, and its answer. Asynchronous: a thread of the kernel's opens it. */
static int ring_open_secret(struct ring *r, bool is_asynchronous)
{
	struct io_uring_cqe *cqe;

	*r->sqe = (struct io_uring_sqe){ .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)SECRET,
					 .flags = is_asynchronous ? IOSQE_ASYNC : 0 };
	*(uint32_t *)(r->sq + r->p.sq_off.array) = 0;
	__atomic_store_n((uint32_t *)(r->sq + r->p.sq_off.tail), ++r->n, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	cqe = (struct io_uring_cqe *)(r->cq + r->p.cq_off.cqes) + (r->n - 1) % r->p.cq_entries;
	__atomic_store_n((uint32_t *)(r->cq + r->p.cq_off.head), r->n, __ATOMIC_RELEASE);
	return cqe->res < 0 ? cqe->res : 0;
}

static int by_ring(void)
{
	struct ring r;
	int error = ring_open(&r);

	return error ? error : ring_open_secret(&r, false);
}

static int by_worker(void)
{
	struct ring r;
	int error = ring_open(&r);

	return error ? error : ring_open_secret(&r, true);
}

static const struct attack {
	const char *name;
	int (*try)(void);
} attacks[] = {
	{ "read-secret", read_secret },
	{ "in-new-user-namespace", in_new_user_namespace },
	{ "by-another-root", by_another_root },
	{ "by-working-folder", by_working_folder },
	{ "by-hard-link", by_hard_link },
	{ "by-symlink", by_symlink },
	{ "by-bind-mount", by_bind_mount },
	{ "by-rename", by_rename },
	{ "by-handle", by_handle },
	{ "by-init-folder", by_init_folder },
	{ "by-ring", by_ring },
	{ "by-worker", by_worker },
	{ "trace-daemon", trace_daemon },
	{ "kill-daemon", kill_daemon },
	{ "signal-daemon-by-handle", signal_daemon_by_handle },
	{ "take-descriptor-of-daemon", take_descriptor_of_daemon },
	{ "open-memory-of-daemon", open_memory_of_daemon },
	{ "write-into-daemon", write_into_daemon },
	{ "write-attr-of-daemon", write_attr_of_daemon },
	{ "insert-module", insert_module },
	{ "insert-module-file", insert_module_file },
	{ "replace-kernel", replace_kernel },
	{ "open-kernel-memory", open_kernel_memory },
	{ "drive-ports", drive_ports },
	{ "start-program", start_program },
	{ "open-pinned-map", open_pinned_map },
	{ "open-pinned-link", open_pinned_link },
	{ "open-map-by-id", open_map_by_id },
	{ "open-program-by-id", open_program_by_id },
	{ "detach-link-by-id", detach_link_by_id },
	{ "link-pin", link_pin },
	{ "open-pin-to-all", open_pin_to_all },
	{ "give-pin-away", give_pin_away },
	{ "make-folder-among-pins", make_folder_among_pins },
	{ "make-symlink-among-pins", make_symlink_among_pins },
	{ "pin-among-pins", pin_among_pins },
	{ "unlink-pin", unlink_pin },
	{ "rename-pin", rename_pin },
	{ "bind-elsewhere", bind_elsewhere },
	{ "clone-mount", clone_mount },
	{ "move-mount-away", move_mount_away },
	{ "mount-read-only", mount_read_only },
	{ "mount-over-pins", mount_over_pins },
	{ "mount-over", mount_over },
	{ "unmount", unmount },
};

static int run_attacks(void)
{
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			_exit(-attacks[i].try());
		waitpid(pid, &status, 0);
		printf("%s %s\n", attacks[i].name,
		       !WIFEXITED(status) ? "killed" : WEXITSTATUS(status) ? strerrorname_np(WEXITSTATUS(status)) : "ok");
	}
	return 0;
}

/* --- races --- */

/* Turns FOLDER/flip from FOLDER/open to the secret and back until it is ended. */
static void turn_over(const char *folder)
{
	char flip[NAME_LEN], new[NAME_LEN], harmless[NAME_LEN];

	snprintf(flip, sizeof(flip), "%s/flip", folder);
	snprintf(new, sizeof(new), "%s/flip.new", folder);
	snprintf(harmless, sizeof(harmless), "%s/open", folder);
	unlink(new);
	for (bool to_secret = false;; to_secret = !to_secret) {
		if (symlink(to_secret ? SECRET : harmless, new) < 0 || rename(new, flip) < 0)
			_exit(1);
	}
}

static int flip(const char *folder, long n)
{
	long n_read = 0, n_refused = 0, n_leaked = 0;
	char path[NAME_LEN], text[16];
	pid_t pid = fork();

	if (!pid)
		turn_over(folder);
	snprintf(path, sizeof(path), "%s/flip", folder);
	for (long i = 0; i < n; i++) {
		int fd = open(path, O_RDONLY);
		ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text));

		n_refused += fd < 0;
		n_read += len > 0;
		n_leaked += len > 0 && text[0] == 's';
		if (fd >= 0)
			close(fd);
		sched_yield();
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("%s %ld\n", n_read && n_refused ? "both-seen" : "one-seen", n_leaked);
	return 0;
}

/* --- storms --- */

static void wrong(const char *what, const char *name, int error)
{
	printf("wrong: %s %s %s\n", what, name, strerrorname_np(error));
	fflush(stdout);
}

/* One round of calls with names that only this process uses; false: one was answered wrongly. */
static bool storm_round(const char *folder, int number, unsigned round)
{
	char mine[NAME_LEN], other[NAME_LEN];
	int fd;

	snprintf(mine, sizeof(mine), "%s/allowed/%0*d-%u", folder, 1 + number * 30, number, round % 5);
	snprintf(other, sizeof(other), "%s/denied/%0*d-%u", folder, 1 + number * 30, number, round % 5);
	fd = open(mine, O_RDWR | O_CREAT, 0600);
	if (fd < 0)
		return wrong("refused", mine, errno), false;
	close(fd);
	if (unlink(mine) < 0)
		return wrong("refused", mine, errno), false;
	fd = open(other, O_RDWR | O_CREAT, 0600);
	if (fd >= 0)
		return wrong("allowed", other, 0), false;
	if (errno != EACCES)
		return wrong("refused", other, errno), false;
	return true;
}

static int storm(const char *folder, long seconds)
{
	time_t end = time(NULL) + seconds;
	int n_bad = 0, status;

	for (int i = 0; i < STORM_PROCESSES; i++) {
		unsigned round = 0;
		bool is_good = true;

		if (fork())
			continue;
		/* Labels come and go: each round is another process's. */
		while (is_good && time(NULL) < end) {
			pid_t pid = fork();

			if (!pid)
				_exit(!storm_round(folder, i, round));
			waitpid(pid, &status, 0);
			is_good = status == 0;
			round++;
		}
		printf("%u rounds\n", round);
		fflush(stdout);
		_exit(!is_good);
	}
	while (wait(&status) > 0)
		n_bad += status != 0;
	printf("%d bad\n", n_bad);
	return n_bad != 0;
}

static int born(long n, bool executes)
{
	while (n--) {
		int status;
		pid_t pid = fork();

		if (!pid) {
			if (executes)
				execl("/proc/self/exe", "hostile", "nothing", NULL);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
			return 1;
	}
	return 0;
}

static int deny(long n)
{
	while (n--)
		if (open(SECRET, O_RDONLY) >= 0 || errno != EACCES)
			return 1;
	return 0;
}

/* The kernel's own answer, EINVAL, is that of one without the engine. */
static bool is_heard(void)
{
	struct control_request r = { .version = CONTROL_VERSION, .verb = CONTROL_CHANGE_PROFILE };

	r.name_len = (uint32_t)snprintf(r.name, sizeof(r.name), "%0*d", CONTROL_NAME_MAX - 1, 0);
	while (prctl(CONTROL_PRCTL, &r, sizeof(r), 0, 0) < 0 && errno == EAGAIN)
		sched_yield();
	return errno == ENOENT;
}

/* So it is for AppArmor's library, which asks once. */
static bool is_heard_by_file(void)
{
	return write_attr(getpid(), "current", "changeprofile nowhere") == -ENOENT;
}

static int ask(long seconds)
{
	time_t end = time(NULL) + seconds;
	int n_unheard = 0, status;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	for (int i = 0; i < ASKERS; i++) {
		bool is_good = true;

		if (fork())
			continue;
		while (is_good && time(NULL) < end)
			is_good = is_heard() && is_heard_by_file();
		_exit(!is_good);
	}
	while (wait(&status) > 0)
		n_unheard += status != 0;
	printf("%d unheard\n", n_unheard);
	return n_unheard != 0;
}

static const char *name_of(int error)
{
	return error ? strerrorname_np(-error) : "ok";
}

/* A worker that was there before the profile was changed, and before its process got credentials of its own. */
static int change(const char *name)
{
	struct control_request c = { .version = CONTROL_VERSION, .verb = CONTROL_CHANGE_PROFILE };
	struct ring r;
	int error = ring_open(&r);

	if (error)
		return 1;
	printf("%s ", name_of(ring_open_secret(&r, true)));
	prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
	c.name_len = (uint32_t)snprintf(c.name, sizeof(c.name), "%s", name);
	if (prctl(CONTROL_PRCTL, &c, sizeof(c), 0, 0) < 0)
		return printf("%s\n", strerrorname_np(errno)), 1;
	printf("%s\n", name_of(ring_open_secret(&r, true)));
	return 0;
}

/* --- killed at each step --- */

static int run_and_kill(long n, char **argv)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
	for (int signal = 0; n;) {
		ptrace(PTRACE_SYSCALL, pid, 0, signal);
		waitpid(pid, &status, 0);
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return 1;
		/* Stops at the beginning of a call and at its end. */
		n -= WSTOPSIG(status) == (SIGTRAP | 0x80);
		signal = WSTOPSIG(status) & 0x80 || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
	}
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	long n = argc > 2 ? atol(argv[argc - 1]) : 0;

	if (!strcmp(what, "nothing"))
		return 0;
	if (!strcmp(what, "attack") && argc == 3) {
		daemon_pid = (pid_t)n;
		return run_attacks();
	}
	if (!strcmp(what, "flip") && argc == 4)
		return flip(argv[2], n);
	if (!strcmp(what, "storm") && argc == 4)
		return storm(argv[2], n);
	if (!strcmp(what, "fork") || !strcmp(what, "exec"))
		return born(n, what[0] == 'e');
	if (!strcmp(what, "deny"))
		return deny(n);
	if (!strcmp(what, "ask"))
		return ask(n);
	if (!strcmp(what, "change") && argc == 3)
		return change(argv[2]);
	if (!strcmp(what, "kill") && argc > 3)
		return run_and_kill(atol(argv[2]), argv + 3);
	fprintf(stderr, "hostile: what?\n");
	return 2;
}
