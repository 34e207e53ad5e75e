/* srvctl for those who sit in front of it: colour on a terminal, --watch, completion in bash and zsh. script(1) makes
 * the terminal. Contract: section 9; srvctl(1). */
#include "srvctl_fixture.h"

#include <limits.h>
#include <signal.h>
#include <unistd.h>

static struct wire_output
shell(const char *variable, const char *line)
{
	const char *argv[] = {"/bin/bash", "-c", line, NULL};

	return wire_run_with(variable, NULL, argv);
}

/* What the command writes to a terminal. */
static const char *
on_terminal(const char *variable, const char *command)
{
	struct wire_output o = shell(variable, wire_printf("script -qec '%s --url %s --ticket %s %s' /dev/null",
						   wire_program("srvctl"), url, admin, command));

	if (o.status != 0)
		fail_msg("%d: %s%s", o.status, o.out, o.err);
	return o.out;
}

static void
colour_is_for_terminals_and_for_those_who_want_it(void **state)
{
	static const char red[] = "\033[1;31mLATE\033[0m";

	(void)state;
	assert_non_null(strstr(on_terminal("TERM=xterm", "jobs"), red));
	assert_non_null(strstr(on_terminal("NO_COLOR=", "jobs"), red));
	assert_null(strstr(on_terminal("NO_COLOR=1", "jobs"), "\033"));
	assert_null(strstr(on_terminal("TERM=dumb", "jobs"), "\033"));
	assert_non_null(strstr(on_terminal("NO_COLOR=1", "jobs"), "LATE"));
	assert_null(strstr(CTL("jobs").out, "\033"));
	assert_null(strstr(on_terminal("TERM=xterm", "--output json jobs"), "\033"));
}

/* ---- watching ---- */

struct watch {
	pid_t pid;
	FILE *out, *err;
};

static void
watch(struct watch *w, const char *at, const char *ticket)
{
	const char *argv[] = {
	    wire_program("srvctl"), "--url", at, "--ticket", ticket, "--watch=1", "--output=json", "jobs", NULL};

	w->out = tmpfile();
	w->err = tmpfile();
	assert_true(w->out != NULL && w->err != NULL);
	w->pid = wire_spawn(NULL, argv, STDIN_FILENO, fileno(w->out), fileno(w->err));
}

/* Waits until so many lines have come. */
static void
lines_come(const struct watch *w, FILE *f, int want)
{
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS;; wire_rest_ms(20)) {
		int c, lines = 0;
		off_t at = 0;

		for (char byte; pread(fileno(f), &byte, 1, at) == 1; at++) {
			c = byte;
			lines += c == '\n';
		}
		if (lines >= want)
			return;
		if (wire_now_ms() > until || wire_spawned_wait(w->pid, 0) != INT_MIN)
			fail_msg("%d lines", lines);
	}
}

static void
watch_looks_again_until_it_is_interrupted(void **state)
{
	struct watch w;
	int64_t begin = wire_now_ms();

	(void)state;
	watch(&w, url, admin);
	lines_come(&w, w.out, 3);
	assert_true(wire_now_ms() - begin >= 1900);
	kill(w.pid, SIGINT);
	assert_int_equal(wire_spawned_wait(w.pid, WIRE_TMO_MS), -SIGINT);
	const char *out = said(w.out), *line = wire_copy(out, strcspn(out, "\n"));
	expect_json(line, "$.MaintenanceJob[2].IsLate", "1");
	assert_int_equal(strncmp(out + strlen(line) + 1, line, 40), 0);
	assert_string_equal(said(w.err), "");
}

static void
watch_ends_when_the_service_refuses(void **state)
{
	struct watch w;
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);

	(void)state;
	watch(&w, url, ticket);
	lines_come(&w, w.out, 1);
	wire_call(&srv, WIRE_GET, "LogOut", "AuthenticationTicket", ticket, NULL);
	assert_int_equal(wire_spawned_wait(w.pid, WIRE_TMO_MS), REFUSED);
	assert_string_equal(said(w.err), "srvctl: " WIRE_901 "\n");
	assert_non_null(strstr(said(w.out), "{\"success\":false,\"error\":\"" WIRE_901 "\"}\n"));
}

static void
watch_goes_on_where_nobody_answers(void **state)
{
	struct watch w;

	(void)state;
	watch(&w, "http://127.0.0.1:1/srv.asmx", admin);
	lines_come(&w, w.err, 2);
	kill(w.pid, SIGTERM);
	assert_int_equal(wire_spawned_wait(w.pid, WIRE_TMO_MS), -SIGTERM);
	assert_string_equal(said(w.out), "");
	assert_non_null(strstr(said(w.err), "cannot connect: "));
}

static void
watch_shows_the_last_look_on_a_terminal(void **state)
{
	struct wire_output o = shell("TERM=xterm",
	    wire_printf("script -qec 'timeout -s INT 2 %s --url %s --ticket %s --watch=1 jobs' /dev/null; true",
		wire_program("srvctl"), url, admin));
	static const char clear[] = "\033[H\033[2JNo  Job ";

	(void)state;
	const char *first = strstr(o.out, clear);
	assert_non_null(first);
	assert_non_null(strstr(first + 1, clear));
}

/* ---- completion ---- */

static const char *
top(void)
{
	const char *value = getenv("SRV_TOP");

	return value != NULL ? value : ".";
}

/* What bash offers behind these words, sorted, with a blank behind each. */
static const char *
bash_offers(const char *words)
{
	const char *line = wire_printf("source %s/impl/srvctl/srvctl.bash; complete -p srvctl >/dev/null || exit 9\n"
				       "COMP_WORDS=(srvctl %s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _srvctl\n"
				       "printf '%%s\\n' \"${COMPREPLY[@]}\" | sort | tr '\\n' ' '",
	    top(), words);
	struct wire_output o = shell("LC_ALL=C", line);

	assert_string_equal(o.err, "");
	assert_int_equal(o.status, 0);
	return o.out;
}

static void
bash_completes_commands_options_and_their_values(void **state)
{
	const char *help = shell(
	    "LC_ALL=C", wire_printf("%s --help | sed -n 's/^  \\(--[a-z-]*\\).*/\\1/p' | sort | tr '\\n' ' '",
			    wire_program("srvctl")))
			       .out;

	(void)state;
	assert_string_equal(bash_offers("--"), help);
	/* And the manual page has them, too. */
	assert_string_equal(
	    shell("LC_ALL=C", wire_printf("grep -o '^\\.It Fl -.*' %s/impl/srvctl/srvctl.1 | grep -o 'Fl -[a-z-]*' |"
					  "sed 's/Fl /-/' | sort | tr '\\n' ' '",
				  top()))
		.out,
	    help);
	assert_string_equal(bash_offers("fl"), "flush ");
	assert_string_equal(bash_offers("l"), "login logout ");
	assert_string_equal(bash_offers("--output \"\""), "json text xml ");
	assert_string_equal(bash_offers("--output = j"), "json ");
	assert_string_equal(bash_offers("--output ="), "json text xml ");
	assert_string_equal(bash_offers("--soap 1"), "1.1 1.2 ");
	assert_string_equal(bash_offers("jobs --wa"), "--watch ");
	assert_string_equal(bash_offers("jobs f"), " "); /* there is one command */
	assert_string_equal(bash_offers("--ca /etc/pass"), "/etc/passwd /etc/passwd- ");
	for (const char *command = "login flush info jobs warehouse valid logout"; command != NULL;
	     command = strchr(command, ' ') != NULL ? strchr(command, ' ') + 1 : NULL)
		assert_non_null(strstr(bash_offers("\"\""), wire_copy(command, strcspn(command, " "))));
}

static const char *
zsh_shows(const char *typed)
{
	struct wire_output o = shell(
	    "LC_ALL=C.UTF-8", wire_printf("mkdir -p %s/zsh && cp %s/impl/srvctl/srvctl.zsh %s/zsh/_srvctl &&\n"
					  "exec timeout 20 zsh -f %s/tests/client/complete.zsh %s/zsh '%s'",
				  srv.dir, top(), srv.dir, top(), srv.dir, typed));

	if (o.status != 0)
		fail_msg("%d: %s", o.status, o.err);
	return o.out;
}

static void
zsh_completes_commands_options_and_their_values(void **state)
{
	(void)state;
	const char *shown = zsh_shows("srvctl fl");
	if (strstr(shown, "flush") == NULL)
		fail_msg("%s", shown);
	shown = zsh_shows("srvctl --output=j");
	if (strstr(shown, "json") == NULL)
		fail_msg("%s", shown);
	shown = zsh_shows("srvctl --");
	const char *help = CTL("--help").out;
	for (const char *at = help; (at = strstr(at, "\n  --")) != NULL;) {
		at += 3;
		const char *option = wire_copy(at, strcspn(at, " ["));

		if (strstr(shown, option) == NULL)
			fail_msg("no %s in %s", option, shown);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(colour_is_for_terminals_and_for_those_who_want_it),
	    WIRE_TEST(watch_looks_again_until_it_is_interrupted),
	    WIRE_TEST(watch_ends_when_the_service_refuses),
	    WIRE_TEST(watch_goes_on_where_nobody_answers),
	    WIRE_TEST(watch_shows_the_last_look_on_a_terminal),
	    WIRE_TEST(bash_completes_commands_options_and_their_values),
	    WIRE_TEST(zsh_completes_commands_options_and_their_values),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
