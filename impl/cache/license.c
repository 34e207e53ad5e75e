/* The licence file reader. The file is written by hand or by a seller's program and is read by a running
 * service, so it is not trusted: what is opened must be a plain file (a FIFO would block the loader, a
 * symbolic link would let another directory's owner choose the licence), it is small, and expat sees it
 * in one piece. A document type is refused, and with it go entities and everything they can do.
 *
 * The model is a flat one: the root `License`, its children, their text. Six children are ours and are
 * typed (the list FIELDS); any other child is kept as its name and all text in it, in the file's order.
 * Called by the loader thread of cache.c. */
#include "license.h"
#include "../base/buf.h"
#include "../base/guarded.h"
#include "../base/text.h"
#include <errno.h>
#include <expat.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 16
#define USERS_MAX INT32_MAX

#define FIELDS(X)                                  \
	X(COMPANY_NAME, "CompanyName")             \
	X(USER_COUNT, "UserCount")                 \
	X(SUBSCRIPTION_END, "SubscriptionEndDate") \
	X(WORKFLOW, "Workflow")                    \
	X(ANONYMOUS_ACCESS, "AnonymousAccess")     \
	X(COMPLIANCE_MODULE, "ComplianceModule")

enum field {
#define X(id, name) FIELD_##id,
	FIELDS(X)
#undef X
	    FIELD_COUNT,
	FIELD_EXTRA = FIELD_COUNT
};

static const char *const field_names[FIELD_COUNT] = {
#define X(id, name) name,
    FIELDS(X)
#undef X
};

struct reading {
	XML_Parser parser;
	struct license license; /* what is there so far */
	bool seen[FIELD_COUNT];
	size_t extra_cap;
	int depth;
	int field;        /* of the child that is open */
	struct buf text;  /* its text so far */
	enum srv_err err; /* the first refusal; parsing stops there */
	struct srv_reason why;
};

static void __attribute__((format(printf, 3, 4))) refuse(struct reading *r, enum srv_err err, const char *fmt, ...)
{
	char text[sizeof r->why.text];
	va_list ap;

	if (r->err != SRV_OK)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	r->err = srv_fail(&r->why, err, "%s", text);
	XML_StopParser(r->parser, XML_FALSE);
}

static void
on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id, int internal)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)internal;
	refuse(arg, SRV_EINVAL, "a document type is not allowed");
}

/* gcc's analyzer loses sight of what is stored in an element whose index it does not know. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

/* A child that is none of ours: its place in the licence is made now, its value comes when it ends. */
static void
begin_extra(struct reading *r, const char *name)
{
	struct license *l = &r->license;
	struct license_extra *extra;

	if (l->extra_count == r->extra_cap) {
		size_t cap = r->extra_cap == 0 ? 8 : 2 * r->extra_cap;
		struct license_extra *more = realloc(l->extra, cap * sizeof *more);

		if (more == NULL) {
			refuse(r, SRV_ENOMEM, "out of memory");
			return;
		}
		l->extra = more;
		r->extra_cap = cap;
	}
	extra = &l->extra[l->extra_count];
	extra->value = NULL;
	extra->name = strdup(name);
	if (extra->name == NULL)
		refuse(r, SRV_ENOMEM, "out of memory");
	else
		l->extra_count++;
}

static void
begin_child(struct reading *r, const char *name)
{
	buf_reset(&r->text);
	for (r->field = 0; r->field < FIELD_COUNT; r->field++)
		if (strcmp(name, field_names[r->field]) == 0)
			break;
	if (r->field == FIELD_EXTRA)
		begin_extra(r, name);
	else if (r->seen[r->field])
		refuse(r, SRV_EINVAL, "%s is given twice", name);
	else
		r->seen[r->field] = true;
}

static void
on_start(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct reading *r = arg;

	(void)attributes;
	if (r->err != SRV_OK)
		return;
	if (r->depth == 0 && strcmp(name, "License") != 0)
		refuse(r, SRV_EINVAL, "not a licence: the root element is %.64s", name);
	else if (r->depth == 1)
		begin_child(r, name);
	else if (r->depth >= DEPTH_MAX)
		refuse(r, SRV_ELIMIT, "elements are nested more than %d deep", DEPTH_MAX);
	else if (r->depth > 1 && r->field != FIELD_EXTRA)
		refuse(r, SRV_EINVAL, "%s may hold text only", field_names[r->field]);
	r->depth++;
}

/* The text without the white space around it, which the layout of a file brings along. */
static char *
trimmed(struct buf *text)
{
	static const char blanks[] = " \t\r\n";
	char *s = text->data == NULL ? NULL : text->data + strspn(text->data, blanks);
	size_t len;

	if (s == NULL)
		return strdup("");
	len = strlen(s);
	while (len > 0 && strchr(blanks, s[len - 1]) != NULL)
		len--;
	return strndup(s, len);
}

static void
read_bool(struct reading *r, const char *value, bool *out)
{
	if (!text_parse_bool(value, out))
		refuse(r, SRV_EINVAL, "%s is neither true nor false", field_names[r->field]);
}

static void
end_child(struct reading *r)
{
	struct license *l = &r->license;
	char *value;

	if (r->text.err != SRV_OK || (value = trimmed(&r->text)) == NULL) {
		refuse(r, SRV_ENOMEM, "out of memory");
		return;
	}
	switch (r->field) {
	case FIELD_COMPANY_NAME:
		if (value[0] == '\0')
			refuse(r, SRV_EINVAL, "CompanyName is empty");
		l->company_name = value;
		return;
	case FIELD_USER_COUNT:
		if (!text_parse_int(value, 0, USERS_MAX, &l->user_count))
			refuse(r, SRV_EINVAL, "UserCount is not a number from 0 to %d", USERS_MAX);
		break;
	case FIELD_SUBSCRIPTION_END:
		if (!clock_parse_utc(value, &l->subscription_end))
			refuse(r, SRV_EINVAL, "SubscriptionEndDate is not a date as 2027-12-31T23:59:59Z");
		break;
	case FIELD_WORKFLOW:
		read_bool(r, value, &l->workflow);
		break;
	case FIELD_ANONYMOUS_ACCESS:
		read_bool(r, value, &l->anonymous_access);
		break;
	case FIELD_COMPLIANCE_MODULE:
		read_bool(r, value, &l->compliance_module);
		break;
	default:
		l->extra[l->extra_count - 1].value = value;
		return;
	}
	free(value);
}

static void
on_end(void *arg, const XML_Char *name)
{
	struct reading *r = arg;

	(void)name;
	if (r->err != SRV_OK)
		return;
	r->depth--;
	if (r->depth == 1)
		end_child(r);
}

static void
on_text(void *arg, const XML_Char *text, int len)
{
	struct reading *r = arg;

	if (r->err != SRV_OK)
		return;
	if (r->depth >= 2) {
		buf_put(&r->text, text, (size_t)len);
		return;
	}
	for (int i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL) {
			refuse(r, SRV_EINVAL, "there is text between the elements of License");
			return;
		}
}

/* Opens path and reads all of it into *out, which has room for LICENSE_BYTES_MAX + 1 bytes. */
static enum srv_err
read_file(const char *path, char *out, size_t *out_len, struct srv_reason *why)
{
	enum srv_err err = SRV_OK;
	struct stat st;
	size_t len = 0;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return srv_fail(why, SRV_ENOENT, "the file does not exist");
		if (errno == ELOOP)
			return srv_fail(why, SRV_EINVAL, "the file is a symbolic link");
		if (errno == ENXIO)
			return srv_fail(why, SRV_EINVAL, "not a regular file");
		return srv_fail(why, SRV_EIO, "the file cannot be opened: %s", strerror(errno));
	}
	if (fstat(fd, &st) != 0) {
		err = srv_fail(why, SRV_EIO, "the file cannot be looked at: %s", strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		err = srv_fail(why, SRV_EINVAL, "not a regular file");
		goto out;
	}
	err = guarded_check(&st, why);
	if (err != SRV_OK)
		goto out;
	/* The size may change while we read, so it is not what ends the loop. */
	while (st.st_size <= LICENSE_BYTES_MAX && len <= LICENSE_BYTES_MAX) {
		ssize_t n = read(fd, out + len, LICENSE_BYTES_MAX + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			err = srv_fail(why, SRV_EIO, "the file cannot be read: %s", strerror(errno));
			goto out;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (st.st_size > LICENSE_BYTES_MAX || len > LICENSE_BYTES_MAX)
		err = srv_fail(why, SRV_ELIMIT, "the file is larger than %d bytes", LICENSE_BYTES_MAX);
	else if (len == 0)
		err = srv_fail(why, SRV_EINVAL, "the file is empty");
	else
		*out_len = len;
out:
	close(fd);
	return err;
}

static enum srv_err
parse(struct reading *r, const char *bytes, size_t len)
{
	enum XML_Error code;

	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	if (XML_Parse(r->parser, bytes, (int)len, XML_TRUE) != XML_STATUS_OK) {
		if (r->err != SRV_OK)
			return r->err;
		code = XML_GetErrorCode(r->parser);
		if (code == XML_ERROR_NO_MEMORY)
			return srv_fail(&r->why, SRV_ENOMEM, "out of memory");
		return srv_fail(&r->why, SRV_EINVAL, "line %lu is not well-formed: %s",
		    (unsigned long)XML_GetCurrentLineNumber(r->parser), XML_ErrorString(code));
	}
	if (r->err != SRV_OK)
		return r->err;
	for (int i = 0; i < FIELD_COUNT; i++)
		if (!r->seen[i])
			return srv_fail(&r->why, SRV_EINVAL, "%s is missing", field_names[i]);
	return SRV_OK;
}

enum srv_err
license_read(const char *path, struct license *out, struct srv_reason *why)
{
	struct reading r = {0};
	enum srv_err err;
	size_t len = 0;
	char *bytes;

	bytes = malloc(LICENSE_BYTES_MAX + 1);
	if (bytes == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	buf_init(&r.text, 0);
	err = read_file(path, bytes, &len, why);
	if (err != SRV_OK)
		goto out;
	r.parser = XML_ParserCreate(NULL);
	if (r.parser == NULL) {
		err = srv_fail(why, SRV_ENOMEM, "out of memory");
		goto out;
	}
	err = parse(&r, bytes, len);
	if (err != SRV_OK) {
		srv_fail(why, err, "%s", r.why.text);
		goto out;
	}
	*out = r.license;
	r.license = (struct license){0};
out:
	if (r.parser != NULL)
		XML_ParserFree(r.parser);
	license_fini(&r.license);
	buf_fini(&r.text);
	free(bytes);
	return err;
}

void
license_fini(struct license *l)
{
	free(l->company_name);
	for (size_t i = 0; i < l->extra_count; i++) {
		free(l->extra[i].name);
		free(l->extra[i].value);
	}
	free(l->extra);
	*l = (struct license){0};
}
