/* A few threads and one bounded queue. Who posts is an event loop and must never wait, so the queue is an
 * array made in advance: posting takes a short lock, cannot run out of memory, and says at once that it is
 * full. Jobs start in the order in which they were posted.
 *
 * The threads take no signals; those belong to the loop that waits for them. Called by srvd (new, free) and by
 * the network's loops (post). */
#include "pool.h"
#include "thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

struct pool_job {
	void (*run)(void *arg);
	void *arg;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t posted; /* a job came, or stopping was set */
	bool stopping;         /* under lock */
	bool patient;          /* constant */
	struct pool_job *job;  /* ring of job_max, under lock */
	size_t job_max;
	size_t first;  /* under lock */
	size_t queued; /* under lock */
	pthread_t *thread;
	int threads; /* that run */
};

static void *
pool_main(void *arg)
{
	struct pool *p = arg;
	struct pool_job job;

	if (p->patient)
		thread_gives_way();
	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (p->queued == 0 && !p->stopping)
			pthread_cond_wait(&p->posted, &p->lock);
		if (p->queued == 0)
			break;
		job = p->job[p->first];
		p->first = (p->first + 1) % p->job_max;
		p->queued--;
		pthread_mutex_unlock(&p->lock);
		job.run(job.arg);
		pthread_mutex_lock(&p->lock);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* False when not all could be had. */
static bool
start_threads(struct pool *p, int threads)
{
	while (p->threads < threads && thread_start(&p->thread[p->threads], pool_main, p) == 0)
		p->threads++;
	return p->threads == threads;
}

static enum srv_err
make(int threads, int queue_max, bool patient, struct pool **out)
{
	struct pool *p;

	if (threads < 1 || queue_max < 1)
		return SRV_EINVAL;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return SRV_ENOMEM;
	p->patient = patient;
	p->job_max = (size_t)queue_max;
	p->job = calloc(p->job_max, sizeof(*p->job));
	p->thread = calloc((size_t)threads, sizeof(*p->thread));
	if (p->job == NULL || p->thread == NULL)
		goto no_memory;
	if (pthread_mutex_init(&p->lock, NULL) != 0)
		goto no_memory;
	if (pthread_cond_init(&p->posted, NULL) != 0) {
		pthread_mutex_destroy(&p->lock);
		goto no_memory;
	}
	if (!start_threads(p, threads)) {
		pool_free(&p);
		return SRV_ELIMIT;
	}
	*out = p;
	return SRV_OK;

no_memory:
	free(p->thread);
	free(p->job);
	free(p);
	return SRV_ENOMEM;
}

enum srv_err
pool_new(int threads, int queue_max, struct pool **out)
{
	return make(threads, queue_max, false, out);
}

enum srv_err
pool_new_patient(int threads, int queue_max, struct pool **out)
{
	return make(threads, queue_max, true, out);
}

void
pool_free(struct pool **pp)
{
	struct pool *p = *pp;

	if (p == NULL)
		return;
	*pp = NULL;
	pthread_mutex_lock(&p->lock);
	p->stopping = true;
	pthread_cond_broadcast(&p->posted);
	pthread_mutex_unlock(&p->lock);
	for (int i = 0; i < p->threads; i++)
		pthread_join(p->thread[i], NULL);
	assert(p->queued == 0 || p->threads == 0);
	pthread_cond_destroy(&p->posted);
	pthread_mutex_destroy(&p->lock);
	free(p->thread);
	free(p->job);
	free(p);
}

enum srv_err
pool_post(struct pool *p, void (*run)(void *arg), void *arg)
{
	enum srv_err err = SRV_OK;

	pthread_mutex_lock(&p->lock);
	if (p->stopping) {
		err = SRV_ESTOPPED;
	} else if (p->queued == p->job_max) {
		err = SRV_EBUSY;
	} else {
		p->job[(p->first + p->queued) % p->job_max] = (struct pool_job){run, arg};
		p->queued++;
		pthread_cond_signal(&p->posted);
	}
	pthread_mutex_unlock(&p->lock);
	return err;
}
