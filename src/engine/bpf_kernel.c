/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eats the object of the kernel programs, gives programs in force. The one idea: programs are always
 * loaded, attached and pinned in a directory of their own, which then takes the place of the one before
 * in one rename. Until the old ones are detached both decide, and both have to agree: at no moment is
 * anybody less confined than by one of the two policies.
 */
#include "engine/bpf_kernel.h"

#include "base/arena.h"
#include "base/io.h"
#include "engine/bpf_object.h"
#include "engine/bpf_policy.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#define RUN_DIR "/run/pavise"
#define NEXT_DIR BPF_KERNEL_DIR "_next"

enum {
	BPF_FS_MAGIC_NUMBER = (int)0xcafe4a11,
	ROOM_MIN = 1 << 20,		/* bytes for a policy; a power of two, as all rooms */
	ROOM_MAX = 1 << 28,
	SCRATCH_MIN = 64,
	LINKS_MAX = 256,
	END_PAUSE_US = 2000,
	END_TRIES = 5000,		/* ten seconds */
	TASKS_MAX = 1 << 22,		/* as many as a kernel may have */
};

/* Labels come from these: attached last, so that no label is without its mediation. */
static const char *const last_programs[] = { "decide_program", "put_label_on", NULL };

__attribute__((format(printf, 2, 0)))
static int print_nothing(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	if (level != LIBBPF_WARN || !getenv("PAVISE_BPF_DEBUG"))
		return 0;
	return vfprintf(stderr, fmt, ap);
}

static bool has_word(const char *path, const char *word)
{
	auto_buf text = BUF_INIT;
	struct err err = ERR_INIT;

	if (io_read_file(path, 1 << 16, &text, &err) < 0)
		return false;
	for (char *save = NULL, *w = strtok_r(text.data, ",\n", &save); w; w = strtok_r(NULL, ",\n", &save))
		if (!strcmp(w, word))
			return true;
	return false;
}

int bpf_kernel_probe(struct err *err)
{
	if (access("/sys/kernel/btf/vmlinux", R_OK) < 0)
		return err_say(err, -EOPNOTSUPP,
			       "this kernel has no type information (/sys/kernel/btf/vmlinux)");
	if (!has_word("/sys/kernel/security/lsm", "bpf"))
		return err_say(err, -EOPNOTSUPP, "BPF LSM is not active: add bpf to the kernel's lsm= option "
						 "(/sys/kernel/security/lsm)");
	if (geteuid() != 0)
		return err_say(err, -EPERM, "only root can load kernel programs");
	return 0;
}

static int pin_path(char *path, size_t len, const char *dir, const char *name)
{
	return snprintf(path, len, "%s/%s", dir, name) < (int)len ? 0 : -ENAMETOOLONG;
}

static int open_pin(const char *name, struct err *err)
{
	char path[256];
	int fd;

	pin_path(path, sizeof(path), BPF_KERNEL_DIR, name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return err_set(err, fd, "cannot open %s: is a policy loaded?", path);
	return fd;
}

static int open_pin_to_read(const char *name, struct err *err)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);
	char path[256];
	int fd;

	pin_path(path, sizeof(path), BPF_KERNEL_DIR, name);
	fd = bpf_obj_get_opts(path, &options);
	return fd < 0 ? err_set(err, fd, "cannot open %s: is a policy loaded?", path) : fd;
}

bool bpf_kernel_is_installed(void)
{
	return access(BPF_KERNEL_DIR "/link_put_label_on", F_OK) == 0;
}

/* bpffs is mounted by systemd on most machines, by us elsewhere. */
static int mount_fs(struct err *err)
{
	struct statfs fs;

	if (statfs("/sys/fs/bpf", &fs) < 0)
		return err_set(err, -errno, "cannot look at /sys/fs/bpf");
	if ((unsigned)fs.f_type != (unsigned)BPF_FS_MAGIC_NUMBER &&
	    mount("bpf", "/sys/fs/bpf", "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") < 0)
		return err_set(err, -errno, "cannot mount /sys/fs/bpf");
	return 0;
}

/* How the tables are walked depends on the room. */
static bool is_room_for(uint32_t room, struct slice policy)
{
	return policy.len <= room && bpf_policy_is_packed(policy) == (room > POLICY_SPREAD_ROOM);
}

static uint32_t room_for(struct slice policy)
{
	bool is_packed = bpf_policy_is_packed(policy);
	uint32_t room = is_packed ? 2 * POLICY_SPREAD_ROOM : ROOM_MIN;
	uint32_t most = is_packed ? ROOM_MAX : POLICY_SPREAD_ROOM;

	while (room < most && room < policy.len + policy.len / 4)
		room *= 2;
	return room;
}

static uint32_t scratch_slots(void)
{
	uint32_t n = SCRATCH_MIN;

	while (n < 8u * (uint32_t)libbpf_num_possible_cpus() && n < 4096)
		n *= 2;
	return n;
}

/* The constants that the verifier counts on; the order is that of bpf/maps.h. */
struct constants {
	uint32_t policy_mask;
	uint32_t scratch_mask;
};

static int set_sizes(struct bpf_object *o, uint32_t room, struct err *err)
{
	struct bpf_map *policy = bpf_object__find_map_by_name(o, "policy");
	struct bpf_map *scratch = bpf_object__find_map_by_name(o, "scratch");
	struct bpf_map *rodata = bpf_object__find_map_by_name(o, ".rodata");
	struct constants *constants;
	size_t len;

	if (!policy || !scratch || !rodata)
		return err_say(err, -EINVAL, "the kernel programs lack a map");
	constants = (struct constants *)(uintptr_t)bpf_map__initial_value(rodata, &len);
	if (!constants || len < sizeof(*constants))
		return err_say(err, -EINVAL, "the kernel programs lack their constants");
	constants->policy_mask = room - 1;
	constants->scratch_mask = scratch_slots() - 1;
	bpf_map__set_max_entries(scratch, scratch_slots());
	return bpf_map__set_value_size(bpf_map__inner_map(policy), room + POLICY_SLACK);
}

/* Copies into the value of a new map, of which only what is in use is touched. */
static int fill_slot(int fd, uint32_t room, struct slice policy)
{
	char *value = mmap(NULL, room + POLICY_SLACK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (value == MAP_FAILED)
		return -errno;
	memcpy(value, policy.ptr, policy.len);
	munmap(value, room + POLICY_SLACK);
	return 0;
}

/* Fills a new map with the policy and puts it into the slot. */
static int put_policy(int outer, uint32_t room, struct slice policy, struct err *err)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE);
	uint32_t zero = 0;
	int fd, r;

	if (policy.len > room)
		return err_say(err, -E2BIG, "the policy needs %zu bytes, more than the %u that are possible",
			       policy.len, room);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "policy_slot", 4, room + POLICY_SLACK, 1, &options);
	r = fd < 0 ? fd : fill_slot(fd, room, policy);
	if (!r)
		r = bpf_map_update_elem(outer, &zero, &fd, BPF_ANY);
	if (fd >= 0)
		close(fd);
	return r ? err_set(err, r, "cannot give the kernel a policy of %zu bytes", policy.len) : 0;
}

/*
 * Takes names out that the next policy does not have under that number: left by somebody who ended
 * before he could swap. is_known tells of each number whether its name is there.
 */
static int clean_names(int names, struct slice policy, bool *is_known, struct err *err)
{
	char key[POLICY_LABEL_MAX], next[POLICY_LABEL_MAX], *last = NULL;
	uint32_t number;
	int r = 0;

	while (!r && !bpf_map_get_next_key(names, last, next)) {
		bool is_right = !bpf_map_lookup_elem(names, next, &number) &&
				number < bpf_policy_count(policy) &&
				!strncmp(bpf_policy_name(policy, number), next, sizeof(next));

		if (is_right) {
			is_known[number] = true;
			memcpy(key, next, sizeof(key));
			last = key;
		} else {
			r = bpf_map_delete_elem(names, next);
		}
	}
	return r ? err_set(err, r, "cannot put the names of profiles in order") : 0;
}

static int add_names(int names, struct slice policy, const bool *is_known, struct err *err)
{
	for (uint32_t i = 1; i < bpf_policy_count(policy); i++) {
		char key[POLICY_LABEL_MAX] = "";
		int r;

		if (is_known[i])
			continue;
		snprintf(key, sizeof(key), "%s", bpf_policy_name(policy, i));
		r = bpf_map_update_elem(names, key, &i, BPF_ANY);
		if (r)
			return err_set(err, r, "cannot tell the kernel the name of profile %s", key);
	}
	return 0;
}

/* Names before the policy that uses their numbers: a number never gets another name. */
static int put_names(int names, struct slice policy, struct err *err)
{
	auto_free bool *is_known = calloc(bpf_policy_count(policy) + 1, sizeof(*is_known));
	int r;

	if (!is_known)
		return err_set(err, -ENOMEM, "no memory for the names of profiles");
	r = clean_names(names, policy, is_known, err);
	return r ? r : add_names(names, policy, is_known, err);
}

/* Programs for what only some kernels have: a newer hook where older ones ask another, message queues. */
static bool is_wanted(const struct bpf_program *program)
{
	static const struct {
		const char *section;
		enum bpf_attach_type type;
	} some[] = {
		{ "lsm/file_truncate", BPF_LSM_MAC },
		{ "fexit/mqueue_create", BPF_TRACE_FEXIT },
		{ "fexit/mqueue_create_attr", BPF_TRACE_FEXIT },
		{ "fentry/mqueue_evict_inode", BPF_TRACE_FENTRY },
	};
	const char *section = bpf_program__section_name(program);

	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		if (!strcmp(section, some[i].section))
			return libbpf_find_vmlinux_btf_id(strchr(section, '/') + 1, some[i].type) > 0;
	return true;
}

/* Not by the kernel: another program goes on to it. */
static bool is_called(const struct bpf_program *program)
{
	static const char *const names[] = { "decide_parts_of", "control_by_file" };
	const char *name = bpf_program__name(program);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static void leave_out_unwanted(struct bpf_object *o)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, o)
		if (!is_wanted(program))
			bpf_program__set_autoload(program, false);
}

static bool is_last(const char *name)
{
	for (size_t i = 0; last_programs[i]; i++)
		if (!strcmp(last_programs[i], name))
			return true;
	return false;
}

static int attach(struct bpf_program *program, struct err *err)
{
	const char *name = bpf_program__name(program);
	struct bpf_link *link = bpf_program__attach(program);
	char path[256], pin[64];
	int r;

	if (!link)
		return err_set(err, -errno, "cannot attach %s", name);
	snprintf(pin, sizeof(pin), "link_%s", name);
	pin_path(path, sizeof(path), NEXT_DIR, pin);
	r = bpf_link__pin(link, path);
	bpf_link__destroy(link);
	return r ? err_set(err, r, "cannot pin %s", path) : 0;
}

static int attach_all(struct bpf_object *o, bool is_end, struct err *err)
{
	struct bpf_program *program;
	int r = 0;

	bpf_object__for_each_program(program, o)
		if (!r && bpf_program__autoload(program) && !is_called(program) &&
		    is_last(bpf_program__name(program)) == is_end)
			r = attach(program, err);
	return r;
}

/* Those with a dot are the programs' own constants. */
static bool is_pinned(const struct bpf_map *map)
{
	return !strchr(bpf_map__name(map), '.');
}

static int pin_maps(struct bpf_object *o, struct err *err)
{
	struct bpf_map *map;
	char path[256];
	int r;

	bpf_object__for_each_map(map, o) {
		if (!is_pinned(map))
			continue;
		pin_path(path, sizeof(path), NEXT_DIR, bpf_map__name(map));
		r = bpf_map__pin(map, path);
		if (r)
			return err_set(err, r, "cannot pin %s", path);
	}
	return 0;
}

/* A map of another shape would be read for what it is not. */
static bool is_alike(const struct bpf_map *map, int fd)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);

	return !bpf_obj_get_info_by_fd(fd, &info, &len) && info.type == bpf_map__type(map) &&
	       info.key_size == bpf_map__key_size(map) && info.value_size == bpf_map__value_size(map) &&
	       info.max_entries == bpf_map__max_entries(map);
}

/* The others go with the programs: the policy, and what is known by it. */
static bool is_shared(const struct bpf_map *map)
{
	static const char *const own[] = { "policy", "known", "asked", "exec_parts", "by_file" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (!strcmp(bpf_map__name(map), own[i]))
			return false;
	return is_pinned(map);
}

static int share_map(struct bpf_map *map, struct err *err)
{
	const char *name = bpf_map__name(map);
	char path[256];
	auto_fd fd = -1;
	int r;

	pin_path(path, sizeof(path), BPF_KERNEL_DIR, name);
	fd = bpf_obj_get(path);
	if (fd < 0 && errno != ENOENT)
		return err_set(err, -errno, "cannot go on with %s", path);
	/* A new one in the place of one that is not there would not know who is confined. */
	if (fd < 0 || !is_alike(map, fd))
		return err_say(err, -EINVAL,
			       "the programs in force are of another version, which has %s map \"%s\": take all out "
			       "with `pavise unload`, then load the policy anew; processes that run are unconfined "
			       "from then on until each executes a program",
			       fd < 0 ? "no" : "another", name);
	r = bpf_map__reuse_fd(map, fd);
	return r ? err_set(err, r, "cannot go on with %s", path) : 0;
}

/* Labels, names, buffers, counters and the ring stay; only the policy gets another room. */
static int share_maps(struct bpf_object *o, struct err *err)
{
	struct bpf_map *map;
	int r = 0;

	bpf_object__for_each_map(map, o)
		if (!r && is_shared(map))
			r = share_map(map, err);
	return r;
}

static int put_in_force(struct bpf_object *o, uint32_t room, struct slice policy, struct err *err)
{
	int r = bpf_object__load(o);

	if (r)
		return err_set(err, r, "the kernel refuses the programs");
	r = put_names(bpf_map__fd(bpf_object__find_map_by_name(o, "names")), policy, err);
	if (!r)
		r = put_policy(bpf_map__fd(bpf_object__find_map_by_name(o, "policy")), room, policy,
			       err);
	if (!r)
		r = pin_maps(o, err);
	if (!r)
		r = attach_all(o, false, err);
	return r ? r : attach_all(o, true, err);
}

/* Links of exec first: from then on nobody gets a label any more. */
static int remove_pins(const char *path, bool is_end, struct err *err)
{
	auto_dir dir = opendir(path);
	int r = 0;

	if (!dir)
		return errno == ENOENT ? 0 : err_set(err, -errno, "cannot list %s", path);
	for (struct dirent *d; (d = readdir(dir));) {
		bool is_link = !strncmp(d->d_name, "link_", 5);

		if (d->d_name[0] == '.' || (is_end && !(is_link && is_last(d->d_name + 5))))
			continue;
		if (unlinkat(dirfd(dir), d->d_name, 0) < 0)
			r = err_set(err, -errno, "cannot remove %s/%s", path, d->d_name);
	}
	return r;
}

static int remove_dir(const char *path, struct err *err)
{
	int r = remove_pins(path, true, err);

	if (!r)
		r = remove_pins(path, false, err);
	if (!r && rmdir(path) < 0 && errno != ENOENT)
		r = err_set(err, -errno, "cannot remove %s", path);
	return r;
}

/* From here on the new ones are those in force; the old ones, if any, only agree until they are gone. */
static int take_place(bool is_first, struct err *err)
{
	if (renameat2(AT_FDCWD, NEXT_DIR, AT_FDCWD, BPF_KERNEL_DIR, is_first ? 0 : RENAME_EXCHANGE) < 0)
		return err_set(err, -errno, "cannot put %s in its place", NEXT_DIR);
	return is_first ? 0 : remove_dir(NEXT_DIR, err);
}

static int put_object_in_force(struct bpf_object *o, bool is_first, struct slice policy,
			       struct err *err)
{
	uint32_t room = room_for(policy);
	struct err ignored = ERR_INIT;
	int r = set_sizes(o, room, err);

	if (!r && !is_first)
		r = share_maps(o, err);
	if (!r && mkdir(NEXT_DIR, 0700) < 0)
		r = err_set(err, -errno, "cannot make %s", NEXT_DIR);
	if (!r)
		r = put_in_force(o, room, policy, err);
	if (!r)
		return take_place(is_first, err);
	remove_dir(NEXT_DIR, &ignored);
	return r;
}

/* New programs with room for the policy; beside those that are in force, if any. */
static int install(bool is_first, struct slice policy, struct err *err)
{
	struct bpf_object *o;
	int r = mount_fs(err);

	if (r)
		return r;
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(print_nothing);
	o = bpf_object__open_mem(bpf_object_bytes, bpf_object_len, NULL);
	if (!o)
		return err_set(err, -errno, "cannot open the kernel programs");
	leave_out_unwanted(o);
	r = put_object_in_force(o, is_first, policy, err);
	bpf_object__close(o);
	return r;
}

int bpf_kernel_install(struct slice policy, struct err *err)
{
	return install(true, policy, err);
}

int bpf_kernel_renew(struct slice policy, struct err *err)
{
	return install(false, policy, err);
}

int bpf_kernel_lock(struct err *err)
{
	auto_fd fd = -1;
	int r = 0;

	if (mkdir(RUN_DIR, 0700) < 0 && errno != EEXIST)
		return err_set(err, -errno, "cannot make " RUN_DIR);
	fd = open(RUN_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(err, -errno, "cannot open " RUN_DIR "/lock");
	while (flock(fd, LOCK_EX) < 0)
		if (errno != EINTR)
			return err_set(err, -errno, "cannot lock " RUN_DIR "/lock");
	/* What somebody left who ended on the way. */
	r = remove_dir(NEXT_DIR, err);
	if (!r && !bpf_kernel_is_installed())
		r = remove_dir(BPF_KERNEL_DIR, err);
	return r ? r : take_fd(&fd);
}

/* The map that holds the policy in force, and its room. */
static int open_slot(int outer, struct bpf_map_info *info, struct err *err)
{
	uint32_t zero = 0, id = 0, len = sizeof(*info);
	int r = bpf_map_lookup_elem(outer, &zero, &id), fd;

	if (r)
		return err_set(err, r, "no policy is loaded");
	fd = bpf_map_get_fd_by_id(id);
	if (fd < 0)
		return err_set(err, fd, "cannot open the policy in force");
	memset(info, 0, sizeof(*info));
	r = bpf_obj_get_info_by_fd(fd, info, &len);
	if (!r && info->value_size > POLICY_SLACK)
		return fd;
	close(fd);
	return err_set(err, r ? r : -EINVAL, "cannot look at the policy in force");
}

/* The room of the policy in force. */
static int read_room(int outer, uint32_t *room, struct err *err)
{
	struct bpf_map_info info;
	int slot = open_slot(outer, &info, err);

	if (slot < 0)
		return slot;
	close(slot);
	*room = info.value_size - POLICY_SLACK;
	return 0;
}

int bpf_kernel_swap(struct slice policy, struct err *err)
{
	auto_fd outer = open_pin("policy", err);
	auto_fd names = open_pin("names", err);
	uint32_t room;
	int r;

	if (outer < 0 || names < 0)
		return outer < 0 ? outer : names;
	r = read_room(outer, &room, err);
	if (!r && !is_room_for(room, policy))
		return bpf_kernel_renew(policy, err);
	if (!r)
		r = put_names(names, policy, err);
	return r ? r : put_policy(outer, room, policy, err);
}

/* The policy alone, without the room behind it. */
static int copy_slot(int slot, size_t len, struct buf *out)
{
	const struct policy_header *h = mmap(NULL, len, PROT_READ, MAP_SHARED, slot, 0);

	if (h == MAP_FAILED)
		return -errno;
	buf_clear(out);
	buf_add(out, h, h->len < len ? h->len : len);
	munmap((void *)(uintptr_t)h, len);
	return 0;
}

int bpf_kernel_read_policy(struct buf *out, struct err *err)
{
	auto_fd outer = open_pin("policy", err);
	auto_fd slot = -1;
	struct bpf_map_info info;
	int r;

	if (outer < 0)
		return outer;
	slot = open_slot(outer, &info, err);
	if (slot < 0)
		return slot;
	r = copy_slot(slot, info.value_size, out);
	return r ? err_set(err, r, "cannot read the policy in force") : bpf_policy_check(buf_slice(out), err);
}

static uint32_t link_id(const char *name)
{
	struct bpf_link_info info = { 0 };
	uint32_t len = sizeof(info);
	struct err ignored = ERR_INIT;
	auto_fd fd = open_pin(name, &ignored);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) < 0 ? 0 : info.id;
}

static size_t list_links(uint32_t ids[LINKS_MAX])
{
	auto_dir dir = opendir(BPF_KERNEL_DIR);
	size_t n = 0;

	for (struct dirent *d; dir && n < LINKS_MAX && (d = readdir(dir));)
		if (!strncmp(d->d_name, "link_", 5))
			ids[n++] = link_id(d->d_name);
	return n;
}

/* A pin that is taken away lets go of its link a little later: the kernel has a worker do it. */
static int wait_for_end(const uint32_t *ids, size_t n, struct err *err)
{
	for (int tries = 0; n; tries++) {
		int fd = ids[n - 1] ? bpf_link_get_fd_by_id(ids[n - 1]) : -ENOENT;

		if (fd == -ENOENT) {
			n--;
			continue;
		}
		if (fd >= 0)
			close(fd);
		if (tries == END_TRIES)
			return err_say(err, -ETIMEDOUT, "the kernel programs are still attached");
		usleep(END_PAUSE_US);
	}
	return 0;
}

int bpf_kernel_remove(struct err *err)
{
	uint32_t ids[LINKS_MAX];
	size_t n = list_links(ids);
	int r = remove_dir(BPF_KERNEL_DIR, err);

	return r ? r : wait_for_end(ids, n, err);
}

int bpf_kernel_room(uint32_t *room, struct err *err)
{
	auto_fd outer = open_pin("policy", err);

	return outer < 0 ? outer : read_room(outer, room, err);
}

int bpf_kernel_each_task(void (*visit)(void *to, const struct policy_task *task), void *to,
			 struct err *err)
{
	auto_fd link = open_pin("link_list_tasks", err);
	auto_fd fd = link < 0 ? link : bpf_iter_create(link);
	auto_buf tasks = BUF_INIT;
	int r;

	if (fd < 0)
		return link < 0 ? link : err_set(err, fd, "cannot list the confined processes");
	r = io_read_fd(fd, "the confined processes", TASKS_MAX * sizeof(struct policy_task), &tasks, err);
	for (size_t i = 0; !r && i < tasks.len / sizeof(struct policy_task); i++)
		visit(to, (const struct policy_task *)tasks.data + i);
	return r;
}

/* 0 where it cannot be asked for: it only tells. */
static uint64_t times_left_out(int link)
{
	struct bpf_link_info l = { 0 };
	struct bpf_prog_info p = { 0 };
	uint32_t l_len = sizeof(l), p_len = sizeof(p);
	auto_fd program = -1;

	if (bpf_obj_get_info_by_fd(link, &l, &l_len))
		return 0;
	program = bpf_prog_get_fd_by_id(l.prog_id);
	return program < 0 || bpf_obj_get_info_by_fd(program, &p, &p_len) ? 0 : p.recursion_misses;
}

static struct bpf_kernel_program look_at(const struct bpf_program *program)
{
	struct bpf_kernel_program p = { .hook = bpf_program__section_name(program) };
	struct err ignored = ERR_INIT;
	auto_fd link = -1;
	char pin[64];

	snprintf(pin, sizeof(pin), "link_%s", bpf_program__name(program));
	link = open_pin(pin, &ignored);
	p.is_attached = link >= 0;
	p.n_left_out = link < 0 ? 0 : times_left_out(link);
	return p;
}

int bpf_kernel_each_program(void (*visit)(void *to, const struct bpf_kernel_program *program), void *to,
			    struct err *err)
{
	struct bpf_program *program;
	struct bpf_kernel_program p;
	struct bpf_object *o;

	libbpf_set_print(print_nothing);
	o = bpf_object__open_mem(bpf_object_bytes, bpf_object_len, NULL);
	if (!o)
		return err_set(err, -errno, "cannot open the kernel programs");
	bpf_object__for_each_program(program, o) {
		if (!is_wanted(program) || is_called(program))
			continue;
		p = look_at(program);
		visit(to, &p);
	}
	bpf_object__close(o);
	return 0;
}

/* The counter's values by processor, in *values, owned by the caller; gives their number or an errno. */
static int read_counter(int fd, uint32_t which, uint64_t **values, struct err *err)
{
	int cpus = libbpf_num_possible_cpus(), r;

	if (cpus <= 0)
		return err_set(err, cpus ? cpus : -EIO, "cannot count the processors");
	*values = calloc((size_t)cpus, sizeof(**values));
	if (!*values)
		base_no_memory();
	r = bpf_map_lookup_elem(fd, &which, *values);
	return r ? err_set(err, r, "cannot read the counters") : cpus;
}

int bpf_kernel_count(int counts, enum policy_count which, uint64_t *n, struct err *err)
{
	auto_free uint64_t *values = NULL;
	uint64_t sum = 0;
	int cpus = read_counter(counts, which, &values, err);

	if (cpus < 0)
		return cpus;
	for (int i = 0; i < cpus; i++)
		sum += values[i];
	*n = sum;
	return 0;
}

int bpf_kernel_count_add(int counts, enum policy_count which, uint64_t n, struct err *err)
{
	auto_free uint64_t *values = NULL;
	uint32_t key = which;
	int r = read_counter(counts, key, &values, err);

	if (r < 0)
		return r;
	values[0] += n;
	r = bpf_map_update_elem(counts, &key, values, BPF_EXIST);
	return r ? err_set(err, r, "cannot write a counter") : 0;
}

int bpf_kernel_open_counts(struct err *err)
{
	return open_pin("counts", err);
}

int bpf_kernel_open_events(struct err *err)
{
	return open_pin("events", err);
}

int bpf_kernel_open_names(struct err *err)
{
	return open_pin_to_read("names", err);
}

void bpf_kernel_each_name(int names, void (*visit)(void *to, const char *name, uint32_t number), void *to)
{
	char key[POLICY_LABEL_MAX + 1] = "", *last = NULL;
	uint32_t number;

	for (; !bpf_map_get_next_key(names, last, key); last = key)
		if (!bpf_map_lookup_elem(names, key, &number))
			visit(to, key, number);
}

int bpf_kernel_events_id(uint32_t *id, struct err *err)
{
	struct bpf_map_info info = { 0 };
	uint32_t len = sizeof(info);
	auto_fd fd = open_pin_to_read("events", err);
	int r = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &info, &len);

	if (fd < 0)
		return fd;
	if (r)
		return err_set(err, r, "cannot look at a map");
	*id = info.id;
	return 0;
}
