/* Why: the same result serves people and scripts.
 * Model: nothing here knows the operations. The library tells of each result which values it has and of which kind; so
 * an operation that is added is printed as well. What people get of jobs and warehouse is in report.c. Callers: main.c
 * and report.c, on the only thread. */
#include "print.h"
#include <inttypes.h>
#include <string.h>

bool
print_format_parse(const char *word, enum print_format *out)
{
	static const char *const words[] = {
#define X(name, word) [name] = (word),
	    PRINT_FORMATS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(word, words[i]) == 0) {
			*out = (enum print_format)i;
			return true;
		}
	}
	return false;
}

/* ---- values ---- */

static const void *
at(const void *result, size_t offset)
{
	return (const char *)result + offset;
}

static bool
is_there(const struct srvclient_field *f, const void *result)
{
	if (f->kind == SRVCLIENT_TEXT)
		return *(char *const *)at(result, f->offset) != NULL;
	return f->has_offset == 0 || *(const bool *)at(result, f->has_offset);
}

void
print_tm(struct buf *out, const struct tm *tm, char between)
{
	buf_printf(out, "%04d-%02d-%02d%c%02d:%02d:%02d", tm->tm_year + 1900, tm->tm_mon + 1, tm->tm_mday, between,
	    tm->tm_hour, tm->tm_min, tm->tm_sec);
}

static void
print_utc(struct buf *out, time_t when, char between, const char *behind)
{
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		return;
	print_tm(out, &tm, between);
	buf_puts(out, behind);
}

void
print_size(struct buf *out, int64_t bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	double n = (double)bytes;
	size_t unit = 0;

	/* 1023.95 would be shown as 1024.0. */
	while (n >= 1023.95 && unit + 1 < sizeof units / sizeof *units) {
		n /= 1024;
		unit++;
	}
	buf_printf(out, unit == 0 ? "%.0f %s" : "%.1f %s", n, units[unit]);
}

/* What a terminal acts on: C0, DEL, and C1, which is C2 80 to C2 9F in UTF-8. Returns how many bytes of s it is, or 0;
 * its number is that of the last of them. */
static size_t
control(const char *s)
{
	unsigned char c = (unsigned char)s[0], next = (unsigned char)s[1];

	if (c == 0xc2 && next >= 0x80 && next <= 0x9f)
		return 2;
	return c < 0x20 || c == 0x7f;
}

void
print_clean(struct buf *out, const char *s)
{
	size_t n;

	if (s == NULL || *s == '\0')
		s = "-";
	for (; *s != '\0'; s += n > 0 ? n : 1) {
		n = control(s);
		buf_putc(out, n > 0 ? '?' : *s);
	}
}

/* ---- xml ---- */

/* XML has no other C0 than tabs and line ends, which may stay. */
void
print_xml(struct buf *out, const char *xml)
{
	size_t n;

	for (const char *s = xml; *s != '\0'; s += n > 0 ? n : 1) {
		n = *s == '\t' || *s == '\n' ? 0 : control(s);
		if (n > 0)
			buf_printf(out, "&#x%X;", (unsigned char)s[n - 1]);
		else
			buf_putc(out, *s);
	}
	buf_putc(out, '\n');
}

/* ---- json ---- */

static void
json_string(struct buf *out, const char *s)
{
	size_t n;

	buf_putc(out, '"');
	for (; *s != '\0'; s += n > 0 ? n : 1) {
		n = control(s);
		if (n > 0)
			buf_printf(out, "\\u%04x", (unsigned char)s[n - 1]);
		else if (*s == '"' || *s == '\\')
			buf_printf(out, "\\%c", *s);
		else
			buf_putc(out, *s);
	}
	buf_putc(out, '"');
}

static void
json_key(struct buf *out, const char *key, bool *first)
{
	if (!*first)
		buf_putc(out, ',');
	*first = false;
	json_string(out, key);
	buf_putc(out, ':');
}

static void
json_value(struct buf *out, enum srvclient_kind kind, const void *value)
{
	switch (kind) {
	case SRVCLIENT_TEXT:
		json_string(out, *(char *const *)value);
		break;
	case SRVCLIENT_INTEGER:
		buf_put_int(out, *(const int64_t *)value);
		break;
	case SRVCLIENT_DECIMAL:
		buf_printf(out, "%.15g", *(const double *)value);
		break;
	case SRVCLIENT_BOOLEAN:
		buf_puts(out, *(const bool *)value ? "true" : "false");
		break;
	case SRVCLIENT_UTC_TIME:
		buf_putc(out, '"');
		print_utc(out, *(const time_t *)value, 'T', "Z");
		buf_putc(out, '"');
		break;
	case SRVCLIENT_LOCAL_TIME:
		buf_putc(out, '"');
		print_tm(out, value, 'T');
		buf_putc(out, '"');
		break;
	}
}

/* The members of an object, without its braces. */
static void
json_members(struct buf *out, const struct srvclient_type *type, const void *result, bool *first)
{
	for (size_t i = 0; i < type->field_count; i++) {
		const struct srvclient_field *f = &type->fields[i];

		if (is_there(f, result)) {
			json_key(out, f->name, first);
			json_value(out, f->kind, at(result, f->offset));
		} else if (f->required) {
			json_key(out, f->name, first);
			buf_puts(out, "null");
		}
	}
	for (size_t i = 0; i < type->list_count; i++) {
		const struct srvclient_list *l = &type->lists[i];
		const char *items = *(char *const *)at(result, l->offset);
		size_t count = *(const size_t *)at(result, l->count_offset);

		json_key(out, l->wrapper != NULL ? l->wrapper : l->name, first);
		buf_putc(out, '[');
		for (size_t n = 0; n < count; n++) {
			bool first_member = true;

			buf_puts(out, n > 0 ? ",{" : "{");
			json_members(out, l->item, items + l->item->size * n, &first_member);
			buf_putc(out, '}');
		}
		buf_putc(out, ']');
	}
}

void
print_json(struct buf *out, const struct srvclient_type *type, const void *result)
{
	bool first = false;

	buf_puts(out, "{\"success\":true");
	json_members(out, type, result, &first);
	buf_puts(out, "}\n");
}

void
print_json_refusal(struct buf *out, const char *error)
{
	buf_puts(out, "{\"success\":false,\"error\":");
	json_string(out, error);
	buf_puts(out, "}\n");
}

/* ---- text ---- */

static void
text_value(struct buf *out, const struct srvclient_field *f, const void *result)
{
	const void *value = at(result, f->offset);

	if (!is_there(f, result)) {
		buf_putc(out, '-');
		return;
	}
	switch (f->kind) {
	case SRVCLIENT_TEXT:
		print_clean(out, *(char *const *)value);
		break;
	case SRVCLIENT_BOOLEAN:
		buf_puts(out, *(const bool *)value ? "yes" : "no");
		break;
	case SRVCLIENT_UTC_TIME:
		print_utc(out, *(const time_t *)value, ' ', " UTC");
		break;
	case SRVCLIENT_LOCAL_TIME:
		print_tm(out, value, ' ');
		break;
	default:
		json_value(out, f->kind, value);
	}
}

/* An attribute that is absent is not a line, unless it may not be. */
static bool
is_shown(const struct srvclient_field *f, const void *result)
{
	return f->required || is_there(f, result);
}

bool
print_fields(struct buf *out, const struct srvclient_type *type, const void *result)
{
	size_t widest = 0;
	bool any = false;

	for (size_t i = 0; i < type->field_count; i++) {
		size_t w = strlen(type->fields[i].name);
		if (w > widest && is_shown(&type->fields[i], result))
			widest = w;
	}
	for (size_t i = 0; i < type->field_count; i++) {
		const struct srvclient_field *f = &type->fields[i];

		if (!is_shown(f, result))
			continue;
		buf_puts(out, f->name);
		for (size_t n = strlen(f->name); n < widest + 2; n++)
			buf_putc(out, ' ');
		text_value(out, f, result);
		buf_putc(out, '\n');
		any = true;
	}
	return any;
}
