/* One HTTP exchange at a time with one service, over connections that are kept. Only soap.c and srvclient.c
 * include this. Thread: one at a time. */
#ifndef SRV_CLIENT_TRANSPORT_H
#define SRV_CLIENT_TRANSPORT_H

#include "../base/buf.h"
#include "../base/err.h"
#include "srvclient.h"

struct transport;

/* Errors, with why: SRVCLIENT_USAGE (the URL), SRVCLIENT_MEMORY. Owns: the URL is copied. */
enum srvclient_err transport_new(const char *url, struct transport **out, struct srv_reason *why);
void transport_free(struct transport **);

/* As the functions of srvclient.h say. Errors: SRVCLIENT_MEMORY, SRVCLIENT_USAGE. */
enum srvclient_err transport_set_timeouts(struct transport *, long connect_ms, long total_ms);
enum srvclient_err transport_set_ca(struct transport *, const char *file, const char *directory);
enum srvclient_err transport_set_certificate(struct transport *, const char *certificate, const char *key);
enum srvclient_err transport_set_insecure(struct transport *, bool insecure);

struct transport_request {
	const char *content_type;
	const char *action; /* of a SOAPAction header, or NULL */
	const char *body;
	size_t len; /* bytes */
};
/* Posts, and appends what came to answer, whose limit bounds it. status: of HTTP, with SRVCLIENT_OK. Errors, with why:
 * SRVCLIENT_TRANSPORT, _TIMEOUT, _TLS, _MALFORMED (no HTTP), _LIMIT, _MEMORY. */
enum srvclient_err transport_post(
    struct transport *, const struct transport_request *, struct buf *answer, int *status, struct srv_reason *why);

#endif
