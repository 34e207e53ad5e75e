/* The pool: each job once, a full queue said at once, and an end that loses nothing. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../impl/base/pool.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A job that says when it runs and goes on when it may. */
struct gate {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int waiting;
	int open;
};
#define GATE_CLOSED                                                       \
	{                                                                 \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 0 \
	}

static void
wait_at_gate(void *arg)
{
	struct gate *g = arg;

	pthread_mutex_lock(&g->lock);
	g->waiting++;
	pthread_cond_broadcast(&g->changed);
	while (!g->open)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void
gate_await(struct gate *g, int waiting)
{
	pthread_mutex_lock(&g->lock);
	while (g->waiting < waiting)
		pthread_cond_wait(&g->changed, &g->lock);
	pthread_mutex_unlock(&g->lock);
}

static void
gate_open(struct gate *g)
{
	pthread_mutex_lock(&g->lock);
	g->open = 1;
	pthread_cond_broadcast(&g->changed);
	pthread_mutex_unlock(&g->lock);
}

static void
count(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static void
pool_runs_each_job_once(void **state)
{
	atomic_int ran[500];
	struct pool *p = NULL;

	(void)state;
	for (int i = 0; i < 500; i++)
		atomic_init(&ran[i], 0);
	assert_int_equal(pool_new(3, 500, &p), SRV_OK);
	for (int i = 0; i < 500; i++)
		assert_int_equal(pool_post(p, count, &ran[i]), SRV_OK);
	pool_free(&p);
	assert_null(p);
	for (int i = 0; i < 500; i++)
		assert_int_equal(atomic_load(&ran[i]), 1);
}

struct order {
	int next;
	int job[100]; /* written by the one thread */
};
struct numbered {
	struct order *order;
	int number;
};

static void
note_number(void *arg)
{
	struct numbered *n = arg;

	n->order->job[n->order->next++] = n->number;
}

static void
pool_starts_jobs_in_the_order_of_posting(void **state)
{
	struct order order = {0};
	struct numbered job[100];
	struct pool *p = NULL;

	(void)state;
	assert_int_equal(pool_new(1, 100, &p), SRV_OK);
	for (int i = 0; i < 100; i++) {
		job[i] = (struct numbered){&order, i};
		assert_int_equal(pool_post(p, note_number, &job[i]), SRV_OK);
	}
	pool_free(&p);
	assert_int_equal(order.next, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(order.job[i], i);
}

static void
pool_full_queue_is_said_at_once(void **state)
{
	struct gate g = GATE_CLOSED;
	atomic_int ran;
	struct pool *p = NULL;

	(void)state;
	atomic_init(&ran, 0);
	assert_int_equal(pool_new(2, 3, &p), SRV_OK);
	assert_int_equal(pool_post(p, wait_at_gate, &g), SRV_OK);
	assert_int_equal(pool_post(p, wait_at_gate, &g), SRV_OK);
	gate_await(&g, 2);
	for (int i = 0; i < 3; i++)
		assert_int_equal(pool_post(p, count, &ran), SRV_OK);
	assert_int_equal(pool_post(p, count, &ran), SRV_EBUSY);
	assert_int_equal(pool_post(p, count, &ran), SRV_EBUSY);
	assert_int_equal(atomic_load(&ran), 0);
	gate_open(&g);
	pool_free(&p);
	assert_int_equal(atomic_load(&ran), 3);
}

static void
pool_threads_run_side_by_side(void **state)
{
	struct gate g = GATE_CLOSED;
	struct pool *p = NULL;

	(void)state;
	assert_int_equal(pool_new(4, 4, &p), SRV_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pool_post(p, wait_at_gate, &g), SRV_OK);
	gate_await(&g, 4);
	gate_open(&g);
	pool_free(&p);
	assert_int_equal(g.waiting, 4);
}

static void *
free_pool(void *arg)
{
	struct pool *p = arg;

	pool_free(&p);
	return NULL;
}

struct stopping {
	struct pool *pool;
	struct gate gate;
	enum srv_err err;
};

/* Posts until it is told that the pool stops. Refused or not, count must not be off. */
static void
post_until_stopped(void *arg)
{
	static atomic_int ignored;
	struct stopping *s = arg;

	wait_at_gate(&s->gate);
	do {
		s->err = pool_post(s->pool, count, &ignored);
	} while (s->err == SRV_OK || s->err == SRV_EBUSY);
}

static void
pool_that_stops_takes_no_more(void **state)
{
	struct stopping s = {.gate = GATE_CLOSED};
	pthread_t freer;

	(void)state;
	assert_int_equal(pool_new(1, 2, &s.pool), SRV_OK);
	assert_int_equal(pool_post(s.pool, post_until_stopped, &s), SRV_OK);
	gate_await(&s.gate, 1);
	assert_int_equal(pthread_create(&freer, NULL, free_pool, s.pool), 0);
	gate_open(&s.gate);
	assert_int_equal(pthread_join(freer, NULL), 0);
	assert_int_equal(s.err, SRV_ESTOPPED);
}

static void
note_signals(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
}

static void
pool_threads_take_no_signals_and_the_caller_still_does(void **state)
{
	sigset_t before, after, inside;
	struct pool *p = NULL;

	(void)state;
	sigemptyset(&inside);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(pool_new(1, 1, &p), SRV_OK);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(pool_post(p, note_signals, &inside), SRV_OK);
	pool_free(&p);
	assert_int_equal(sigismember(&after, SIGTERM), sigismember(&before, SIGTERM));
	assert_int_equal(sigismember(&inside, SIGTERM), 1);
	assert_int_equal(sigismember(&inside, SIGHUP), 1);
}

static void
pool_without_threads_or_queue_is_refused(void **state)
{
	struct pool *p = NULL;

	(void)state;
	assert_int_equal(pool_new(0, 1, &p), SRV_EINVAL);
	assert_int_equal(pool_new(-1, 1, &p), SRV_EINVAL);
	assert_int_equal(pool_new(1, 0, &p), SRV_EINVAL);
	assert_null(p);
	pool_free(&p);
}

static void
note_priority(void *arg)
{
	*(int *)arg = getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid));
}

/* Which other threads keep theirs: priorities are a thread's, not the process's. */
static void
pool_of_patient_threads_leaves_the_processor_to_others(void **state)
{
	int usual = getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)), patient = 0, plain = 0;
	struct pool *p, *q;

	(void)state;
	assert_int_equal(pool_new_patient(1, 1, &p), SRV_OK);
	assert_int_equal(pool_post(p, note_priority, &patient), SRV_OK);
	pool_free(&p);
	assert_int_equal(pool_new(1, 1, &q), SRV_OK);
	assert_int_equal(pool_post(q, note_priority, &plain), SRV_OK);
	pool_free(&q);
	assert_int_equal(patient, 10);
	assert_int_equal(plain, usual);
	assert_int_equal(getpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid)), usual);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pool_of_patient_threads_leaves_the_processor_to_others),
	    cmocka_unit_test(pool_runs_each_job_once),
	    cmocka_unit_test(pool_starts_jobs_in_the_order_of_posting),
	    cmocka_unit_test(pool_full_queue_is_said_at_once),
	    cmocka_unit_test(pool_threads_run_side_by_side),
	    cmocka_unit_test(pool_that_stops_takes_no_more),
	    cmocka_unit_test(pool_threads_take_no_signals_and_the_caller_still_does),
	    cmocka_unit_test(pool_without_threads_or_queue_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
