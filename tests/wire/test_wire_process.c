/* srvd as a process: how it starts, what it refuses to start with and in which words, and how it ends.
 * Contract: sections 5 and 9. */
#include "wire_vitals.h"

#include <errno.h>
#include <limits.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct wire_output
srvd(const char *a, const char *b, const char *c, const char *d, const char *e)
{
	const char *argv[] = {wire_program("srvd"), a, b, c, d, e, NULL};

	return wire_run(NULL, argv);
}

static void
expect_one_line(const char *text, const char *with)
{
	const char *nl = strchr(text, '\n');

	if (nl == NULL || nl[1] != '\0')
		fail_msg("not one line: %s", text);
	if (strstr(text, with) == NULL)
		fail_msg("`%s` is not in: %s", with, text);
}

/* One error, and it is the last line; a warning about the machine's limits may stand before it. */
static void
expect_one_error(const char *text, const char *with)
{
	const char *error = strstr(text, " error start reason=\"");

	if (error == NULL)
		fail_msg("no error: %s", text);
	expect_one_line(error, with);
}

/* A start that must fail at once, with a line that says this. */
static void
expect_refusal(const struct wire_srvd *srv, int status, const char *says)
{
	struct wire_output o = srvd("--config", srv->conf, NULL, NULL, NULL);

	if (o.status != status)
		fail_msg("srvd ended with %d, not %d: %s%s", o.status, status, o.out, o.err);
	if (strstr(o.err, says) == NULL)
		fail_msg("`%s` is not in: %s", says, o.err);
	assert_null(strstr(o.err, "listen address="));
}

/* Two hundred at once: logins that wait for their turn and their delay, flushes, looks at disks, and requests of which
 * the last byte comes only after the signal. */
static void
sigterm_answers_what_is_in_flight_and_exits_0(void **state)
{
	static struct wire_srvd srv;
	enum { IN_FLIGHT = 200, KINDS = 10 };
	static const char *const op[KINDS] = {"AuthenticateUser", "FlushApplicationCache", "GetWarehouseStatus",
	    "isValidTicket", "FlushApplicationCache", "GetWarehouseStatus", "isValidTicket", "FlushApplicationCache",
	    "GetWarehouseStatus", "isValidTicket"};
	struct wire_conn *c[IN_FLIGHT], *idle;
	struct wire_bytes last[IN_FLIGHT];
	struct stat st;

	(void)state;
	wire_prepare(&srv, "jobs = false\nlogin_queue = 64\npool_queue = 256\ndrain_timeout = 60");
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('LoginDelay', '200')");
	wire_start(&srv);
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	idle = wire_connect(&srv);
	assert_true(wire_send(idle, wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
	assert_non_null(wire_read(idle, false));
	for (int i = 0; i < IN_FLIGHT; i++) {
		enum wire_form f = (enum wire_form)(i / KINDS % WIRE_FORMS);
		const char *name = op[i % KINDS];
		bool login = strcmp(name, "AuthenticateUser") == 0;
		struct wire_bytes ask = login ? wire_call_request(
						    &srv, f, NULL, name, "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL)
					      : wire_call_request(
						    &srv, f, NULL, name, "authenticationTicket", ticket, NULL);

		c[i] = wire_connect(&srv);
		/* A first answer shows that the connection is taken up. */
		assert_true(wire_send(c[i], wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
		assert_non_null(wire_read(c[i], false));
		if (i % KINDS % 3 == 0)
			last[i] = wire_bytes(ask.p + --ask.len, 1);
		assert_true(wire_send(c[i], ask));
	}
	/* Read by the server: a request behind them on another connection is answered. */
	wire_expect_alive(&srv);
	int64_t begun = wire_now_ms();
	assert_int_equal(kill(srv.pid, SIGTERM), 0);
	assert_true(wire_log_wait(&srv, 0, "stop signal=SIGTERM"));
	for (int i = 0; i < IN_FLIGHT; i++)
		if (i % KINDS % 3 == 0)
			assert_true(wire_send(c[i], last[i]));
	for (int i = 0; i < IN_FLIGHT; i++) {
		enum wire_form f = (enum wire_form)(i / KINDS % WIRE_FORMS);
		const struct wire_node *n = wire_result(f, op[i % KINDS], wire_read(c[i], false));

		assert_string_equal(wire_attr(n, "success"), "true");
		assert_true(wire_ends(c[i], WIRE_TMO_MS));
	}
	assert_true(wire_ends(idle, WIRE_TMO_MS));
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 0);
	print_message(
	    "figures: %d requests in flight: answered, and over in %d ms\n", IN_FLIGHT, (int)(wire_now_ms() - begun));
	if (!WIRE_SANITIZED)
		assert_true(wire_now_ms() - begun < 5000);
	assert_null(wire_connect(&srv));
	assert_string_equal(
	    wire_sql_text(&srv, "SELECT count(*) FROM tickets"), wire_printf("%d", IN_FLIGHT / KINDS + 1));
	/* The write-ahead log went into the file. */
	const char *wal = wire_printf("%s-wal", srv.db);
	assert_true(stat(wal, &st) != 0 || st.st_size == 0);
}

static void
sigterm_and_sigint_end_an_idle_server(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, NULL);
	wire_stop(&srv);
	wire_start(&srv);
	assert_int_equal(kill(srv.pid, SIGINT), 0);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 0);
	wire_start(&srv);
	wire_expect_alive(&srv);
}

static void
help_and_version_of_each_program(void **state)
{
	static const char *const programs[] = {"srvd", "srvadm", "srvctl"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *help[] = {wire_program(programs[i]), "--help", NULL};
		const char *version[] = {wire_program(programs[i]), "--version", NULL};

		struct wire_output o = wire_run(NULL, help);
		assert_int_equal(o.status, 0);
		assert_non_null(strstr(o.out, programs[i]));
		o = wire_run(NULL, version);
		assert_int_equal(o.status, 0);
		expect_one_line(o.out, "1.0.0.0");
	}
}

static void
output_that_cannot_be_written_is_told(void **state)
{
	static const char *const shows[] = {"srvd --help", "srvd --version", "srvd --print-config", "srvadm --help",
	    "srvadm --version", "srvctl --help", "srvctl --version"};

	(void)state;
	for (size_t i = 0; i < sizeof shows / sizeof *shows; i++) {
		const char *argv[] = {"/bin/sh", "-c", wire_printf("%s >/dev/full", wire_program(shows[i])), NULL};
		struct wire_output o = wire_run(NULL, argv);

		assert_int_equal(o.status, strncmp(shows[i], "srvctl", 6) == 0 ? 3 : 1);
		expect_one_line(o.err, "cannot be written");
	}
}

static void
a_wrong_option_is_one_line_and_status_2(void **state)
{
	static const char *const programs[] = {"srvd", "srvadm", "srvctl"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const char *argv[] = {wire_program(programs[i]), "--no-such-option", NULL};
		struct wire_output o = wire_run(NULL, argv);

		assert_int_equal(o.status, 2);
		expect_one_line(o.err, "no-such-option");
	}
	struct wire_output o = srvd("--workers", "many", NULL, NULL, NULL);
	assert_int_equal(o.status, 2);
	expect_one_line(o.err, "many");
	o = srvd("--listen", "nowhere", NULL, NULL, NULL);
	assert_int_equal(o.status, 2);
	expect_one_line(o.err, "nowhere");
	o = srvd("--database", NULL, NULL, NULL, NULL);
	assert_int_equal(o.status, 2);
	expect_one_line(o.err, "database");
	o = srvd("--config", "/nonexistent/srv.ini", NULL, NULL, NULL);
	assert_int_equal(o.status, 2);
	expect_one_line(o.err, "/nonexistent/srv.ini");
}

static void
a_bad_configuration_line_is_told_with_file_and_line(void **state)
{
	static struct wire_srvd srv;
	/* wire_configure writes three lines before these. */
	static const char *const bad[][2] = {{"lisen = 1", "lisen"}, {"workers = x", "workers"},
	    {"jobs = perhaps", "jobs"}, {"max_body = -1", "max_body"}, {"result_element = both", "result_element"},
	    {"invoke_forms = sometimes", "invoke_forms"}, {"base_path = x/", "base_path"},
	    {"public_url = ftp://x", "public_url"}, {"log_level = loud", "log_level"}, {"no equals sign", "4"}};

	(void)state;
	wire_prepare(&srv, NULL);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		wire_configure(&srv, bad[i][0]);
		struct wire_output o = srvd("--config", srv.conf, NULL, NULL, NULL);
		assert_int_equal(o.status, 2);
		expect_one_line(o.err, bad[i][1]);
		expect_one_line(o.err, wire_printf("%s:4", srv.conf));
		o = srvd("--config", srv.conf, "--test-config", NULL, NULL);
		assert_int_equal(o.status, 2);
		expect_one_line(o.err, wire_printf("%s:4", srv.conf));
	}
}

static void
test_config_says_yes_and_starts_nothing(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "workers = 2");
	struct wire_output o = srvd("--config", srv.conf, "--test-config", NULL, NULL);
	assert_int_equal(o.status, 0);
	assert_null(strstr(o.err, "listen address="));
}

static void
print_config_says_what_counts_and_reads_back_as_it_is(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "workers = 3\nbase_path = /file");
	struct wire_output o = srvd("--config", srv.conf, "--print-config", "--base-path=/flag", NULL);
	assert_int_equal(o.status, 0);
	assert_string_equal(o.err, "");
	assert_non_null(strstr(o.out, "\nworkers = 3\n"));
	assert_non_null(strstr(o.out, "\nbase_path = /flag\n"));
	assert_non_null(strstr(o.out, wire_printf("\ndatabase = %s\n", srv.db)));
	const char *printed = wire_printf("%s/printed.ini", srv.dir);
	assert_true(wire_file_write(printed, o.out, strlen(o.out)));
	struct wire_output again = srvd("--config", printed, "--print-config", NULL, NULL);
	assert_string_equal(again.out, o.out);
	assert_int_equal(srvd("--config", srv.conf, "--print-config", "--workers=x", NULL).status, 2);
}

/* Runs srvd --test-config under this assignment of a variable, which the shell makes because the harness
 * keeps srvd's environment free of them. */
static int
tested_with(const struct wire_srvd *srv, const char *assignment, const char *flags, char **err)
{
	const char *script = wire_printf(
	    "%s exec %s --config %s %s --test-config", assignment, wire_program("srvd"), srv->conf, flags);
	const char *argv[] = {"/bin/sh", "-c", script, NULL};
	struct wire_output o = wire_run(NULL, argv);

	*err = o.err;
	return o.status;
}

static void
a_flag_beats_a_variable_beats_the_file(void **state)
{
	static struct wire_srvd srv;
	char *err;

	(void)state;
	wire_prepare(&srv, "base_path = /ByFile");
	assert_int_equal(tested_with(&srv, "SRVD_BASE_PATH=/ByVariable", "", &err), 0);
	assert_int_equal(tested_with(&srv, "SRVD_BASE_PATH=wrong", "", &err), 2);
	expect_one_line(err, "SRVD_BASE_PATH");
	assert_int_equal(tested_with(&srv, "SRVD_BASE_PATH=/ByVariable", "--base-path wrong", &err), 2);
	expect_one_line(err, "--base-path");
	wire_start(&srv);
	struct wire_answer *a = wire_ask(&srv, wire_get(&srv, "/ByFile/srv.asmx/ServerInfo", NULL));
	assert_non_null(a);
	assert_int_equal(a->status, 200);
}

static void
a_port_in_use_is_told_and_nothing_half_starts(void **state)
{
	static struct wire_srvd one, two;

	(void)state;
	wire_new(&one, NULL);
	wire_prepare(&two, wire_printf("listen = %s", one.host));
	struct wire_output o = srvd("--config", two.conf, NULL, NULL, NULL);
	assert_int_equal(o.status, 1);
	expect_one_error(o.err, one.host);
	expect_one_error(o.err, "Address already in use");
	wire_expect_alive(&one);
	/* An address that is not this machine's. */
	o = srvd("--config", two.conf, "--listen", "192.0.2.1:0", NULL);
	assert_int_equal(o.status, 1);
	expect_one_error(o.err, "192.0.2.1:0");
	expect_one_error(o.err, "Cannot assign requested address");
}

/* As a machine without IPv6 answers. */
static int
hide_ipv6(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc = filter == NULL;

	if (rc == 0)
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_INET6));
	return rc == 0 ? seccomp_load(filter) : rc;
}

static void
without_ipv6_an_address_of_it_is_told_and_the_others_are_served(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "jobs = false\nlisten = [::1]:0");
	size_t db_len;
	char *db = wire_file_read(srv.db, &db_len);
	srv.before = hide_ipv6;
	wire_launch(&srv);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 1);
	expect_one_error(wire_log_text(&srv), "[::1]:0");
	assert_memory_equal(wire_file_read(srv.db, NULL), db, db_len);
	wire_configure(&srv, "jobs = false");
	wire_start(&srv);
	wire_expect_alive(&srv);
}

static void
more_than_one_address_is_served(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "listen = 127.0.0.2:0");
	wire_start(&srv);
	assert_true(wire_log_wait(&srv, 0, "listen address=http://127.0.0.2:"));
	const char *log = wire_log_text(&srv);
	static const char mark[] = "listen address=http://127.0.0.2:";
	const char *at = strstr(log, mark);
	assert_non_null(at);
	const char *url = wire_printf(
	    "http://127.0.0.2:%ld/srv.asmx/ServerInfo", strtol(at + sizeof mark - 1, NULL, 10));
	const char *argv[] = {"/usr/bin/curl", "-sS", "--max-time", "20", url, NULL};
	struct wire_output o = wire_run(NULL, argv);
	assert_int_equal(o.status, 0);
	assert_non_null(strstr(o.out, "<root success=\"true\""));
	wire_expect_alive(&srv);
}

/* What it is refused for is one line, the last, and the file is left as it is. */
static void
expect_store_refused(const struct wire_srvd *srv, const char *why)
{
	struct wire_output o = srvd("--config", srv->conf, NULL, NULL, NULL);

	assert_int_equal(o.status, 1);
	expect_one_error(o.err, "reason=\"database: ");
	expect_one_error(o.err, why);
	assert_null(strstr(o.err, "listen address="));
}

static void
a_store_that_is_none_is_refused_and_left_alone(void **state)
{
	static struct wire_srvd srv;
	const char *junk = wire_repeat("this is no database. ", 400);
	size_t len, left;

	(void)state;
	wire_prepare(&srv, NULL);
	char *good = wire_file_read(srv.db, &len);
	assert_non_null(good);

	assert_int_equal(unlink(srv.db), 0);
	expect_store_refused(&srv, "there is no database file");
	assert_int_not_equal(access(srv.db, F_OK), 0); /* and is not made */

	assert_true(wire_file_write(srv.db, junk, strlen(junk)));
	expect_store_refused(&srv, "the file is not a database");
	assert_string_equal(wire_file_read(srv.db, NULL), junk);

	/* Cut off anywhere, from nothing to all but the last byte. */
	const size_t lengths[] = {0, 1, 15, 99, 100, 512, 4095, 4096, 4097, len / 2, len - 4096, len - 1};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		assert_true(wire_file_write(srv.db, good, lengths[i]));
		expect_store_refused(&srv, lengths[i] == 0 ? "the file is empty" : "the file ");
		const char *after = wire_file_read(srv.db, &left);
		assert_int_equal(left, lengths[i]);
		assert_memory_equal(after, good, left);
	}

	assert_true(wire_file_write(srv.db, good, len));
	wire_start(&srv);
	wire_expect_alive(&srv);
}

static void
a_schema_version_that_is_none_is_refused(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, NULL);
	const char *version = wire_sql_text(&srv, "PRAGMA user_version");
	wire_sql(&srv, "PRAGMA user_version = 0");
	expect_store_refused(&srv, "holds tables but no schema version");
	wire_sql(&srv, "PRAGMA user_version = -1");
	expect_store_refused(&srv, "is not a store of srv");
	wire_sql(&srv, "PRAGMA user_version = %s; ALTER TABLE users RENAME COLUMN password_hash TO hash", version);
	expect_store_refused(&srv, "the table users is missing or lacks a column");
}

static void
a_newer_schema_is_refused_and_left_alone(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, NULL);
	const char *version = wire_sql_text(&srv, "PRAGMA user_version");
	assert_true(strtol(version, NULL, 10) > 0);
	wire_sql(&srv, "PRAGMA user_version = 9999");
	expect_refusal(&srv, 1, "newer");
	assert_string_equal(wire_sql_text(&srv, "PRAGMA user_version"), "9999");
	const char *argv[] = {wire_program("srvadm"), "--database", srv.db, "user", "list", NULL};
	struct wire_output o = wire_run(NULL, argv);
	assert_int_not_equal(o.status, 0);
	assert_non_null(strstr(o.err, "newer"));
	wire_sql(&srv, "PRAGMA user_version = %s", version);
	wire_start(&srv);
	wire_expect_alive(&srv);
}

static void
a_licence_that_is_none_is_refused_at_the_start(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, NULL);
	assert_int_equal(unlink(srv.license), 0);
	expect_refusal(&srv, 1, "license");
	assert_true(wire_file_write(srv.license, "<x/>", 4));
	expect_refusal(&srv, 1, "license");
	/* A pipe nobody writes to must not hold the start up. */
	assert_int_equal(unlink(srv.license), 0);
	assert_int_equal(mkfifo(srv.license, 0600), 0);
	expect_refusal(&srv, 1, "license");
	assert_int_equal(unlink(srv.license), 0);
	wire_license(&srv, "Fabrikam");
	wire_start(&srv);
	wire_expect_alive(&srv);
}

static void
init_of_an_existing_store_changes_nothing(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, NULL);
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', 'kept')");
	wire_sql(&srv, "UPDATE resources SET text = 'my own words' WHERE language = 'en'");
	wire_srvadm(&srv, NULL, "init", NULL);
	assert_string_equal(wire_sql_text(&srv, "SELECT value FROM settings WHERE name = 'ServerName'"), "kept");
	assert_string_equal(
	    wire_sql_text(&srv, "SELECT DISTINCT text FROM resources WHERE language = 'en'"), "my own words");
	wire_start(&srv);
	assert_string_equal(wire_server_name(&srv), "kept");
}

static void
the_store_made_by_init_is_private(void **state)
{
	static struct wire_srvd srv;
	struct stat st;

	(void)state;
	wire_prepare(&srv, NULL);
	const char *db = wire_printf("%s/fresh.db", srv.dir);
	const char *argv[] = {wire_program("srvadm"), "--database", db, "init", NULL};
	assert_int_equal(wire_run(NULL, argv).status, 0);
	assert_int_equal(stat(db, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

static void
jobs_run_at_the_first_start_and_are_seen(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, NULL);
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD), *op = "GetMaintenanceJobsStatus";
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	for (size_t done = 0; done < 5;) {
		const struct wire_node *n = wire_result(
		    WIRE_GET, op, wire_call(&srv, WIRE_GET, op, "authenticationTicket", ticket, NULL));

		done = 0;
		for (n = n->first; n != NULL; n = n->next) {
			const char *success = wire_attr(n, "Success");

			if (success != NULL) {
				assert_string_equal(success, "true");
				assert_string_equal(wire_attr(n, "IsLate"), "false");
				done++;
			}
		}
		assert_true(wire_now_ms() < until);
		wire_rest_ms(50);
	}
}

/* Many requests at once in all forms leave the server as it was: descriptors back, still answering. */
static void
nothing_is_left_behind_by_a_thousand_connections(void **state)
{
	static struct wire_srvd srv;
	const char *dir;

	(void)state;
	wire_new(&srv, "jobs = false");
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	dir = wire_printf("/proc/%d/fd", (int)srv.pid);
	const char *count[] = {"/bin/sh", "-c", wire_printf("ls %s | wc -l", dir), NULL};
	long before = strtol(wire_run(NULL, count).out, NULL, 10);
	assert_true(before > 3);
	for (int i = 0; i < 1000; i++) {
		struct wire_conn *c = wire_connect(&srv);

		assert_true(wire_send(c, wire_call_request(&srv, (enum wire_form)(i % WIRE_FORMS), NULL,
					     "isValidTicket", "AuthenticationTicket", ticket, NULL)));
		if (i % 3 != 0) /* some leave without their answer */
			assert_non_null(wire_read(c, false));
		wire_close(c);
	}
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	while (strtol(wire_run(NULL, count).out, NULL, 10) > before + 2) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(50);
	}
	wire_expect_alive(&srv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(help_and_version_of_each_program),
	    WIRE_TEST(output_that_cannot_be_written_is_told),
	    WIRE_TEST(a_wrong_option_is_one_line_and_status_2),
	    WIRE_TEST(a_bad_configuration_line_is_told_with_file_and_line),
	    WIRE_TEST(test_config_says_yes_and_starts_nothing),
	    WIRE_TEST(print_config_says_what_counts_and_reads_back_as_it_is),
	    WIRE_TEST(a_flag_beats_a_variable_beats_the_file),
	    WIRE_TEST(a_port_in_use_is_told_and_nothing_half_starts),
	    WIRE_TEST(without_ipv6_an_address_of_it_is_told_and_the_others_are_served),
	    WIRE_TEST(more_than_one_address_is_served),
	    WIRE_TEST(a_store_that_is_none_is_refused_and_left_alone),
	    WIRE_TEST(a_newer_schema_is_refused_and_left_alone),
	    WIRE_TEST(a_schema_version_that_is_none_is_refused),
	    WIRE_TEST(a_licence_that_is_none_is_refused_at_the_start),
	    WIRE_TEST(init_of_an_existing_store_changes_nothing),
	    WIRE_TEST(the_store_made_by_init_is_private),
	    WIRE_TEST(sigterm_and_sigint_end_an_idle_server),
	    WIRE_TEST(sigterm_answers_what_is_in_flight_and_exits_0),
	    WIRE_TEST(jobs_run_at_the_first_start_and_are_seen),
	    WIRE_TEST(nothing_is_left_behind_by_a_thousand_connections),
	};

	return cmocka_run_group_tests(tests, NULL, wire_group_teardown);
}
