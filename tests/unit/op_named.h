/* For tests of the endpoint: an operation's place in the table of operations. */
#ifndef SRV_TESTS_OP_NAMED_H
#define SRV_TESTS_OP_NAMED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/wire.h"

static inline int
op_named(const char *name)
{
	for (int i = 0; i < op_count; i++)
		if (strcmp(op_table[i].name, name) == 0)
			return i;
	fail_msg("no operation %s", name);
	return -1;
}

#endif
