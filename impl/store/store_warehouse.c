/* What a maintenance job found out about the warehouses. A negative size or count, or a number that no
 * warehouse can have, was not put there by srv: the first counts as 0, the second row is passed over.
 * Thread: any. */
#include "store_priv.h"

struct stat_arg {
	const struct store_warehouse_stat *stat;
	bool (*each)(void *arg, const struct store_warehouse_stat *);
	void *arg;
};

static enum srv_err
set_body(struct store_conn *c, void *arg)
{
	const struct store_warehouse_stat *w = ((struct stat_arg *)arg)->stat;
	return store_run(c, NULL,
	    "INSERT INTO warehouse_statistics (wh_no, size_bytes, document_count, measured_at) VALUES (?, ?, ?, ?)"
	    " ON CONFLICT (wh_no) DO UPDATE SET size_bytes = excluded.size_bytes,"
	    " document_count = excluded.document_count, measured_at = excluded.measured_at",
	    "iiit", (int64_t)w->wh_no, w->size_bytes, w->document_count, w->measured_at);
}

enum srv_err
store_warehouse_stat_set(struct store *s, const struct store_warehouse_stat *stat)
{
	if (stat->wh_no < 0 || stat->wh_no > 99)
		return SRV_EINVAL;
	return store_write(s, set_body, &(struct stat_arg){.stat = stat});
}

static int64_t
not_negative(int64_t n)
{
	return n < 0 ? 0 : n;
}

static enum srv_err
each_body(struct store_conn *c, void *arg)
{
	struct stat_arg *a = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = true;
	enum srv_err err = store_prepare(c, &stmt,
	    "SELECT wh_no, size_bytes, document_count, measured_at FROM warehouse_statistics"
	    " WHERE wh_no BETWEEN 0 AND 99 ORDER BY wh_no",
	    "");
	while (err == SRV_OK && row) {
		err = store_step(stmt, &row);
		if (err != SRV_OK || !row)
			break;
		row = a->each(a->arg, &(struct store_warehouse_stat){.wh_no = sqlite3_column_int(stmt, 0),
					  .size_bytes = not_negative(sqlite3_column_int64(stmt, 1)),
					  .document_count = not_negative(sqlite3_column_int64(stmt, 2)),
					  .measured_at = store_col_time(stmt, 3)});
	}
	store_done(stmt);
	return err;
}

enum srv_err
store_warehouse_stat_each(struct store *s, bool (*each)(void *arg, const struct store_warehouse_stat *), void *arg)
{
	return store_read(s, each_body, &(struct stat_arg){.each = each, .arg = arg});
}
