/* Maintenance job 2: how many files each warehouse holds, and how many bytes. GetWarehouseStatus shows what
 * was found last. A path that cannot be measured keeps its old figures, is named in the log, and makes
 * the run a failure; the others are measured all the same. Called on the job thread. */
#include "../base/buf.h"
#include "jobs_priv.h"
#include "walk.h"

struct tally {
	int measured;
	int64_t files, unreadable;
	struct buf troubles; /* `02: no such directory; 07: ...` */
	enum srv_err err;    /* the first of them */
};

static enum srv_err
measure(const struct job_env *env, const struct snapshot_warehouse *w, struct tally *t, struct srv_reason *why)
{
	struct store_warehouse_stat stat = {.wh_no = w->wh_no};
	struct walk_sum sum;
	enum srv_err err;

	err = walk_measure(w->path, env->stop, &sum, why);
	if (err != SRV_OK)
		return err;
	stat.size_bytes = sum.bytes;
	stat.document_count = sum.files;
	stat.measured_at = clock_wall();
	err = store_warehouse_stat_set(env->store, &stat);
	if (err != SRV_OK)
		return srv_fail(why, err, "statistics could not be written: %s", srv_err_text(err));
	t->measured++;
	t->files += sum.files;
	t->unreadable += sum.unreadable;
	return SRV_OK;
}

enum srv_err
job_warehouse_statistics(const struct job_env *env, struct srv_reason *message)
{
	const struct snapshot *s = env->snapshot;
	struct tally t = {.err = SRV_OK};
	struct srv_reason why;

	buf_init(&t.troubles, 0);
	for (size_t i = 0; i < s->warehouse_count; i++) {
		const struct snapshot_warehouse *w = &s->warehouses[i];
		enum srv_err err = measure(env, w, &t, &why);

		if (err == SRV_OK)
			continue;
		if (t.err == SRV_OK || err == SRV_ESTOPPED)
			t.err = err;
		buf_printf(&t.troubles, "%s%02d: %s", t.troubles.len > 0 ? "; " : "", w->wh_no, why.text);
		if (err == SRV_ESTOPPED)
			break;
	}
	if (t.err != SRV_OK)
		srv_fail(message, t.err, "wh_no %s", buf_str(&t.troubles));
	else if (t.unreadable > 0)
		srv_fail(message, SRV_OK, "%d paths measured, %lld files; %lld directories could not be read",
		    t.measured, (long long)t.files, (long long)t.unreadable);
	else
		srv_fail(message, SRV_OK, "%d paths measured, %lld files", t.measured, (long long)t.files);
	buf_fini(&t.troubles);
	return t.err;
}
