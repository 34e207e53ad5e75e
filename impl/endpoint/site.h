/* Whose page is asking, and under which address: what a request says of the service's public address, and whether a
 * page of another site is behind it. Immutable once made. Thread: any. */
#ifndef SRV_ENDPOINT_SITE_H
#define SRV_ENDPOINT_SITE_H

#include "../base/buf.h"
#include "../base/conf.h"
#include "../net/http.h"

struct site;

/* Reads public_url, base_path and allowed_origins. Errors: SRV_ENOMEM. conf is borrowed for the site's life. */
enum srv_err site_new(const struct conf *, struct site **out, struct srv_reason *why);
void site_free(struct site **);

/* What the path of a request names. */
enum site_place {
	SITE_UNKNOWN,
	SITE_ROOT,      /* / */
	SITE_SERVICE,   /* /srv.asmx */
	SITE_OPERATION, /* /srv.asmx/<name> */
	SITE_BAD,       /* a bad escape */
};
/* The path in any case, repeated slashes as one, with or without base_path. name, of SITE_OPERATION, is written
 * NUL-terminated into buf (cut at size). *based: base_path stood in front. */
enum site_place site_find(const struct site *, struct http_text path, char *name, size_t size, bool *based);

/* Appends the service's address as the caller sees it: public_url, else scheme, host and path of the request, which is
 * the one that forwarded_read gave. Errors: the buf's own. */
void site_address(const struct site *, const struct http_request *, bool based, struct buf *out);

/* Does the caller sit at this host? forwarded: a trusted proxy has said so of whom it stands for. Where nobody trusted
 * did, a request that tells of a proxy is that of a stranger. */
bool site_is_local(const struct http_request *, bool forwarded);

enum site_origin {
	SITE_OURS,    /* our own page, or no page at all */
	SITE_ALLOWED, /* a page of one of allowed_origins; *origin is what it calls itself */
	SITE_FOREIGN, /* another site's page */
};
enum site_origin site_origin(const struct site *, const struct http_request *, struct http_text *origin);

#endif
