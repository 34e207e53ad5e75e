/* Why: a password on a command line would be seen by everyone on the machine, and one that is typed shall not be
 * seen by whoever stands behind.
 * Model: bytes are read one at a time, so that nothing behind the line is taken or buffered anywhere. The
 * terminal's echo is put back whatever happens: signals that end a program are held, let in only while
 * waiting for a byte, and done justice to when the echo is back.
 * Callers: srvctl's main.c, srvadm's password.c. */
#define _GNU_SOURCE /* ppoll */
#include "secret.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int endings[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
#define ENDINGS (sizeof endings / sizeof *endings)

static volatile sig_atomic_t ended_by;

static void
on_ending(int signo)
{
	ended_by = signo;
}

static bool
put(char *pwd, size_t size, size_t *len, char c)
{
	if (*len + 1 == size)
		return false;
	pwd[(*len)++] = c;
	return true;
}

/* allowed: the signals that may come while waiting, or NULL not to wait. */
static enum srv_err
read_line(char *pwd, size_t size, const sigset_t *allowed, struct srv_reason *why)
{
	size_t len = 0;
	bool any = false, cr = false; /* cr: one waits for what it belongs to, the password or the line's end */
	char c;

	for (;;) {
		struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
		if (allowed != NULL && ppoll(&in, 1, NULL, allowed) < 0) {
			if (errno == EINTR && ended_by == 0)
				continue;
			return srv_fail(why, SRV_EIO, "interrupted");
		}
		ssize_t n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return srv_fail(why, SRV_EIO, "the password cannot be read: %s", strerror(errno));
		any = any || n == 1;
		if (n == 0 || c == '\n')
			break;
		if (c == '\0')
			return srv_fail(why, SRV_EINVAL, "the password has a NUL in it");
		if ((cr && !put(pwd, size, &len, '\r')) || (c != '\r' && !put(pwd, size, &len, c)))
			return srv_fail(why, SRV_EINVAL, "the password is longer than %zu bytes", size - 1);
		cr = c == '\r';
	}
	pwd[len] = '\0';
	if (!any)
		return srv_fail(why, SRV_EINVAL, "no password: one line of standard input is expected");
	if (len == 0)
		return srv_fail(why, SRV_EINVAL, "the password is empty");
	return SRV_OK;
}

static enum srv_err
ask(const char *prompt, const struct termios *before, char *pwd, size_t size, struct srv_reason *why)
{
	struct sigaction catching = {.sa_handler = on_ending}, were[ENDINGS];
	struct termios quiet = *before;
	sigset_t held, old;
	enum srv_err err;

	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL;
	sigemptyset(&held);
	for (size_t i = 0; i < ENDINGS; i++)
		sigaddset(&held, endings[i]);
	sigaddset(&held, SIGTSTP); /* stopping here would leave the terminal without echo */
	sigprocmask(SIG_BLOCK, &held, &old);
	for (size_t i = 0; i < ENDINGS; i++) {
		sigaction(endings[i], NULL, &were[i]);
		if (were[i].sa_handler != SIG_IGN) /* as nohup has SIGHUP ignored */
			sigaction(endings[i], &catching, NULL);
	}
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	if (write(STDERR_FILENO, prompt, strlen(prompt)) < 0)
		errno = 0; /* a prompt that is not seen is no reason not to read */

	sigset_t allowed = old;
	sigaddset(&allowed, SIGTSTP);
	err = read_line(pwd, size, &allowed, why);

	tcsetattr(STDIN_FILENO, TCSAFLUSH, before);
	for (size_t i = 0; i < ENDINGS; i++)
		sigaction(endings[i], &were[i], NULL);
	if (ended_by != 0) {
		explicit_bzero(pwd, size);
		raise(ended_by); /* held until the next line */
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return err;
}

enum srv_err
secret_read(const char *prompt, char *pwd, size_t size, struct srv_reason *why)
{
	struct termios before;
	enum srv_err err;

	if (isatty(STDIN_FILENO) == 1 && tcgetattr(STDIN_FILENO, &before) == 0)
		err = ask(prompt, &before, pwd, size, why);
	else
		err = read_line(pwd, size, NULL, why);
	if (err != SRV_OK)
		explicit_bzero(pwd, size);
	return err;
}
