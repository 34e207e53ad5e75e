/* What the two purges share. A delete of a hundred thousand rows in one transaction would hold the write
 * lock for as long as it takes, and every login would wait for it. So rows go in slices of a few
 * milliseconds, with a pause between them in which whoever waits for the lock gets it (SQLite's waiters
 * poll: without the pause the next slice would nearly always win). Called on the job thread. */
#include "jobs_priv.h"
#include <time.h>

#define SLICE_ROWS 250
#define PAUSE_NS 5000000

enum srv_err
job_purge(const struct job_env *env, enum srv_err (*slice)(const struct job_env *, int, int64_t *), int64_t *removed)
{
	const struct timespec pause = {0, PAUSE_NS};

	*removed = 0;
	for (;;) {
		int64_t n = 0;
		enum srv_err err;

		if (atomic_load(env->stop))
			return SRV_ESTOPPED;
		err = slice(env, SLICE_ROWS, &n);
		if (err != SRV_OK)
			return err;
		*removed += n;
		if (n < SLICE_ROWS)
			return SRV_OK;
		nanosleep(&pause, NULL);
	}
}
