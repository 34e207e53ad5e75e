/* GetMaintenanceJobsStatus(authenticationTicket): each job of the snapshot with its last finished run from
 * the log. Called on pool threads: the log is in the store. */
#include "../jobs/jobs.h"
#include "operation.h"
#include <stdlib.h>

struct runs {
	struct store_job_run *run; /* by job_id; messages are not kept */
	size_t count, cap;
	bool no_memory;
};

static bool
on_run(void *arg, const struct store_job_run *run)
{
	struct runs *r = arg;

	if (r->count == r->cap) {
		size_t cap = r->cap == 0 ? 16 : 2 * r->cap;
		struct store_job_run *more = realloc(r->run, cap * sizeof *more);

		if (more == NULL) {
			r->no_memory = true;
			return false;
		}
		r->run = more;
		r->cap = cap;
	}
	r->run[r->count] = *run;
	r->run[r->count++].message = NULL;
	return true;
}

static void
write_job(struct xml *x, const struct op_call *call, const struct snapshot_job *job, const struct store_job_run *run,
    wall_t now)
{
	char time_text[CLOCK_TEXT_MAX];

	xml_open(x, "MaintenanceJob");
	xml_attr_int(x, "JobId", job->job_id);
	xml_attr(x, "JobNameResourceId", job->name_resource_id);
	xml_attr(x, "JobName", snapshot_resource(call->snapshot, job->name_resource_id, call->session->language));
	xml_attr(x, "ScheduleType", job->schedule_type);
	if (run != NULL) {
		xml_attr(x, "StartDate", clock_format_local(run->started_at, time_text));
		xml_attr_int(x, "TimeElapsedMs", run->elapsed_ms);
		xml_attr_bool(x, "Success", run->success);
		xml_attr_bool(x, "IsLate", jobs_is_late(job->schedule_type, &run->started_at, now));
	} else {
		xml_attr(x, "StartDate", "");
		xml_attr_int(x, "TimeElapsedMs", 0);
		xml_attr(x, "Result", "");
		xml_attr_bool(x, "IsLate", false);
	}
	xml_close(x);
}

static enum op_state
run(struct op_call *call)
{
	const struct snapshot *s = call->snapshot;
	struct runs runs = {0};
	wall_t now = clock_wall();
	enum srv_err err;
	struct xml x;

	err = store_job_last_each(call->env->store, on_run, &runs);
	if (runs.no_memory)
		err = SRV_ENOMEM;
	if (err != SRV_OK) {
		op_fail(call, err);
		goto out;
	}
	op_result_begin(call, &x);
	/* Both lists are in order of job_id. */
	for (size_t i = 0, r = 0; i < s->job_count; i++) {
		bool ran;

		while (r < runs.count && runs.run[r].job_id < s->jobs[i].job_id)
			r++;
		ran = r < runs.count && runs.run[r].job_id == s->jobs[i].job_id;
		write_job(&x, call, &s->jobs[i], ran ? &runs.run[r] : NULL, now);
	}
	xml_close(&x);
out:
	free(runs.run);
	return OP_DONE;
}

const struct operation op_GetMaintenanceJobsStatus = {
    .access = OP_TICKET,
    .permission = SESSION_MAY_VIEW_STATUS,
    .ticket_param = 0,
    .blocks = true,
    .run = run,
};
