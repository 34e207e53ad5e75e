/* Why: programs that gather logs want fields, people want lines, and an event must not be told in two ways by whoever
 * logs it. So the line is the one form in which events are told, and this reads it back: its grammar is small and
 * known, and log_quote's escapes can be undone. Called by log.c under its lock. */
#include "log_json.h"

#include "log.h"
#include "text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct json {
	char *out;
	size_t len;
	bool full; /* nothing more goes in */
};

/* A quote, a brace and the line feed always find room. */
#define ROOM (LOG_JSON_MAX - 3)

static bool
put(struct json *j, const char *s, size_t len)
{
	if (j->full || j->len + len > ROOM) {
		j->full = true;
		return false;
	}
	memcpy(j->out + j->len, s, len);
	j->len += len;
	return true;
}

static void
put_char(struct json *j, const char *s, size_t len, int32_t ch)
{
	char as[16];
	int n;

	if (ch == '"' || ch == '\\') {
		n = snprintf(as, sizeof as, "\\%c", (char)ch);
	} else if (text_is_visible(ch)) {
		(void)put(j, s, len);
		return;
	} else if (ch < 0) {
		n = snprintf(as, sizeof as, "\\ufffd");
	} else if (ch < 0x10000) {
		n = snprintf(as, sizeof as, "\\u%04x", (unsigned)ch);
	} else {
		n = snprintf(as, sizeof as, "\\u%04x\\u%04x", 0xd800U + (unsigned)((ch - 0x10000) >> 10),
		    0xdc00U + (unsigned)(ch & 0x3ff));
	}
	(void)put(j, as, (size_t)n);
}

static void
put_string(struct json *j, const char *s, size_t len)
{
	if (!put(j, "\"", 1))
		return;
	for (size_t i = 0; i < len && !j->full;) {
		int32_t ch;
		size_t took = text_next(s + i, len - i, &ch);

		put_char(j, s + i, took, ch);
		i += took;
	}
	j->out[j->len++] = '"';
}

static void
put_member(struct json *j, const char *key, size_t key_len)
{
	char name[80];
	int n = snprintf(name, sizeof name, ",\"%.*s\":", (int)key_len, key);

	/* Whole, and with room for a value behind it, or not at all. */
	if (n < 0 || (size_t)n >= sizeof name || j->len + (size_t)n + 24 > ROOM)
		j->full = true;
	else
		(void)put(j, name, (size_t)n);
}

/* As JSON writes them, and exact in every reader. */
static bool
is_number(const char *s, size_t len)
{
	size_t digits = len > 0 && s[0] == '-' ? len - 1 : len;

	if (digits == 0 || digits > 15 || (digits > 1 && s[len - digits] == '0'))
		return false;
	for (size_t i = len - digits; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
	}
	return true;
}

/* Undoes log_quote for what is between the quotes from s on, into out of LOG_LINE_MAX bytes; gives what was read,
 * with both quotes. */
static size_t
unquote(const char *s, size_t len, char *out, size_t *out_len)
{
	size_t i = 1, n = 0;

	for (; i < len && s[i] != '"'; i++) {
		char c = s[i];

		if (c == '\\' && i + 3 < len && s[i + 1] == 'x' && text_hex(s[i + 2]) >= 0 && text_hex(s[i + 3]) >= 0) {
			c = (char)(text_hex(s[i + 2]) << 4 | text_hex(s[i + 3]));
			i += 3;
		} else if (c == '\\' && i + 1 < len) {
			c = s[++i];
			c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
		}
		out[n++] = c;
	}
	*out_len = n;
	return i < len ? i + 1 : len;
}

static size_t
word_len(const char *s, size_t len)
{
	const char *blank = memchr(s, ' ', len);

	return blank == NULL ? len : (size_t)(blank - s);
}

static size_t
key_len(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && ((s[n] >= 'a' && s[n] <= 'z') || s[n] == '_' || s[n] == '.'))
		n++;
	return n > 0 && n < len && s[n] == '=' ? n : 0;
}

/* `key=value`; gives its length. */
static size_t
put_pair(struct json *j, const char *s, size_t key, size_t len)
{
	const char *value = s + key + 1;
	size_t left = len - key - 1, took;
	char raw[LOG_LINE_MAX];
	size_t raw_len;

	put_member(j, s, key);
	if (left > 0 && value[0] == '"') {
		took = unquote(value, left, raw, &raw_len);
		put_string(j, raw, raw_len);
	} else {
		took = word_len(value, left);
		if (took == 1 && value[0] == '-')
			(void)put(j, "null", 4);
		else if (is_number(value, took))
			(void)put(j, value, took);
		else
			put_string(j, value, took);
	}
	return key + 1 + took;
}

size_t
log_json(char out[LOG_JSON_MAX], const char *time, const char *level, const char *text, size_t len)
{
	struct json j = {.out = out};
	size_t at = 0;
	int n = snprintf(out, LOG_JSON_MAX, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":", time, level);

	j.len = (size_t)n;
	/* The event is the words in front of the first pair. */
	while (at < len && key_len(text + at, len - at) == 0) {
		at += word_len(text + at, len - at);
		at += at < len;
	}
	put_string(&j, text, at < len ? at - (at > 0) : len);
	while (at < len && !j.full) {
		size_t key = key_len(text + at, len - at);

		at += key > 0 ? put_pair(&j, text + at, key, len - at) : word_len(text + at, len - at);
		at += at < len;
	}
	out[j.len++] = '}';
	return j.len;
}
