/* What the tests of the application cache share: a cache over a real store, which is changed by a connection of
 * another owner, as an administrator does, and flushes whose answer is waited for or held up. */
#ifndef SRV_TESTS_CACHE_FIXTURE_H
#define SRV_TESTS_CACHE_FIXTURE_H

#include "database_fixture.h"

#include "../../impl/base/log.h"
#include "../../impl/cache/cache.h"
#include <pthread.h>

static struct store *store;
static struct cache *cache;

static inline void
make_store(const char *path)
{
	struct store *made;
	struct srv_reason why = {""};

	if (store_open(path, true, 2, &made, &why) != SRV_OK)
		fail_msg("%s", why.text);
	store_close(&made);
}

static inline int
setup(void **state)
{
	(void)state;
	place_make();
	make_store(database);
	admin_open(database);
	assert_int_equal(store_open(database, false, 4, &store, NULL), SRV_OK);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	cache_free(&cache);
	store_close(&store);
	place_remove();
	return 0;
}

static inline void
start(void)
{
	struct srv_reason why = {""};

	if (cache_new(store, license, &cache, &why) != SRV_OK)
		fail_msg("%s", why.text);
}

/* One flush and its answer. */
struct flush {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int answers;
	enum srv_err err;
	char why[sizeof(struct srv_reason)];
	/* for flushes whose answer holds the loader up until it is let go */
	bool hold, held, go;
};

static inline void
flush_init(struct flush *f)
{
	*f = (struct flush){0};
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->changed, NULL);
}

static inline void
flush_done(void *arg, enum srv_err err, const struct srv_reason *why)
{
	struct flush *f = arg;

	pthread_mutex_lock(&f->lock);
	f->answers++;
	f->err = err;
	snprintf(f->why, sizeof f->why, "%s", err == SRV_OK ? "" : why->text);
	f->held = f->hold;
	pthread_cond_broadcast(&f->changed);
	while (f->hold && !f->go)
		pthread_cond_wait(&f->changed, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

static inline void
flush_wait(struct flush *f)
{
	pthread_mutex_lock(&f->lock);
	while (f->answers == 0)
		pthread_cond_wait(&f->changed, &f->lock);
	pthread_mutex_unlock(&f->lock);
}

static inline void
flush_release(struct flush *f)
{
	pthread_mutex_lock(&f->lock);
	f->go = true;
	pthread_cond_broadcast(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

static inline void
flush_fini(struct flush *f)
{
	pthread_cond_destroy(&f->changed);
	pthread_mutex_destroy(&f->lock);
}

/* Flushes and gives the outcome; why gets the reason of a failure. */
static inline enum srv_err
flush(char why[sizeof(struct srv_reason)])
{
	struct flush f;
	enum srv_err err;

	flush_init(&f);
	assert_int_equal(cache_flush(cache, flush_done, &f), SRV_OK);
	flush_wait(&f);
	/* The answer is given under the lock; taking it once more means that flush_done has let go. */
	pthread_mutex_lock(&f.lock);
	err = f.err;
	strcpy(why, f.why);
	assert_int_equal(f.answers, 1);
	pthread_mutex_unlock(&f.lock);
	flush_fini(&f);
	return err;
}

static inline void
assert_flush_ok(void)
{
	char why[sizeof(struct srv_reason)];

	if (flush(why) != SRV_OK)
		fail_msg("%s", why);
}

/* The flush fails with this reason, and what was current stays so. */
static inline void
assert_flush_fails(const char *reason)
{
	char why[sizeof(struct srv_reason)];
	const struct snapshot *before = cache_get(cache), *after;
	struct cache_status status;

	assert_int_not_equal(flush(why), SRV_OK);
	assert_string_equal(why, reason);
	after = cache_get(cache);
	assert_ptr_equal(before, after);
	cache_status_get(cache, &status);
	assert_true(status.last_failed);
	assert_int_equal(status.generation, before->generation);
	snapshot_unref(&before);
	snapshot_unref(&after);
	assert_null(after);
}

static inline void
assert_setting(const char *name, const char *value)
{
	const struct snapshot *s = cache_get(cache);
	const char *is = snapshot_setting(s, name);

	if (value == NULL)
		assert_null(is);
	else
		assert_string_equal(is, value);
	snapshot_unref(&s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
