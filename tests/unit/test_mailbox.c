/* What is ready for a loop: in order, and nothing of an exchange that has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../impl/net/mailbox.h"

static void
mailbox_drops_stale_ids_and_keeps_the_order(void **state)
{
	struct mailbox *m = NULL;
	uint32_t slot[100];
	uint64_t id[100];
	int owner[100];

	(void)state;
	assert_int_equal(mailbox_new(&m), SRV_OK);
	for (int i = 0; i < 100; i++) {
		assert_int_equal(mailbox_attach(m, &owner[i], &slot[i]), SRV_OK);
		id[i] = mailbox_begin(m, slot[i]);
	}
	for (int i = 0; i < 10; i++)
		mailbox_ready(m, id[i]);
	mailbox_end(m, slot[4], true);
	mailbox_end(m, slot[0], true);
	mailbox_end(m, slot[9], true);
	mailbox_end(m, slot[50], true);
	mailbox_ready(m, id[50]);
	id[50] = mailbox_begin(m, slot[50]);
	mailbox_ready(m, id[50]);
	for (int i = 1; i < 9; i++)
		if (i != 4)
			assert_ptr_equal(mailbox_next_ready(m), &owner[i]);
	assert_ptr_equal(mailbox_next_ready(m), &owner[50]);
	assert_null(mailbox_next_ready(m));
	mailbox_free(&m);
	assert_null(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mailbox_drops_stale_ids_and_keeps_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
