/* What the store keeps, table by table, also where an administrator's hand was at work, and how it is loaded.
 * Users: test_store_users.c; tickets: test_store_tickets.c; files, replacement and migration: test_store_file.c;
 * threads and processes: test_store_shared.c. */
#include "store_help.h"

/* ---- settings, warehouses ---- */

static bool
setting_take(void *arg, const char *name, const char *value)
{
	struct names *n = arg;
	strcat(strcat(strcat(strcat(n->text, name), "="), value), " ");
	return ++n->count != n->stop_after;
}

static void
store_setting_is_set_replaced_and_listed(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	char *value = NULL;
	struct names n = {0};
	assert_int_equal(store_setting_get(s, "ServerName", &value), SRV_ENOENT);
	assert_null(value);
	assert_int_equal(store_setting_set(s, "ServerName", "a"), SRV_OK);
	assert_int_equal(store_setting_set(s, "ServerName", "b's \"1\""), SRV_OK);
	assert_int_equal(store_setting_set(s, "", "b"), SRV_EINVAL);
	assert_int_equal(store_setting_get(s, "ServerName", &value), SRV_OK);
	assert_string_equal(value, "b's \"1\"");
	free(value);
	by_hand(p->db, "INSERT INTO settings VALUES ('LoginDelay', 500), ('None', NULL)");
	assert_int_equal(store_setting_get(s, "LoginDelay", &value), SRV_OK);
	assert_string_equal(value, "500");
	free(value);
	assert_int_equal(store_setting_get(s, "None", &value), SRV_ENOENT);
	assert_int_equal(store_setting_each(s, setting_take, &n), SRV_OK);
	assert_string_equal(n.text, "LoginDelay=500 ServerName=b's \"1\" ");
	store_close(&s);
}

static bool
stat_take(void *arg, const struct store_warehouse_stat *w)
{
	struct names *n = arg;
	char line[128], date[CLOCK_TEXT_MAX];
	snprintf(line, sizeof line, "%d:%lld/%lld@%s ", w->wh_no, (long long)w->size_bytes,
	    (long long)w->document_count, clock_format_utc(w->measured_at, date));
	strcat(n->text, line);
	return ++n->count != n->stop_after;
}

static void
store_warehouse_numbers_and_statistics_are_checked_and_kept(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	struct store_warehouse_stat w = {
	    .wh_no = 7, .size_bytes = 1LL << 40, .document_count = 3, .measured_at = at("2026-01-02")};
	assert_int_equal(store_warehouse_set(s, -1, "/a"), SRV_EINVAL);
	assert_int_equal(store_warehouse_set(s, 100, "/a"), SRV_EINVAL);
	assert_int_equal(store_warehouse_set(s, 0, "/a"), SRV_OK);
	assert_int_equal(store_warehouse_set(s, 99, "/b"), SRV_OK);
	assert_int_equal(store_warehouse_set(s, 0, "/c"), SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM warehouse_paths WHERE path IN ('/b', '/c')"), 2);
	assert_int_equal(store_warehouse_stat_set(s, &w), SRV_OK);
	w.document_count = 4;
	assert_int_equal(store_warehouse_stat_set(s, &w), SRV_OK);
	w.wh_no = 100;
	assert_int_equal(store_warehouse_stat_set(s, &w), SRV_EINVAL);
	by_hand(p->db, "INSERT INTO warehouse_statistics VALUES (3, -5, -1, 'never'), (1000, 1, 1, NULL)");
	assert_int_equal(store_warehouse_stat_each(s, stat_take, &n), SRV_OK);
	assert_string_equal(n.text, "3:0/0@1970-01-01T00:00:00Z 7:1099511627776/4@2026-01-02T00:00:00Z ");
	store_close(&s);
}

/* ---- jobs ---- */

static void
store_job_and_resource_are_defined_once(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	assert_int_equal(store_job_define(s, 1, "a", "Daily"), SRV_OK);
	assert_int_equal(store_job_define(s, 1, "b", "Hourly"), SRV_OK);
	assert_int_equal(store_resource_define(s, "a", "en", "Text"), SRV_OK);
	assert_int_equal(store_resource_define(s, "a", "EN", "Other"), SRV_OK);
	assert_int_equal(store_resource_define(s, "a", "de", "Wort"), SRV_OK);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM maintenance_jobs WHERE name_resource_id = 'a'"), 1);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM resources WHERE text IN ('Text', 'Wort')"), 2);
	assert_int_equal(ask(p->db, "SELECT count(*) FROM resources"), 2);
	store_close(&s);
}

static bool
run_take(void *arg, const struct store_job_run *r)
{
	struct names *n = arg;
	char line[128], date[CLOCK_TEXT_MAX];
	snprintf(line, sizeof line, "%lld %s %lld %d %s;", (long long)r->job_id, clock_format_utc(r->started_at, date),
	    (long long)r->elapsed_ms, (int)r->success, r->message);
	strcat(n->text, line);
	return ++n->count != n->stop_after;
}

static void
store_job_run_ends_once_and_only_finished_ones_are_last(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	int64_t run = 0, running = 0, recovered = -1;
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "");
	assert_int_equal(store_job_begin(s, 1, at("2026-01-01T05:00:00Z"), &run), SRV_OK);
	assert_int_equal(store_job_end(s, run, 12, true, "3 removed"), SRV_OK);
	assert_int_equal(store_job_end(s, run, 99, false, "again"), SRV_ENOENT);
	assert_int_equal(store_job_begin(s, 1, at("2026-01-01T06:00:00Z"), &running), SRV_OK);
	assert_int_equal(store_job_begin(s, 2, at("2026-01-01T06:00:00Z"), &running), SRV_OK);
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "1 2026-01-01T05:00:00Z 12 1 3 removed;");
	assert_int_equal(store_job_recover(s, &recovered), SRV_OK);
	assert_int_equal(recovered, 2);
	assert_int_equal(store_job_recover(s, &recovered), SRV_OK);
	assert_int_equal(recovered, 0);
	n = (struct names){0};
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "1 2026-01-01T06:00:00Z 0 0 interrupted;2 2026-01-01T06:00:00Z 0 0 interrupted;");
	store_close(&s);
}

static void
store_job_last_run_is_found_among_dates_written_by_hand(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	by_hand(p->db, "INSERT INTO maintenance_job_log VALUES (-4, '2026-03-20T01:00:00Z', 1, 1, NULL),"
		       "(-4, '2026-03-20 23:00:00', 2, 1, NULL), (-4, '2026-03-19T23:30:00Z', 3, 1, NULL),"
		       "(9, '2026-03-20', NULL, 0, 'x')");
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "-4 2026-03-20T23:00:00Z 2 1 ;9 2026-03-20T00:00:00Z 0 0 x;");
	assert_int_equal(by_hand_try(p->db, "INSERT INTO maintenance_job_log VALUES (1, '2026-03-20', 1, 'yes', '')"),
	    SQLITE_CONSTRAINT);
	store_close(&s);
}

static void
store_job_log_purge_leaves_the_last_finished_run_of_each_job(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct names n = {0};
	int64_t run = 0, removed = -1;
	for (int i = 0; i < 6; i++) {
		store_job_begin(s, 1 + i % 2, (wall_t){at("2026-01-01").s + i * 3600}, &run);
		store_job_end(s, run, i, true, "");
	}
	store_job_begin(s, 2, at("2026-05-01"), &run);
	store_job_end(s, run, 100, true, "");
	assert_int_equal(store_job_log_purge(s, at("2026-04-01"), 3, &removed), SRV_OK);
	assert_int_equal(removed, 3);
	assert_int_equal(store_job_log_purge(s, at("2026-04-01"), 100, &removed), SRV_OK);
	assert_int_equal(removed, 2);
	assert_int_equal(store_job_log_purge(s, at("2026-04-01"), 100, &removed), SRV_OK);
	assert_int_equal(removed, 0);
	assert_int_equal(store_job_last_each(s, run_take, &n), SRV_OK);
	assert_string_equal(n.text, "1 2026-01-01T04:00:00Z 4 1 ;2 2026-05-01T00:00:00Z 100 1 ;");
	store_close(&s);
}

/* ---- loading ---- */

struct loaded {
	char text[1024];
	enum srv_err refuse; /* what the job callback answers */
	struct srv_reason *why;
};

static enum srv_err
load_setting(void *arg, const char *name, const char *value)
{
	struct loaded *l = arg;
	strcat(strcat(strcat(strcat(l->text, name), "="), value), ";");
	return SRV_OK;
}

static enum srv_err
load_resource(void *arg, const char *id, const char *language, const char *text)
{
	struct loaded *l = arg;
	strcat(strcat(strcat(strcat(l->text, id), "."), language), ":");
	strcat(strcat(l->text, text), ";");
	return SRV_OK;
}

static enum srv_err
load_job(void *arg, int64_t job_id, const char *id, const char *schedule)
{
	struct loaded *l = arg;
	char line[64];
	if (l->refuse != SRV_OK)
		return l->why != NULL ? srv_fail(l->why, l->refuse, "no such schedule") : l->refuse;
	snprintf(line, sizeof line, "%lld %s %s;", (long long)job_id, id, schedule);
	strcat(l->text, line);
	return SRV_OK;
}

static enum srv_err
load_path(void *arg, int wh_no, const char *path)
{
	struct loaded *l = arg;
	char line[64];
	snprintf(line, sizeof line, "%02d %s;", wh_no, path);
	strcat(l->text, line);
	return SRV_OK;
}

static enum srv_err
load(struct store *s, struct loaded *l, const char **source, struct srv_reason *why)
{
	return store_load(s,
	    &(struct store_loader){.arg = l,
		.setting = load_setting,
		.resource = load_resource,
		.job = load_job,
		.warehouse_path = load_path},
	    source, why);
}

static void
store_load_reads_all_and_what_another_hand_committed(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct loaded l = {{0}, SRV_OK, NULL};
	struct srv_reason why = {{0}};
	const char *source = NULL;
	store_setting_set(s, "A", "1");
	assert_int_equal(load(s, &l, &source, &why), SRV_OK);
	assert_string_equal(l.text, "A=1;");
	assert_null(source);
	by_hand(p->db,
	    "INSERT INTO settings VALUES ('B', 2), ('C', NULL); INSERT INTO resources VALUES (5, 'en', 'five'),"
	    "('x', 'de', NULL); INSERT INTO maintenance_jobs VALUES (3, 5, 'Daily');"
	    "INSERT INTO warehouse_paths VALUES ('07', '/data'), (3, '/three')");
	l = (struct loaded){{0}, SRV_OK, NULL};
	assert_int_equal(load(s, &l, NULL, NULL), SRV_OK);
	assert_string_equal(l.text, "A=1;B=2;5.en:five;3 5 Daily;03 /three;07 /data;");
	/* only what is asked for */
	l = (struct loaded){{0}, SRV_OK, NULL};
	assert_int_equal(
	    store_load(s, &(struct store_loader){.arg = &l, .warehouse_path = load_path}, NULL, NULL), SRV_OK);
	assert_string_equal(l.text, "03 /three;07 /data;");
	store_close(&s);
}

static void
store_load_names_the_source_that_cannot_be_used(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct srv_reason why = {{0}};
	struct loaded l = {{0}, SRV_EINVAL, &why};
	const char *source = NULL;
	by_hand(p->db, "INSERT INTO maintenance_jobs VALUES (3, 'x', 'Sometimes')");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	assert_string_equal(source, "jobs");
	assert_string_equal(why.text, "no such schedule");
	l = (struct loaded){{0}, SRV_ENOMEM, NULL};
	assert_int_equal(load(s, &l, &source, &why), SRV_ENOMEM);
	assert_string_equal(why.text, "out of memory");
	l = (struct loaded){{0}, SRV_OK, NULL};
	by_hand(p->db, "INSERT INTO warehouse_paths VALUES (100, '/a')");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	assert_string_equal(source, "warehouse paths");
	assert_string_equal(why.text, "the number 100 is not from 0 to 99");
	by_hand(p->db, "INSERT INTO settings VALUES ('Bad', CAST(X'ff' AS TEXT))");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	assert_string_equal(source, "settings");
	assert_string_equal(why.text, "the value of Bad is not text in UTF-8");
	by_hand(p->db, "UPDATE settings SET value = 'a' || char(0) || 'b'");
	assert_int_equal(load(s, &l, &source, &why), SRV_EINVAL);
	by_hand(p->db, "DELETE FROM settings; ALTER TABLE resources RENAME COLUMN text TO words");
	assert_int_equal(load(s, &l, &source, &why), SRV_ECORRUPT);
	assert_string_equal(source, "database");
	assert_non_null(strstr(why.text, "resources"));
	by_hand(p->db, "ALTER TABLE resources RENAME COLUMN words TO text; PRAGMA user_version = 99");
	assert_int_equal(load(s, &l, &source, &why), SRV_EVERSION);
	assert_non_null(strstr(why.text, "99"));
	store_close(&s);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)
	const struct CMUnitTest tests[] = {
	    T(store_setting_is_set_replaced_and_listed),
	    T(store_warehouse_numbers_and_statistics_are_checked_and_kept),
	    T(store_job_and_resource_are_defined_once),
	    T(store_job_run_ends_once_and_only_finished_ones_are_last),
	    T(store_job_last_run_is_found_among_dates_written_by_hand),
	    T(store_job_log_purge_leaves_the_last_finished_run_of_each_job),
	    T(store_load_reads_all_and_what_another_hand_committed),
	    T(store_load_names_the_source_that_cannot_be_used),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
