/* The service as seen from outside: its path, its address, and the browser pages that may call it (CONTRACT sections 3
 * and 4). A page is known by what browsers send and pages cannot forge: Origin and Sec-Fetch-Site.
 * Called by request.c and documents.c on event loops. */
#include "site.h"
#include "../base/text.h"
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVICE "/srv.asmx"
#define PATH_MAX_BYTES 1024

struct network {
	uint8_t address[16]; /* IPv4 as ::ffff:a.b.c.d */
	int bits;
};

struct site {
	const struct conf *conf;
	struct network *proxies;
	size_t proxy_count;
};

static bool
parse_address(const char *text, uint8_t out[16], int *family_bits)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

	if (inet_pton(AF_INET6, text, out) == 1) {
		*family_bits = 128;
		return true;
	}
	memcpy(out, mapped, sizeof mapped);
	*family_bits = 32;
	return inet_pton(AF_INET, text, out + 12) == 1;
}

static bool
parse_network(const char *text, struct network *out)
{
	char address[INET6_ADDRSTRLEN + 1];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	int family_bits;
	int64_t bits;

	if (len >= sizeof address)
		return false;
	memcpy(address, text, len);
	address[len] = '\0';
	if (!parse_address(address, out->address, &family_bits))
		return false;
	bits = family_bits;
	if (slash && !text_parse_int(slash + 1, 0, family_bits, &bits))
		return false;
	out->bits = (int)bits + 128 - family_bits;
	return true;
}

static bool
in_network(const struct network *n, const uint8_t address[16])
{
	size_t whole = (size_t)n->bits / 8;
	int rest = n->bits % 8;

	if (memcmp(n->address, address, whole) != 0)
		return false;
	return rest == 0 || ((n->address[whole] ^ address[whole]) >> (8 - rest)) == 0;
}

static bool
is_trusted(const struct site *s, const char *peer)
{
	uint8_t address[16];
	int bits;

	if (s->proxy_count == 0 || peer == NULL || !parse_address(peer, address, &bits))
		return false;
	for (size_t i = 0; i < s->proxy_count; i++)
		if (in_network(&s->proxies[i], address))
			return true;
	return false;
}

enum srv_err
site_new(const struct conf *conf, struct site **out, struct srv_reason *why)
{
	struct site *s = calloc(1, sizeof *s);

	if (s == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	s->conf = conf;
	s->proxies = calloc(conf->trusted_proxies.count + 1, sizeof *s->proxies);
	if (s->proxies == NULL) {
		site_free(&s);
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	}
	for (size_t i = 0; i < conf->trusted_proxies.count; i++) {
		const char *text = conf->trusted_proxies.item[i];
		if (!parse_network(text, &s->proxies[s->proxy_count++])) {
			site_free(&s);
			return srv_fail(why, SRV_EINVAL, "trusted_proxies: \"%s\" is no address or network", text);
		}
	}
	*out = s;
	return SRV_OK;
}

void
site_free(struct site **sp)
{
	if (*sp == NULL)
		return;
	free((*sp)->proxies);
	free(*sp);
	*sp = NULL;
}

static int
hex_value(char c)
{
	c = text_lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes %XX off and folds repeated slashes. '+' is itself in a path. */
static bool
normalise(struct http_text path, char out[PATH_MAX_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++) {
		char c = path.s[i];
		if (c == '%') {
			int high = i + 2 < path.len ? hex_value(path.s[i + 1]) : -1;
			int low = i + 2 < path.len ? hex_value(path.s[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			c = (char)(high * 16 + low);
			i += 2;
			if (c == '\0')
				c = '\x01'; /* names nothing */
		}
		if (c == '/' && n > 0 && out[n - 1] == '/')
			continue;
		if (n + 1 < PATH_MAX_BYTES)
			out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

static const char *
after_prefix(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strlen(path) >= n && text_ieq_n(path, n, prefix) ? path + n : NULL;
}

enum site_place
site_find(const struct site *s, struct http_text path, char *name, size_t size, bool *based)
{
	char whole[PATH_MAX_BYTES] = "";
	const char *rest = NULL;
	size_t n;

	if (!normalise(path, whole))
		return SITE_BAD;
	if (strcmp(whole, "/") == 0)
		return SITE_ROOT;
	*based = *s->conf->base_path != '\0';
	if (*based && (rest = after_prefix(whole, s->conf->base_path)) != NULL) {
		if (*rest == '\0' || strcmp(rest, "/") == 0)
			return SITE_ROOT;
		rest = after_prefix(rest, SERVICE);
	}
	if (rest == NULL) {
		*based = false;
		rest = after_prefix(whole, SERVICE);
	}
	if (rest == NULL)
		return SITE_UNKNOWN;
	if (*rest == '\0' || strcmp(rest, "/") == 0)
		return SITE_SERVICE;
	if (*rest != '/')
		return SITE_UNKNOWN;
	n = strlen(rest + 1);
	if (n >= size)
		n = size - 1;
	memcpy(name, rest + 1, n);
	name[n] = '\0';
	return SITE_OPERATION;
}

/* The last value of a comma-separated list: what the nearest proxy, the one we trust, wrote. */
static bool
forwarded(const struct http_request *rq, const char *field, struct http_text *out)
{
	struct http_text v;
	size_t count = 0, start;

	if (!http_field_get(rq, field, &v, &count) || count != 1)
		return false;
	while (v.len > 0 && strchr(" \t", v.s[v.len - 1]))
		v.len--;
	for (start = v.len; start > 0 && v.s[start - 1] != ','; start--)
		;
	while (start < v.len && strchr(" \t", v.s[start]))
		start++;
	*out = (struct http_text){v.s + start, v.len - start};
	return out->len > 0;
}

/* A host and port as a Host field may have them: letters, digits and .-_:[] . */
static bool
is_host(struct http_text host)
{
	for (size_t i = 0; i < host.len; i++) {
		char c = text_lower(host.s[i]);
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c != '\0' && strchr(".-_:[]", c))))
			return false;
	}
	return host.len > 0 && host.len <= 255;
}

static void
put_base(const struct site *s, const struct http_request *rq, struct buf *out)
{
	struct http_text host = rq->host, proto = {NULL, 0}, v;
	bool https = rq->tls;

	if (is_trusted(s, rq->peer)) {
		if (forwarded(rq, "X-Forwarded-Proto", &proto))
			https = http_text_ieq(proto, "https") || (https && !http_text_ieq(proto, "http"));
		if (forwarded(rq, "X-Forwarded-Host", &v) && is_host(v))
			host = v;
	}
	buf_puts(out, https ? "https://" : "http://");
	if (host.len)
		buf_put(out, host.s, host.len);
	else
		buf_puts(out, "localhost");
}

void
site_address(const struct site *s, const struct http_request *rq, bool based, struct buf *out)
{
	if (s->conf->public_url) {
		buf_puts(out, s->conf->public_url);
		return;
	}
	put_base(s, rq, out);
	if (based)
		buf_puts(out, s->conf->base_path);
	buf_puts(out, SERVICE);
}

/* The length of an origin without its scheme's own port: browsers leave that out (RFC 6454 section 6.2), proxies may
 * not. */
static size_t
portless(const char *origin, size_t len)
{
	const char *port = len > 8 && text_ieq_n(origin, 8, "https://") ? ":443" : ":80";
	size_t n = strlen(port);

	return len > n && memcmp(origin + len - n, port, n) == 0 ? len - n : len;
}

/* Is origin that of url: the same up to the slash behind the host? */
static bool
is_origin_of(struct http_text origin, const char *url)
{
	const char *scheme_end = strstr(url, "://");
	size_t len = scheme_end ? (size_t)(scheme_end - url) + 3 : 0;

	len += strcspn(url + len, "/");
	len = portless(url, len);
	return len == portless(origin.s, origin.len) && strncasecmp(url, origin.s, len) == 0;
}

enum site_origin
site_origin(const struct site *s, const struct http_request *rq, struct http_text *origin)
{
	struct http_text site;
	struct buf ours;
	size_t count = 0;
	bool same;

	*origin = (struct http_text){NULL, 0};
	(void)http_field_get(rq, "Origin", origin, &count);
	if (count > 1)
		return SITE_FOREIGN;
	for (size_t i = 0; count == 1 && i < s->conf->allowed_origins.count; i++)
		if (is_origin_of(*origin, s->conf->allowed_origins.item[i]))
			return SITE_ALLOWED;
	if (http_field_get(rq, "Sec-Fetch-Site", &site, NULL) && http_text_ieq(site, "cross-site"))
		return SITE_FOREIGN;
	if (count == 0)
		return SITE_OURS;
	if (s->conf->public_url && is_origin_of(*origin, s->conf->public_url))
		return SITE_OURS;
	buf_init(&ours, 0);
	put_base(s, rq, &ours);
	same = ours.err == SRV_OK && is_origin_of(*origin, buf_str(&ours));
	buf_fini(&ours);
	return same ? SITE_OURS : SITE_FOREIGN;
}
