/* A supervisor, as systemd is one for srvd: the socket that NOTIFY_SOCKET names, and what is heard there. */
#ifndef SRV_WIRE_SUPERVISOR_FIXTURE_H
#define SRV_WIRE_SUPERVISOR_FIXTURE_H

#include "harness.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int supervisor = -1;

/* srv is to report here. */
static inline void
supervise(struct wire_srvd *srv)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const char *name = wire_printf("%s/notify", srv->dir);

	assert_true(strlen(name) < sizeof sa.sun_path);
	memcpy(sa.sun_path, name, strlen(name));
	supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(supervisor >= 0);
	assert_int_equal(bind(supervisor, (struct sockaddr *)&sa, sizeof sa), 0);
	srv->notify_name = name;
}

static inline void
expect_report(const char *begins)
{
	struct pollfd p = {.fd = supervisor, .events = POLLIN};
	char text[512];

	if (poll(&p, 1, WIRE_TMO_MS) != 1)
		fail_msg("nothing was reported, where %s should be", begins);
	ssize_t n = recv(supervisor, text, sizeof text - 1, 0);
	assert_true(n >= 0);
	text[n] = '\0';
	if (strncmp(text, begins, strlen(begins)) != 0)
		fail_msg("not %s but %s", begins, text);
}

#endif
