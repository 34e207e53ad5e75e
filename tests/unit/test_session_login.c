/* Logging in: what a login gives, what a refused one costs, and what is in the store behind both. */
#include "session_fixture.h"

#include "../../impl/session/ticket.h"
#include <sodium.h>

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

/* A GUID has bits that say of which kind it is; a ticket only looks like one. */
static void
login_tickets_have_no_bit_that_is_always_the_same(void **state)
{
	uint8_t bytes[TICKET_BYTES], ones[TICKET_BYTES] = {0}, zeros[TICKET_BYTES] = {0};
	char ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	/* By chance one of 128 is the same in all of them once in four thousand million runs. */
	for (int i = 0; i < 40; i++) {
		login(ticket);
		assert_true(ticket_parse(ticket, bytes));
		for (size_t k = 0; k < TICKET_BYTES; k++) {
			ones[k] |= bytes[k];
			zeros[k] |= (uint8_t)~bytes[k];
		}
	}
	for (size_t k = 0; k < TICKET_BYTES; k++) {
		assert_int_equal(ones[k], 0xff);
		assert_int_equal(zeros[k], 0xff);
	}
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

/* One whom somebody has put into the store by hand. */
static void
login_uid_of_one_byte_more_is_nobodys(void **state)
{
	char uid[SESSION_UID_MAX + 2], ticket[SESSION_TICKET_LEN + 1];

	(void)state;
	memset(uid, 'u', sizeof uid - 1);
	uid[sizeof uid - 1] = '\0';
	add_user(uid, "");
	assert_int_equal(try_login(uid, PWD, PEER, ticket), SRV_EAUTH);
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
		assert_int_equal(store_refresh(store, NULL), SRV_EIO);
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

/* What a login at the same time does with a hash that is weaker than today's: that is no other password. */
static void
login_while_another_renews_the_hash_gets_its_ticket(void **state)
{
	char weak[crypto_pwhash_STRBYTES], sql[400], ticket[SESSION_TICKET_LEN + 1], hash[200];

	(void)state;
	assert_int_equal(
	    crypto_pwhash_str_alg(weak, PWD, strlen(PWD), 1, 8192 * 1024, crypto_pwhash_ALG_ARGON2ID13), 0);
	snprintf(sql, sizeof sql, "UPDATE users SET password_hash = '%s' WHERE username = 'jsmith'", weak);
	outside(sql);
	snprintf(sql, sizeof sql,
	    "CREATE TRIGGER meanwhile AFTER INSERT ON tickets BEGIN"
	    " UPDATE users SET password_hash = '%s' WHERE username = 'jsmith'; END",
	    pwd_hash);
	outside(sql);
	assert_int_equal(try_login("jsmith", PWD, PEER, ticket), SRV_OK);
	assert_int_equal(show(ticket, true), SRV_OK);
	ask("SELECT password_hash FROM users WHERE username = 'jsmith'", hash, sizeof hash);
	assert_string_equal(hash, pwd_hash); /* and nobody renews it once more */
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(login_makes_a_ticket_that_is_known_at_once),
	    T(login_leaves_only_the_tickets_hash_in_the_store),
	    T(login_tickets_have_no_bit_that_is_always_the_same),
	    T(login_refusals_cost_one_hash_each_whoever_is_refused),
	    T(login_uid_and_pwd_of_the_greatest_length_are_judged),
	    T(login_uid_of_one_byte_more_is_nobodys),
	    T(login_account_without_tickets_is_told_so_only_with_the_right_password),
	    T(login_language_is_the_one_asked_for_else_the_users_else_none),
	    T(login_after_five_failures_is_refused_without_hashing_until_the_delay_is_over),
	    T(login_address_is_refused_without_hashing_after_thirty_failures),
	    T(login_store_that_is_away_is_no_wrong_password),
	    T(login_raises_a_weaker_hash_and_leaves_a_good_one),
	    T(login_while_the_password_is_changed_gets_no_ticket),
	    T(login_while_another_renews_the_hash_gets_its_ticket),
	    T(login_that_cannot_be_written_gives_no_ticket_and_is_no_failed_login),
	};

	return cmocka_run_group_tests(tests, make_hash, free_hash);
}
