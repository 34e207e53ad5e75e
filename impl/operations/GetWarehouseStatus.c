/* GetWarehouseStatus(authenticationTicket): the configured warehouse paths with the figures that the
 * statistics job found last, and the disks they are on, which are asked now. A disk is a file system: two
 * paths on one, by whatever mounts, show it once, in the order of first use. Called on pool threads. */
#include "disk_turn.h"
#include "disks.h"
#include "operation.h"
#include <stdio.h>
#include <stdlib.h>

#define WAREHOUSES 100 /* wh_no 0 to 99 */

struct status {
	const struct snapshot *snapshot;
	struct mounts mounts;
	struct store_warehouse_stat stat[WAREHOUSES]; /* by wh_no; zeros if never measured */
	const struct mount *mount[WAREHOUSES];        /* by place in the snapshot; NULL if the path is not there */
};

static bool
on_stat(void *arg, const struct store_warehouse_stat *stat)
{
	struct status *st = arg;

	/* The table is anybody's to write; a row that cannot be is no row. */
	if (stat->wh_no >= 0 && stat->wh_no < WAREHOUSES && stat->size_bytes >= 0 && stat->document_count >= 0)
		st->stat[stat->wh_no] = *stat;
	return true;
}

static int64_t
add(int64_t a, int64_t b)
{
	return b > INT64_MAX - a ? INT64_MAX : a + b;
}

static void
write_totals(struct xml *x, const struct status *st)
{
	int64_t size = 0, documents = 0;

	for (size_t i = 0; i < st->snapshot->warehouse_count; i++) {
		const struct store_warehouse_stat *stat = &st->stat[st->snapshot->warehouses[i].wh_no];

		size = add(size, stat->size_bytes);
		documents = add(documents, stat->document_count);
	}
	xml_attr_int(x, "TotalWarehouseSize", size);
	xml_attr_int(x, "TotalDocumentCount", documents);
}

static void
write_paths(struct xml *x, const struct status *st)
{
	xml_open(x, "WarehousePaths");
	for (size_t i = 0; i < st->snapshot->warehouse_count; i++) {
		const struct snapshot_warehouse *w = &st->snapshot->warehouses[i];
		const struct store_warehouse_stat *stat = &st->stat[w->wh_no];
		char number[16];

		snprintf(number, sizeof number, "%02d", w->wh_no);
		xml_open(x, "WarehousePath");
		xml_attr(x, "WhNo", number);
		xml_attr(x, "Path", w->path);
		xml_attr(x, "RootDrive", st->mount[i] == NULL ? "" : st->mount[i]->mount_point);
		xml_attr_int(x, "Size", stat->size_bytes);
		xml_attr_int(x, "DocCount", stat->document_count);
		xml_close(x);
	}
	xml_close(x);
}

/* True if an earlier path is on the same file system. */
static bool
seen_before(const struct status *st, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (st->mount[k] != NULL && st->mount[k]->major == st->mount[i]->major &&
		    st->mount[k]->minor == st->mount[i]->minor)
			return true;
	return false;
}

static void
write_disks(struct xml *x, const struct status *st)
{
	xml_open(x, "Disks");
	for (size_t i = 0; i < st->snapshot->warehouse_count; i++) {
		struct disk_space space = {0, 0};
		enum disk_type type;

		if (st->mount[i] == NULL || seen_before(st, i))
			continue;
		/* By the warehouse's path, not the mount point, which may be closed to us. A disk that does not
		 * answer shows no size. */
		(void)disk_space(st->snapshot->warehouses[i].path, &space);
		type = disk_type(st->mount[i], DISKS_SYSFS);
		xml_open(x, "Disk");
		xml_attr(x, "VolumeName", st->mount[i]->mount_point);
		xml_attr_int(x, "DiskSize", space.size);
		xml_attr_int(x, "FreeSpace", space.free);
		xml_attr(x, "DiskType", disk_type_name(type));
		xml_attr(x, "DriveTypeExplanation", disk_type_explanation(type));
		xml_attr_bool(x, "CriticalFreeSpace", disk_is_critical(&space));
		xml_close(x);
	}
	xml_close(x);
}

static enum op_state
run(struct op_call *call)
{
	struct status *st = calloc(1, sizeof *st);
	enum srv_err err;
	struct xml x;

	if (st == NULL) {
		op_fail(call, SRV_ENOMEM);
		return OP_DONE;
	}
	st->snapshot = call->snapshot;
	err = store_warehouse_stat_each(call->env->store, on_stat, st);
	if (err == SRV_OK)
		err = mounts_read_system(&st->mounts);
	if (err == SRV_OK && !disk_turn_begin())
		err = SRV_EBUSY;
	if (err != SRV_OK) {
		op_fail(call, err);
		goto out;
	}
	for (size_t i = 0; i < st->snapshot->warehouse_count; i++)
		st->mount[i] = mounts_find_path(&st->mounts, st->snapshot->warehouses[i].path);
	op_result_begin(call, &x);
	write_totals(&x, st);
	write_paths(&x, st);
	write_disks(&x, st);
	xml_close(&x);
	disk_turn_end();
out:
	mounts_fini(&st->mounts);
	free(st);
	return OP_DONE;
}

const struct operation op_GetWarehouseStatus = {
    .access = OP_TICKET,
    .permission = SESSION_MAY_VIEW_WAREHOUSE,
    .ticket_param = 0,
    .blocks = true,
    .run = run,
};
