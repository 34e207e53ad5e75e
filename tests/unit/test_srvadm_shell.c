/* srvadm between a shell and a terminal: help, wrong usage, output that fails, and passwords that are typed. */
#define _XOPEN_SOURCE 700 /* posix_openpt */
#include "srvadm_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>

/* ---- the command line ---- */

static void
help_and_version_are_given(void **state)
{
	const char *help[] = {"--help", NULL}, *version[] = {"--version", NULL}, *with[] = {"user", "--help", NULL};
	(void)state;
	said(run_plain("", 0, version), "srvadm " SRV_VERSION "\n");
	const struct result *r = run_plain("", 0, help);
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "user add NAME"));
	assert_string_equal(r->err, "");
	assert_int_equal(run_plain("", 0, with)->status, 0);
}

static void
wrong_command_lines_get_one_line_and_status_2(void **state)
{
	struct place *p = *state;
	static const struct {
		const char *args[5], *words;
	} cases[] = {{{NULL}, "no command"}, {{"fly"}, "unknown command fly"}, {{"user"}, "user needs another word"},
	    {{"user", "fly"}, "unknown command user fly"}, {{"init", "now"}, "usage: srvadm init"},
	    {{"user", "add"}, "usage: srvadm user add NAME"},
	    {{"user", "add", "a", "b"}, "usage: srvadm user add NAME"},
	    {{"user", "list", "a"}, "usage: srvadm user list"}, {{"grant"}, "usage: srvadm grant"},
	    {{"setting", "set", "a"}, "usage: srvadm setting set NAME VALUE"},
	    {{"backup"}, "usage: srvadm backup FILE"}, {{"--fly", "check"}, "unknown option --fly"},
	    {{"--data", "x", "check"}, "unknown option --data"}, {{"-x", "check"}, "unknown option -x"},
	    {{"check", "--database"}, "--database needs a value"},
	    {{"check", "--database="}, "--database needs a value"},
	    {{"check", "--all"}, "--all does not go with check"},
	    {{"user", "list", "--email", "x"}, "--email does not go with user list"},
	    {{"ticket", "revoke", "--all=yes"}, "--all takes no value"}};
	(void)p;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		failed(run_plain("", 0, cases[i].args), 2, cases[i].words);
}

static void
output_that_cannot_be_written_is_a_failure(void **state)
{
	struct place *p = *state;
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	const char *args[] = {"--database", p->db, "check", NULL};
	assert_true(full >= 0);
	pid_t pid = fork();
	if (pid == 0) {
		dup2(full, 1);
		int null = open("/dev/null", O_WRONLY);
		dup2(null, 2);
		become(args);
	}
	close(full);
	assert_int_equal(wait_for(pid), 1);
}

static void
manual_page_knows_every_command_of_the_help(void **state)
{
	static char page[32768], words[32768];
	const char *help[] = {"--help", NULL};
	(void)state;
	bytes_read("impl/srvadm/srvadm.8", page, sizeof page);
	strcpy(words, run_plain("", 0, help)->out);
	int commands = 0;
	for (char *line = strtok(words, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		char item[64];
		if (strncmp(line, "  ", 2) != 0 || line[2] == ' ' || line[2] == '-')
			continue;
		size_t len = 0; /* the words in small letters */
		while (line[2 + len] == ' ' || (line[2 + len] >= 'a' && line[2 + len] <= 'z'))
			len++;
		while (len > 0 && line[2 + len - 1] == ' ')
			len--;
		snprintf(item, sizeof item, ".It Ic %.*s", (int)len, line + 2);
		if (strstr(page, item) == NULL)
			fail_msg("not in the manual page: %s", item);
		commands++;
	}
	assert_int_equal(commands, 19);
}

/* ---- a terminal ---- */

struct terminal {
	int master;
	pid_t pid;
	char seen[4096];
	size_t len;
};

static void
terminal_run(struct terminal *t, const char *const *args)
{
	*t = (struct terminal){.master = posix_openpt(O_RDWR | O_NOCTTY)};
	assert_true(t->master >= 0);
	assert_int_equal(grantpt(t->master), 0);
	assert_int_equal(unlockpt(t->master), 0);
	const char *name = ptsname(t->master);
	assert_non_null(name);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		setsid();
		int slave = open(name, O_RDWR); /* becomes the controlling terminal */
		close(t->master);
		dup2(slave, 0);
		dup2(slave, 1);
		dup2(slave, 2);
		signal(SIGINT, SIG_DFL); /* who runs the tests in the background ignores it */
		become(args);
	}
}

/* Reads until the words have come, or the other side is closed. */
static void
terminal_see(struct terminal *t, const char *words)
{
	struct pollfd fd = {.fd = t->master, .events = POLLIN};
	while (words == NULL || strstr(t->seen, words) == NULL) {
		if (poll(&fd, 1, 10000) != 1)
			fail_msg("waiting for %s, saw %s", words != NULL ? words : "the end", t->seen);
		ssize_t n = read(t->master, t->seen + t->len, sizeof t->seen - 1 - t->len);
		if (n <= 0 && words == NULL)
			return;
		if (n <= 0)
			fail_msg("ended before %s: %s", words, t->seen);
		t->len += (size_t)n;
		t->seen[t->len] = '\0';
	}
}

static void
terminal_type(struct terminal *t, const char *text)
{
	size_t len = strlen(text);
	assert_int_equal(write(t->master, text, len), (ssize_t)len);
}

static void
password_is_asked_for_twice_on_a_terminal_and_never_shown(void **state)
{
	struct place *p = *state;
	const char *args[] = {"--database", p->db, "user", "add", "a", NULL};
	struct terminal t;
	terminal_run(&t, args);
	terminal_see(&t, "Password: ");
	terminal_type(&t, "secretly odd words\n");
	terminal_see(&t, "Again: ");
	terminal_type(&t, "secretly odd words\n");
	terminal_see(&t, "user a added");
	terminal_see(&t, NULL);
	assert_int_equal(wait_for(t.pid), 0);
	assert_null(strstr(t.seen, "secret"));
	close(t.master);

	args[4] = "b";
	terminal_run(&t, args);
	terminal_see(&t, "Password: ");
	terminal_type(&t, "secretly odd words\n");
	terminal_see(&t, "Again: ");
	terminal_type(&t, "other words\n");
	terminal_see(&t, "not the same");
	terminal_see(&t, NULL);
	assert_int_equal(wait_for(t.pid), 1);
	close(t.master);
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 1);
}

static void
prompt_goes_on_after_a_signal_that_is_ignored(void **state)
{
	struct place *p = *state;
	const char *args[] = {"--database", p->db, "user", "add", "a", NULL};
	struct terminal t;
	signal(SIGHUP, SIG_IGN);
	terminal_run(&t, args);
	signal(SIGHUP, SIG_DFL);
	terminal_see(&t, "Password: ");
	assert_int_equal(kill(t.pid, SIGHUP), 0);
	terminal_type(&t, "secretly odd words\n");
	terminal_see(&t, "Again: ");
	terminal_type(&t, "secretly odd words\n");
	terminal_see(&t, NULL);
	assert_int_equal(wait_for(t.pid), 0);
	close(t.master);
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 1);
}

static void
terminal_has_its_echo_back_after_an_interrupt(void **state)
{
	struct place *p = *state;
	const char *args[] = {"--database", p->db, "user", "add", "a", NULL};
	struct terminal t;
	struct termios now;
	terminal_run(&t, args);
	int slave = open(ptsname(t.master), O_RDWR | O_NOCTTY); /* keeps the terminal after its program */
	assert_true(slave >= 0);
	terminal_see(&t, "Password: ");
	assert_int_equal(tcgetattr(slave, &now), 0);
	assert_int_equal(now.c_lflag & ECHO, 0);
	terminal_type(&t, "half a pass\x03");
	assert_int_equal(wait_for(t.pid), -SIGINT);
	assert_int_equal(tcgetattr(slave, &now), 0);
	assert_int_equal(now.c_lflag & ECHO, ECHO);
	close(slave);
	close(t.master);
	assert_int_equal(count(p, "SELECT count(*) FROM users"), 0);
}

int
main(void)
{
#define BARE(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
#define T(f) cmocka_unit_test_setup_teardown(f, store_setup, place_remove)
	const struct CMUnitTest tests[] = {
	    BARE(help_and_version_are_given),
	    BARE(wrong_command_lines_get_one_line_and_status_2),
	    T(output_that_cannot_be_written_is_a_failure),
	    BARE(manual_page_knows_every_command_of_the_help),
	    T(password_is_asked_for_twice_on_a_terminal_and_never_shown),
	    T(prompt_goes_on_after_a_signal_that_is_ignored),
	    T(terminal_has_its_echo_back_after_an_interrupt),
	};

	(void)unsetenv("SRVD_DATABASE");
	return cmocka_run_group_tests_name("srvadm_shell", tests, NULL, NULL);
}
