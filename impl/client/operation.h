/* The operations as gen/client-code.xsl makes them from the contract: what the public header tells of each, and the
 * stub that gSOAP made for it. operation.c, soap.c and the generated code include this. */
#ifndef SRV_CLIENT_OPERATION_H
#define SRV_CLIENT_OPERATION_H

#include "srvclient.h"

struct soap;

struct client_operation {
	struct srvclient_operation about; /* first: callers hand out a pointer to it, and hand it back */
	/* gSOAP's status. params: as many as the operation has. */
	int (*stub)(struct soap *, const char *endpoint, const char *const params[]);
};
extern const struct client_operation client_operations[];
extern const size_t client_operation_count;

#endif
