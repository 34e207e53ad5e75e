/* The parameters of a GET query or a POST form. Pure. Thread: any. */
#ifndef SRV_ENDPOINT_FORM_H
#define SRV_ENDPOINT_FORM_H

#include "../base/err.h"
#include "gsoap.h"

struct form_limits {
	int64_t parameters, name, value; /* value: bytes, decoded; name: bytes */
};

/* Decodes `name=value&...` for that operation: names in any case, unknown ones ignored, the values of a
 * repeated one joined with `,`, + and %XX decoded. Owns: out->param[] are the caller's (gsoap_parsed_fini), on failure
 * too. Errors: SRV_EINVAL (bad escape, NUL, not XML text), SRV_ELIMIT, SRV_ENOMEM. */
enum srv_err form_decode(
    const struct form_limits *, struct http_text text, const struct op_info *, struct gsoap_parsed *out);

#endif
