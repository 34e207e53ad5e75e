/* What the store keeps, table by table, also where an administrator's hand was at work.
 * Files, replacement and migration: test_store_file.c; threads and processes: test_store_shared.c. */
#include "store_help.h"

/* ---- users ---- */

static void
store_user_is_found_as_added_whatever_the_case(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct store_user u = {0};
	int64_t id = user_made(s, "JSmith");
	assert_true(id > 0);
	assert_int_equal(store_user_find(s, "jsmiTH", &u), SRV_OK);
	assert_int_equal(u.user_id, id);
	assert_string_equal(u.username, "JSmith");
	assert_string_equal(u.password_hash, "hash");
	assert_string_equal(u.first_name, "First");
	assert_string_equal(u.last_name, "Last");
	assert_string_equal(u.email, "a@b.example");
	assert_string_equal(u.language, "de");
	assert_true(u.enabled);
	assert_true(u.may_have_ticket);
	store_user_fini(&u);
	assert_null(u.username);
	store_close(&s);
	assert_null(s);
}

static void
store_user_name_taken_in_another_case_is_refused(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	int64_t id = user_made(s, "admin"), other = 77;
	struct store_user u = {.username = (char[]){"ADMIN"}, .password_hash = (char[]){""}};
	assert_int_equal(store_user_add(s, &u, &other), SRV_EEXIST);
	assert_int_equal(other, 77);
	u.username = (char[]){""};
	assert_int_equal(store_user_add(s, &u, &other), SRV_EINVAL);
	assert_int_equal(other, 77);
	u.username = (char[]){"other"};
	assert_int_equal(store_user_add(s, &u, &other), SRV_OK);
	assert_true(other > id);
	store_close(&s);
}

static void
store_user_that_is_not_there_is_not_found(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct store_user u = {.user_id = 5};
	static const char *const hostile[] = {
	    "", "nobody", "' OR '1'='1", "admin'--", "a\"; DROP TABLE users", "%", "*"};
	user_made(s, "admin");
	for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
		assert_int_equal(store_user_find(s, hostile[i], &u), SRV_ENOENT);
	assert_int_equal(u.user_id, 5);
	assert_null(u.username);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM users"), 1);
	store_close(&s);
}

static void
store_user_flags_and_password_are_set(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct store_user u = {0};
	uint8_t hash[STORE_HASH_BYTES];
	int64_t id = user_made(s, "u"), other = user_made(s, "v");
	hash_make(hash, 1);
	assert_int_equal(store_ticket_add(s, hash, id, "", at("2026-01-01"), at("2026-02-01")), SRV_OK);
	hash_make(hash, 2);
	assert_int_equal(store_ticket_add(s, hash, other, "", at("2026-01-01"), at("2026-02-01")), SRV_OK);
	assert_int_equal(store_user_set_enabled(s, id, false), SRV_OK);
	assert_int_equal(store_user_set_may_have_ticket(s, id, false), SRV_OK);
	assert_int_equal(store_user_set_password(s, id, "new", false), SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM tickets"), 2);
	assert_int_equal(store_user_find(s, "u", &u), SRV_OK);
	assert_false(u.enabled);
	assert_false(u.may_have_ticket);
	assert_string_equal(u.password_hash, "new");
	store_user_fini(&u);
	assert_int_equal(store_user_set_password(s, id, "newer", true), SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM tickets WHERE user_id = 1"), 0);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM tickets"), 1);
	assert_int_equal(store_user_set_enabled(s, 999, true), SRV_ENOENT);
	assert_int_equal(store_user_set_may_have_ticket(s, 999, true), SRV_ENOENT);
	assert_int_equal(store_user_set_password(s, 999, "x", true), SRV_ENOENT);
	assert_int_equal(store_user_renew_hash(s, id, "new", "lost"), SRV_ENOENT); /* changed meanwhile */
	assert_int_equal(store_user_renew_hash(s, id, "newer", "newest"), SRV_OK);
	assert_int_equal(store_user_renew_hash(s, id, "newest", "newer"), SRV_OK);
	store_close(&s);
}

struct names {
	char text[512];
	int stop_after, count;
};

static bool
name_take(void *arg, const struct store_user *u)
{
	struct names *n = arg;
	assert_string_equal(u->password_hash, "");
	strcat(strcat(n->text, u->username), " ");
	return ++n->count != n->stop_after;
}

static bool
text_take(void *arg, const char *text)
{
	struct names *n = arg;
	strcat(strcat(n->text, text), " ");
	return ++n->count != n->stop_after;
}

static void
store_users_come_in_order_of_name_until_told_to_stop(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	user_made(s, "Zoe");
	user_made(s, "bob");
	user_made(s, "Anna");
	struct names n = {0};
	assert_int_equal(store_user_each(s, name_take, &n), SRV_OK);
	assert_string_equal(n.text, "Anna bob Zoe ");
	n = (struct names){.stop_after = 2};
	assert_int_equal(store_user_each(s, name_take, &n), SRV_OK);
	assert_string_equal(n.text, "Anna bob ");
	store_close(&s);
}

static void
store_user_written_by_hand_is_read_with_defaults(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct store_user u = {0};
	by_hand(p->db, "INSERT INTO users (username) VALUES ('plain');"
		       "INSERT INTO users (username, password_hash, first_name, last_name, email, language)"
		       " VALUES ('nulls', NULL, NULL, NULL, NULL, NULL);"
		       "PRAGMA ignore_check_constraints = ON;"
		       "INSERT INTO users (username, enabled, may_have_ticket) VALUES ('odd', 2, 'true')");
	assert_int_equal(store_user_find(s, "plain", &u), SRV_OK);
	assert_true(u.enabled && u.may_have_ticket);
	assert_string_equal(u.password_hash, "");
	store_user_fini(&u);
	assert_int_equal(store_user_find(s, "nulls", &u), SRV_OK);
	assert_string_equal(u.password_hash, "");
	assert_string_equal(u.first_name, "");
	assert_string_equal(u.language, "");
	store_user_fini(&u);
	assert_int_equal(store_user_find(s, "odd", &u), SRV_OK);
	assert_false(u.enabled);
	assert_false(u.may_have_ticket);
	store_user_fini(&u);
	assert_int_equal(
	    by_hand_try(p->db, "INSERT INTO users (username, enabled) VALUES ('x', 'true')"), SQLITE_CONSTRAINT);
	assert_int_equal(by_hand_try(p->db, "INSERT INTO users (username) VALUES (NULL)"), SQLITE_CONSTRAINT);
	assert_int_equal(by_hand_try(p->db, "INSERT INTO users (username) VALUES ('PLAIN')"), SQLITE_CONSTRAINT);
	store_close(&s);
}

static void
store_user_deleted_by_hand_leaves_nothing_to_a_later_one(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	uint8_t hash[STORE_HASH_BYTES];
	struct store_ticket t;
	int64_t id = user_made(s, "gone");
	hash_make(hash, 1);
	assert_int_equal(store_permission_grant(s, id, "FlushApplicationCache"), SRV_OK);
	assert_int_equal(store_ticket_add(s, hash, id, "", at("2026-01-01"), at("2026-02-01")), SRV_OK);
	by_hand(p->db, "PRAGMA foreign_keys = OFF; DELETE FROM users WHERE username = 'GONE'");
	assert_int_equal(ask(p->db, "SELECT count(*) FROM permissions"), 0);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM tickets"), 0);
	assert_int_equal(store_ticket_find(s, hash, &t), SRV_ENOENT);
	assert_true(user_made(s, "next") > id);
	store_close(&s);
}

/* ---- permissions ---- */

static void
store_permissions_are_granted_once_and_revoked(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	int64_t id = user_made(s, "u");
	struct names n = {0};
	assert_int_equal(store_permission_grant(s, id, "ViewServerStatus"), SRV_OK);
	assert_int_equal(store_permission_grant(s, id, "FlushApplicationCache"), SRV_OK);
	assert_int_equal(store_permission_grant(s, id, "FlushApplicationCache"), SRV_OK);
	assert_int_equal(store_permission_each(s, id, text_take, &n), SRV_OK);
	assert_string_equal(n.text, "FlushApplicationCache ViewServerStatus ");
	assert_int_equal(store_permission_revoke(s, id, "FlushApplicationCache"), SRV_OK);
	assert_int_equal(store_permission_revoke(s, id, "FlushApplicationCache"), SRV_OK);
	n = (struct names){0};
	assert_int_equal(store_permission_each(s, id, text_take, &n), SRV_OK);
	assert_string_equal(n.text, "ViewServerStatus ");
	assert_int_equal(store_permission_grant(s, 999, "ViewServerStatus"), SRV_ENOENT);
	store_close(&s);
}

/* ---- tickets ---- */

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

/* ---- settings, warehouses ---- */

static bool
setting_take(void *arg, const char *name, const char *value)
{
	struct names *n = arg;
	strcat(strcat(strcat(strcat(n->text, name), "="), value), " ");
	return ++n->count != n->stop_after;
}

static void
store_setting_is_set_replaced_and_listed(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char *value = NULL;
	struct names n = {0};
	assert_int_equal(store_setting_get(s, "ServerName", &value), SRV_ENOENT);
	assert_null(value);
	assert_int_equal(store_setting_set(s, "ServerName", "a"), SRV_OK);
	assert_int_equal(store_setting_set(s, "ServerName", "b's \"1\""), SRV_OK);
	assert_int_equal(store_setting_set(s, "", "b"), SRV_EINVAL);
	assert_int_equal(store_setting_get(s, "ServerName", &value), SRV_OK);
	assert_string_equal(value, "b's \"1\"");
	free(value);
	by_hand(p->db, "INSERT INTO settings VALUES ('LoginDelay', 500), ('None', NULL)");
	assert_int_equal(store_setting_get(s, "LoginDelay", &value), SRV_OK);
	assert_string_equal(value, "500");
	free(value);
	assert_int_equal(store_setting_get(s, "None", &value), SRV_ENOENT);
	assert_int_equal(store_setting_each(s, setting_take, &n), SRV_OK);
	assert_string_equal(n.text, "LoginDelay=500 ServerName=b's \"1\" ");
	store_close(&s);
}

static bool
stat_take(void *arg, const struct store_warehouse_stat *w)
{
	struct names *n = arg;
	char line[128], date[CLOCK_TEXT_MAX];
	snprintf(line, sizeof line, "%d:%lld/%lld@%s ", w->wh_no, (long long)w->size_bytes,
	    (long long)w->document_count, clock_format_utc(w->measured_at, date));
	strcat(n->text, line);
	return ++n->count != n->stop_after;
}

static void
store_warehouse_numbers_and_statistics_are_checked_and_kept(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	struct store_warehouse_stat w = {
	    .wh_no = 7, .size_bytes = 1LL << 40, .document_count = 3, .measured_at = at("2026-01-02")};
	assert_int_equal(store_warehouse_set(s, -1, "/a"), SRV_EINVAL);
	assert_int_equal(store_warehouse_set(s, 100, "/a"), SRV_EINVAL);
	assert_int_equal(store_warehouse_set(s, 0, "/a"), SRV_OK);
	assert_int_equal(store_warehouse_set(s, 99, "/b"), SRV_OK);
	assert_int_equal(store_warehouse_set(s, 0, "/c"), SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM warehouse_paths WHERE path IN ('/b', '/c')"), 2);
	assert_int_equal(store_warehouse_stat_set(s, &w), SRV_OK);
	w.document_count = 4;
	assert_int_equal(store_warehouse_stat_set(s, &w), SRV_OK);
	w.wh_no = 100;
	assert_int_equal(store_warehouse_stat_set(s, &w), SRV_EINVAL);
	by_hand(p->db, "INSERT INTO warehouse_statistics VALUES (3, -5, -1, 'never'), (1000, 1, 1, NULL)");
	assert_int_equal(store_warehouse_stat_each(s, stat_take, &n), SRV_OK);
	assert_string_equal(n.text, "3:0/0@1970-01-01T00:00:00Z 7:1099511627776/4@2026-01-02T00:00:00Z ");
	store_close(&s);
}

/* ---- jobs ---- */

static void
store_job_and_resource_are_defined_once(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	assert_int_equal(store_job_define(s, 1, "a", "Daily"), SRV_OK);
	assert_int_equal(store_job_define(s, 1, "b", "Hourly"), SRV_OK);
	assert_int_equal(store_resource_define(s, "a", "en", "Text"), SRV_OK);
	assert_int_equal(store_resource_define(s, "a", "EN", "Other"), SRV_OK);
	assert_int_equal(store_resource_define(s, "a", "de", "Wort"), SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM maintenance_jobs WHERE name_resource_id = 'a'"), 1);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM resources WHERE text IN ('Text', 'Wort')"), 2);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM resources"), 2);
	store_close(&s);
}

static bool
run_take(void *arg, const struct store_job_run *r)
{
	struct names *n = arg;
	char line[128], date[CLOCK_TEXT_MAX];
	snprintf(line, sizeof line, "%lld %s %lld %d %s;", (long long)r->job_id, clock_format_utc(r->started_at, date),
	    (long long)r->elapsed_ms, (int)r->success, r->message);
	strcat(n->text, line);
	return ++n->count != n->stop_after;
}

static void
store_job_run_ends_once_and_only_finished_ones_are_last(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	int64_t run = 0, running = 0, recovered = -1;
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "");
	assert_int_equal(store_job_begin(s, 1, at("2026-01-01T05:00:00Z"), &run), SRV_OK);
	assert_int_equal(store_job_end(s, run, 12, true, "3 removed"), SRV_OK);
	assert_int_equal(store_job_end(s, run, 99, false, "again"), SRV_ENOENT);
	assert_int_equal(store_job_begin(s, 1, at("2026-01-01T06:00:00Z"), &running), SRV_OK);
	assert_int_equal(store_job_begin(s, 2, at("2026-01-01T06:00:00Z"), &running), SRV_OK);
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "1 2026-01-01T05:00:00Z 12 1 3 removed;");
	assert_int_equal(store_job_recover(s, &recovered), SRV_OK);
	assert_int_equal(recovered, 2);
	assert_int_equal(store_job_recover(s, &recovered), SRV_OK);
	assert_int_equal(recovered, 0);
	n = (struct names){0};
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "1 2026-01-01T06:00:00Z 0 0 interrupted;2 2026-01-01T06:00:00Z 0 0 interrupted;");
	store_close(&s);
}

static void
store_job_last_run_is_found_among_dates_written_by_hand(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	by_hand(p->db, "INSERT INTO maintenance_job_log VALUES (-4, '2026-03-20T01:00:00Z', 1, 1, NULL),"
		       "(-4, '2026-03-20 23:00:00', 2, 1, NULL), (-4, '2026-03-19T23:30:00Z', 3, 1, NULL),"
		       "(9, '2026-03-20', NULL, 0, 'x')");
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "-4 2026-03-20T23:00:00Z 2 1 ;9 2026-03-20T00:00:00Z 0 0 x;");
	assert_int_equal(by_hand_try(p->db, "INSERT INTO maintenance_job_log VALUES (1, '2026-03-20', 1, 'yes', '')"),
	    SQLITE_CONSTRAINT);
	store_close(&s);
}

static void
store_job_log_purge_leaves_the_last_finished_run_of_each_job(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	int64_t run = 0, removed = -1;
	for (int i = 0; i < 6; i++) {
		store_job_begin(s, 1 + i % 2, (wall_t){at("2026-01-01").s + i * 3600}, &run);
		store_job_end(s, run, i, true, "");
	}
	store_job_begin(s, 2, at("2026-05-01"), &run);
	store_job_end(s, run, 100, true, "");
	assert_int_equal(store_job_log_purge(s, at("2026-04-01"), 3, &removed), SRV_OK);
	assert_int_equal(removed, 3);
	assert_int_equal(store_job_log_purge(s, at("2026-04-01"), 100, &removed), SRV_OK);
	assert_int_equal(removed, 2);
	assert_int_equal(store_job_log_purge(s, at("2026-04-01"), 100, &removed), SRV_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "1 2026-01-01T04:00:00Z 4 1 ;2 2026-05-01T00:00:00Z 100 1 ;");
	store_close(&s);
}

/* ---- loading ---- */

struct loaded {
	char text[1024];
	enum srv_err refuse; /* what the job callback answers */
	struct srv_reason *why;
};

static enum srv_err
load_setting(void *arg, const char *name, const char *value)
{
	struct loaded *l = arg;
	strcat(strcat(strcat(strcat(l->text, name), "="), value), ";");
	return SRV_OK;
}

static enum srv_err
load_resource(void *arg, const char *id, const char *language, const char *text)
{
	struct loaded *l = arg;
	strcat(strcat(strcat(strcat(l->text, id), "."), language), ":");
	strcat(strcat(l->text, text), ";");
	return SRV_OK;
}

static enum srv_err
load_job(void *arg, int64_t job_id, const char *id, const char *schedule)
{
	struct loaded *l = arg;
	char line[64];
	if (l->refuse != SRV_OK)
		return l->why != NULL ? srv_fail(l->why, l->refuse, "no such schedule") : l->refuse;
	snprintf(line, sizeof line, "%lld %s %s;", (long long)job_id, id, schedule);
	strcat(l->text, line);
	return SRV_OK;
}

static enum srv_err
load_path(void *arg, int wh_no, const char *path)
{
	struct loaded *l = arg;
	char line[64];
	snprintf(line, sizeof line, "%02d %s;", wh_no, path);
	strcat(l->text, line);
	return SRV_OK;
}

static enum srv_err
load(struct store *s, struct loaded *l, const char **source, struct srv_reason *why)
{
	return store_load(s,
	    &(struct store_loader){.arg = l,
		.setting = load_setting,
		.resource = load_resource,
		.job = load_job,
		.warehouse_path = load_path},
	    source, why);
}

static void
store_load_reads_all_and_what_another_hand_committed(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct loaded l = {{0}, SRV_OK, NULL};
	struct srv_reason why = {{0}};
	const char *source = NULL;
	store_setting_set(s, "A", "1");
	assert_int_equal(load(s, &l, &source, &why), SRV_OK);
	assert_string_equal(l.text, "A=1;");
	assert_null(source);
	by_hand(p->db,
	    "INSERT INTO settings VALUES ('B', 2), ('C', NULL); INSERT INTO resources VALUES (5, 'en', 'five'),"
	    "('x', 'de', NULL); INSERT INTO maintenance_jobs VALUES (3, 5, 'Daily');"
	    "INSERT INTO warehouse_paths VALUES ('07', '/data'), (3, '/three')");
	l = (struct loaded){{0}, SRV_OK, NULL};
	assert_int_equal(load(s, &l, NULL, NULL), SRV_OK);
	assert_string_equal(l.text, "A=1;B=2;5.en:five;3 5 Daily;03 /three;07 /data;");
	/* only what is asked for */
	l = (struct loaded){{0}, SRV_OK, NULL};
	assert_int_equal(
	    store_load(s, &(struct store_loader){.arg = &l, .warehouse_path = load_path}, NULL, NULL), SRV_OK);
	assert_string_equal(l.text, "03 /three;07 /data;");
	store_close(&s);
}

static void
store_load_names_the_source_that_cannot_be_used(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct srv_reason why = {{0}};
	struct loaded l = {{0}, SRV_EINVAL, &why};
	const char *source = NULL;
	by_hand(p->db, "INSERT INTO maintenance_jobs VALUES (3, 'x', 'Sometimes')");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	assert_string_equal(source, "jobs");
	assert_string_equal(why.text, "no such schedule");
	l = (struct loaded){{0}, SRV_ENOMEM, NULL};
	assert_int_equal(load(s, &l, &source, &why), SRV_ENOMEM);
	assert_string_equal(why.text, "out of memory");
	l = (struct loaded){{0}, SRV_OK, NULL};
	by_hand(p->db, "INSERT INTO warehouse_paths VALUES (100, '/a')");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	assert_string_equal(source, "warehouse paths");
	assert_string_equal(why.text, "the number 100 is not from 0 to 99");
	by_hand(p->db, "INSERT INTO settings VALUES ('Bad', CAST(X'ff' AS TEXT))");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	assert_string_equal(source, "settings");
	assert_string_equal(why.text, "the value of Bad is not text in UTF-8");
	by_hand(p->db, "UPDATE settings SET value = 'a' || char(0) || 'b'");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	by_hand(p->db, "DELETE FROM settings; ALTER TABLE resources RENAME COLUMN text TO words");
	assert_int_equal(load(s, &l, &source, &why), SRV_ECORRUPT);
	assert_string_equal(source, "database");
	assert_non_null(strstr(why.text, "resources"));
	by_hand(p->db, "ALTER TABLE resources RENAME COLUMN words TO text; PRAGMA user_version = 99");
	assert_int_equal(load(s, &l, &source, &why), SRV_EVERSION);
	assert_non_null(strstr(why.text, "99"));
	store_close(&s);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
	const struct CMUnitTest tests[] = {
	    T(store_user_is_found_as_added_whatever_the_case),
	    T(store_user_name_taken_in_another_case_is_refused),
	    T(store_user_that_is_not_there_is_not_found),
	    T(store_user_flags_and_password_are_set),
	    T(store_users_come_in_order_of_name_until_told_to_stop),
	    T(store_user_written_by_hand_is_read_with_defaults),
	    T(store_user_deleted_by_hand_leaves_nothing_to_a_later_one),
	    T(store_permissions_are_granted_once_and_revoked),
	    T(store_ticket_comes_with_its_user_and_permissions),
	    T(store_ticket_is_kept_as_hex_that_an_administrator_can_name),
	    T(store_ticket_is_touched_and_removed),
	    T(store_ticket_purge_takes_what_has_expired_in_slices),
	    T(store_tickets_are_listed_by_user),
	    T(store_finds_tickets_and_expired_ones_by_index),
	    T(store_setting_is_set_replaced_and_listed),
	    T(store_warehouse_numbers_and_statistics_are_checked_and_kept),
	    T(store_job_and_resource_are_defined_once),
	    T(store_job_run_ends_once_and_only_finished_ones_are_last),
	    T(store_job_last_run_is_found_among_dates_written_by_hand),
	    T(store_job_log_purge_leaves_the_last_finished_run_of_each_job),
	    T(store_load_reads_all_and_what_another_hand_committed),
	    T(store_load_names_the_source_that_cannot_be_used),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
