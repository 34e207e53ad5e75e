/* Tells who started srvd (systemd, Type=notify) how far it is: a datagram to the socket that NOTIFY_SOCKET names, or
 * nothing if there is none. Nothing here fails: a supervisor that cannot be reached must not stop the service.
 * Thread: any.                                                                Source: sd_notify(3). */
#ifndef SRV_BASE_NOTIFY_H
#define SRV_BASE_NOTIFY_H

#include <stdint.h>

/* It serves. status: a line for people, as `systemctl status` shows it. Also ends notify_reloading; says nothing once
 * notify_stopping was called. */
void notify_ready(const char *status);
void notify_reloading(void);
/* How often the supervisor wants to hear notify_alive, in microseconds; 0: it does not watch. Source:
 * sd_watchdog_enabled(3). */
int64_t notify_watchdog_us(void);
void notify_alive(void);
/* It ends, which may take so long. */
void notify_stopping(int max_s);

#endif
