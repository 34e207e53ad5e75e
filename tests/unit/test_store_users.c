/* What the store keeps of users and their permissions, also where an administrator's hand was at work. */
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
	};
	return cmocka_run_group_tests_name("store_users", tests, NULL, NULL);
}
