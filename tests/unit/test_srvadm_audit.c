/* What srvadm tells the system's log: each change, made or refused, in one line, and no secret. The log is a file that
 * syslog_file.so writes. */
#include "srvadm_fixture.h"

#include <pwd.h>

static char log_path[512];

static int
audit_setup(void **state)
{
	if (store_setup(state) != 0)
		return -1;
	snprintf(log_path, sizeof log_path, "%s/syslog", ((struct place *)*state)->dir);
	return setenv("SRV_TEST_SYSLOG", log_path, 1);
}

static int
audit_teardown(void **state)
{
	unlink(log_path);
	unsetenv("SRV_TEST_SYSLOG");
	return place_remove(state);
}

/* What was told since the last call. */
static const char *
told(void)
{
	static char text[65536];
	FILE *f = fopen(log_path, "r");
	text[0] = '\0';
	if (f != NULL) {
		text[fread(text, 1, sizeof text - 1, f)] = '\0';
		fclose(f);
	}
	unlink(log_path);
	return text;
}

static void
expect_told(const struct place *p, const char *level, const char *command, const char *arguments, const char *outcome)
{
	const struct passwd *me = getpwuid(getuid());
	const char *line = told(), *rest;
	char begin[1024], middle[1024];
	int ms = -1, end = 0;
	snprintf(begin, sizeof begin, "authpriv.%s command=\"%s\" arguments=\"%s\" user=\"%s\" login=", level, command,
	    arguments, me->pw_name);
	snprintf(middle, sizeof middle, " terminal=- database=\"%s\" outcome=%s", p->db, outcome);
	if (strncmp(line, begin, strlen(begin)) != 0 || (rest = strstr(line, middle)) == NULL)
		fail_msg("not `%s...%s...` but `%s`", begin, middle, line);
	(void)sscanf(strstr(rest, " ms="), " ms=%d%n", &ms, &end);
	assert_true(ms >= 0);
	assert_string_equal(strstr(rest, " ms=") + end, "\n");
}

static void
each_change_is_one_line(void **state)
{
	struct place *p = *state;
	char copy[600];
	snprintf(copy, sizeof copy, "%s.copy", p->db);
	run(p, "", "init", NULL);
	expect_told(p, "notice", "init", "", "success reason=-");
	run(p, "some secret words\n", "user", "add", "jsmith", "--email", "j@example.com", NULL);
	expect_told(p, "notice", "user add", "jsmith", "success reason=-");
	run(p, "other secret words\n", "user", "passwd", "jsmith", NULL);
	expect_told(p, "notice", "user passwd", "jsmith", "success reason=-");
	run(p, "", "user", "disable", "jsmith", NULL);
	expect_told(p, "notice", "user disable", "jsmith", "success reason=-");
	run(p, "", "user", "enable", "jsmith", NULL);
	expect_told(p, "notice", "user enable", "jsmith", "success reason=-");
	run(p, "", "grant", "jsmith", "ViewServerStatus", "FlushApplicationCache", NULL);
	expect_told(p, "notice", "grant", "jsmith ViewServerStatus FlushApplicationCache", "success reason=-");
	run(p, "", "revoke", "jsmith", "ViewServerStatus", NULL);
	expect_told(p, "notice", "revoke", "jsmith ViewServerStatus", "success reason=-");
	run(p, "", "setting", "set", "MailPassword", "secret value", NULL);
	expect_told(p, "notice", "setting set", "MailPassword", "success reason=-");
	run(p, "", "warehouse", "set", "3", "/srv/w3", NULL);
	expect_told(p, "notice", "warehouse set", "3 /srv/w3", "success reason=-");
	run(p, "", "ticket", "revoke", "jsmith", NULL);
	expect_told(p, "notice", "ticket revoke", "jsmith", "success reason=-");
	run(p, "", "ticket", "revoke", "--all", NULL);
	expect_told(p, "notice", "ticket revoke", "--all", "success reason=-");
	run(p, "", "backup", copy, NULL);
	expect_told(p, "notice", "backup", copy, "success reason=-");
	unlink(copy);
}

static void
a_change_that_was_refused_is_told_with_its_reason(void **state)
{
	struct place *p = *state;
	run(p, "password1234\n", "user", "add", "a", NULL);
	expect_told(p, "warning", "user add", "a", "failure reason=\"the password is easily guessed");
	run(p, "", "grant", "nobody", "ViewServerStatus", NULL);
	expect_told(p, "warning", "grant", "nobody ViewServerStatus", "failure reason=\"there is no user nobody\"");
	run(p, "", "grant", "nobody", "Everything", NULL);
	expect_told(p, "warning", "grant", "nobody Everything", "failure reason=\"there is no permission Everything;");
	unlink(p->db);
	run(p, "", "user", "enable", "a", NULL);
	expect_told(p, "warning", "user enable", "a", "failure reason=\"");
}

static void
looking_is_not_told(void **state)
{
	struct place *p = *state;
	run(p, "", "user", "list", NULL);
	run(p, "", "ticket", "list", NULL);
	run(p, "", "setting", "list", NULL);
	run(p, "", "setting", "get", "ServerName", NULL);
	run(p, "", "warehouse", "list", NULL);
	run(p, "", "check", NULL);
	assert_string_equal(told(), "");
}

static void
no_secret_is_told(void **state)
{
	struct place *p = *state;
	char all[65536];
	run(p, "some secret words\n", "user", "add", "a", NULL);
	run(p, "secret\n", "user", "passwd", "a", NULL);
	run(p, "no secret words \xff\n", "user", "passwd", "a", NULL);
	run(p, "", "setting", "set", "LoginDelay", "secret", NULL);
	run(p, "", "setting", "set", "x", "secret", NULL);
	snprintf(all, sizeof all, "%s", told());
	assert_non_null(strstr(all, "LoginDelay"));
	assert_null(strstr(all, "secret"));
	assert_null(strstr(all, "argon2"));
}

static void
an_argument_cannot_forge_a_line(void **state)
{
	struct place *p = *state;
	run(p, "", "grant", "a\n2030 srvadm: command=\"init\"\x1b[2J", "ViewServerStatus", NULL);
	const char *line = told();
	one_line(line);
	assert_non_null(
	    strstr(line, "arguments=\"a\\n2030 srvadm: command=\\\"init\\\"\\x1b[2J ViewServerStatus\" user="));
	assert_null(strchr(line, '\x1b'));
}

int
main(void)
{
#undef T
#define T(f) cmocka_unit_test_setup_teardown(f, audit_setup, audit_teardown)
	const struct CMUnitTest tests[] = {
	    T(each_change_is_one_line),
	    T(a_change_that_was_refused_is_told_with_its_reason),
	    T(looking_is_not_told),
	    T(no_secret_is_told),
	    T(an_argument_cannot_forge_a_line),
	};

	(void)unsetenv("SRVD_DATABASE");
	return cmocka_run_group_tests_name("srvadm_audit", tests, NULL, NULL);
}
