/* Maintenance job 3: rows of maintenance_job_log older than job_log_days are deleted. The store keeps the
 * last finished run of every job, whatever its age, because the schedule and the status page go by it.
 * Called on the job thread. */
#include "jobs_priv.h"

#define DAY_S 86400

static enum srv_err
slice(const struct job_env *env, int limit, int64_t *removed)
{
	wall_t before = {clock_wall().s - (int64_t)env->job_log_days * DAY_S};

	return store_job_log_purge(env->store, before, limit, removed);
}

enum srv_err
job_purge_job_log(const struct job_env *env, struct srv_reason *message)
{
	int64_t removed;
	enum srv_err err = job_purge(env, slice, &removed);

	if (err != SRV_OK)
		return srv_fail(message, err, "%s after %lld rows", srv_err_text(err), (long long)removed);
	srv_fail(message, SRV_OK, "%lld rows older than %d days deleted", (long long)removed, env->job_log_days);
	return SRV_OK;
}
