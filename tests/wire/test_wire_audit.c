/* The audit: what was done to the service and by whom is in the log, a line each, whoever asked in whichever form; it
 * is there before the answer is; nobody can forge a line or find a secret in one. */
#include "wire_call.h"

#include <ctype.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const form_word[WIRE_FORMS] = {"soap11", "soap12", "get", "post"};

/* srvd that logs so. The first lines, in which its port is, are as usual. */
static void
serve_logging(struct wire_srvd *srv, const char *lines)
{
	wire_new(srv, "jobs = false");
	wire_configure(srv, wire_printf("jobs = false\n%s", lines));
	assert_int_equal(kill(srv->pid, SIGHUP), 0);
	assert_true(wire_log_wait(srv, 0, "SIGHUP"));
}

/* The lines behind that offset, right now and without waiting: what was answered must be there. */
static char **
lines_since(const struct wire_srvd *srv, size_t from, size_t *count)
{
	char *log = wire_log_text(srv), **line = wire_alloc(4096 * sizeof *line);

	*count = 0;
	for (char *at = log + from, *end; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		assert_true(*count < 4096);
		line[(*count)++] = wire_copy(at, (size_t)(end - at));
	}
	return line;
}

/* The only line of an audit since then. */
static const char *
only_audit(const struct wire_srvd *srv, size_t from)
{
	size_t count, found = 0;
	char **line = lines_since(srv, from, &count);
	const char *audit = NULL;

	for (size_t i = 0; i < count; i++) {
		if (strncmp(line[i] + 20, " audit ", 7) == 0) {
			audit = line[i] + 21;
			found++;
		}
	}
	if (found != 1)
		fail_msg("%zu lines for one call: %s", found, wire_log_text(srv) + from);
	return audit;
}

static void
expect_audit(const struct wire_srvd *srv, size_t from, const char *begin, bool names_ticket)
{
	const char *line = only_audit(srv, from), *rest = line + strlen(begin);
	int ms = -1, end = 0;
	char name[16] = "";

	if (strncmp(line, begin, strlen(begin)) != 0)
		fail_msg("not `%s...` but `%s`", begin, line);
	if (names_ticket)
		(void)sscanf(rest, " ticket=\"%8[0-9a-f]\" ms=%d%n", name, &ms, &end);
	else
		(void)sscanf(rest, " ticket=- ms=%d%n", &ms, &end);
	if (end == 0 || rest[end] != '\0' || ms < 0 || (names_ticket && strlen(name) != 8))
		fail_msg("not a ticket's name and a time behind `%s`: `%s`", begin, line);
}

#define LOGIN(srv, form, uid, pwd) wire_call(srv, form, "AuthenticateUser", "UID", uid, "PWD", pwd, NULL)

static void
each_call_is_one_line_in_each_form(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	/* At every level: who turns the log down does not mean these. */
	serve_logging(&srv, "log_level = error");
	WIRE_EACH_FORM(f)
	{
		const char *w = form_word[f], *ticket, *plain;
		size_t from = wire_log_size(&srv);
		struct wire_answer *a = LOGIN(&srv, f, "Admin", WIRE_ADMIN_PWD);

		ticket = wire_attr(wire_result(f, "AuthenticateUser", a), "ticket");
		expect_audit(&srv, from,
		    wire_printf("audit op name=AuthenticateUser form=%s user=\"admin\" peer=127.0.0.1 outcome=success "
				"reason=-",
			w),
		    true);

		from = wire_log_size(&srv);
		wire_call(&srv, f, "FlushApplicationCache", "authenticationTicket", ticket, NULL);
		expect_audit(&srv, from,
		    wire_printf("audit op name=FlushApplicationCache form=%s user=\"admin\" peer=127.0.0.1 "
				"outcome=success reason=-",
			w),
		    true);

		plain = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
		from = wire_log_size(&srv);
		wire_call(&srv, f, "FlushApplicationCache", "authenticationTicket", plain, NULL);
		expect_audit(&srv, from,
		    wire_printf("audit op name=FlushApplicationCache form=%s user=\"jsmith\" peer=127.0.0.1 "
				"outcome=\"" WIRE_921 "\" reason=-",
			w),
		    true);

		from = wire_log_size(&srv);
		wire_call(&srv, f, "FlushApplicationCache", "authenticationTicket", "no ticket", NULL);
		expect_audit(&srv, from,
		    wire_printf("audit op name=FlushApplicationCache form=%s user=- peer=127.0.0.1 outcome=\"" WIRE_901
				"\" reason=-",
			w),
		    false);

		/* What only looks is a line where it is refused. */
		from = wire_log_size(&srv);
		wire_call(&srv, f, "GetWarehouseStatus", "authenticationTicket", plain, NULL);
		expect_audit(&srv, from,
		    wire_printf("audit op name=GetWarehouseStatus form=%s user=\"jsmith\" peer=127.0.0.1 "
				"outcome=\"" WIRE_921 "\" reason=-",
			w),
		    true);

		from = wire_log_size(&srv);
		wire_call(&srv, f, "isValidTicket", NULL);
		expect_audit(&srv, from,
		    wire_printf("audit op name=isValidTicket form=%s user=- peer=127.0.0.1 outcome=\"" WIRE_901
				"\" reason=-",
			w),
		    false);

		from = wire_log_size(&srv);
		wire_call(&srv, f, "RenewTicket", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, "Lang", "en", "OldTicket",
		    plain, NULL);
		expect_audit(&srv, from,
		    wire_printf("audit op name=RenewTicket form=%s user=\"jsmith\" peer=127.0.0.1 outcome=success "
				"reason=-",
			w),
		    true);

		from = wire_log_size(&srv);
		wire_call(&srv, f, "LogOut", "AuthenticationTicket", ticket, NULL);
		expect_audit(&srv, from,
		    wire_printf(
			"audit op name=LogOut form=%s user=\"admin\" peer=127.0.0.1 outcome=success reason=-", w),
		    true);
	}
	wire_stop(&srv);
}

/* What the log tells apart and the caller must not. */
static void
refused_logins_are_one_line_with_the_reason_and_one_answer_without(void **state)
{
	static struct wire_srvd srv;
	static const struct {
		const char *uid, *pwd, *user, *reason;
	} cases[] = {
	    {"admin", "wrong", "\"admin\"", "wrong password"},
	    {"nobody", "wrong", "\"nobody\"", "unknown user"},
	    {WIRE_OFF, WIRE_OTHER_PWD, "\"off\"", "disabled user"},
	    {"", "", "\"\"", "no name or password"},
	};

	(void)state;
	wire_new(&srv, "jobs = false");
	WIRE_EACH_FORM(f)
	{
		const char *body = NULL;

		for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
			size_t from = wire_log_size(&srv), count;
			struct wire_answer *a = LOGIN(&srv, f, cases[i].uid, cases[i].pwd);

			wire_expect_error(f, "AuthenticateUser", a, WIRE_900);
			if (body != NULL)
				assert_string_equal(a->body, body);
			body = a->body;
			expect_audit(&srv, from,
			    wire_printf(
				"audit op name=AuthenticateUser form=%s user=%s peer=127.0.0.1 outcome=\"" WIRE_900
				"\" reason=\"%s\"",
				form_word[f], cases[i].user, cases[i].reason),
			    false);
			(void)lines_since(&srv, from, &count);
			assert_int_equal(count, 1);
		}
	}
	/* The fifth failure of an account is the last that was looked at. */
	struct wire_answer *hashed = LOGIN(&srv, WIRE_GET, "admin", "wrong");
	size_t from = wire_log_size(&srv);
	struct wire_answer *throttled = LOGIN(&srv, WIRE_GET, "admin", WIRE_ADMIN_PWD);
	assert_string_equal(throttled->body, hashed->body);
	expect_audit(&srv, from,
	    "audit op name=AuthenticateUser form=get user=\"admin\" peer=127.0.0.1 outcome=\"" WIRE_900
	    "\" reason=\"account throttled\"",
	    false);
	wire_stop(&srv);
}

/* Many times, so that a line written behind the answer would be missed at least once. */
static void
what_was_answered_as_done_is_in_the_log_first(void **state)
{
	static struct wire_srvd srv;
	struct wire_conn *c;
	const char *ticket;

	(void)state;
	wire_new(&srv, "jobs = false");
	ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	c = wire_connect(&srv);
	for (int i = 0; i < 300; i++) {
		size_t from = wire_log_size(&srv);

		assert_true(wire_send(c, wire_call_request(&srv, i % 2 ? WIRE_POST : WIRE_SOAP11, NULL,
					     "FlushApplicationCache", "authenticationTicket", ticket, NULL)));
		assert_non_null(wire_read(c, false));
		assert_non_null(strstr(only_audit(&srv, from), "outcome=success"));
	}
	for (int i = 0; i < 20; i++) {
		const char *one = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
		size_t from = wire_log_size(&srv);

		assert_true(
		    wire_send(c, wire_call_request(&srv, WIRE_GET, NULL, "LogOut", "AuthenticationTicket", one, NULL)));
		assert_non_null(wire_read(c, false));
		assert_non_null(strstr(only_audit(&srv, from), "outcome=success"));
	}
	wire_stop(&srv);
}

static const char *const forgeries[] = {"a\r\n2030-01-01T00:00:00Z audit op name=AuthenticateUser user=\"admin\"",
    "a\" outcome=success reason=- ms=1",
    "\x7f\xc2\x85\xe2\x80\xa8\xe2\x80\xae"
    "b\\n",
    "\\\" x=\"y"};

/* By the two forms: an XML 1.0 document cannot hold most of these. */
static void
a_name_cannot_forge_a_line_or_a_field(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, "jobs = false");
	for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
		size_t from = wire_log_size(&srv), count;
		struct wire_answer *a = LOGIN(&srv, WIRE_POST, forgeries[i], "wrong");
		char **line;

		wire_expect_error(WIRE_POST, "AuthenticateUser", a, WIRE_900);
		line = lines_since(&srv, from, &count);
		assert_int_equal(count, 1);
		assert_non_null(strstr(line[0], "\" peer=127.0.0.1 outcome=\"" WIRE_900 "\" reason=\"unknown user\""));
		for (const char *p = line[0]; *p != '\0'; p++)
			assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p < 0x7f);
	}
	wire_stop(&srv);
}

/* SQLite reads JSON; NULL is what it has for null and for nothing. */
static const char *
json_field(const char *line, const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	const char *value = NULL;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT json_extract(?, ?)", -1, &stmt, NULL), SQLITE_OK);
	sqlite3_bind_text(stmt, 1, line, -1, SQLITE_STATIC);
	sqlite3_bind_text(stmt, 2, path, -1, SQLITE_STATIC);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		fail_msg("no JSON: %s", line);
	if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		value = wire_printf("%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return value;
}

static void
json_tells_the_same_an_object_a_line(void **state)
{
	static struct wire_srvd srv;
	size_t begin, from, count;
	char **line;

	(void)state;
	serve_logging(&srv, "log_format = json\nlog_level = debug");
	begin = wire_log_size(&srv);
	for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
		from = wire_log_size(&srv);
		LOGIN(&srv, WIRE_POST, forgeries[i], "wrong");
		line = lines_since(&srv, from, &count);
		assert_int_equal(count, 1);
		assert_string_equal(json_field(line[0], "$.level"), "audit");
		assert_string_equal(json_field(line[0], "$.event"), "op");
		assert_string_equal(json_field(line[0], "$.name"), "AuthenticateUser");
		assert_string_equal(json_field(line[0], "$.form"), "post");
		assert_string_equal(json_field(line[0], "$.user"), forgeries[i]);
		assert_string_equal(json_field(line[0], "$.peer"), "127.0.0.1");
		assert_string_equal(json_field(line[0], "$.outcome"), WIRE_900);
		assert_string_equal(json_field(line[0], "$.reason"), "unknown user");
		assert_null(json_field(line[0], "$.ticket"));
		assert_true(isdigit((unsigned char)strstr(line[0], "\"ms\":")[5]));
	}
	from = wire_log_size(&srv);
	wire_ask_text(&srv, "BREW / HTTP/9.9\r\n\r\n");
	wire_expect_alive(&srv);
	wire_stop(&srv);
	line = lines_since(&srv, begin, &count);
	for (size_t i = 0; i < count; i++) {
		assert_non_null(json_field(line[i], "$.time"));
		assert_non_null(json_field(line[i], "$.event"));
	}
}

/* ---- more at once than there is room for ---- */

#define CALLERS 24

struct crowd {
	const struct wire_srvd *srv;
	int refused; /* by the callers of one thread: told to come again */
};

static void *
log_in_once(void *arg)
{
	struct crowd *c = arg;
	struct wire_answer *a = wire_ask(c->srv,
	    wire_call_request(c->srv, WIRE_POST, NULL, "AuthenticateUser", "UID", "nobody", "PWD", "wrong", NULL));

	c->refused = a == NULL ? -1 : a->status == 503 && wire_field_is(a, "Retry-After", "1");
	return NULL;
}

static void
a_login_that_found_no_room_is_a_line_too(void **state)
{
	static struct wire_srvd srv;
	struct crowd crowd[CALLERS];
	pthread_t thread[CALLERS];
	size_t from, count;
	int refused = 0, said = 0, audits = 0;
	char **line;

	(void)state;
	wire_new(&srv, "jobs = false\nlogin_queue = 1");
	from = wire_log_size(&srv);
	for (size_t i = 0; i < CALLERS; i++) {
		crowd[i] = (struct crowd){.srv = &srv};
		assert_int_equal(pthread_create(&thread[i], NULL, log_in_once, &crowd[i]), 0);
	}
	for (size_t i = 0; i < CALLERS; i++) {
		pthread_join(thread[i], NULL);
		assert_true(crowd[i].refused >= 0);
		refused += crowd[i].refused;
	}
	line = lines_since(&srv, from, &count);
	for (size_t i = 0; i < count; i++) {
		audits += strstr(line[i], " audit op name=AuthenticateUser form=post user=\"nobody\" ") != NULL;
		said += strstr(line[i], " outcome=\"busy\" ") != NULL;
	}
	assert_int_equal(audits, CALLERS);
	assert_true(refused > 0);
	assert_int_equal(said, refused);
	wire_stop(&srv);
}

/* One thread for all that blocks but logins. Twenty logins wait for their hashes, and a logout that came behind them is
 * done before they are: the log has it in front of the last of them. */
static void
logins_that_wait_hold_up_nobody_else(void **state)
{
	static struct wire_srvd srv;
	const char *ticket, *log, *logout;
	size_t from, behind = 0;

	(void)state;
	wire_new(&srv, "jobs = false\nlogin_queue = 64\npool_threads = 1");
	ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	from = wire_log_size(&srv);
	for (int i = 0; i < 20; i++)
		assert_true(
		    wire_send(wire_connect(&srv), wire_call_request(&srv, WIRE_POST, NULL, "AuthenticateUser", "UID",
						      wire_printf("nobody%d", i), "PWD", "wrong", NULL)));
	assert_true(wire_log_wait(&srv, from, " user=\"nobody"));
	wire_call(&srv, WIRE_POST, "LogOut", "AuthenticationTicket", ticket, NULL);
	for (int i = 0; i < 20; i++)
		assert_true(wire_log_wait(&srv, from, wire_printf(" user=\"nobody%d\" ", i)));
	log = wire_log_text(&srv) + from;
	logout = strstr(log, " op name=LogOut ");
	assert_non_null(logout);
	while ((logout = strstr(logout, " op name=AuthenticateUser ")) != NULL) {
		logout++;
		behind++;
	}
	assert_true(behind > 0);
	wire_stop(&srv);
}

/* ---- secrets ---- */

#define CANARY "Kanarienvogel-7c1f"

/* Requests that are wrong in ways that are logged, each with the canary where a secret belongs. */
static const char *const wrong[] = {
    "GET /srv.asmx/AuthenticateUser?UID=u&PWD=" CANARY "%zz HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET /srv.asmx/LogOut?AuthenticationTicket=" CANARY " HTTP/1.1\r\nHost: t\r\nCookie: ticket=" CANARY "\r\n\r\n",
    "GET /srv.asmx/Nothing?PWD=" CANARY " HTTP/1.1\r\nHost: t\r\nAuthorization: Basic " CANARY "\r\n\r\n",
    "GET /" CANARY "?PWD=" CANARY " HTTP/1.1\r\nHost: t\r\n\r\n",
    "GET /srv.asmx/ServerInfo?PWD=" CANARY " HTTP/9.9\r\nHost: t\r\n\r\n",
    "GET /srv.asmx/AuthenticateUser?UID=u&PWD=" CANARY " HTTP/1.1\r\nHost: t\r\nSec-Fetch-Site: cross-site\r\n\r\n",
    "GET /srv.asmx/AuthenticateUser?UID=u&PWD=" CANARY " HTTP/1.1\r\nHost: t\r\nOrigin: https://evil.example\r\n\r\n",
};

static void
say_secrets(const struct wire_srvd *srv, const char **ticket, const char **hash)
{
	static const char *const bodies[] = {"<!DOCTYPE x>", "<x>", "&foo;", "</soap:Body>", "\xff"};

	*ticket = wire_login(srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	*hash = wire_sql_text(srv, "SELECT ticket_hash FROM tickets");
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		wire_ask_text(srv, wrong[i]);
	WIRE_EACH_FORM(f)
	{
		LOGIN(srv, f, "nobody", CANARY);
		LOGIN(srv, f, "admin", CANARY);
		LOGIN(srv, f, WIRE_USER, WIRE_USER_PWD);
		wire_call(srv, f, "isValidTicket", "AuthenticationTicket", *ticket, NULL);
		wire_call(srv, f, "FlushApplicationCache", "authenticationTicket", *ticket, NULL);
		wire_call(
		    srv, f, "RenewTicket", "UID", "nobody", "PWD", CANARY, "Lang", "en", "OldTicket", CANARY, NULL);
	}
	WIRE_EACH_SOAP(f)
	{
		for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
			wire_ask(srv, wire_soap(srv, f, NULL, "X-Password: " CANARY "\r\n",
					  wire_bytes_text(wire_envelope(f, NULL,
					      wire_printf("<AuthenticateUser xmlns=\"" WIRE_NS
							  "\"><UID>u</UID><PWD>" CANARY "%s</PWD></AuthenticateUser>",
						  bodies[i])))));
	}
	wire_call(srv, WIRE_GET, "LogOut", "AuthenticationTicket", *ticket, NULL);
}

static void
no_secret_is_in_the_log(void **state)
{
	static struct wire_srvd each[2];
	static const char *const formats[] = {"text", "json"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct wire_srvd *srv = &each[i];
		const char *ticket, *hash, *log;

		serve_logging(srv, wire_printf("log_level = debug\nlog_format = %s", formats[i]));
		say_secrets(srv, &ticket, &hash);
		wire_expect_alive(srv);
		wire_stop(srv);
		log = wire_log_text(srv);
		const char *secrets[] = {CANARY, WIRE_ADMIN_PWD, WIRE_USER_PWD, wire_url_encode(WIRE_USER_PWD), ticket,
		    wire_copy(ticket, 13), hash, wire_copy(hash, 8), "argon2id", "$m=19456"};
		for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++) {
			if (strstr(log, secrets[k]) != NULL)
				fail_msg("%s is in the log: %.200s", secrets[k], strstr(log, secrets[k]));
		}
		/* And it is the log of these calls. */
		assert_non_null(strstr(log, "wrong password"));
		assert_non_null(strstr(log, i == 0 ? " audit op name=LogOut " : "\"name\":\"LogOut\""));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(each_call_is_one_line_in_each_form),
	    WIRE_TEST(refused_logins_are_one_line_with_the_reason_and_one_answer_without),
	    WIRE_TEST(what_was_answered_as_done_is_in_the_log_first),
	    WIRE_TEST(a_name_cannot_forge_a_line_or_a_field),
	    WIRE_TEST(json_tells_the_same_an_object_a_line),
	    WIRE_TEST(a_login_that_found_no_room_is_a_line_too),
	    WIRE_TEST(logins_that_wait_hold_up_nobody_else),
	    WIRE_TEST(no_secret_is_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
