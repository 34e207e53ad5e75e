/* SIGHUP's first half: the configuration is read anew, and counts at once if it is good, and not at all if it is not.
 * Its other half, the flush, is in test_wire_cache.c; here it only has to come, whatever became of the first. */
#include "wire_call.h"
#include "wire_load.h"
#include "wire_via.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sends SIGHUP, waits for both halves, and returns what was logged meanwhile. */
static const char *
hang_up(struct wire_srvd *srv)
{
	size_t mark = wire_log_size(srv);

	assert_int_equal(kill(srv->pid, SIGHUP), 0);
	if (!wire_log_wait(srv, mark, "flush by=SIGHUP outcome="))
		fail_msg("no flush: %s", wire_log_text(srv) + mark);
	return wire_log_text(srv) + mark;
}

static void
expect_said(const char *log, const char *line)
{
	if (strstr(log, line) == NULL)
		fail_msg("`%s` is not in: %s", line, log);
}

static void
expect_not_said(const char *log, const char *line)
{
	if (strstr(log, line) != NULL)
		fail_msg("`%s` is in: %s", line, log);
}

static const char *
reload(struct wire_srvd *srv, const char *conf_lines)
{
	wire_configure(srv, conf_lines);
	const char *log = hang_up(srv);
	expect_said(log, wire_printf("reload file=\"%s\" outcome=success\n", srv->conf));
	return log;
}

static int
status_of(const struct wire_srvd *srv, const char *target, const char *fields)
{
	struct wire_answer *a = wire_ask(srv, wire_get(srv, target, fields));

	assert_non_null(a);
	return a->status;
}

static void
a_bad_file_changes_nothing_and_is_told_with_its_line(void **state)
{
	static struct wire_srvd srv;
	/* wire_configure writes three lines before these. The first line of each would show, were it taken. */
	static const char *const bad[][2] = {{"base_path = /New\nlisen = 1", ":5: unknown key \\\"lisen\\\""},
	    {"base_path = /New\nmax_body = many", ":5: max_body: "},
	    {"base_path = /New\nmax_body = 99999999999999999999", ":5: max_body: "},
	    {"base_path = /New\nhead_timeout = -1", ":5: head_timeout: "},
	    {"base_path = /New\nbody_timeout = NaN", ":5: body_timeout: "},
	    {"base_path = /New\ndrain_timeout = 1e3", ":5: drain_timeout: "},
	    {"base_path = /New\nidle_timeout =", ":5: idle_timeout: "},
	    {"base_path = /New\nlog_level = loud", ":5: log_level: "},
	    {"base_path = /New\ntrusted_proxies = 10.0.0.0/33", ":5: trusted_proxies: "},
	    {"base_path = /New\n[other]", ":5: unknown section"},
	    {"base_path = /New\nbase_path = /Two", ":5: \\\"base_path\\\" was given"},
	    {"base_path = /New\nno equals sign", ":5: not of the form"}};

	(void)state;
	wire_new(&srv, "base_path = /Old");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		wire_configure(&srv, bad[i][0]);
		wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', 'flush %zu')", i);
		const char *log = hang_up(&srv);
		expect_said(log, wire_printf("audit reload file=\"%s\" outcome=failure reason=", srv.conf));
		expect_said(log, wire_printf("%s%s", srv.conf, bad[i][1]));
		expect_not_said(log, "reload key=");
		expect_said(log, "flush by=SIGHUP outcome=success");
		assert_string_equal(wire_server_name(&srv), wire_printf("flush %zu", i));
		assert_int_equal(status_of(&srv, "/Old/srv.asmx/ServerInfo", NULL), 200);
		assert_int_equal(status_of(&srv, "/New/srv.asmx/ServerInfo", NULL), 404);
	}
	/* And a good one counts, after all of these. */
	expect_said(reload(&srv, "base_path = /New"), "info reload key=base_path\n");
	assert_int_equal(status_of(&srv, "/New/srv.asmx/ServerInfo", NULL), 200);
	assert_int_equal(status_of(&srv, "/Old/srv.asmx/ServerInfo", NULL), 404);
}

static void
a_file_past_all_measure_changes_nothing(void **state)
{
	static struct wire_srvd srv;
	const char *const large[] = {wire_repeat("k", 1 << 20), wire_printf("max_body = %s", wire_repeat("1", 1 << 20)),
	    wire_printf("license = /%s", wire_repeat("p", 1 << 20)), wire_repeat("unknown = 1\n", 1000000)};

	(void)state;
	wire_new(&srv, "base_path = /Old");
	for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
		wire_configure(&srv, wire_printf("base_path = /New\n%s", large[i]));
		const char *log = hang_up(&srv);
		expect_said(log, wire_printf("outcome=failure reason=\"%s:5: ", srv.conf));
		expect_not_said(log, "reload key=");
		assert_true(strlen(log) < 4096);
		assert_int_equal(status_of(&srv, "/Old/srv.asmx/ServerInfo", NULL), 200);
	}
	expect_said(reload(&srv, "base_path = /New"), "info reload key=base_path\n");
}

static void
a_file_that_cannot_be_read_changes_nothing(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, "base_path = /Old");
	assert_int_equal(unlink(srv.conf), 0);
	expect_said(hang_up(&srv), "outcome=failure reason=");
	assert_int_equal(mkdir(srv.conf, 0700), 0);
	expect_said(hang_up(&srv), "no regular file");
	assert_int_equal(rmdir(srv.conf), 0);
	/* Nobody will ever write to it. */
	assert_int_equal(mkfifo(srv.conf, 0600), 0);
	expect_said(hang_up(&srv), "no regular file");
	assert_int_equal(unlink(srv.conf), 0);
	assert_int_equal(status_of(&srv, "/Old/srv.asmx/ServerInfo", NULL), 200);
	expect_not_said(reload(&srv, "base_path = /Old"), "reload key=");
}

static void
limits_change_under_a_connection_that_stays(void **state)
{
	static struct wire_srvd srv;
	const char *body = wire_printf("UID=%s&PWD=%s", wire_repeat("u", 200), wire_repeat("p", 200));

	(void)state;
	/* One loop, so that an answer shows that what came before it was read. */
	wire_new(&srv, "jobs = false\nworkers = 1");
	struct wire_bytes post = wire_request(&srv, "POST", "/srv.asmx/AuthenticateUser",
	    "Content-Type: application/x-www-form-urlencoded\r\n", wire_bytes_text(body));
	struct wire_conn *c = wire_connect(&srv), *half = wire_connect(&srv);
	assert_true(wire_send(c, post));
	wire_expect_error(WIRE_POST, "AuthenticateUser", wire_read(c, false), WIRE_900);
	assert_true(wire_send(half, wire_bytes(post.p, post.len - 100)));
	wire_expect_alive(&srv);

	const char *log = reload(&srv, "jobs = false\nworkers = 1\nmax_parameter = 100\nmax_body = 300");
	expect_said(log, "reload key=max_body\n");
	expect_said(log, "reload key=max_parameter\n");
	/* Its body was let in before; what it says is looked at now. */
	assert_true(wire_send(half, wire_bytes(post.p + post.len - 100, 100)));
	wire_expect_plain(wire_read(half, false), 400);
	assert_true(wire_send(c, post));
	wire_expect_plain(wire_read(c, false), 413);
	assert_true(wire_ends(c, WIRE_TMO_MS));

	log = reload(&srv, "jobs = false\nworkers = 1\nmax_parameter = 100");
	expect_said(log, "reload key=max_body\n");
	expect_not_said(log, "reload key=max_parameter");
	assert_true(wire_send(half, post));
	wire_expect_plain(wire_read(half, false), 400);
	reload(&srv, "jobs = false\nworkers = 1");
	assert_true(wire_send(half, post));
	wire_expect_error(WIRE_POST, "AuthenticateUser", wire_read(half, false), WIRE_900);
}

static void
limits_of_xml_change(void **state)
{
	static struct wire_srvd srv;
	const char *deep = wire_envelope(
	    WIRE_SOAP11, "<a><b><c><d><e/></d></c></b></a>", wire_op_xml("ServerInfo", NULL));

	(void)state;
	wire_new(&srv, "jobs = false");
	struct wire_bytes rq = wire_soap(&srv, WIRE_SOAP11, "\"\"", NULL, wire_bytes_text(deep));
	struct wire_conn *c = wire_connect(&srv);
	assert_true(wire_send(c, rq));
	wire_result(WIRE_SOAP11, "ServerInfo", wire_read(c, false));
	reload(&srv, "jobs = false\nxml_max_depth = 5");
	assert_true(wire_send(c, rq));
	wire_expect_fault(WIRE_SOAP11, wire_read(c, false), 400, "Client", NULL);
	reload(&srv, "jobs = false");
	assert_true(wire_send(c, rq));
	wire_result(WIRE_SOAP11, "ServerInfo", wire_read(c, false));
}

static void
timeouts_and_caps_change(void **state)
{
	static struct wire_srvd srv;
	struct wire_conn *c[3];

	(void)state;
	wire_new(&srv, "jobs = false\nidle_timeout = 3600\nmax_connections_per_address = 2");
	for (int i = 0; i < 2; i++) {
		c[i] = wire_connect(&srv);
		assert_true(wire_send(c[i], wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
		assert_non_null(wire_read(c[i], false));
	}
	assert_int_equal(status_of(&srv, "/srv.asmx/ServerInfo", NULL), 503);
	reload(&srv, "jobs = false\nidle_timeout = 3600\nmax_connections_per_address = 4");
	assert_int_equal(status_of(&srv, "/srv.asmx/ServerInfo", NULL), 200);
	reload(&srv, "jobs = false\nidle_timeout = 1");
	/* They had an hour, and now have a second. */
	assert_true(wire_ends(c[0], WIRE_TMO_MS));
	assert_true(wire_ends(c[1], WIRE_TMO_MS));
	wire_expect_alive(&srv);
}

static void
the_site_and_the_names_in_answers_change(void **state)
{
	static struct wire_srvd srv;
	const char *foreign = "Origin: https://pages.example\r\n", *ticket;

	(void)state;
	wire_new(&srv, "jobs = false");
	ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	const char *valid = wire_printf("/srv.asmx/isValidTicket?AuthenticationTicket=%s", ticket);
	struct wire_conn *c = wire_connect(&srv);
	assert_true(wire_send(c, wire_get(&srv, valid, foreign)));
	assert_int_equal(wire_read(c, false)->status, 403);
	reload(&srv, "jobs = false\nallowed_origins = https://pages.example\nresult_element = response\n"
		     "public_url = https://dms.example/srv.asmx\ntrusted_proxies = 127.0.0.1");
	assert_true(wire_send(c, wire_get(&srv, valid, foreign)));
	struct wire_answer *a = wire_read(c, false);
	assert_int_equal(a->status, 200);
	assert_non_null(strstr(a->body, "<response success=\"true\""));
	assert_true(wire_send(c, wire_get(&srv, "/srv.asmx?wsdl", NULL)));
	a = wire_read(c, false);
	assert_non_null(strstr(a->body, "location=\"https://dms.example/srv.asmx\""));
	reload(&srv, "jobs = false\ntrusted_proxies = 127.0.0.1");
	assert_true(wire_send(c, wire_get(&srv, "/srv.asmx?wsdl", "X-Forwarded-Host: proxied.example\r\n")));
	a = wire_read(c, false);
	assert_non_null(strstr(a->body, "location=\"http://proxied.example/srv.asmx\""));
	reload(&srv, "jobs = false");
	assert_true(wire_send(c, wire_get(&srv, "/srv.asmx?wsdl", "X-Forwarded-Host: proxied.example\r\n")));
	a = wire_read(c, false);
	assert_null(strstr(a->body, "proxied.example"));
	assert_true(wire_send(c, wire_get(&srv, valid, NULL)));
	assert_non_null(strstr(wire_read(c, false)->body, "<root success=\"true\""));
}

static void
who_may_announce_clients_changes(void **state)
{
	static struct wire_srvd srv, via;
	const char *header = "PROXY TCP4 198.51.100.1 127.0.0.1 4711 443\r\n";

	(void)state;
	wire_new(&srv, "jobs = false\nlisten_proxy = 127.0.0.1:0\ntrusted_proxies = 127.0.0.9");
	wire_via_announced(&srv, &via);
	assert_true(wire_ends(wire_connect(&via), WIRE_TMO_MS));
	reload(&srv, "jobs = false\nlisten_proxy = 127.0.0.1:0\ntrusted_proxies = 127.0.0.1\nlog_level = debug");
	struct wire_conn *c = wire_connect(&via);
	size_t mark = wire_log_size(&srv);
	assert_true(wire_send_text(c, header));
	assert_true(wire_send(c, wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
	assert_true(wire_log_wait(&srv, mark, "op name=ServerInfo form=get peer=198.51.100.1 "));
	/* What makes no sense together is refused at a reload as at a start. */
	wire_configure(&srv, "jobs = false\nlisten_proxy = 127.0.0.1:0");
	expect_said(hang_up(&srv), "outcome=failure reason=\"listen_proxy: nobody may connect");
	/* The address is the start's; only who may come there changes. */
	const char *log = reload(&srv, "jobs = false");
	expect_said(log, "warn reload key=listen_proxy needs=restart\n");
	assert_true(wire_ends(wire_connect(&via), WIRE_TMO_MS));
	assert_true(wire_send(c, wire_get(&srv, "/srv.asmx/ServerInfo", NULL)));
	wire_result(WIRE_GET, "ServerInfo", wire_read(c, false));
}

static void
the_level_of_the_log_changes(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, "jobs = false");
	wire_expect_alive(&srv);
	expect_not_said(wire_log_text(&srv), "op name=ServerInfo");
	size_t mark = wire_log_size(&srv);
	reload(&srv, "jobs = false\nlog_level = debug");
	wire_expect_alive(&srv);
	assert_true(wire_log_wait(&srv, mark, "debug op name=ServerInfo"));
	/* Told at the level that was; what comes next is not. */
	mark = wire_log_size(&srv);
	wire_configure(&srv, "jobs = false\nlog_level = error");
	assert_int_equal(kill(srv.pid, SIGHUP), 0);
	assert_true(wire_log_wait(&srv, mark, "outcome=success"));
	wire_expect_alive(&srv);
	wire_configure(&srv, "log_level = loud");
	mark = wire_log_size(&srv);
	assert_int_equal(kill(srv.pid, SIGHUP), 0);
	assert_true(wire_log_wait(&srv, mark, "audit reload file="));
	expect_not_said(wire_log_text(&srv) + mark, "Z info ");
	expect_not_said(wire_log_text(&srv) + mark, "Z debug ");
}

static void
days_of_a_session_change_for_tickets_that_are_there(void **state)
{
	static struct wire_srvd srv;
	const char *ticket, *op = "isValidTicket", *before, *after;

	(void)state;
	wire_new(&srv, "jobs = false");
	ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
	before = wire_attr(
	    wire_result(WIRE_GET, op, wire_call(&srv, WIRE_GET, op, "AuthenticationTicket", ticket, NULL)), "expireOn");
	reload(&srv, "jobs = false\nsession_max_days = 1");
	after = wire_attr(
	    wire_result(WIRE_GET, op, wire_call(&srv, WIRE_GET, op, "AuthenticationTicket", ticket, NULL)), "expireOn");
	/* ISO 8601 sorts as text does: 1 day and not 30. */
	assert_true(strcmp(after, before) < 0);
	wire_sql(&srv, "UPDATE tickets SET created_at = '2020-01-01T00:00:00Z'");
	reload(&srv, "jobs = false\nsession_max_days = 0");
	assert_true(wire_ticket_works(&srv, ticket));
}

static void
what_only_a_start_reads_is_told(void **state)
{
	static struct wire_srvd srv;
	const char *log, *lines = "workers = 7\npool_threads = 9\npool_queue = 9\njobs = false\nlisten = 127.0.0.9:0\n";

	(void)state;
	wire_new(&srv, NULL);
	for (int i = 0; i < 2; i++) { /* as long as it differs */
		log = reload(&srv, lines);
		expect_said(log, "warn reload key=listen needs=restart\n");
		expect_said(log, "warn reload key=workers needs=restart\n");
		expect_said(log, "warn reload key=pool_threads needs=restart\n");
		expect_said(log, "warn reload key=pool_queue needs=restart\n");
		expect_said(log, "warn reload key=jobs needs=restart\n");
		expect_not_said(log, "key=database");
		expect_not_said(log, "key=license");
		wire_expect_alive(&srv);
	}
	expect_not_said(reload(&srv, NULL), "needs=restart");
	char *db = wire_printf("%s", srv.db);
	snprintf(srv.db, sizeof srv.db, "%s/other.db", srv.dir);
	expect_said(reload(&srv, NULL), "warn reload key=database needs=restart\n");
	snprintf(srv.db, sizeof srv.db, "%s", db);
	wire_expect_alive(&srv);
}

static void
the_time_to_end_is_the_one_that_is_in_force(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, "jobs = false\ndrain_timeout = 3600\nhead_timeout = 3600");
	struct wire_conn *never = wire_connect(&srv);
	assert_true(wire_send_text(never, "GET /srv.asmx/Serv"));
	wire_expect_alive(&srv);
	reload(&srv, "jobs = false\ndrain_timeout = 1\nhead_timeout = 3600");
	wire_stop(&srv);
	assert_non_null(strstr(wire_log_text(&srv), "stop cut_off=1"));
}

static void
reloads_under_load_disturb_no_request(void **state)
{
	static struct wire_srvd srv;
	static const char *const confs[] = {"jobs = false\nmax_body = 5000\nbase_path = /A\nidle_timeout = 9",
	    "jobs = false\nmax_parameters = 9\nallowed_origins = https://a.example https://b.example", "nonsense",
	    "jobs = false\nmax_requests = 50\nsession_max_days = 5\ntrusted_proxies = 127.0.0.1"};

	(void)state;
	wire_new(&srv, confs[0]);
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	struct wire_load *load = wire_load_start(&srv, ticket);
	for (int i = 1; i <= 60; i++) {
		wire_configure(&srv, confs[i % 4]);
		hang_up(&srv);
		if (i % 10 == 0)
			wire_load_wait(load, 5);
	}
	struct wire_load_sums sums = wire_load_stop(load);
	assert_true(sums.answers >= 30 * WIRE_LOAD_CALLERS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(a_bad_file_changes_nothing_and_is_told_with_its_line),
	    WIRE_TEST(a_file_past_all_measure_changes_nothing),
	    WIRE_TEST(a_file_that_cannot_be_read_changes_nothing),
	    WIRE_TEST(what_only_a_start_reads_is_told),
	    WIRE_TEST(limits_change_under_a_connection_that_stays),
	    WIRE_TEST(limits_of_xml_change),
	    WIRE_TEST(timeouts_and_caps_change),
	    WIRE_TEST(the_site_and_the_names_in_answers_change),
	    WIRE_TEST(who_may_announce_clients_changes),
	    WIRE_TEST(the_level_of_the_log_changes),
	    WIRE_TEST(days_of_a_session_change_for_tickets_that_are_there),
	    WIRE_TEST(the_time_to_end_is_the_one_that_is_in_force),
	    WIRE_TEST(reloads_under_load_disturb_no_request),
	};

	return cmocka_run_group_tests(tests, NULL, wire_group_teardown);
}
