/* What srvctl prints of a result: JSON, fields, and the reports of jobs and warehouse. */
#include "../../impl/srvctl/print.h"
#include "../../impl/srvctl/report.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

static struct buf out;

static int
setup(void **state)
{
	(void)state;
	buf_init(&out, 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	buf_fini(&out);
	return 0;
}

static void
printed(const char *want)
{
	assert_int_equal(out.err, SRV_OK);
	assert_string_equal(buf_str(&out), want);
	buf_reset(&out);
}

static const struct srvclient_type *
type_of(const char *operation)
{
	return srvclient_operation(operation)->type;
}

/* ---- json ---- */

static void
json_of_a_bare_success_or_refusal_is_short(void **state)
{
	(void)state;
	print_json(&out, type_of("FlushApplicationCache"), NULL);
	printed("{\"success\":true}\n");
	print_json_refusal(&out, "[990]a \"b\"");
	printed("{\"success\":false,\"error\":\"[990]a \\\"b\\\"\"}\n");
}

static void
json_has_each_value_in_its_type(void **state)
{
	struct srvclient_server_info i = {.company = "C\\\n\t\x7f/\xf0\x9f\x94\x91",
	    .has_license_count = true,
	    .license_count = -9223372036854775807,
	    .has_utc_offset = true,
	    .utc_offset = -9.5,
	    .has_subscription_end_date = true,
	    .subscription_end_date = 951825600,
	    .has_server_date_time = true,
	    .server_date_time = {.tm_year = 126, .tm_mon = 0, .tm_mday = 2, .tm_hour = 3, .tm_min = 4, .tm_sec = 5},
	    .has_workflow_is_on = true};

	(void)state;
	print_json(&out, type_of("ServerInfo"), &i);
	printed("{\"success\":true,\"Server_date_time\":\"2026-01-02T03:04:05\",\"UTC_Offset\":-9.5,"
		"\"Company\":\"C\\\\\\u000a\\u0009\\u007f/\xf0\x9f\x94\x91\",\"LicenseCount\":-9223372036854775807,"
		"\"SubscriptionEndDate\":\"2000-02-29T12:00:00Z\",\"WorkflowIsOn\":false}\n");
}

static struct srvclient_warehouse_path paths[] = {{"00", "/srv/w\xc3\xb6", "/", 1536, 3}, {"07", "/b", "/b", 0, 0}};
static struct srvclient_disk disks[] = {
    {"/", 1000, 500, "Fixed", "Non-removable Hard Disk", false}, {"/b", 2048, 102, "Ram", "RAM disk", true}};
static struct srvclient_warehouse warehouse = {.total_warehouse_size = 1536,
    .has_total_warehouse_size = true,
    .total_document_count = 3,
    .has_total_document_count = true,
    .warehouse_path = paths,
    .warehouse_path_count = 2,
    .disk = disks,
    .disk_count = 2};

static void
json_has_an_array_for_each_list(void **state)
{
	struct srvclient_warehouse none = {0};

	(void)state;
	print_json(&out, type_of("GetWarehouseStatus"), &warehouse);
	printed("{\"success\":true,\"TotalWarehouseSize\":1536,\"TotalDocumentCount\":3,\"WarehousePaths\":["
		"{\"WhNo\":\"00\",\"Path\":\"/srv/w\xc3\xb6\",\"RootDrive\":\"/\",\"Size\":1536,\"DocCount\":3},"
		"{\"WhNo\":\"07\",\"Path\":\"/b\",\"RootDrive\":\"/b\",\"Size\":0,\"DocCount\":0}],\"Disks\":["
		"{\"VolumeName\":\"/\",\"DiskSize\":1000,\"FreeSpace\":500,\"DiskType\":\"Fixed\","
		"\"DriveTypeExplanation\":\"Non-removable Hard Disk\",\"CriticalFreeSpace\":false},"
		"{\"VolumeName\":\"/b\",\"DiskSize\":2048,\"FreeSpace\":102,\"DiskType\":\"Ram\","
		"\"DriveTypeExplanation\":\"RAM disk\",\"CriticalFreeSpace\":true}]}\n");
	print_json(&out, type_of("GetWarehouseStatus"), &none);
	printed("{\"success\":true,\"WarehousePaths\":[],\"Disks\":[]}\n");
}

/* ---- text ---- */

static void
fields_are_a_line_each(void **state)
{
	struct srvclient_session s = {.username = "a\nb",
	    .email = "",
	    .has_expire_on = true,
	    .expire_on = 951825600,
	    .has_is_authenticated = true};

	(void)state;
	assert_true(print_fields(&out, type_of("isValidTicket"), &s));
	printed("username         a?b\n"
		"email            -\n"
		"expireOn         2000-02-29 12:00:00 UTC\n"
		"isAuthenticated  no\n");
	assert_false(print_fields(&out, type_of("LogOut"), NULL));
	printed("");
}

static void
sizes_are_in_binary_units(void **state)
{
	static const struct {
		int64_t bytes;
		const char *shown;
	} cases[] = {{0, "0 B"}, {1023, "1023 B"}, {1024, "1.0 KiB"}, {1048524, "1023.9 KiB"}, {1048575, "1.0 MiB"},
	    {1073741824, "1.0 GiB"}, {INT64_MAX, "8.0 EiB"}, {-5, "-5 B"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		print_size(&out, cases[i].bytes);
		printed(cases[i].shown);
	}
}

static void
text_lets_no_control_through_to_the_terminal(void **state)
{
	(void)state;
	print_clean(&out, "\x1b[2Jx\xc2");
	printed("?[2Jx\xc2");
	print_clean(&out, "x\ny\tz\x7f\xc2\x9b"
			  "2J\xc2\xa0.");
	printed("x?y?z??2J\xc2\xa0.");
}

static void
xml_and_json_keep_controls_as_references(void **state)
{
	(void)state;
	print_xml(&out, "<r a=\"&lt;\xc2\x9b"
			"2J\xc2\xa0\x7f\xc2\x85\">a\n\tb</r>");
	printed("<r a=\"&lt;&#x9B;2J\xc2\xa0&#x7F;&#x85;\">a\n\tb</r>\n");
	print_json_refusal(&out, "\xc2\x9b"
				 "2J\xc2\xa0\x1b");
	printed("{\"success\":false,\"error\":\"\\u009b2J\xc2\xa0\\u001b\"}\n");
}

static struct srvclient_maintenance_job all[] = {
    {.job_id = 1, .job_name = "Purge", .schedule_type = "Hourly", .result = ""},
    {.job_id = 12,
	.job_name = "W\xc3\xa4lk",
	.schedule_type = "WeekLyOnMonday",
	.has_start_date = true,
	.start_date = {.tm_year = 126, .tm_mon = 0, .tm_mday = 2, .tm_hour = 3, .tm_min = 4, .tm_sec = 5},
	.time_elapsed_ms = 61500,
	.has_success = true,
	.success = false,
	.is_late = true},
    {.job_id = 3,
	.job_name = "New\x1b",
	.schedule_type = "Yearly\n",
	.has_start_date = true,
	.start_date = {.tm_year = 126, .tm_mon = 10, .tm_mday = 22},
	.time_elapsed_ms = 1500,
	.has_success = true,
	.success = true},
};
static const struct srvclient_maintenance_jobs jobs = {all, 3};

static void
jobs_that_are_late_or_failed_are_marked_in_words(void **state)
{
	struct srvclient_maintenance_jobs none = {0};

	(void)state;
	report_jobs(&out, &jobs, false);
	printed("No  Job    Schedule  Last start                 Took  Result\n"
		" 1  Purge  hourly    never                         -  -\n"
		"12  W\xc3\xa4lk   Mondays   2026-01-02 03:04:05  1 min 01 s  FAILED  LATE\n"
		" 3  New?   Yearly?   2026-11-22 00:00:00       1.5 s  ok\n");
	report_jobs(&out, &none, false);
	printed("There are no maintenance jobs.\n");
}

static void
colour_is_around_the_marks_and_moves_no_column(void **state)
{
	(void)state;
	report_jobs(&out, &jobs, true);
	printed(
	    "No  Job    Schedule  Last start                 Took  Result\n"
	    " 1  Purge  hourly    never                         -  -\n"
	    "12  W\xc3\xa4lk   Mondays   \033[1;31m2026-01-02 03:04:05\033[0m  1 min 01 s  \033[1;31mFAILED\033[0m  "
	    "\033[1;31mLATE\033[0m\n"
	    " 3  New?   Yearly?   2026-11-22 00:00:00       1.5 s  \033[32mok\033[0m\n");
}

static void
the_warehouse_marks_disks_that_are_nearly_full(void **state)
{
	struct srvclient_warehouse none = {.has_total_warehouse_size = true, .has_total_document_count = true};

	(void)state;
	report_warehouse(&out, &warehouse, false);
	printed("1.5 KiB in 3 documents\n"
		"\n"
		"No  Path     Disk     Size  Documents\n"
		"00  /srv/w\xc3\xb6  /     1.5 KiB          3\n"
		"07  /b       /b        0 B          0\n"
		"\n"
		"Disk  Kind                        Size   Free\n"
		"/     Non-removable Hard Disk   1000 B  500 B  50 %\n"
		"/b    RAM disk                 2.0 KiB  102 B   5 %  CRITICAL\n");
	report_warehouse(&out, &none, false);
	printed("0 B in 0 documents\n\nThere are no warehouse paths.\n");
}

/* Else it would take its length in each row. */
static void
a_text_without_end_widens_no_other_row(void **state)
{
	static char name[100001];
	static struct srvclient_maintenance_job many[1000];
	struct srvclient_maintenance_jobs list = {many, 1000};

	(void)state;
	memset(name, 'x', sizeof name - 1);
	for (size_t i = 0; i < list.maintenance_job_count; i++)
		many[i] = (struct srvclient_maintenance_job){
		    .job_name = i == 500 ? name : (char *)"n", .schedule_type = (char *)"Daily"};
	report_jobs(&out, &list, false);
	assert_int_equal(out.err, SRV_OK);
	assert_non_null(strstr(buf_str(&out), name));
	assert_true(out.len < sizeof name + 300 * 1000);
}

static void
format_is_one_of_three_words(void **state)
{
	enum print_format f = PRINT_TEXT;

	(void)state;
	assert_true(print_format_parse("json", &f));
	assert_int_equal(f, PRINT_JSON);
	assert_true(print_format_parse("xml", &f));
	assert_int_equal(f, PRINT_XML);
	assert_true(print_format_parse("text", &f));
	assert_int_equal(f, PRINT_TEXT);
	assert_false(print_format_parse("yaml", &f));
	assert_false(print_format_parse("", &f));
	assert_false(print_format_parse("JSON", &f));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(json_of_a_bare_success_or_refusal_is_short),
	    TEST(json_has_each_value_in_its_type),
	    TEST(json_has_an_array_for_each_list),
	    TEST(fields_are_a_line_each),
	    TEST(sizes_are_in_binary_units),
	    TEST(text_lets_no_control_through_to_the_terminal),
	    TEST(xml_and_json_keep_controls_as_references),
	    TEST(jobs_that_are_late_or_failed_are_marked_in_words),
	    TEST(colour_is_around_the_marks_and_moves_no_column),
	    TEST(the_warehouse_marks_disks_that_are_nearly_full),
	    TEST(a_text_without_end_widens_no_other_row),
	    TEST(format_is_one_of_three_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
