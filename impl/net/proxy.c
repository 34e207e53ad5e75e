/* Why: a proxy that passes bytes on as they are cannot add a field to them, so it says in front whose connection it is.
 * Who may say so is conn.c's and acceptor.c's to judge.
 * Model: the bytes so far are read from the beginning each time, which is cheap because version 1 is short and version
 * 2 has its length in front; so there is no state that could be wrong.
 * TLVs of version 2 must fill the header and are passed over, but for the one that says that the client spoke TLS.
 * Called by conn.c on the connection's loop. */
#include "proxy.h"

#include <string.h>

static const char v1_begin[] = "PROXY ";
static const char v2_begin[12] = {'\r', '\n', '\r', '\n', '\0', '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

/* Is what is there of len bytes the beginning of that? */
static bool
begins(const char *data, size_t len, const char *with, size_t with_len)
{
	return memcmp(data, with, len < with_len ? len : with_len) == 0;
}

/* ---- version 1: PROXY TCP4 SOURCE DESTINATION PORT PORT CR LF */

struct text {
	const char *s, *end;
};

/* The next word, with exactly one blank in front. */
static bool
take_word(struct text *t, struct text *out)
{
	if (t->s == t->end || *t->s != ' ')
		return false;
	out->s = ++t->s;
	while (t->s < t->end && *t->s != ' ')
		t->s++;
	out->end = t->s;
	return out->s < out->end;
}

static bool
take_address(struct text *t, bool six, struct network_address *out)
{
	struct text w;

	return take_word(t, &w) && (memchr(w.s, ':', (size_t)(w.end - w.s)) != NULL) == six &&
	       network_address_parse(w.s, (size_t)(w.end - w.s), out);
}

static bool
take_port(struct text *t)
{
	struct text w;
	unsigned value = 0;

	if (!take_word(t, &w) || w.end - w.s > 5 || (*w.s == '0' && w.end - w.s > 1))
		return false;
	for (; w.s < w.end; w.s++) {
		if (*w.s < '0' || *w.s > '9')
			return false;
		value = value * 10 + (unsigned)(*w.s - '0');
	}
	return value <= 65535;
}

/* The line between `PROXY` and its end. */
static bool
read_line(struct text t, struct proxy_header *out)
{
	struct network_address destination;
	struct text family;
	size_t len;

	if (!take_word(&t, &family))
		return false;
	len = (size_t)(family.end - family.s);
	if (len == 7 && memcmp(family.s, "UNKNOWN", 7) == 0) {
		out->local = true; /* what follows means nothing */
		return true;
	}
	if (len != 4 || memcmp(family.s, "TCP", 3) != 0 || (family.s[3] != '4' && family.s[3] != '6'))
		return false;
	return take_address(&t, family.s[3] == '6', &out->client) &&
	       take_address(&t, family.s[3] == '6', &destination) && take_port(&t) && take_port(&t) && t.s == t.end;
}

static enum proxy_result
read_v1(const char *data, size_t len, struct proxy_header *out)
{
	size_t begin = sizeof v1_begin - 1, at = begin;
	struct proxy_header h = {0};

	while (at < len && at < PROXY_V1_MAX - 2 && data[at] >= ' ' && data[at] <= '~')
		at++;
	if (at < len && data[at] != '\r')
		return PROXY_ERROR;
	if (at + 1 < len && data[at + 1] != '\n')
		return PROXY_ERROR;
	if (at + 1 >= len)
		return PROXY_MORE;
	if (!read_line((struct text){data + begin - 1, data + at}, &h))
		return PROXY_ERROR;
	h.used = at + 2;
	*out = h;
	return PROXY_WHOLE;
}

/* ---- version 2 */

#define TLV_SSL 0x20
#define TLV_SSL_MIN 5        /* flags and the outcome of the certificate's check */
#define TLV_SSL_CLIENT 0x01u /* of the flags: the client spoke TLS */

static size_t
number16(const unsigned char *p)
{
	return (size_t)p[0] << 8 | p[1];
}

/* Bytes of the addresses of a family and protocol; false if we do not know it. A datagram cannot be a connection. */
static bool
addresses_len(unsigned char family, size_t *out)
{
	switch (family) {
	case 0x00: /* AF_UNSPEC */
		*out = 0;
		return true;
	case 0x11: /* TCP over IPv4 */
		*out = 12;
		return true;
	case 0x21: /* TCP over IPv6 */
		*out = 36;
		return true;
	case 0x31: /* a stream of AF_UNIX */
		*out = 216;
		return true;
	default:
		return false;
	}
}

static bool
read_tlvs(const unsigned char *p, size_t len, struct proxy_header *out)
{
	while (len > 0) {
		size_t n;

		if (len < 3)
			return false;
		n = number16(p + 1);
		if (n > len - 3)
			return false;
		if (p[0] == TLV_SSL) {
			if (n < TLV_SSL_MIN)
				return false;
			out->tls = (p[3] & TLV_SSL_CLIENT) != 0;
		}
		p += 3 + n;
		len -= 3 + n;
	}
	return true;
}

static enum proxy_result
read_v2(const char *data, size_t len, struct proxy_header *out)
{
	static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
	const unsigned char *p = (const unsigned char *)data;
	struct proxy_header h = {0};
	size_t addresses = 0, rest;

	/* Version 2 and a command: 0 LOCAL, 1 PROXY. */
	if (len > 12 && p[12] != 0x20 && p[12] != 0x21)
		return PROXY_ERROR;
	if (len > 13 && p[12] == 0x21 && !addresses_len(p[13], &addresses))
		return PROXY_ERROR;
	if (len < PROXY_V2_HEAD)
		return PROXY_MORE;
	rest = number16(p + 14);
	if (rest > PROXY_V2_LENGTH || rest < addresses)
		return PROXY_ERROR;
	if (len < PROXY_V2_HEAD + rest)
		return PROXY_MORE;
	h.used = PROXY_V2_HEAD + rest;
	h.local = p[12] == 0x20 || p[13] == 0x00 || p[13] == 0x31;
	p += PROXY_V2_HEAD;
	if (addresses == 36) {
		memcpy(h.client.bytes, p, 16);
	} else if (addresses == 12) {
		memcpy(h.client.bytes, mapped, sizeof mapped);
		memcpy(h.client.bytes + sizeof mapped, p, 4);
	}
	/* What a header without addresses holds has to be passed over, whatever it is. */
	if (addresses > 0 && !read_tlvs(p + addresses, rest - addresses, &h))
		return PROXY_ERROR;
	*out = h;
	return PROXY_WHOLE;
}

enum proxy_result
proxy_read(const char *data, size_t len, struct proxy_header *out)
{
	if (begins(data, len, v2_begin, sizeof v2_begin))
		return len < sizeof v2_begin ? PROXY_MORE : read_v2(data, len, out);
	if (begins(data, len, v1_begin, sizeof v1_begin - 1))
		return len < sizeof v1_begin - 1 ? PROXY_MORE : read_v1(data, len, out);
	return PROXY_ERROR;
}
