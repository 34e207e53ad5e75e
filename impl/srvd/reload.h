/* The first half of SIGHUP: the configuration is read anew. For main.c. Thread: the main thread. */
#ifndef SRV_SRVD_RELOAD_H
#define SRV_SRVD_RELOAD_H

#include "../base/conf_ref.h"
#include "../endpoint/endpoint.h"
#include "../jobs/jobs.h"
#include "../net/server.h"
#include "../session/session.h"

struct reload {
	/* where configuration comes from, as main() got it */
	int argc;
	char *const *argv, *const *env;
	const struct conf *started; /* what srvd runs with where only a start counts; a reference */
	const struct conf *conf;    /* what is in force; a reference */
	/* who is to know; borrowed, jobs may be NULL */
	struct endpoint *endpoint;
	struct server *server;
	struct sessions *sessions;
	struct jobs *jobs;
};

/* What conf_load cannot see: values that only their user understands, or that make no sense together. For the start,
 * too. Errors: SRV_EINVAL with why, SRV_ENOMEM. */
enum srv_err reload_check(const struct conf *, struct srv_reason *why);
/* Loads flags, environment and file as a start does, and puts what came of it in force: everywhere, or, if anything is
 * wrong with it, nowhere. Logs which, and each key that changed or would take a restart to. */
void reload(struct reload *);

#endif
