/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on message queues of both kinds. */
#ifndef DRIVE_QUEUE_H
#define DRIVE_QUEUE_H

#include <mqueue.h>
#include <sys/msg.h>

/* Makes a queue under a profile, "-" for none: its label. */
static void make_queue(const char *maker, int (*make)(const char *name), const char *name)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (strcmp(maker, "-") && change_profile(maker) < 0)
			say("no maker ");
		if (make(name) < 0)
			say("not made ");
		_exit(0);
	}
	waitpid(pid, &status, 0);
}

static int make_posix(const char *name)
{
	mq_unlink(name);
	return mq_open(name, O_CREAT | O_EXCL | O_RDWR, 0666, NULL);
}

static int make_sysv(const char *name)
{
	int old = msgget(atoi(name), 0);

	if (old >= 0)
		msgctl(old, IPC_RMID, NULL);
	return msgget(atoi(name), IPC_CREAT | IPC_EXCL | 0666);
}

/* mq MAKER NAME r|w|rw|unlink|list: a queue that is there */
static void prepare_mq(struct task *t) { make_queue(t->words[1], make_posix, t->words[2]); }

static int op_mq(struct task *t)
{
	const char *how = t->words[3];
	char path[64];

	snprintf(path, sizeof(path), "/dev/mqueue%s", t->words[2]);
	if (!strcmp(how, "unlink"))
		return done(mq_unlink(t->words[2]));
	if (!strcmp(how, "remove"))
		return done(unlink(path));
	if (!strcmp(how, "path"))
		return done(open(path, O_RDONLY));
	return done(mq_open(t->words[2], (!strcmp(how, "rw") ? O_RDWR : how[0] == 'w' ? O_WRONLY : O_RDONLY) |
						 O_NONBLOCK));
}

/* mq-make NAME r|w|rw: a new one */
static void prepare_mq_make(struct task *t) { mq_unlink(t->words[1]); }

static int op_mq_make(struct task *t)
{
	const char *how = t->words[2];

	return done(mq_open(t->words[1], O_CREAT | O_EXCL |
			    (!strcmp(how, "rw") ? O_RDWR : how[0] == 'w' ? O_WRONLY : O_RDONLY), 0666, NULL));
}

/* msg MAKER KEY find|send|take|stat|set|remove; all but the first use the number, not the key */
static void prepare_msg(struct task *t)
{
	struct { long type; char text[1]; } m = { 1, "x" };

	make_queue(t->words[1], make_sysv, t->words[2]);
	t->fd = msgget(atoi(t->words[2]), 0);
	if (t->fd < 0 || msgsnd(t->fd, &m, 1, 0) < 0)
		say("not filled ");
}

static int op_msg(struct task *t)
{
	struct { long type; char text[1]; } m = { 1, "x" };
	struct msqid_ds ds;
	const char *how = t->words[3];

	if (!strcmp(how, "find"))
		return done(msgget(atoi(t->words[2]), 0));
	if (!strcmp(how, "send"))
		return done(msgsnd(t->fd, &m, 1, IPC_NOWAIT));
	if (!strcmp(how, "take"))
		return done(msgrcv(t->fd, &m, 1, 0, IPC_NOWAIT));
	if (!strcmp(how, "stat"))
		return done(msgctl(t->fd, IPC_STAT, &ds));
	if (!strcmp(how, "info"))
		return done(msgctl(0, IPC_INFO, &ds));
	if (!strcmp(how, "remove"))
		return done(msgctl(t->fd, IPC_RMID, NULL));
	memset(&ds, 0, sizeof(ds));
	ds.msg_perm.mode = 0666;
	ds.msg_qbytes = 1024;
	return strcmp(how, "set") ? -ENOSYS : done(msgctl(t->fd, IPC_SET, &ds));
}

/* msg-make KEY */
static void prepare_msg_make(struct task *t)
{
	int old = msgget(atoi(t->words[1]), 0);

	if (old >= 0)
		msgctl(old, IPC_RMID, NULL);
}

static int op_msg_make(struct task *t) { return done(msgget(atoi(t->words[1]), IPC_CREAT | IPC_EXCL | 0666)); }

#endif
