/* Documents are the same for every reader with the same address, so a reader that has one already need not get it
 * again, and one that takes gzip gets a quarter of the bytes. Fields may be sent more than once, which means one list.
 * Called by documents.c on event loops. */
#include "negotiate.h"
#include "../base/text.h"
#include <string.h>
#include <zlib.h>

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes the next element of a comma-separated list off *rest; false at its end. Commas in quotes do not separate. */
static bool
next_element(struct http_text *rest, struct http_text *out)
{
	size_t n = 0;
	bool quoted = false;

	while (rest->len && (is_blank(*rest->s) || *rest->s == ',')) {
		rest->s++;
		rest->len--;
	}
	for (; n < rest->len && (quoted || rest->s[n] != ','); n++)
		if (rest->s[n] == '"')
			quoted = !quoted;
	*out = (struct http_text){rest->s, n};
	rest->s += n;
	rest->len -= n;
	while (out->len && is_blank(out->s[out->len - 1]))
		out->len--;
	return out->len > 0;
}

/* `;q=0`, `; Q=0.000`: the weight behind a coding is nought. */
static bool
is_refused(struct http_text weight)
{
	const char *s = weight.s, *end = weight.s + weight.len;

	while (s < end && (is_blank(*s) || *s == ';'))
		s++;
	if (end - s < 3 || text_lower(*s) != 'q' || s[1] != '=')
		return false;
	for (s += 2; s < end && (*s == '0' || *s == '.'); s++)
		;
	return s == end;
}

bool
negotiate_gzip(const struct http_request *rq)
{
	int gzip = -1, any = -1; /* not named, refused, taken */

	for (size_t i = 0; i < rq->field_count; i++) {
		struct http_text rest = rq->fields[i].value, e;
		if (!http_text_ieq(rq->fields[i].name, "Accept-Encoding"))
			continue;
		while (next_element(&rest, &e)) {
			size_t n = 0;
			while (n < e.len && e.s[n] != ';' && !is_blank(e.s[n]))
				n++;
			struct http_text name = {e.s, n}, weight = {e.s + n, e.len - n};
			if (http_text_ieq(name, "gzip") || http_text_ieq(name, "x-gzip"))
				gzip = !is_refused(weight);
			else if (http_text_is(name, "*"))
				any = !is_refused(weight);
		}
	}
	return gzip >= 0 ? gzip : any > 0;
}

bool
negotiate_has(const struct http_request *rq, const char *etag)
{
	for (size_t i = 0; i < rq->field_count; i++) {
		struct http_text rest = rq->fields[i].value, e;
		if (!http_text_ieq(rq->fields[i].name, "If-None-Match"))
			continue;
		while (next_element(&rest, &e)) {
			if (e.len > 2 && memcmp(e.s, "W/", 2) == 0)
				e = (struct http_text){e.s + 2, e.len - 2};
			if (http_text_is(e, etag) || http_text_is(e, "*"))
				return true;
		}
	}
	return false;
}

enum srv_err
negotiate_compress(struct http_text bytes, struct buf *out)
{
	z_stream z = {0};
	enum srv_err err;

	/* 15 bits of window, and 16 for gzip's frame, whose time stamp is then nought. */
	if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return SRV_ENOMEM;
	err = buf_reserve(out, deflateBound(&z, bytes.len));
	if (err == SRV_OK) {
		z.next_in = (Bytef *)(uintptr_t)bytes.s;
		z.avail_in = (uInt)bytes.len;
		z.next_out = (Bytef *)out->data + out->len;
		z.avail_out = (uInt)(out->cap - out->len - 1);
		/* With room for the bound one call does it all. */
		if (deflate(&z, Z_FINISH) == Z_STREAM_END)
			out->len += z.total_out;
		else
			err = SRV_ENOMEM;
		out->data[out->len] = '\0';
	}
	(void)deflateEnd(&z);
	return err;
}
