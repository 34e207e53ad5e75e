/* srvctl's logins and logouts, and where the password comes from: a pipe, a terminal, or nowhere. Contract:
 * section 9; impl/srvctl/srvctl.1. */
#define _GNU_SOURCE /* posix_openpt and what belongs to it */
#include "srvctl_fixture.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

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
	assert_string_equal(wire_masked(o.out), wire_printf("%s\n", wire_masked(a->body + strlen(WIRE_DECLARATION))));
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
	const char *plain = ticket_of(ctl(NULL, WIRE_USER_PWD "\n", "--url", url, "login", WIRE_USER, NULL));
	const char *line = "srvctl: " WIRE_900 "\n";

	(void)state;
	expect(ctl(NULL, "wrong\n", "--url", url, "login", "nobody", NULL), REFUSED, "", line);
	expect(ctl(NULL, "wrong\n", "--url", url, "--output", "json", "login", "nobody", NULL), REFUSED,
	    "{\"success\":false,\"error\":\"" WIRE_900 "\"}\n", line);
	expect(ctl(NULL, "wrong\n", "--url", url, "--output", "xml", "login", "nobody", NULL), REFUSED,
	    "<root success=\"false\" error=\"" WIRE_900 "\" />\n", line);
	static const char *const privileged[] = {"flush", "jobs", "warehouse"};
	for (size_t i = 0; i < sizeof privileged / sizeof *privileged; i++)
		expect(ctl(NULL, NULL, "--url", url, "--ticket", plain, privileged[i], NULL), REFUSED, "",
		    "srvctl: " WIRE_921 "\n");
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
	signal(SIGHUP, SIG_DFL); /* else, under nohup, srvctl would ignore it */
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
a_signal_that_is_ignored_does_not_end_the_prompt(void **state)
{
	struct terminal t;
	static const char typed[] = WIRE_USER_PWD "\n";

	(void)state;
	signal(SIGHUP, SIG_IGN);
	ask(&t);
	kill(t.pid, SIGHUP);
	assert_int_equal(wire_spawned_wait(t.pid, 200), INT_MIN);
	assert_int_equal(write(t.master, typed, sizeof typed - 1), sizeof typed - 1);
	assert_int_equal(wire_spawned_wait(t.pid, WIRE_TMO_MS), DONE);
	assert_true(echoes(&t));
	fclose(t.out);
	fclose(t.err);
	close(t.master);
	close(t.slave);
	signal(SIGHUP, SIG_DFL);
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

static void
a_password_that_cannot_be_sent_is_exit_status_2(void **state)
{
	(void)state;
	expect_complaint(ctl(NULL, "", "--url", url, "login", WIRE_USER, NULL), USAGE, "no password");
	expect_complaint(ctl(NULL, "\n", "--url", url, "login", WIRE_USER, NULL), USAGE, "the password is empty");
	expect_complaint(ctl(NULL, "\xff\n", "--url", url, "login", WIRE_USER, NULL), USAGE, "no valid UTF-8");
	expect_complaint(
	    ctl(NULL, wire_repeat("x", 1025), "--url", url, "login", WIRE_USER, NULL), USAGE, "longer than 1024 bytes");
	/* One that may be so long is asked about, whatever its line ends with. */
	expect_complaint(ctl(NULL, wire_repeat("x", 1024), "--url", url, "login", "nobody", NULL), REFUSED, WIRE_900);
	expect_complaint(
	    ctl(NULL, wire_printf("%s\r\n", wire_repeat("x", 1024)), "--url", url, "login", "nobody", NULL), REFUSED,
	    WIRE_900);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(login_prints_a_ticket_that_logout_ends),
	    WIRE_TEST(login_shows_whose_ticket_it_is_in_xml_and_json),
	    WIRE_TEST(login_asks_for_a_language),
	    WIRE_TEST(a_terminal_is_asked_without_echo),
	    WIRE_TEST(a_signal_at_the_prompt_ends_it_and_brings_the_echo_back),
	    WIRE_TEST(a_signal_that_is_ignored_does_not_end_the_prompt),
	    WIRE_TEST(an_empty_line_at_the_prompt_is_no_password),
	    WIRE_TEST(a_password_that_cannot_be_sent_is_exit_status_2),
	    WIRE_TEST(a_password_that_cannot_be_read_is_exit_status_2),
	    WIRE_TEST(a_refusal_is_exit_status_1_with_its_text_on_standard_error),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
