/* SPDX-License-Identifier: BSD-2-Clause */
/* Names that come, go and move: mkdir, rmdir, unlink, rename, link, symlink, mknod. */
#include "say.h"

#include <linux/fs.h>
#include <sys/sysmacros.h>

static char *const bad = (char *)8;

static void fill(void)
{
	umask(022);
	mkdir("d", 0755);
	mkdir("d/e", 0755);
	put_file("f", "f");
	put_file("g", "gg");
	put_file("d/h", "hhh");
	symlink("f", "lf");
	symlink("d", "ld");
	symlink("none", "ln");
	symlink("loop", "loop");
	mkfifo("fifo", 0644);
}

static void empty(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	char path[PATH_MAX];

	while (dir && (e = readdir(dir))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (unlink(path) < 0) {
			empty(path);
			rmdir(path);
		}
	}
	if (dir)
		closedir(dir);
}

/* All names against one call with one name. */
static const char *const names[] = {
	"f", "d", "d/", "d/.", "d/..", ".", "..", "/", "", "new", "new/", "new//", "f/", "f/x", "none/x", "lf",
	"lf/", "ld", "ld/", "ld/x", "ln", "ln/", "ln/x", "loop", "loop/", "loop/x", "fifo", "d/e", "d/e/",
	"d//e///", "./new", "d/../new", "//", "d/e/../../new",
};

static long do_mkdir(const char *p) { return mkdir(p, 0751); }
static long do_rmdir(const char *p) { return rmdir(p); }
static long do_unlink(const char *p) { return unlink(p); }
static long do_removedir(const char *p) { return unlinkat(AT_FDCWD, p, AT_REMOVEDIR); }
static long do_mknod(const char *p) { return mknod(p, S_IFREG | 0640, 0); }
static long do_mkfifo(const char *p) { return mkfifo(p, 0640); }
static long do_mksock(const char *p) { return mknod(p, S_IFSOCK | 0600, 0); }
static long do_symlink(const char *p) { return symlink("to where", p); }
static long do_link(const char *p) { return link("g", p); }
static long do_link_from(const char *p) { return link(p, "fresh"); }
static long do_link_follow(const char *p)
{
	return linkat(AT_FDCWD, p, AT_FDCWD, "fresh", AT_SYMLINK_FOLLOW);
}
static long do_rename(const char *p) { return rename("g", p); }
static long do_rename_dir(const char *p) { return rename("d/e", p); }
static long do_rename_from(const char *p) { return rename(p, "fresh"); }
static long do_exchange(const char *p)
{
	return renameat2(AT_FDCWD, "g", AT_FDCWD, p, RENAME_EXCHANGE);
}
static long do_noreplace(const char *p)
{
	return renameat2(AT_FDCWD, "g", AT_FDCWD, p, RENAME_NOREPLACE);
}

static void one_name(const char *verb, long (*act)(const char *))
{
	char what[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		empty(".");
		fill();
		snprintf(what, sizeof(what), "%s %s", verb, names[i]);
		if (say(what, act(names[i])) == 0)
			tree(".");
	}
	empty(".");
	fill();
}

static void dirfds(void)
{
	head("relative to descriptors");
	T(open("d", O_RDONLY));
	T(open("f", O_RDONLY));
	T(mkdirat(3, "m", 0700));
	T(mkdirat(4, "m", 0700));
	T(mkdirat(-1, "m", 0700));
	T(mkdirat(77, "m", 0700));
	T(symlinkat("x", 3, "s"));
	T(linkat(AT_FDCWD, "f", 3, "l", 0));
	T(linkat(4, "", 3, "l2", AT_EMPTY_PATH));
	T(linkat(4, "", 3, "l2", 0));
	T(renameat(3, "l", AT_FDCWD, "back"));
	T(renameat(3, "none", AT_FDCWD, "back"));
	T(renameat(AT_FDCWD, "back", 3, "../back2"));
	T(mknodat(3, "n", S_IFIFO | 0600, 0));
	T(unlinkat(3, "n", 0));
	T(unlinkat(3, "m", 0));
	T(unlinkat(3, "m", AT_REMOVEDIR));
	T(unlinkat(3, "h", 0x4000));
	T(renameat2(3, "h", 3, "h2", 0x80));
	T(renameat2(3, "h", 3, "h2", RENAME_EXCHANGE | RENAME_NOREPLACE));
	T(linkat(3, "h", 3, "h3", 0x8000));
	T(fchdir(3));
	T(mkdir("cwd", 0700));
	T(rename("../f", "f2"));
	T(chdir(".."));
	T(close(3));
	T(close(4));
	tree(".");
}

static void modes(void)
{
	head("modes and umask");
	for (int mask = 0; mask <= 0777; mask += 0333) {
		umask((mode_t)mask);
		T(mkdir("m", 07777));
		T(mknod("n", S_IFREG | 07777, 0));
		T(mkfifo("o", 0777));
		T(symlink("x", "p"));
		tree(".");
		T(chmod("m", 0700));
		rmdir("m");
		unlink("n");
		unlink("o");
		unlink("p");
	}
	umask(022);
	head("set-group-ID folder");
	T(mkdir("sg", 0755));
	T(chmod("sg", 02755));
	T(mkdir("sg/in", 0755));
	put_file("sg/file", "");
	tree("sg");
}

static void devices(void)
{
	head("devices");
	T(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	T(mknod("white", S_IFCHR | 0666, 0));
	T(mknod("block", S_IFBLK | 0600, makedev(7, 0)));
	T(mknod("zero", 0600, 0));
	T(mknod("what", 0170000, 0));
	T(mknod("dir", S_IFDIR | 0700, 0));
	T(mknod("link", S_IFLNK | 0700, 0));
	tree(".");
}

static void pointers(void)
{
	char component[300], to[PATH_MAX + 10];

	head("pointers and lengths");
	memset(component, 'c', sizeof(component));
	component[256] = 0;
	memset(to, 't', sizeof(to));
	T(mkdir(bad, 0700));
	T(rmdir(bad));
	T(unlink(bad));
	T(rename(bad, "x"));
	T(rename("f", bad));
	T(link("f", bad));
	T(link(bad, "x"));
	T(symlink(bad, "x"));
	T(symlink("x", bad));
	T(mknod(bad, S_IFREG, 0));
	T(symlink("", "x"));
	T(link("", "x"));
	T(link("f", ""));
	T(rename("", "x"));
	T(rename("f", ""));
	T(mkdir(component, 0700));
	T(rename("f", component));
	T(symlink("x", component));
	T(unlink(component));
	to[PATH_MAX] = 0;
	T(symlink(to, "long"));
	to[PATH_MAX - 1] = 0;
	T(symlink(to, "long"));
	T(mkdir(to, 0700));
	T(unlink("long"));
}

static void moves(void)
{
	head("moves of folders");
	T(rename("d", "d/e/x"));
	T(rename("d", "d"));
	T(rename("f", "f"));
	T(mkdir("other", 0700));
	T(rename("d", "other"));
	T(rename("other", "d"));
	T(rename("d/e", "f"));
	T(rename("f", "d/e"));
	T(link("d", "hard"));
	T(link("f", "hard"));
	T(rename("f", "hard"));
	T(unlink("hard"));
	T(link("lf", "hl"));
	T(renameat2(AT_FDCWD, "d", AT_FDCWD, "d/e", RENAME_EXCHANGE));
	T(renameat2(AT_FDCWD, "d/e", AT_FDCWD, "f", RENAME_EXCHANGE));
	T(renameat2(AT_FDCWD, "f", AT_FDCWD, "fw", RENAME_WHITEOUT));
	T(rename("/proc/self/status", "x"));
	T(link("/proc/self/exe", "x"));
	T(link("/etc/hostname", "x"));
	T(mkdir("/proc/x", 0700));
	T(unlink("/proc/self/status"));
	T(rename("f", "/dev/shm/x"));
	T(rmdir("d"));
	tree(".");
}

static void read_only_folder(void)
{
	head("a folder one may not write");
	T(mkdir("locked", 0755));
	put_file("locked/in", "x");
	T(chmod("locked", 0555));
	T(mkdir("locked/x", 0700));
	T(unlink("locked/in"));
	T(rename("locked/in", "out"));
	T(rename("f", "locked/f"));
	T(symlink("x", "locked/s"));
	T(chmod("locked", 0));
	T(mkdir("locked/y", 0700));
	T(open("locked/in", O_RDONLY) < 0 ? -1 : 0);
	T(chmod("locked", 0700));
	head("a sticky folder");
	T(mkdir("sticky", 0700));
	T(chmod("sticky", 01777));
	put_file("sticky/in", "x");
	T(unlink("sticky/in"));
}

int main(void)
{
	char long_path[PATH_MAX];
	size_t at = 0;

	fill();
	one_name("mkdir", do_mkdir);
	one_name("rmdir", do_rmdir);
	one_name("unlink", do_unlink);
	one_name("removedir", do_removedir);
	one_name("mknod", do_mknod);
	one_name("mkfifo", do_mkfifo);
	one_name("mksock", do_mksock);
	one_name("symlink", do_symlink);
	one_name("link to", do_link);
	one_name("link from", do_link_from);
	one_name("link follow", do_link_follow);
	one_name("rename to", do_rename);
	one_name("rename folder to", do_rename_dir);
	one_name("rename from", do_rename_from);
	one_name("exchange", do_exchange);
	one_name("noreplace", do_noreplace);
	dirfds();
	empty(".");
	modes();
	empty(".");
	devices();
	empty(".");
	fill();
	pointers();
	moves();
	empty(".");
	fill();
	read_only_folder();
	head("deep");
	for (int i = 0; i < 200; i++) {
		mkdir("deep-deep-deep", 0700);
		if (chdir("deep-deep-deep") < 0)
			note("chdir %d: %s", i, strerrorname_np(errno));
	}
	T(mkdir("bottom", 0700));
	put_file("file", "deep");
	show_file("file");
	T(rename("file", "bottom/file"));
	T(link("bottom/file", "again"));
	T(open("bottom/file", O_RDONLY));
	T(getcwd(long_path, sizeof(long_path)) ? 0 : -1);
	T(unlink("again"));
	T(unlink("bottom/file"));
	T(rmdir("bottom"));
	for (at = 0; at < 200; at++)
		if (chdir("..") < 0 || rmdir("deep-deep-deep") < 0)
			break;
	note("%zu levels", at);
	return 0;
}
