/* One call of the service over the network, on the generated stubs. Only main.c includes this. */
#ifndef SRV_CLIENT_CALL_H
#define SRV_CLIENT_CALL_H

#include "../base/err.h"

enum call_operation {
	CALL_FLUSH,
	CALL_JOBS,
	CALL_WAREHOUSE,
	CALL_INFO,
	CALL_LOGIN,
	CALL_VALID,
	CALL_LOGOUT,
};

struct call {
	const char *url; /* http://, without a query */
	int tmo_s;       /* seconds to connect in, and seconds without a byte until the call is given up; 1 or more */
	enum call_operation operation;
	const char *ticket;    /* for those that need one, else NULL */
	const char *uid, *pwd; /* CALL_LOGIN */
	const char *language;  /* CALL_LOGIN; NULL: the user's own */
};

/* Owns: *escaped is the result element as escaped text (result_parse_text), the caller's to free on SRV_OK. Errors,
 * with why: SRV_EIO: the service could not be reached, or did not answer in time; SRV_EINVAL: what answered is not the
 * service; SRV_ECORRUPT: the service answered with a fault; SRV_ENOMEM. */
enum srv_err call_run(const struct call *, char **escaped, struct srv_reason *why);

#endif
