/* Why: a thread that hangs, in a bug or in a kernel that does not return, leaves a process that looks well and does not
 * answer. Whoever started srvd is to notice. A sign of life is given only if the main thread's loop and every loop of
 * the server came round since the sign before; it is given twice in the time that the supervisor waits, as sd_notify(3)
 * advises. The threads that may block are not asked: a disk that is slow is no reason to start anew. Called by main.c.
 */
#include "watchdog.h"

#include "../base/log.h"
#include "../base/notify.h"

#include <event2/event.h>

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	if (server_responds(arg))
		notify_alive();
	else
		log_error("watchdog reason=\"an event loop has not come round\"");
}

enum srv_err
watchdog_start(struct event_base *loop, struct server *server, struct event **out)
{
	int64_t every_us = notify_watchdog_us() / 2;
	struct timeval every = {.tv_sec = (time_t)(every_us / 1000000), .tv_usec = (suseconds_t)(every_us % 1000000)};
	struct event *timer;

	*out = NULL;
	if (every_us == 0)
		return SRV_OK;
	timer = event_new(loop, -1, EV_PERSIST, on_time, server);
	if (timer == NULL || event_add(timer, &every) != 0) {
		watchdog_stop(&timer);
		return SRV_ENOMEM;
	}
	on_time(-1, 0, server);
	*out = timer;
	return SRV_OK;
}

void
watchdog_stop(struct event **timer)
{
	if (*timer != NULL)
		event_free(*timer);
	*timer = NULL;
}
