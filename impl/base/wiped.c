/* Why: what a library has read stays in the memory that it frees, and nobody finds it there but who should not. All of
 * a block is wiped, since only the library knows how much of it was used. Called by expat, for the gate. */
#include "wiped.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *
wiped_malloc(size_t size)
{
	return malloc(size);
}

void *
wiped_realloc(void *old, size_t size)
{
	size_t had = old != NULL ? malloc_usable_size(old) : 0;
	void *new = malloc(size);

	if (new == NULL)
		return NULL;
	if (had > 0)
		memcpy(new, old, had < size ? had : size);
	wiped_free(old);
	return new;
}

void
wiped_free(void *block)
{
	if (block != NULL)
		explicit_bzero(block, malloc_usable_size(block));
	free(block);
}
