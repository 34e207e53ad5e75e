/* The service as it is, for the panel on its page: no operation, because the published contract has none for it, but
 * asked and answered as one, so that ticket, permission, errors and log are the operations'. POST /srv.asmx?status with
 * the form field authenticationTicket answers
 * `<status success="true" VersionNumber SnapshotIsCurrent SnapshotLoadedAt Coordinated_Universal_Time Flushes Loads
 * FailedLoads />`. The snapshot is not current if the newest load failed: what was loaded before is then served. */
#include "endpoint_priv.h"

static enum op_state
run(struct op_call *call)
{
	char time_text[CLOCK_TEXT_MAX];
	struct cache_status s;
	struct xml x;

	cache_status_get(call->env->cache, &s);
	op_result_begin(call, &x);
	xml_attr(&x, "VersionNumber", call->env->version);
	xml_attr_bool(&x, "SnapshotIsCurrent", !s.last_failed);
	xml_attr(&x, "SnapshotLoadedAt", clock_format_utc(s.loaded_at, time_text));
	xml_attr(&x, "Coordinated_Universal_Time", clock_format_utc(clock_wall(), time_text));
	xml_attr_int(&x, "Flushes", (int64_t)s.flushes);
	xml_attr_int(&x, "Loads", (int64_t)s.loads);
	xml_attr_int(&x, "FailedLoads", (int64_t)s.failures);
	xml_close(&x);
	return OP_DONE;
}

static const struct operation status = {
    .access = OP_TICKET,
    .permission = SESSION_MAY_VIEW_STATUS,
    .keeps_ticket = true,
    .run = run,
};

const struct op_info status_info = {"?status", "status", {"authenticationTicket"}, 1, &status};
