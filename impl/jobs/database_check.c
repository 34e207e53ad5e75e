/* Maintenance job 5: the database file is read through and checked. Damage is an event for the operator,
 * not only a row in a table of the file that is damaged. Called on the job thread. */
#include "../base/log.h"
#include "jobs_priv.h"

enum srv_err
job_database_check(const struct job_env *env, struct srv_reason *message)
{
	struct srv_reason why = {""};
	enum srv_err err = store_check(env->store, &why);

	if (err != SRV_OK) {
		srv_fail(message, err, "%s", why.text[0] != '\0' ? why.text : srv_err_text(err));
		log_error("database_check_failed reason=%s", LOG_STR(message->text));
		return err;
	}
	srv_fail(message, SRV_OK, "no damage found");
	return SRV_OK;
}
