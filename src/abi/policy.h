/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What user space and the kernel programs of the bpf engine share: the bytes of a policy as the
 * programs walk it, the label of a task, the record of an event.
 *
 * A policy is the image (abi/image.h) laid out for programs that may not loop to look things up:
 * profiles stand at fixed places by a number that stays theirs from load to load, so that a label
 * is a number and a new policy changes what it means, at once and for all processes:
 *
 *	policy_header | policy_profile[n_profiles] | names | policy_exec[] | attachments | image | rows
 *	| stacks
 *
 * Profiles that are stacked have a place and a number of their own, "A//&B", whose table is the product of
 * theirs: what both allow. Only what the product cannot say is asked of each part (exec, links). What each
 * part says where the product refuses or reports stands beside the product's entries: a part tells its own
 * event.
 *
 * Entries and text are the image's own, as they stand in it: the whole image is there, so the policy in
 * force can be read back and changed. Only the rows of its tables are there once more, spread out.
 *
 * All offsets count bytes from the header. The programs mask every offset with the size of the map,
 * so a damaged policy could make wrong decisions but never read beyond it; the loader checks it
 * whole before.
 */
#ifndef ABI_POLICY_H
#define ABI_POLICY_H

#include "abi/class.h"

#ifndef __bpf__
#include <stdint.h>
#endif

enum {
	POLICY_VERSION = 7,
	POLICY_SLACK = 4096,		/* bytes behind the masked part, so that records may end there */
	POLICY_LABEL_MAX = 256,		/* bytes of a full profile name, its NUL included */
	POLICY_PATH_MAX = 8192,		/* bytes of a path; longer ones are refused */
	POLICY_PROFILES_MAX = 1 << 16,
	POLICY_COMM_MAX = 16,
	POLICY_N_RLIMITS = 16,
	POLICY_BINDS_MAX = 4096,	/* control groups that have a profile */
	POLICY_BINDS_ANY = 0,		/* in place of a group's id: there while any is bound */
	POLICY_PARTS_MAX = 4,		/* profiles of a stack */
	POLICY_NOBODY_LEN = 13,		/* bytes of "//&unconfined" */
	POLICY_MODE_MIXED = 30,		/* of a stack whose parts have several; else enum image_mode */
};

#define POLICY_SPREAD_ROOM (1u << 26)
#define POLICY_UNCONFINED 0u		/* the profile number of nobody's profile */
#define POLICY_NO_PEER 0xffffffffu	/* in an event: there is no other side */
#define POLICY_NO_PART 0xffffffffu

/*
 * An automaton: where its parts stand. In a room of at most POLICY_SPREAD_ROOM bytes its rows are spread out:
 *
 *	next state = cells[state * row + class_of[byte]]
 *
 * which takes eight times the memory, and half the instructions. In larger rooms tables are walked as the
 * image has them (abi/match.h).
 */
struct policy_table {
	uint32_t class_of;		/* 256 bytes */
	uint32_t states;		/* struct image_state[] */
	uint32_t cells;			/* uint16_t[]; packed: struct image_cell[] */
	uint32_t entries;		/* struct image_entry[]; attachments: uint32_t[] profile numbers */
	uint32_t row;			/* cells of a state; packed: 0 */
	uint32_t zero;
};

struct policy_header {
	uint32_t version;
	uint32_t len;			/* bytes */
	uint32_t n_profiles;		/* numbers below this one have a place in profiles */
	uint32_t profiles;
	uint32_t execs;			/* struct policy_exec[] */
	uint32_t attach_start;		/* start state for programs of unconfined processes */
	struct policy_table attach;	/* paths → profile numbers; 0 none, POLICY_AMBIGUOUS */
	uint32_t nothing;		/* the entry of what no rule speaks of: all zero */
	uint32_t unconfined_name;	/* the text "unconfined" */
	uint64_t generation;		/* counts loads */
	uint32_t image;			/* the image that it was made of, whole */
	uint32_t image_len;
	uint32_t is_packed;		/* so it needs a room larger than POLICY_SPREAD_ROOM */
	uint32_t stacks;		/* struct policy_stack[] in the order of their parts */
	uint32_t n_stacks;
	uint32_t n_unstacked;		/* stacks that rules lead to and that are not there: past a limit */
	uint32_t unstacked;		/* text: the first of these, and past which limit; 0: none */
	uint32_t nobody_before;		/* the text "unconfined//&" */
	uint32_t nobody_behind;		/* the text "//&unconfined" */
};
#define POLICY_AMBIGUOUS 0xffffffffu

/* The profile that stands for several: numbers, rising, filled up with POLICY_NO_PART. */
struct policy_stack {
	uint32_t parts[POLICY_PARTS_MAX];
	uint32_t number;
	uint32_t zero;
};

enum policy_exec_found {
	POLICY_BY_NAME = 1 << 7,
	POLICY_OVER_NOBODY = 1 << 6,	/* "unconfined" is one of its names, beside a profile's */
};

struct policy_exec {
	uint8_t kind;			/* enum image_exec_kind */
	uint8_t flags;			/* enum image_exec_flag, and POLICY_BY_NAME */
	uint16_t zero;
	uint32_t target;		/* by name: the profile's number, 0 if there is none */
};

struct policy_profile {
	uint32_t name;
	uint32_t name_len;		/* without the NUL; 0: no such profile any more */
	uint32_t mode;			/* enum image_mode */
	uint32_t flags;			/* enum image_profile_flag */
	uint64_t classes;
	uint64_t cap_allow;
	uint64_t cap_deny;
	uint64_t cap_audit;
	uint64_t cap_quiet;
	uint32_t kill_signal;
	uint32_t error;			/* of a denial, 0: EACCES */
	uint32_t parent;		/* profile number, 0: none */
	uint32_t attach_start;		/* among its children, 0: none */
	uint32_t disconnected;		/* text before the names of detached objects, 0: none */
	uint32_t disconnected_len;
	uint32_t rlimit_set;
	uint32_t grants;		/* enum policy_grant */
	uint64_t rlimit[POLICY_N_RLIMITS];
	struct policy_table table;
	uint16_t start[N_CLASSES];
	uint32_t net_granted;		/* perm_net that every object of CLASS_NET has, unreported */
	uint32_t unix_granted;		/* of CLASS_UNIX */
	uint32_t n_parts;		/* of a stack, else 0 */
	uint32_t parts[POLICY_PARTS_MAX]; /* as struct policy_stack has them */
	uint32_t is_part_lost;		/* a profile of its name is gone: that part is unconfined */
	uint32_t by_name[POLICY_PARTS_MAX]; /* the parts in the order of their names */
	uint32_t part_entries;		/* uint32_t[][POLICY_PARTS_MAX]: of each entry of the table those of the
					   parts, by_name, as offsets; 0: one part confines */
	uint32_t shown_mode;		/* for people: enum image_mode, POLICY_MODE_MIXED */
	uint32_t nobody_at;		/* where in name "unconfined" stands if it is one of them */
	uint32_t n_children;		/* hats and others */
	uint8_t unused[128];
};

_Static_assert(sizeof(struct policy_profile) == 512, "policy_profile: a power of two");

/* What a profile allows whatever the object is: for calls that do not tell the programs which. */
enum policy_grant {
	POLICY_GRANT_REMOUNT = 1 << 0,	/* every remount and every change of propagation */
};

/* A task's label. No label: unconfined. */
struct policy_label {
	uint32_t profile;		/* number, POLICY_UNCONFINED: none */
	uint32_t flags;			/* enum policy_label_flag */
	uint32_t onexec;		/* number of the profile asked for at exec */
	uint32_t hat_of;		/* in a hat: the profile to go back to */
	uint64_t hat_token;
	uint64_t bprm;			/* while a program is being executed: whose the next fields are */
	uint32_t next_profile;
	uint32_t next_flags;
	uint32_t onexec_set;		/* enum policy_onexec; onexec may be POLICY_UNCONFINED */
	uint32_t is_mounting;		/* in this call no symbolic link may be followed, see hook_mount.h */
	uint64_t cred;			/* credentials known to be of this label alone, see hook_held.h */
	uint64_t cred_epoch;		/* while this lasts */
	uint32_t is_worker;		/* a thread that the kernel made for io_uring */
	uint32_t zero;
};

enum policy_label_flag {
	LABEL_NULL = 1 << 0,		/* complain mode: of a program without a profile; no rules */
	LABEL_OVER_NOBODY = 1 << 1,	/* "unconfined" is a part of the stack: what attaches joins it */
};

enum policy_onexec {
	ONEXEC_NOT = 0, ONEXEC_CHANGE = 1, ONEXEC_STACK = 2,
	ONEXEC_KINDS = 3,
	ONEXEC_OVER_NOBODY = 4,		/* beside a kind: "unconfined" is asked for too */
};

/* In an event of CLASS_LABEL, as value: how the label of number peer was asked for. */
enum policy_wish {
	WISH_OVER_NOBODY = 1 << 0,	/* "unconfined" is one of its names too */
	WISH_STACK = 1 << 1,		/* to be put on top of the present one */
	WISH_AT_EXEC = 1 << 2,		/* of the program that the event names */
};

enum policy_event_kind {
	POLICY_EVENT_DENIED,
	POLICY_EVENT_ALLOWED,		/* complain mode let it pass */
	POLICY_EVENT_AUDIT,
	POLICY_EVENT_KILLED,
};

enum policy_op {
	POLICY_OP_NONE,
	POLICY_OP_OPEN, POLICY_OP_MKNOD, POLICY_OP_MKDIR, POLICY_OP_RMDIR, POLICY_OP_UNLINK,
	POLICY_OP_TRUNCATE, POLICY_OP_SYMLINK, POLICY_OP_LINK, POLICY_OP_RENAME_SRC,
	POLICY_OP_RENAME_DEST, POLICY_OP_CHMOD, POLICY_OP_CHOWN, POLICY_OP_FILE_PERM,
	POLICY_OP_FILE_RECEIVE, POLICY_OP_FILE_LOCK, POLICY_OP_FILE_MMAP, POLICY_OP_FILE_MPROTECT,
	POLICY_OP_EXEC, POLICY_OP_CAPABLE, POLICY_OP_CREATE, POLICY_OP_BIND, POLICY_OP_CONNECT,
	POLICY_OP_LISTEN, POLICY_OP_ACCEPT, POLICY_OP_SENDMSG, POLICY_OP_RECVMSG,
	POLICY_OP_GETSOCKOPT, POLICY_OP_SETSOCKOPT, POLICY_OP_GETSOCKNAME, POLICY_OP_GETPEERNAME,
	POLICY_OP_SHUTDOWN, POLICY_OP_SIGNAL, POLICY_OP_PTRACE, POLICY_OP_MOUNT, POLICY_OP_REMOUNT,
	POLICY_OP_UMOUNT, POLICY_OP_PIVOTROOT, POLICY_OP_SETRLIMIT, POLICY_OP_USERNS,
	POLICY_OP_URING_SQPOLL, POLICY_OP_URING_OVERRIDE, POLICY_OP_CHANGE_PROFILE,
	POLICY_OP_CHANGE_HAT, POLICY_OP_CHANGE_ONEXEC, POLICY_OP_GUARD, POLICY_OP_GETATTR,
	POLICY_OP_SENDTO, POLICY_OP_MQUEUE,
	N_POLICY_OPS,
};

enum policy_info {
	POLICY_INFO_NONE,
	POLICY_INFO_DISCONNECTED,	/* the object's path does not lead to the root */
	POLICY_INFO_DELETED,
	POLICY_INFO_TOO_LONG,
	POLICY_INFO_NO_PROFILE,		/* the target of a transition is not loaded */
	POLICY_INFO_AMBIGUOUS,
	POLICY_INFO_NO_SCRATCH,		/* no buffer was free: refused */
	POLICY_INFO_NO_NEW_PRIVS,
	POLICY_INFO_STACK,		/* that stack was not made with the policy */
	POLICY_INFO_GUARD,		/* the engine's own parts */
	POLICY_INFO_BUSY,		/* names changed again and again while they were read */
	POLICY_INFO_TRACED,
	POLICY_INFO_SOURCE,		/* a mount's source is not named plainly */
	POLICY_INFO_NO_OBJECT,		/* the kernel does not tell which object it is */
	N_POLICY_INFOS,
};

/* One event; name_len bytes of the object follow, then target_len of the second one. */
struct policy_event {
	uint64_t time;			/* ns, CLOCK_BOOTTIME */
	uint32_t kind;			/* enum policy_event_kind */
	uint32_t class_id;
	uint32_t op;			/* enum policy_op */
	uint32_t info;			/* enum policy_info */
	uint32_t profile;		/* number */
	uint32_t label_flags;
	uint32_t requested;
	uint32_t denied;
	int32_t error;			/* positive errno, 0: let pass */
	uint32_t pid;			/* thread group, as the first namespace numbers it */
	uint32_t tid;
	uint32_t parent;
	uint32_t fsuid;
	uint32_t ouid;			/* 0xffffffff: none */
	uint32_t peer;			/* profile number of the other process */
	uint32_t peer_pid;
	uint32_t value;			/* signal, capability, limit; family << 16 | type */
	uint32_t protocol;		/* or the flags of the peer's label: of signals and traces */
	uint64_t generation;		/* of the policy that decided */
	uint16_t name_len;
	uint16_t target_len;
	uint32_t zero;
	char comm[POLICY_COMM_MAX];
};

_Static_assert(sizeof(struct policy_event) == 112, "policy_event layout");

/* A task that has a label, as the link `list_tasks` gives them. */
struct policy_task {
	uint32_t pid;			/* thread group, as the first namespace numbers it */
	uint32_t tid;
	uint32_t profile;		/* number */
	uint32_t flags;			/* enum policy_label_flag */
	char comm[POLICY_COMM_MAX];
};

/* Counters that each processor keeps; indices into the map `counts`. */
enum policy_count {
	COUNT_EVENTS_LOST,		/* the ring was full */
	COUNT_LOSSES_TOLD,		/* how many of these a daemon has told, written by it */
	COUNT_NO_SCRATCH,
	COUNT_NO_LABEL,			/* forks refused: the table of labels is full */
	COUNT_PATH_BUSY,
	N_POLICY_COUNTS,
};

#endif
