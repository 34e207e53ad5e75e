/* How a snapshot is made: rows go in, a finished, immutable snapshot comes out. Only cache.c and
 * snapshot.c include this; readers of a snapshot need cache.h alone.
 * Thread: the one that makes it. */
#ifndef SRV_CACHE_SNAPSHOT_H
#define SRV_CACHE_SNAPSHOT_H

#include "cache.h"

/* What one load may bring. A source beyond these is refused as a whole. */
#define SNAPSHOT_ROWS_MAX 500000      /* rows of a table */
#define SNAPSHOT_KEY_MAX 1024         /* bytes of a name, a resource id, a language, a schedule */
#define SNAPSHOT_TEXT_MAX 1048576     /* bytes of a value, a text, a path */
#define SNAPSHOT_BYTES_MAX 268435456u /* bytes of all strings together */

struct snapshot_build {
	struct snapshot *snapshot; /* owned until snapshot_build_take; the licence is filled in by the caller */
	struct srv_reason why;     /* what a row callback had against its row; empty if nothing */
};

/* Errors: SRV_ENOMEM. On failure nothing is left to release. */
enum srv_err snapshot_build_init(struct snapshot_build *);
void snapshot_build_fini(struct snapshot_build *);
/* Fills in callbacks that put rows into the snapshot. They return SRV_EINVAL or SRV_ELIMIT, and write
 * build->why, for a row that is refused. *out borrows the build. */
void snapshot_build_loader(struct snapshot_build *, struct store_loader *out);
/* After the last row: makes the lookups, checks and derives what srv itself reads, and hands the snapshot
 * out with one reference. On failure *source (a constant) and why say what was refused, and the build
 * is still to be released. */
enum srv_err snapshot_build_take(struct snapshot_build *, uint64_t generation, const struct snapshot **out,
    const char **source, struct srv_reason *why);

#endif
