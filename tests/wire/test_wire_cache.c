/* The application cache from outside: what a flush promises, with readers and flushers at once.
 *
 * The linearisability check: a writer commits a greater number as ServerName, then flushes; from the moment
 * the flush is answered, no ServerInfo that begins later may show a smaller one. The number known to be
 * flushed is read before each question is sent, and each reader's answers must never go back. Contract:
 * section 6. */
#include "shared_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char flush_ok[] = "<response success=\"true\" />";

static struct wire_answer *
flush(const struct wire_srvd *s, const char *ticket)
{
	return wire_call(s, WIRE_POST, "FlushApplicationCache", "authenticationTicket", ticket, NULL);
}

static void
expect_flushed(const struct wire_srvd *s, const char *ticket)
{
	wire_expect(WIRE_POST, "FlushApplicationCache", flush(s, ticket), flush_ok);
}

static void
set_name(const struct wire_srvd *s, const char *name)
{
	wire_sql(s, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', '%s')", name);
}

static const char *
company(const struct wire_srvd *s)
{
	return wire_attr(wire_result(WIRE_GET, "ServerInfo", wire_call(s, WIRE_GET, "ServerInfo", NULL)), "Company");
}

static void
nothing_changes_before_a_flush_and_everything_behind_it(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "jobs = false");
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD), *old = wire_server_name(&own);
	set_name(&own, "fresh");
	wire_license(&own, "Fabrikam");
	wire_sql(&own, "UPDATE resources SET text = 'Renamed' WHERE language = 'en'");
	wire_sql(&own, "INSERT OR REPLACE INTO warehouse_paths (wh_no, path) VALUES (5, '%s')", own.dir);
	struct wire_answer *jobs = wire_call(
	    &own, WIRE_GET, "GetMaintenanceJobsStatus", "authenticationTicket", ticket, NULL);
	struct wire_answer *paths = wire_call(
	    &own, WIRE_GET, "GetWarehouseStatus", "authenticationTicket", ticket, NULL);
	assert_string_equal(wire_server_name(&own), old);
	assert_string_equal(company(&own), "Contoso & Sons");
	assert_null(strstr(jobs->body, "Renamed"));
	assert_null(strstr(paths->body, "WhNo=\"05\""));
	expect_flushed(&own, ticket);
	jobs = wire_call(&own, WIRE_GET, "GetMaintenanceJobsStatus", "authenticationTicket", ticket, NULL);
	paths = wire_call(&own, WIRE_GET, "GetWarehouseStatus", "authenticationTicket", ticket, NULL);
	assert_string_equal(wire_server_name(&own), "fresh");
	assert_string_equal(company(&own), "Fabrikam");
	assert_non_null(strstr(jobs->body, "Renamed"));
	assert_non_null(strstr(paths->body, "WhNo=\"05\""));
}

/* ---- readers and flushers at once ---- */

enum { READERS = 4, FLUSHERS = 3, ROUNDS = 200 };

static atomic_long flushed;   /* the greatest number whose flush was answered */
static atomic_long written;   /* the greatest number that may have been committed */
static atomic_long committed; /* the greatest number that surely was */
static atomic_bool over;
static atomic_int failures;
static atomic_long reads, flushes;
static char first_failure[2048];

static void
failed(const char *what)
{
	if (atomic_fetch_add(&failures, 1) == 0)
		snprintf(first_failure, sizeof first_failure, "%s", what);
	atomic_store(&over, true);
}

/* One exchange on a connection that is kept until the server, which counts the requests of each, says it ends. */
static struct wire_answer *
ask_on(struct wire_conn **c, struct wire_bytes request)
{
	if (*c == NULL)
		*c = wire_connect(&srv);
	struct wire_answer *a = wire_send(*c, request) ? wire_read(*c, false) : NULL;
	if (a == NULL || wire_field_is(a, "Connection", "close")) {
		wire_close(*c);
		*c = NULL;
	}
	return a;
}

static void *
reader(void *arg)
{
	enum wire_form form = (enum wire_form)((intptr_t)arg % WIRE_FORMS);
	struct wire_bytes ask = wire_call_request(&srv, form, NULL, "ServerInfo", NULL);
	struct wire_conn *c = NULL;
	long last = 0;

	while (!atomic_load(&over)) {
		long at_least = atomic_load(&flushed);
		struct wire_answer *a = ask_on(&c, ask);
		const char *why = "no reason", *name;
		struct wire_node *n = wire_result_of(form, "ServerInfo", a, &why);

		if (n == NULL) {
			failed(why);
			break;
		}
		name = wire_attr(n, "ServerName");
		long seen = name != NULL ? strtol(name, NULL, 10) : -1;
		if (seen < at_least || seen < last || seen > atomic_load(&written))
			failed(wire_printf("ServerInfo shows %ld when %ld was flushed, %ld seen before and %ld written",
			    seen, at_least, last, atomic_load(&written)));
		last = seen;
		atomic_fetch_add(&reads, 1);
	}
	wire_close(c);
	return NULL;
}

static void
now_flushed(long n)
{
	long known = atomic_load(&flushed);

	while (known < n && !atomic_compare_exchange_weak(&flushed, &known, n))
		;
}

/* Flushes as fast as it can, in its form. */
static void *
flusher(void *arg)
{
	enum wire_form form = (enum wire_form)((intptr_t)arg % WIRE_FORMS);
	struct wire_bytes ask = wire_call_request(
	    &srv, form, NULL, "FlushApplicationCache", "authenticationTicket", admin, NULL);
	struct wire_conn *c = NULL;

	while (!atomic_load(&over)) {
		long before = atomic_load(&committed);
		struct wire_answer *a = ask_on(&c, ask);
		const char *why = "no reason";
		struct wire_node *n = wire_result_of(form, "FlushApplicationCache", a, &why);

		if (n == NULL || strcmp(wire_attr(n, "success"), "true") != 0) {
			failed(n == NULL ? why : a->body);
			break;
		}
		/* What was committed before this flush was sent is now seen by all. */
		now_flushed(before);
		atomic_fetch_add(&flushes, 1);
	}
	wire_close(c);
	return NULL;
}

static void
no_answer_after_a_flush_shows_anything_older(void **state)
{
	pthread_t threads[READERS + FLUSHERS];

	(void)state;
	set_name(&srv, "0");
	expect_flushed(&srv, admin);
	for (intptr_t i = 0; i < READERS + FLUSHERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, i < READERS ? reader : flusher, (void *)i), 0);
	for (long n = 1; n <= ROUNDS && !atomic_load(&over); n++) {
		atomic_store(&written, n);
		if (!wire_try_sql(&srv, wire_printf("UPDATE settings SET value = '%ld' WHERE name = 'ServerName'", n)))
			failed("the administrator's UPDATE did not go through");
		atomic_store(&committed, n);
		const char *why = "no reason";
		struct wire_node *result = wire_result_of(WIRE_POST, "FlushApplicationCache", flush(&srv, admin), &why);
		if (result == NULL || strcmp(wire_attr(result, "success"), "true") != 0)
			failed(result == NULL ? why : "a flush failed");
		now_flushed(n);
	}
	atomic_store(&over, true);
	for (int i = 0; i < READERS + FLUSHERS; i++)
		pthread_join(threads[i], NULL);
	if (atomic_load(&failures) != 0)
		fail_msg("%s", first_failure);
	assert_int_equal(atomic_load(&committed), ROUNDS);
	print_message("%ld reads, %ld flushes\n", atomic_load(&reads), atomic_load(&flushes));
	assert_true(atomic_load(&reads) > ROUNDS);
	assert_true(atomic_load(&flushes) > ROUNDS);
}

static void
flushes_that_come_together_are_each_answered(void **state)
{
	enum { TOGETHER = 40 };
	struct wire_conn *c[TOGETHER];

	(void)state;
	for (int round = 0; round < 3; round++) {
		const char *name = wire_printf("together %d", round);

		for (int i = 0; i < TOGETHER; i++)
			c[i] = wire_connect(&srv);
		set_name(&srv, name);
		for (int i = 0; i < TOGETHER; i++)
			assert_true(wire_send(c[i], wire_call_request(&srv, (enum wire_form)(i % WIRE_FORMS), NULL,
							"FlushApplicationCache", "authenticationTicket", admin, NULL)));
		for (int i = 0; i < TOGETHER; i++) {
			wire_expect((enum wire_form)(i % WIRE_FORMS), "FlushApplicationCache", wire_read(c[i], false),
			    flush_ok);
			assert_string_equal(wire_server_name(&srv), name);
			wire_close(c[i]);
		}
	}
}

static int
count_in_log(const struct wire_srvd *s, size_t from, const char *text)
{
	const char *at = wire_log_text(s) + from;
	int n = 0;

	while ((at = strstr(at, text)) != NULL) {
		at += strlen(text);
		n++;
	}
	return n;
}

/* A store so large that a load takes a while: long enough to see what happens meanwhile. */
static void
flushes_during_a_long_load_share_the_next_and_readers_wait_for_none(void **state)
{
	enum { TOGETHER = 40 };
	static struct wire_srvd own;
	struct wire_conn *c[TOGETHER];
	int overtook = 0;

	(void)state;
	wire_prepare(&own, "jobs = false");
	wire_sql(&own, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) "
		       "INSERT INTO resources (resource_id, language, text) SELECT 'filler.' || i, 'en', 'x' FROM n");
	wire_start(&own);
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
	expect_flushed(&own, ticket);
	size_t mark = wire_log_size(&own);
	for (int i = 0; i < TOGETHER; i++)
		c[i] = wire_connect(&own);
	for (int i = 0; i < TOGETHER; i++)
		assert_true(wire_send(c[i], wire_call_request(&own, WIRE_POST, NULL, "FlushApplicationCache",
						"authenticationTicket", ticket, NULL)));
	for (int i = 0; i < 5; i++) {
		wire_server_name(&own);
		overtook += wire_is_silent(c[0], 0);
	}
	for (int i = 0; i < TOGETHER; i++)
		wire_expect(WIRE_POST, "FlushApplicationCache", wire_read(c[i], false), flush_ok);
	if (overtook == 0)
		fail_msg("no ServerInfo was answered before a flush that was asked for before it");
	int loads = count_in_log(&own, mark, " cache_loaded ");
	assert_in_range(loads, 1, TOGETHER / 4);
}

static void
a_caller_that_leaves_during_its_flush_harms_nobody(void **state)
{
	(void)state;
	set_name(&srv, "left alone");
	for (int i = 0; i < 20; i++) {
		struct wire_conn *c = wire_connect(&srv);

		assert_true(wire_send(c, wire_call_request(&srv, WIRE_SOAP11, NULL, "FlushApplicationCache",
					     "authenticationTicket", admin, NULL)));
		wire_close(c);
	}
	expect_flushed(&srv, admin);
	assert_string_equal(wire_server_name(&srv), "left alone");
}

/* ---- what cannot be loaded ---- */

static void
expect_990(const struct wire_srvd *s, const char *ticket, const char *source)
{
	const char *start = wire_printf("[990]Application cache could not be reloaded: %s: ", source);

	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_call(s, f, "FlushApplicationCache", "authenticationTicket", ticket, NULL);
		const struct wire_node *n = wire_result(f, "FlushApplicationCache", a);
		const char *error = wire_attr(n, "error");

		assert_string_equal(n->name, "response");
		assert_string_equal(wire_attr(n, "success"), "false");
		if (error == NULL || strncmp(error, start, strlen(start)) != 0 || strlen(error) <= strlen(start))
			fail_msg("not `%s<reason>` but %s", start, error != NULL ? error : "nothing");
		/* The reason is for an administrator far away: no path of this machine, no SQL. */
		assert_null(strstr(error, s->dir));
		assert_null(strstr(error, "SELECT"));
		wire_expect_error(f, "FlushApplicationCache", a, error);
	}
}

static void
a_broken_licence_keeps_the_old_snapshot_whole(void **state)
{
	static struct wire_srvd own;
	static const char *const bad[] = {"", "x", "<License>", "<License/>",
	    "<Other><CompanyName>x</CompanyName></Other>", "<!DOCTYPE x><License/>",
	    "<License><CompanyName>E</CompanyName><UserCount>many</UserCount><SubscriptionEndDate>2031-01-01"
	    "</SubscriptionEndDate><Workflow>true</Workflow><AnonymousAccess>true</AnonymousAccess>"
	    "<ComplianceModule>true</ComplianceModule></License>",
	    "<License><CompanyName>E</CompanyName><UserCount>5</UserCount><SubscriptionEndDate>2031-13-41"
	    "</SubscriptionEndDate><Workflow>true</Workflow><AnonymousAccess>true</AnonymousAccess>"
	    "<ComplianceModule>true</ComplianceModule></License>"};

	(void)state;
	wire_new(&own, "jobs = false");
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD), *old = wire_server_name(&own);
	set_name(&own, "not yet");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_true(wire_file_write(own.license, bad[i], strlen(bad[i])));
		expect_990(&own, ticket, "license");
		assert_string_equal(company(&own), "Contoso & Sons");
		assert_string_equal(wire_server_name(&own), old);
	}
	assert_int_equal(unlink(own.license), 0);
	expect_990(&own, ticket, "license");
	assert_int_equal(symlink("/dev/zero", own.license), 0);
	expect_990(&own, ticket, "license");
	assert_int_equal(unlink(own.license), 0);
	wire_license(&own, "Fabrikam");
	expect_flushed(&own, ticket);
	assert_string_equal(company(&own), "Fabrikam");
	assert_string_equal(wire_server_name(&own), "not yet");
}

static void
broken_settings_are_named_and_keep_the_old_snapshot(void **state)
{
	static struct wire_srvd own;
	static const char *const bad[][2] = {{"LoginDelay", "2001"}, {"LoginDelay", "-1"}, {"LoginDelay", "soon"},
	    {"LoginDelay", "99999999999999999999"}, {"WindowsAuthenticationIsOn", "maybe"}};

	(void)state;
	wire_new(&own, "jobs = false");
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
	wire_license(&own, "Fabrikam");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		wire_sql(
		    &own, "INSERT OR REPLACE INTO settings (name, value) VALUES ('%s', '%s')", bad[i][0], bad[i][1]);
		expect_990(&own, ticket, "settings");
		struct wire_answer *a = flush(&own, ticket);
		assert_non_null(strstr(a->body, bad[i][0]));
		assert_string_equal(company(&own), "Contoso & Sons");
		wire_sql(&own, "DELETE FROM settings WHERE name = '%s'", bad[i][0]);
	}
	expect_flushed(&own, ticket);
	assert_string_equal(company(&own), "Fabrikam");
}

static void
a_job_with_an_unknown_schedule_is_named(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "jobs = false");
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
	wire_sql(&own, "PRAGMA ignore_check_constraints = ON; UPDATE maintenance_jobs SET schedule_type = 'Sometimes' "
		       "WHERE job_id = 1");
	expect_990(&own, ticket, "jobs");
	wire_sql(&own, "UPDATE maintenance_jobs SET schedule_type = 'Hourly' WHERE job_id = 1");
	expect_flushed(&own, ticket);
}

/* ---- a replaced file, a signal ---- */

static void
a_replaced_database_is_the_one_read(void **state)
{
	static struct wire_srvd own, other;

	(void)state;
	wire_prepare(&other, NULL);
	wire_sql(&other, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', 'restored')");
	wire_sql(&other, "UPDATE users SET first_name = 'Restored' WHERE username = '" WIRE_USER "'");
	wire_new(&own, "jobs = false");
	const char *lost = wire_login(&own, WIRE_USER, WIRE_USER_PWD), *old = wire_server_name(&own);
	/* As an administrator restores: aside first, then one rename. The old file's -wal is its own business. */
	assert_int_equal(rename(other.db, own.db), 0);
	/* Users and tickets of the new file hold within a second, without a flush. */
	wire_rest_ms(1000);
	assert_false(wire_ticket_works(&own, lost));
	struct wire_answer *a = wire_call(
	    &own, WIRE_POST, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);
	assert_string_equal(wire_attr(wire_result(WIRE_POST, "AuthenticateUser", a), "firstName"), "Restored");
	assert_string_equal(wire_server_name(&own), old);
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
	expect_flushed(&own, ticket);
	assert_string_equal(wire_server_name(&own), "restored");
	/* What was written since is in the new file. */
	assert_string_equal(wire_sql_text(&own, "SELECT count(*) FROM tickets"), "2");
	assert_string_equal(wire_sql_text(&own, "PRAGMA integrity_check"), "ok");
}

static void
sighup_is_a_flush_and_says_how_it_went(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "jobs = false");
	set_name(&own, "by signal");
	size_t mark = wire_log_size(&own);
	assert_int_equal(kill(own.pid, SIGHUP), 0);
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	while (strcmp(wire_server_name(&own), "by signal") != 0) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(10);
	}
	assert_true(wire_log_wait(&own, mark, "flush by=SIGHUP outcome=success"));
	assert_true(wire_file_write(own.license, "<x>", 3));
	mark = wire_log_size(&own);
	assert_int_equal(kill(own.pid, SIGHUP), 0);
	assert_true(wire_log_wait(&own, mark, "flush by=SIGHUP outcome=failure reason=\"license: "));
	assert_string_equal(company(&own), "Contoso & Sons");
	wire_expect_alive(&own);
}

static void
a_flush_leaves_tickets_alone(void **state)
{
	const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);

	(void)state;
	expect_flushed(&srv, admin);
	assert_true(wire_ticket_works(&srv, ticket));
	assert_true(wire_ticket_works(&srv, admin));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(nothing_changes_before_a_flush_and_everything_behind_it),
	    WIRE_TEST(a_flush_leaves_tickets_alone),
	    WIRE_TEST(a_broken_licence_keeps_the_old_snapshot_whole),
	    WIRE_TEST(broken_settings_are_named_and_keep_the_old_snapshot),
	    WIRE_TEST(a_job_with_an_unknown_schedule_is_named),
	    WIRE_TEST(a_replaced_database_is_the_one_read),
	    WIRE_TEST(sighup_is_a_flush_and_says_how_it_went),
	    WIRE_TEST(a_caller_that_leaves_during_its_flush_harms_nobody),
	    WIRE_TEST(flushes_that_come_together_are_each_answered),
	    WIRE_TEST(flushes_during_a_long_load_share_the_next_and_readers_wait_for_none),
	    WIRE_TEST(no_answer_after_a_flush_shows_anything_older),
	};

	return cmocka_run_group_tests(tests, setup_admin, wire_group_teardown);
}
