/* Bytes from the operating system's generator. Thread: any. */
#ifndef SRV_BASE_RANDOM_H
#define SRV_BASE_RANDOM_H

#include "err.h"
#include <stddef.h>

/* Fills out, or zeroes it: SRV_EIO if there is nothing to draw from. */
enum srv_err random_bytes(void *out, size_t len);

#endif
