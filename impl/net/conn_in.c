/* Why: bytes that nobody may see for longer than it takes to use them pass through few hands here. They are read into
 * the loop's buffer, so that an idle connection has no memory of its own; what is left over is the connection's. Where
 * a listener's connections are announced by a proxy, the header comes off the front of the first bytes, under the
 * head's deadline, before anything else looks at them.
 * Called by conn.c, on the loop of the connection's worker. */
#include "conn_in.h"

#include "proxy.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

ssize_t
conn_in_read(struct conn *c, size_t max)
{
	ssize_t n;

	/* What comes behind the last answer is thrown away as it is, by the system (tcp(7) on MSG_TRUNC). */
	if (c->tls != NULL && c->state != CONN_LINGER)
		return tls_conn_read(c->tls, c->worker->scratch, max);
	do
		n = recv(c->fd, c->worker->scratch, max, c->state == CONN_LINGER ? MSG_TRUNC : 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : -2;
	return n;
}

bool
conn_in_add(struct conn *c, const char *data, size_t len)
{
	buf_put(&c->in, data, len);
	if (c->in.err == SRV_OK)
		return true;
	worker_log_error(c->worker, "no-memory", 0, c->peer);
	c->state = CONN_DEAD;
	return false;
}

void
conn_in_keep(struct conn *c, char *data, size_t len)
{
	if (c->state >= CONN_LINGER || (c->state != CONN_READ && c->close))
		len = 0;
	if (c->in.len > 0) {
		buf_keep(&c->in, data, len);
		return;
	}
	if (len == 0)
		return;
	(void)conn_in_add(c, data, len);
}

bool
conn_in_announced(struct conn *c, char **data, size_t *len, const char **refusal)
{
	struct worker *w = c->worker;
	struct proxy_header h;

	switch (proxy_read(*data, *len, &h)) {
	case PROXY_MORE:
		return false;
	case PROXY_ERROR:
		worker_log_error(w, "proxy-header", 0, c->peer);
		c->state = CONN_DEAD;
		return false;
	case PROXY_WHOLE:
		break;
	}
	*data += h.used;
	*len -= h.used;
	c->awaits_proxy = false;
	c->tls_before = h.tls;
	if (!h.local) {
		memcpy(c->address.bytes, h.client.bytes, sizeof(c->address.bytes));
		network_address_text(&h.client, c->peer);
		c->from_here = false;
	}
	switch (caps_assign(w->shared->caps, &c->address)) {
	case CAPS_OK:
		c->counted = true;
		break;
	case CAPS_ADDRESS:
		*refusal = "max-connections-per-address";
		break;
	default:
		*refusal = "no-memory";
	}
	return c->counted;
}
