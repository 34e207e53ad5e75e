/* The real srvctl against the real srvd: each command in each output, where the ticket and the password come from,
 * and the exit status. What the real service never does (silence, nonsense, a cut answer) comes from a socket of the
 * test's own. Contract: section 9; impl/client/srvctl.1. */
#define _GNU_SOURCE /* posix_openpt and what belongs to it */
#include "wire_call.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

enum { DONE, REFUSED, USAGE, UNREACHED };

static struct wire_srvd srv;
static char url[64], admin[40];

static int
setup(void **state)
{
	(void)state;
	wire_new(&srv, "jobs = false");
	srv.shared = true;
	snprintf(url, sizeof url, "http://%s/srv.asmx", srv.host);
	snprintf(admin, sizeof admin, "%s", wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD));
	wire_srvadm(&srv, NULL, "warehouse", "set", "3", srv.dir, NULL);
	wire_sql(&srv, "INSERT INTO warehouse_statistics (wh_no, size_bytes, document_count, measured_at) "
		       "VALUES (3, 3584, 7, '2026-01-01T00:00:00Z')");
	wire_sql(&srv, "INSERT INTO maintenance_job_log (job_id, started_at, elapsed_ms, success, message) "
		       "VALUES (3, '2026-01-01T00:00:00Z', 5, 1, '')");
	wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL);
	return 0;
}

/* ---- running it ---- */

#define MAX_ARGS 16
static const char *const *
argv_of(const char *first, va_list ap)
{
	const char **argv = wire_alloc((MAX_ARGS + 2) * sizeof *argv);
	size_t n = 1;

	argv[0] = wire_program("srvctl");
	for (const char *a = first; a != NULL; a = va_arg(ap, const char *)) {
		assert_true(n <= MAX_ARGS);
		argv[n++] = a;
	}
	return argv;
}

/* The arguments end with NULL; setting as for wire_run_with. */
static struct wire_output
ctl(const char *setting, const char *input, const char *first, ...)
{
	va_list ap;

	va_start(ap, first);
	const char *const *argv = argv_of(first, ap);
	va_end(ap);
	return wire_run_with(setting, input, argv);
}
#define CTL(...) ctl(NULL, NULL, "--url", url, "--ticket", admin, __VA_ARGS__, NULL)

static void
expect(struct wire_output o, int status, const char *out, const char *err)
{
	if (o.status != status)
		fail_msg("exit status %d and not %d: %s%s", o.status, status, o.out, o.err);
	if (out != NULL)
		assert_string_equal(o.out, out);
	if (err != NULL)
		assert_string_equal(o.err, err);
}

/* One line on standard error that holds this, and nothing on standard output. */
static void
expect_complaint(struct wire_output o, int status, const char *text)
{
	expect(o, status, "", NULL);
	const char *end = strchr(o.err, '\n');
	if (strncmp(o.err, "srvctl: ", 8) != 0 || end == NULL || end[1] != '\0' || strstr(o.err, text) == NULL)
		fail_msg("not one line with \"%s\": %s", text, o.err);
}

/* What differs between two calls is masked. */
static char *
masked(const char *xml)
{
	static const char *const moving[] = {
	    " Server_date_time=\"", " Coordinated_Universal_Time=\"", " FreeSpace=\"", " ticket=\"", " expireOn=\""};
	char *out = wire_printf("%s", xml);

	for (size_t i = 0; i < sizeof moving / sizeof *moving; i++) {
		for (char *at = out; (at = strstr(at, moving[i])) != NULL;) {
			char *end = strchr(at += strlen(moving[i]), '"');

			assert_non_null(end);
			assert_true(end > at);
			memmove(at, end, strlen(end) + 1);
		}
	}
	return out;
}

/* SQLite's JSON reader is the judge: the value at that path as text, or NULL; asserts that all of it is JSON. */
static char *
json_get(const char *json, const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char *value = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db, "SELECT json_valid(?1), json_extract(?1, ?2)", -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, json, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, path, -1, SQLITE_STATIC);
	int row = sqlite3_step(stmt);
	int valid = row == SQLITE_ROW && sqlite3_column_int(stmt, 0) == 1;
	if (valid && sqlite3_column_type(stmt, 1) != SQLITE_NULL)
		value = wire_printf("%s", (const char *)sqlite3_column_text(stmt, 1));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	if (!valid)
		fail_msg("not JSON: %s", json);
	return value;
}

static void
expect_json(const char *json, const char *path, const char *want)
{
	const char *value = json_get(json, path);

	if (value == NULL || strcmp(value, want) != 0)
		fail_msg("%s is %s and not %s in %s", path, value != NULL ? value : "absent", want, json);
}

/* Each attribute and child of the element is in the JSON at that path; returns how many there were. */
static size_t
compare_json(const char *json, const char *path, const struct wire_node *n)
{
	size_t seen = 0, index = 0;

	for (size_t i = 0; i < n->attr_count; i++, seen++) {
		const char *value = n->attrs[i].value;

		if (strcmp(n->attrs[i].name, "success") == 0) /* a boolean, which SQLite hands out as a number */
			value = strcmp(value, "true") == 0 ? "1" : "0";
		expect_json(json, wire_printf("%s.%s", path, n->attrs[i].name), value);
	}
	for (const struct wire_node *c = n->first; c != NULL; c = c->next) {
		if (c->attr_count == 0) { /* <Disks>: its children are the array */
			size_t at = 0;

			for (const struct wire_node *g = c->first; g != NULL; g = g->next)
				seen += compare_json(json, wire_printf("%s.%s[%zu]", path, c->name, at++), g);
			assert_null(json_get(json, wire_printf("%s.%s[%zu]", path, c->name, at)));
		} else {
			seen += compare_json(json, wire_printf("%s.%s[%zu]", path, c->name, index++), c);
		}
	}
	return seen;
}

/* ---- the commands ---- */

struct question {
	const char *command, *operation, *param;
};
static const struct question questions[] = {
    {"info", "ServerInfo", NULL},
    {"valid", "isValidTicket", "AuthenticationTicket"},
    {"jobs", "GetMaintenanceJobsStatus", "authenticationTicket"},
    {"warehouse", "GetWarehouseStatus", "authenticationTicket"},
    {"flush", "FlushApplicationCache", "authenticationTicket"},
};
#define QUESTIONS (sizeof questions / sizeof *questions)

static const char *
by_get(const struct question *q)
{
	struct wire_answer *a = q->param != NULL ? wire_call(&srv, WIRE_GET, q->operation, q->param, admin, NULL)
						 : wire_call(&srv, WIRE_GET, q->operation, NULL);

	assert_string_equal(wire_attr(wire_result(WIRE_GET, q->operation, a), "success"), "true");
	return a->body + strlen(WIRE_DECLARATION);
}

static void
xml_is_the_result_element_byte_for_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct wire_output o = CTL("--output", "xml", questions[i].command);

		expect(o, DONE, NULL, "");
		assert_string_equal(masked(o.out), wire_printf("%s\n", masked(by_get(&questions[i]))));
	}
}

static void
json_holds_all_that_xml_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < QUESTIONS; i++) {
		struct wire_output x = CTL("--output", "xml", questions[i].command);
		struct wire_output j = CTL("--output", "json", questions[i].command);
		struct wire_node *n = wire_xml_parse(x.out, strlen(x.out));

		expect(j, DONE, NULL, "");
		assert_non_null(n);
		expect_json(j.out, "$.success", "1");
		if (strcmp(questions[i].command, "flush") == 0) {
			assert_string_equal(j.out, "{\"success\":true}\n");
			continue;
		}
		/* The times and the free space are another moment's. */
		for (struct wire_node *d = n->first; d != NULL; d = d->next)
			for (struct wire_node *g = d->first; g != NULL; g = g->next)
				for (size_t a = 0; a < g->attr_count; a++)
					if (strcmp(g->attrs[a].name, "FreeSpace") == 0)
						g->attrs[a].value = json_get(j.out, "$.Disks[0].FreeSpace");
		for (size_t a = 0; a < n->attr_count; a++)
			if (strstr(n->attrs[a].name, "_time") != NULL || strstr(n->attrs[a].name, "_Time") != NULL)
				n->attrs[a].value = json_get(j.out, wire_printf("$.%s", n->attrs[a].name));
		assert_true(compare_json(j.out, "$", n) >= 8);
	}
}

static void
text_shows_values_in_columns(void **state)
{
	struct wire_output o = CTL("info");

	(void)state;
	expect(o, DONE, NULL, "");
	assert_non_null(strstr(o.out, "VersionNumber               1.0.0.0\n"));
	assert_non_null(strstr(o.out, "Company                     Contoso & Sons\n"));
	assert_null(strstr(o.out, "success"));
	o = CTL("valid");
	expect(o, DONE, NULL, "");
	assert_non_null(strstr(o.out, "fullname         Ada Admin\n"));
	o = CTL("jobs");
	expect(o, DONE, NULL, "");
	assert_non_null(strstr(o.out, "MaintenanceJob.PurgeExpiredTickets"));
	assert_non_null(strstr(o.out, "2026-01-01T05:30:00")); /* the server's time zone */
	o = CTL("warehouse");
	expect(o, DONE, NULL, "");
	assert_non_null(strstr(o.out, "TotalWarehouseSize  3.5 KiB\n"));
	assert_non_null(strstr(o.out, srv.dir));
	expect(CTL("flush"), DONE, "The application cache was loaded anew.\n", "");
}

static void
options_may_stand_behind_the_command(void **state)
{
	(void)state;
	expect(ctl(NULL, NULL, "flush", "--ticket", admin, "--url", url, "--output=xml", NULL), DONE,
	    "<response success=\"true\" />\n", "");
}

static void
flush_is_what_it_says(void **state)
{
	(void)state;
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', 'Named by a test')");
	assert_null(strstr(CTL("info").out, "Named by a test"));
	expect(CTL("flush"), DONE, NULL, "");
	assert_non_null(strstr(CTL("info").out, "ServerName                  Named by a test\n"));
}

/* What is asked for is the text form, which is published for SOAP 1.1. */
static void
it_speaks_soap_1_1(void **state)
{
	size_t from = wire_log_size(&srv);

	(void)state;
	expect(CTL("flush"), DONE, NULL, "");
	assert_true(wire_log_wait(&srv, from, "op name=FlushApplicationCache form=soap11 "));
}

static void
the_ticket_comes_from_the_option_or_the_environment(void **state)
{
	const char *setting = wire_printf("SRV_TICKET=%s", admin);

	(void)state;
	expect(ctl(setting, NULL, "--url", url, "flush", NULL), DONE, NULL, "");
	/* The option beats the variable. */
	expect(ctl("SRV_TICKET=nonsense", NULL, "--url", url, "--ticket", admin, "flush", NULL), DONE, NULL, "");
	expect_complaint(ctl(setting, NULL, "--url", url, "--ticket", "nonsense", "flush", NULL), REFUSED, WIRE_901);
	expect_complaint(ctl(NULL, NULL, "--url", url, "flush", NULL), USAGE, "SRV_TICKET");
	expect_complaint(ctl("SRV_TICKET=", NULL, "--url", url, "flush", NULL), USAGE, "SRV_TICKET");
}

/* ---- login and logout ---- */

static const char *
ticket_of(struct wire_output o)
{
	expect(o, DONE, NULL, "");
	size_t len = strcspn(o.out, "\n");
	assert_string_equal(o.out + len, "\n");
	const char *ticket = wire_copy(o.out, len);
	if (!wire_is_guid(ticket))
		fail_msg("no ticket: %s", o.out);
	return ticket;
}

static void
login_prints_a_ticket_that_logout_ends(void **state)
{
	static const char *const inputs[] = {
	    WIRE_USER_PWD "\n", WIRE_USER_PWD, WIRE_USER_PWD "\r\n", WIRE_USER_PWD "\nmore\n"};

	(void)state;
	for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
		const char *ticket = ticket_of(ctl(NULL, inputs[i], "--url", url, "login", WIRE_USER, NULL));

		assert_true(wire_ticket_works(&srv, ticket));
		expect(ctl(NULL, NULL, "--url", url, "--ticket", ticket, "logout", NULL), DONE,
		    "The ticket has ended.\n", "");
		assert_false(wire_ticket_works(&srv, ticket));
		expect_complaint(ctl(NULL, NULL, "--url", url, "--ticket", ticket, "logout", NULL), REFUSED, WIRE_901);
	}
}

static void
login_shows_whose_ticket_it_is_in_xml_and_json(void **state)
{
	struct wire_output o = ctl(NULL, WIRE_USER_PWD "\n", "--url", url, "--output", "xml", "login", WIRE_USER, NULL);
	struct wire_answer *a = wire_call(
	    &srv, WIRE_GET, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);

	(void)state;
	expect(o, DONE, NULL, "");
	assert_string_equal(masked(o.out), wire_printf("%s\n", masked(a->body + strlen(WIRE_DECLARATION))));
	o = ctl(NULL, WIRE_USER_PWD "\n", "--url", url, "--output", "json", "login", WIRE_USER, NULL);
	expect(o, DONE, NULL, "");
	assert_true(wire_ticket_works(&srv, json_get(o.out, "$.ticket")));
	expect_json(o.out, "$.username", WIRE_USER);
	o = ctl(NULL, NULL, "--url", url, "--output", "json", "--ticket", json_get(o.out, "$.ticket"), "logout", NULL);
	expect(o, DONE, "{\"success\":true}\n", "");
}

static void
login_asks_for_a_language(void **state)
{
	const char *german = wire_sql_text(&srv, "SELECT text FROM resources WHERE language = 'de' AND "
						 "resource_id = 'MaintenanceJob.PurgeExpiredTickets'");
	struct wire_output o = ctl(
	    NULL, WIRE_ADMIN_PWD "\n", "--url", url, "--language", "de", "login", WIRE_ADMIN, NULL);
	const char *ticket = ticket_of(o);

	(void)state;
	assert_non_null(german);
	o = ctl(NULL, NULL, "--url", url, "--ticket", ticket, "--output", "json", "jobs", NULL);
	expect(o, DONE, NULL, "");
	expect_json(o.out, "$.MaintenanceJob[0].JobName", german);
	assert_string_not_equal(json_get(CTL("--output", "json", "jobs").out, "$.MaintenanceJob[0].JobName"), german);
}

static void
a_refusal_is_exit_status_1_with_its_text_on_standard_error(void **state)
{
	const char *user = ticket_of(ctl(NULL, WIRE_USER_PWD "\n", "--url", url, "login", WIRE_USER, NULL));
	const char *line = "srvctl: " WIRE_900 "\n";

	(void)state;
	expect(ctl(NULL, "wrong\n", "--url", url, "login", "nobody", NULL), REFUSED, "", line);
	expect(ctl(NULL, "wrong\n", "--url", url, "--output", "json", "login", "nobody", NULL), REFUSED,
	    "{\"success\":false,\"error\":\"" WIRE_900 "\"}\n", line);
	expect(ctl(NULL, "wrong\n", "--url", url, "--output", "xml", "login", "nobody", NULL), REFUSED,
	    "<root success=\"false\" error=\"" WIRE_900 "\" />\n", line);
	static const char *const privileged[] = {"flush", "jobs", "warehouse"};
	for (size_t i = 0; i < sizeof privileged / sizeof *privileged; i++)
		expect(ctl(NULL, NULL, "--url", url, "--ticket", user, privileged[i], NULL), REFUSED, "",
		    "srvctl: " WIRE_921 "\n");
}

static void
a_flush_that_failed_says_which_source(void **state)
{
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "jobs = false");
	const char *ticket = wire_login(&own, WIRE_ADMIN, WIRE_ADMIN_PWD);
	assert_int_equal(unlink(own.license), 0);
	struct wire_output o = ctl(
	    NULL, NULL, "--url", wire_printf("http://%s/srv.asmx", own.host), "--ticket", ticket, "flush", NULL);
	expect_complaint(o, REFUSED, "[990]Application cache could not be reloaded: license: ");
}

static void
a_fault_is_a_refusal(void **state)
{
	(void)state;
	expect_complaint(ctl(NULL, NULL, "--url", url, "--ticket", wire_repeat("1", 5000), "flush", NULL), REFUSED,
	    "A parameter is too long.");
}

/* ---- the password on a terminal ---- */

struct terminal {
	int master, slave;
	FILE *out, *err;
	pid_t pid;
};

static bool
echoes(const struct terminal *t)
{
	struct termios now;

	assert_int_equal(tcgetattr(t->slave, &now), 0);
	return (now.c_lflag & ECHO) != 0;
}

/* Starts a login on a terminal and waits until it asks with the echo off. */
static void
ask(struct terminal *t)
{
	const char *argv[] = {wire_program("srvctl"), "--url", url, "login", WIRE_USER, NULL};

	t->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master), 0);
	assert_int_equal(unlockpt(t->master), 0);
	t->slave = open(ptsname(t->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	t->out = tmpfile();
	t->err = tmpfile();
	assert_true(t->slave >= 0 && t->out != NULL && t->err != NULL);
	assert_true(echoes(t));
	t->pid = wire_spawn(NULL, argv, t->slave, fileno(t->out), fileno(t->err));
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS; echoes(t);) {
		if (wire_now_ms() > until || wire_spawned_wait(t->pid, 0) != INT_MIN)
			fail_msg("srvctl does not ask");
		wire_rest_ms(2);
	}
}

static const char *
said(FILE *f)
{
	char *text = wire_alloc(4096);

	rewind(f);
	text[fread(text, 1, 4095, f)] = '\0';
	fclose(f);
	return text;
}

/* All that the terminal was sent. */
static const char *
shown(const struct terminal *t)
{
	char *text = wire_alloc(4096);
	struct pollfd p = {.fd = t->master, .events = POLLIN};
	size_t len = 0;

	while (len < 4095 && poll(&p, 1, 0) == 1 && (p.revents & POLLIN)) {
		ssize_t n = read(t->master, text + len, 4095 - len);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return text;
}

static void
a_terminal_is_asked_without_echo(void **state)
{
	struct terminal t;
	static const char typed[] = WIRE_USER_PWD "\n";

	(void)state;
	ask(&t);
	assert_int_equal(write(t.master, typed, sizeof typed - 1), sizeof typed - 1);
	assert_int_equal(wire_spawned_wait(t.pid, WIRE_TMO_MS), DONE);
	assert_true(echoes(&t));
	assert_string_equal(said(t.err), "Password: ");
	const char *out = said(t.out);
	assert_true(wire_ticket_works(&srv, wire_copy(out, strcspn(out, "\n"))));
	assert_string_equal(shown(&t), "\r\n"); /* the line end is, the password is not */
	close(t.master);
	close(t.slave);
}

static void
a_signal_at_the_prompt_ends_it_and_brings_the_echo_back(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	(void)state;
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		struct terminal t;

		ask(&t);
		assert_int_equal(write(t.master, "half a passw", 12), 12);
		kill(t.pid, signals[i]);
		assert_int_equal(wire_spawned_wait(t.pid, WIRE_TMO_MS), -signals[i]);
		assert_true(echoes(&t));
		assert_string_equal(said(t.out), "");
		fclose(t.err);
		close(t.master);
		close(t.slave);
	}
}

static void
an_empty_line_at_the_prompt_is_no_password(void **state)
{
	struct terminal t;

	(void)state;
	ask(&t);
	assert_int_equal(write(t.master, "\n", 1), 1);
	assert_int_equal(wire_spawned_wait(t.pid, WIRE_TMO_MS), USAGE);
	assert_true(echoes(&t));
	assert_string_equal(said(t.err), "Password: srvctl: the password is empty\n");
	fclose(t.out);
	close(t.master);
	close(t.slave);
}

/* ---- usage ---- */

static void
help_and_version_go_to_standard_output(void **state)
{
	struct wire_output o = ctl(NULL, NULL, "--help", NULL);
	static const char *const words[] = {
	    "login USER", "flush", "info", "jobs", "warehouse", "valid", "logout", "--url", "--timeout", "exit status"};

	(void)state;
	expect(o, DONE, NULL, "");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		assert_non_null(strstr(o.out, words[i]));
	expect(ctl(NULL, NULL, "--version", NULL), DONE, "srvctl 1.0.0.0\n", "");
}

static void
wrong_usage_is_one_line_and_exit_status_2(void **state)
{
	static const struct {
		const char *args[6], *text;
	} wrong[] = {
	    {{NULL}, "a command is missing"},
	    {{"flash"}, "unknown command flash"},
	    {{"info", "--colour"}, "unknown option --colour"},
	    {{"info", "--url"}, "a value must follow --url"},
	    {{"info", "--output", "yaml"}, "--output must be text, xml or json, not yaml"},
	    {{"info", "--timeout", "0"}, "--timeout must be a number from 1 to 3600, not 0"},
	    {{"info", "--timeout", "3601"}, "not 3601"},
	    {{"info", "--timeout", "1s"}, "not 1s"},
	    {{"info", "--url", "ftp://localhost/"}, "--url must be http://HOST"},
	    {{"info", "--url", "http://"}, "--url must be http://HOST"},
	    {{"info", "--url", "http:///srv.asmx"}, "--url must be http://HOST"},
	    {{"info", "--url", "http://localhost/srv.asmx?wsdl"}, "--url must be http://HOST"},
	    {{"info", "--url", "http://localhost/\xff"}, "--url must be http://HOST"},
	    {{"info", "--url", "https://localhost/srv.asmx"}, "https is not supported"},
	    {{"info", "--language", "de"}, "--language is for login only, not for info"},
	    {{"login"}, "a user's name must follow login"},
	    {{"login", "a", "b"}, "too much on the command line: b"},
	    {{"info", "more"}, "too much on the command line: more"},
	    {{"login", "\xff"}, "the user's name is no valid UTF-8"},
	    {{"login", "a", "--language", "\xff"}, "the language is no valid UTF-8"},
	    {{"flush", "--ticket", "\x01"}, "the ticket is no valid UTF-8"},
	    {{"valid"}, "a ticket is needed"},
	    {{"logout", "--ticket", ""}, "a ticket is needed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *argv[8] = {wire_program("srvctl")};

		memcpy(argv + 1, wrong[i].args, sizeof wrong[i].args);
		expect_complaint(wire_run("password\n", argv), USAGE, wrong[i].text);
	}
	const char *longest = wire_printf("http://localhost/%s", wire_repeat("x", 1000));
	expect_complaint(ctl(NULL, NULL, "--url", longest, "info", NULL), USAGE, "--url is too long");
}

static void
a_password_that_cannot_be_sent_is_exit_status_2(void **state)
{
	(void)state;
	expect_complaint(ctl(NULL, "", "--url", url, "login", WIRE_USER, NULL), USAGE, "the password is empty");
	expect_complaint(ctl(NULL, "\n", "--url", url, "login", WIRE_USER, NULL), USAGE, "the password is empty");
	expect_complaint(ctl(NULL, "\xff\n", "--url", url, "login", WIRE_USER, NULL), USAGE, "no valid UTF-8");
	expect_complaint(
	    ctl(NULL, wire_repeat("x", 1025), "--url", url, "login", WIRE_USER, NULL), USAGE, "longer than 1024 bytes");
	/* One that may be so long is asked about. */
	expect_complaint(ctl(NULL, wire_repeat("x", 1024), "--url", url, "login", "nobody", NULL), REFUSED, WIRE_900);
}

static void
a_password_that_cannot_be_read_is_exit_status_2(void **state)
{
	const char *argv[] = {wire_program("srvctl"), "--url", url, "login", WIRE_USER, NULL};
	int dir = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	FILE *out = tmpfile(), *err = tmpfile();

	(void)state;
	assert_true(dir >= 0 && out != NULL && err != NULL);
	pid_t pid = wire_spawn(NULL, argv, dir, fileno(out), fileno(err));
	assert_int_equal(wire_spawned_wait(pid, WIRE_TMO_MS), USAGE);
	assert_non_null(strstr(said(err), "the password cannot be read: "));
	fclose(out);
	close(dir);
}

/* ---- what the real service never does ---- */

/* A service that takes one request and answers what it was given, or hangs up. */
struct canned {
	int fd;
	const char *answer; /* NULL: hangs up */
	char request[8192]; /* of the thread until it is joined */
	pthread_t thread;
	char url[64];
};

static void *
canned_main(void *arg)
{
	struct canned *s = arg;
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	size_t len = 0;

	if (poll(&p, 1, WIRE_TMO_MS) != 1)
		return NULL;
	int fd = accept(s->fd, NULL, NULL);
	while (len < sizeof s->request - 1 && strstr(s->request, "Envelope>") == NULL) {
		ssize_t n = recv(fd, s->request + len, sizeof s->request - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (s->answer != NULL)
		(void)send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static void
listen_on(struct canned *s)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof sa;

	memset(s, 0, sizeof *s);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d/srv.asmx", ntohs(sa.sin_port));
}

static struct wire_output
answered(const char *answer)
{
	static struct canned s;

	listen_on(&s);
	s.answer = answer;
	assert_int_equal(pthread_create(&s.thread, NULL, canned_main, &s), 0);
	struct wire_output o = ctl(NULL, NULL, "--url", s.url, "--timeout", "20", "info", NULL);
	pthread_join(s.thread, NULL);
	close(s.fd);
	assert_non_null(strstr(s.request, "POST /srv.asmx?result=text HTTP/1.1\r\n"));
	return o;
}

static const char *
http(const char *status, const char *type, const char *body)
{
	return wire_printf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, type, strlen(body), body);
}

static const char *
soap(const char *status, const char *body)
{
	return http(status, "text/xml; charset=utf-8", wire_envelope(WIRE_SOAP11, NULL, body));
}

static const char *
info_result(const char *text)
{
	return soap("200 OK", wire_printf("<ServerInfoResponse xmlns=\"" WIRE_NS "\"><ServerInfoResult>%s"
					  "</ServerInfoResult></ServerInfoResponse>",
				  text));
}

static void
nobody_listening_is_exit_status_3(void **state)
{
	struct canned s;

	(void)state;
	listen_on(&s);
	close(s.fd); /* its port is free now */
	expect_complaint(ctl(NULL, NULL, "--url", s.url, "info", NULL), UNREACHED, "cannot connect: ");
}

static void
a_server_that_hangs_up_is_exit_status_3(void **state)
{
	(void)state;
	expect_complaint(answered(NULL), UNREACHED, "/srv.asmx: ");
	/* In the middle of the answer. */
	char *cut = wire_printf("%s", info_result("&lt;root success=\"true\" /&gt;"));
	cut[strlen(cut) - 40] = '\0';
	expect_complaint(answered(cut), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered("HTTP/1.1 200 OK\r\nContent-"), UNREACHED, "/srv.asmx: ");
}

/* The kernel accepts, nobody answers. */
static void
a_server_that_never_answers_is_given_up_after_the_timeout(void **state)
{
	struct canned s;
	int64_t begin = wire_now_ms();

	(void)state;
	listen_on(&s);
	expect_complaint(
	    ctl(NULL, NULL, "--url", s.url, "--timeout", "1", "info", NULL), UNREACHED, "no answer in time");
	assert_true(wire_now_ms() - begin >= 900);
	close(s.fd);
}

static void
an_answer_of_something_else_is_exit_status_3(void **state)
{
	(void)state;
	expect_complaint(ctl(NULL, NULL, "--url", wire_printf("http://%s/nowhere", srv.host), "info", NULL), UNREACHED,
	    "HTTP status 404");
	expect_complaint(answered(http("503 Service Unavailable", "text/plain", "busy")), UNREACHED, "HTTP status 503");
	expect_complaint(answered(http("200 OK", "text/html", "<!DOCTYPE html><html><body>Hello</body></html>")),
	    UNREACHED, "the answer is not the service's");
	expect_complaint(answered("SSH-2.0-OpenSSH_9.2\r\n"), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered(soap("200 OK", "<OtherResponse xmlns=\"" WIRE_NS "\" />")), UNREACHED,
	    "the answer is not the service's");
	expect_complaint(answered(soap("200 OK", "<ServerInfoResponse xmlns=\"" WIRE_NS "\" />")), UNREACHED,
	    "the answer holds no result");
	expect_complaint(answered(info_result("&lt;root success=\"true\"")), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered(info_result("no element")), UNREACHED, "/srv.asmx: ");
}

static void
a_fault_from_any_server_is_exit_status_1(void **state)
{
	(void)state;
	expect_complaint(answered(soap("500 Internal Server Error",
			     "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>Internal "
			     "failure. Incident 0badcafe.</faultstring></soap:Fault>")),
	    REFUSED, "Internal failure. Incident 0badcafe.");
}

/* A server's text does nothing to the terminal: C1 controls and line ends are shown as question marks. */
static void
a_servers_text_is_harmless_on_a_terminal(void **state)
{
	struct wire_output o = answered(
	    info_result("&lt;root success=\"false\" error=\"a&amp;#x9b;2Jb&amp;#10;c\" /&gt;"));

	(void)state;
	expect(o, REFUSED, "", "srvctl: a?2Jb?c\n");
	o = answered(info_result("&lt;root success=\"true\" Company=\"a&amp;#x9b;2Jb\" /&gt;"));
	expect(o, DONE, "Company  a?2Jb\n", "");
	/* And a failure without a reason is still one. */
	o = answered(info_result("&lt;root success=\"false\" /&gt;"));
	expect(o, REFUSED, "", "srvctl: the service reported a failure\n");
}

static void
a_result_that_cannot_be_written_is_exit_status_3(void **state)
{
	const char *argv[] = {wire_program("srvctl"), "--url", url, "info", NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	FILE *err = tmpfile();

	(void)state;
	assert_true(null >= 0 && full >= 0 && err != NULL);
	pid_t pid = wire_spawn(NULL, argv, null, full, fileno(err));
	assert_int_equal(wire_spawned_wait(pid, WIRE_TMO_MS), UNREACHED);
	assert_string_equal(said(err), "srvctl: the result cannot be written: No space left on device\n");
	close(null);
	close(full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(help_and_version_go_to_standard_output),
	    WIRE_TEST(wrong_usage_is_one_line_and_exit_status_2),
	    WIRE_TEST(text_shows_values_in_columns),
	    WIRE_TEST(xml_is_the_result_element_byte_for_byte),
	    WIRE_TEST(json_holds_all_that_xml_holds),
	    WIRE_TEST(options_may_stand_behind_the_command),
	    WIRE_TEST(flush_is_what_it_says),
	    WIRE_TEST(it_speaks_soap_1_1),
	    WIRE_TEST(the_ticket_comes_from_the_option_or_the_environment),
	    WIRE_TEST(login_prints_a_ticket_that_logout_ends),
	    WIRE_TEST(login_shows_whose_ticket_it_is_in_xml_and_json),
	    WIRE_TEST(login_asks_for_a_language),
	    WIRE_TEST(a_terminal_is_asked_without_echo),
	    WIRE_TEST(a_signal_at_the_prompt_ends_it_and_brings_the_echo_back),
	    WIRE_TEST(an_empty_line_at_the_prompt_is_no_password),
	    WIRE_TEST(a_password_that_cannot_be_sent_is_exit_status_2),
	    WIRE_TEST(a_password_that_cannot_be_read_is_exit_status_2),
	    WIRE_TEST(a_refusal_is_exit_status_1_with_its_text_on_standard_error),
	    WIRE_TEST(a_flush_that_failed_says_which_source),
	    WIRE_TEST(a_fault_is_a_refusal),
	    WIRE_TEST(nobody_listening_is_exit_status_3),
	    WIRE_TEST(a_server_that_hangs_up_is_exit_status_3),
	    WIRE_TEST(a_server_that_never_answers_is_given_up_after_the_timeout),
	    WIRE_TEST(an_answer_of_something_else_is_exit_status_3),
	    WIRE_TEST(a_fault_from_any_server_is_exit_status_1),
	    WIRE_TEST(a_servers_text_is_harmless_on_a_terminal),
	    WIRE_TEST(a_result_that_cannot_be_written_is_exit_status_3),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
