/* What a password costs, and that the cost tells nothing. */
#include "../../impl/session/password.h"
#include "../../impl/session/session.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static struct password_checker *checker;

static int
start(void **state)
{
	(void)state;
	return password_checker_new(&checker) == SRV_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	password_checker_free(&checker);
	return checker == NULL ? 0 : -1;
}

static bool
matches(const char *hash, const char *pwd, bool *outdated)
{
	bool match = false, old = false;

	password_turn_begin(checker);
	assert_int_equal(password_check(checker, hash, pwd, strlen(pwd), &match, &old), SRV_OK);
	password_turn_end(checker);
	if (outdated != NULL)
		*outdated = old;
	return match;
}

static void
password_hash_is_argon2id_at_owasp_parameters_or_above(void **state)
{
	char text[PASSWORD_TEXT_MAX];
	unsigned version, memory_kib, passes, lanes;

	(void)state;
	assert_int_equal(password_hash("secret", 6, text), SRV_OK);
	assert_int_equal(sscanf(text, "$argon2id$v=%u$m=%u,t=%u,p=%u$", &version, &memory_kib, &passes, &lanes), 4);
	assert_int_equal(version, 19);
	assert_true(memory_kib >= 19456);
	assert_true(passes >= 2);
	assert_true(lanes >= 1);
	assert_int_equal(crypto_pwhash_str_verify(text, "secret", 6), 0); /* others can read it */
}

static void
password_hash_matches_its_password_only(void **state)
{
	char text[PASSWORD_TEXT_MAX];
	bool outdated;

	(void)state;
	assert_int_equal(password_hash("pässwörd 🔑", strlen("pässwörd 🔑"), text), SRV_OK);
	assert_true(matches(text, "pässwörd 🔑", &outdated));
	assert_false(outdated);
	assert_false(matches(text, "pässwörd", &outdated));
	assert_false(outdated);
	assert_false(matches(text, "Pässwörd 🔑", NULL));
	assert_false(matches(text, "", NULL));
}

static void
password_hash_of_the_same_password_differs_each_time(void **state)
{
	char a[PASSWORD_TEXT_MAX], b[PASSWORD_TEXT_MAX];

	(void)state;
	assert_int_equal(password_hash("secret", 6, a), SRV_OK);
	assert_int_equal(password_hash("secret", 6, b), SRV_OK);
	assert_string_not_equal(a, b);
}

static void
password_long_ones_differ_in_their_last_byte(void **state)
{
	char pwd[SESSION_PWD_MAX + 1], text[PASSWORD_TEXT_MAX];

	(void)state;
	memset(pwd, 'x', SESSION_PWD_MAX);
	pwd[SESSION_PWD_MAX] = '\0';
	assert_int_equal(password_hash(pwd, SESSION_PWD_MAX, text), SRV_OK);
	assert_true(matches(text, pwd, NULL));
	pwd[SESSION_PWD_MAX - 1] = 'y';
	assert_false(matches(text, pwd, NULL));
	pwd[SESSION_PWD_MAX - 1] = 'x';
	pwd[72] = 'y'; /* where bcrypt stops looking */
	assert_false(matches(text, pwd, NULL));
}

/* Locked accounts have texts like these in other systems' tables. */
static void
password_unusable_hash_costs_a_hash_and_matches_nothing(void **state)
{
	static const char *const unusable[] = {NULL, "", "!", "*", "secret", "$argon2id$",
	    "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abcdefghijklmnopqrstuuabcdefghijklmnopqrstuvwxyzabcde",
	    "$argon2id$v=19$m=1,t=0,p=1$AAAA$AAAA",
	    "$argon2id$v=19$m=4,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
	char too_long[2 * PASSWORD_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++) {
		uint64_t before = password_hash_count();
		assert_false(matches(unusable[i], "secret", NULL));
		assert_int_equal(password_hash_count() - before, 1);
	}
	memset(too_long, 'a', sizeof too_long - 1);
	too_long[sizeof too_long - 1] = '\0';
	assert_false(matches(too_long, "secret", NULL));
}

static void
password_weaker_hash_matches_and_is_outdated(void **state)
{
	char text[crypto_pwhash_STRBYTES];
	bool outdated = false;

	(void)state;
	assert_int_equal(crypto_pwhash_str_alg(text, "secret", 6, 1, 8192 * 1024, crypto_pwhash_ALG_ARGON2ID13), 0);
	assert_true(matches(text, "secret", &outdated));
	assert_true(outdated);
	assert_false(matches(text, "wrong", &outdated));
	assert_false(outdated);
}

static void
password_argon2i_hash_matches_and_is_outdated(void **state)
{
	char text[crypto_pwhash_STRBYTES];
	bool outdated = false;

	(void)state;
	assert_int_equal(
	    crypto_pwhash_str_alg(text, "secret", 6, 3, PASSWORD_MEMORY_BYTES, crypto_pwhash_ALG_ARGON2I13), 0);
	assert_true(matches(text, "secret", &outdated));
	assert_true(outdated);
}

static size_t
address_space(void)
{
	size_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%zu", &pages), 1);
	fclose(f);
	return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* Without memory there is no verdict; libsodium itself calls that a wrong password. */
static void
password_check_without_memory_is_no_verdict(void **state)
{
	char id[crypto_pwhash_STRBYTES];
	bool match = true, outdated = true;
	struct rlimit before, none;

	(void)state;
	assert_int_equal(password_hash("secret", 6, id), SRV_OK);
	assert_int_equal(getrlimit(RLIMIT_AS, &before), 0);
	/* Some is left for whatever watches the process. */
	none = (struct rlimit){.rlim_cur = address_space() + PASSWORD_MEMORY_BYTES / 2, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_AS, &none), 0);
	enum srv_err err = password_check(checker, id, "secret", 6, &match, &outdated);
	assert_int_equal(setrlimit(RLIMIT_AS, &before), 0);
	assert_int_equal(err, SRV_ENOMEM);
	assert_true(match && outdated); /* untouched */
	assert_true(matches(id, "secret", NULL));
}

static void
password_stronger_hash_is_not_made_weaker(void **state)
{
	char text[crypto_pwhash_STRBYTES];
	bool outdated = true;

	(void)state;
	assert_int_equal(crypto_pwhash_str_alg(text, "secret", 6, PASSWORD_PASSES + 1,
			     PASSWORD_MEMORY_BYTES + 1024 * 1024, crypto_pwhash_ALG_ARGON2ID13),
	    0);
	assert_true(matches(text, "secret", &outdated));
	assert_false(outdated);
}

static void
password_for_the_store_must_be_text_of_a_sane_length(void **state)
{
	char pwd[SESSION_PWD_MAX + 2], *hash = (char *)"untouched";

	(void)state;
	memset(pwd, 'x', sizeof pwd - 1);
	pwd[sizeof pwd - 1] = '\0';
	assert_int_equal(session_password_hash(pwd, &hash), SRV_EINVAL);
	assert_int_equal(session_password_hash("", &hash), SRV_EINVAL);
	assert_int_equal(session_password_hash(NULL, &hash), SRV_EINVAL);
	assert_int_equal(session_password_hash("\xff\xfe", &hash), SRV_EINVAL);
	assert_string_equal(hash, "untouched");
	pwd[SESSION_PWD_MAX] = '\0';
	assert_int_equal(session_password_hash(pwd, &hash), SRV_OK);
	assert_true(matches(hash, pwd, NULL));
	free(hash);
}

static atomic_int within, most;

static void *
take_a_turn(void *arg)
{
	pthread_barrier_t *all_here = arg;
	int now, seen;

	pthread_barrier_wait(all_here);
	password_turn_begin(checker);
	now = atomic_fetch_add(&within, 1) + 1;
	for (seen = atomic_load(&most); now > seen && !atomic_compare_exchange_weak(&most, &seen, now);)
		;
	bool match, outdated;
	if (password_check(checker, NULL, "x", 1, &match, &outdated) != SRV_OK || match)
		atomic_store(&most, 1000);
	atomic_fetch_sub(&within, 1);
	password_turn_end(checker);
	return NULL;
}

/* Twice as many as there can ever be turns come at once; all of them get one, and never too many at a time. */
static void
password_turns_are_bounded_and_everyone_gets_one(void **state)
{
	pthread_t threads[2 * PASSWORD_AT_ONCE_MAX];
	pthread_barrier_t all_here;
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long turns = processors < 2 ? 2 : processors > PASSWORD_AT_ONCE_MAX ? PASSWORD_AT_ONCE_MAX : processors;
	uint64_t before = password_hash_count();

	(void)state;
	assert_int_equal(pthread_barrier_init(&all_here, NULL, 2 * PASSWORD_AT_ONCE_MAX), 0);
	for (size_t i = 0; i < 2 * PASSWORD_AT_ONCE_MAX; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, take_a_turn, &all_here), 0);
	for (size_t i = 0; i < 2 * PASSWORD_AT_ONCE_MAX; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	pthread_barrier_destroy(&all_here);
	assert_in_range(atomic_load(&most), 1, turns);
	assert_int_equal(atomic_load(&within), 0);
	assert_int_equal(password_hash_count() - before, 2 * PASSWORD_AT_ONCE_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(password_hash_is_argon2id_at_owasp_parameters_or_above),
	    cmocka_unit_test(password_hash_matches_its_password_only),
	    cmocka_unit_test(password_hash_of_the_same_password_differs_each_time),
	    cmocka_unit_test(password_long_ones_differ_in_their_last_byte),
	    cmocka_unit_test(password_unusable_hash_costs_a_hash_and_matches_nothing),
	    cmocka_unit_test(password_weaker_hash_matches_and_is_outdated),
	    cmocka_unit_test(password_argon2i_hash_matches_and_is_outdated),
	    cmocka_unit_test(password_check_without_memory_is_no_verdict),
	    cmocka_unit_test(password_stronger_hash_is_not_made_weaker),
	    cmocka_unit_test(password_for_the_store_must_be_text_of_a_sane_length),
	    cmocka_unit_test(password_turns_are_bounded_and_everyone_gets_one),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
