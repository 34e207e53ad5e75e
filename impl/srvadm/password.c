/* Reading a password: one line of standard input, or, on a terminal, asked for twice without echo. It is judged by its
 * length and by how many guesses zxcvbn thinks it takes of somebody who knows the common passwords, words, names,
 * dates and rows of keys: rules on kinds of characters are met by Password2026! as well. What was read is wiped. If a
 * signal ends the program meanwhile, the terminal gets its echo back first: the handler writes to a pipe that is waited
 * for together with the keys, so that none is overlooked. */
#include "srvadm.h"

#include "../base/text.h"
#include "../session/session.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <zxcvbn.h>

#define PASSWORD_MIN 12        /* characters */
#define PASSWORD_MIN_BITS 26.6 /* 10^8 guesses, score 3 of 4 of zxcvbn's authors: enough behind a slow hash */
#define JUDGED_BYTES 128       /* zxcvbn is slow with long ones, and more characters are not easier to guess */
#define LINE_SIZE (SESSION_PWD_MAX + 3)

static volatile sig_atomic_t got_signal;
static int wake[2]; /* the pipe */

static void
on_signal(int number)
{
	int saved = errno;
	got_signal = number;
	(void)!write(wake[1], "", 1);
	errno = saved;
}

/* False: a signal came. */
static bool
key_wait(void)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = wake[0], .events = POLLIN}};
	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			break; /* the read will say what it is */
	return got_signal == 0;
}

/* A line without its end. A longer one is cut, which the judgement of its length then finds. */
static int
line_read(char line[LINE_SIZE], size_t *len, bool terminal)
{
	size_t n = 0;
	bool any = false;
	for (;;) {
		char c = 0;
		if (terminal && !key_wait())
			return ADM_FAILED;
		ssize_t got = read(STDIN_FILENO, &c, 1); /* one at a time: what follows the line is not ours */
		if (got < 0 && errno == EINTR)
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

static bool
is_easy(const struct adm *a, const char *line)
{
	const char *known[] = {a->arg[0], "srv", "srvd", "srvadm", NULL}; /* words that count for nothing here */
	char begin[JUDGED_BYTES + 1];
	size_t len = strnlen(line, JUDGED_BYTES);
	bool easy = false;

	memcpy(begin, line, len);
	begin[len] = '\0';
	easy = ZxcvbnMatch(begin, known, NULL) < PASSWORD_MIN_BITS;
	explicit_bzero(begin, sizeof begin);
	return easy;
}

static int
judge(const struct adm *a, const char *line, size_t len)
{
	if (len == 0)
		return adm_failed("the password is empty");
	if (strlen(line) != len || !text_is_utf8(line, len))
		return adm_failed("the password is not text in UTF-8");
	if (len > SESSION_PWD_MAX)
		return adm_failed("the password is longer than %d bytes", SESSION_PWD_MAX);
	if (characters(line) < PASSWORD_MIN)
		return adm_failed("the password is shorter than %d characters", PASSWORD_MIN);
	if (is_easy(a, line))
		return adm_failed("the password is easily guessed: it is a common one, or made of common words, names, "
				  "dates or rows of keys");
	return ADM_OK;
}

static int
ask(const char *prompt, char line[LINE_SIZE], size_t *len)
{
	fputs(prompt, stderr);
	int status = line_read(line, len, true);
	fputc('\n', stderr);
	return status;
}

static int
terminal_read(const struct adm *a, char line[LINE_SIZE], size_t *len)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};
	struct sigaction old[sizeof signals / sizeof signals[0]];
	struct sigaction catch = {.sa_handler = on_signal};
	struct termios before, quiet;
	char again[LINE_SIZE];
	size_t again_len = 0;
	if (tcgetattr(STDIN_FILENO, &before) != 0)
		return adm_failed("the terminal cannot be asked: %s", strerror(errno));
	sigemptyset(&catch.sa_mask);
	if (pipe(wake) != 0)
		return adm_failed("the terminal cannot be asked: %s", strerror(errno));
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
		sigaction(signals[i], NULL, &old[i]);
		if (old[i].sa_handler != SIG_IGN) /* as nohup has SIGHUP ignored */
			sigaction(signals[i], &catch, NULL);
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	int status = ask("Password: ", line, len);
	if (status == ADM_OK)
		status = judge(a, line, *len);
	if (status == ADM_OK)
		status = ask("Again: ", again, &again_len);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &old[i], NULL);
	close(wake[0]);
	close(wake[1]);
	if (status == ADM_OK && (again_len != *len || memcmp(again, line, *len) != 0))
		status = adm_failed("the two are not the same");
	explicit_bzero(again, sizeof again);
	if (got_signal != 0) {
		explicit_bzero(line, LINE_SIZE);
		raise(got_signal);
		status = adm_failed("interrupted"); /* it stopped the program, and was continued */
	}
	return status;
}

int
adm_password_read(const struct adm *a, char **out)
{
	char line[LINE_SIZE];
	size_t len = 0;
	bool terminal = isatty(STDIN_FILENO) == 1;
	int status = terminal ? terminal_read(a, line, &len) : line_read(line, &len, false);
	if (status == ADM_OK && !terminal)
		status = judge(a, line, len);
	if (status == ADM_OK && (*out = strdup(line)) == NULL)
		status = adm_failed("%s", srv_err_text(SRV_ENOMEM));
	explicit_bzero(line, sizeof line);
	return status;
}
