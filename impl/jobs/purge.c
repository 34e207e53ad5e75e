/* What the two purges share. A delete of a hundred thousand rows in one transaction would hold the write
 * lock for as long as it takes, and every login would wait for it. So rows go in slices of a few
 * milliseconds, with a pause between them in which whoever waits for the lock gets it (SQLite's waiters
 * poll: without the pause the next slice would nearly always win). How many rows that is depends on the disk and on how
 * the rows lie on it, so each slice is as large as the time says that the one before took. Called on the job thread. */
#include "jobs_priv.h"
#include <time.h>

#define SLICE_ROWS_MIN 25
#define SLICE_ROWS_MAX 250
#define SLICE_MS 8
#define PAUSE_NS 5000000

static int
next_rows(int rows, mono_t begun)
{
	int64_t took_ms = clock_mono().ms - begun.ms;

	if (took_ms > SLICE_MS)
		return rows / 2 < SLICE_ROWS_MIN ? SLICE_ROWS_MIN : rows / 2;
	if (took_ms < SLICE_MS / 2)
		return rows * 3 / 2 > SLICE_ROWS_MAX ? SLICE_ROWS_MAX : rows * 3 / 2;
	return rows;
}

enum srv_err
job_purge(const struct job_env *env, enum srv_err (*slice)(const struct job_env *, int, int64_t *), int64_t *removed)
{
	const struct timespec pause = {0, PAUSE_NS};
	int rows = SLICE_ROWS_MIN;

	*removed = 0;
	for (;;) {
		mono_t begun = clock_mono();
		int64_t n = 0;
		enum srv_err err;

		if (atomic_load(env->stop))
			return SRV_ESTOPPED;
		err = slice(env, rows, &n);
		if (err != SRV_OK)
			return err;
		*removed += n;
		if (n < rows)
			return SRV_OK;
		rows = next_rows(rows, begun);
		nanosleep(&pause, NULL);
	}
}
