/* Memory that is wiped before it is freed, for a library that takes functions to allocate with and is given secrets to
 * read. Each is as the C library's function of its name. Thread: any. */
#ifndef SRV_BASE_WIPED_H
#define SRV_BASE_WIPED_H

#include <stddef.h>

void *wiped_malloc(size_t size);
void *wiped_realloc(void *, size_t size);
void wiped_free(void *);

#endif
