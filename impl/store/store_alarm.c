/* Why: when a disk is full or breaks, each caller is told, but whoever runs the machine needs one line that says so,
 * not one a request, and one when it is over. Model: an alarm is raised by the first failure and cleared by the first
 * success; a failure soon after the last line raises it without a word, for a disk that is nearly full fails now and
 * then. What another process has locked is no failure of the disk. Called by store.c, from any thread that works on the
 * store. */
#include "store_priv.h"

#include "../base/log.h"

#define SAID_ENOUGH_MS 10000

void
store_alarm_clear(struct store_alarm *a)
{
	if (atomic_load_explicit(&a->raised, memory_order_relaxed) && atomic_exchange(&a->raised, false))
		log_info("store_%s_again", a->what);
}

void
store_alarm_raise(struct store_alarm *a, enum srv_err err, struct store_conn *c)
{
	struct srv_reason why = {"the database file cannot be reached"};
	int64_t now_ms = clock_mono().ms, last_ms;

	if ((err != SRV_EIO && err != SRV_ECORRUPT) || atomic_exchange(&a->raised, true))
		return;
	last_ms = atomic_exchange(&a->said_ms, now_ms);
	if (last_ms != 0 && now_ms - last_ms < SAID_ENOUGH_MS)
		return;
	if (c != NULL)
		store_conn_fail(c, err, &why);
	log_error("store_%s_fails reason=%s", a->what, LOG_STR(why.text));
}
