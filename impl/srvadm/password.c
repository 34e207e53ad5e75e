/* Reading a password: one line of standard input, or, on a terminal, asked for twice without echo. What
 * was read is wiped. If a signal ends the program meanwhile, the terminal gets its echo back first. */
#include "srvadm.h"

#include "../base/text.h"
#include "../session/session.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MIN 8 /* characters */
#define LINE_SIZE (SESSION_PWD_MAX + 3)

static volatile sig_atomic_t got_signal;

static void
on_signal(int number)
{
	got_signal = number;
}

void
adm_password_free(char **pwd)
{
	if (*pwd != NULL)
		explicit_bzero(*pwd, strlen(*pwd));
	free(*pwd);
	*pwd = NULL;
}

/* A line without its end. A longer one is cut, which the judgement of its length then finds. */
static int
line_read(char line[LINE_SIZE], size_t *len)
{
	size_t n = 0;
	bool any = false;
	for (;;) {
		char c = 0;
		ssize_t got = read(STDIN_FILENO, &c, 1); /* one at a time: what follows the line is not ours */
		if (got < 0 && errno == EINTR && got_signal == 0)
			continue;
		if (got < 0)
			return adm_failed("the password cannot be read: %s", strerror(errno));
		any = any || got == 1;
		if (got == 0 || c == '\n')
			break;
		if (n < LINE_SIZE - 1)
			line[n++] = c;
	}
	if (!any)
		return adm_failed("no password: one line of standard input is expected");
	if (n > 0 && line[n - 1] == '\r')
		n--;
	line[n] = '\0';
	*len = n;
	return ADM_OK;
}

static size_t
characters(const char *text)
{
	size_t n = 0;
	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int
judge(const char *line, size_t len)
{
	if (len == 0)
		return adm_failed("the password is empty");
	if (strlen(line) != len || !text_is_utf8(line, len))
		return adm_failed("the password is not text in UTF-8");
	if (len > SESSION_PWD_MAX)
		return adm_failed("the password is longer than %d bytes", SESSION_PWD_MAX);
	if (characters(line) < PASSWORD_MIN)
		return adm_failed("the password is shorter than %d characters", PASSWORD_MIN);
	return ADM_OK;
}

static int
ask(const char *prompt, char line[LINE_SIZE], size_t *len)
{
	fputs(prompt, stderr);
	int status = line_read(line, len);
	fputc('\n', stderr);
	return status;
}

static int
terminal_read(char line[LINE_SIZE], size_t *len)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	struct sigaction old[sizeof signals / sizeof signals[0]];
	struct sigaction catch = {.sa_handler = on_signal}; /* no SA_RESTART: the read ends */
	struct termios before, quiet;
	char again[LINE_SIZE];
	size_t again_len = 0;
	sigemptyset(&catch.sa_mask);
	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return adm_failed("the terminal cannot be asked: %s", strerror(errno));
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &catch, &old[i]);
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	int status = ask("Password: ", line, len);
	if (status == ADM_OK)
		status = judge(line, *len);
	if (status == ADM_OK)
		status = ask("Again: ", again, &again_len);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &old[i], NULL);
	if (got_signal != 0) {
		explicit_bzero(line, LINE_SIZE);
		raise(got_signal);
	}
	if (status == ADM_OK && (again_len != *len || memcmp(again, line, *len) != 0))
		status = adm_failed("the two are not the same");
	explicit_bzero(again, sizeof again);
	return status;
}

int
adm_password_read(char **out)
{
	char line[LINE_SIZE];
	size_t len = 0;
	bool terminal = isatty(STDIN_FILENO) == 1;
	int status = terminal ? terminal_read(line, &len) : line_read(line, &len);
	if (status == ADM_OK && !terminal)
		status = judge(line, len);
	if (status == ADM_OK && (*out = strdup(line)) == NULL)
		status = adm_failed("%s", srv_err_text(SRV_ENOMEM));
	explicit_bzero(line, sizeof line);
	return status;
}
