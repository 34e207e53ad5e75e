/* The thread that runs the maintenance jobs, one at a time, each when it is due.
 *
 * What there is to do comes from two places: the table in jobs_priv.h has the functions, the snapshot has the
 * schedules (an administrator may change them; a flush brings the change here). When a job last began comes
 * from the log in the store, so a restart neither repeats nor forgets anything; what began in this
 * process is remembered here too, because a log that cannot be written, or a clock that was set back,
 * must not make a job run again and again. A run is a row without an outcome until it ends; rows that a
 * killed process left so are made failures before the thread runs anything.
 *
 * The thread sleeps until the next job is due, but no longer than POLL_MS: the wall clock may be set, and
 * the schedules may change, without anybody telling it. jobs_start and jobs_stop are called by main(). */
#include "jobs.h"
#include "../base/log.h"
#include "../base/thread.h"
#include "jobs_priv.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define POLL_MS 60000
#define END_TRIES 3
#define RECOVER_RETRY_MS 1000

struct job {
	int64_t job_id;
	job_run *run;
	const char *schedule_type, *name_resource_id;
	const char *names[4];
};

static const char *const languages[4] = {"en", "de", "fr", "tr"};

static const struct job jobs_table[] = {
#define X(job_id, function, schedule_type, name_resource_id, en, de, fr, tr) \
	{job_id, job_##function, schedule_type, name_resource_id, {en, de, fr, tr}},
    JOBS(X)
#undef X
};
#define JOB_COUNT (sizeof jobs_table / sizeof jobs_table[0])

/* What is known of a job's last start. */
struct last {
	bool started;
	wall_t at;
};

struct jobs {
	struct store *store; /* borrowed */
	struct cache *cache; /* borrowed */
	atomic_int job_log_days;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* on the monotonic clock */
	atomic_bool stop;    /* set under lock, read without it by the job that runs */
	/* the thread's own: */
	struct last here[JOB_COUNT];   /* starts in this process */
	struct last logged[JOB_COUNT]; /* starts that the store knows */
	bool store_failed;             /* said so in the log already */
};

enum srv_err
jobs_define(struct store *store)
{
	for (size_t i = 0; i < JOB_COUNT; i++) {
		const struct job *job = &jobs_table[i];
		enum srv_err err = store_job_define(store, job->job_id, job->name_resource_id, job->schedule_type);

		for (size_t l = 0; err == SRV_OK && l < sizeof languages / sizeof languages[0]; l++)
			err = store_resource_define(store, job->name_resource_id, languages[l], job->names[l]);
		if (err != SRV_OK)
			return err;
	}
	return SRV_OK;
}

/* ---- running one ------------------------------------------------------------------------------------ */

static void
pause_ms(struct jobs *j, int64_t ms)
{
	struct timespec until = thread_time_in(ms);

	pthread_mutex_lock(&j->lock);
	while (!atomic_load(&j->stop))
		if (pthread_cond_timedwait(&j->wake, &j->lock, &until) != 0)
			break;
	pthread_mutex_unlock(&j->lock);
}

/* The outcome of a run is worth a second try: without it the run counts as interrupted. */
static enum srv_err
write_end(struct jobs *j, int64_t run_id, int64_t elapsed_ms, bool success, const char *message)
{
	enum srv_err err = SRV_OK;

	for (int i = 0; i < END_TRIES; i++) {
		if (i > 0)
			pause_ms(j, 1000);
		err = store_job_end(j->store, run_id, elapsed_ms, success, message);
		if (err != SRV_EBUSY && err != SRV_EIO)
			break;
	}
	return err;
}

/* False if the run could not even be entered in the log; it was then not made. */
static bool
run_job(struct jobs *j, const struct job *job, const struct snapshot *snapshot)
{
	const struct job_env env = {j->store, snapshot, atomic_load(&j->job_log_days), &j->stop};
	struct srv_reason message = {""};
	wall_t started = clock_wall();
	mono_t began = clock_mono();
	int64_t run_id, elapsed_ms;
	enum srv_err err, end;

	err = store_job_begin(j->store, job->job_id, started, &run_id);
	if (err != SRV_OK) {
		log_warnx("job_not_begun job=%s reason=%s", job->name_resource_id, LOG_STR(srv_err_text(err)));
		return false;
	}
	j->here[job - jobs_table] = (struct last){true, started};
	err = job->run(&env, &message);
	if (message.text[0] == '\0')
		srv_fail(&message, err, "%s", srv_err_text(err));
	elapsed_ms = clock_mono().ms - began.ms;
	end = write_end(j, run_id, elapsed_ms, err == SRV_OK, message.text);
	if (err == SRV_OK)
		log_info("job_done job=%s elapsed_ms=%lld message=%s", job->name_resource_id, (long long)elapsed_ms,
		    LOG_STR(message.text));
	else
		log_warnx("job_failed job=%s elapsed_ms=%lld reason=%s", job->name_resource_id, (long long)elapsed_ms,
		    LOG_STR(message.text));
	if (end != SRV_OK)
		log_warnx(
		    "job_outcome_not_written job=%s reason=%s", job->name_resource_id, LOG_STR(srv_err_text(end)));
	return true;
}

/* ---- choosing the next -------------------------------------------------------------------------------- */

static const struct job *
job_find(int64_t job_id)
{
	for (size_t i = 0; i < JOB_COUNT; i++)
		if (jobs_table[i].job_id == job_id)
			return &jobs_table[i];
	return NULL;
}

static bool
on_last(void *arg, const struct store_job_run *run)
{
	struct jobs *j = arg;
	const struct job *job = job_find(run->job_id);

	if (job != NULL)
		j->logged[job - jobs_table] = (struct last){true, run->started_at};
	return true;
}

/* The job that is due first, and in how many milliseconds; NULL if the snapshot has none of ours. */
static const struct job *
next_job(const struct jobs *j, const struct snapshot *snapshot, int64_t *wait_ms)
{
	const struct job *next = NULL;
	wall_t now = clock_wall(), next_due = {0};

	for (size_t i = 0; i < snapshot->job_count; i++) {
		const struct snapshot_job *def = &snapshot->jobs[i];
		const struct job *job = job_find(def->job_id);
		const struct last *last;
		wall_t due;

		if (job == NULL)
			continue;
		last = &j->here[job - jobs_table];
		if (!last->started)
			last = &j->logged[job - jobs_table];
		due = jobs_due(def->schedule_type, last->started ? &last->at : NULL, now);
		if (next == NULL || due.s < next_due.s) {
			next = job;
			next_due = due;
		}
	}
	if (next != NULL)
		*wait_ms = next_due.s <= now.s
			       ? 0
			       : (next_due.s - now.s < POLL_MS / 1000 ? (next_due.s - now.s) * 1000 : POLL_MS);
	return next;
}

/* Runs what is due, if anything, and says how long to sleep then. */
static int64_t
turn(struct jobs *j)
{
	const struct snapshot *snapshot;
	const struct job *job;
	int64_t wait_ms = POLL_MS;
	enum srv_err err;

	memset(j->logged, 0, sizeof j->logged);
	err = store_job_last_each(j->store, on_last, j);
	if (err != SRV_OK) {
		if (!j->store_failed)
			log_warnx("jobs_wait reason=%s", LOG_STR(srv_err_text(err)));
		j->store_failed = true;
		return POLL_MS;
	}
	j->store_failed = false;
	snapshot = cache_get(j->cache);
	job = next_job(j, snapshot, &wait_ms);
	if (job != NULL && wait_ms == 0 && !run_job(j, job, snapshot))
		wait_ms = POLL_MS;
	snapshot_unref(&snapshot);
	return wait_ms;
}

/* False if the store could not be written; no job can begin then, either. */
static bool
recover(struct jobs *j)
{
	int64_t recovered = 0;
	enum srv_err err = store_job_recover(j->store, &recovered);

	if (err != SRV_OK && !j->store_failed)
		log_warnx("jobs_not_recovered reason=%s", LOG_STR(srv_err_text(err)));
	j->store_failed = err != SRV_OK;
	if (recovered > 0)
		log_info("jobs_recovered interrupted=%lld", (long long)recovered);
	return err == SRV_OK;
}

static void *
jobs_main(void *arg)
{
	struct jobs *j = arg;

	thread_gives_way();
	while (!atomic_load(&j->stop) && !recover(j))
		pause_ms(j, RECOVER_RETRY_MS);
	while (!atomic_load(&j->stop)) {
		int64_t wait_ms = turn(j);

		if (wait_ms > 0)
			pause_ms(j, wait_ms);
	}
	return NULL;
}

/* ---- the thread --------------------------------------------------------------------------------------- */

enum srv_err
jobs_start(struct store *store, struct cache *cache, int job_log_days, struct jobs **out)
{
	struct jobs *j = calloc(1, sizeof *j);

	if (j == NULL)
		return SRV_ENOMEM;
	j->store = store;
	j->cache = cache;
	atomic_init(&j->job_log_days, job_log_days);
	atomic_init(&j->stop, false);
	pthread_mutex_init(&j->lock, NULL);
	thread_cond_init(&j->wake);
	if (thread_start(&j->thread, jobs_main, j) != 0) {
		pthread_cond_destroy(&j->wake);
		pthread_mutex_destroy(&j->lock);
		free(j);
		return SRV_ELIMIT;
	}
	*out = j;
	return SRV_OK;
}

void
jobs_configure(struct jobs *j, int job_log_days)
{
	atomic_store(&j->job_log_days, job_log_days);
}

void
jobs_stop(struct jobs **jobs)
{
	struct jobs *j = *jobs;

	*jobs = NULL;
	if (j == NULL)
		return;
	pthread_mutex_lock(&j->lock);
	atomic_store(&j->stop, true);
	pthread_cond_signal(&j->wake);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->thread, NULL);
	pthread_cond_destroy(&j->wake);
	pthread_mutex_destroy(&j->lock);
	free(j);
}
