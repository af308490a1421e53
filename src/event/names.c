/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the numbers of an event, gives AppArmor's words for them. The one idea: tables indexed by
 * the kernel's own numbers, so that a new word is one line.
 */
#include "event/names.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define LOOK_UP(table, n) ((size_t)(n) < sizeof(table) / sizeof((table)[0]) ? (table)[n] : NULL)

#define FIND(table, name) find_word(table, sizeof(table) / sizeof((table)[0]), name)

enum { SIGNAL_RT_FIRST = 32, SIGNAL_LAST = 64 };	/* as the kernel counts */

static const char *const class_names[N_CLASSES] = {
	[CLASS_NONE] = "none",
	[CLASS_FILE] = "file",
	[CLASS_CAPABILITY] = "cap",
	[CLASS_RLIMIT] = "rlimits",
	[CLASS_MOUNT] = "mount",
	[CLASS_PTRACE] = "ptrace",
	[CLASS_SIGNAL] = "signal",
	[CLASS_UNIX] = "net",
	[CLASS_LINK] = "file",
	[CLASS_NET] = "net",
	[CLASS_LABEL] = "label",
	[CLASS_MQUEUE] = "posix_mqueue",
	[CLASS_IO_URING] = "io_uring",
	[CLASS_USERNS] = "namespace",
	[CLASS_DBUS] = "dbus",
};

static const char *const verdict_names[N_EVENT_VERDICTS] = {
	[EVENT_AUDIT] = "AUDIT",
	[EVENT_ALLOWED] = "ALLOWED",
	[EVENT_DENIED] = "DENIED",
	[EVENT_KILLED] = "KILLED",
	[EVENT_STATUS] = "STATUS",
};

static const char *const capability_names[] = {
	"chown", "dac_override", "dac_read_search", "fowner", "fsetid", "kill", "setgid", "setuid",
	"setpcap", "linux_immutable", "net_bind_service", "net_broadcast", "net_admin", "net_raw",
	"ipc_lock", "ipc_owner", "sys_module", "sys_rawio", "sys_chroot", "sys_ptrace", "sys_pacct",
	"sys_admin", "sys_boot", "sys_nice", "sys_resource", "sys_time", "sys_tty_config", "mknod",
	"lease", "audit_write", "audit_control", "setfcap", "mac_override", "mac_admin", "syslog",
	"wake_alarm", "block_suspend", "audit_read", "perfmon", "bpf", "checkpoint_restore",
};

static const char *const family_names[] = {
	[AF_UNSPEC] = "unspec", [AF_UNIX] = "unix", [AF_INET] = "inet", [AF_AX25] = "ax25",
	[AF_IPX] = "ipx", [AF_APPLETALK] = "appletalk", [AF_NETROM] = "netrom",
	[AF_BRIDGE] = "bridge", [AF_ATMPVC] = "atmpvc", [AF_X25] = "x25", [AF_INET6] = "inet6",
	[AF_ROSE] = "rose", [AF_NETBEUI] = "netbeui", [AF_SECURITY] = "security",
	[AF_KEY] = "key", [AF_NETLINK] = "netlink", [AF_PACKET] = "packet", [AF_ASH] = "ash",
	[AF_ECONET] = "econet", [AF_ATMSVC] = "atmsvc", [AF_RDS] = "rds", [AF_SNA] = "sna",
	[AF_IRDA] = "irda", [AF_PPPOX] = "pppox", [AF_WANPIPE] = "wanpipe", [AF_LLC] = "llc",
	[AF_IB] = "ib", [AF_MPLS] = "mpls", [AF_CAN] = "can", [AF_TIPC] = "tipc",
	[AF_BLUETOOTH] = "bluetooth", [AF_IUCV] = "iucv", [AF_RXRPC] = "rxrpc",
	[AF_ISDN] = "isdn", [AF_PHONET] = "phonet", [AF_IEEE802154] = "ieee802154",
	[AF_CAIF] = "caif", [AF_ALG] = "alg", [AF_NFC] = "nfc", [AF_VSOCK] = "vsock",
	[AF_KCM] = "kcm", [AF_QIPCRTR] = "qipcrtr", [AF_SMC] = "smc", [AF_XDP] = "xdp",
	[AF_MCTP] = "mctp",
};

static const char *const socket_type_names[] = {
	[SOCK_STREAM] = "stream", [SOCK_DGRAM] = "dgram", [SOCK_RAW] = "raw", [SOCK_RDM] = "rdm",
	[SOCK_SEQPACKET] = "seqpacket", [SOCK_DCCP] = "dccp", [SOCK_PACKET] = "packet",
};

static const char *const rlimit_names[] = {
	[RLIMIT_CPU] = "cpu", [RLIMIT_FSIZE] = "fsize", [RLIMIT_DATA] = "data",
	[RLIMIT_STACK] = "stack", [RLIMIT_CORE] = "core", [RLIMIT_RSS] = "rss",
	[RLIMIT_NPROC] = "nproc", [RLIMIT_NOFILE] = "nofile", [RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_AS] = "as", [RLIMIT_LOCKS] = "locks", [RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice", [RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
};

static const char *const signal_names[] = {
	[0] = "exists", [SIGHUP] = "hup", [SIGINT] = "int", [SIGQUIT] = "quit", [SIGILL] = "ill",
	[SIGTRAP] = "trap", [SIGABRT] = "abrt", [SIGBUS] = "bus", [SIGFPE] = "fpe",
	[SIGKILL] = "kill", [SIGUSR1] = "usr1", [SIGSEGV] = "segv", [SIGUSR2] = "usr2",
	[SIGPIPE] = "pipe", [SIGALRM] = "alrm", [SIGTERM] = "term", [SIGSTKFLT] = "stkflt",
	[SIGCHLD] = "chld", [SIGCONT] = "cont", [SIGSTOP] = "stop", [SIGTSTP] = "stp",
	[SIGTTIN] = "ttin", [SIGTTOU] = "ttou", [SIGURG] = "urg", [SIGXCPU] = "xcpu",
	[SIGXFSZ] = "xfsz", [SIGVTALRM] = "vtalrm", [SIGPROF] = "prof", [SIGWINCH] = "winch",
	[SIGIO] = "io", [SIGPWR] = "pwr", [SIGSYS] = "sys",
};

const char *event_class_name(enum class_id class_id)
{
	const char *name = LOOK_UP(class_names, class_id);

	return name ? name : "unknown";
}

const char *event_verdict_name(enum event_verdict verdict)
{
	const char *name = LOOK_UP(verdict_names, verdict);

	return name ? name : "ERROR";
}

const char *event_capability_name(int capability)
{
	return LOOK_UP(capability_names, capability);
}

const char *event_family_name(int family)
{
	return LOOK_UP(family_names, family);
}

const char *event_socket_type_name(int type)
{
	return LOOK_UP(socket_type_names, type);
}

const char *event_rlimit_name(unsigned limit)
{
	return LOOK_UP(rlimit_names, limit);
}

void event_print_signal(int signal, struct buf *out)
{
	const char *name = LOOK_UP(signal_names, signal);

	if (name)
		buf_add_text(out, name);
	else if (signal >= SIGNAL_RT_FIRST && signal <= SIGNAL_LAST)
		buf_printf(out, "rtmin+%d", signal - SIGNAL_RT_FIRST);
	else
		buf_printf(out, "unknown(%d)", signal);
}

static int find_word(const char *const *words, size_t n_words, struct slice name)
{
	for (size_t i = 0; i < n_words; i++)
		if (words[i] && slice_is(name, words[i]))
			return (int)i;
	return -1;
}

int event_find_capability(struct slice name)
{
	return FIND(capability_names, name);
}

int event_find_family(struct slice name)
{
	return FIND(family_names, name);
}

int event_find_socket_type(struct slice name)
{
	return FIND(socket_type_names, name);
}

int event_find_signal(struct slice name)
{
	auto_buf word = BUF_INIT;

	/* A real-time signal is found by printing: rtmin+N is not in the table. */
	for (int i = SIGNAL_RT_FIRST; i <= SIGNAL_LAST; i++) {
		buf_clear(&word);
		event_print_signal(i, &word);
		if (slice_eq(buf_slice(&word), name))
			return i;
	}
	return FIND(signal_names, name);
}
