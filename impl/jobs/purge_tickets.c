/* Maintenance job 1: tickets that expired are deleted. Nothing depends on it for safety, an expired ticket
 * is refused anyway; it keeps the table from growing. Called on the job thread. */
#include "jobs_priv.h"

static enum srv_err
slice(const struct job_env *env, int limit, int64_t *removed)
{
	return store_ticket_purge(env->store, clock_wall(), limit, removed);
}

enum srv_err
job_purge_tickets(const struct job_env *env, struct srv_reason *message)
{
	int64_t removed;
	enum srv_err err = job_purge(env, slice, &removed);

	if (err != SRV_OK)
		return srv_fail(message, err, "%s after %lld tickets", srv_err_text(err), (long long)removed);
	srv_fail(message, SRV_OK, "%lld expired tickets deleted", (long long)removed);
	return SRV_OK;
}
