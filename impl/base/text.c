/* Small text helpers. All of what the program knows about UTF-8 is text_next: one decoder, used to check
 * input, to escape output and to cut. ASCII case only, because that is what the callers' protocols fold, and
 * the locale never enters into it. Called by everyone, on any thread. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

void
text_wipe(char **s)
{
	if (*s != NULL)
		explicit_bzero(*s, strlen(*s));
	free(*s);
	*s = NULL;
}

/* The lead byte fixes the length and the range of the second byte (Unicode, table 3-7): that is all it takes
 * to refuse overlong forms, surrogates and what lies beyond U+10FFFF. */
size_t
text_next(const char *s, size_t len, int32_t *ch)
{
	const unsigned char *p = (const unsigned char *)s;
	unsigned char low = 0x80, high = 0xbf;
	size_t need;
	int32_t c;

	if (p[0] < 0x80) {
		*ch = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		need = 2;
		c = p[0] & 0x1f;
	} else if (p[0] >= 0xe0 && p[0] <= 0xef) {
		need = 3;
		c = p[0] & 0x0f;
		if (p[0] == 0xe0)
			low = 0xa0;
		if (p[0] == 0xed)
			high = 0x9f;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		need = 4;
		c = p[0] & 0x07;
		if (p[0] == 0xf0)
			low = 0x90;
		if (p[0] == 0xf4)
			high = 0x8f;
	} else {
		*ch = -1;
		return 1;
	}
	for (size_t i = 1; i < need; i++) {
		if (i >= len || p[i] < low || p[i] > high) {
			*ch = -1;
			return i;
		}
		c = c << 6 | (p[i] & 0x3f);
		low = 0x80;
		high = 0xbf;
	}
	*ch = c;
	return need;
}

size_t
text_cut(const char *s, size_t len)
{
	size_t back = 0;
	unsigned char lead;
	size_t need;

	while (back < len && back < 3 && ((unsigned char)s[len - 1 - back] & 0xc0) == 0x80)
		back++;
	if (back >= len)
		return len;
	lead = (unsigned char)s[len - 1 - back];
	if (lead >= 0xf0)
		need = 4;
	else if (lead >= 0xe0)
		need = 3;
	else if (lead >= 0xc0)
		need = 2;
	else
		return len;
	return back + 1 < need ? len - 1 - back : len;
}

/* How many of the first bytes are ASCII; eight at a time, so it may stop up to seven early. */
static size_t
ascii_prefix(const char *s, size_t len)
{
	size_t n = 0;
	uint64_t eight;

	for (; len - n >= sizeof eight; n += sizeof eight) {
		memcpy(&eight, s + n, sizeof eight);
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	return n;
}

bool
text_is_utf8(const char *s, size_t len)
{
	int32_t ch;

	for (size_t i = ascii_prefix(s, len); i < len;) {
		i += text_next(s + i, len - i, &ch);
		if (ch < 0)
			return false;
	}
	return true;
}

bool
text_is_xml_char(int32_t ch)
{
	if (ch < 0x20)
		return ch == '\t' || ch == '\n' || ch == '\r';
	return ch <= 0xd7ff || (ch >= 0xe000 && ch <= 0xfffd) || (ch >= 0x10000 && ch <= 0x10ffff);
}

bool
text_is_xml(const char *s, size_t len)
{
	int32_t ch;

	for (size_t i = 0; i < len;) {
		i += text_next(s + i, len - i, &ch);
		if (!text_is_xml_char(ch))
			return false;
	}
	return true;
}

char
text_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
text_ieq_n(const char *a, size_t a_len, const char *b)
{
	if (strlen(b) != a_len)
		return false;
	for (size_t i = 0; i < a_len; i++) {
		if (text_lower(a[i]) != text_lower(b[i]))
			return false;
	}
	return true;
}

bool
text_ieq(const char *a, const char *b)
{
	return text_ieq_n(a, strlen(a), b);
}

bool
text_parse_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	int64_t value = 0;

	if (*s == '\0')
		return false;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return false;
		if (value > (INT64_MAX - (*s - '0')) / 10)
			return false;
		value = value * 10 + (*s - '0');
	}
	if (value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool
text_parse_bool(const char *s, bool *out)
{
	static const char *const yes[] = {"true", "yes", "on", "1"};
	static const char *const no[] = {"false", "no", "off", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		if (text_ieq(s, yes[i])) {
			*out = true;
			return true;
		}
		if (text_ieq(s, no[i])) {
			*out = false;
			return true;
		}
	}
	return false;
}

int
text_hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
text_url_decode(const char *s, size_t len, char *out, size_t *out_len)
{
	size_t n = 0;
	int high, low;

	for (size_t i = 0; i < len; i++) {
		char c = s[i];

		if (c == '+') {
			c = ' ';
		} else if (c == '%') {
			if (len - i < 3)
				return false;
			high = text_hex(s[i + 1]);
			low = text_hex(s[i + 2]);
			if (high < 0 || low < 0)
				return false;
			c = (char)(high << 4 | low);
			i += 2;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	if (!text_is_xml(out, n))
		return false;
	*out_len = n;
	return true;
}

bool
text_is_visible(int32_t ch)
{
	static const struct {
		int32_t first, last;
	} hidden[] = {{-1, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c}, {0x180e, 0x180e}, {0x200b, 0x200f},
	    {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb},
	    {0xe0000, 0xe0fff}};

	for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
		if (ch >= hidden[i].first && ch <= hidden[i].last)
			return false;
	}
	return (ch & 0xfffe) != 0xfffe;
}
