/* What the kernel says of mounts and disks, in the words of a service that was made for drives with
 * letters.
 *
 * The mount of a path is found the way the kernel finds it: from the root mount down, each time over to the
 * child mount that lies on the path. The longest mount point that fits would be wrong where a
 * mount covers an older one. Where the tree has no root (a mountinfo that is not whole), the longest does.
 *
 * Kinds: first by the file system's type, since a network file system or tmpfs has no device; then by the
 * device, as /sys/dev/block/MAJ:MIN shows it. btrfs and the like have a device number of their own
 * making, so theirs is looked up by the name of the device they were mounted from. Called on pool threads. */
#include "disks.h"
#include "../base/buf.h"
#include "../base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MOUNTINFO_MAX 67108864 /* bytes; the kernel's limit of mounts in a namespace makes less */

const char *
disk_type_name(enum disk_type t)
{
	switch (t) {
#define X(id, name, explanation) \
	case id:                 \
		return name;
		DISK_TYPES(X)
#undef X
	}
	return "Unknown";
}

const char *
disk_type_explanation(enum disk_type t)
{
	switch (t) {
#define X(id, name, explanation) \
	case id:                 \
		return explanation;
		DISK_TYPES(X)
#undef X
	}
	return "Unrecognized";
}

/* ---- mountinfo -------------------------------------------------------------------------------------- */

/* Undoes \040 and the like, in place: the kernel writes blank, tab, line feed, backslash and # so. */
static void
unescape(char *s)
{
	char *to = s;

	while (*s != '\0') {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' &&
		    s[3] <= '7') {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* `98:0` */
static bool
parse_device(char *text, unsigned *major_no, unsigned *minor_no)
{
	char *colon = strchr(text, ':');
	int64_t major_value, minor_value;

	if (colon == NULL)
		return false;
	*colon = '\0';
	if (!text_parse_int(text, 0, UINT_MAX, &major_value) || !text_parse_int(colon + 1, 0, UINT_MAX, &minor_value))
		return false;
	*major_no = (unsigned)major_value;
	*minor_no = (unsigned)minor_value;
	return true;
}

/* `36 35 98:0 /root /mnt rw,noatime master:1 - ext3 /dev/sda1 rw`: borrowed strings into line, which is cut
 * up. False if it is no such line. */
static bool
parse_line(char *line, struct mount *m)
{
	char *field[7], *save = NULL;

	for (int i = 0; i < 6; i++) {
		field[i] = strtok_r(i == 0 ? line : NULL, " ", &save);
		if (field[i] == NULL)
			return false;
	}
	do {
		field[6] = strtok_r(NULL, " ", &save); /* optional fields, up to the hyphen */
		if (field[6] == NULL)
			return false;
	} while (strcmp(field[6], "-") != 0);
	m->fs_type = strtok_r(NULL, " ", &save);
	m->source = strtok_r(NULL, " ", &save);
	m->mount_point = field[4];
	if (m->fs_type == NULL)
		return false;
	if (m->source == NULL)
		m->source = line + strlen(line); /* an empty source is not written at all */
	if (!text_parse_int(field[0], 0, INT64_MAX, &m->id) || !text_parse_int(field[1], 0, INT64_MAX, &m->parent_id) ||
	    !parse_device(field[2], &m->major, &m->minor))
		return false;
	unescape(m->mount_point);
	unescape(m->fs_type);
	unescape(m->source);
	return m->mount_point[0] == '/';
}

/* The analyzer of gcc 12 loses a list that it follows from mounts_read_system into here, and takes what is put on it
 * for leaked. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif
static enum srv_err
add_mount(struct mounts *all, const struct mount *m)
{
	struct mount copy = *m;

	if (all->count == all->cap) {
		size_t more = all->cap == 0 ? 32 : 2 * all->cap;
		struct mount *p = realloc(all->mount, more * sizeof *p);

		if (p == NULL)
			return SRV_ENOMEM;
		all->mount = p;
		all->cap = more;
	}
	copy.mount_point = strdup(m->mount_point);
	copy.fs_type = strdup(m->fs_type);
	copy.source = strdup(m->source);
	if (copy.mount_point == NULL || copy.fs_type == NULL || copy.source == NULL) {
		free(copy.mount_point);
		free(copy.fs_type);
		free(copy.source);
		return SRV_ENOMEM;
	}
	all->mount[all->count++] = copy;
	return SRV_OK;
}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

static enum srv_err
read_all(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum srv_err err = SRV_OK;

	if (fd < 0)
		return SRV_EIO;
	for (;;) {
		char piece[8192];
		ssize_t n = read(fd, piece, sizeof piece);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			err = SRV_EIO;
		if (n <= 0)
			break;
		buf_put(out, piece, (size_t)n);
		if (out->err != SRV_OK) {
			err = out->err == SRV_ELIMIT ? SRV_EIO : out->err;
			break;
		}
	}
	close(fd);
	return err;
}

enum srv_err
mounts_read(const char *mountinfo, struct mounts *out)
{
	struct mounts all = {0};
	enum srv_err err;
	struct buf text;
	char *save = NULL;

	buf_init(&text, MOUNTINFO_MAX);
	err = read_all(mountinfo, &text);
	if (err != SRV_OK || text.data == NULL)
		goto out;
	for (char *line = strtok_r(text.data, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save)) {
		struct mount m = {0};

		if (!parse_line(line, &m))
			continue;
		err = add_mount(&all, &m);
		if (err != SRV_OK)
			goto out;
	}
out:
	buf_fini(&text);
	if (err == SRV_OK)
		*out = all;
	else
		mounts_fini(&all);
	return err;
}

static bool
has_id(const struct mounts *all, int64_t id)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->mount[i].id == id)
			return true;
	return false;
}

/* The mount at `/` that hangs on nothing we can see. */
static const struct mount *
root_mount(const struct mounts *all)
{
	for (size_t i = all->count; i-- > 0;) {
		const struct mount *m = &all->mount[i];

		if (strcmp(m->mount_point, "/") == 0 && !m->assumed &&
		    (m->parent_id == m->id || !has_id(all, m->parent_id)))
			return m;
	}
	return NULL;
}

enum srv_err
mounts_read_system(struct mounts *out)
{
	struct mounts all;
	struct stat root;
	enum srv_err err = mounts_read(DISKS_MOUNTINFO, &all);

	if (err != SRV_OK)
		return err;
	if (root_mount(&all) == NULL && stat("/", &root) == 0) {
		struct mount m = {.id = -1,
		    .parent_id = -1,
		    .major = major(root.st_dev),
		    .minor = minor(root.st_dev),
		    .mount_point = (char[]){"/"},
		    .fs_type = (char[]){""},
		    .source = (char[]){""},
		    .assumed = true};
		err = add_mount(&all, &m);
	}
	if (err == SRV_OK)
		*out = all;
	else
		mounts_fini(&all);
	return err;
}

void
mounts_fini(struct mounts *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->mount[i].mount_point);
		free(all->mount[i].fs_type);
		free(all->mount[i].source);
	}
	free(all->mount);
	*all = (struct mounts){0};
}

/* True if path is dir or lies below it. */
static bool
is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len > 0 && dir[len - 1] == '/')
		len--;
	return strncmp(path, dir, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static const struct mount *
child_on_path(const struct mounts *all, const struct mount *parent, const char *path)
{
	const struct mount *first = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct mount *m = &all->mount[i];

		if (m->parent_id != parent->id || m == parent || !is_below(path, m->mount_point))
			continue;
		if (first == NULL || strlen(m->mount_point) <= strlen(first->mount_point))
			first = m;
	}
	return first;
}

static const struct mount *
longest(const struct mounts *all, const char *path)
{
	const struct mount *best = NULL;

	for (size_t i = 0; i < all->count; i++) {
		const struct mount *m = &all->mount[i];

		if (is_below(path, m->mount_point) &&
		    (best == NULL || strlen(m->mount_point) >= strlen(best->mount_point)))
			best = m;
	}
	return best;
}

const struct mount *
mounts_find(const struct mounts *all, const char *real_path)
{
	const struct mount *m = root_mount(all), *child;

	if (m == NULL)
		return longest(all, real_path);
	/* No chain is longer than the list, unless the list contradicts itself. */
	for (size_t i = 0; i < all->count; i++) {
		child = child_on_path(all, m, real_path);
		if (child == NULL)
			return m;
		m = child;
	}
	return longest(all, real_path);
}

const struct mount *
mounts_find_path(const struct mounts *all, const char *path)
{
	char real[PATH_MAX]; /* not from the heap: out of memory must not read as "on no disk" */

	return realpath(path, real) == NULL ? NULL : mounts_find(all, real);
}

/* ---- kinds ------------------------------------------------------------------------------------------ */

static bool
is_one_of(const char *s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

static const char *const network_types[] = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "afs",
    "coda", "ncpfs", "lustre", "orangefs", "beegfs", "gpfs", "glusterfs", "davfs", "fuse.sshfs", "fuse.glusterfs",
    "fuse.ceph", "fuse.ceph-fuse", "fuse.davfs", "fuse.davfs2", "fuse.rclone", "fuse.s3fs", "fuse.goofys",
    "fuse.smbnetfs", "fuse.curlftpfs", "fuse.cifs", "fuse.juicefs", "fuse.moosefs", "fuse.mfs", "fuse.lizardfs", NULL};
static const char *const ram_types[] = {"tmpfs", "ramfs", "devtmpfs", "hugetlbfs", NULL};
/* Without a block device number of their own, but always on a disk that stays. */
static const char *const layered_types[] = {
    "zfs", "overlay", "overlayfs", "aufs", "ecryptfs", "bcachefs", "btrfs", NULL};

/* The number of the device a file system was mounted from, where its own number is not that of a device. */
static bool
source_device(const struct mount *m, unsigned *major_no, unsigned *minor_no)
{
	struct stat st;

	if (m->source[0] != '/' || stat(m->source, &st) != 0 || !S_ISBLK(st.st_mode))
		return false;
	*major_no = major(st.st_rdev);
	*minor_no = minor(st.st_rdev);
	return true;
}

/* The number in a sysfs file, or -1. */
static int
read_flag(const char *dir, const char *name)
{
	char path[PATH_MAX], text[16];
	int64_t value = -1;
	FILE *f;

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
		return -1;
	f = fopen(path, "re");
	if (f == NULL)
		return -1;
	if (fgets(text, sizeof text, f) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		(void)text_parse_int(text, 0, INT_MAX, &value);
	}
	fclose(f);
	return (int)value;
}

static bool
has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* By the block device. sysfs shows a partition as a directory inside its disk's, and only the disk's has
 * `removable`. */
static enum disk_type
device_type(unsigned major_no, unsigned minor_no, const char *sysfs)
{
	enum disk_type type = DISK_UNKNOWN;
	char link[PATH_MAX], *dir = NULL, *name;

	if (snprintf(link, sizeof link, "%s/dev/block/%u:%u", sysfs, major_no, minor_no) >= (int)sizeof link)
		return DISK_UNKNOWN;
	dir = realpath(link, NULL);
	if (dir == NULL)
		return DISK_UNKNOWN;
	if (read_flag(dir, "partition") >= 0) {
		name = strrchr(dir, '/');
		if (name != NULL)
			*name = '\0';
	}
	name = strrchr(dir, '/');
	name = name == NULL ? dir : name + 1;
	if (has_prefix(name, "sr") || has_prefix(name, "scd"))
		type = DISK_CDROM;
	else if (has_prefix(name, "ram") || has_prefix(name, "zram"))
		type = DISK_RAM;
	else if (has_prefix(name, "nbd") || has_prefix(name, "rbd"))
		type = DISK_NETWORK;
	else if (read_flag(dir, "removable") == 1)
		type = DISK_REMOVABLE;
	else if (read_flag(dir, "removable") == 0)
		type = DISK_FIXED;
	free(dir);
	return type;
}

enum disk_type
disk_type(const struct mount *m, const char *sysfs)
{
	unsigned major_no = m->major, minor_no = m->minor;

	if (is_one_of(m->fs_type, network_types))
		return DISK_NETWORK;
	if (is_one_of(m->fs_type, ram_types))
		return DISK_RAM;
	if (strcmp(m->fs_type, "iso9660") == 0)
		return DISK_CDROM;
	if (major_no == 0 && !source_device(m, &major_no, &minor_no))
		return is_one_of(m->fs_type, layered_types) ? DISK_FIXED : DISK_UNKNOWN;
	return device_type(major_no, minor_no, sysfs);
}

/* ---- space ------------------------------------------------------------------------------------------ */

static int64_t
bytes_of(uint64_t blocks, uint64_t block_bytes)
{
	if (block_bytes != 0 && blocks > INT64_MAX / block_bytes)
		return INT64_MAX;
	return (int64_t)(blocks * block_bytes);
}

enum srv_err
disk_space(const char *path, struct disk_space *out)
{
	struct statvfs vfs;
	int rc;

	do
		rc = statvfs(path, &vfs);
	while (rc != 0 && errno == EINTR);
	if (rc != 0)
		return SRV_EIO;
	out->size = bytes_of(vfs.f_blocks, vfs.f_frsize);
	out->free = bytes_of(vfs.f_bavail, vfs.f_frsize);
	return SRV_OK;
}

bool
disk_is_critical(const struct disk_space *s)
{
	int64_t tenth = s->size / 10;

	return s->free < tenth || (s->free == tenth && s->size % 10 != 0);
}
