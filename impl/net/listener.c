/* Why: either every address that was asked for serves, or the start fails and says which one does not.
 * IPv6 sockets are IPv6 only, so that `127.0.0.1:8080` and `[::]:8080` never fight over a port. No delay for
 * small segments: answers are written whole, and accepted sockets inherit it.
 * Two more options are inherited. Without them a caller that asks on and on, and reads nothing, would have the system
 * keep megabytes for it, and go on trying for minutes after we have closed: we would never know, because what the
 * system took off us is sent, as far as we can see.
 * Sockets that were handed down to us stand in for all of these addresses, from wherever they were configured: who
 * started us has bound what is to be served, most likely the same addresses, which could not be bound a second time,
 * and an address of our own beside them would lose callers in the very restart that the others are there for.
 * Called by server.c, on the main thread. */
/* SOCK_NONBLOCK and SOCK_CLOEXEC in socket(2) */
#define _GNU_SOURCE
#include "listener.h"

#include "../base/log.h"
#include "inherited.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LISTENERS_MAX 64
#define HOST_TEXT_MAX 256
#define UNSENT_MAX 65536 /* bytes that the system takes off us before the caller has room for them */

static enum srv_err
error_of(int err)
{
	switch (err) {
	case EADDRINUSE:
		return SRV_EBUSY;
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EINVAL:
		return SRV_EINVAL;
	case ENOMEM:
	case ENOBUFS:
		return SRV_ENOMEM;
	default:
		return SRV_EIO;
	}
}

/* Cuts `HOST:PORT`, `[HOST]:PORT` or `*:PORT`; host is empty for every address. */
static enum srv_err
cut(const char *item, char host[HOST_TEXT_MAX], const char **port, struct srv_reason *why)
{
	const char *colon = strrchr(item, ':');
	const char *from = item, *to = colon;

	if (colon == NULL || colon[1] == '\0')
		return srv_fail(why, SRV_EINVAL, "listen %s: not ADDR:PORT", item);
	if (*from == '[') {
		from++;
		to--;
		if (to < from || *to != ']')
			return srv_fail(why, SRV_EINVAL, "listen %s: not [ADDR]:PORT", item);
	} else if (memchr(from, ':', (size_t)(to - from)) != NULL) {
		return srv_fail(why, SRV_EINVAL, "listen %s: an IPv6 address stands in brackets", item);
	}
	if (to - from == 1 && *from == '*')
		from = to;
	if ((size_t)(to - from) >= HOST_TEXT_MAX)
		return srv_fail(why, SRV_EINVAL, "listen %.64s...: too long", item);
	memcpy(host, from, (size_t)(to - from));
	host[to - from] = '\0';
	*port = colon + 1;
	return SRV_OK;
}

static void
write_address(struct listener *l)
{
	struct sockaddr_storage sa = {0};
	socklen_t len = sizeof(sa);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	const char *scheme = l->flags & LISTENER_TLS ? "https" : l->flags & LISTENER_PROXY ? "proxy+http" : "http";

	if (getsockname(l->fd, (struct sockaddr *)&sa, &len) != 0 ||
	    getnameinfo((struct sockaddr *)&sa, len, host, sizeof(host), port, sizeof(port),
		NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(l->address, sizeof(l->address), "%s://?", scheme);
		return;
	}
	snprintf(l->address, sizeof(l->address), sa.ss_family == AF_INET6 ? "%s://[%.50s]:%.5s" : "%s://%.50s:%.5s",
	    scheme, host, port);
}

/* Returns a listening socket, or -1 with errno. */
static int
open_one(const struct addrinfo *ai)
{
	int on = 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    (ai->ai_family != AF_INET6 || setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) == 0) &&
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	on = errno;
	close(fd);
	errno = on;
	return -1;
}

static bool
named_before(const struct addrinfo *list, const struct addrinfo *ai)
{
	for (; list != ai; list = list->ai_next)
		if (list->ai_addrlen == ai->ai_addrlen && memcmp(list->ai_addr, ai->ai_addr, ai->ai_addrlen) == 0)
			return true;
	return false;
}

static enum srv_err
open_item(const char *item, unsigned flags, struct listener *out, size_t *count, struct srv_reason *why)
{
	struct addrinfo hints = {
	    .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	char host[HOST_TEXT_MAX] = "";
	const char *port = NULL;
	enum srv_err err = cut(item, host, &port, why);
	int gai;

	if (err != SRV_OK)
		return err;
	gai = getaddrinfo(host[0] != '\0' ? host : NULL, port, &hints, &list);
	if (gai != 0)
		return srv_fail(why, gai == EAI_MEMORY ? SRV_ENOMEM : SRV_EINVAL, "listen %s: %s", item,
		    gai == EAI_SYSTEM ? strerror(errno) : gai_strerror(gai));
	for (const struct addrinfo *ai = list; ai != NULL && err == SRV_OK; ai = ai->ai_next) {
		if (named_before(list, ai))
			continue;
		if (*count == LISTENERS_MAX) {
			err = srv_fail(why, SRV_EINVAL, "listen %s: more than %d addresses", item, LISTENERS_MAX);
			break;
		}
		out[*count].fd = open_one(ai);
		if (out[*count].fd < 0) {
			err = srv_fail(why, error_of(errno), "listen %s: %s", item, strerror(errno));
			break;
		}
		out[*count].flags = flags;
		write_address(&out[*count]);
		(*count)++;
	}
	freeaddrinfo(list);
	return err;
}

static enum srv_err
open_items(const struct conf_list *items, unsigned flags, struct listener *out, size_t *count, struct srv_reason *why)
{
	enum srv_err err = SRV_OK;

	for (size_t i = 0; i < items->count && err == SRV_OK; i++)
		err = open_item(items->item[i], flags, out, count, why);
	return err;
}

/* What a socket is for is said by the name that its unit gives it (FileDescriptorName=). */
static enum srv_err
take_inherited(struct listener *list, size_t *count, const struct conf *conf, struct srv_reason *why)
{
	struct inherited_socket sockets[LISTENERS_MAX];
	enum srv_err err = inherited_sockets(sockets, LISTENERS_MAX, count, why);

	for (size_t i = 0; i < *count; i++) {
		list[i].fd = sockets[i].fd;
		list[i].flags = LISTENER_INHERITED;
		if (strcmp(sockets[i].name, "proxy") == 0)
			list[i].flags |= LISTENER_PROXY;
		if (strcmp(sockets[i].name, "tls") == 0)
			list[i].flags |= LISTENER_TLS;
		if ((list[i].flags & LISTENER_TLS) && conf->listen_tls.count == 0)
			err = srv_fail(why, SRV_EINVAL, "a socket named tls was handed down, but listen_tls is empty");
		write_address(&list[i]);
	}
	return err;
}

enum srv_err
listeners_open(const struct conf *conf, struct listener **out, size_t *count, struct srv_reason *why)
{
	struct listener *list = calloc(LISTENERS_MAX, sizeof(*list));
	enum srv_err err;
	size_t n = 0;

	if (list == NULL)
		return srv_fail(why, SRV_ENOMEM, "listen: out of memory");
	err = take_inherited(list, &n, conf, why);
	if (err == SRV_OK && n > 0) {
		log_info("listen inherited=%zu configured=%zu used=inherited", n,
		    conf->listen.count + conf->listen_proxy.count + conf->listen_tls.count);
	} else if (err == SRV_OK) {
		err = open_items(&conf->listen, 0, list, &n, why);
		if (err == SRV_OK)
			err = open_items(&conf->listen_proxy, LISTENER_PROXY, list, &n, why);
		if (err == SRV_OK)
			err = open_items(&conf->listen_tls, LISTENER_TLS, list, &n, why);
		if (err == SRV_OK && n == 0)
			err = srv_fail(why, SRV_EINVAL, "listen: no address");
	}
	if (err != SRV_OK) {
		listeners_close(&list, n);
		return err;
	}
	*out = list;
	*count = n;
	return SRV_OK;
}

void
listeners_configure(const struct listener *list, size_t count, const struct conf *conf)
{
	unsigned stalled_ms = (unsigned)conf->answer_timeout * 1000, unsent = UNSENT_MAX;

	for (size_t i = 0; i < count; i++)
		if (setsockopt(list[i].fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &stalled_ms, sizeof(stalled_ms)) != 0 ||
		    setsockopt(list[i].fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof(unsent)) != 0)
			log_warn("listen address=%s slow_readers=unbounded", list[i].address);
}

void
listeners_close(struct listener **list, size_t count)
{
	if (*list == NULL)
		return;
	for (size_t i = 0; i < count; i++)
		if ((*list)[i].fd >= 0)
			close((*list)[i].fd);
	free(*list);
	*list = NULL;
}
