/* The service as seen from outside: its path, its address, and the browser pages that may call it (CONTRACT sections 3
 * and 4). A page is known by what browsers send and pages cannot forge: Origin and Sec-Fetch-Site.
 * Called by request.c and documents.c on event loops. */
#include "site.h"
#include "../base/network.h"
#include "../base/text.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SERVICE "/srv.asmx"
#define PATH_MAX_BYTES 1024
#define BASE_MAX 512 /* bytes of a scheme and a host; the latter is of 255 at most, from whatever field it is */

struct site {
	const struct conf *conf;
};

enum srv_err
site_new(const struct conf *conf, struct site **out, struct srv_reason *why)
{
	struct site *s = calloc(1, sizeof *s);

	if (s == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	s->conf = conf;
	*out = s;
	return SRV_OK;
}

void
site_free(struct site **sp)
{
	free(*sp);
	*sp = NULL;
}

/* Takes %XX off and folds repeated slashes. '+' is itself in a path. */
static bool
normalise(struct http_text path, char out[PATH_MAX_BYTES])
{
	size_t n = 0;

	for (size_t i = 0; i < path.len; i++) {
		char c = path.s[i];
		if (c == '%') {
			int high = i + 2 < path.len ? text_hex(path.s[i + 1]) : -1;
			int low = i + 2 < path.len ? text_hex(path.s[i + 2]) : -1;
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

/* No memory is needed to know whose a page is: without any it would be another site's. */
static const char *
write_base(const struct http_request *rq, char out[BASE_MAX])
{
	struct http_text host = rq->host.len ? rq->host : (struct http_text){"localhost", 9};

	(void)snprintf(out, BASE_MAX, "%s%.*s", rq->tls ? "https://" : "http://", (int)host.len, host.s);
	return out;
}

void
site_address(const struct site *s, const struct http_request *rq, bool based, struct buf *out)
{
	char base[BASE_MAX];

	if (s->conf->public_url) {
		buf_puts(out, s->conf->public_url);
		return;
	}
	buf_puts(out, write_base(rq, base));
	if (based)
		buf_puts(out, s->conf->base_path);
	buf_puts(out, SERVICE);
}

static bool
has_field(const struct http_request *rq, const char *name)
{
	struct http_text value;

	return http_field_get(rq, name, &value, NULL);
}

bool
site_is_local(const struct http_request *rq, bool forwarded)
{
	struct network_address peer;

	if (rq->peer == NULL || !network_address_parse(rq->peer, strlen(rq->peer), &peer))
		return false;
	/* Then the peer is who is meant, if whoever says so is believed; Via alone means somebody who is not named. */
	if (has_field(rq, "X-Forwarded-For") || has_field(rq, "Forwarded"))
		return forwarded && (rq->from_here || network_address_is_loopback(&peer));
	return !has_field(rq, "Via") && (rq->from_here || network_address_is_loopback(&peer));
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
	char ours[BASE_MAX];
	size_t count = 0;

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
	return is_origin_of(*origin, write_base(rq, ours)) ? SITE_OURS : SITE_FOREIGN;
}
