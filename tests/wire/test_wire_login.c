/* Names and passwords at a login: that a failure looks and costs the same whatever its cause, which bytes of a name and
 * of a password count, that neither is ever more than text, and that a new store lets nobody in. Contract: section 2.
 */
#include "shared_fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int
setup(void **state)
{
	(void)state;
	serve_all("jobs = false");
	return 0;
}

/* Each attempt from an address of its own, so that the throttle of addresses has no say. */
static struct wire_answer *
attempt(const struct wire_srvd *s, enum wire_form f, const char *uid, const char *pwd)
{
	static unsigned serial;
	struct wire_conn *c = wire_connect_from(s, wire_printf("127.2.%u.%u", serial / 200, 1 + serial % 200));
	struct wire_bytes ask = wire_call_request(s, f, NULL, "AuthenticateUser", uid != NULL ? "UID" : "x",
	    uid != NULL ? uid : "", pwd != NULL ? "PWD" : NULL, pwd, NULL);
	struct wire_answer *a = wire_send(c, ask) ? wire_read(c, false) : NULL;

	serial++;
	assert_non_null(a);
	wire_forget(c);
	return a;
}

static void
expect_logged_in(enum wire_form f, const char *uid, const char *pwd, const char *username)
{
	const struct wire_node *n = wire_result(f, "AuthenticateUser", attempt(&srv, f, uid, pwd));

	assert_string_equal(wire_attr(n, "success"), "true");
	assert_string_equal(wire_attr(n, "username"), username);
}

static void
expect_refused(enum wire_form f, const char *uid, const char *pwd)
{
	wire_expect_error(f, "AuthenticateUser", attempt(&srv, f, uid, pwd), WIRE_900);
}

static void
add_user(const char *name, const char *pwd)
{
	wire_srvadm(&srv, wire_printf("%s\n", pwd), "user", "add", name, NULL);
}

/* With the password of another, which saves computing a hash. */
static void
add_user_like(const char *name, const char *other)
{
	wire_sql(&srv,
	    "INSERT INTO users (username, password_hash) SELECT '%s', password_hash FROM users WHERE username = '%s'",
	    name, other);
}

/* ---- looks and cost ---- */

#define SAMPLES_MIN 20
#define SAMPLES_MAX 120
enum cause { WRONG, UNKNOWN, DISABLED, NO_PASSWORD, LONG_PASSWORD, CAUSES };

struct costs {
	double ms[SAMPLES_MAX];
	size_t count;
};

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(const struct costs *c)
{
	double sorted[SAMPLES_MAX];

	memcpy(sorted, c->ms, c->count * sizeof *sorted);
	qsort(sorted, c->count, sizeof *sorted, compare);
	return sorted[c->count / 2];
}

/* One more failed login: the processor time that srvd took of it. The answer is the first one's, but for its date. */
static void
sample(const struct wire_srvd *s, struct costs *c, const char *uid, const char *pwd)
{
	static const char answer[] = WIRE_DECLARATION "<root success=\"false\" error=\"" WIRE_900 "\" />";
	static char fields[512];
	double before = wire_vitals(s).processor_ms;
	struct wire_answer *a = attempt(s, WIRE_GET, uid, pwd);

	c->ms[c->count++] = wire_vitals(s).processor_ms - before;
	assert_string_equal(a->body, answer);
	const char *behind_date = strstr(strstr(a->head, "Date: "), "\r\n");
	if (fields[0] == '\0')
		snprintf(fields, sizeof fields, "%s", behind_date);
	assert_string_equal(behind_date, fields);
}

static bool
is_near(const struct costs *c, const struct costs *reference, double share)
{
	return fabs(median(c) / median(reference) - 1) < share;
}

/* The causes take turns, so what else the machine does falls on all of them. Processor time and not the clock's: a busy
 * machine would show differences that are none. Where the medians differ by chance, more samples bring them together.
 */
static void
every_failure_looks_and_costs_the_same(void **state)
{
	static struct wire_srvd own;
	static struct costs of[CAUSES], no_name;
	const char *long_password = wire_repeat("p", 1025);

	(void)state;
	wire_prepare(&own, "jobs = false");
	wire_sql(&own,
	    "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	    "INSERT INTO users (username, password_hash, enabled) SELECT kind || i, password_hash, kind <> 'off-' FROM "
	    "n, "
	    "(SELECT 'wrong-' AS kind UNION SELECT 'off-' UNION SELECT 'none-' UNION SELECT 'long-'), users "
	    "WHERE username = '" WIRE_USER "'",
	    SAMPLES_MAX);
	wire_start(&own);
	for (int i = 0; i < SAMPLES_MAX; i++) {
		sample(&own, &of[WRONG], wire_printf("wrong-%d", i), "wrong");
		sample(&own, &of[UNKNOWN], wire_printf("nobody-%d", i), "wrong");
		sample(&own, &of[DISABLED], wire_printf("off-%d", i), WIRE_USER_PWD);
		if (i % 4 == 0) {
			sample(&own, &of[NO_PASSWORD], wire_printf("none-%d", i), i % 8 == 0 ? NULL : "");
			sample(&own, &of[LONG_PASSWORD], wire_printf("long-%d", i), long_password);
		}
		/* No name is one account to the throttle, like any other, so there are four, and not all of one moment.
		 */
		if (i % 5 == 2 && no_name.count < 4)
			sample(&own, &no_name, no_name.count % 2 == 0 ? NULL : "", no_name.count < 2 ? NULL : "wrong");
		if (i + 1 >= SAMPLES_MIN && is_near(&of[UNKNOWN], &of[WRONG], 0.05) &&
		    is_near(&of[DISABLED], &of[WRONG], 0.05))
			break;
	}
	print_message(
	    "figures: processor time of a failed login: wrong password %.2f ms, unknown user %.2f ms, disabled user "
	    "%.2f ms, no password %.2f ms, too long a one %.2f ms, no name %.2f ms (%zu samples)\n",
	    median(&of[WRONG]), median(&of[UNKNOWN]), median(&of[DISABLED]), median(&of[NO_PASSWORD]),
	    median(&of[LONG_PASSWORD]), median(&no_name), of[WRONG].count);
	if (WIRE_SANITIZED)
		return;
	assert_true(is_near(&of[UNKNOWN], &of[WRONG], 0.05));
	assert_true(is_near(&of[DISABLED], &of[WRONG], 0.05));
	assert_true(is_near(&of[NO_PASSWORD], &of[WRONG], 0.25));
	assert_true(is_near(&of[LONG_PASSWORD], &of[WRONG], 0.25));
	assert_true(is_near(&no_name, &of[WRONG], 0.25));
}

/* What is absent is no password, and so no user's hash is looked at, not even that of one who has an empty text there.
 */
static void
an_absent_or_empty_password_is_nobodys(void **state)
{
	static const char *const hashes[] = {"NULL", "''", "'!'", "'$argon2id$'"};

	(void)state;
	WIRE_EACH_FORM(f)
	{
		size_t from = wire_log_size(&srv);

		/* One that exists; five of his failures would hold the account. */
		expect_refused(f, WIRE_USER, f % 2 == 0 ? NULL : "");
		assert_int_equal(wire_log_count(&srv, from, "user=\"" WIRE_USER "\" peer=127.2.0."), 1);
		assert_int_equal(wire_log_count(&srv, from, "reason=\"no name or password\""), 1);
	}
	for (size_t i = 0; i < 4; i++) {
		const char *name = wire_printf("hashless-%zu", i);

		wire_sql(&srv, "INSERT INTO users (username, password_hash) VALUES ('%s', %s)", name, hashes[i]);
		expect_refused(WIRE_POST, name, NULL);
		expect_refused(WIRE_SOAP11, name, "");
		expect_refused(WIRE_GET, name, "!");
	}
}

/* ---- passwords ---- */

static void
passwords_count_to_their_last_byte(void **state)
{
	static const char begin[] = "correct horse battery staple ";
	const char *of_64 = wire_printf("%s%s", begin, wire_repeat("s", 64 - strlen(begin)));
	const char *of_72 = wire_printf("%s%s", begin, wire_repeat("t", 72 - strlen(begin)));
	const char *of_1024 = wire_printf("%s%s", begin, wire_repeat("u", 1024 - strlen(begin)));

	(void)state;
	add_user("of-64", of_64);
	add_user("of-73", wire_printf("%sA", of_72));
	add_user("of-1024", of_1024);
	expect_logged_in(WIRE_SOAP11, "of-64", of_64, "of-64");
	expect_logged_in(WIRE_GET, "of-73", wire_printf("%sA", of_72), "of-73");
	expect_logged_in(WIRE_POST, "of-1024", of_1024, "of-1024");
	expect_logged_in(WIRE_SOAP12, "of-1024", of_1024, "of-1024");
	expect_refused(WIRE_POST, "of-64", wire_printf("%.63s", of_64));
	expect_refused(WIRE_POST, "of-73", wire_printf("%sB", of_72));
	expect_refused(WIRE_POST, "of-73", of_72);
	expect_refused(WIRE_POST, "of-1024", wire_printf("%.1023sv", of_1024));
	expect_refused(WIRE_POST, "of-1024", wire_printf("%su", of_1024));
}

static void
the_bytes_of_a_password_are_taken_as_they_are(void **state)
{
	static const char composed[] =
	    "\xf0\x9f\x90\x8e\xf0\x9f\x94\x8b caf\xc3\xa9 staple", /* horse, battery, e acute */
	    decomposed[] = "\xf0\x9f\x90\x8e\xf0\x9f\x94\x8b cafe\xcc\x81 staple",
			  upper[] = "\xf0\x9f\x90\x8e\xf0\x9f\x94\x8b CAF\xc3\x89 staple",
			  trimmed[] = "\xf0\x9f\x90\x8e\xf0\x9f\x94\x8b caf\xc3\xa9 staple ";

	(void)state;
	add_user("emoji", composed);
	WIRE_EACH_FORM(f)
	expect_logged_in(f, "emoji", composed, "emoji");
	expect_refused(WIRE_POST, "emoji", decomposed);
	expect_refused(WIRE_SOAP11, "emoji", upper);
	expect_refused(WIRE_SOAP12, "emoji", trimmed);
}

/* ---- names ---- */

/* Names that look alike are the names of as many users, but for the case of ASCII letters. */
static void
names_that_look_alike_never_merge(void **state)
{
	static const char *const names[] = {"Zo\xc3\xab", "Zoe\xcc\x88", "ZO\xc3\x8b", "Zoe", "\xef\xbd\x81\x64min",
	    "ad\xe2\x80\x8dmin", "\xe2\x80\xaenimda", "\xd0\xb0\x64min", "adm\xc4\xb1n", "admin\xc2\xa0", " admin",
	    "\xef\xac\x81nn", "finn", "\xf0\x9d\x92\x9c\x64min"};

	(void)state;
	/* Each has its password from one of two users, and is refused with that of the other. */
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		add_user_like(names[i], i % 2 == 0 ? WIRE_USER : WIRE_BOSS);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		enum wire_form f = (enum wire_form)(i % WIRE_FORMS);

		expect_logged_in(f, names[i], i % 2 == 0 ? WIRE_USER_PWD : WIRE_OTHER_PWD, names[i]);
		expect_refused(f, names[i], i % 2 == 0 ? WIRE_OTHER_PWD : WIRE_USER_PWD);
	}
	expect_logged_in(WIRE_POST, "zO\xc3\xab", WIRE_USER_PWD, "Zo\xc3\xab");
	expect_logged_in(WIRE_SOAP11, "zo\xc3\x8b", WIRE_USER_PWD, "ZO\xc3\x8b");
	expect_refused(WIRE_POST, "admin ", WIRE_ADMIN_PWD);
	expect_logged_in(WIRE_GET, "aDMIN", WIRE_ADMIN_PWD, "admin");
}

/* The same value to whoever reads it: the password's check, the log and the store. */
static void
a_name_in_pieces_is_one_name_everywhere(void **state)
{
	static const struct {
		const char *xml, *name;
	} rows[] = {{"a<!---->b", "ab"}, {"a<![CDATA[b]]>c", "abc"}, {"<![CDATA[a]]>&#98;<!-- x -->&#x63;d", "abcd"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		add_user_like(rows[i].name, WIRE_BOSS);
		WIRE_EACH_SOAP(f)
		{
			size_t from = wire_log_size(&srv);
			struct wire_answer *a = wire_ask_kept(
			    &srv, wire_soap(&srv, f, NULL, NULL,
				      wire_bytes_text(wire_envelope(f, NULL,
					  wire_printf("<AuthenticateUser xmlns=\"" WIRE_NS
						      "\"><UID>%s</UID><PWD>battery<!-- -->"
						      "<![CDATA[ ]]>staple</PWD></AuthenticateUser>",
					      rows[i].xml)))));

			assert_string_equal(wire_attr(wire_result(f, "AuthenticateUser", a), "username"), rows[i].name);
			assert_int_equal(
			    wire_log_count(&srv, from, wire_printf(" user=\"%s\" peer=", rows[i].name)), 1);
			assert_string_equal(wire_sql_text(&srv,
						"SELECT count(*) FROM tickets JOIN users USING (user_id) WHERE "
						"username = '%s'",
						rows[i].name),
			    f == WIRE_SOAP11 ? "1" : "2");
		}
	}
}

/* Everything in the store that a login could change but for its ticket, and its schema. */
static char *
store_as_text(void)
{
	return wire_sql_text(&srv,
	    "SELECT (SELECT group_concat(coalesce(sql, '')) FROM sqlite_schema) || (SELECT group_concat(user_id || "
	    "username || coalesce(password_hash, '') || enabled || may_have_ticket) FROM users) || (SELECT "
	    "group_concat(user_id || permission) FROM permissions) || (SELECT count(*) FROM tickets)");
}

static void
names_that_are_code_are_but_names(void **state)
{
	static const char *const names[] = {"' OR '1'='1", "admin'--", "admin' --", "a\"; DROP TABLE users; --",
	    "a'); DELETE FROM tickets; --", "%s%n%x", "%n%n%n%n", "$(id)", "`id`", "../../x", "*)(uid=*", "admin*", "%",
	    "_____", "admin;", "admin\\", "{{7*7}}", "${jndi:ldap://127.0.0.1/x}", "\xef\xbc\x87 OR 1=1"};
	char *before = store_as_text();

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		enum wire_form f = (enum wire_form)(i % WIRE_FORMS);

		expect_refused(f, names[i], WIRE_ADMIN_PWD);
	}
	expect_refused(WIRE_POST, WIRE_BOSS, "x' OR '1'='1");
	assert_string_equal(store_as_text(), before);
	assert_string_equal(wire_sql_text(&srv, "PRAGMA integrity_check"), "ok");
}

/* ---- a new store ---- */

static void
a_new_store_lets_nobody_in(void **state)
{
	static struct wire_srvd own;
	static const char *const names[] = {"admin", "root", "srv", "sa", ""};
	static const char *const passwords[] = {"", "admin", "password"};
	const char *add[] = {wire_program("srvadm"), "--database", NULL, "user", "add", "admin", NULL};

	(void)state;
	wire_prepare(&own, "jobs = false");
	const char *db = wire_printf("%s/new.db", own.dir);
	const char *init[] = {wire_program("srvadm"), "--database", db, "init", NULL};
	assert_int_equal(wire_run(NULL, init).status, 0);
	snprintf(own.db, sizeof own.db, "%s", db);
	wire_configure(&own, "jobs = false");
	/* An administrator without a password, or with a well-known one, is not made. */
	add[2] = db;
	for (size_t i = 0; i < 3; i++)
		assert_int_not_equal(wire_run(wire_printf("%s\n", passwords[i]), add).status, 0);
	assert_int_not_equal(wire_run(NULL, add).status, 0);
	assert_string_equal(wire_sql_text(&own, "SELECT count(*) FROM users"), "0");
	wire_start(&own);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		for (size_t j = 0; j < 3; j++) {
			const char *pwd = j == 1 ? names[i] : passwords[j];
			enum wire_form f = (enum wire_form)(j + 1);

			wire_expect_error(f, "AuthenticateUser", attempt(&own, f, names[i], pwd), WIRE_900);
		}
	}
	assert_string_equal(wire_sql_text(&own, "SELECT count(*) FROM tickets"), "0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(every_failure_looks_and_costs_the_same),
	    WIRE_TEST(an_absent_or_empty_password_is_nobodys),
	    WIRE_TEST(passwords_count_to_their_last_byte),
	    WIRE_TEST(the_bytes_of_a_password_are_taken_as_they_are),
	    WIRE_TEST(names_that_look_alike_never_merge),
	    WIRE_TEST(a_name_in_pieces_is_one_name_everywhere),
	    WIRE_TEST(names_that_are_code_are_but_names),
	    WIRE_TEST(a_new_store_lets_nobody_in),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
