/* The nine operations, each in its four forms: GET and POST byte for byte, SOAP 1.1 and 1.2 as trees with
 * namespaces. What is between a result's quotes is checked against the store, the licence and the file system;
 * how parameters and paths are read is test_wire_parameters.c. Contract: section 2. */
#include "shared_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

static int
setup(void **state)
{
	(void)state;
	/* Jobs of its own would write the log rows that these tests write. */
	serve_all("jobs = false");
	log_in_admin();
	log_in_user();
	return 0;
}

static void
flush(void)
{
	wire_expect(WIRE_GET, "FlushApplicationCache",
	    wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL),
	    "<response success=\"true\" />");
}

/* Seconds from now to a `2026-03-20T14:35:00Z`. */
static long
seconds_from_now(const char *utc)
{
	struct tm tm = {0};
	int end = 0;

	assert_non_null(utc);
	assert_int_equal(sscanf(utc, "%4d-%2d-%2dT%2d:%2d:%2dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
			     &tm.tm_min, &tm.tm_sec, &end),
	    6);
	assert_int_equal(end, 20);
	assert_int_equal(strlen(utc), 20);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (long)(timegm(&tm) - time(NULL));
}

/* The element that a login of jsmith must be, given its ticket (NULL: none) and expiry. */
static const char *
session_element(const char *ticket, const char *expire_on)
{
	const char *id = wire_sql_text(&srv, "SELECT user_id FROM users WHERE username = '%s'", WIRE_USER);
	long days_30 = 30L * 24 * 3600, left = seconds_from_now(expire_on);

	assert_in_range(left, days_30 - 4000, days_30 + 60);
	return wire_printf("<root success=\"true\"%s%s%s userid=\"%s\" username=\"jsmith\" firstName=\"John\" "
			   "lastName=\"Smith\" fullname=\"John Smith\" email=\"john.smith@example.com\" "
			   "expireOn=\"%s\" isAuthenticated=\"True\" />",
	    ticket != NULL ? " ticket=\"" : "", ticket != NULL ? ticket : "", ticket != NULL ? "\"" : "", id,
	    expire_on);
}

static const char *
expect_login(enum wire_form f, const char *op, struct wire_answer *a)
{
	const struct wire_node *n = wire_result(f, op, a);
	const char *ticket = wire_attr(n, "ticket");

	if (!wire_is_guid(ticket))
		fail_msg("no ticket: %s", a->body);
	wire_expect(f, op, a, session_element(ticket, wire_attr(n, "expireOn")));
	assert_true(wire_ticket_works(&srv, ticket));
	return ticket;
}

static void
authenticate_user_gives_a_ticket_and_the_user(void **state)
{
	const char *last = "";

	(void)state;
	WIRE_EACH_FORM(f)
	{
		const char *ticket = expect_login(f, "AuthenticateUser",
		    wire_call(&srv, f, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL));

		assert_string_not_equal(ticket, last);
		last = ticket;
	}
}

static void
authenticate_user_1_takes_a_language(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		const char *ticket = expect_login(f, "AuthenticateUser1",
		    wire_call(
			&srv, f, "AuthenticateUser1", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, "Lang", "de", NULL));

		assert_non_null(ticket);
	}
	const char *german = wire_sql_text(&srv, "SELECT count(*) FROM tickets WHERE language = 'de'");
	assert_string_equal(german, "4");
}

static void
renew_ticket_ends_the_old_one(void **state)
{
	const char *old = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);

	(void)state;
	WIRE_EACH_FORM(f)
	{
		const char *fresh = expect_login(f, "RenewTicket",
		    wire_call(&srv, f, "RenewTicket", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, "Lang", "", "OldTicket",
			old, NULL));

		assert_string_not_equal(fresh, old);
		assert_false(wire_ticket_works(&srv, old));
		old = fresh;
	}
}

static void
is_valid_ticket_gives_the_user_without_the_ticket(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_call(&srv, f, "isValidTicket", "AuthenticationTicket", user, NULL);

		wire_expect(f, "isValidTicket", a,
		    session_element(NULL, wire_attr(wire_result(f, "isValidTicket", a), "expireOn")));
	}
}

static void
log_out_ends_the_ticket(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);

		wire_expect(f, "LogOut", wire_call(&srv, f, "LogOut", "AuthenticationTicket", ticket, NULL),
		    "<root success=\"true\" />");
		wire_expect_error(f, "isValidTicket",
		    wire_call(&srv, f, "isValidTicket", "AuthenticationTicket", ticket, NULL), WIRE_901);
		wire_expect_error(
		    f, "LogOut", wire_call(&srv, f, "LogOut", "AuthenticationTicket", ticket, NULL), WIRE_901);
	}
}

static void
flush_shows_what_changed_in_every_form(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		const char *name = wire_printf("host <%s> & \"co\"", wire_form_name[f]);

		wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', '%s')", name);
		assert_string_not_equal(wire_server_name(&srv), name);
		wire_expect(f, "FlushApplicationCache",
		    wire_call(&srv, f, "FlushApplicationCache", "authenticationTicket", admin, NULL),
		    "<response success=\"true\" />");
		assert_string_equal(wire_server_name(&srv), name);
	}
}

static void
the_published_bytes_of_a_flush_are_what_asmx_sent(void **state)
{
	struct wire_answer *a = wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL);

	(void)state;
	assert_non_null(a);
	assert_int_equal(a->body_len, 66);
	assert_memory_equal(a->body, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<response success=\"true\" />", 66);
}

static const char *
server_info_element(const struct wire_node *n, const char *offset)
{
	static const char names[] = "success VersionNumber Server_date_time Coordinated_Universal_Time UTC_Offset "
				    "Company ServerName LicenseCount SubscriptionEndDate WindowsAuthenticationIsOn "
				    "WorkflowIsOn AnonymousAccessIsOn ComplianceModuleIsOn";

	assert_string_equal(wire_attr_names(n), names);
	const char *local = wire_attr(n, "Server_date_time"), *utc = wire_attr(n, "Coordinated_Universal_Time");
	assert_in_range(seconds_from_now(utc) + 60, 0, 70);
	/* Local time is the same moment, written without a zone, the offset away. */
	assert_int_equal(strlen(local), 19);
	long between = seconds_from_now(wire_printf("%sZ", local)) - seconds_from_now(utc);
	assert_in_range(between + 2 - (long)(strtod(offset, NULL) * 3600), 0, 4);
	return wire_printf("<root success=\"true\" VersionNumber=\"1.0.0.0\" Server_date_time=\"%s\" "
			   "Coordinated_Universal_Time=\"%s\" UTC_Offset=\"%s\" Company=\"Contoso &amp; Sons\" "
			   "ServerName=\"docs\" LicenseCount=\"25\" SubscriptionEndDate=\"2031-05-06T00:00:00Z\" "
			   "WindowsAuthenticationIsOn=\"true\" WorkflowIsOn=\"true\" AnonymousAccessIsOn=\"false\" "
			   "ComplianceModuleIsOn=\"true\" />",
	    local, utc, offset);
}

static void
server_info_shows_settings_licence_and_time(void **state)
{
	(void)state;
	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', 'docs'), "
		       "('WindowsAuthenticationIsOn', 'true')");
	flush();
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_call(&srv, f, "ServerInfo", NULL);

		wire_expect(f, "ServerInfo", a, server_info_element(wire_result(f, "ServerInfo", a), "5.5"));
	}
}

static void
server_info_west_of_greenwich_has_a_negative_offset(void **state)
{
	static struct wire_srvd west;

	(void)state;
	wire_prepare(&west, NULL);
	snprintf(west.tz, sizeof west.tz, "EST5");
	wire_sql(&west, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', 'docs'), "
			"('WindowsAuthenticationIsOn', 'true')");
	wire_start(&west);
	struct wire_answer *a = wire_call(&west, WIRE_POST, "ServerInfo", NULL);
	wire_expect(WIRE_POST, "ServerInfo", a, server_info_element(wire_result(WIRE_POST, "ServerInfo", a), "-5"));
}

static void
server_info_without_a_name_shows_the_hosts(void **state)
{
	static struct wire_srvd plain;
	char host[256] = "";

	(void)state;
	wire_prepare(&plain, NULL);
	wire_sql(&plain, "DELETE FROM settings");
	wire_start(&plain);
	struct wire_node *n = wire_result(WIRE_GET, "ServerInfo", wire_call(&plain, WIRE_GET, "ServerInfo", NULL));
	FILE *f = fopen("/proc/sys/kernel/hostname", "r");
	assert_non_null(f);
	assert_non_null(fgets(host, sizeof host, f));
	fclose(f);
	host[strcspn(host, "\n")] = '\0';
	assert_string_equal(wire_attr(n, "ServerName"), host);
	assert_string_equal(wire_attr(n, "WindowsAuthenticationIsOn"), "false");
}

static const char *
job_element(int id, const char *rest)
{
	const char *key = wire_sql_text(&srv, "SELECT name_resource_id FROM maintenance_jobs WHERE job_id = %d", id);
	const char *schedule = wire_sql_text(&srv, "SELECT schedule_type FROM maintenance_jobs WHERE job_id = %d", id);
	const char *name = wire_sql_text(
	    &srv, "SELECT text FROM resources WHERE resource_id = '%s' AND language = 'en'", key);

	assert_non_null(name);
	return wire_printf(
	    "<MaintenanceJob JobId=\"%d\" JobNameResourceId=\"%s\" JobName=\"%s\" ScheduleType=\"%s\" %s />", id, key,
	    wire_xml_escape(name), schedule, rest);
}

static void
jobs_status_shows_the_last_run_of_each_job(void **state)
{
	static const char never[] = "StartDate=\"\" TimeElapsedMs=\"0\" Result=\"\" IsLate=\"false\"";
	const char *yesterday, *soon;

	(void)state;
	wire_sql(&srv, "DELETE FROM maintenance_job_log");
	/* Job 2 (Daily) ran long ago, job 4 (weekly) two days ago, which is late for no weekly job. */
	wire_sql(&srv, "INSERT INTO maintenance_job_log (job_id, started_at, elapsed_ms, success, message) VALUES "
		       "(2, '2020-01-01T20:00:00Z', 1234, 0, 'disk'), (2, '2019-01-01T00:00:00Z', 5, 1, ''), "
		       "(4, strftime('%%Y-%%m-%%dT%%H:%%M:%%SZ', 'now', '-2 days'), 77, 1, 'done')");
	yesterday = "StartDate=\"2020-01-02T01:30:00\" TimeElapsedMs=\"1234\" Success=\"false\" IsLate=\"true\"";
	soon = wire_sql_text(&srv, "SELECT strftime('%%Y-%%m-%%dT%%H:%%M:%%S', started_at, '+330 minutes') "
				   "FROM maintenance_job_log WHERE job_id = 4");
	const char *wanted = wire_printf("<response success=\"true\">%s%s%s%s%s</response>", job_element(1, never),
	    job_element(2, yesterday), job_element(3, never),
	    job_element(
		4, wire_printf("StartDate=\"%s\" TimeElapsedMs=\"77\" Success=\"true\" IsLate=\"false\"", soon)),
	    job_element(5, never));
	WIRE_EACH_FORM(f)
	{
		wire_expect(f, "GetMaintenanceJobsStatus",
		    wire_call(&srv, f, "GetMaintenanceJobsStatus", "authenticationTicket", admin, NULL), wanted);
	}
}

static void
jobs_status_escapes_and_speaks_the_sessions_language(void **state)
{
	const char *german;

	(void)state;
	wire_sql(&srv, "UPDATE resources SET text = 'Aufr\xc3\xa4umen <\"&\">' WHERE language = 'de' AND "
		       "resource_id = (SELECT name_resource_id FROM maintenance_jobs WHERE job_id = 1)");
	flush();
	struct wire_answer *a = wire_call(
	    &srv, WIRE_POST, "AuthenticateUser1", "UID", WIRE_ADMIN, "PWD", WIRE_ADMIN_PWD, "Lang", "de", NULL);
	german = wire_attr(wire_result(WIRE_POST, "AuthenticateUser1", a), "ticket");
	assert_non_null(german);
	WIRE_EACH_FORM(f)
	{
		a = wire_call(&srv, f, "GetMaintenanceJobsStatus", "authenticationTicket", german, NULL);
		struct wire_node *n = wire_result(f, "GetMaintenanceJobsStatus", a);
		assert_int_equal(wire_child_count(n), 5);
		assert_string_equal(wire_attr(wire_child_with(n, "MaintenanceJob", "JobId", "1"), "JobName"),
		    "Aufr\xc3\xa4umen <\"&\">");
	}
}

static void
warehouse_status_adds_up_and_names_the_disk(void **state)
{
	const char *one = wire_printf("%s/one & two", srv.dir), *other = wire_printf("%s/other", srv.dir);
	struct statvfs fs;

	(void)state;
	assert_int_equal(mkdir(one, 0700), 0);
	assert_int_equal(mkdir(other, 0700), 0);
	wire_srvadm(&srv, NULL, "warehouse", "set", "7", other, NULL);
	wire_srvadm(&srv, NULL, "warehouse", "set", "0", one, NULL);
	wire_sql(&srv, "DELETE FROM warehouse_statistics");
	wire_sql(&srv, "INSERT INTO warehouse_statistics (wh_no, size_bytes, document_count, measured_at) VALUES "
		       "(0, 5000000000, 12, '2026-01-01T00:00:00Z')");
	flush();
	assert_int_equal(statvfs(one, &fs), 0);
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_call(&srv, f, "GetWarehouseStatus", "authenticationTicket", admin, NULL);
		const struct wire_node *n = wire_result(f, "GetWarehouseStatus", a);
		const struct wire_node *disk = wire_child(wire_child(n, "Disks"), "Disk");

		assert_string_equal(wire_attr_names(disk),
		    "VolumeName DiskSize FreeSpace DiskType DriveTypeExplanation CriticalFreeSpace");
		const char *mount = wire_attr(disk, "VolumeName"), *free_space = wire_attr(disk, "FreeSpace");
		double size = (double)fs.f_blocks * (double)fs.f_frsize;
		assert_int_equal(strncmp(one, mount, strlen(mount)), 0);
		assert_string_equal(wire_attr(disk, "DiskSize"), wire_printf("%.0f", size));
		assert_true(strtod(free_space, NULL) > 0 && strtod(free_space, NULL) <= size);
		assert_string_equal(
		    wire_attr(disk, "CriticalFreeSpace"), strtod(free_space, NULL) < size / 10 ? "true" : "false");
		wire_expect(f, "GetWarehouseStatus", a,
		    wire_printf(
			"<response success=\"true\" TotalWarehouseSize=\"5000000000\" TotalDocumentCount=\"12\">"
			"<WarehousePaths>"
			"<WarehousePath WhNo=\"00\" Path=\"%s\" RootDrive=\"%s\" Size=\"5000000000\" DocCount=\"12\" />"
			"<WarehousePath WhNo=\"07\" Path=\"%s\" RootDrive=\"%s\" Size=\"0\" DocCount=\"0\" />"
			"</WarehousePaths><Disks><Disk VolumeName=\"%s\" DiskSize=\"%.0f\" FreeSpace=\"%s\" "
			"DiskType=\"%s\" DriveTypeExplanation=\"%s\" CriticalFreeSpace=\"%s\" /></Disks></response>",
			wire_xml_escape(one), mount, other, mount, mount, size, free_space, wire_attr(disk, "DiskType"),
			wire_attr(disk, "DriveTypeExplanation"), wire_attr(disk, "CriticalFreeSpace")));
	}
}

static void
disk_types_and_their_explanations_go_together(void **state)
{
	static const char *const pairs[][2] = {{"Fixed", "Non-removable Hard Disk"},
	    {"Network", "Remote Network drive"}, {"Ram", "RAM disk"}, {"CDRom", "CD-ROM drive"},
	    {"Removable", "Removable Disk"}, {"Unknown", "Unrecognized"}};
	struct wire_answer *a = wire_call(&srv, WIRE_GET, "GetWarehouseStatus", "authenticationTicket", admin, NULL);
	const struct wire_node *disks = wire_child(wire_result(WIRE_GET, "GetWarehouseStatus", a), "Disks");

	(void)state;
	assert_non_null(disks);
	assert_true(wire_child_count(disks) > 0);
	for (const struct wire_node *disk = disks->first; disk != NULL; disk = disk->next) {
		size_t i = 0;

		while (i < 6 && strcmp(wire_attr(disk, "DiskType"), pairs[i][0]) != 0)
			i++;
		assert_true(i < 6);
		assert_string_equal(wire_attr(disk, "DriveTypeExplanation"), pairs[i][1]);
	}
}

static void
result_element_response_renames_every_result(void **state)
{
	static struct wire_srvd old;

	(void)state;
	wire_new(&old, "result_element = response\njobs = false");
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_call(
		    &old, f, "AuthenticateUser", "UID", WIRE_ADMIN, "PWD", WIRE_ADMIN_PWD, NULL);
		const struct wire_node *n = wire_result(f, "AuthenticateUser", a);
		const char *ticket = wire_attr(n, "ticket");

		assert_string_equal(n->name, "response");
		assert_string_equal(
		    wire_result(f, "ServerInfo", wire_call(&old, f, "ServerInfo", NULL))->name, "response");
		a = wire_call(&old, f, "AuthenticateUser1", "UID", "nobody", "PWD", "x", NULL);
		wire_expect(f, "AuthenticateUser1", a, "<response success=\"false\" error=\"" WIRE_900 "\" />");
		a = wire_call(&old, f, "RenewTicket", "OldTicket", "x", NULL);
		wire_expect(f, "RenewTicket", a, "<response success=\"false\" error=\"invalid ticket format\" />");
		a = wire_call(&old, f, "isValidTicket", "AuthenticationTicket", ticket, NULL);
		assert_string_equal(wire_result(f, "isValidTicket", a)->name, "response");
		a = wire_call(&old, f, "FlushApplicationCache", "authenticationTicket", ticket, NULL);
		wire_expect(f, "FlushApplicationCache", a, "<response success=\"true\" />");
		a = wire_call(&old, f, "GetMaintenanceJobsStatus", "authenticationTicket", ticket, NULL);
		assert_string_equal(wire_result(f, "GetMaintenanceJobsStatus", a)->name, "response");
		a = wire_call(&old, f, "GetWarehouseStatus", "authenticationTicket", ticket, NULL);
		assert_string_equal(wire_result(f, "GetWarehouseStatus", a)->name, "response");
		a = wire_call(&old, f, "LogOut", "AuthenticationTicket", ticket, NULL);
		wire_expect(f, "LogOut", a, "<response success=\"true\" />");
	}
}

/* A SOAP 1.1 call at the address that ?wsdl=text gives out. */
static const char *
text_result(const char *op, const char *body)
{
	const char *fields = wire_printf(
	    "Content-Type: text/xml; charset=utf-8\r\nSOAPAction: \"" WIRE_NS "%s\"\r\n", op);
	struct wire_answer *a = wire_ask(&srv, wire_request(&srv, "POST", "/srv.asmx?result=text", fields,
						   wire_bytes_text(wire_envelope(WIRE_SOAP11, NULL, body))));

	assert_non_null(a);
	assert_int_equal(a->status, 200);
	struct wire_node *n = wire_xml_parse(a->body, a->body_len);
	assert_non_null(n);
	n = wire_child(n, "{http://schemas.xmlsoap.org/soap/envelope/}Body");
	n = wire_child(n, wire_printf("{" WIRE_NS "}%sResponse", op));
	n = wire_child(n, wire_printf("{" WIRE_NS "}%sResult", op));
	assert_non_null(n);
	assert_int_equal(wire_child_count(n), 0);
	return n->text;
}

static void
result_text_hands_the_element_out_as_text(void **state)
{
	(void)state;
	assert_string_equal(text_result("FlushApplicationCache",
				wire_op_xml("FlushApplicationCache", "authenticationTicket", admin, NULL)),
	    "<response success=\"true\" />");
	assert_string_equal(text_result("isValidTicket", wire_op_xml("isValidTicket", NULL)),
	    "<root success=\"false\" error=\"" WIRE_901 "\" />");
	/* Escaped twice on the wire, once as an attribute of the element and once as text. */
	const char *info = text_result("ServerInfo", wire_op_xml("ServerInfo", NULL));
	struct wire_node *n = wire_xml_parse(info, strlen(info));
	assert_non_null(n);
	assert_string_equal(wire_attr(n, "Company"), "Contoso & Sons");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_published_bytes_of_a_flush_are_what_asmx_sent),
	    WIRE_TEST(flush_shows_what_changed_in_every_form),
	    WIRE_TEST(authenticate_user_gives_a_ticket_and_the_user),
	    WIRE_TEST(authenticate_user_1_takes_a_language),
	    WIRE_TEST(renew_ticket_ends_the_old_one),
	    WIRE_TEST(is_valid_ticket_gives_the_user_without_the_ticket),
	    WIRE_TEST(log_out_ends_the_ticket),
	    WIRE_TEST(server_info_shows_settings_licence_and_time),
	    WIRE_TEST(server_info_west_of_greenwich_has_a_negative_offset),
	    WIRE_TEST(server_info_without_a_name_shows_the_hosts),
	    WIRE_TEST(jobs_status_shows_the_last_run_of_each_job),
	    WIRE_TEST(jobs_status_escapes_and_speaks_the_sessions_language),
	    WIRE_TEST(warehouse_status_adds_up_and_names_the_disk),
	    WIRE_TEST(disk_types_and_their_explanations_go_together),
	    WIRE_TEST(result_element_response_renames_every_result),
	    WIRE_TEST(result_text_hands_the_element_out_as_text),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
