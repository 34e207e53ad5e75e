/* From a result element to C structures: values of each kind, what may be absent, what is refused. The descriptions are
 * those that are made from the contract. */
#include "../../impl/client/typed.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

static void *
taken(const char *operation, const char *xml)
{
	struct srv_reason why = {""};
	struct result *r = NULL;
	void *out = NULL;

	assert_int_equal(result_parse(xml, strlen(xml), RESULT_DEPTH_MAX, &r, &why), SRV_OK);
	if (typed_read(srvclient_operation(operation)->type, r, &out, &why) != SRVCLIENT_OK)
		fail_msg("%s: %s", xml, why.text);
	result_free(&r);
	assert_non_null(out);
	return out;
}

static void
refused(const char *operation, const char *xml, const char *text)
{
	struct srv_reason why = {""};
	struct result *r = NULL;
	void *out = NULL;

	assert_int_equal(result_parse(xml, strlen(xml), RESULT_DEPTH_MAX, &r, &why), SRV_OK);
	if (typed_read(srvclient_operation(operation)->type, r, &out, &why) != SRVCLIENT_MALFORMED)
		fail_msg("taken: %s", xml);
	assert_null(out);
	assert_string_equal(why.text, text);
	result_free(&r);
}

/* One attribute of ServerInfo; gives the structure in storage of the test's. */
static struct srvclient_server_info
info(const char *attribute)
{
	char xml[200];

	snprintf(xml, sizeof xml, "<root success=\"true\" %s />", attribute);
	struct srvclient_server_info *i = taken("ServerInfo", xml), copy = *i;
	copy.version_number = copy.company = copy.server_name = NULL; /* not looked at, and freed */
	srvclient_server_info_free(&i);
	return copy;
}

static void
info_refused(const char *name, const char *value)
{
	char xml[200], text[200];

	snprintf(xml, sizeof xml, "<root success=\"true\" %s=\"%s\" />", name, value);
	snprintf(text, sizeof text, "the answer's %s is not what it should be: %s", name, value);
	refused("ServerInfo", xml, text);
}

static void
whole_numbers_are_read_in_their_range(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
	} good[] = {{"0", 0}, {"25", 25}, {"-5", -5}, {"+7", 7}, {"007", 7}, {"9223372036854775807", INT64_MAX},
	    {"-9223372036854775807", -INT64_MAX}};
	static const char *const bad[] = {"x", "1x", "1.5", "--1", "-", "9223372036854775808", "1 ", "0x10"};
	char attribute[100];

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		snprintf(attribute, sizeof attribute, "LicenseCount=\"%s\"", good[i].text);
		assert_true(info(attribute).has_license_count);
		assert_true(info(attribute).license_count == good[i].value);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		info_refused("LicenseCount", bad[i]);
}

static void
decimals_are_the_nearest_double(void **state)
{
	static const char *const bad[] = {"x", ".", "1,5", "1e3", "NaN", "1.2.3", "- 1"};

	(void)state;
	assert_true(info("UTC_Offset=\"5.5\"").utc_offset == 5.5);
	assert_true(info("UTC_Offset=\"-5\"").utc_offset == -5);
	assert_true(info("UTC_Offset=\"-0.75\"").utc_offset == -0.75);
	assert_true(info("UTC_Offset=\"0.1\"").utc_offset == 0.1);
	assert_true(info("UTC_Offset=\"123456789.123456\"").utc_offset == 123456789.123456);
	assert_true(info("UTC_Offset=\"0.3333333333333333333333\"").utc_offset > 0.333333333);
	assert_true(info("UTC_Offset=\"+.5\"").utc_offset == 0.5);
	/* JSON, for one, has no word for what is too large. */
	static char large[500];
	memset(large, '9', 400);
	struct result *r = NULL;
	struct srv_reason why;
	struct buf xml;
	void *out = NULL;
	buf_init(&xml, 0);
	buf_printf(&xml, "<root success=\"true\" UTC_Offset=\"%s\" />", large);
	assert_int_equal(result_parse(buf_str(&xml), xml.len, RESULT_DEPTH_MAX, &r, &why), SRV_OK);
	assert_int_equal(typed_read(srvclient_operation("ServerInfo")->type, r, &out, &why), SRVCLIENT_MALFORMED);
	assert_null(out);
	result_free(&r);
	buf_fini(&xml);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		info_refused("UTC_Offset", bad[i]);
}

static void
booleans_are_those_of_xml_schema_and_two_words(void **state)
{
	static const char *const bad[] = {"yes", "TRUE", "2", " true"};

	(void)state;
	assert_true(info("WorkflowIsOn=\"true\"").workflow_is_on);
	assert_true(info("WorkflowIsOn=\"1\"").workflow_is_on);
	assert_true(info("WorkflowIsOn=\"True\"").workflow_is_on);
	assert_false(info("WorkflowIsOn=\"false\"").workflow_is_on);
	assert_false(info("WorkflowIsOn=\"0\"").workflow_is_on);
	assert_true(info("WorkflowIsOn=\"False\"").has_workflow_is_on);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		info_refused("WorkflowIsOn", bad[i]);
}

static void
instants_are_seconds_and_end_in_z(void **state)
{
	static const char *const bad[] = {"2026-01-02T03:04:05", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
	    "2026-01-02 03:04:05Z", "26-01-02T03:04:05Z", "2026-01-02T24:00:00Z", "2026-01-02T03:04:05+00:00", "now",
	    "2026-01-02T03:04:05ZZ", "0000-01-01T00:00:00Z"};

	(void)state;
	assert_true(info("SubscriptionEndDate=\"1970-01-01T00:00:01Z\"").subscription_end_date == 1);
	assert_true(info("SubscriptionEndDate=\"2000-02-29T12:00:00Z\"").subscription_end_date == 951825600);
	assert_true(info("SubscriptionEndDate=\"2000-02-29T12:00:00.25Z\"").subscription_end_date == 951825600);
	assert_true(info("SubscriptionEndDate=\"9999-12-31T23:59:59Z\"").subscription_end_date == 253402300799);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		info_refused("SubscriptionEndDate", bad[i]);
}

static void
local_times_are_the_wall_clock(void **state)
{
	struct srvclient_server_info i = info("Server_date_time=\"2026-03-29T02:30:00\"");

	(void)state;
	/* An hour that does not exist in Berlin stays what the server's clock showed. */
	assert_int_equal(i.server_date_time.tm_year, 126);
	assert_int_equal(i.server_date_time.tm_mon, 2);
	assert_int_equal(i.server_date_time.tm_mday, 29);
	assert_int_equal(i.server_date_time.tm_hour, 2);
	assert_int_equal(i.server_date_time.tm_min, 30);
	assert_int_equal(i.server_date_time.tm_wday, 0);
	assert_int_equal(i.server_date_time.tm_yday, 87);
	assert_int_equal(i.server_date_time.tm_isdst, -1);
	info_refused("Server_date_time", "2026-03-29T02:30:00Z");
}

static void
what_is_absent_is_null_or_not_there(void **state)
{
	struct srvclient_server_info *i = taken(
	    "ServerInfo", "<root success=\"true\" Company=\"\" WorkflowIsOn=\"\" />");

	(void)state;
	assert_string_equal(i->company, "");
	assert_null(i->server_name);
	assert_false(i->has_license_count || i->has_utc_offset || i->has_workflow_is_on);
	assert_true(i->license_count == 0);
	srvclient_server_info_free(&i);
	assert_null(i);
	srvclient_server_info_free(&i);
}

#define JOB(rest)                                                                                                  \
	"<response><MaintenanceJob JobId=\"1\" JobNameResourceId=\"r\" JobName=\"n\" ScheduleType=\"Daily\" " rest \
	"</response>"

static void
what_must_be_there_is_asked_for(void **state)
{
	struct srvclient_maintenance_jobs *jobs = taken(
	    "GetMaintenanceJobsStatus", JOB("StartDate=\"\" TimeElapsedMs=\"0\" Result=\"\" IsLate=\"false\" />"));

	(void)state;
	assert_int_equal(jobs->maintenance_job_count, 1);
	assert_false(jobs->maintenance_job[0].has_start_date || jobs->maintenance_job[0].has_success);
	assert_string_equal(jobs->maintenance_job[0].result, "");
	srvclient_maintenance_jobs_free(&jobs);
	refused("GetMaintenanceJobsStatus", JOB("TimeElapsedMs=\"0\" IsLate=\"false\" />"),
	    "the answer's MaintenanceJob lacks StartDate");
	refused("GetMaintenanceJobsStatus", JOB("StartDate=\"\" TimeElapsedMs=\"\" IsLate=\"false\" />"),
	    "the answer's TimeElapsedMs is not what it should be: ");
	refused("GetMaintenanceJobsStatus", JOB("StartDate=\"\" TimeElapsedMs=\"0\" />"),
	    "the answer's MaintenanceJob lacks IsLate");
}

/* A service that is newer has more to say. */
static void
what_is_not_known_is_passed_over(void **state)
{
	struct srvclient_warehouse *w = taken("GetWarehouseStatus",
	    "<response success=\"true\" Colour=\"red\" TotalWarehouseSize=\"1\"><New/><Disks><Tape/>"
	    "<Disk VolumeName=\"/\" DiskSize=\"2\" FreeSpace=\"1\" DiskType=\"Novel\" DriveTypeExplanation=\"\" "
	    "CriticalFreeSpace=\"true\" Label=\"x\"><Part/></Disk></Disks></response>");

	(void)state;
	assert_true(w->has_total_warehouse_size && w->total_warehouse_size == 1);
	assert_false(w->has_total_document_count);
	assert_int_equal(w->warehouse_path_count, 0);
	assert_null(w->warehouse_path);
	assert_int_equal(w->disk_count, 1);
	assert_string_equal(w->disk[0].disk_type, "Novel");
	assert_true(w->disk[0].critical_free_space);
	srvclient_warehouse_free(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_numbers_are_read_in_their_range),
	    cmocka_unit_test(decimals_are_the_nearest_double),
	    cmocka_unit_test(booleans_are_those_of_xml_schema_and_two_words),
	    cmocka_unit_test(instants_are_seconds_and_end_in_z),
	    cmocka_unit_test(local_times_are_the_wall_clock),
	    cmocka_unit_test(what_is_absent_is_null_or_not_there),
	    cmocka_unit_test(what_must_be_there_is_asked_for),
	    cmocka_unit_test(what_is_not_known_is_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
