/* Bodies by key: what is kept, what makes room, what is not kept at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/body_cache.h"

static int
set_up(void **state)
{
	return body_cache_new((struct body_cache **)state) == SRV_OK ? 0 : -1;
}

static int
tear_down(void **state)
{
	body_cache_free((struct body_cache **)state);
	assert_null(*state);
	body_cache_free((struct body_cache **)state);
	return 0;
}

static void
put(struct body_cache *c, int key, const char *text)
{
	char name[BODY_CACHE_KEY_MAX];
	struct buf body;

	snprintf(name, sizeof name, "key %d", key);
	buf_init(&body, 0);
	buf_puts(&body, text);
	body_cache_put(c, name, &body);
	buf_fini(&body);
}

static const char *
get(struct body_cache *c, int key)
{
	char name[BODY_CACHE_KEY_MAX];
	const struct buf *body;

	snprintf(name, sizeof name, "key %d", key);
	body = body_cache_get(c, name);
	return body ? buf_str(body) : NULL;
}

static void
body_cache_gives_copies_by_key(void **state)
{
	assert_null(get(*state, 1));
	put(*state, 1, "one");
	put(*state, 2, "two");
	assert_string_equal(get(*state, 1), "one");
	assert_string_equal(get(*state, 2), "two");
	assert_null(get(*state, 12));
}

static void
body_cache_the_least_recently_used_makes_room(void **state)
{
	for (int i = 0; i < BODY_CACHE_ENTRIES; i++)
		put(*state, i, "x");
	assert_non_null(get(*state, 0));
	put(*state, 100, "new");
	assert_non_null(get(*state, 0));
	assert_null(get(*state, 1));
	assert_non_null(get(*state, 2));
	for (int i = 1000; i < 1000 + 10 * BODY_CACHE_ENTRIES; i++) {
		put(*state, i, "y");
		assert_non_null(get(*state, 100));
	}
	assert_null(get(*state, 0));
}

static void
body_cache_large_bodies_and_long_keys_are_not_kept(void **state)
{
	char *large = malloc(BODY_CACHE_BODY_MAX + 2);
	char key[BODY_CACHE_KEY_MAX + 1];
	struct buf body;

	assert_non_null(large);
	memset(large, 'x', BODY_CACHE_BODY_MAX + 1);
	large[BODY_CACHE_BODY_MAX + 1] = '\0';
	put(*state, 1, large);
	assert_null(get(*state, 1));
	put(*state, 1, large + 1);
	assert_string_equal(get(*state, 1), large + 1);
	free(large);
	memset(key, 'k', BODY_CACHE_KEY_MAX);
	key[BODY_CACHE_KEY_MAX] = '\0';
	buf_init(&body, 0);
	buf_puts(&body, "x");
	body_cache_put(*state, key, &body);
	assert_null(body_cache_get(*state, key));
	buf_fini(&body);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(body_cache_gives_copies_by_key),
	    TEST(body_cache_the_least_recently_used_makes_room),
	    TEST(body_cache_large_bodies_and_long_keys_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
