/* From a path to the disk beneath it: mount point, device, kind, size, free space. For
 * GetWarehouseStatus. Linux only: /proc/self/mountinfo (proc(5)) and /sys/dev/block.
 * Thread: any, no state; a network file system that does not answer may block disk_space. */
#ifndef SRV_OPERATIONS_DISKS_H
#define SRV_OPERATIONS_DISKS_H

#include "../base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, DiskType, DriveTypeExplanation): the words of CONTRACT section 2. */
#define DISK_TYPES(X)                                      \
	X(DISK_UNKNOWN, "Unknown", "Unrecognized")         \
	X(DISK_FIXED, "Fixed", "Non-removable Hard Disk")  \
	X(DISK_NETWORK, "Network", "Remote Network drive") \
	X(DISK_RAM, "Ram", "RAM disk")                     \
	X(DISK_CDROM, "CDRom", "CD-ROM drive")             \
	X(DISK_REMOVABLE, "Removable", "Removable Disk")

enum disk_type {
#define X(id, name, explanation) id,
	DISK_TYPES(X)
#undef X
};
const char *disk_type_name(enum disk_type);
const char *disk_type_explanation(enum disk_type);

struct mount {
	int64_t id, parent_id;
	unsigned major, minor;                /* the file system's device: what makes two mounts the same disk */
	char *mount_point, *fs_type, *source; /* escapes undone */
	bool assumed;                         /* not in the file: see mounts_read_system */
};
struct mounts {
	struct mount *mount; /* in the file's order */
	size_t count, cap;
};

/* Where the system says it; tests have files of their own. */
#define DISKS_MOUNTINFO "/proc/self/mountinfo"
#define DISKS_SYSFS "/sys"

/* Owns: *out is the caller's (mounts_fini) on SRV_OK. Lines that make no sense are left out.
 * Errors: SRV_EIO, SRV_ENOMEM. */
enum srv_err mounts_read(const char *mountinfo, struct mounts *out);
/* Of this process. In a chroot whose directory is no mount point the kernel tells of no mount at `/`; one is assumed
 * there then, known by the directory's device alone. */
enum srv_err mounts_read_system(struct mounts *out);
void mounts_fini(struct mounts *);
/* The mount that an absolute path without symbolic links lies on, borrowed; NULL if there is none. A mount that
 * another one covers is not found. */
const struct mount *mounts_find(const struct mounts *, const char *real_path);
/* The same for any path, links followed; NULL if it does not exist or may not be looked at. */
const struct mount *mounts_find_path(const struct mounts *, const char *path);

enum disk_type disk_type(const struct mount *, const char *sysfs);

struct disk_space {
	int64_t size, free; /* bytes; free is what an ordinary user may still write */
};
/* Of the file system that path is on. Errors: SRV_EIO. */
enum srv_err disk_space(const char *path, struct disk_space *out);
/* Less than a tenth is free. */
bool disk_is_critical(const struct disk_space *);

#endif
