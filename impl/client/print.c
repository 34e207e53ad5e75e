/* Why: the same result serves people (text), scripts (json) and those who know the service (xml).
 * Model: nothing here knows the operations. A result is attributes and lists of like children, and that is
 * what each format shows; so an operation that is added is printed as well.
 * Callers: main.c. */
#include "print.h"
#include "../base/text.h"
#include "../base/xml.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(RESULT_DEPTH_MAX <= XML_DEPTH_MAX, "what can be read can be written");

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

/* ---- xml ---- */

static void
print_xml(struct xml *x, const struct result *e)
{
	xml_open(x, e->name);
	for (size_t i = 0; i < e->attribute_count; i++)
		xml_attr(x, e->attributes[i].name, e->attributes[i].value);
	if (e->text != NULL)
		xml_text(x, e->text);
	for (size_t i = 0; i < e->child_count; i++)
		print_xml(x, e->children[i]);
	xml_close(x);
}

/* ---- json ---- */

static void
json_string(struct buf *out, const char *s)
{
	buf_putc(out, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buf_printf(out, "\\u%04x", c);
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

static bool
is_list(const struct result *e)
{
	return e->attribute_count == 0 && e->text == NULL;
}

/* True if an earlier sibling has the name of child i. */
static bool
seen_before(const struct result *e, size_t i)
{
	for (size_t n = 0; n < i; n++) {
		if (strcmp(e->children[n]->name, e->children[i]->name) == 0)
			return true;
	}
	return false;
}

static void print_json(struct buf *, const struct result *);

/* The children of that name, or all for NULL. */
static void
json_array(struct buf *out, const struct result *e, const char *name)
{
	bool first = true;

	buf_putc(out, '[');
	for (size_t i = 0; i < e->child_count; i++) {
		if (name != NULL && strcmp(e->children[i]->name, name) != 0)
			continue;
		if (!first)
			buf_putc(out, ',');
		first = false;
		print_json(out, e->children[i]);
	}
	buf_putc(out, ']');
}

/* Values stay strings, as XML has them: a name that is spelt with digits is no number. */
static void
print_json(struct buf *out, const struct result *e)
{
	bool first = true, boolean;

	if (is_list(e)) {
		json_array(out, e, NULL);
		return;
	}
	buf_putc(out, '{');
	for (size_t i = 0; i < e->attribute_count; i++) {
		const struct result_attribute *a = &e->attributes[i];
		json_key(out, a->name, &first);
		if (strcmp(a->name, "success") == 0 && text_parse_bool(a->value, &boolean))
			buf_puts(out, boolean ? "true" : "false");
		else
			json_string(out, a->value);
	}
	if (e->text != NULL) {
		json_key(out, "text", &first);
		json_string(out, e->text);
	}
	for (size_t i = 0; i < e->child_count; i++) {
		if (seen_before(e, i))
			continue;
		json_key(out, e->children[i]->name, &first);
		if (is_list(e->children[i]))
			print_json(out, e->children[i]);
		else
			json_array(out, e, e->children[i]->name);
	}
	buf_putc(out, '}');
}

/* ---- text ---- */

/* Attributes that count bytes. */
static bool
is_size(const char *name)
{
	static const char *const sizes[] = {"Size", "TotalWarehouseSize", "DiskSize", "FreeSpace"};

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		if (strcmp(name, sizes[i]) == 0)
			return true;
	}
	return false;
}

static void
put_size(struct buf *out, int64_t bytes)
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

/* C0, DEL, and C1, which is C2 80 to C2 9F in UTF-8. */
void
print_clean(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s, next = (unsigned char)s[1];
		if (c == 0xc2 && next >= 0x80 && next <= 0x9f) {
			buf_putc(out, '?');
			s++;
		} else {
			buf_putc(out, c < 0x20 || c == 0x7f ? '?' : *s);
		}
	}
}

static void
put_value(struct buf *out, const char *name, const char *value)
{
	int64_t bytes;

	if (value == NULL || *value == '\0')
		buf_putc(out, '-');
	else if (is_size(name) && text_parse_int(value, 0, INT64_MAX, &bytes))
		put_size(out, bytes);
	else
		print_clean(out, value);
}

/* Characters, not bytes. */
static size_t
width(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static void
put_blanks(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putc(out, ' ');
}

static size_t
value_width(const char *name, const char *value)
{
	struct buf b;
	size_t w;

	buf_init(&b, 0);
	put_value(&b, name, value);
	w = width(buf_str(&b), b.len);
	buf_fini(&b);
	return w;
}

/* A line each, the values under one another. Returns whether there was one. */
static bool
text_attributes(struct buf *out, const struct result *e)
{
	size_t widest = 0;
	bool any = false;

	for (size_t i = 0; i < e->attribute_count; i++) {
		size_t w = width(e->attributes[i].name, strlen(e->attributes[i].name));
		if (w > widest)
			widest = w;
	}
	for (size_t i = 0; i < e->attribute_count; i++) {
		const struct result_attribute *a = &e->attributes[i];
		if (strcmp(a->name, "success") == 0)
			continue;
		print_clean(out, a->name);
		put_blanks(out, widest - width(a->name, strlen(a->name)) + 2);
		put_value(out, a->name, a->value);
		buf_putc(out, '\n');
		any = true;
	}
	return any;
}

struct column {
	const char *name; /* borrowed */
	size_t width;
	bool number; /* numbers and sizes are set to the right */
	bool empty;  /* in every row: not shown */
};
struct table {
	struct column *columns;
	size_t count;
	bool failed; /* no memory */
};

static struct column *
table_column(struct table *t, const char *name)
{
	struct column *more;

	for (size_t i = 0; i < t->count; i++) {
		if (strcmp(t->columns[i].name, name) == 0)
			return &t->columns[i];
	}
	if ((more = realloc(t->columns, (t->count + 1) * sizeof *more)) == NULL) {
		t->failed = true;
		return NULL;
	}
	t->columns = more;
	t->columns[t->count] = (struct column){
	    .name = name, .width = width(name, strlen(name)), .number = true, .empty = true};
	return &t->columns[t->count++];
}

static void
table_measure(struct table *t, const struct result *row)
{
	int64_t number;

	for (size_t i = 0; i < row->attribute_count; i++) {
		const struct result_attribute *a = &row->attributes[i];
		struct column *c = table_column(t, a->name);
		size_t w;
		if (c == NULL)
			return;
		w = value_width(a->name, a->value);
		if (w > c->width)
			c->width = w;
		if (*a->value != '\0') {
			c->empty = false;
			c->number = c->number && text_parse_int(a->value, 0, INT64_MAX, &number);
		}
	}
}

/* The last column is not filled up, so no line ends in blanks. row NULL: the headings. */
static void
table_row(struct buf *out, const struct table *t, const struct result *row)
{
	size_t owed = 0, column = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct column *c = &t->columns[i];
		const char *value = row == NULL ? c->name : result_get(row, c->name);
		size_t w = row == NULL ? width(c->name, strlen(c->name)) : value_width(c->name, value);
		size_t blanks = c->width > w ? c->width - w : 0; /* not so if memory ran out when it was measured */
		if (c->empty)
			continue;
		put_blanks(out, owed + (column++ > 0 ? 2 : 0) + (c->number ? blanks : 0));
		owed = c->number ? 0 : blanks;
		if (row == NULL)
			print_clean(out, c->name);
		else
			put_value(out, c->name, value);
	}
	buf_putc(out, '\n');
}

/* The children of that name as a table. */
static void
text_table(struct buf *out, const struct result *e, const char *name)
{
	struct table t = {0};

	for (size_t i = 0; i < e->child_count; i++) {
		if (strcmp(e->children[i]->name, name) == 0)
			table_measure(&t, e->children[i]);
	}
	if (t.failed)
		out->err = SRV_ENOMEM;
	if (t.count > 0 && !t.failed) {
		table_row(out, &t, NULL);
		for (size_t i = 0; i < e->child_count; i++) {
			if (strcmp(e->children[i]->name, name) == 0)
				table_row(out, &t, e->children[i]);
		}
	}
	free(t.columns);
}

static void
print_text(struct buf *out, const struct result *e)
{
	bool any = text_attributes(out, e);

	if (e->text != NULL) {
		print_clean(out, e->text);
		buf_putc(out, '\n');
		any = true;
	}
	for (size_t i = 0; i < e->child_count; i++) {
		const struct result *child = e->children[i];
		if (seen_before(e, i))
			continue;
		if (any)
			buf_putc(out, '\n');
		any = true;
		if (!is_list(child)) {
			text_table(out, e, child->name);
			continue;
		}
		print_clean(out, child->name);
		buf_puts(out, child->child_count == 0 ? ": none\n" : ":\n");
		print_text(out, child);
	}
}

void
print_result(struct buf *out, const struct result *e, enum print_format format)
{
	struct xml x;

	switch (format) {
	case PRINT_TEXT:
		print_text(out, e);
		return;
	case PRINT_XML:
		xml_init(&x, out);
		print_xml(&x, e);
		break;
	case PRINT_JSON:
		print_json(out, e);
		break;
	}
	buf_putc(out, '\n');
}
