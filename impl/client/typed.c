/* Why: callers are to have numbers and times, not text to fish in.
 * Model: the contract's stylesheet says for each attribute where its value lies in a structure and of which kind it is;
 * this walks such a description beside the element, and knows no operation. Values are read as XML Schema writes
 * them, whatever the locale.
 * Callers: srvclient.c, in its caller's thread. */
#include "typed.h"
#include "../base/text.h"
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void *
at(void *base, size_t offset)
{
	return (char *)base + offset;
}

/* ---- values ---- */

static bool
read_integer(const char *s, int64_t *out)
{
	bool negative = *s == '-';
	int64_t n;

	if (*s == '-' || *s == '+')
		s++;
	if (!text_parse_int(s, 0, INT64_MAX, &n))
		return false;
	*out = negative ? -n : n;
	return true;
}

/* Up to 15 digits and their power of ten are exact in a double, so the quotient is the nearest one; digits behind them
 * are read and do not count. */
static bool
read_decimal(const char *s, double *out)
{
	bool negative = *s == '-', point = false;
	double value = 0, power = 1;
	int digits = 0, seen = 0;

	if (*s == '-' || *s == '+')
		s++;
	for (; *s != '\0'; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9')
			return false;
		seen++;
		if (point && digits >= 15)
			continue;
		value = value * 10 + (*s - '0');
		digits += value > 0;
		if (point)
			power *= 10;
	}
	if (seen == 0 || !isfinite(value))
		return false;
	*out = (negative ? -value : value) / power;
	return true;
}

/* xs:boolean, and the two words that isAuthenticated has. */
static bool
read_boolean(const char *s, bool *out)
{
	*out = strcmp(s, "true") == 0 || strcmp(s, "True") == 0 || strcmp(s, "1") == 0;
	return *out || strcmp(s, "false") == 0 || strcmp(s, "False") == 0 || strcmp(s, "0") == 0;
}

static bool
read_digits(const char **s, int count, char after, int min, int max, int *out)
{
	int n = 0;

	for (int i = 0; i < count; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return false;
		n = n * 10 + (**s - '0');
	}
	if (after != '\0') {
		if (**s != after)
			return false;
		(*s)++;
	}
	*out = n;
	return n >= min && n <= max;
}

/* yyyy-MM-ddTHH:mm:ss, a fraction that does not count, and what stands behind it. The day of the week and of the
 * year are filled in. */
static bool
read_time(const char *s, const char *behind, struct tm *out)
{
	struct tm tm = {0}, normal;
	int year, month;

	if (!read_digits(&s, 4, '-', 1, 9999, &year) || !read_digits(&s, 2, '-', 1, 12, &month) ||
	    !read_digits(&s, 2, 'T', 1, 31, &tm.tm_mday) || !read_digits(&s, 2, ':', 0, 23, &tm.tm_hour) ||
	    !read_digits(&s, 2, ':', 0, 59, &tm.tm_min) || !read_digits(&s, 2, '\0', 0, 59, &tm.tm_sec))
		return false;
	if (*s == '.')
		s += 1 + strspn(s + 1, "0123456789");
	if (strcmp(s, behind) != 0)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	normal = tm;
	(void)timegm(&normal);
	if (normal.tm_mday != tm.tm_mday) /* February the 30th */
		return false;
	*out = normal;
	return true;
}

/* gcc's analyzer loses sight of what is stored at a place that is known by its offset alone. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
static bool
read_text(const char *s, char **to)
{
	return (*to = strdup(s)) != NULL;
}
#pragma GCC diagnostic pop

static bool
read_value(enum srvclient_kind kind, const char *s, void *to)
{
	struct tm tm;

	switch (kind) {
	case SRVCLIENT_INTEGER:
		return read_integer(s, to);
	case SRVCLIENT_DECIMAL:
		return read_decimal(s, to);
	case SRVCLIENT_BOOLEAN:
		return read_boolean(s, to);
	case SRVCLIENT_UTC_TIME:
		if (!read_time(s, "Z", &tm))
			return false;
		*(time_t *)to = timegm(&tm);
		return true;
	case SRVCLIENT_LOCAL_TIME:
		if (!read_time(s, "", &tm))
			return false;
		tm.tm_isdst = -1;
		tm.tm_gmtoff = 0;
		tm.tm_zone = NULL;
		*(struct tm *)to = tm;
		return true;
	case SRVCLIENT_TEXT:
		return read_text(s, to);
	}
	return false;
}

static enum srvclient_err
read_field(const struct srvclient_field *f, const struct result *e, void *base, struct srv_reason *why)
{
	const char *value = result_get(e, f->name);
	bool absent = value == NULL || (*value == '\0' && f->has_offset != 0);

	if (absent && (value != NULL || !f->required))
		return SRVCLIENT_OK;
	if (absent) {
		(void)srv_fail(why, SRV_EINVAL, "the answer's %s lacks %s", e->name, f->name);
		return SRVCLIENT_MALFORMED;
	}
	if (!read_value(f->kind, value, at(base, f->offset))) {
		if (f->kind == SRVCLIENT_TEXT)
			return SRVCLIENT_MEMORY;
		(void)srv_fail(why, SRV_EINVAL, "the answer's %s is not what it should be: %.60s", f->name, value);
		return SRVCLIENT_MALFORMED;
	}
	if (f->has_offset != 0)
		*(bool *)at(base, f->has_offset) = true;
	return SRVCLIENT_OK;
}

/* ---- structures ---- */

static enum srvclient_err read_structure(
    const struct srvclient_type *, const struct result *, void *base, struct srv_reason *);

static const struct result *
child_named(const struct result *e, const char *name)
{
	for (size_t i = 0; i < e->child_count; i++) {
		if (strcmp(e->children[i]->name, name) == 0)
			return e->children[i];
	}
	return NULL;
}

static enum srvclient_err
read_list(const struct srvclient_list *l, const struct result *e, void *base, struct srv_reason *why)
{
	size_t *count = at(base, l->count_offset), found = 0;
	enum srvclient_err err = SRVCLIENT_OK;
	void *items;

	if (l->wrapper != NULL)
		e = child_named(e, l->wrapper);
	for (size_t i = 0; e != NULL && i < e->child_count; i++)
		found += strcmp(e->children[i]->name, l->name) == 0;
	if (found == 0)
		return SRVCLIENT_OK;
	if ((items = calloc(found, l->item->size)) == NULL)
		return SRVCLIENT_MEMORY;
	*(void **)at(base, l->offset) = items;
	for (size_t i = 0; i < e->child_count && err == SRVCLIENT_OK; i++) {
		if (strcmp(e->children[i]->name, l->name) == 0)
			err = read_structure(l->item, e->children[i], at(items, l->item->size * (*count)++), why);
	}
	return err;
}

/* base is zeroed. What was read before a failure stays in it. */
static enum srvclient_err
read_structure(const struct srvclient_type *type, const struct result *e, void *base, struct srv_reason *why)
{
	enum srvclient_err err = SRVCLIENT_OK;

	for (size_t i = 0; i < type->field_count && err == SRVCLIENT_OK; i++)
		err = read_field(&type->fields[i], e, base, why);
	for (size_t i = 0; i < type->list_count && err == SRVCLIENT_OK; i++)
		err = read_list(&type->lists[i], e, base, why);
	return err;
}

static void
clear(const struct srvclient_type *type, void *base)
{
	for (size_t i = 0; i < type->field_count; i++) {
		if (type->fields[i].kind == SRVCLIENT_TEXT)
			free(*(char **)at(base, type->fields[i].offset));
	}
	for (size_t i = 0; i < type->list_count; i++) {
		const struct srvclient_list *l = &type->lists[i];
		void *items = *(void **)at(base, l->offset);
		size_t count = *(size_t *)at(base, l->count_offset);

		for (size_t n = 0; n < count; n++)
			clear(l->item, at(items, l->item->size * n));
		free(items);
	}
}

void
typed_free(const struct srvclient_type *type, void **result)
{
	void *base = *result;

	*result = NULL;
	if (base == NULL)
		return;
	clear(type, base);
	free(base);
}

enum srvclient_err
typed_read(const struct srvclient_type *type, const struct result *e, void **out, struct srv_reason *why)
{
	void *base = calloc(1, type->size);
	enum srvclient_err err = base == NULL ? SRVCLIENT_MEMORY : read_structure(type, e, base, why);

	if (err == SRVCLIENT_MEMORY)
		(void)srv_fail(why, SRV_ENOMEM, "out of memory");
	if (err == SRVCLIENT_OK)
		*out = base;
	else
		typed_free(type, &base);
	return err;
}
