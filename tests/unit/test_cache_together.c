/* The application cache when flushes and readers come together: what each may count on, and how it ends. */
#include "cache_fixture.h"

#include <sched.h>
#include <stdatomic.h>

static void
cache_flushes_that_wait_together_share_one_load_that_began_after_them(void **state)
{
	struct flush first, rest[20];
	struct cache_status before, after;

	(void)state;
	sql("INSERT INTO settings VALUES ('n', '1')");
	start();
	flush_init(&first);
	first.hold = true;
	assert_int_equal(cache_flush(cache, flush_done, &first), SRV_OK);
	flush_wait(&first); /* its load is over, the loader is busy with the answer */
	cache_status_get(cache, &before);
	for (int i = 0; i < 20; i++) {
		flush_init(&rest[i]);
		assert_int_equal(cache_flush(cache, flush_done, &rest[i]), SRV_OK);
	}
	/* Later than all of them asked, but before the load that answers them. */
	sql("UPDATE settings SET value = '2'");
	assert_setting("n", "1"); /* a reader does not wait for the loader */
	for (int i = 0; i < 20; i++) {
		pthread_mutex_lock(&rest[i].lock);
		assert_int_equal(rest[i].answers, 0);
		pthread_mutex_unlock(&rest[i].lock);
	}
	flush_release(&first);
	for (int i = 0; i < 20; i++) {
		flush_wait(&rest[i]);
		assert_int_equal(rest[i].err, SRV_OK);
	}
	assert_setting("n", "2");
	cache_status_get(cache, &after);
	assert_int_equal(after.loads, before.loads + 1);
	assert_int_equal(after.flushes, 21);
	cache_free(&cache); /* no answer is on its way any more */
	for (int i = 0; i < 20; i++) {
		assert_int_equal(rest[i].answers, 1);
		flush_fini(&rest[i]);
	}
	flush_fini(&first);
}

static void
cache_failed_load_answers_all_that_shared_it(void **state)
{
	struct flush first, rest[5];

	(void)state;
	start();
	flush_init(&first);
	first.hold = true;
	assert_int_equal(cache_flush(cache, flush_done, &first), SRV_OK);
	flush_wait(&first);
	temp_puts(license, "");
	for (int i = 0; i < 5; i++) {
		flush_init(&rest[i]);
		assert_int_equal(cache_flush(cache, flush_done, &rest[i]), SRV_OK);
	}
	flush_release(&first);
	for (int i = 0; i < 5; i++)
		flush_wait(&rest[i]);
	cache_free(&cache);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(rest[i].answers, 1);
		assert_int_equal(rest[i].err, SRV_EINVAL);
		assert_string_equal(rest[i].why, "license: the file is empty");
		flush_fini(&rest[i]);
	}
	flush_fini(&first);
}

static void *
free_cache(void *arg)
{
	cache_free(arg);
	return NULL;
}

static void
ignore_done(void *arg, enum srv_err err, const struct srv_reason *why)
{
	(void)why;
	assert_int_equal(err, SRV_ESTOPPED);
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
cache_free_answers_flushes_that_still_wait(void **state)
{
	struct cache *held, *freed;
	struct flush first, second;
	atomic_int ignored = 0;
	pthread_t thread;
	int accepted = 0;

	(void)state;
	start();
	held = freed = cache;
	cache = NULL;
	flush_init(&first);
	flush_init(&second);
	first.hold = true;
	assert_int_equal(cache_flush(held, flush_done, &first), SRV_OK);
	flush_wait(&first);
	assert_int_equal(cache_flush(held, flush_done, &second), SRV_OK);
	assert_int_equal(pthread_create(&thread, NULL, free_cache, &freed), 0);
	/* The loader is held, so the cache lives until it is released; the end shows in the refusal. */
	while (cache_flush(held, ignore_done, &ignored) == SRV_OK) {
		accepted++;
		sched_yield();
	}
	flush_release(&first);
	pthread_join(thread, NULL);
	assert_null(freed);
	assert_int_equal(first.err, SRV_OK);
	assert_int_equal(second.answers, 1);
	assert_int_equal(second.err, SRV_ESTOPPED);
	assert_int_equal(atomic_load(&ignored), accepted);
	flush_fini(&first);
	flush_fini(&second);
}

/* A writer counts up two settings in one transaction. `committed` is what was in the database for sure when it
 * was read; `flushed` is what some finished flush guarantees. */
#define ROUNDS 40
#define FLUSHERS 4
#define READERS 4
static atomic_int committed, flushed, stop, broken;

static int
seen(void)
{
	const struct snapshot *s = cache_get(cache);
	int a = atoi(snapshot_setting(s, "a")), b = atoi(snapshot_setting(s, "b"));

	if (a != b)
		atomic_fetch_or(&broken, 1);
	snapshot_unref(&s);
	return a;
}

static void
raise_to(atomic_int *to, int value)
{
	int is = atomic_load(to);

	while (is < value && !atomic_compare_exchange_weak(to, &is, value))
		;
}

static void *
flusher(void *arg)
{
	char why[sizeof(struct srv_reason)];

	(void)arg;
	while (!atomic_load(&stop)) {
		int floor = atomic_load(&committed);

		if (flush(why) != SRV_OK)
			atomic_fetch_or(&broken, 2);
		if (seen() < floor)
			atomic_fetch_or(&broken, 4);
		raise_to(&flushed, floor);
	}
	return NULL;
}

static void *
reader(void *arg)
{
	int last = 0;

	(void)arg;
	while (!atomic_load(&stop)) {
		int floor = atomic_load(&flushed), value = seen();

		if (value < floor || value < last)
			atomic_fetch_or(&broken, 8);
		last = value;
	}
	return NULL;
}

static void
cache_is_linearizable_under_flushers_and_readers(void **state)
{
	pthread_t threads[FLUSHERS + READERS];
	struct cache_status status;

	(void)state;
	atomic_store(&committed, 1);
	atomic_store(&flushed, 0);
	atomic_store(&stop, 0);
	atomic_store(&broken, 0);
	sql("PRAGMA synchronous = OFF; INSERT INTO settings VALUES ('a', '1'), ('b', '1')");
	start();
	for (int i = 0; i < FLUSHERS + READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i < FLUSHERS ? flusher : reader, NULL), 0);
	for (int i = 2; i <= ROUNDS; i++) {
		sql("BEGIN IMMEDIATE; UPDATE settings SET value = '%d' WHERE name = 'a';"
		    "UPDATE settings SET value = '%d' WHERE name = 'b'; COMMIT",
		    i, i);
		atomic_store(&committed, i);
		/* Wait until some flush has brought it in, so that each value is raced for. */
		while (atomic_load(&flushed) < i && atomic_load(&broken) == 0)
			sched_yield();
	}
	atomic_store(&stop, 1);
	for (int i = 0; i < FLUSHERS + READERS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(atomic_load(&broken), 0);
	assert_int_equal(seen(), ROUNDS);
	cache_status_get(cache, &status);
	assert_true(status.loads <= status.flushes + 1);
	assert_int_equal(status.generation, status.loads);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(cache_flushes_that_wait_together_share_one_load_that_began_after_them),
	    T(cache_failed_load_answers_all_that_shared_it),
	    T(cache_free_answers_flushes_that_still_wait),
	    T(cache_is_linearizable_under_flushers_and_readers),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
