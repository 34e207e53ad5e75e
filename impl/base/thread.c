/* Why: signals are events of the main loop, so every other thread has them blocked, and from its first moment:
 * the mask is set in the thread that starts it, whose mask the new one inherits, and put back.
 * Called by whoever owns a thread: the pool, the cache's loader, the jobs, the workers of net. */
#include "thread.h"

#include <signal.h>
#include <stddef.h>
#include <sys/resource.h>

#define LONG_WORK_NICE 10

int
thread_start(pthread_t *out, void *(*body)(void *), void *arg)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(out, NULL, body, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return err;
}

/* POSIX has one nice value a process; Linux has one a thread, and takes 0 for the calling one (setpriority(2)). */
void
thread_gives_way(void)
{
	(void)setpriority(PRIO_PROCESS, 0, LONG_WORK_NICE);
}

void
thread_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

struct timespec
thread_time_in(int64_t ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += (time_t)(ms / 1000) + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}
