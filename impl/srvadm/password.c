/* Reading a password: one line of standard input, or, on a terminal, asked for twice without echo. It is judged by its
 * length and by how many guesses zxcvbn thinks it takes of somebody who knows the common passwords, words, names,
 * dates and rows of keys: rules on kinds of characters are met by Password2026! as well. What was read is wiped. */
#include "srvadm.h"

#include "../base/secret.h"
#include "../base/text.h"
#include "../session/session.h"
#include <string.h>
#include <unistd.h>
#include <zxcvbn.h>

#define PASSWORD_MIN 12        /* characters */
#define PASSWORD_MIN_BITS 26.6 /* 10^8 guesses, score 3 of 4 of zxcvbn's authors: enough behind a slow hash */
#define JUDGED_BYTES 128       /* zxcvbn is slow with long ones, and more characters are not easier to guess */
#define LINE_SIZE (SESSION_PWD_MAX + 1)

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
judge(const struct adm *a, const char *line)
{
	if (!text_is_utf8(line, strlen(line)))
		return adm_failed("the password is not text in UTF-8");
	if (characters(line) < PASSWORD_MIN)
		return adm_failed("the password is shorter than %d characters", PASSWORD_MIN);
	if (is_easy(a, line))
		return adm_failed("the password is easily guessed: it is a common one, or made of common words, names, "
				  "dates or rows of keys");
	return ADM_OK;
}

static int
line_read(const char *prompt, char line[LINE_SIZE])
{
	struct srv_reason why;

	return secret_read(prompt, line, LINE_SIZE, &why) == SRV_OK ? ADM_OK : adm_failed("%s", why.text);
}

static int
read_again(const char *line)
{
	char again[LINE_SIZE];
	int status = line_read("Again: ", again);

	if (status == ADM_OK && strcmp(again, line) != 0)
		status = adm_failed("the two are not the same");
	explicit_bzero(again, sizeof again);
	return status;
}

int
adm_password_read(const struct adm *a, char **out)
{
	char line[LINE_SIZE];
	int status = line_read("Password: ", line);

	if (status == ADM_OK)
		status = judge(a, line);
	if (status == ADM_OK && isatty(STDIN_FILENO) == 1)
		status = read_again(line);
	if (status == ADM_OK && (*out = strdup(line)) == NULL)
		status = adm_failed("%s", srv_err_text(SRV_ENOMEM));
	explicit_bzero(line, sizeof line);
	return status;
}
