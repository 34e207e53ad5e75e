/* What the store keeps of tickets: how, for how long, and how they are found. */
#include "store_help.h"

static void
store_ticket_comes_with_its_user_and_permissions(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	uint8_t hash[STORE_HASH_BYTES];
	struct store_ticket t = {0};
	int64_t id = user_made(s, "u");
	hash_make(hash, 1);
	assert_int_equal(store_ticket_add(s, hash, id, "fr", at("2026-01-01"), at("2026-02-01T10:20:30Z")), SRV_OK);
	assert_int_equal(store_ticket_find(s, hash, &t), SRV_OK);
	assert_int_equal(t.permission_count, 0);
	store_ticket_fini(&t);
	store_permission_grant(s, id, "ViewServerStatus");
	store_permission_grant(s, id, "FlushApplicationCache");
	assert_int_equal(store_user_set_enabled(s, id, false), SRV_OK);
	assert_int_equal(store_ticket_find(s, hash, &t), SRV_OK);
	assert_int_equal(t.user_id, id);
	assert_int_equal(t.user.user_id, id);
	assert_string_equal(t.language, "fr");
	assert_int_equal(t.created_at.s, at("2026-01-01").s);
	assert_int_equal(t.expires_at.s, at("2026-02-01T10:20:30Z").s);
	assert_string_equal(t.user.username, "u");
	assert_string_equal(t.user.password_hash, "");
	assert_string_equal(t.user.language, "de");
	assert_string_equal(t.user.email, "a@b.example");
	assert_false(t.user.enabled);
	assert_true(t.user.may_have_ticket);
	assert_int_equal(t.permission_count, 2);
	store_ticket_fini(&t);
	assert_int_equal(store_ticket_add(s, hash, id, "", at("2026-01-01"), at("2026-02-01")), SRV_EEXIST);
	hash_make(hash, 2);
	assert_int_equal(store_ticket_find(s, hash, &t), SRV_ENOENT);
	assert_int_equal(store_ticket_add(s, hash, 999, "", at("2026-01-01"), at("2026-02-01")), SRV_ENOENT);
	store_close(&s);
}

static void
store_ticket_is_kept_as_hex_that_an_administrator_can_name(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	uint8_t hash[STORE_HASH_BYTES];
	struct store_ticket t = {0};
	user_made(s, "u");
	by_hand(p->db,
	    "INSERT INTO tickets (ticket_hash, user_id, expires_at) VALUES"
	    " ('00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff', 1, '2030-01-02 03:04:05')");
	for (int i = 0; i < STORE_HASH_BYTES; i++)
		hash[i] = (uint8_t)(i % 16 * 0x11);
	assert_int_equal(store_ticket_find(s, hash, &t), SRV_OK);
	assert_int_equal(t.expires_at.s, at("2030-01-02T03:04:05Z").s);
	assert_string_equal(t.language, "");
	store_ticket_fini(&t);
	by_hand(p->db, "UPDATE tickets SET expires_at = 'some day', created_at = ''");
	assert_int_equal(store_ticket_find(s, hash, &t), SRV_OK);
	assert_int_equal(t.expires_at.s, 0);
	assert_int_equal(t.created_at.s, 0);
	store_ticket_fini(&t);
	assert_int_equal(by_hand_try(p->db,
			     "INSERT INTO tickets (ticket_hash, user_id, expires_at) VALUES ('xyz', 1, '2030-01-01')"),
	    SQLITE_CONSTRAINT);
	store_close(&s);
}

static void
store_ticket_is_touched_and_removed(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	uint8_t hash[STORE_HASH_BYTES];
	struct store_ticket t = {0};
	int64_t id = user_made(s, "u"), other = user_made(s, "v"), removed = -1;
	for (int i = 1; i <= 4; i++) {
		hash_make(hash, i);
		store_ticket_add(s, hash, i < 4 ? id : other, "", at("2026-01-01"), at("2026-02-01"));
	}
	hash_make(hash, 1);
	assert_int_equal(store_ticket_touch(s, hash, at("2026-03-01")), SRV_OK);
	assert_int_equal(store_ticket_find(s, hash, &t), SRV_OK);
	assert_int_equal(t.expires_at.s, at("2026-03-01").s);
	store_ticket_fini(&t);
	assert_int_equal(store_ticket_remove(s, hash), SRV_OK);
	assert_int_equal(store_ticket_remove(s, hash), SRV_ENOENT);
	assert_int_equal(store_ticket_touch(s, hash, at("2026-04-01")), SRV_ENOENT);
	assert_int_equal(store_ticket_remove_user(s, id, &removed), SRV_OK);
	assert_int_equal(removed, 2);
	assert_int_equal(store_ticket_remove_user(s, id, &removed), SRV_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(store_ticket_remove_user(s, 0, &removed), SRV_OK);
	assert_int_equal(removed, 1);
	store_close(&s);
}

static void
store_ticket_purge_takes_what_has_expired_in_slices(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	uint8_t hash[STORE_HASH_BYTES];
	int64_t id = user_made(s, "u"), removed = -1;
	for (int i = 0; i < 10; i++) {
		hash_make(hash, i);
		wall_t expires = {at("2026-02-01T12:00:00Z").s + i - 5};
		store_ticket_add(s, hash, id, "", at("2026-01-01"), expires);
	}
	/* by hand: the same day, but later than the purge; and the same day, before it */
	by_hand(p->db,
	    "UPDATE tickets SET expires_at = '2026-02-01 23:00:00' WHERE expires_at = '2026-02-01T12:00:04Z';"
	    "UPDATE tickets SET expires_at = '2026-02-01 11:00:00' WHERE expires_at = '2026-02-01T11:59:55Z'");
	assert_int_equal(store_ticket_purge(s, at("2026-02-01T12:00:00Z"), 4, &removed), SRV_OK);
	assert_int_equal(removed, 4);
	assert_int_equal(store_ticket_purge(s, at("2026-02-01T12:00:00Z"), 4, &removed), SRV_OK);
	assert_int_equal(removed, 2);
	assert_int_equal(store_ticket_purge(s, at("2026-02-01T12:00:00Z"), 4, &removed), SRV_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM tickets"), 4);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM tickets WHERE expires_at LIKE '% 23:00:00'"), 1);
	store_close(&s);
}

static bool
ticket_take(void *arg, const struct store_ticket_row *t)
{
	struct names *n = arg;
	char date[CLOCK_TEXT_MAX];
	assert_int_equal(strlen(t->ticket_hash), 64);
	strcat(strcat(strcat(n->text, t->username), "="), clock_format_utc(t->expires_at, date));
	strcat(strcat(strcat(n->text, "/"), t->language), " ");
	return ++n->count != n->stop_after;
}

static void
store_tickets_are_listed_by_user(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	uint8_t hash[STORE_HASH_BYTES];
	int64_t v = user_made(s, "v"), u = user_made(s, "u");
	hash_make(hash, 1);
	store_ticket_add(s, hash, v, "en", at("2026-01-01"), at("2026-02-01"));
	hash_make(hash, 2);
	store_ticket_add(s, hash, u, "de", at("2026-01-01"), at("2026-02-02"));
	struct names n = {0};
	assert_int_equal(store_ticket_each(s, ticket_take, &n), SRV_OK);
	assert_string_equal(n.text, "u=2026-02-02T00:00:00Z/de v=2026-02-01T00:00:00Z/en ");
	store_close(&s);
}

static void
store_finds_tickets_and_expired_ones_by_index(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	static const struct {
		const char *sql, *index;
	} plans[] = {
	    {"EXPLAIN QUERY PLAN SELECT ticket_hash FROM tickets WHERE expires_at <= '2026'", "tickets_by_expiry"},
	    {"EXPLAIN QUERY PLAN DELETE FROM tickets WHERE user_id = 3", "tickets_by_user"},
	    {"EXPLAIN QUERY PLAN SELECT 1 FROM maintenance_job_log WHERE job_id = 1 AND started_at < '2026'",
		"maintenance_job_log_by_start"},
	};
	store_close(&s);
	assert_int_equal(sqlite3_open(p->db, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++) {
		assert_int_equal(sqlite3_prepare_v2(db, plans[i].sql, -1, &stmt, NULL), SQLITE_OK);
		assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
		assert_non_null(strstr((const char *)sqlite3_column_text(stmt, 3), plans[i].index));
		sqlite3_finalize(stmt);
	}
	sqlite3_close(db);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
	const struct CMUnitTest tests[] = {
	    T(store_ticket_comes_with_its_user_and_permissions),
	    T(store_ticket_is_kept_as_hex_that_an_administrator_can_name),
	    T(store_ticket_is_touched_and_removed),
	    T(store_ticket_purge_takes_what_has_expired_in_slices),
	    T(store_tickets_are_listed_by_user),
	    T(store_finds_tickets_and_expired_ones_by_index),
	};
	return cmocka_run_group_tests_name("store_tickets", tests, NULL, NULL);
}
