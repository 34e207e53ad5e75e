/* Maintenance job 4: the query planner's statistics are renewed and the write-ahead log goes into the
 * database file. Called on the job thread. */
#include "jobs_priv.h"

enum srv_err
job_database_maintenance(const struct job_env *env, struct srv_reason *message)
{
	enum srv_err err = store_optimize(env->store);

	if (err != SRV_OK)
		return srv_fail(message, err, "%s", srv_err_text(err));
	srv_fail(message, SRV_OK, "optimised and checkpointed");
	return SRV_OK;
}
