/* The header that a proxy sends in front of a connection to say whose it is: the PROXY protocol, versions 1 and 2
 * (haproxy's doc/proxy-protocol.txt). Pure: no input, no output, no memory. For conn_in.c. Thread: any. */
#ifndef SRV_NET_PROXY_H
#define SRV_NET_PROXY_H

#include "../base/network.h"

#include <stdbool.h>
#include <stddef.h>

#define PROXY_V1_MAX 107     /* bytes of a line with its CR LF */
#define PROXY_V2_HEAD 16     /* bytes up to the addresses */
#define PROXY_V2_LENGTH 4096 /* bytes behind these, at most */

enum proxy_result {
	PROXY_MORE,  /* not whole yet, and nothing wrong so far */
	PROXY_WHOLE, /* *out says what it says */
	PROXY_ERROR, /* it is none: a version, command, family, length or text that cannot be */
};

struct proxy_header {
	size_t used; /* bytes of the header */
	bool local;  /* the proxy speaks for itself, or does not know for whom: the connection's own address holds */
	struct network_address client; /* unless local */
	bool tls;                      /* the client spoke TLS to the proxy (version 2, PP2_TYPE_SSL) */
};

/* Looks at all bytes that came since the connection began, and may be asked again with more of them: what it says
 * of them does not depend on how they were cut. Never looks past the header, nor waits for more of
 * what cannot become one: version 1 is judged when its line ends, version 2 byte by byte up to its length. */
enum proxy_result proxy_read(const char *data, size_t len, struct proxy_header *out);

#endif
