/* Configurations shared by reference: who holds one has it to himself and unchanged, whatever is put in its place. */
#include "../../impl/base/conf_ref.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct conf *
loaded(const char *max_body, const char *log_level)
{
	char *argv[] = {"srvd", "--max-body", (char *)(uintptr_t)max_body, "--log-level", (char *)(uintptr_t)log_level};
	char *env[] = {NULL};
	struct srv_reason why = {""};
	struct conf *c = NULL;

	assert_int_equal(conf_load(5, argv, env, &c, &why), SRV_OK);
	return c;
}

/* The sanitizers of the test see to it that it is freed, and not too early. */
static void
the_last_of_several_readers_frees(void **state)
{
	struct conf *mine = loaded("1000", "info");
	const struct conf *one = conf_ref(mine), *two = conf_ref(mine);

	(void)state;
	assert_ptr_equal(one, mine);
	conf_free(&mine);
	assert_null(mine);
	assert_int_equal(two->max_body, 1000);
	conf_unref(&one);
	assert_null(one);
	assert_string_equal(two->log_level, "info");
	conf_unref(&two);
}

static void
a_view_keeps_what_was_current_when_it_was_taken(void **state)
{
	struct conf *first = loaded("1000", "info"), *second = loaded("2000", "debug");
	struct conf_holder holder;
	struct conf_view view = {0}, fresh;

	(void)state;
	assert_int_equal(conf_holder_init(&holder, first), SRV_OK);
	conf_free(&first);
	assert_true(conf_view_is_old(&view, &holder));
	view = conf_view_of(&holder);
	assert_false(conf_view_is_old(&view, &holder));
	assert_int_equal(view.conf->max_body, 1000);

	conf_holder_put(&holder, second);
	conf_free(&second);
	assert_true(conf_view_is_old(&view, &holder));
	assert_int_equal(view.conf->max_body, 1000);
	assert_string_equal(view.conf->log_level, "info");

	fresh = conf_view_of(&holder);
	assert_int_equal(fresh.conf->max_body, 2000);
	conf_holder_fini(&holder);
	assert_string_equal(fresh.conf->log_level, "debug");
	conf_view_fini(&view);
	assert_null(view.conf);
	conf_view_fini(&view);
	conf_view_fini(&fresh);
}

static void
the_same_put_again_is_a_new_generation(void **state)
{
	struct conf *c = loaded("1000", "info");
	struct conf_holder holder;
	struct conf_view view;

	(void)state;
	assert_int_equal(conf_holder_init(&holder, c), SRV_OK);
	view = conf_view_of(&holder);
	conf_holder_put(&holder, c);
	assert_true(conf_view_is_old(&view, &holder));
	conf_view_fini(&view);
	conf_holder_fini(&holder);
	conf_free(&c);
}

static void
a_holder_that_never_was_is_no_trouble_to_end(void **state)
{
	struct conf_holder holder = {0};

	(void)state;
	conf_holder_fini(&holder);
}

/* ---- many threads ------------------------------------------------------------------------------------- */

enum { READERS = 4, PUTS = 2000 };

static struct conf_holder shared;
static atomic_bool over;
static atomic_int mixed, went_back;

/* max_body is always 1000 times max_chunks: a reader must never see halves of two. */
static void *
read_all_the_time(void *arg)
{
	struct conf_view v = conf_view_of(&shared);
	int64_t last = 0;

	(void)arg;
	while (!atomic_load(&over)) {
		if (conf_view_is_old(&v, &shared)) {
			conf_view_fini(&v);
			v = conf_view_of(&shared);
		}
		if (v.conf->max_body != v.conf->max_chunks * 1000)
			atomic_fetch_add(&mixed, 1);
		if (v.conf->max_body < last)
			atomic_fetch_add(&went_back, 1);
		last = v.conf->max_body;
	}
	conf_view_fini(&v);
	return NULL;
}

static struct conf *
numbered(int n)
{
	char body[16], chunks[16];
	char *argv[] = {"srvd", "--max-body", body, "--max-chunks", chunks};
	char *env[] = {NULL};
	struct srv_reason why = {""};
	struct conf *c = NULL;

	snprintf(body, sizeof(body), "%d", n * 1000);
	snprintf(chunks, sizeof(chunks), "%d", n);
	assert_int_equal(conf_load(5, argv, env, &c, &why), SRV_OK);
	return c;
}

static void
readers_never_see_halves_or_go_back(void **state)
{
	pthread_t thread[READERS];
	struct conf *c = numbered(1);

	(void)state;
	assert_int_equal(conf_holder_init(&shared, c), SRV_OK);
	conf_free(&c);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, read_all_the_time, NULL), 0);
	for (int n = 2; n <= PUTS; n++) {
		c = numbered(n);
		conf_holder_put(&shared, c);
		conf_free(&c);
	}
	atomic_store(&over, true);
	for (int i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
	conf_holder_fini(&shared);
	assert_int_equal(atomic_load(&mixed), 0);
	assert_int_equal(atomic_load(&went_back), 0);
}

/* ---- what differs ------------------------------------------------------------------------------------- */

static void
note(void *arg, const char *key, bool fixed)
{
	char *said = arg;
	size_t len = strlen(said);

	snprintf(said + len, 256 - len, "%s%s ", key, fixed ? "!" : "");
}

static struct conf *
from_flags(int argc, char *const *argv)
{
	char *env[] = {NULL};
	struct srv_reason why = {""};
	struct conf *c = NULL;

	if (conf_load(argc, argv, env, &c, &why) != SRV_OK)
		fail_msg("%s", why.text);
	return c;
}
#define FROM(...) \
	from_flags((int)(sizeof((char *[]){"srvd", __VA_ARGS__}) / sizeof(char *)), (char *[]){"srvd", __VA_ARGS__})

static void
keys_that_differ_are_named_and_those_of_a_start_marked(void **state)
{
	struct conf *a = FROM("--listen", "127.0.0.1:1", "--allowed-origins", "https://a.example,https://b.example");
	struct conf *same = FROM("--listen=127.0.0.1:1", "--allowed-origins=https://a.example https://b.example");
	struct conf *b = FROM("--listen", "127.0.0.1:2", "--database", "/x", "--license", "/y", "--public-url",
	    "https://x.example", "--allowed-origins", "https://a.example", "--workers", "3", "--pool-threads", "9",
	    "--pool-queue", "9", "--no-jobs", "--job-log-days", "9", "--log-level", "warn", "--idle-timeout", "9");
	char said[256] = "";

	(void)state;
	conf_compare(a, same, note, said);
	assert_string_equal(said, "");
	conf_compare(a, b, note, said);
	assert_string_equal(said, "listen! database! license! public_url allowed_origins workers! pool_threads! "
				  "pool_queue! jobs! job_log_days log_level idle_timeout ");
	/* A list of as many, but others; a text that is gone. */
	said[0] = '\0';
	conf_free(&a);
	a = FROM("--listen", "127.0.0.1:2", "--database", "/x", "--license", "/y", "--allowed-origins",
	    "https://b.example", "--workers", "3", "--pool-threads", "9", "--pool-queue", "9", "--no-jobs",
	    "--job-log-days", "9", "--log-level", "warn", "--idle-timeout", "9");
	conf_compare(b, a, note, said);
	assert_string_equal(said, "public_url allowed_origins ");
	conf_free(&a);
	conf_free(&same);
	conf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_last_of_several_readers_frees),
	    cmocka_unit_test(a_view_keeps_what_was_current_when_it_was_taken),
	    cmocka_unit_test(the_same_put_again_is_a_new_generation),
	    cmocka_unit_test(a_holder_that_never_was_is_no_trouble_to_end),
	    cmocka_unit_test(readers_never_see_halves_or_go_back),
	    cmocka_unit_test(keys_that_differ_are_named_and_those_of_a_start_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
