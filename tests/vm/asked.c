/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the engine remembers of sockets is led up the garden path: a socket is used until its use is known to
 * be allowed, and then something changes that the answer depends on: the peer, the socket's names, who uses
 * it, the policy, who has the peer's name. Run unconfined where /asked.aa is in force; /asked-less.aa
 * takes what "asker" may send to. Prints "ok WHAT" or "FAILED WHAT".
 */
#include "abi/control.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	YES = 4901, NO = 4902,		/* ports that "asker" may and may not send to */
	MINE = 4903, OTHER = 4904,	/* own ports: likewise */
	MANY = 5000,			/* and the next thousand: it may send to all of them */
	N_MANY = 1000,
	USES = 3,			/* often enough to be remembered */
	CROWD = 1500,			/* pairs of sockets: more than find a place each */
	RACE_S = 3,
};

static void must(int r, const char *what)
{
	if (r < 0) {
		printf("FAILED %s: %s\n", what, strerror(errno));
		exit(1);
	}
}

static void become(const char *profile)
{
	struct control_request r = { .version = CONTROL_VERSION, .verb = CONTROL_CHANGE_PROFILE };

	r.name_len = (uint32_t)snprintf(r.name, sizeof(r.name), "%s", profile);
	must((int)syscall(SYS_prctl, (long)CONTROL_PRCTL, &r, sizeof(r), 0l, 0l), profile);
}

static struct sockaddr_in at_port(int port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				     .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

static int inet_socket(int own_port)
{
	struct sockaddr_in own = at_port(own_port);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	must(fd, "socket");
	if (own_port)
		must(bind(fd, (struct sockaddr *)&own, sizeof(own)), "bind");
	return fd;
}

static void inet_connect(int fd, int port)
{
	struct sockaddr_in peer = at_port(port);

	must(connect(fd, (struct sockaddr *)&peer, sizeof(peer)), "connect");
}

/* What was sent is allowed, whatever became of it. */
static bool is_let(ssize_t r)
{
	if (r < 0 && errno != EACCES && errno != ECONNREFUSED && errno != EAGAIN)
		must(-1, "send");
	return r >= 0 || errno != EACCES;
}

static bool is_sent(int fd)
{
	return is_let(send(fd, "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static bool is_sent_to(int fd, int port)
{
	struct sockaddr_in peer = at_port(port);

	return is_let(sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&peer, sizeof(peer)));
}

static bool is_always_sent(int fd, bool wanted)
{
	for (int i = 0; i < USES; i++)
		if (is_sent(fd) != wanted)
			return false;
	return true;
}

static socklen_t name_of(struct sockaddr_un *a, const char *name)
{
	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(a->sun_path + 1, name);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name));
}

static bool is_always_sent_to(int fd, const char *name, bool wanted)
{
	struct sockaddr_un a;
	socklen_t len = name_of(&a, name);

	for (int i = 0; i < USES; i++)
		if (is_let(sendto(fd, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&a, len)) != wanted)
			return false;
	return true;
}

static bool unix_connect(int fd, const char *name)
{
	struct sockaddr_un a;

	if (!connect(fd, (struct sockaddr *)&a, name_of(&a, name)))
		return true;
	if (errno != EACCES)
		must(-1, "connect");
	return false;
}

/* A process with a socket of that name, made under the profile. */
static pid_t owner(const char *profile, int type, const char *name)
{
	struct sockaddr_un a;
	int ready[2], fd;
	char byte;
	pid_t pid;

	must(pipe(ready), "pipe");
	pid = fork();
	if (pid) {
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			must(-1, name);
		close(ready[0]);
		return pid;
	}
	become(profile);
	fd = socket(AF_UNIX, type, 0);
	must(fd, "owner's socket");
	must(bind(fd, (struct sockaddr *)&a, name_of(&a, name)), "owner's bind");
	if (type != SOCK_DGRAM)
		must(listen(fd, 8), "owner's listen");
	must((int)write(ready[1], "x", 1), "owner's word");
	pause();
	_exit(0);
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* ---- each in a process of its own ---- */

static bool reconnects(void)
{
	int fd;

	become("asker");
	fd = inet_socket(0);
	inet_connect(fd, YES);
	if (!is_always_sent(fd, true))
		return false;
	inet_connect(fd, NO);
	if (!is_always_sent(fd, false))
		return false;
	inet_connect(fd, YES);
	return is_always_sent(fd, true);
}

static bool disconnects(void)
{
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	int fd;

	become("asker");
	fd = inet_socket(0);
	inet_connect(fd, YES);
	if (!is_always_sent(fd, true))
		return false;
	must(connect(fd, &none, sizeof(none)), "disconnect");
	return is_always_sent(fd, false);
}

static bool sends_to_many(void)
{
	int fd;

	become("asker");
	fd = inet_socket(0);
	for (int i = 0; i < USES; i++)
		if (!is_sent_to(fd, YES) || is_sent_to(fd, NO) || !is_sent_to(fd, MANY + i))
			return false;
	return true;
}

static bool has_other_address(void)
{
	int mine, other;

	become("bound");
	mine = inet_socket(MINE);
	other = inet_socket(OTHER);
	inet_connect(mine, YES);
	inet_connect(other, YES);
	return is_always_sent(mine, true) && is_always_sent(other, false) && is_always_sent(mine, true);
}

static bool is_used_by_stricter(int fd)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		become("stricter");
		_exit(!is_always_sent(fd, false));
	}
	waitpid(pid, &status, 0);
	return !status && is_always_sent(fd, true);
}

static bool passes_on(void)
{
	int fd;

	become("asker");
	fd = inet_socket(0);
	inet_connect(fd, YES);
	return is_always_sent(fd, true) && is_used_by_stricter(fd);
}

static bool passes_unix_on(void)
{
	int both[2];

	become("asker");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, both), "socketpair");
	return is_always_sent(both[0], true) && is_used_by_stricter(both[0]);
}

/* Stops until the policy is another one, twice. */
static bool outlives_policy(void)
{
	int fd, both[2];

	become("asker");
	fd = inet_socket(0);
	inet_connect(fd, YES);
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, both), "socketpair");
	for (int i = 0; i < USES; i++) {
		bool is_allowed = i != 1;

		if (!is_always_sent(fd, is_allowed) || !is_always_sent(both[0], is_allowed))
			return false;
		if (i < USES - 1)
			raise(SIGSTOP);
	}
	return true;
}

static bool sends_to_names(void)
{
	pid_t yes = owner("friend", SOCK_DGRAM, "yes"), no = owner("stranger", SOCK_DGRAM, "no");
	bool is_right;
	int fd;

	become("asker");
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	must(fd, "socket");
	is_right = is_always_sent_to(fd, "yes", true) && is_always_sent_to(fd, "no", false) &&
		   is_always_sent_to(fd, "yes", true) && unix_connect(fd, "yes") &&
		   is_always_sent(fd, true) && !unix_connect(fd, "no") && is_always_sent_to(fd, "no", false);
	end(yes);
	end(no);
	return is_right;
}

/* Tells of each byte that comes whether the one who has the name may be sent to. */
static _Noreturn void ask_by_turns(int type, int turns, int answers)
{
	int fd = -1;
	char byte;

	become("asker");
	while (read(turns, &byte, 1) == 1) {
		bool is_let;

		if (fd < 0 || type != SOCK_DGRAM)
			fd = socket(AF_UNIX, type, 0);
		must(fd, "socket");
		if (type == SOCK_DGRAM)
			is_let = is_always_sent_to(fd, "name", true);
		else
			is_let = unix_connect(fd, "name") && is_always_sent(fd, true);
		if (type != SOCK_DGRAM)
			close(fd);
		must((int)write(answers, is_let ? "y" : "n", 1), "answer");
	}
	_exit(0);
}

/* The name stays the same; whose it is changes. */
static bool has_new_owner(int type)
{
	static const char *const owners[] = { "friend", "stranger", "friend", "stranger" };
	int turns[2], answers[2];
	bool is_right = true;
	pid_t asker;
	char byte;

	must(pipe(turns), "pipe");
	must(pipe(answers), "pipe");
	asker = fork();
	if (!asker)
		ask_by_turns(type, turns[0], answers[1]);
	for (size_t i = 0; i < sizeof(owners) / sizeof(*owners); i++) {
		pid_t pid = owner(owners[i], type, "name");

		must((int)write(turns[1], "?", 1), "turn");
		if (read(answers[0], &byte, 1) != 1 || byte != (i % 2 ? 'n' : 'y'))
			is_right = false;
		end(pid);
	}
	end(asker);
	return is_right;
}

static bool is_replaced(void) { return has_new_owner(SOCK_DGRAM); }
static bool is_replaced_stream(void) { return has_new_owner(SOCK_STREAM); }
static bool is_replaced_seqpacket(void) { return has_new_owner(SOCK_SEQPACKET); }

/* The one has no name, and then it has one. */
static bool gets_name(void)
{
	struct sockaddr_un a;
	int both[2];

	become("nameless");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, both), "socketpair");
	if (!is_always_sent(both[0], true))
		return false;
	must(bind(both[0], (struct sockaddr *)&a, name_of(&a, "named")), "bind");
	if (!is_always_sent(both[0], false) || !is_always_sent(both[1], false))
		return false;
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, both), "socketpair");
	return is_always_sent(both[0], true);
}

static int crowd[CROWD][2];

static void gather_crowd(void)
{
	for (int i = 0; i < CROWD; i++)
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, crowd[i]), "socketpair");
}

static void disperse_crowd(void)
{
	for (int i = 0; i < CROWD; i++) {
		close(crowd[i][0]);
		close(crowd[i][1]);
	}
}

static bool is_crowd_sent(bool wanted)
{
	for (int i = 0; i < CROWD; i++)
		if (is_sent(crowd[i][0]) != wanted)
			return false;
	return true;
}

/* Labels of many sockets, that come, go, and leave their memory to sockets of other labels. */
static bool is_crowd(void)
{
	struct rlimit many = { 3 * CROWD, 3 * CROWD };

	must(setrlimit(RLIMIT_NOFILE, &many), "setrlimit");
	gather_crowd();
	disperse_crowd();
	become("asker");
	gather_crowd();
	if (!is_crowd_sent(true))
		return false;
	become("stricter");
	if (!is_crowd_sent(false))
		return false;
	disperse_crowd();
	gather_crowd();
	become("asker");
	if (!is_crowd_sent(false))
		return false;
	disperse_crowd();
	gather_crowd();
	return is_crowd_sent(true);
}

/* While one has the same places written again and again, the other asks for what is denied. */
static bool races(void)
{
	bool is_right = true;
	time_t end_at;
	pid_t pid;
	int fd;

	become("asker");
	fd = inet_socket(0);
	pid = fork();
	for (int i = 0; !pid; i++)
		is_sent_to(fd, MANY + i % N_MANY);
	end_at = time(NULL) + RACE_S;
	for (int i = 0; is_right && time(NULL) < end_at; i++)
		is_right = !is_sent_to(fd, NO) && !is_sent_to(fd, MANY + N_MANY + i % N_MANY) &&
			   is_sent_to(fd, MANY + i % N_MANY);
	end(pid);
	return is_right;
}

static const struct claim {
	const char *what;
	bool (*does)(void);
} claims[] = {
	{ "connected to another peer", reconnects },
	{ "connected to none", disconnects },
	{ "datagrams to many peers", sends_to_many },
	{ "another own address", has_other_address },
	{ "a socket that is passed on", passes_on },
	{ "a unix socket that is passed on", passes_unix_on },
	{ "another policy", outlives_policy },
	{ "unix datagrams to two peers", sends_to_names },
	{ "a name of another owner", is_replaced },
	{ "a stream to another owner", is_replaced_stream },
	{ "packets to another owner", is_replaced_seqpacket },
	{ "a socket that gets a name", gets_name },
	{ "a crowd of sockets", is_crowd },
	{ "questions at once", races },
};

/* Whoever stops wants another policy. */
static bool hold(const struct claim *c)
{
	int status, n_stops = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(!c->does());
	while (waitpid(pid, &status, WUNTRACED) == pid && WIFSTOPPED(status)) {
		int r = system(n_stops++ % 2 ? "pavise load -q /asked.aa" :
					      "pavise load -q /asked-less.aa");

		if (r)
			printf("FAILED load\n");
		kill(pid, SIGCONT);
	}
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

int main(void)
{
	bool is_good = true;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; i < sizeof(claims) / sizeof(*claims); i++) {
		bool holds = hold(&claims[i]);

		printf("%s %s\n", holds ? "ok" : "FAILED", claims[i].what);
		is_good &= holds;
	}
	return !is_good;
}
