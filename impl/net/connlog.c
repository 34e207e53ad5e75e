/* Why: every refused request deserves a line, but a stranger must not be able to fill the disk with them.
 * Only constants and the peer's address are written, never a byte that was received.
 * Called by connections and acceptors, on their loop. */
#include "connlog.h"

#include "../base/log.h"

static bool
open_window(struct connlog *l, mono_t now)
{
	if (l->open && now.ms - l->since.ms < CONNLOG_WINDOW_MS)
		return false;
	connlog_flush(l);
	l->open = true;
	l->since = now;
	return true;
}

bool
connlog_error(struct connlog *l, mono_t now, const char *class, int status, const char *peer)
{
	bool opened = open_window(l, now);

	if (l->lines >= CONNLOG_LINES) {
		l->dropped++;
		return opened;
	}
	l->lines++;
	if (status > 0)
		log_info("conn error class=%s status=%d peer=%s", class, status, peer);
	else
		log_info("conn error class=%s peer=%s", class, peer);
	return opened;
}

bool
connlog_silent(struct connlog *l, mono_t now)
{
	bool opened = open_window(l, now);

	l->silent++;
	return opened;
}

void
connlog_flush(struct connlog *l)
{
	if (l->silent > 0)
		log_info("conn silent count=%u", l->silent);
	if (l->dropped > 0)
		log_info("conn error class=suppressed count=%u", l->dropped);
	*l = (struct connlog){0};
}
