/* Why: who starts srvd wants to know when it serves, and not only that it runs. The protocol is one datagram of
 * VARIABLE=value lines, which is why it needs no library. A socket is opened for each of the few messages there are:
 * none has to be kept, or survive the supervisor.
 * Called by srvd's main thread, and by the loader's when a flush that a signal asked for is over. */
/* SOCK_CLOEXEC in socket(2) */
#define _GNU_SOURCE
#include "notify.h"

#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define WAIT_S 1

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of stopping, and of the order of messages */
static bool stopping;

/* A path, or behind an @ a name in the abstract namespace. False: there is no supervisor, or none we can address. */
static bool
find_supervisor(struct sockaddr_un *sa, socklen_t *len)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t n = path != NULL ? strlen(path) : 0;

	if (n == 0)
		return false;
	if ((path[0] != '/' && path[0] != '@') || n < 2 || n >= sizeof(sa->sun_path)) {
		log_warnx("notify reason=\"NOTIFY_SOCKET names no socket\"");
		return false;
	}
	memset(sa, 0, sizeof(*sa));
	sa->sun_family = AF_UNIX;
	memcpy(sa->sun_path, path, n);
	if (path[0] == '@')
		sa->sun_path[0] = '\0';
	*len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	return true;
}

static void
send_locked(const char *message)
{
	const struct timeval wait = {.tv_sec = WAIT_S};
	struct sockaddr_un sa;
	socklen_t len;
	ssize_t n;
	int fd;

	if (!find_supervisor(&sa, &len))
		return;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		log_warn("notify");
		return;
	}
	/* A supervisor that is busy is worth a moment, because a lost READY=1 would look like a start that hangs; one
	 * that never reads must not stop us. */
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	do
		n = sendto(fd, message, strlen(message), MSG_NOSIGNAL, (struct sockaddr *)&sa, len);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		log_warn("notify");
	close(fd);
}

void
notify_ready(const char *status)
{
	char message[256];

	(void)snprintf(message, sizeof(message), "READY=1\nSTATUS=%s", status);
	for (char *p = strstr(message, "STATUS="); *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	pthread_mutex_lock(&lock);
	if (!stopping)
		send_locked(message);
	pthread_mutex_unlock(&lock);
}

/* The time is for Type=notify-reload, which wants to know the signal from one that came before. */
void
notify_reloading(void)
{
	struct timespec now = {0};
	char message[96];

	clock_gettime(CLOCK_MONOTONIC, &now);
	(void)snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	pthread_mutex_lock(&lock);
	if (!stopping)
		send_locked(message);
	pthread_mutex_unlock(&lock);
}

/* WATCHDOG_PID is there so that a child does not take what is meant for its parent. */
int64_t
notify_watchdog_us(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
	char *end;
	long long us;

	if (usec == NULL || *usec == '\0' || (pid != NULL && strtoll(pid, NULL, 10) != (long long)getpid()))
		return 0;
	errno = 0;
	us = strtoll(usec, &end, 10);
	if (errno != 0 || *end != '\0' || us <= 0) {
		log_warnx("notify reason=\"WATCHDOG_USEC is no number of microseconds\"");
		return 0;
	}
	return us;
}

void
notify_alive(void)
{
	pthread_mutex_lock(&lock);
	if (!stopping)
		send_locked("WATCHDOG=1");
	pthread_mutex_unlock(&lock);
}

void
notify_stopping(int max_s)
{
	char message[96];

	(void)snprintf(message, sizeof(message), "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRId64, (int64_t)max_s * 1000000);
	pthread_mutex_lock(&lock);
	stopping = true;
	send_locked(message);
	pthread_mutex_unlock(&lock);
}
