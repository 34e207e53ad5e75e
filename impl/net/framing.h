/* What a request head means for the connection: its target, its host, where its body ends. For http1.c only. */
#ifndef SRV_NET_FRAMING_H
#define SRV_NET_FRAMING_H

#include "http1.h"

/* Judges the request line that h describes. Returns 0, or the status to refuse with and *why. */
int framing_request_line(struct http1 *h, const char *data, const char *version, size_t version_len, const char **why);
/* Cuts the field lines in [at, end) of a head that was scanned into fields, h->field_count of them. */
void framing_split(const struct http1 *h, const char *data, size_t at, struct http_field *fields);
/* Judges the fields and fills in what h says of the body and the connection. Likewise. */
int framing_fields(
    struct http1 *h, const struct http1_limits *, const char *data, const struct http_field *fields, const char **why);
/* Fills target, path, query and host of the request; rewrites an absolute target in place as origin form. */
void framing_target(const struct http1 *h, char *data, struct http_request *req);

#endif
