/* SPDX-License-Identifier: BSD-2-Clause */
/* A question to a policy, from the words of a command line. */
#ifndef CLI_REQUEST_H
#define CLI_REQUEST_H

#include "abi/class.h"
#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct request {
	enum class_id class_id;
	uint32_t wanted;		/* bits of the class; 1 for a capability */
	struct buf object;		/* owned; as in abi/class.h, a capability by its name */
	bool needs_profile;		/* the object is not whole: request_set_profile() */
	struct buf words;		/* owned; the question for people: "read /etc/x" */
};

/*
 * Fills *out from "OP OBJECT...":
 *
 *	r, rw, mr, …  PATH		letters of file rules: r w a m k l x c d
 *	read write append exec mmap lock create mkdir mknod symlink unlink rmdir rename
 *	chmod chown truncate setattr	PATH
 *	link LINK TARGET
 *	network [create|bind|connect|…] FAMILY [TYPE [PROTOCOL [ADDRESS [PEER-ADDRESS]]]]
 *	signal [send|receive] SIGNAL [PEER]
 *	ptrace [trace|read|tracedby|readby] [PEER]
 *	capability NAME
 *	change_profile NAME
 *	change_onexec NAME PROGRAM
 *	unix create TYPE
 *	unix bind|listen|… TYPE [ADDRESS [LABEL [PEER-ADDRESS [PEER-LABEL]]]]
 *	mount POINT [DEVICE [TYPE [FLAG,…]]] | umount POINT | pivot_root NEW OLD
 *	dbus [send|receive] BUS [NAME [LABEL [PATH [INTERFACE [MEMBER]]]]]
 *	dbus bind BUS NAME | dbus eavesdrop BUS
 *	mqueue [open|create|read|write|…] NAME [LABEL]
 *	userns [create]
 *	io_uring [sqpoll | override_creds [LABEL]]
 *
 * In those of the second half "-" is an empty part.
 *
 * Words may also come as one, with blanks between. -EINVAL with words that say what is known.
 */
int request_parse(struct request *out, int n_words, char *const *words, struct err *err);

/* Says who asks, by its full name: in some objects is the socket's own label. */
void request_set_profile(struct request *r, struct slice name);
void request_release(struct request *r);

#endif
