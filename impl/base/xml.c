/* The XML writer. Its bytes are those of .NET's XmlTextWriter without indentation, because callers compare
 * them: one blank before `/>`, an element stays empty until something that is not empty was put inside,
 * and white space inside an attribute is written as a character reference so that it survives the reader's
 * normalisation.
 *
 * Text is escaped by spans: what needs nothing is copied whole. Called by operations and endpoint, a writer
 * belongs to one thread. */
#include "xml.h"
#include "text.h"

#include <assert.h>
#include <string.h>

void
xml_init(struct xml *x, struct buf *out)
{
	*x = (struct xml){.out = out};
}

static void
end_start_tag(struct xml *x)
{
	if (!x->in_tag)
		return;
	buf_putc(x->out, '>');
	x->in_tag = false;
}

void
xml_open(struct xml *x, const char *name)
{
	assert(x->depth < XML_DEPTH_MAX);
	end_start_tag(x);
	buf_putc(x->out, '<');
	buf_puts(x->out, name);
	x->open[x->depth++] = name;
	x->in_tag = true;
}

void
xml_close(struct xml *x)
{
	assert(x->depth > 0);
	x->depth--;
	if (x->in_tag) {
		buf_puts(x->out, " />");
		x->in_tag = false;
		return;
	}
	buf_puts(x->out, "</");
	buf_puts(x->out, x->open[x->depth]);
	buf_putc(x->out, '>');
}

/* What stands for an ASCII character, or NULL where it stands for itself. */
static const char *
replacement(char c, bool in_attribute)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '\r':
		return "&#xD;";
	case '"':
		return in_attribute ? "&quot;" : NULL;
	case '\t':
		return in_attribute ? "&#x9;" : NULL;
	case '\n':
		return in_attribute ? "&#xA;" : NULL;
	default:
		return NULL;
	}
}

/* ASCII that stands for itself wherever it is: most of every text, so it is passed over quickly. */
static bool
is_plain(char c)
{
	static const bool special[] = {['"'] = true, ['&'] = true, ['<'] = true, ['>'] = true};

	return c >= ' ' && c <= '~' && ((size_t)c >= sizeof special || !special[(size_t)c]);
}

static void
escape(struct buf *out, const char *text, size_t len, bool in_attribute)
{
	size_t from = 0, i = 0;

	while (i < len) {
		const char *as = NULL;
		int32_t ch;
		size_t n;

		if (is_plain(text[i])) {
			i++;
			continue;
		}
		n = text_next(text + i, len - i, &ch);

		if (!text_is_xml_char(ch))
			as = "\xef\xbf\xbd";
		else if (ch < 0x80)
			as = replacement((char)ch, in_attribute);
		if (as != NULL) {
			buf_put(out, text + from, i - from);
			buf_puts(out, as);
			from = i + n;
		}
		i += n;
	}
	buf_put(out, text + from, len - from);
}

static size_t
plain_prefix(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && is_plain(text[n]))
		n++;
	return n;
}

/* ` name="value"`, where value needs no escaping: most attributes, so with one look at the room. */
static void
put_attr(struct buf *out, const char *name, const char *value, size_t len)
{
	size_t name_len = strlen(name);
	char *to;

	if (buf_reserve(out, name_len + len + 4) != SRV_OK)
		return;
	to = out->data + out->len;
	*to++ = ' ';
	memcpy(to, name, name_len);
	to += name_len;
	*to++ = '=';
	*to++ = '"';
	memcpy(to, value, len);
	to += len;
	*to++ = '"';
	*to = '\0';
	out->len = (size_t)(to - out->data);
}

void
xml_attr(struct xml *x, const char *name, const char *value)
{
	const char *text = value == NULL ? "" : value;
	size_t len = strlen(text);

	assert(x->in_tag);
	if (plain_prefix(text, len) == len) {
		put_attr(x->out, name, text, len);
		return;
	}
	buf_putc(x->out, ' ');
	buf_puts(x->out, name);
	buf_puts(x->out, "=\"");
	escape(x->out, text, len, true);
	buf_putc(x->out, '"');
}

void
xml_attr_int(struct xml *x, const char *name, int64_t value)
{
	assert(x->in_tag);
	buf_putc(x->out, ' ');
	buf_puts(x->out, name);
	buf_puts(x->out, "=\"");
	buf_put_int(x->out, value);
	buf_putc(x->out, '"');
}

void
xml_attr_bool(struct xml *x, const char *name, bool value)
{
	xml_attr(x, name, value ? "true" : "false");
}

void
xml_text(struct xml *x, const char *text)
{
	if (text == NULL || *text == '\0')
		return;
	end_start_tag(x);
	escape(x->out, text, strlen(text), false);
}

void
xml_escape(struct buf *out, const char *text, size_t len)
{
	if (len > 0)
		escape(out, text, len, false);
}
