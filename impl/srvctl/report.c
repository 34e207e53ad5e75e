/* Why: an administrator wants to see at a glance which job is late or failed, and which disk is full.
 * Model: one table a list, in words that are not the contract's; what is amiss is said in a column of its own, in
 * colour if there is any. Callers: main.c, on the only thread. */
#include "report.h"
#include "print.h"
#include "grid.h"
#include <inttypes.h>
#include <string.h>

static void
cell(struct grid *t, enum grid_style style, const char *text)
{
	grid_cell(t, style);
	buf_puts(grid_text(t), text);
}

/* Text of the service. */
static void
cell_clean(struct grid *t, const char *text)
{
	grid_cell(t, GRID_PLAIN);
	print_clean(grid_text(t), text);
}

static void
cell_int(struct grid *t, int64_t n)
{
	grid_cell(t, GRID_PLAIN);
	buf_put_int(grid_text(t), n);
}

static void
cell_size(struct grid *t, enum grid_style style, int64_t bytes)
{
	grid_cell(t, style);
	print_size(grid_text(t), bytes);
}

/* ---- jobs ---- */

static const char *
schedule(const char *type)
{
	static const char *const words[][2] = {
	    {"AnyTime", "any time"}, {"Hourly", "hourly"}, {"Daily", "daily"}, {"WeekLyOnMonday", "Mondays"}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(type, words[i][0]) == 0)
			return words[i][1];
	}
	return type;
}

static void
cell_duration(struct grid *t, int64_t ms)
{
	grid_cell(t, GRID_PLAIN);
	if (ms < 1000)
		buf_printf(grid_text(t), "%" PRId64 " ms", ms);
	else if (ms < 60000)
		buf_printf(grid_text(t), "%.1f s", (double)ms / 1000);
	else
		buf_printf(grid_text(t), "%" PRId64 " min %02" PRId64 " s", ms / 60000, ms / 1000 % 60);
}

static void
job_row(struct grid *t, const struct srvclient_maintenance_job *j)
{
	bool failed = j->has_success && !j->success;

	cell_int(t, j->job_id);
	cell_clean(t, j->job_name);
	cell_clean(t, schedule(j->schedule_type));
	if (j->has_start_date) {
		grid_cell(t, j->is_late ? GRID_BAD : GRID_PLAIN);
		print_tm(grid_text(t), &j->start_date, ' ');
		cell_duration(t, j->time_elapsed_ms);
	} else {
		cell(t, GRID_PLAIN, "never");
		cell(t, GRID_PLAIN, "-");
	}
	if (j->has_success)
		cell(t, failed ? GRID_BAD : GRID_GOOD, failed ? "FAILED" : "ok");
	else
		cell(t, GRID_PLAIN, "-");
	cell(t, GRID_BAD, j->is_late ? "LATE" : "");
}

void
report_jobs(struct buf *out, const struct srvclient_maintenance_jobs *jobs, bool colour)
{
	static const struct grid_column columns[] = {{"No", true}, {"Job", false}, {"Schedule", false},
	    {"Last start", false}, {"Took", true}, {"Result", false}, {"", false}};
	struct grid t;

	if (jobs->maintenance_job_count == 0) {
		buf_puts(out, "There are no maintenance jobs.\n");
		return;
	}
	grid_init(&t, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < jobs->maintenance_job_count; i++)
		job_row(&t, &jobs->maintenance_job[i]);
	grid_print(out, &t, colour);
	grid_fini(&t);
}

/* ---- the warehouse ---- */

static void
report_paths(struct buf *out, const struct srvclient_warehouse *w, bool colour)
{
	static const struct grid_column columns[] = {
	    {"No", false}, {"Path", false}, {"Disk", false}, {"Size", true}, {"Documents", true}};
	struct grid t;

	grid_init(&t, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < w->warehouse_path_count; i++) {
		const struct srvclient_warehouse_path *p = &w->warehouse_path[i];

		cell_clean(&t, p->wh_no);
		cell_clean(&t, p->path);
		cell_clean(&t, p->root_drive);
		cell_size(&t, GRID_PLAIN, p->size);
		cell_int(&t, p->doc_count);
	}
	grid_print(out, &t, colour);
	grid_fini(&t);
}

static void
report_disks(struct buf *out, const struct srvclient_warehouse *w, bool colour)
{
	static const struct grid_column columns[] = {
	    {"Disk", false}, {"Kind", false}, {"Size", true}, {"Free", true}, {"", true}, {"", false}};
	struct grid t;

	grid_init(&t, columns, sizeof columns / sizeof *columns);
	for (size_t i = 0; i < w->disk_count; i++) {
		const struct srvclient_disk *d = &w->disk[i];
		enum grid_style style = d->critical_free_space ? GRID_BAD : GRID_PLAIN;

		cell_clean(&t, d->volume_name);
		cell_clean(&t, d->drive_type_explanation);
		cell_size(&t, GRID_PLAIN, d->disk_size);
		cell_size(&t, style, d->free_space);
		grid_cell(&t, style);
		if (d->disk_size > 0)
			buf_printf(grid_text(&t), "%.0f %%", (double)d->free_space * 100 / (double)d->disk_size);
		cell(&t, GRID_BAD, d->critical_free_space ? "CRITICAL" : "");
	}
	grid_print(out, &t, colour);
	grid_fini(&t);
}

void
report_warehouse(struct buf *out, const struct srvclient_warehouse *w, bool colour)
{
	if (w->has_total_warehouse_size && w->has_total_document_count) {
		print_size(out, w->total_warehouse_size);
		buf_printf(out, " in %" PRId64 " document%s\n\n", w->total_document_count,
		    w->total_document_count == 1 ? "" : "s");
	}
	if (w->warehouse_path_count == 0) {
		buf_puts(out, "There are no warehouse paths.\n");
		return;
	}
	report_paths(out, w, colour);
	buf_putc(out, '\n');
	report_disks(out, w, colour);
}
