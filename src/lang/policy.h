/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy text read, included, expanded: the profiles of one compile job.
 *
 * A policy owns an arena; everything it points to lives in it until policy_release(). The order of
 * profiles and rules is the order of the text.
 */
#ifndef LANG_POLICY_H
#define LANG_POLICY_H

#include "abi/image.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct rule_class;

enum {
	POLICY_FILE_MAX = 16 << 20,	/* bytes of one file */
	POLICY_INCLUDE_DEPTH = 64,
	POLICY_NESTING_MAX = 64,	/* profiles within profiles, braces, conditionals */
	POLICY_EXPANSIONS_MAX = 1 << 16, /* texts that one rule's variables may expand to */
	POLICY_NAME_MAX = 4096,		/* bytes of a profile name or attachment */
	POLICY_PATTERN_MAX = 64 << 10,	/* bytes of one pattern */
};

/* What stands before a rule's keyword. */
struct qualifiers {
	int priority;
	bool has_priority;
	bool audit;
	bool deny;
	bool allow;			/* written, not just meant */
	bool quiet;
	bool prompt;			/* ask a person; neither allowed nor denied */
	unsigned who;			/* enum lower_who; WHO_ALL unless owner/other is written */
};

struct rule {
	const struct rule_class *rule_class;
	struct place place;
	struct qualifiers qualifiers;
	void *detail;			/* the class's own struct; see its class_*.c */
	struct rule *next;
};

/* Flags that matter to kernels and printing, not to deciding. */
enum profile_more_flag {
	MORE_NO_ATTACH_DISCONNECTED = 1 << 0,
	MORE_DELEGATE_DELETED = 1 << 1,
	MORE_NAMESPACE_RELATIVE = 1 << 2,
	MORE_CHROOT_ATTACH = 1 << 3,
	MORE_CHROOT_NO_ATTACH = 1 << 4,
	MORE_DEBUG = 1 << 5,
	MORE_ATTACH_DISCONNECTED_IPC = 1 << 6,
};

/* An attachment's further condition: the program's file has this extended attribute. */
struct profile_xattr {
	struct slice name;
	struct slice value;		/* pattern; ptr NULL: any value */
};

/* Whose children are what is a tree; hats are children with PROFILE_HAT. */
struct profile {
	struct slice name;		/* last part, variables expanded: "child" */
	struct slice full_name;		/* "parent//child" */
	struct slice namespace_name;	/* empty: the loader's own */
	struct slice *attachments;	/* patterns, variables and aliases expanded */
	size_t n_attachments;		/* 0: attaches to nothing */
	struct slice attachment_text;	/* as written, empty if none */
	unsigned flags;			/* enum image_profile_flag */
	enum image_mode mode;
	unsigned kill_signal;		/* 0: none written */
	unsigned error;			/* errno, 0: none written */
	struct slice disconnected;	/* attach_disconnected.path=, else empty */
	struct slice abi_name;		/* feature file in force, empty: none */
	struct place place;
	struct rule *rules;
	struct profile *children;
	struct profile *parent;
	struct profile *next;
	unsigned more_flags;		/* enum profile_more_flag */
	bool has_mode;			/* a mode is written in its flags */
	struct slice disconnected_ipc;	/* attach_disconnected.ipc=, else empty */
	struct profile_xattr *xattrs;
	size_t n_xattrs;
	struct slice *identities;	/* + identities=(…), variables expanded */
	size_t n_identities;
};

/*
 * The files that policies include, parsed, and what their rules were expanded to: policies that share
 * them have each file read once. One policy reads at a time; profiles that were read may be used by
 * other threads meanwhile. Must outlive the policies.
 */
struct policy_trees;

/* dirs as in struct policy_options; they must outlive the trees. */
struct policy_trees *policy_trees_new(const char *const *dirs);
void policy_trees_free(struct policy_trees *t);

/* What reading a file depends on besides that file itself. */
enum policy_need {
	POLICY_NEED_FILE,		/* it was read */
	POLICY_NEED_DIRECTORY,		/* its files were listed */
	POLICY_NEED_ABSENCE,		/* it was looked for and is not there */
};

struct policy_options {
	struct policy_trees *trees;	/* NULL: the policy's own; else include_dirs are theirs */
	/* Called for each need of what is being read, also again; may be NULL. */
	void (*need)(void *to, enum policy_need need, const char *path);
	void *to;
	const char *const *include_dirs; /* searched in order for <…>; NULL-ended */
	bool allow_duplicates;		/* do not complain of two profiles of one name */
};

struct policy {
	struct arena arena;
	struct profile *profiles;	/* top level, in order */
	size_t n_profiles;		/* children and hats counted */
	struct diag *diag;		/* the caller's */
	struct policy_options options;
	void *state;			/* the reader's own: variables, aliases, files met */
};

/*
 * Starts an empty policy. Problems go to *diag, which outlives the policy; the strings of options
 * must outlive it too. With no include_dirs, "/etc/apparmor.d" alone is searched.
 */
void policy_init(struct policy *p, const struct policy_options *options, struct diag *diag);
void policy_release(struct policy *p);

/*
 * Reads a file ("-": standard input), or text that has a name, into the policy: each such file has
 * variables, aliases and abi of its own, as AppArmor's parser has it. False if anything in it is
 * wrong: all of it is in diag, and none of the file's profiles was added.
 */
bool policy_read_file(struct policy *p, const char *path);
bool policy_read_text(struct policy *p, const char *name, struct slice text);

/* The profile of that full name, NULL if there is none. */
const struct profile *policy_find(const struct policy *p, struct slice full_name);

/* Adds a rule's canonical text, without a line end: "owner /tmp/x rw,". */
void rule_print(const struct rule *rule, struct buf *out);

/* Adds the canonical text of a profile and its children; of a whole policy. */
void profile_print(const struct profile *profile, struct buf *out);
void policy_print(const struct policy *p, struct buf *out);

struct lower_sink;

/* Gives all rows of a profile's own rules (not its children's) to the sink, in order. */
void profile_lower(const struct profile *profile, const struct lower_sink *sink);

#endif
