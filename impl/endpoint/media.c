/* Content-Type decides which parser reads a body, so it is read strictly: a second charset is not a choice but a
 * trap. Called by request.c. */
#include "media.h"
#include <string.h>

static bool
is_token(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL);
}

static void
skip_blanks(struct http_text *t)
{
	while (t->len && (*t->s == ' ' || *t->s == '\t')) {
		t->s++;
		t->len--;
	}
}

static struct http_text
take(struct http_text *t, size_t n)
{
	struct http_text taken = {t->s, n};

	t->s += n;
	t->len -= n;
	return taken;
}

static struct http_text
take_token(struct http_text *t)
{
	size_t n = 0;

	while (n < t->len && is_token(t->s[n]))
		n++;
	return take(t, n);
}

/* A token, or a quoted string without escapes. Unquoted actions hold / and :, which tokens may not: accepted, because
 * toolkits send them. */
static bool
take_value(struct http_text *t, struct http_text *value)
{
	size_t n = 0;

	if (t->len && *t->s == '"') {
		take(t, 1);
		while (n < t->len && t->s[n] != '"' && t->s[n] != '\\')
			n++;
		if (n == t->len || t->s[n] != '"')
			return false;
		*value = take(t, n);
		take(t, 1);
		return true;
	}
	while (n < t->len && t->s[n] != ';' && t->s[n] != ' ' && t->s[n] != '\t' && t->s[n] != '"')
		n++;
	*value = take(t, n);
	return n > 0;
}

bool
media_parse(struct http_text value, struct media *out)
{
	struct http_text rest = value;
	struct media m = {{NULL, 0}, {NULL, 0}, {NULL, 0}};

	m.type.s = rest.s;
	m.type.len = take_token(&rest).len;
	if (m.type.len == 0 || rest.len == 0 || *rest.s != '/')
		return false;
	take(&rest, 1);
	m.type.len += 1 + take_token(&rest).len;
	for (skip_blanks(&rest); rest.len; skip_blanks(&rest)) {
		struct http_text name, v, *slot;
		if (*rest.s != ';')
			return false;
		take(&rest, 1);
		skip_blanks(&rest);
		if (rest.len == 0 || *rest.s == ';')
			continue;
		name = take_token(&rest);
		if (name.len == 0 || rest.len == 0 || *rest.s != '=')
			return false;
		take(&rest, 1);
		if (!take_value(&rest, &v))
			return false;
		slot = http_text_ieq(name, "charset") ? &m.charset : http_text_ieq(name, "action") ? &m.action : NULL;
		if (slot && slot->s)
			return false;
		if (slot)
			*slot = v;
	}
	*out = m;
	return true;
}
