/* Logins and tickets on a real store, with clocks that only the test moves. What another hand does to the
 * store is done through an SQLite connection of the test's own. */
#include "../../impl/base/clock.h"
#include "../../impl/session/password.h"
#include "../../impl/session/session.h"
#include "../../impl/session/session_cache.h"
#include "../../impl/session/session_priv.h"
#include "../../impl/session/throttle.h"
#include "../../impl/session/ticket.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <sodium.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY INT64_C(86400)
#define HOUR INT64_C(3600)
#define T0 INT64_C(1767225600) /* 2026-01-01 */
#define PWD "correct horse"
#define PEER "192.0.2.1"

static char dir[64], path[80];
static char *pwd_hash; /* of PWD, made once: it is dear */
static struct store *store;
static struct sessions *sessions;
static struct snapshot snapshot;
static int64_t jsmith, mmeier;
static atomic_int_fast64_t now_s, now_ms;

static wall_t
test_wall(void)
{
	return (wall_t){atomic_load(&now_s)};
}

static mono_t
test_mono(void)
{
	return (mono_t){atomic_load(&now_ms)};
}

/* Both clocks go on, as they do in life. */
static void
pass(int64_t seconds)
{
	atomic_fetch_add(&now_s, seconds);
	atomic_fetch_add(&now_ms, seconds * 1000);
}

static int64_t
add_user(const char *name, const char *language)
{
	struct store_user u = {.username = (char *)name,
	    .password_hash = pwd_hash,
	    .first_name = (char *)"John",
	    .last_name = (char *)"Smith",
	    .email = (char *)"john@example.com",
	    .language = (char *)language,
	    .enabled = true,
	    .may_have_ticket = true};
	int64_t id = 0;

	assert_int_equal(store_user_add(store, &u, &id), SRV_OK);
	return id;
}

static void
open_all(int idle_days, int max_days)
{
	struct sessions_conf conf = {.idle_days = idle_days, .max_days = max_days};

	assert_int_equal(store_open(path, true, 8, &store, NULL), SRV_OK);
	assert_int_equal(sessions_new(store, &conf, &sessions), SRV_OK);
}

static void
close_all(void)
{
	sessions_free(&sessions);
	store_close(&store);
}

static void
restart(int idle_days, int max_days)
{
	close_all();
	open_all(idle_days, max_days);
}

static int
start(void **state)
{
	(void)state;
	atomic_store(&now_s, T0);
	atomic_store(&now_ms, 1000000);
	clock_override(test_wall, test_mono);
	const char *tmp = getenv("TMPDIR");
	snprintf(dir, sizeof dir, "%s/srv-session-XXXXXX", tmp != NULL && strlen(tmp) < 40 ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/srv.db", dir);
	snapshot = (struct snapshot){0};
	open_all(30, 90);
	jsmith = add_user("jsmith", "de");
	mmeier = add_user("mmeier", "");
	return 0;
}

static int
stop(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".away"};
	char file[100];

	(void)state;
	close_all();
	clock_override(NULL, NULL);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
		unlink(file);
	}
	return rmdir(dir);
}

/* Another hand: a connection that has nothing to do with the store's own. */
static void
outside(const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

/* The first column of the first row. */
static void
ask(const char *sql, char *answer, size_t size)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 5000);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	snprintf(answer, size, "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static enum srv_err
try_login(const char *uid, const char *pwd, const char *peer, char *ticket)
{
	struct session_login l = {.uid = uid, .pwd = pwd, .peer = peer, .snapshot = &snapshot};
	const struct session *s = NULL;
	wall_t expires = {-1};
	enum srv_err err = session_login(sessions, &l, ticket, &s, &expires);

	if (err != SRV_OK) {
		assert_null(s);
		assert_int_equal(expires.s, -1);
	} else {
		assert_non_null(s);
	}
	session_unref(&s);
	return err;
}

static void
login(char *ticket)
{
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
}

static enum srv_err
peek(const char *ticket, bool use, wall_t *expires)
{
	const struct session *s = NULL;
	wall_t e = {-1};
	enum srv_err err = session_peek(sessions, ticket, use, &s, &e);

	assert_true((err == SRV_OK) == (s != NULL));
	session_unref(&s);
	if (expires != NULL)
		*expires = e;
	return err;
}

static enum srv_err
check(const char *ticket, bool use, wall_t *expires)
{
	const struct session *s = NULL;
	wall_t e = {-1};
	enum srv_err err = session_check(sessions, ticket, use, &s, &e);

	assert_true((err == SRV_OK) == (s != NULL));
	session_unref(&s);
	if (expires != NULL)
		*expires = e;
	return err;
}

/* As the endpoint does it. */
static enum srv_err
show(const char *ticket, bool use)
{
	enum srv_err err = peek(ticket, use, NULL);

	return err == SRV_EAGAIN ? check(ticket, use, NULL) : err;
}

/* ---- logging in ---- */

static void
login_makes_a_ticket_that_is_known_at_once(void **state)
{
	struct session_login l = {.uid = "JSmith", .pwd = PWD, .peer = PEER, .snapshot = &snapshot};
	char ticket[SESSION_TICKET_LEN + 1];
	const struct session *s = NULL, *seen = NULL;
	wall_t expires, again;
	uint8_t bytes[TICKET_BYTES];

	(void)state;
	assert_int_equal(session_login(sessions, &l, ticket, &s, &expires), SRV_OK);
	assert_true(ticket_parse(ticket, bytes));
	assert_int_equal(s->user_id, jsmith);
	assert_string_equal(s->username, "jsmith");
	assert_string_equal(s->first_name, "John");
	assert_string_equal(s->last_name, "Smith");
	assert_string_equal(s->email, "john@example.com");
	assert_int_equal(s->permissions, 0);
	assert_int_equal(expires.s, T0 + 30 * DAY);
	assert_int_equal(session_peek(sessions, ticket, false, &seen, &again), SRV_OK);
	assert_ptr_equal(seen, s);
	assert_int_equal(again.s, expires.s);
	session_unref(&seen);
	session_unref(&s);
	assert_null(s);
}

static void
login_leaves_only_the_tickets_hash_in_the_store(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], kept[100], hex[2 * TICKET_HASH_BYTES + 1];
	uint8_t bytes[TICKET_BYTES], hash[TICKET_HASH_BYTES];

	(void)state;
	login(ticket);
	assert_true(ticket_parse(ticket, bytes));
	crypto_hash_sha256(hash, bytes, sizeof bytes);
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	ask("SELECT ticket_hash FROM tickets", kept, sizeof kept);
	assert_string_equal(kept, hex);
}

static void
login_refusals_cost_one_hash_each_whoever_is_refused(void **state)
{
	char long_uid[SESSION_UID_MAX + 2], long_pwd[SESSION_PWD_MAX + 2], ticket[SESSION_TICKET_LEN + 1] = "untouched";
	struct {
		const char *uid, *pwd;
	} refused[] = {{"jsmith", "wrong"}, {"nobody", "wrong"}, {"nobody", PWD}, {"disabled", PWD},
	    {"disabled", "wrong"}, {"locked", PWD}, {NULL, PWD}, {"", PWD}, {"mmeier", NULL}, {"mmeier", ""},
	    {NULL, NULL}, {long_uid, PWD}, {"mmeier", long_pwd}, {"' OR '1'='1", PWD}, {"mmeier'--", PWD}, {"m%", PWD}};

	(void)state;
	memset(long_uid, 'u', sizeof long_uid - 1);
	memset(long_pwd, 'p', sizeof long_pwd - 1);
	long_uid[sizeof long_uid - 1] = long_pwd[sizeof long_pwd - 1] = '\0';
	add_user("disabled", "");
	add_user("locked", "");
	outside("UPDATE users SET enabled = 0 WHERE username = 'disabled';"
		"UPDATE users SET password_hash = '!' WHERE username = 'locked'");
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		uint64_t before = password_hash_count();
		assert_int_equal(try_login(refused[i].uid, refused[i].pwd, PEER, ticket), SRV_EAUTH);
		if (password_hash_count() - before != 1)
			fail_msg("case %zu cost %d hashes", i, (int)(password_hash_count() - before));
		assert_string_equal(ticket, "untouched");
	}
}

static void
login_uid_and_pwd_of_the_greatest_length_are_judged(void **state)
{
	char uid[SESSION_UID_MAX + 1], pwd[SESSION_PWD_MAX + 1], ticket[SESSION_TICKET_LEN + 1], *hash,
	    *usual = pwd_hash;

	(void)state;
	memset(uid, 'u', sizeof uid - 1);
	memset(pwd, 'p', sizeof pwd - 1);
	uid[sizeof uid - 1] = pwd[sizeof pwd - 1] = '\0';
	assert_int_equal(session_password_hash(pwd, &hash), SRV_OK);
	pwd_hash = hash;
	add_user(uid, "");
	pwd_hash = usual;
	free(hash);
	assert_int_equal(try_login(uid, pwd, PEER, ticket), SRV_OK);
}

static void
login_account_without_tickets_is_told_so_only_with_the_right_password(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], count[16];

	(void)state;
	snapshot.sysadmin_account = (char *)"JSMITH";
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_ENOTICKET);
	assert_int_equal(try_login("jsmith", "wrong", PEER, ticket), SRV_EAUTH);
	snapshot.sysadmin_account = NULL;
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
	outside("DELETE FROM tickets; UPDATE users SET may_have_ticket = 0 WHERE username = 'mmeier'");
	assert_int_equal(try_login("mmeier", PWD, PEER, ticket), SRV_ENOTICKET);
	assert_int_equal(try_login("mmeier", "wrong", PEER, ticket), SRV_EAUTH);
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "0");
}

static void
login_language_is_the_one_asked_for_else_the_users_else_none(void **state)
{
	static const struct {
		const char *uid, *asked, *got;
	} cases[] = {{"jsmith", "fr", "fr"}, {"jsmith", "de-AT", "de-AT"}, {"jsmith", NULL, "de"}, {"jsmith", "", "de"},
	    {"jsmith", "../../x", "de"}, {"jsmith", "en_US", "de"}, {"jsmith", "fr ", "de"},
	    {"jsmith", "abcdefghijklmnopqrstuvwxyzabcdefghi", "abcdefghijklmnopqrstuvwxyzabcdefghi"},
	    {"jsmith", "abcdefghijklmnopqrstuvwxyzabcdefghij", "de"}, {"mmeier", NULL, ""}, {"mmeier", "\xc3\xa9", ""}};
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct session_login l = {
		    .uid = cases[i].uid, .pwd = PWD, .language = cases[i].asked, .peer = PEER, .snapshot = &snapshot};
		const struct session *s = NULL;
		wall_t expires;
		assert_int_equal(session_login(sessions, &l, ticket, &s, &expires), SRV_OK);
		assert_string_equal(s->language, cases[i].got);
		session_unref(&s);
	}
	restart(30, 90);
	const struct session *s = NULL;
	wall_t expires;
	assert_int_equal(session_check(sessions, ticket, false, &s, &expires), SRV_OK);
	assert_string_equal(s->language, "");
	session_unref(&s);
}

static void
login_after_five_failures_is_refused_without_hashing_until_the_delay_is_over(void **state)
{
	static const char *const names[] = {"jsmith", "no-such-user"};
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		uint64_t before = password_hash_count();
		for (int i = 0; i < 5; i++)
			assert_int_equal(try_login(names[n], "wrong", PEER, ticket), SRV_EAUTH);
		assert_int_equal(password_hash_count() - before, 5);
		for (int i = 0; i < 195; i++)
			assert_int_equal(try_login(names[n], i % 2 == 0 ? "wrong" : PWD, PEER, ticket), SRV_EAUTH);
		assert_int_equal(password_hash_count() - before, 5);
	}
	pass(1);
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_OK);
}

static void
login_address_is_refused_without_hashing_after_thirty_failures(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], uid[32];
	uint64_t before;

	(void)state;
	for (int i = 0; i < 30; i++) {
		snprintf(uid, sizeof uid, "name%d", i);
		assert_int_equal(try_login(uid, "wrong", PEER, ticket), SRV_EAUTH);
	}
	before = password_hash_count();
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_EAUTH);
	assert_int_equal(password_hash_count() - before, 0);
	assert_int_equal(try_login("jsmith", PWD, "192.0.2.2", ticket), SRV_OK);
	pass(60);
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
}

static void
login_store_that_is_away_is_no_wrong_password(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], away[100];
	enum srv_err err;

	(void)state;
	login(ticket);
	snprintf(away, sizeof away, "%s.away", path);
	assert_int_equal(rename(path, away), 0);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(store_refresh(store, NULL), SRV_ENOENT);
		err = try_login("jsmith", PWD, PEER, ticket);
		assert_true(err != SRV_OK && err != SRV_EAUTH && err != SRV_ENOTICKET);
		err = check(ticket, false, NULL);
		assert_true(err != SRV_OK && err != SRV_ETICKET);
	}
	assert_int_equal(rename(away, path), 0);
	assert_int_equal(store_refresh(store, NULL), SRV_OK);
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
}

static void
login_raises_a_weaker_hash_and_leaves_a_good_one(void **state)
{
	char weak[crypto_pwhash_STRBYTES], sql[300], before[200], after[200], ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	assert_int_equal(
	    crypto_pwhash_str_alg(weak, PWD, strlen(PWD), 1, 8192 * 1024, crypto_pwhash_ALG_ARGON2ID13), 0);
	snprintf(sql, sizeof sql, "UPDATE users SET password_hash = '%s' WHERE username = 'jsmith'", weak);
	outside(sql);
	assert_int_equal(try_login("jsmith", "wrong", PEER, ticket), SRV_EAUTH);
	ask("SELECT password_hash FROM users WHERE username = 'jsmith'", before, sizeof before);
	assert_string_equal(before, weak);
	login(ticket);
	ask("SELECT password_hash FROM users WHERE username = 'jsmith'", before, sizeof before);
	assert_string_not_equal(before, weak);
	assert_int_equal(strncmp(before, "$argon2id$v=19$m=19456,t=2,p=1$", 31), 0);
	assert_int_equal(show(ticket, true), SRV_OK);
	login(ticket);
	ask("SELECT password_hash FROM users WHERE username = 'jsmith'", after, sizeof after);
	assert_string_equal(after, before);
}

/* The trigger does what an administrator may do in that very moment. */
static void
login_while_the_password_is_changed_gets_no_ticket(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1] = "untouched", count[16];

	(void)state;
	outside("CREATE TRIGGER meanwhile AFTER INSERT ON tickets BEGIN"
		" UPDATE users SET password_hash = 'changed' WHERE username = 'jsmith'; END");
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_EAUTH);
	assert_string_equal(ticket, "untouched");
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "0");
}

static void
login_that_cannot_be_written_gives_no_ticket_and_is_no_failed_login(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1] = "untouched";
	enum srv_err err;

	(void)state;
	outside("CREATE TRIGGER broken BEFORE INSERT ON tickets BEGIN SELECT RAISE(ABORT, 'no'); END");
	for (int i = 0; i < 10; i++) {
		err = try_login("jsmith", PWD, PEER, ticket);
		assert_true(err != SRV_OK && err != SRV_EAUTH);
	}
	assert_string_equal(ticket, "untouched");
	outside("DROP TRIGGER broken");
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
}

/* ---- showing a ticket ---- */

static void
ticket_that_can_be_none_is_refused_from_memory(void **state)
{
	static const char *const bad[] = {NULL, "", "x", "00112233445566778899aabbccddeeff"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(peek(bad[i], true, NULL), SRV_ETICKET);
		assert_int_equal(check(bad[i], true, NULL), SRV_ETICKET);
		assert_int_equal(session_logout(sessions, bad[i]), SRV_ETICKET);
	}
}

static void
ticket_unknown_is_settled_by_the_store(void **state)
{
	static const char unknown[] = "00112233-4455-6677-8899-aabbccddeeff";

	(void)state;
	assert_int_equal(peek(unknown, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(unknown, true, NULL), SRV_ETICKET);
	assert_int_equal(session_logout(sessions, unknown), SRV_ETICKET);
}

static void
ticket_is_matched_without_regard_to_case(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	for (char *p = ticket; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	}
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
}

static void
ticket_outlives_a_restart(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	restart(30, 90);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
}

static void
ticket_ends_thirty_days_after_its_last_use_to_the_second(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	assert_int_equal(peek(ticket, false, NULL), SRV_OK);
	pass(1);
	assert_int_equal(peek(ticket, false, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

static void
ticket_ends_to_the_second_after_a_restart_too(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	restart(30, 90);
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	restart(30, 90);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
	restart(30, 90);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

static void
ticket_use_moves_its_end_and_a_look_does_not(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	pass(29 * DAY);
	assert_int_equal(check(ticket, false, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 59 * DAY);
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

static void
ticket_use_is_in_force_before_it_is_written(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], stored[64];
	wall_t expires;

	(void)state;
	login(ticket);
	pass(HOUR - 1);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + HOUR - 1 + 30 * DAY);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T00:00:00Z");
	pass(30 * DAY - 1);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	pass(1);
	assert_int_equal(check(ticket, false, NULL), SRV_ETICKET);
}

/* A change to something else has the row read again, and that still says what it did before the use. */
static void
ticket_use_that_is_not_written_yet_outlives_a_reading_of_the_row(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	pass(HOUR / 2);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	outside("UPDATE users SET email = 'new@example.com'");
	assert_int_equal(check(ticket, false, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + HOUR / 2 + 30 * DAY);
}

static void
ticket_use_is_written_once_an_hour_and_only_by_check(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], stored[64];

	(void)state;
	login(ticket);
	pass(HOUR);
	assert_int_equal(check(ticket, false, NULL), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T00:00:00Z");
	assert_int_equal(peek(ticket, false, NULL), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T01:00:00Z");
	pass(HOUR / 2);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T01:00:00Z");
}

static void
ticket_use_that_cannot_be_written_does_not_matter(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], stored[64];
	wall_t expires;

	(void)state;
	login(ticket);
	outside("CREATE TRIGGER broken BEFORE UPDATE ON tickets BEGIN SELECT RAISE(ABORT, 'no'); END");
	pass(2 * HOUR);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 2 * HOUR + 30 * DAY);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK); /* nobody is sent again at once */
	outside("DROP TRIGGER broken");
	pass(60);
	assert_int_equal(show(ticket, true), SRV_OK);
	ask("SELECT expires_at FROM tickets", stored, sizeof stored);
	assert_string_equal(stored, "2026-01-31T02:01:00Z");
}

static void
ticket_used_daily_ends_at_the_cap(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	for (int day = 1; day < 90; day++) {
		pass(DAY);
		assert_int_equal(check(ticket, true, &expires), SRV_OK);
		assert_int_equal(expires.s, T0 + (day + 30 < 90 ? day + 30 : 90) * DAY);
	}
	pass(DAY - 1);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	pass(1);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
}

static void
ticket_has_no_cap_if_none_is_set(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	restart(30, 0);
	login(ticket);
	for (int i = 0; i < 40; i++) {
		pass(29 * DAY);
		assert_int_equal(check(ticket, true, NULL), SRV_OK);
	}
}

static void
ticket_is_held_to_a_cap_that_was_lowered_since(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	restart(30, 7);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	pass(7 * DAY);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
}

/* As a restart would, but at once, for a ticket that is in memory and for one that is not. */
static void
ticket_is_held_to_other_lifetimes_from_the_moment_they_are_set(void **state)
{
	char known[SESSION_TICKET_LEN + 1], unknown[SESSION_TICKET_LEN + 1], later[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(unknown);
	restart(30, 90);
	login(known);
	assert_int_equal(check(known, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
	sessions_configure(sessions, &(struct sessions_conf){.idle_days = 20, .max_days = 7});
	assert_int_equal(check(known, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	assert_int_equal(check(unknown, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	login(later);
	assert_int_equal(check(later, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 7 * DAY);
	/* Wider again: a use makes them live on. */
	sessions_configure(sessions, &(struct sessions_conf){.idle_days = 20, .max_days = 0});
	pass(6 * DAY);
	assert_int_equal(check(known, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 26 * DAY);
	sessions_configure(sessions, &(struct sessions_conf){.idle_days = 20, .max_days = 6});
	assert_int_equal(check(known, true, NULL), SRV_ETICKET);
	assert_int_equal(check(later, true, NULL), SRV_ETICKET);
}

static void
ticket_clock_that_steps_back_keeps_the_ticket(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	wall_t expires;

	(void)state;
	login(ticket);
	atomic_fetch_sub(&now_s, 30 * DAY);
	assert_int_equal(check(ticket, true, &expires), SRV_OK);
	assert_int_equal(expires.s, T0 + 30 * DAY);
}

/* ---- freshness ---- */

static void
trust_ends_after_its_time(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS / 2 - 1);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS - SESSION_TRUST_MS / 2 + 1);
	for (int i = 0; i < 3; i++)
		assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_OK);
}

static void
trust_is_renewed_early_by_one_while_the_others_go_on(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	for (int round = 0; round < 3; round++) {
		atomic_fetch_add(&now_ms, SESSION_TRUST_MS / 2);
		assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
		for (int i = 0; i < 10; i++)
			assert_int_equal(peek(ticket, true, NULL), SRV_OK);
		assert_int_equal(check(ticket, true, NULL), SRV_OK);
		assert_int_equal(peek(ticket, true, NULL), SRV_OK);
	}
}

static void
trust_is_renewed_for_all_tickets_by_one_question(void **state)
{
	char first[SESSION_TICKET_LEN + 1], second[SESSION_TICKET_LEN + 1];

	(void)state;
	login(first);
	login(second);
	assert_int_equal(check(first, false, NULL), SRV_OK);
	assert_int_equal(check(second, false, NULL), SRV_OK);
	for (int i = 0; i < 5; i++) {
		atomic_fetch_add(&now_ms, SESSION_TRUST_MS);
		assert_int_equal(check(first, true, NULL), SRV_OK);
		assert_int_equal(peek(second, true, NULL), SRV_OK);
	}
}

static void
trust_is_renewed_without_reading_the_row_if_nothing_changed(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	const struct session *first = NULL, *then = NULL;
	wall_t expires;

	(void)state;
	login(ticket);
	assert_int_equal(session_check(sessions, ticket, false, &first, &expires), SRV_OK);
	atomic_fetch_add(&now_ms, 10 * SESSION_TRUST_MS);
	assert_int_equal(session_check(sessions, ticket, false, &then, &expires), SRV_OK);
	assert_ptr_equal(first, then);
	session_unref(&then);
	outside("UPDATE users SET email = 'new@example.com'");
	assert_int_equal(session_check(sessions, ticket, false, &then, &expires), SRV_OK);
	assert_string_equal(then->email, "new@example.com");
	assert_string_equal(first->email, "john@example.com");
	session_unref(&first);
	session_unref(&then);
}

/* What another hand did is seen at the latest when the trust has run out. */
static void
change_is_seen_after_trust(const char *sql)
{
	char ticket[SESSION_TICKET_LEN + 1];

	login(ticket);
	assert_int_equal(show(ticket, true), SRV_OK);
	outside(sql);
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
	assert_int_equal(show(ticket, false), SRV_ETICKET);
}

static void
revocation_by_disabling_the_user(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	change_is_seen_after_trust("UPDATE users SET enabled = 0 WHERE username = 'jsmith'");
	outside("UPDATE users SET enabled = 1 WHERE username = 'jsmith'");
	login(ticket);
}

static void
revocation_by_deleting_the_ticket(void **state)
{
	(void)state;
	change_is_seen_after_trust("DELETE FROM tickets");
}

static void
revocation_by_deleting_the_user(void **state)
{
	(void)state;
	change_is_seen_after_trust("DELETE FROM users WHERE username = 'jsmith'");
}

static void
revocation_by_moving_the_expiry_into_the_past(void **state)
{
	(void)state;
	change_is_seen_after_trust("UPDATE tickets SET expires_at = '2025-12-31T23:59:59Z'");
}

static void
revocation_by_moving_the_expiry_beats_uses_that_were_not_written(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	pass(HOUR / 2);
	assert_int_equal(show(ticket, true), SRV_OK);
	outside("UPDATE tickets SET expires_at = '2026-01-01T00:10:00Z'");
	pass(1);
	assert_int_equal(show(ticket, true), SRV_ETICKET);
}

static void
revocation_of_a_permission_and_its_grant(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	const struct session *s = NULL;
	wall_t expires;

	(void)state;
	assert_int_equal(store_permission_grant(store, jsmith, "FlushApplicationCache"), SRV_OK);
	assert_int_equal(store_permission_grant(store, jsmith, "SomethingElse"), SRV_OK);
	login(ticket);
	assert_int_equal(session_peek(sessions, ticket, true, &s, &expires), SRV_OK);
	assert_true(session_may(s, SESSION_MAY_FLUSH));
	assert_true(session_may(s, SESSION_MAY_ANYTHING));
	assert_false(session_may(s, SESSION_MAY_VIEW_STATUS));
	assert_false(session_may(s, SESSION_MAY_VIEW_WAREHOUSE));
	session_unref(&s);
	outside("DELETE FROM permissions; INSERT INTO permissions (user_id, permission)"
		" SELECT user_id, 'ViewServerStatus' FROM users WHERE username = 'jsmith'");
	atomic_fetch_add(&now_ms, SESSION_TRUST_MS);
	assert_int_equal(session_peek(sessions, ticket, true, &s, &expires), SRV_EAGAIN);
	assert_int_equal(session_check(sessions, ticket, true, &s, &expires), SRV_OK);
	assert_false(session_may(s, SESSION_MAY_FLUSH));
	assert_true(session_may(s, SESSION_MAY_VIEW_STATUS));
	session_unref(&s);
}

static void
permission_names_are_known_as_the_table_spells_them(void **state)
{
	(void)state;
	assert_true(session_permission_known("FlushApplicationCache"));
	assert_true(session_permission_known("ViewServerStatus"));
	assert_true(session_permission_known("ViewWarehouseStatus"));
	assert_false(session_permission_known("flushapplicationcache"));
	assert_false(session_permission_known(""));
	assert_false(session_permission_known(NULL));
}

/* ---- ending a ticket ---- */

static void
logout_takes_effect_at_once_on_disk_and_for_that_ticket_only(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1], other[SESSION_TICKET_LEN + 1], count[16];
	const struct session *held = NULL;
	wall_t expires;

	(void)state;
	login(ticket);
	login(other);
	assert_int_equal(session_peek(sessions, ticket, true, &held, &expires), SRV_OK);
	assert_int_equal(session_logout(sessions, ticket), SRV_OK);
	assert_int_equal(peek(ticket, true, NULL), SRV_EAGAIN);
	assert_int_equal(check(ticket, true, NULL), SRV_ETICKET);
	assert_int_equal(session_logout(sessions, ticket), SRV_ETICKET);
	assert_int_equal(show(other, true), SRV_OK);
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "1");
	assert_string_equal(held->username, "jsmith"); /* who began with it keeps it */
	session_unref(&held);
}

static void
logout_of_an_expired_ticket_is_refused(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(ticket);
	pass(30 * DAY);
	assert_int_equal(session_logout(sessions, ticket), SRV_ETICKET);
}

static void
logout_that_cannot_be_written_says_so(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];
	enum srv_err err;

	(void)state;
	login(ticket);
	outside("CREATE TRIGGER broken BEFORE DELETE ON tickets BEGIN SELECT RAISE(ABORT, 'no'); END");
	err = session_logout(sessions, ticket);
	assert_true(err != SRV_OK && err != SRV_ETICKET);
	outside("DROP TRIGGER broken");
	assert_int_equal(session_logout(sessions, ticket), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_ETICKET);
}

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

static enum srv_err
renew(const char *uid, const char *old, char *ticket)
{
	struct session_login l = {.uid = uid, .pwd = PWD, .peer = PEER, .snapshot = &snapshot};
	const struct session *s = NULL;
	wall_t expires;
	enum srv_err err = session_renew(sessions, &l, old, ticket, &s, &expires);

	session_unref(&s);
	return err;
}

static void
renew_ends_the_old_ticket_of_that_user(void **state)
{
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(old);
	assert_int_equal(renew("jsmith", old, ticket), SRV_OK);
	assert_string_not_equal(ticket, old);
	assert_int_equal(show(old, true), SRV_ETICKET);
	assert_int_equal(show(ticket, true), SRV_OK);
}

static void
renew_leaves_another_users_ticket_alone(void **state)
{
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	login(old);
	assert_int_equal(renew("mmeier", old, ticket), SRV_OK);
	assert_int_equal(show(old, true), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_OK);
}

static void
renew_with_an_unknown_old_ticket_is_a_login(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	assert_int_equal(renew("jsmith", "00112233-4455-6677-8899-AABBCCDDEEFF", ticket), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_OK);
}

static void
renew_with_a_malformed_old_ticket_does_nothing_at_all(void **state)
{
	char ticket[SESSION_TICKET_LEN + 1] = "untouched", count[16];
	uint64_t before = password_hash_count();

	(void)state;
	assert_int_equal(renew("jsmith", "no-guid", ticket), SRV_EFORMAT);
	assert_int_equal(renew("nobody", " ", ticket), SRV_EFORMAT);
	assert_int_equal(renew("jsmith", "", ticket), SRV_EFORMAT);
	assert_int_equal(renew("jsmith", NULL, ticket), SRV_EFORMAT);
	assert_int_equal(password_hash_count() - before, 0);
	assert_string_equal(ticket, "untouched");
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "0");
}

static void
renew_with_a_wrong_password_keeps_the_old_ticket(void **state)
{
	struct session_login l = {.uid = "jsmith", .pwd = "wrong", .peer = PEER, .snapshot = &snapshot};
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1];
	const struct session *s = NULL;
	wall_t expires;

	(void)state;
	login(old);
	assert_int_equal(session_renew(sessions, &l, old, ticket, &s, &expires), SRV_EAUTH);
	assert_int_equal(show(old, true), SRV_OK);
}

static void
renew_that_cannot_end_the_old_ticket_gives_no_new_one(void **state)
{
	char old[SESSION_TICKET_LEN + 1], ticket[SESSION_TICKET_LEN + 1] = "untouched", sql[300], count[16], hex[65];
	uint8_t bytes[TICKET_BYTES], hash[TICKET_HASH_BYTES];

	(void)state;
	login(old);
	assert_true(ticket_parse(old, bytes));
	ticket_hash(bytes, hash);
	snprintf(sql, sizeof sql,
	    "CREATE TRIGGER broken BEFORE DELETE ON tickets WHEN OLD.ticket_hash = '%s'"
	    " BEGIN SELECT RAISE(ABORT, 'no'); END",
	    sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
	outside(sql);
	assert_true(renew("jsmith", old, ticket) != SRV_OK);
	assert_string_equal(ticket, "untouched");
	ask("SELECT count(*) FROM tickets", count, sizeof count);
	assert_string_equal(count, "1");
	assert_int_equal(show(old, true), SRV_OK);
}

/* ---- bounds ---- */

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

static int
make_hash(void **state)
{
	(void)state;
	return session_password_hash(PWD, &pwd_hash) == SRV_OK ? 0 : -1;
}

static int
free_hash(void **state)
{
	(void)state;
	free(pwd_hash);
	return 0;
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
	    T(login_makes_a_ticket_that_is_known_at_once),
	    T(login_leaves_only_the_tickets_hash_in_the_store),
	    T(login_refusals_cost_one_hash_each_whoever_is_refused),
	    T(login_uid_and_pwd_of_the_greatest_length_are_judged),
	    T(login_account_without_tickets_is_told_so_only_with_the_right_password),
	    T(login_language_is_the_one_asked_for_else_the_users_else_none),
	    T(login_after_five_failures_is_refused_without_hashing_until_the_delay_is_over),
	    T(login_address_is_refused_without_hashing_after_thirty_failures),
	    T(login_store_that_is_away_is_no_wrong_password),
	    T(login_raises_a_weaker_hash_and_leaves_a_good_one),
	    T(login_while_the_password_is_changed_gets_no_ticket),
	    T(login_that_cannot_be_written_gives_no_ticket_and_is_no_failed_login),
	    T(ticket_that_can_be_none_is_refused_from_memory),
	    T(ticket_unknown_is_settled_by_the_store),
	    T(ticket_is_matched_without_regard_to_case),
	    T(ticket_outlives_a_restart),
	    T(ticket_ends_thirty_days_after_its_last_use_to_the_second),
	    T(ticket_ends_to_the_second_after_a_restart_too),
	    T(ticket_use_moves_its_end_and_a_look_does_not),
	    T(ticket_use_is_in_force_before_it_is_written),
	    T(ticket_use_that_is_not_written_yet_outlives_a_reading_of_the_row),
	    T(ticket_use_is_written_once_an_hour_and_only_by_check),
	    T(ticket_use_that_cannot_be_written_does_not_matter),
	    T(ticket_used_daily_ends_at_the_cap),
	    T(ticket_has_no_cap_if_none_is_set),
	    T(ticket_is_held_to_a_cap_that_was_lowered_since),
	    T(ticket_is_held_to_other_lifetimes_from_the_moment_they_are_set),
	    T(ticket_clock_that_steps_back_keeps_the_ticket),
	    T(trust_ends_after_its_time),
	    T(trust_is_renewed_early_by_one_while_the_others_go_on),
	    T(trust_is_renewed_for_all_tickets_by_one_question),
	    T(trust_is_renewed_without_reading_the_row_if_nothing_changed),
	    T(revocation_by_disabling_the_user),
	    T(revocation_by_deleting_the_ticket),
	    T(revocation_by_deleting_the_user),
	    T(revocation_by_moving_the_expiry_into_the_past),
	    T(revocation_by_moving_the_expiry_beats_uses_that_were_not_written),
	    T(revocation_of_a_permission_and_its_grant),
	    T(permission_names_are_known_as_the_table_spells_them),
	    T(logout_takes_effect_at_once_on_disk_and_for_that_ticket_only),
	    T(logout_of_an_expired_ticket_is_refused),
	    T(logout_that_cannot_be_written_says_so),
	    T(logout_beats_a_row_that_was_read_before),
	    T(logout_holds_against_threads_that_show_the_ticket),
	    T(renew_ends_the_old_ticket_of_that_user),
	    T(renew_leaves_another_users_ticket_alone),
	    T(renew_with_an_unknown_old_ticket_is_a_login),
	    T(renew_with_a_malformed_old_ticket_does_nothing_at_all),
	    T(renew_with_a_wrong_password_keeps_the_old_ticket),
	    T(renew_that_cannot_end_the_old_ticket_gives_no_new_one),
	    T(cache_holds_no_more_than_its_room_and_keeps_what_is_looked_at),
	    T(sessions_of_many_threads_do_not_mix),
	};

	return cmocka_run_group_tests(tests, make_hash, free_hash);
}
