/* Measures a directory tree. For warehouse_statistics.c and its tests. */
#ifndef SRV_JOBS_WALK_H
#define SRV_JOBS_WALK_H

#include "../base/err.h"
#include <stdatomic.h>
#include <stdint.h>

#define WALK_DEPTH_MAX 128 /* each level costs a descriptor while it is open */

struct walk_sum {
	int64_t files, bytes; /* regular files, and their sizes as ls shows them */
	int64_t unreadable;   /* directories that we have no right to look into: not counted */
};

/* Counts the regular files at and below path. path itself may be a symbolic link; one below it is never
 * followed, and no directory is entered that is already being walked. What vanishes meanwhile is left
 * out. Thread: any; blocks on the disk. Errors: SRV_ENOENT (no such directory), SRV_EINVAL (not a
 * directory), SRV_ESTOPPED (*stop became true), SRV_ELIMIT (nested too deep), SRV_EIO, SRV_ENOMEM; why says more,
 * without the path. */
enum srv_err walk_measure(const char *path, const atomic_bool *stop, struct walk_sum *out, struct srv_reason *why);

#endif
