/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One thing an engine saw: a denial, an allowed use that the policy wants reported, a use that
 * complain mode let pass, a change of label.
 */
#ifndef EVENT_EVENT_H
#define EVENT_EVENT_H

#include "abi/class.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

enum {
	EVENT_NAME_MAX = 4096,		/* of name, target, exe, bytes; longer ones are cut and marked */
	EVENT_LABEL_MAX = 512,
	EVENT_COMM_MAX = 16,
	EVENT_INFO_MAX = 96,
	EVENT_OP_MAX = 24,
	EVENT_RULE_MAX = 512,
};

enum event_verdict {
	EVENT_AUDIT,			/* allowed, and a rule wants it reported */
	EVENT_ALLOWED,			/* complain mode let it pass */
	EVENT_DENIED,
	EVENT_KILLED,			/* denied, and kill mode ended the process */
	EVENT_STATUS,			/* a fact about the engine itself: start, loss */
	N_EVENT_VERDICTS,
};

/* Fixed size, no pointers: it is copied through queues. Texts are ended by NUL. */
struct event {
	struct timespec time;		/* CLOCK_REALTIME */
	uint64_t serial;		/* counts up from 1 in one run */
	uint32_t count;			/* identical ones in this record, at least 1 */
	uint32_t lost;			/* EVENT_STATUS: events lost since the last such record */
	enum event_verdict verdict;
	enum class_id class_id;
	char operation[EVENT_OP_MAX];	/* AppArmor's word: open, mknod, unlink, exec, … */
	char profile[EVENT_LABEL_MAX];	/* full label */
	char info[EVENT_INFO_MAX];	/* more words, may be empty */
	char peer[EVENT_LABEL_MAX];	/* signal, ptrace, unix sockets: the other's label */
	char comm[EVENT_COMM_MAX];
	uint32_t requested;		/* bits of the class */
	uint32_t denied;
	int error;			/* positive errno given to the program, 0: none */
	pid_t pid;			/* thread group of the actor */
	pid_t tid;
	pid_t parent;
	uid_t fsuid;
	uid_t ouid;			/* owner of the object, (uid_t)-1: none */
	int32_t signal;			/* CLASS_SIGNAL: number */
	int32_t capability;		/* CLASS_CAPABILITY: number */
	int32_t family, type, protocol;	/* CLASS_NET, CLASS_UNIX */
	bool has_addresses;		/* CLASS_NET: asked about with name and target, though empty */
	uint32_t rlimit;		/* CLASS_RLIMIT: number */
	uint64_t rlimit_value;
	uint16_t name_len, target_len, exe_len;
	bool is_cut;			/* name or target was longer than fits */
	char name[EVENT_NAME_MAX];	/* object: any bytes but NUL; a socket's own address */
	char target[EVENT_NAME_MAX];	/* link, exec, change_profile: the second name; a peer's address */
	char exe[EVENT_NAME_MAX];	/* program of the actor */
	char rule[EVENT_RULE_MAX];	/* "FILE:LINE: rule text" that decided, empty: none */
};

/* Same event but for time, serial, count and pid/tid: they may share a record. */
bool event_is_same(const struct event *a, const struct event *b);

/* Adds the record in AppArmor's audit text form with a line end. */
void event_print_audit(const struct event *e, struct buf *out);

/* Adds one line for a person's terminal, with a line end; bytes that others chose are escaped. */
void event_print_line(const struct event *e, struct buf *out);

/* Adds the object in short as it is, not escaped: a path, "net_admin", "inet stream", "term". */
void event_print_object(const struct event *e, struct buf *out);

/* Adds one line of JSON with a line end. */
void event_print_json(const struct event *e, struct buf *out);

/*
 * Adds the mask of a class as the AppArmor kernel writes it: letters in the order xwracdkml for
 * files, words ("send receive") for others. A bit that has no word is added as a number.
 */
void event_print_mask(enum class_id class_id, uint32_t mask, struct buf *out);

#endif
