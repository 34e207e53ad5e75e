/* The tickets in memory: how many, what an end does to rows that are still on their way, and many threads. */
#include "session_fixture.h"

#include "../../impl/session/session_cache.h"
#include "../../impl/session/session_priv.h"
#include "../../impl/session/ticket.h"
#include <pthread.h>
#include <sched.h>
#include <sodium.h>

/* The order of a race, step by step: the row is read, the ticket ends, the row comes to the cache. */
static void
logout_beats_a_row_that_was_read_before(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	uint8_t bytes[TICKET_BYTES], hash[TICKET_HASH_BYTES];
	struct session_look look = {.hash = hash, .now = {T0}, .now_mono = test_mono()};
	struct session_row row = {.created_at = {T0}, .stored = {T0 + DAY}, .asked = test_mono()};
	struct session_view view;

	(void)state;
	login(ticket);
	assert_int_equal(session_peek(sessions, ticket, false, &row.session, &row.stored), SRV_OK);
	assert_true(ticket_parse(ticket, bytes));
	ticket_hash(bytes, hash);
	assert_int_equal(store_version(store, &row.version), SRV_OK);
	row.mark = session_cache_mark(sessions->cache, hash);
	assert_int_equal(session_logout(sessions, ticket), SRV_OK);
	assert_int_equal(session_cache_insert(sessions->cache, &look, &row, &view), SRV_OK);
	session_unref(&view.session);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	row.mark = session_cache_mark(sessions->cache, hash); /* the same with a mark of after: it would have come in */
	assert_int_equal(session_cache_insert(sessions->cache, &look, &row, &view), SRV_OK);
	session_unref(&view.session);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	assert_int_equal(check(ticket, true, NULL), SRV_OK); /* trusted, as an unchanged version says */
	session_unref(&row.session);
}

static char raced[SESSION_TICKET_LEN + 1];
static atomic_bool gone, race_over;
static atomic_int seen_alive, seen_after;

static void *
show_without_end(void *arg)
{
	bool was_gone;

	(void)arg;
	while (!atomic_load(&race_over)) {
		was_gone = atomic_load(&gone);
		const struct session *s = NULL;
		wall_t expires;
		enum srv_err err = session_peek(sessions, raced, true, &s, &expires);
		if (err == SRV_EAGAIN)
			err = session_check(sessions, raced, true, &s, &expires);
		if (err == SRV_OK)
			atomic_fetch_add(was_gone ? &seen_after : &seen_alive, 1);
		session_unref(&s);
	}
	return NULL;
}

/* Rows are read all the time, because another ticket's end keeps the version and the marks moving. */
static void
logout_holds_against_threads_that_show_the_ticket(void **state)
{
	enum { THREADS = 3, ROUNDS = 20 };
	pthread_t threads[THREADS];
	char other[SESSION_TICKET_LEN + 1];

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		login(raced);
		login(other);
		atomic_store(&gone, false);
		atomic_store(&race_over, false);
		atomic_store(&seen_alive, 0);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, show_without_end, NULL), 0);
		while (atomic_load(&seen_alive) < 10)
			sched_yield();
		outside("UPDATE users SET last_name = last_name");
		atomic_fetch_add(&now_ms, SESSION_TRUST_MS);
		assert_int_equal(session_logout(sessions, raced), SRV_OK);
		atomic_store(&gone, true);
		assert_int_equal(show(raced, true), SRV_ETICKET);
		assert_int_equal(session_logout(sessions, other), SRV_OK);
		assert_int_equal(show(raced, true), SRV_ETICKET);
		atomic_store(&race_over, true);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(atomic_load(&seen_after), 0);
	}
}

static void
cache_holds_no_more_than_its_room_and_keeps_what_is_looked_at(void **state)
{
	struct sessions_conf conf = {.idle_days = 30, .max_days = 90};
	struct session_cache *cache;
	char ticket[SESSION_TICKET_LEN + 1];
	uint8_t hash[TICKET_HASH_BYTES], busy[TICKET_HASH_BYTES] = {0};
	struct session_look look = {.hash = busy, .now = {T0}, .now_mono = test_mono()};
	struct session_row row = {.created_at = {T0}, .version = 1, .asked = test_mono()};
	struct session_view view;

	(void)state;
	login(ticket);
	assert_int_equal(session_peek(sessions, ticket, false, &row.session, &row.stored), SRV_OK);
	assert_int_equal(session_cache_new(15, &conf, &cache), SRV_EINVAL);
	assert_int_equal(session_cache_new(1024, &conf, &cache), SRV_OK);
	assert_int_equal(session_cache_insert(cache, &look, &row, &view), SRV_OK);
	session_unref(&view.session);
	for (uint64_t i = 0; i < 20000; i++) {
		crypto_hash_sha256(hash, (const unsigned char *)&i, sizeof i);
		look.hash = hash;
		assert_int_equal(session_cache_insert(cache, &look, &row, &view), SRV_OK);
		session_unref(&view.session);
		look.hash = busy;
		assert_int_equal(session_cache_peek(cache, &look, &view), SRV_OK);
		session_unref(&view.session);
	}
	assert_int_equal(session_cache_count(cache), 1024);
	session_cache_free(&cache);
	assert_null(cache);
	session_unref(&row.session);
}

static void *
live_a_day(void *arg)
{
	const char *uid = arg;
	char ticket[SESSION_TICKET_LEN + 1];
	struct session_login l = {.uid = uid, .pwd = PWD, .peer = PEER, .snapshot = &snapshot};
	const struct session *s = NULL;
	wall_t expires;

	for (int i = 0; i < 5; i++) {
		if (session_login(sessions, &l, ticket, &s, &expires) != SRV_OK)
			return arg;
		session_unref(&s);
		for (int n = 0; n < 50; n++) {
			enum srv_err err = session_peek(sessions, ticket, true, &s, &expires);
			if (err == SRV_EAGAIN)
				err = session_check(sessions, ticket, true, &s, &expires);
			if (err != SRV_OK || strcmp(s->username, uid) != 0)
				return arg;
			session_unref(&s);
			atomic_fetch_add(&now_ms, 60);
			atomic_fetch_add(&now_s, 300);
		}
		if (session_logout(sessions, ticket) != SRV_OK)
			return arg;
	}
	return NULL;
}

static void
sessions_of_many_threads_do_not_mix(void **state)
{
	static const char *const names[] = {"jsmith", "mmeier", "jsmith", "mmeier"};
	pthread_t threads[4];
	void *failed;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, live_a_day, (void *)(uintptr_t)names[i]), 0);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(logout_beats_a_row_that_was_read_before),
	    T(logout_holds_against_threads_that_show_the_ticket),
	    T(cache_holds_no_more_than_its_room_and_keeps_what_is_looked_at),
	    T(sessions_of_many_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, make_hash, free_hash);
}
