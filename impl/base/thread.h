/* Threads: what they leave to others, signals and processors, and how they wait for so long. Thread: any. */
#ifndef SRV_BASE_THREAD_H
#define SRV_BASE_THREAD_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* As pthread_create, with every signal blocked in the new thread. Gives 0 or what pthread_create gave. */
int thread_start(pthread_t *out, void *(*body)(void *), void *arg);

/* From here on the calling thread, which does long work, leaves a processor to threads that answer callers. */
void thread_gives_way(void);

/* A condition whose waits end by the monotonic clock. */
void thread_cond_init(pthread_cond_t *);
/* That clock's time in so many milliseconds, for pthread_cond_timedwait. */
struct timespec thread_time_in(int64_t ms);

#endif
