/* What the tests of the maintenance jobs share: a real store, a tree of files, and the flag that stops a job. */
#ifndef SRV_TESTS_JOBS_FIXTURE_H
#define SRV_TESTS_JOBS_FIXTURE_H

#include "database_fixture.h"

#include "../../impl/base/log.h"
#include "../../impl/cache/cache.h"
#include <stdatomic.h>

#define DAY_S 86400

static char tree[TEMP_PATH_MAX];
static struct store *store;
static struct cache *cache;
static atomic_bool stop;

static inline int
setup(void **state)
{
	(void)state;
	place_make();
	temp_join(tree, dir, "tree");
	assert_int_equal(mkdir(tree, 0700), 0);
	assert_int_equal(store_open(database, true, 4, &store, NULL), SRV_OK);
	admin_open(database);
	atomic_store(&stop, false);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	clock_override(NULL, NULL);
	cache_free(&cache);
	store_close(&store);
	place_remove();
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
