/* The maintenance jobs and the thread that runs them, one at a time, on their schedules: CONTRACT
 * section 8. A new job is one entry in the table of jobs_priv.h and one function in a file of its own. */
#ifndef SRV_JOBS_H
#define SRV_JOBS_H

#include "../base/clock.h"
#include "../base/err.h"
#include "../cache/cache.h"
#include "../store/store.h"
#include <stdatomic.h>
#include <stdbool.h>

/* What a job gets. stop becomes true when srvd ends: a job that walks or loops looks at it and returns
 * SRV_ESTOPPED. */
struct job_env {
	struct store *store;
	const struct snapshot *snapshot; /* the one current when the job began */
	int job_log_days;
	const atomic_bool *stop;
};
/* message: at most sizeof text bytes for the log's message column, on success too. */
typedef enum srv_err job_run(const struct job_env *, struct srv_reason *message);

/* Adds to the store what it lacks of the table's jobs and their names (English, German, French, Turkish).
 * For srvadm init, and for srvd before the first load. */
enum srv_err jobs_define(struct store *);

struct jobs;
/* Starts the thread. Borrowed: store, cache. Errors: SRV_ENOMEM, SRV_ELIMIT. */
enum srv_err jobs_start(struct store *, struct cache *, int job_log_days, struct jobs **out);
/* Another job_log_days, from the next run on. Thread: any. */
void jobs_configure(struct jobs *, int job_log_days);
/* Asks the job that runs to stop, joins. NULLs the pointer. */
void jobs_stop(struct jobs **);

/* The scheduling rule alone, for the thread and for tests: when is a job of this schedule due, given its
 * last start (NULL: never)? Never started: at once. AnyTime: a day after the last start; Hourly: the next
 * full hour; Daily: the next local midnight; WeekLyOnMonday: the next local Monday, 00:00. */
wall_t jobs_due(const char *schedule_type, const wall_t *last_start, wall_t now);
/* IsLate of GetMaintenanceJobsStatus: the last start is more than 1 day (WeekLyOnMonday: 7 days) ago. */
bool jobs_is_late(const char *schedule_type, const wall_t *last_start, wall_t now);

#endif
