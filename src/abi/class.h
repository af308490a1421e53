/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rule classes and permission bits: what a policy speaks about and what it may allow.
 *
 * Every mediated object is a byte string; its class says how to read it and in which start state
 * of the profile's automaton the walk begins. The numbers are those of the AppArmor kernel
 * interface (AA_CLASS_*, AA_MAY_*), so that a policy can be handed to such a kernel unchanged.
 *
 * Objects by class (| joins parts, all numbers big-endian, 0 is one NUL byte):
 *
 * CLASS_FILE	path; a directory's path ends in "/", the root is "/"
 * CLASS_LINK	link path | 0 | target path
 * CLASS_NET	family u16 | type u16 | protocol u16
 *	An operation whose addresses are known may be asked about with them; then goes on:
 *		… | local | 0 | peer | 0 | interface | 0 | own label | 0 | peer label
 *	An address is text: 4 hexadecimal digits of the port, then 8 (IPv4) or 32 (IPv6) of the
 *	address, small letters; the port alone if the socket has no address, nothing if nothing is
 *	known or there is no peer. An IPv4 address in IPv6's form (::ffff:127.0.0.1) is that IPv4
 *	address. Rules with ip=, port=, interface= or label= speak of the longer object alone (but
 *	for "create"), rules without of both.
 * CLASS_INET	has no objects: the profile has rules that need the longer form of CLASS_NET
 * CLASS_INET_UNSEEN	likewise, and those need more of it than calls tell: the interface, the label
 *	of the peer, or for a denial, the peer of accept and receive
 * CLASS_UNIX	type u16 | protocol u16 | address | 0 | own label | 0 | peer address | 0
 *			| peer label
 *	An abstract address is "@" and its name, in which byte 1 stands for each NUL; an unnamed
 *	socket has the empty address. Peer parts are empty where there is no peer. Sockets in the
 *	file system are files, and not spoken of here. Every unix rule is also in CLASS_NET, without
 *	its addresses and labels (denials of some of them are not).
 * CLASS_SIGNAL	signal u8 | peer label
 *	Linux' own numbers: 0 asks whether the process exists, 32 is "rtmin+0"; 127 is "emt", which
 *	Linux does not send.
 * CLASS_PTRACE	peer label
 * CLASS_LABEL	target label of change_profile | 0 | path of the program to be executed
 *	(nothing after the 0 for a change without exec)
 * CLASS_MOUNT	mount:		mount point | 0 | device | 0 | file system type | 0 | flags
 *		umount:		mount point
 *		pivot_root:	new root | 0 | where the old root goes
 *	flags: for each MS_* bit n that is set, lowest first, a byte n + 1. Options that only the
 *	file system knows are not in the object. Where the kernel takes no device or no type
 *	(remount, change of propagation, detached mounts), it is empty.
 * CLASS_DBUS	message:	bus | 0 | peer name | 0 | peer label | 0 | path | 0 | interface
 *				| 0 | member
 *		bind:		bus | 0 | name
 *		eavesdrop:	bus
 * CLASS_MQUEUE	name | 0 | label of the queue
 *	POSIX names begin with "/", System V keys are decimal numbers; the label is empty when the
 *	queue is created.
 * CLASS_USERNS	nothing: the empty object
 * CLASS_IO_URING	label whose credentials are taken; empty for sqpoll
 *
 * Capabilities and rlimits are plain fields of a profile.
 */
#ifndef ABI_CLASS_H
#define ABI_CLASS_H

enum class_id {
	CLASS_NONE = 0,
	CLASS_FILE = 2,
	CLASS_CAPABILITY = 3,
	CLASS_RLIMIT = 5,
	CLASS_MOUNT = 7,
	CLASS_PTRACE = 9,
	CLASS_SIGNAL = 10,
	CLASS_UNIX = 12,
	CLASS_LINK = 13,
	CLASS_NET = 14,
	CLASS_INET = 15,
	CLASS_LABEL = 16,
	CLASS_MQUEUE = 17,
	CLASS_USERNS = 21,
	CLASS_IO_URING = 22,
	CLASS_DBUS = 32,
	CLASS_INET_UNSEEN = 33,		/* ours alone */
	N_CLASSES = 40,
};

/* Permission bits of paths. A rule's letter sets several: see lang/class_file.c. */
enum perm_file {
	PERM_EXEC = 1u << 0,
	PERM_WRITE = 1u << 1,
	PERM_READ = 1u << 2,
	PERM_APPEND = 1u << 3,
	PERM_CREATE = 1u << 4,
	PERM_DELETE = 1u << 5,
	PERM_OPEN = 1u << 6,
	PERM_RENAME = 1u << 7,
	PERM_SETATTR = 1u << 8,
	PERM_GETATTR = 1u << 9,
	PERM_CHMOD = 1u << 12,
	PERM_CHOWN = 1u << 13,
	PERM_LOCK = 1u << 15,
	PERM_MMAP = 1u << 16,
	PERM_LINK = 1u << 18,		/* in CLASS_FILE: the link's name; in CLASS_LINK: the pair */
	PERM_LINK_SUBSET = 1u << 27,	/* CLASS_LINK: the link may allow no more than its target */
	PERM_ONEXEC = 1u << 29,		/* CLASS_LABEL: the change may happen at exec */
	PERM_CHANGE_PROFILE = 1u << 30,	/* CLASS_LABEL: the change may happen now */
};

enum perm_signal {
	PERM_SIGNAL_SEND = 1u << 1,
	PERM_SIGNAL_RECEIVE = 1u << 2,
};

enum perm_ptrace {
	PERM_PTRACE_TRACE = 1u << 1,
	PERM_PTRACE_READ = 1u << 2,
	PERM_PTRACE_TRACEDBY = 1u << 3,
	PERM_PTRACE_READBY = 1u << 4,
};

/* CLASS_NET and CLASS_UNIX. */
enum perm_net {
	PERM_NET_SEND = 1u << 1,
	PERM_NET_RECEIVE = 1u << 2,
	PERM_NET_CREATE = 1u << 4,
	PERM_NET_SHUTDOWN = 1u << 5,
	PERM_NET_CONNECT = 1u << 6,
	PERM_NET_SETATTR = 1u << 8,
	PERM_NET_GETATTR = 1u << 9,
	PERM_NET_ACCEPT = 1u << 20,
	PERM_NET_BIND = 1u << 21,
	PERM_NET_LISTEN = 1u << 22,
	PERM_NET_SETOPT = 1u << 24,
	PERM_NET_GETOPT = 1u << 25,
	PERM_NET_ALL = 0x03700376,
	/* What happens between a socket and a peer; the others concern the socket alone. */
	PERM_NET_PEER = PERM_NET_SEND | PERM_NET_RECEIVE | PERM_NET_CONNECT | PERM_NET_ACCEPT,
};

enum perm_mount {
	PERM_MOUNT_PIVOT_ROOT = 1u << 0,
	PERM_MOUNT_MOUNT = 1u << 1,	/* remount, bind, move and change of propagation too */
	PERM_MOUNT_UMOUNT = 1u << 2,
};

enum perm_dbus {
	PERM_DBUS_SEND = 1u << 1,
	PERM_DBUS_RECEIVE = 1u << 2,
	PERM_DBUS_EAVESDROP = 1u << 5,
	PERM_DBUS_BIND = 1u << 6,
};

enum perm_mqueue {
	PERM_MQUEUE_WRITE = 1u << 1,
	PERM_MQUEUE_READ = 1u << 2,
	PERM_MQUEUE_CREATE = 1u << 4,
	PERM_MQUEUE_DELETE = 1u << 5,
	PERM_MQUEUE_OPEN = 1u << 6,
	PERM_MQUEUE_SETATTR = 1u << 8,
	PERM_MQUEUE_GETATTR = 1u << 9,
	PERM_MQUEUE_ALL = 0x376,
};

enum perm_userns {
	PERM_USERNS_CREATE = 1u << 3,
};

enum perm_io_uring {
	PERM_IO_URING_OVERRIDE_CREDS = 1u << 3,
	PERM_IO_URING_SQPOLL = 1u << 4,
};

#endif
