/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats nothing, gives a line "OPERATION COST" for each of the operations below: the guest instructions
 * of one, the median of ROUNDS rounds. In a machine that runs with -icount shift=0 the time stamp
 * counter counts instructions; anywhere else the figures are ticks.
 *
 * usage: kernel_ops confined|free [OPERATION]   the first word says what it is to be: it is checked
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* 70 bytes, as a file below somebody's home would be. */
#define FOLDER "/bench/data/home/somebody/.local/share/application/cache/objects"
#define FILE_THERE FOLDER "/there"
#define FILE_NEW FOLDER "/fresh"
#define FILE_MOVED FOLDER "/moved"
#define DENIED "/bench/denied"
#define LINKED "/bench/linked"	/* this program, linked dynamically */

enum { ROUNDS = 15, DEEP_LEN = 1000 };

static const char *self;
static char deep[DEEP_LEN + 1];		/* a path of that many bytes */
static int fd, pair[2], datagram, receiver;
static struct sockaddr_in somewhere = { .sin_family = AF_INET };
static struct sockaddr_in anywhere = { .sin_family = AF_INET };

static void check(long r, const char *what)
{
	if (r < 0) {
		perror(what);
		exit(1);
	}
}

static uint64_t now(void)
{
	return __builtin_ia32_rdtsc();
}

static void op_open(void)
{
	int f = open(FILE_THERE, O_RDONLY | O_CLOEXEC);

	check(f, "open");
	close(f);
}

static void op_open_deep(void)
{
	int f = open(deep, O_RDONLY | O_CLOEXEC);

	check(f, "open deep");
	close(f);
}

static void op_stat(void)
{
	struct stat st;

	check(stat(FILE_THERE, &st), "stat");
}

static void op_create(void)
{
	int f = open(FILE_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	check(f, "create");
	close(f);
	check(unlink(FILE_NEW), "unlink");
}

static void op_rename(void)
{
	check(rename(FILE_THERE, FILE_MOVED), "rename");
	check(rename(FILE_MOVED, FILE_THERE), "rename");
}

static void op_read(void)
{
	char c;

	check(pread(fd, &c, 1, 0), "read");
}

static void op_write(void)
{
	check(pwrite(fd, "x", 1, 0), "write");
}

static void op_socket(void)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(s, "socket");
	close(s);
}

static void op_bind(void)
{
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	check(s, "socket");
	check(bind(s, (struct sockaddr *)&anywhere, sizeof(anywhere)), "bind");
	close(s);
}

static void op_connect(void)
{
	check(connect(datagram, (struct sockaddr *)&somewhere, sizeof(somewhere)), "connect");
}

static void op_send(void)
{
	char c = 'x';
	struct iovec part = { &c, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	check(sendmsg(datagram, &m, 0), "sendmsg");
	check(recvmsg(receiver, &m, 0), "recvmsg");
}

static void op_send_unix(void)
{
	char c = 'x';
	struct iovec part = { &c, 1 };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };

	check(sendmsg(pair[0], &m, 0), "sendmsg");
	check(recvmsg(pair[1], &m, 0), "recvmsg");
}

static void op_socketpair(void)
{
	int both[2];

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both), "socketpair");
	close(both[0]);
	close(both[1]);
}

static void wait_for(pid_t pid)
{
	int status;

	check(pid, "fork");
	check(waitpid(pid, &status, 0), "waitpid");
	if (status) {
		fprintf(stderr, "a child ended with status %d\n", status);
		exit(1);
	}
}

static void op_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	wait_for(pid);
}

static void execute(const char *program)
{
	pid_t pid = vfork();

	if (!pid) {
		execl(program, program, "nothing", NULL);
		_exit(errno);
	}
	wait_for(pid);
}

static void op_exec(void)
{
	execute(self);
}

/* As most programs are: the loader opens, reads, asks about and maps libraries. */
static void op_exec_linked(void)
{
	execute(LINKED);
}

static const struct operation {
	const char *name;
	void (*run)(void);
	int n;				/* in a round */
} operations[] = {
	{ "open+close", op_open, 200 },
	{ "open+close-1000", op_open_deep, 100 },
	{ "stat", op_stat, 200 },
	{ "create+unlink", op_create, 100 },
	{ "rename", op_rename, 50 },
	{ "read", op_read, 200 },
	{ "write", op_write, 200 },
	{ "socket+close", op_socket, 100 },
	{ "socket+bind+close", op_bind, 100 },
	{ "connect", op_connect, 100 },
	{ "sendmsg+recvmsg", op_send, 100 },
	{ "unix-sendmsg+recvmsg", op_send_unix, 100 },
	{ "unix-socketpair", op_socketpair, 100 },
	{ "fork+exit", op_fork, 20 },
	{ "fork+exec+exit", op_exec, 20 },
	{ "fork+exec-linked+exit", op_exec_linked, 20 },
};

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* One round before those that count warms what the kernel keeps. */
static uint64_t measure(const struct operation *op)
{
	uint64_t rounds[ROUNDS + 1];

	for (int r = 0; r <= ROUNDS; r++) {
		uint64_t start = now();

		for (int i = 0; i < op->n; i++)
			op->run();
		rounds[r] = (now() - start) / (uint64_t)op->n;
	}
	qsort(rounds + 1, ROUNDS, sizeof(*rounds), compare);
	return rounds[1 + ROUNDS / 2];
}

static void make_folders(char *path)
{
	for (char *c = path + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		if (mkdir(path, 0755) < 0 && errno != EEXIST)
			check(-1, path);
		*c = '/';
	}
}

static void make_file(const char *path)
{
	int f = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	check(f, path);
	check(write(f, "x", 1), path);
	close(f);
}

static void prepare(void)
{
	char path[] = FILE_THERE;
	int len = snprintf(deep, sizeof(deep), "/bench/data");

	while (len < DEEP_LEN - 40)
		len += snprintf(deep + len, sizeof(deep) - (size_t)len, "/deeper-and-deeper");
	snprintf(deep + len, sizeof(deep) - (size_t)len, "/%0*d", DEEP_LEN - len - 1, 0);
	make_folders(path);
	make_folders(deep);
	make_file(path);
	make_file(deep);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd, path);
}

static void prepare_sockets(void)
{
	socklen_t len = sizeof(somewhere);

	somewhere.sin_addr.s_addr = anywhere.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	receiver = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	check(bind(receiver, (struct sockaddr *)&anywhere, sizeof(anywhere)), "bind");
	check(getsockname(receiver, (struct sockaddr *)&somewhere, &len), "getsockname");
	datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	op_connect();
	check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), "socketpair");
}

/* A figure of a process that is not what it is said to be would be worth nothing. */
static void check_confinement(const char *wanted)
{
	int f = open(DENIED, O_RDONLY | O_CLOEXEC);

	if (f < 0 && errno != EACCES)
		check(-1, DENIED);
	if ((f < 0) != !strcmp(wanted, "confined")) {
		fprintf(stderr, "kernel_ops: this process is not %s\n", wanted);
		exit(1);
	}
	if (f >= 0)
		close(f);
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "nothing"))
		return 0;
	if (argc < 2) {
		fprintf(stderr, "usage: kernel_ops confined|free [OPERATION]\n");
		return 2;
	}
	self = argv[0];
	check_confinement(argv[1]);
	prepare();
	prepare_sockets();
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++) {
		const struct operation *op = &operations[i];

		if (argc == 2 || !strcmp(argv[2], op->name))
			printf("%s %llu\n", op->name, (unsigned long long)measure(op));
	}
	return 0;
}
