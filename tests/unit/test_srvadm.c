/* srvadm as it is used: each command, its output, its exit status, and what it leaves in the store. What every
 * command has from the shell and the terminal: test_srvadm_shell.c. */
#include "srvadm_fixture.h"

#include "../../impl/session/session.h"
#include <sodium.h>

/* ---- init and the store ---- */

static void
init_makes_a_private_store_with_jobs_and_names(void **state)
{
	struct place *p = *state;
	struct stat st;
	char expected[600];
	snprintf(expected, sizeof expected, "%s: the store is made\n", p->db);
	said(run(p, "", "init", NULL), expected);
	assert_int_equal(stat(p->db, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(count(p, "SELECT count(*) FROM maintenance_jobs"), 5);
	assert_int_equal(
	    count(p, "SELECT count(*) FROM maintenance_jobs j WHERE (SELECT count(*) FROM resources r"
		     " WHERE r.resource_id = j.name_resource_id AND language IN ('en', 'de', 'fr', 'tr')) = 4"),
	    5);
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 0);
}

static void
init_of_a_store_that_exists_changes_nothing_and_says_so(void **state)
{
	struct place *p = *state;
	char expected[600];
	static char before[1 << 20], after[1 << 20];
	run(p, "", "init", NULL);
	by_hand(p->db, "DELETE FROM maintenance_jobs WHERE job_id = 2; UPDATE resources SET text = 'mine'");
	size_t len = bytes_read(p->db, before, sizeof before);
	snprintf(expected, sizeof expected, "%s: the store exists already, nothing is changed\n", p->db);
	said(run(p, "", "init", NULL), expected);
	assert_int_equal(bytes_read(p->db, after, sizeof after), len);
	assert_memory_equal(before, after, len);
}

static void
init_takes_an_empty_file_and_refuses_another_programs(void **state)
{
	struct place *p = *state;
	bytes_write(p->db, "", 0);
	assert_int_equal(run(p, "", "init", NULL)->status, 0);
	assert_int_equal(count(p, "SELECT count(*) FROM maintenance_jobs"), 5);
	assert_int_equal(unlink(p->db), 0);
	by_hand(p->db, "PRAGMA journal_mode = WAL"); /* as an init leaves it that was killed */
	assert_int_equal(run(p, "", "init", NULL)->status, 0);
	assert_int_equal(count(p, "SELECT count(*) FROM maintenance_jobs"), 5);
	assert_int_equal(unlink(p->db), 0);
	bytes_write(p->db, "some text that is no database at all", 36);
	failed(run(p, "", "init", NULL), 1, "not a database");
	assert_int_equal(unlink(p->db), 0);
	by_hand(p->db, "CREATE TABLE guests (name)");
	failed(run(p, "", "init", NULL), 1, "no schema version");
	strcat(p->db, "/none/srv.db");
	failed(run(p, "", "init", NULL), 1, "directory");
	*strstr(p->db, "/none") = '\0';
}

static void
every_command_needs_a_store_that_is_one(void **state)
{
	struct place *p = *state;
	static const char *const commands[][5] = {{"user", "add", "a"}, {"user", "passwd", "a"},
	    {"user", "enable", "a"}, {"user", "disable", "a"}, {"user", "allow-tickets", "a"},
	    {"user", "deny-tickets", "a"}, {"user", "list"}, {"grant", "a", "ViewServerStatus"},
	    {"revoke", "a", "ViewServerStatus"}, {"setting", "get", "a"}, {"setting", "set", "a", "b"},
	    {"setting", "list"}, {"warehouse", "set", "1", "/a"}, {"warehouse", "list"}, {"ticket", "list"},
	    {"ticket", "revoke", "a"}, {"backup", "/nonexistent/x"}, {"check"}};
	size_t n = sizeof commands / sizeof commands[0];
	for (size_t i = 0; i < n; i++) {
		const char *const *c = commands[i];
		failed(run(p, "password\n", c[0], c[1], c[2], c[3], NULL), 1, "no database file");
		assert_false(there_is(p->db));
	}
	assert_int_equal(run(p, "", "init", NULL)->status, 0);
	by_hand(p->db, "PRAGMA user_version = 55");
	for (size_t i = 0; i < n; i++) {
		const char *const *c = commands[i];
		failed(run(p, "password\n", c[0], c[1], c[2], c[3], NULL), 1, "newer version");
	}
	failed(run(p, "", "init", NULL), 1, "newer version");
}

static void
database_comes_from_the_option_or_the_variable(void **state)
{
	struct place *p = *state;
	const char *init[] = {"init", NULL}, *list[] = {"setting", "list", NULL};
	char other[512];
	assert_int_equal(setenv("SRVD_DATABASE", p->db, 1), 0);
	assert_int_equal(run_plain("", 0, init)->status, 0);
	assert_true(there_is(p->db));
	assert_int_equal(run_plain("", 0, list)->status, 0);
	snprintf(other, sizeof other, "--database=%s/other.db", p->dir);
	const char *elsewhere[] = {"setting", other, "list", NULL};
	failed(run_plain("", 0, elsewhere), 1, "other.db: there is no database file");
	assert_int_equal(unsetenv("SRVD_DATABASE"), 0);
}

/* ---- users ---- */

static void
user_is_added_with_all_that_is_given(void **state)
{
	struct place *p = *state;
	struct store *s = NULL;
	struct store_user u;
	said(run(p, "right horse, left\n", "user", "add", "jsmith", "--first-name", "John", "--last-name=Smith",
		 "--email", "j@example.com", "--language", "de-AT", NULL),
	    "user jsmith added with number 1\n");
	said(run(p, "bir parola\xc5\x9f\xc4\xb1\r\n", "user", "add", "--", "--odd", NULL),
	    "user --odd added with number 2\n");
	assert_int_equal(store_open(p->db, false, 1, &s, NULL), SRV_OK);
	assert_int_equal(store_user_find(s, "JSMITH", &u), SRV_OK);
	assert_string_equal(u.first_name, "John");
	assert_string_equal(u.last_name, "Smith");
	assert_string_equal(u.email, "j@example.com");
	assert_string_equal(u.language, "de-AT");
	assert_true(u.enabled && u.may_have_ticket);
	assert_int_equal(strncmp(u.password_hash, "$argon2id$", 10), 0);
	assert_int_equal(crypto_pwhash_str_verify(u.password_hash, "right horse, left", 17), 0);
	assert_int_not_equal(crypto_pwhash_str_verify(u.password_hash, "right horse, left\n", 18), 0);
	store_user_fini(&u);
	assert_int_equal(store_user_find(s, "--odd", &u), SRV_OK);
	assert_int_equal(crypto_pwhash_str_verify(u.password_hash, "bir parola\xc5\x9f\xc4\xb1", 14), 0);
	store_user_fini(&u);
	store_close(&s);
}

static void
user_with_a_bad_password_is_not_added(void **state)
{
	struct place *p = *state;
	char big[SESSION_PWD_MAX + 3];
	const char *args[] = {"--database", p->db, "user", "add", "a", NULL};
	failed(run(p, "", "user", "add", "a", NULL), 1, "no password");
	failed(run(p, "\n", "user", "add", "a", NULL), 1, "the password is empty");
	failed(run(p, "\r\n", "user", "add", "a", NULL), 1, "the password is empty");
	failed(run(p, "eleven 1111\n", "user", "add", "a", NULL), 1, "shorter than 12");
	failed(run(p, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\n", "user", "add", "a", NULL), 1, "shorter than 12");
	failed(run(p, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\n", "user", "add", "a", NULL), 1, "UTF-8");
	failed(run_plain("12345678\0x\n", 11, args), 1, "NUL");
	memset(big, 'x', sizeof big);
	big[SESSION_PWD_MAX + 1] = '\n';
	failed(run_plain(big, SESSION_PWD_MAX + 2, args), 1, "longer than 1024");
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 0);
	memcpy(big, "anything but that", 17);
	big[SESSION_PWD_MAX] = '\n';
	assert_int_equal(run_plain(big, SESSION_PWD_MAX + 1, args)->status, 0);
	assert_int_equal(run(p, "without its end", "user", "add", "b", NULL)->status, 0); /* without the line's end */
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 2);
}

/* All are long enough, and most have letters, digits and signs. */
static void
user_with_a_common_password_is_not_added(void **state)
{
	struct place *p = *state;
	static const char *const common[] = {"password1234", "P@ssw0rd1234", "Password2026!", "iloveyou1234",
	    "passwordpassword", "123456789012", "qwertyuiop12", "1qaz2wsx3edc", "aaaaaaaaaaaaaaaa", "administrator",
	    "Welcome12345", "letmein12345", "summer2026!!", "12.03.198412.03.1984", "srvadm-srvadm"};
	for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
		char line[64];
		snprintf(line, sizeof line, "%s\n", common[i]);
		failed(run(p, line, "user", "add", "a", NULL), 1, "easily guessed");
	}
	/* The user's own name counts for nothing, with what is often put behind it. */
	failed(run(p, "Wolfsbarsch2026\n", "user", "add", "wolfsbarsch", NULL), 1, "easily guessed");
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 0);
	assert_int_equal(run(p, "Wolfsbarsch2026\n", "user", "add", "a", NULL)->status, 0);
	failed(run(p, "password1234\n", "user", "passwd", "a", NULL), 1, "easily guessed");
	assert_int_equal(run(p, "three odd words\n", "user", "passwd", "a", NULL)->status, 0);
}

static void
user_with_bad_names_is_not_added(void **state)
{
	struct place *p = *state;
	char long_name[300];
	memset(long_name, 'n', sizeof long_name - 1);
	long_name[sizeof long_name - 1] = '\0';
	failed(run(p, "password\n", "user", "add", "", NULL), 2, "user's name");
	failed(run(p, "password\n", "user", "add", long_name, NULL), 2, "user's name");
	failed(run(p, "password\n", "user", "add", "a\nb", NULL), 2, "user's name");
	failed(run(p, "password\n", "user", "add", "a\xff", NULL), 2, "user's name");
	failed(run(p, "password\n", "user", "add", "a", "--email", long_name, NULL), 2, "--email");
	failed(run(p, "password\n", "user", "add", "a", "--first-name", "\x1b[2J", NULL), 2, "--first-name");
	static const char *const no_language[] = {
	    "e", "english-languages", "en_US", "en-", "-en", "en-toolonggroup", "12"};
	for (size_t i = 0; i < sizeof no_language / sizeof no_language[0]; i++)
		failed(run(p, "password\n", "user", "add", "a", "--language", no_language[i], NULL), 2, "no language");
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 0);
	assert_int_equal(run(p, "not to be guessed\n", "user", "add", "Admin", NULL)->status, 0);
	failed(run(p, "password\n", "user", "add", "aDMIN", NULL), 1, "there is a user aDMIN already");
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 1);
}

static void
user_password_change_ends_the_tickets(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct store_user u;
	uint8_t hash[STORE_HASH_BYTES];
	int64_t id = user_made(s, "a");
	hash_make(hash, 1);
	assert_int_equal(store_ticket_add(s, hash, id, "", at("2026-01-01"), at("2026-02-01")), SRV_OK);
	failed(run(p, "short\n", "user", "passwd", "a", NULL), 1, "shorter than 12");
	failed(run(p, "password\n", "user", "passwd", "nobody", NULL), 1, "there is no user nobody");
	assert_int_equal(count(p, "SELECT count(*) FROM tickets"), 1);
	said(run(p, "some newer words\n", "user", "passwd", "A", NULL), "password of a set, tickets ended\n");
	assert_int_equal(count(p, "SELECT count(*) FROM tickets"), 0);
	assert_int_equal(store_user_find(s, "a", &u), SRV_OK);
	assert_int_equal(crypto_pwhash_str_verify(u.password_hash, "some newer words", 16), 0);
	store_user_fini(&u);
	store_close(&s);
}

static void
users_are_disabled_enabled_and_listed(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	said(run(p, "", "user", "list", NULL), "");
	user_made(s, "bob");
	user_made(s, "Anna");
	store_close(&s);
	said(run(p, "", "user", "disable", "BOB", NULL), "user bob disabled\n");
	assert_int_equal(run(p, "", "grant", "anna", "ViewServerStatus", "FlushApplicationCache", NULL)->status, 0);
	by_hand(p->db, "INSERT INTO users (username, first_name, may_have_ticket) VALUES"
		       " ('zoe', 'a' || char(9, 27) || '[2J' || char(10, 155) || '\\', 0);"
		       "INSERT INTO permissions VALUES (3, 'Fly' || char(10, 27))");
	said(run(p, "", "user", "list", NULL),
	    "2\tAnna\tenabled\tticket\tFirst\tLast\ta@b.example\tde\tFlushApplicationCache ViewServerStatus\n"
	    "1\tbob\tdisabled\tticket\tFirst\tLast\ta@b.example\tde\t-\n"
	    "3\tzoe\tenabled\tno-ticket\ta\\t\\x1b[2J\\n\\x9b\\\\\t-\t-\t-\tFly\\n\\x1b\n");
	said(run(p, "", "user", "enable", "bob", NULL), "user bob enabled\n");
	assert_int_equal(count(p, "SELECT enabled FROM users WHERE username = 'bob'"), 1);
	said(run(p, "", "user", "deny-tickets", "Bob", NULL), "user bob gets no more tickets\n");
	assert_int_equal(count(p, "SELECT may_have_ticket FROM users WHERE username = 'bob'"), 0);
	said(run(p, "", "user", "allow-tickets", "bob", NULL), "user bob may have tickets\n");
	assert_int_equal(count(p, "SELECT may_have_ticket FROM users WHERE username = 'bob'"), 1);
	failed(run(p, "", "user", "deny-tickets", "nobody", NULL), 1, "there is no user nobody");
	failed(run(p, "", "user", "enable", "nobody", NULL), 1, "there is no user nobody");
	failed(run(p, "", "user", "disable", "nobody", NULL), 1, "there is no user nobody");
}

/* ---- permissions ---- */

static void
permissions_are_granted_and_revoked(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	user_made(s, "a");
	store_close(&s);
	said(run(p, "", "grant", "a", "FlushApplicationCache", "ViewServerStatus", "ViewWarehouseStatus", NULL),
	    "FlushApplicationCache granted to a\nViewServerStatus granted to a\nViewWarehouseStatus granted to a\n");
	assert_int_equal(count(p, "SELECT count(*) FROM permissions"), 3);
	said(run(p, "", "revoke", "A", "ViewServerStatus", NULL), "ViewServerStatus revoked from a\n");
	assert_int_equal(count(p, "SELECT count(*) FROM permissions WHERE permission <> 'ViewServerStatus'"), 2);
	/* all or nothing, and the error shows what there is */
	const struct result *r = run(p, "", "grant", "a", "ViewServerStatus", "viewserverstatus", NULL);
	failed(r, 2, "there is no permission viewserverstatus");
	assert_non_null(strstr(r->err, "FlushApplicationCache ViewServerStatus ViewWarehouseStatus"));
	assert_int_equal(count(p, "SELECT count(*) FROM permissions"), 2);
	failed(run(p, "", "revoke", "a", "Fly", NULL), 2, "there is no permission Fly");
	failed(run(p, "", "grant", "nobody", "ViewServerStatus", NULL), 1, "there is no user nobody");
	failed(run(p, "", "grant", "a", NULL), 2, "usage: srvadm grant NAME PERMISSION...");
}

/* ---- tickets ---- */

static void
tickets_are_listed_and_revoked(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	uint8_t hash[STORE_HASH_BYTES];
	int64_t a = user_made(s, "a"), b = user_made(s, "b");
	for (int i = 1; i <= 3; i++) {
		hash_make(hash, i);
		store_ticket_add(
		    s, hash, i < 3 ? a : b, i == 1 ? "en" : "", at("2026-01-01"), at("2026-02-01T01:02:03Z"));
	}
	store_close(&s);
	const struct result *r = run(p, "", "ticket", "list", NULL);
	assert_int_equal(r->status, 0);
	assert_int_equal(strncmp(r->out, "a\t2026-01-01T00:00:00Z\t2026-02-01T01:02:03Z\ten\t0100000000", 55), 0);
	assert_non_null(strstr(r->out, "\nb\t2026-01-01T00:00:00Z\t2026-02-01T01:02:03Z\t-\t0300000000"));
	failed(run(p, "", "ticket", "revoke", NULL), 2, "USER | --all");
	failed(run(p, "", "ticket", "revoke", "a", "--all", NULL), 2, "USER | --all");
	failed(run(p, "", "ticket", "revoke", "nobody", NULL), 1, "there is no user nobody");
	assert_int_equal(count(p, "SELECT count(*) FROM tickets"), 3);
	said(run(p, "", "ticket", "revoke", "A", NULL), "2 tickets ended\n");
	assert_int_equal(count(p, "SELECT count(*) FROM tickets WHERE user_id = 2"), 1);
	said(run(p, "", "ticket", "revoke", "--all", NULL), "1 ticket ended\n");
	said(run(p, "", "ticket", "list", NULL), "");
}

/* ---- settings and warehouses ---- */

static void
settings_are_set_got_and_listed(void **state)
{
	struct place *p = *state;
	const struct result *r = run(p, "", "setting", "set", "ServerName", "files & more", NULL);
	said(r, "setting ServerName set\n");
	assert_non_null(strstr(r->err, "FlushApplicationCache"));
	said(run(p, "", "setting", "get", "ServerName", NULL), "files & more\n");
	failed(run(p, "", "setting", "get", "Nothing", NULL), 1, "the setting Nothing is not set");
	assert_int_equal(run(p, "", "setting", "set", "Own", "--", "-5", NULL)->status, 0);
	assert_int_equal(run(p, "", "setting", "set", "Empty", "", NULL)->status, 0);
	said(run(p, "", "setting", "list", NULL), "Empty\t-\nOwn\t-5\nServerName\tfiles & more\n");
}

static void
settings_that_the_service_reads_are_judged(void **state)
{
	struct place *p = *state;
	static const struct {
		const char *name, *value;
		bool good;
	} cases[] = {{"WindowsAuthenticationIsOn", "true", true}, {"WindowsAuthenticationIsOn", "Off", true},
	    {"WindowsAuthenticationIsOn", "perhaps", false}, {"WindowsAuthenticationIsOn", "", false},
	    {"LoginDelay", "0", true}, {"LoginDelay", "2000", true}, {"LoginDelay", "2001", false},
	    {"LoginDelay", "1.5", false}, {"LoginDelay", "99999999999999999999", false}, {"LoginDelay", "", false},
	    {"DefaultLanguage", "tr", true}, {"DefaultLanguage", "pt-BR", true}, {"DefaultLanguage", "english!", false},
	    {"DefaultLanguage", "", false}, {"ServerName", "", false}, {"SysadminAccountName", "sysadmin", true},
	    {"logindelay", "5", false}, {"", "x", false}, {"Bad\nName", "x", false}, {"Own", "\xff", false},
	    {"Own", "anything", true}};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const struct result *r = run(p, "", "setting", "set", cases[i].name, cases[i].value, NULL);
		if (r->status != (cases[i].good ? 0 : 2))
			fail_msg("%s=%s: %d %s", cases[i].name, cases[i].value, r->status, r->err);
		if (!cases[i].good)
			one_line(r->err);
	}
	said(run(p, "", "setting", "get", "LoginDelay", NULL), "2000\n");
	failed(run(p, "", "setting", "set", "logindelay", "5", NULL), 2, "but LoginDelay");
}

static void
warehouses_are_set_and_listed(void **state)
{
	struct place *p = *state;
	const struct result *r = run(p, "", "warehouse", "set", "07", "/data/seven", NULL);
	said(r, "warehouse 07 set\n");
	assert_non_null(strstr(r->err, "FlushApplicationCache"));
	assert_int_equal(run(p, "", "warehouse", "set", "99", "/data/last", NULL)->status, 0);
	said(run(p, "", "warehouse", "list", NULL), "07\t/data/seven\n99\t/data/last\n");
	failed(run(p, "", "warehouse", "set", "100", "/a", NULL), 2, "0 to 99");
	failed(run(p, "", "warehouse", "set", "x", "/a", NULL), 2, "0 to 99");
	failed(run(p, "", "warehouse", "set", "1", "relative", NULL), 2, "begins with /");
	failed(run(p, "", "warehouse", "set", "1", "/a\nb", NULL), 2, "plain text");
	by_hand(p->db, "INSERT INTO warehouse_paths VALUES (500, '/x')");
	r = run(p, "", "warehouse", "list", NULL);
	assert_int_equal(r->status, 1);
	assert_non_null(strstr(r->err, "the number 500 is not from 0 to 99"));
}

/* ---- upkeep ---- */

static void
backup_is_made_once_and_is_a_store(void **state)
{
	struct place *p = *state, copy = *p;
	char to[512], expected[600];
	assert_int_equal(run(p, "", "setting", "set", "Own", "kept", NULL)->status, 0);
	place_path(p, to, "copy.db");
	snprintf(expected, sizeof expected, "%s: the backup is made\n", to);
	said(run(p, "", "backup", to, NULL), expected);
	failed(run(p, "", "backup", to, NULL), 1, "there is a file of that name already");
	failed(run(p, "", "backup", "/nonexistent/copy.db", NULL), 1, "the backup failed");
	memcpy(copy.db, to, sizeof copy.db);
	said(run(&copy, "", "setting", "get", "Own", NULL), "kept\n");
	assert_int_equal(run(&copy, "", "check", NULL)->status, 0);
}

static void
check_finds_nothing_or_says_what(void **state)
{
	struct place *p = *state;
	char expected[600];
	snprintf(expected, sizeof expected, "%s: no damage is found\n", p->db);
	said(run(p, "", "check", NULL), expected);
	by_hand(p->db, "INSERT INTO permissions VALUES (9, 'ViewServerStatus')");
	failed(run(p, "", "check", NULL), 1, "the table permissions has a row whose user does not exist");
	by_hand(p->db, "DELETE FROM permissions");
	assert_int_equal(truncate(p->db, 6000), 0);
	failed(run(p, "", "check", NULL), 1, "damaged");
}

static void
a_lock_held_by_another_process_is_said_after_a_while(void **state)
{
	struct place *p = *state;
	sqlite3 *db = NULL;
	assert_int_equal(sqlite3_open(p->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	failed(run(p, "", "setting", "set", "Own", "x", NULL), 1, "another process holds a lock");
	assert_int_equal(run(p, "", "setting", "list", NULL)->status, 0);
	sqlite3_close(db);
}

int
main(void)
{
#define BARE(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
#define T(f) cmocka_unit_test_setup_teardown(f, store_setup, place_remove)
	const struct CMUnitTest tests[] = {
	    BARE(init_makes_a_private_store_with_jobs_and_names),
	    BARE(init_of_a_store_that_exists_changes_nothing_and_says_so),
	    BARE(init_takes_an_empty_file_and_refuses_another_programs),
	    BARE(every_command_needs_a_store_that_is_one),
	    BARE(database_comes_from_the_option_or_the_variable),
	    T(user_is_added_with_all_that_is_given),
	    T(user_with_a_bad_password_is_not_added),
	    T(user_with_a_common_password_is_not_added),
	    T(user_with_bad_names_is_not_added),
	    T(user_password_change_ends_the_tickets),
	    T(users_are_disabled_enabled_and_listed),
	    T(permissions_are_granted_and_revoked),
	    T(tickets_are_listed_and_revoked),
	    T(settings_are_set_got_and_listed),
	    T(settings_that_the_service_reads_are_judged),
	    T(warehouses_are_set_and_listed),
	    T(backup_is_made_once_and_is_a_store),
	    T(check_finds_nothing_or_says_what),
	    T(a_lock_held_by_another_process_is_said_after_a_while),
	};

	(void)unsetenv("SRVD_DATABASE");
	return cmocka_run_group_tests_name("srvadm", tests, NULL, NULL);
}
