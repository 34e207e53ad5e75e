/* What stands in the memory of a running srvd. Reading it takes root, or the same user and core_dumps = true. */
#ifndef SRV_WIRE_MEMORY_H
#define SRV_WIRE_MEMORY_H

#include "harness.h"

/* Looks for each of the needles, which are of 64 bytes at most. A line for each place where one stands, with what
 * stands around it, or NULL if there is none. Asserts that the memory can be read. */
char *wire_memory_find(const struct wire_srvd *, const struct wire_bytes *needles, size_t count);

#endif
