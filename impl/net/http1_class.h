/* Which bytes may stand where in an HTTP/1.1 message. For http1 and chunked only. */
#ifndef SRV_NET_HTTP1_CLASS_H
#define SRV_NET_HTTP1_CLASS_H

#include <stdbool.h>

enum {
	HTTP1_TOKEN = 1,   /* tchar, RFC 9110 section 5.6.2 */
	HTTP1_TARGET = 2,  /* visible ASCII without #; what is odd in there is for the endpoint to judge */
	HTTP1_VALUE = 4,   /* field-vchar, blank and TAB; obs-text is opaque */
	HTTP1_HOST = 8,    /* of a registered name: what DNS and hosts files use, no % and no sub-delims */
	HTTP1_VERSION = 16 /* of HTTP/1.1 */
};

extern const unsigned char http1_class[256];

static inline bool
http1_is(char c, int which)
{
	return (http1_class[(unsigned char)c] & which) != 0;
}

#endif
