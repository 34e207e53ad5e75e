/* Results as the C structures that srvclient_results.h has for them. Only srvclient.c includes this. */
#ifndef SRV_CLIENT_TYPED_H
#define SRV_CLIENT_TYPED_H

#include "result.h"
#include "srvclient.h"

/* A structure of that type (size > 0) from a result element. Attributes and elements that the type does not know are
 * passed over: a newer service may have more. Owns: *out is the caller's on SRVCLIENT_OK (typed_free). Errors:
 * SRVCLIENT_MALFORMED, with why (a required attribute is missing, a value is not of its kind); SRVCLIENT_MEMORY. */
enum srvclient_err typed_read(const struct srvclient_type *, const struct result *, void **out, struct srv_reason *why);
void typed_free(const struct srvclient_type *, void **); /* NULLs the caller's pointer */

#endif
