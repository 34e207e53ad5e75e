/* A Content-Type field, taken apart (RFC 9110 section 8.3). Pure. Thread: any. */
#ifndef SRV_ENDPOINT_MEDIA_H
#define SRV_ENDPOINT_MEDIA_H

#include "../net/http.h"

struct media {
	struct http_text type;    /* type/subtype */
	struct http_text charset; /* len 0 if absent, quotes taken off */
	struct http_text action;  /* of application/soap+xml; NULL if absent, quotes taken off */
};

/* False if the value is not of the field's form, or gives a parameter that we read twice. */
bool media_parse(struct http_text value, struct media *out);

#endif
