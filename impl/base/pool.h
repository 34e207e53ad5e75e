/* A small pool of threads for what may block: hashing, the store, a directory walk. The queue is
 * bounded; a full queue is said at once, never waited for. Thread: any. */
#ifndef SRV_BASE_POOL_H
#define SRV_BASE_POOL_H

#include "err.h"

struct pool;

/* Errors: SRV_ENOMEM, SRV_EINVAL (threads < 1), SRV_ELIMIT (no thread to be had). */
enum srv_err pool_new(int threads, int queue_max, struct pool **out);
/* The same, of threads that leave the processor to all others (thread_gives_way): for long computations. */
enum srv_err pool_new_patient(int threads, int queue_max, struct pool **out);
/* Runs every job already queued, then joins the threads. NULLs the caller's pointer. */
void pool_free(struct pool **);
/* run(arg) is called once on a pool thread. Errors: SRV_EBUSY (queue full), SRV_ESTOPPED. */
enum srv_err pool_post(struct pool *, void (*run)(void *arg), void *arg);

#endif
