/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Policy text as it is written: variables unexpanded, includes unfollowed, conditionals undecided.
 *
 * A file's tree is built once a run and never changed after that, but for the memory of how its
 * rules were expanded last (struct memo); all of it lives in the policy's arena.
 */
#ifndef LANG_AST_H
#define LANG_AST_H

#include "lang/parser.h"
#include "lang/policy.h"

enum node_kind {
	NODE_RULE,
	NODE_BLOCK,			/* qualifiers before braces */
	NODE_IF,
	NODE_INCLUDE,
	NODE_PROFILE,
	NODE_ABI,
	NODE_VARIABLE,
	NODE_BOOLEAN,
	NODE_ALIAS,
};

struct node {
	enum node_kind kind;
	struct place place;
	struct node *next;
};

struct node_list {
	struct node *first;
	struct node **last;		/* NULL: nothing yet */
};

struct node_rule {
	struct node node;
	struct rule rule;
	struct memo *memo;		/* its last expansion, see expand.h */
};

struct node_block {
	struct node node;
	struct qualifiers qualifiers;
	struct node *body;
};

struct node_if {
	struct node node;
	struct branch *condition;	/* see branch.h */
	struct node *then;
	struct node *otherwise;
};

struct node_include {
	struct node node;
	struct slice path;
	bool is_magic;			/* <…> */
	bool if_exists;
};

struct node_abi {
	struct node node;
	struct slice path;
	bool is_magic;
};

enum assign_op { ASSIGN_SET, ASSIGN_ADD, ASSIGN_DEFAULT, ASSIGN_OVER };

struct node_variable {
	struct node node;
	struct slice name;
	enum assign_op op;
	struct word_list values;
};

struct branch;

struct node_boolean {
	struct node node;
	struct slice name;
	enum assign_op op;
	struct branch *value;		/* an expression as "if" has it */
};

struct node_alias {
	struct node node;
	struct slice from;
	struct slice to;
};

/* The head of a profile as it is written. */
struct head {
	struct word name;
	struct word attachment;
	struct word_list identities;
	struct xattr_node *xattrs;
	unsigned flags;			/* enum image_profile_flag */
	unsigned more_flags;		/* enum profile_more_flag */
	bool has_mode;
	enum image_mode mode;
	unsigned kill_signal;
	unsigned error;
	struct word disconnected;
	struct word disconnected_ipc;
	bool is_hat;
};

struct xattr_node {
	struct slice name;
	struct word value;		/* absent: any value */
	struct xattr_node *next;
};

struct node_profile {
	struct node node;
	struct head head;
	struct node *body;
};

/* Where a file's text stands: before and around profiles, or within one. */
enum file_context { CONTEXT_TOP, CONTEXT_BODY };

struct file {
	const struct source *source;
	struct node *nodes;
	bool is_good;			/* its text had no errors */
	bool is_open;			/* being expanded now: an include of it would be a cycle */
	unsigned seen;			/* the last scope that took it in, see policy.c */
};

/* Reads a source; problems are in diag, and the tree has what could be read. Never NULL. */
struct file *file_parse(struct arena *arena, struct diag *diag, const struct source *source,
			enum file_context context);

/* For the files of the parser. */
void *node_new(struct parser *p, size_t size, enum node_kind kind, struct place at);
void node_list_add(struct node_list *list, void *node);
bool parse_profile(struct parser *p, bool is_nested, struct node_list *list);
bool parse_head(struct parser *p, bool has_keyword, struct head *head);
struct node *parse_body(struct parser *p);

#endif
