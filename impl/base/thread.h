/* Starting a thread that leaves signals to the main loop. Thread: any. */
#ifndef SRV_BASE_THREAD_H
#define SRV_BASE_THREAD_H

#include <pthread.h>

/* As pthread_create, with every signal blocked in the new thread. Gives 0 or what pthread_create gave. */
int thread_start(pthread_t *out, void *(*body)(void *), void *arg);

#endif
