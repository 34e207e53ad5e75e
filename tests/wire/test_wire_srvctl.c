/* The real srvctl against the real srvd: each command in each output, where the ticket comes from, wrong usage, and
 * the exit status. Passwords: test_wire_srvctl_login.c; what the real service never does: test_wire_srvctl_answers.c.
 * Contract: section 9; impl/srvctl/srvctl.1. */
#include "srvctl_fixture.h"

#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

/* A boolean is a number in SQLite; what is empty and no string is null. */
static const char *
as_json(const struct wire_attr *a)
{
	if (strcasecmp(a->value, "true") == 0)
		return "1";
	if (strcasecmp(a->value, "false") == 0)
		return "0";
	return a->value;
}

/* Each attribute and child of the element is in the JSON at that path; returns how many there were. */
static size_t
compare_json(const char *json, const char *path, const struct wire_node *n)
{
	size_t seen = 0, index = 0;

	for (size_t i = 0; i < n->attr_count; i++, seen++) {
		const struct wire_attr *a = &n->attrs[i];
		const char *at = wire_printf("%s.%s", path, a->name);

		if (strcmp(a->name, "StartDate") == 0 && *a->value == '\0')
			assert_null(json_get(json, at));
		else
			expect_json(json, at, as_json(a));
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
		assert_string_equal(wire_masked(o.out), wire_printf("%s\n", wire_masked(by_get(&questions[i]))));
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

/* A program that reads the JSON gets numbers and booleans as such, and a number of digits that is a name as text. */
static void
json_values_have_their_types(void **state)
{
	const char *json = CTL("--output", "json", "warehouse").out;

	(void)state;
	assert_non_null(strstr(json, "{\"success\":true,\"TotalWarehouseSize\":3584,\"TotalDocumentCount\":7,"));
	assert_non_null(strstr(json, "{\"WhNo\":\"03\","));
	assert_non_null(strstr(json, "\"CriticalFreeSpace\":false}"));
	json = CTL("--output", "json", "info").out;
	assert_non_null(strstr(json, "\"UTC_Offset\":5.5,"));
	assert_non_null(strstr(json, "\"WorkflowIsOn\":true,"));
	assert_non_null(strstr(json, "\"SubscriptionEndDate\":\"2031-05-06T00:00:00Z\","));
	json = CTL("--output", "json", "jobs").out;
	assert_non_null(strstr(json, "\"StartDate\":null,\"TimeElapsedMs\":0,\"Result\":\"\",\"IsLate\":false}"));
	assert_non_null(strstr(json, "\"StartDate\":\"2026-01-01T05:30:00\",\"TimeElapsedMs\":5,\"Success\":true,"));
}

static void
text_shows_values_in_columns(void **state)
{
	struct wire_output o = CTL("info");

	(void)state;
	expect(o, DONE, NULL, "");
	assert_non_null(strstr(o.out, "VersionNumber               1.0.0.0\n"));
	assert_non_null(strstr(o.out, "Company                     Contoso & Sons\n"));
	assert_non_null(strstr(o.out, "SubscriptionEndDate         2031-05-06 00:00:00 UTC\n"));
	assert_non_null(strstr(o.out, "WorkflowIsOn                yes\n"));
	assert_null(strstr(o.out, "success"));
	o = CTL("valid");
	expect(o, DONE, NULL, "");
	assert_non_null(strstr(o.out, "fullname         Ada Admin\n"));
	expect(CTL("flush"), DONE, "The application cache was loaded anew.\n", "");
}

/* The job of the fixture ran in January, and is the only one that ever did. */
static void
text_marks_late_jobs(void **state)
{
	(void)state;
	expect(CTL("jobs"), DONE,
	    "No  Job                       Schedule  Last start           Took  Result\n"
	    " 1  Purge of expired tickets  hourly    never                   -  -\n"
	    " 2  Warehouse statistics      daily     never                   -  -\n"
	    " 3  Purge of the job log      daily     2026-01-01 05:30:00  5 ms  ok      LATE\n"
	    " 4  Database maintenance      Mondays   never                   -  -\n"
	    " 5  Database integrity check  Mondays   never                   -  -\n",
	    "");
}

static void
text_shows_paths_and_disks_of_the_warehouse(void **state)
{
	struct wire_output o = CTL("warehouse");

	(void)state;
	expect(o, DONE, NULL, "");
	assert_int_equal(strncmp(o.out, "3.5 KiB in 7 documents\n\nNo  Path  ", 34), 0);
	assert_non_null(strstr(o.out, wire_printf("\n03  %s  ", srv.dir)));
	assert_non_null(strstr(o.out, "  3.5 KiB          7\n\nDisk  "));
	assert_non_null(strstr(o.out, " %\n"));
	assert_null(strstr(o.out, "\033"));
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

static void
it_speaks_the_version_of_soap_that_is_asked_for(void **state)
{
	size_t from = wire_log_size(&srv);

	(void)state;
	expect(CTL("flush"), DONE, NULL, "");
	assert_true(wire_log_wait(&srv, from, "op name=FlushApplicationCache form=soap11 "));
	expect(CTL("flush", "--soap", "1.2"), DONE, NULL, "");
	assert_true(wire_log_wait(&srv, from, "op name=FlushApplicationCache form=soap12 "));
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
	    {{"--ticket", "t", "-ojson", "info"}, "unknown option -ojson"},
	    {{"info", "-o", "json"}, "unknown option -o"},
	    {{"--insecure=x", "info"}, "unknown option --insecure=x"},
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
	    {{"info", "--url", "https:///srv.asmx"}, "--url must be http://HOST"},
	    {{"info", "--soap", "1.3"}, "--soap must be 1.1 or 1.2, not 1.3"},
	    {{"info", "--watch"}, "--watch is for jobs only, not for info"},
	    {{"jobs", "--watch=0"}, "--watch must be a number from 1 to 86400, not 0"},
	    {{"info", "--key", "x"}, "--key needs --certificate"},
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

/* Closed ones are not what the connection is then opened as. */
static void
descriptors_that_are_closed_stay_so(void **state)
{
	static const struct {
		const char *line, *err;
		int status;
	} cases[] = {
	    {"%s --url %s info >&-", "srvctl: the result cannot be written: Bad file descriptor\n", UNREACHED},
	    {"%s --url %s info 2>&- >&-", "", UNREACHED},
	    {"%s --url %s login admin <&-", "srvctl: the password cannot be read: Bad file descriptor\n", USAGE},
	    {"%s --url %s info <&- 2>&- >/dev/null", "", DONE},
	    {"%s --url %s/nowhere info 2>&-", "", UNREACHED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t from = wire_log_size(&srv);
		char line[300];

		snprintf(line, sizeof line, cases[i].line, wire_program("srvctl"), url);
		const char *argv[] = {"/bin/sh", "-c", line, NULL};
		expect(wire_run(NULL, argv), cases[i].status, "", cases[i].err);
		/* The service got a request, and nothing besides. */
		assert_null(strstr(wire_log_text(&srv) + from, "class=malformed"));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(help_and_version_go_to_standard_output),
	    WIRE_TEST(wrong_usage_is_one_line_and_exit_status_2),
	    WIRE_TEST(text_shows_values_in_columns),
	    WIRE_TEST(text_marks_late_jobs),
	    WIRE_TEST(text_shows_paths_and_disks_of_the_warehouse),
	    WIRE_TEST(xml_is_the_result_element_byte_for_byte),
	    WIRE_TEST(json_holds_all_that_xml_holds),
	    WIRE_TEST(json_values_have_their_types),
	    WIRE_TEST(options_may_stand_behind_the_command),
	    WIRE_TEST(flush_is_what_it_says),
	    WIRE_TEST(it_speaks_the_version_of_soap_that_is_asked_for),
	    WIRE_TEST(the_ticket_comes_from_the_option_or_the_environment),
	    WIRE_TEST(a_flush_that_failed_says_which_source),
	    WIRE_TEST(a_fault_is_a_refusal),
	    WIRE_TEST(a_result_that_cannot_be_written_is_exit_status_3),
	    WIRE_TEST(descriptors_that_are_closed_stay_so),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
