/* The configuration file, read with libinih.
 *
 * libinih asks us for each line, and so we know its number when it calls back, and can refuse before it what
 * it would pass over or misread: a NUL, a line that is too long, bytes that are no text, a section that is not
 * ours. Blanks in front are taken off, because to libinih an indented line goes on with the value before it,
 * which in a file that indents all of its keys would lose every key but the first. The first error ends the
 * reading; libinih's own error is the line it could not split. Called by conf_load. */
#include "conf_priv.h"
#include "log.h"
#include "text.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES 8192 /* of one line with its line feed and NUL */
#define SECTION "srvd"

struct reader {
	FILE *file;
	char *line; /* getline's, owned */
	size_t line_cap;
	int number;                /* of the line being read, from 1 */
	const char *name;          /* of the file, for error lines */
	int given[CONF_KEY_COUNT]; /* the line that gave the key, 0 = none */
	struct conf_draft *draft;
	struct srv_reason *why;
	enum srv_err err; /* SRV_OK until a line was refused */
};

/* An error line has no room for a long path: its end tells more than its beginning. */
static const char *
short_name(const char *path)
{
	size_t len = strlen(path);

	if (len <= 100)
		return path;
	path += len - 100;
	while (((unsigned char)*path & 0xc0) == 0x80)
		path++;
	return path;
}

static char *
refuse(struct reader *r, enum srv_err err, const char *text)
{
	r->err = srv_fail(r->why, err, "%s:%d: %s", r->name, r->number, text);
	return NULL;
}

/* `[srvd]`, and nothing behind it but a comment. */
static bool
is_our_section(const char *line)
{
	size_t len = strlen("[" SECTION "]");

	if (strncmp(line, "[" SECTION "]", len) != 0)
		return false;
	line += len;
	if (*line == '\0')
		return true;
	return (*line == ' ' || *line == '\t') &&
	       (line[strspn(line, " \t")] == ';' || line[strspn(line, " \t")] == '#');
}

/* Gives libinih the next line, without blanks around it. NULL ends its reading. */
static char *
next_line(char *out, int size, void *stream)
{
	struct reader *r = stream;
	char *line;
	ssize_t n;
	size_t len;

	if (r->err != SRV_OK)
		return NULL;
	errno = 0;
	n = getline(&r->line, &r->line_cap, r->file);
	if (n < 0) {
		if (feof(r->file))
			return NULL;
		r->err = errno == ENOMEM ? srv_fail(r->why, SRV_ENOMEM, "out of memory")
					 : srv_fail(r->why, SRV_EIO, "%s: %s", r->name, strerror(errno));
		return NULL;
	}
	r->number++;
	line = r->line;
	len = (size_t)n;
	if (memchr(line, '\0', len) != NULL)
		return refuse(r, SRV_EINVAL, "a NUL byte");
	if (r->number == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0) {
		line += 3;
		len -= 3;
	}
	while (len > 0 && strchr(" \t\r\n", line[len - 1]) != NULL)
		len--;
	line[len] = '\0';
	len -= strspn(line, " \t");
	line += strspn(line, " \t");
	if (!text_is_xml(line, len))
		return refuse(r, SRV_EINVAL, "not UTF-8 text");
	if (len + 2 > (size_t)size)
		return refuse(r, SRV_EINVAL, "the line is too long");
	if (line[0] == '[' && !is_our_section(line)) {
		r->err = srv_fail(
		    r->why, SRV_EINVAL, "%s:%d: unknown section %s", r->name, r->number, CONF_QUOTE(line));
		return NULL;
	}
	memcpy(out, line, len);
	memcpy(out + len, "\n", 2);
	return out;
}

/* 0 tells libinih that the line is wrong. */
static int
take_pair(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	const struct conf_key *key = conf_key_find(name);
	char what[192];
	int *given;

	(void)section; /* next_line let only ours through */
	if (key == NULL) {
		r->err = srv_fail(r->why, SRV_EINVAL, "%s:%d: unknown key %s", r->name, r->number, CONF_QUOTE(name));
		return 0;
	}
	given = &r->given[key - conf_key_table];
	if (*given != 0 && key->kind != CONF_KIND_LIST) {
		r->err = srv_fail(r->why, SRV_EINVAL, "%s:%d: \"%s\" was given before, in line %d", r->name, r->number,
		    key->name, *given);
		return 0;
	}
	*given = r->number;
	(void)snprintf(what, sizeof(what), "%s:%d: %s", r->name, r->number, key->name);
	r->err = conf_set(r->draft, key, CONF_FROM_FILE, value, what, r->why);
	return r->err == SRV_OK;
}

/* Debian's libinih is set up by variables of the process: lines on the heap, as long as ours may be. */
static void
set_up_inih(void)
{
	ini_use_stack = false;
	ini_allow_realloc = false;
	ini_max_line = LINE_MAX_BYTES;
	ini_initial_alloc = LINE_MAX_BYTES;
	ini_allow_multiline = false;
	ini_allow_no_value = false;
}

enum srv_err
conf_read_file(struct conf_draft *d, struct srv_reason *why)
{
	const char *path = d->conf->config_file;
	struct reader r = {.name = short_name(path), .draft = d, .why = why};
	int wrong;

	r.file = fopen(path, "re");
	if (r.file == NULL)
		return srv_fail(why,
		    errno == ENOENT   ? SRV_ENOENT
		    : errno == ENOMEM ? SRV_ENOMEM
				      : SRV_EIO,
		    "%s: %s", r.name, strerror(errno));
	set_up_inih();
	wrong = ini_parse_stream(next_line, &r, take_pair, &r);
	if (wrong == -2) {
		r.err = srv_fail(why, SRV_ENOMEM, "out of memory");
	} else if (wrong > 0 && (r.err == SRV_OK || wrong < r.number)) {
		r.number = wrong;
		(void)refuse(&r, SRV_EINVAL, "not of the form key = value");
	}
	free(r.line);
	(void)fclose(r.file);
	return r.err;
}
