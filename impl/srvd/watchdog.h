/* Signs of life for a supervisor that watches (WatchdogSec= of systemd): they stop when a loop hangs, so that it ends
 * this process and starts another. Thread: the main thread. */
#ifndef SRV_SRVD_WATCHDOG_H
#define SRV_SRVD_WATCHDOG_H

#include "../net/server.h"

struct event;
struct event_base;

/* Sends them from the loop of the main thread, if the supervisor asked for them; else *out is NULL. The server is
 * borrowed. Errors: SRV_ENOMEM. */
enum srv_err watchdog_start(struct event_base *, struct server *, struct event **out);
/* NULLs the pointer. */
void watchdog_stop(struct event **);

#endif
