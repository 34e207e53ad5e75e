/* Why: a restart loses nothing if the listening socket outlives the process. systemd (or anything that speaks its
 * protocol) binds it, and hands it to each process in turn; callers that come between two wait in its queue.
 * The protocol is three variables and a convention, which is why it needs no library: LISTEN_PID is the process that is
 * meant, LISTEN_FDS how many descriptors there are, LISTEN_FDNAMES their names with colons between, and the first is 3.
 * A descriptor that is not what we serve on is an error and not passed over: the unit says one thing and srvd would do
 * another. The variables are left in place. Nothing else is run by srvd that could take them for its own, and
 * LISTEN_PID would keep it from that. Called by listener.c, on the main thread. */
#include "inherited.h"

#include "../base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST_FD 3

static bool
option_is(int fd, int option, int want)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 && value == want;
}

static enum srv_err
check(int fd, struct srv_reason *why)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa);

	if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0) {
		if (errno == EBADF || errno == ENOTSOCK)
			return srv_fail(why, SRV_EINVAL, "LISTEN_FDS: descriptor %d is no socket", fd);
		return srv_fail(why, SRV_EIO, "LISTEN_FDS: descriptor %d: %s", fd, strerror(errno));
	}
	if (sa.ss_family != AF_INET && sa.ss_family != AF_INET6)
		return srv_fail(why, SRV_EINVAL, "LISTEN_FDS: descriptor %d is no TCP socket", fd);
	if (!option_is(fd, SO_TYPE, SOCK_STREAM) || !option_is(fd, SO_PROTOCOL, IPPROTO_TCP))
		return srv_fail(why, SRV_EINVAL, "LISTEN_FDS: descriptor %d is no TCP socket", fd);
	if (!option_is(fd, SO_ACCEPTCONN, 1))
		return srv_fail(why, SRV_EINVAL, "LISTEN_FDS: descriptor %d does not listen (Accept=yes?)", fd);
	return SRV_OK;
}

/* Answers are written whole, and accepted sockets inherit that there is no delay for small segments. */
static enum srv_err
set_up(int fd, struct srv_reason *why)
{
	int flags = fcntl(fd, F_GETFL), on = 1;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		return srv_fail(why, SRV_EIO, "LISTEN_FDS: descriptor %d: %s", fd, strerror(errno));
	return SRV_OK;
}

/* Takes the next name off the list. */
static void
take_name(const char **names, char out[INHERITED_NAME_MAX])
{
	size_t len = strcspn(*names, ":");
	size_t kept = len < INHERITED_NAME_MAX ? len : INHERITED_NAME_MAX - 1;

	memcpy(out, *names, kept);
	out[kept] = '\0';
	*names += len;
	if (**names == ':')
		(*names)++;
}

enum srv_err
inherited_sockets(struct inherited_socket *out, size_t max, size_t *count, struct srv_reason *why)
{
	const char *pid_text = getenv("LISTEN_PID"), *fds_text = getenv("LISTEN_FDS");
	const char *names = getenv("LISTEN_FDNAMES");
	int64_t pid, n;

	*count = 0;
	if (pid_text == NULL || fds_text == NULL)
		return SRV_OK;
	/* Another process's: ours was started by somebody who got them, and who let the variables through. */
	if (!text_parse_int(pid_text, 1, INT32_MAX, &pid) || pid != getpid())
		return SRV_OK;
	if (!text_parse_int(fds_text, 0, INT32_MAX - FIRST_FD, &n))
		return srv_fail(why, SRV_EINVAL, "LISTEN_FDS: \"%.32s\" is no number of descriptors", fds_text);
	if ((uint64_t)n > max)
		return srv_fail(why, SRV_ELIMIT, "LISTEN_FDS: more than %zu descriptors", max);
	if (names == NULL)
		names = "";
	for (int i = 0; i < (int)n; i++) {
		enum srv_err err = check(FIRST_FD + i, why);

		if (err == SRV_OK)
			err = set_up(FIRST_FD + i, why);
		if (err != SRV_OK)
			return err;
		out[i].fd = FIRST_FD + i;
		take_name(&names, out[i].name);
	}
	*count = (size_t)n;
	return SRV_OK;
}
