/* Who asks, and under which address, where a proxy that we trust stands between: X-Forwarded-For, -Proto and -Host, and
 * Forwarded (RFC 7239). Pure but for forwarded_log. Thread: any; a forwarded_log belongs to one. */
#ifndef SRV_ENDPOINT_FORWARDED_H
#define SRV_ENDPOINT_FORWARDED_H

#include "../base/clock.h"
#include "../base/network.h"
#include "../net/http.h"

#define FORWARDED_HOPS_MAX 32  /* proxies that are walked past */
#define FORWARDED_HOST_MAX 255 /* bytes of a host with its port */

/* A request as its sender made it: the peer is the client, tls and host are the public ones. */
struct forwarded {
	struct http_request request;
	const char *fault; /* a word for the log: something was not believed; NULL: nothing */
	char peer[NETWORK_TEXT_MAX];
	char host[FORWARDED_HOST_MAX];
};

/* Returns the request to work with: the given one if its peer is none of trusted, whose fields are then not looked
 * at, else out->request, which borrows from *out and from the given one. out->fault is always set.
 *
 * The client is found from the right: each element is the word of the proxy named by the one behind it, and of the peer
 * in the end; the first address that is none of trusted is the client. What stands further left anybody may have
 * written, and it is not looked at. An identifier that hides the address (unknown, _x) ends the walk at the proxy that
 * wrote it. Scheme and host are what the farthest of these proxies says.
 * What is malformed or contradicts itself is not believed: the peer is then the proxy, and scheme and host are those of
 * the request itself; a bad X-Forwarded-Proto or -Host costs only itself. */
const struct http_request *forwarded_read(
    const struct networks *trusted, const struct http_request *, struct forwarded *out);

/* Says a fault in the log, one line in FORWARDED_LOG_MS with the count of those that were not said. */
#define FORWARDED_LOG_MS 10000
struct forwarded_log {
	mono_t since;
	bool said;
	unsigned dropped;
};
void forwarded_say(struct forwarded_log *, const char *fault, const char *peer);

#endif
