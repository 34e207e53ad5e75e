/* libsrvclient against the real srvd, in both versions of SOAP. What a structure holds is compared with what GET
 * answers, read here by other means. test_wire_client_answers.c has the servers that are not srvd,
 * test_wire_client_tls.c HTTPS, test_wire_srvctl.c the program on top. Contract: sections 2, 3 and 9; srvclient(3). */
#define _GNU_SOURCE /* strptime */
#include "wire_call.h"

#include "../../impl/client/srvclient.h"
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static struct wire_srvd srv;
static char admin[40], url[64];

static int
setup(void **state)
{
	(void)state;
	wire_prepare(&srv, "jobs = false\nlog_level = debug");
	srv.shared = true;
	wire_license(&srv, "Contoso");
	wire_start(&srv);
	snprintf(url, sizeof url, "http://%s/srv.asmx", srv.host);
	snprintf(admin, sizeof admin, "%s", wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD));
	wire_srvadm(&srv, NULL, "warehouse", "set", "3", srv.dir, NULL);
	wire_sql(&srv, "INSERT INTO warehouse_statistics (wh_no, size_bytes, document_count, measured_at) "
		       "VALUES (3, 5000000000, 7, '2026-01-01T00:00:00Z')");
	wire_sql(&srv, "INSERT INTO maintenance_job_log (job_id, started_at, elapsed_ms, success, message) "
		       "VALUES (3, '2026-01-01T00:00:00Z', 5, 0, 'x')");
	wire_call(&srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", admin, NULL);
	return 0;
}

static struct srvclient *client; /* the running test's */

static int
teardown(void **state)
{
	srvclient_free(&client);
	assert_null(client);
	return wire_teardown(state);
}

static void
speak(enum wire_form form)
{
	srvclient_free(&client);
	assert_int_equal(srvclient_new(url, &client), SRVCLIENT_OK);
	assert_int_equal(
	    srvclient_set_soap(client, form == WIRE_SOAP11 ? SRVCLIENT_SOAP_11 : SRVCLIENT_SOAP_12), SRVCLIENT_OK);
}

static void
worked(enum srvclient_err err)
{
	if (err != SRVCLIENT_OK)
		fail_msg("error %d, code %d: %s", err, srvclient_code(client), srvclient_text(client));
	assert_string_equal(srvclient_text(client), "");
	assert_int_equal(srvclient_code(client), 0);
}

/* The call failed thus, with this text. */
static void
said_no(enum srvclient_err err, enum srvclient_err want, const char *text)
{
	if (err != want)
		fail_msg("error %d and not %d: %s", err, want, srvclient_text(client));
	assert_string_equal(srvclient_text(client), text);
}

/* ---- what GET says, read by other means than the library's ---- */

static const struct wire_node *
by_get(const char *op, const char *param, const char *ticket)
{
	struct wire_answer *a = wire_call(&srv, WIRE_GET, op, param, ticket, NULL);

	return wire_result(WIRE_GET, op, a);
}

static void
same_text(const struct wire_node *n, const char *name, const char *got)
{
	const char *want = wire_attr(n, name);

	if (want == NULL || got == NULL || strcmp(want, got) != 0)
		fail_msg("%s is %s and not %s", name, got, want);
}

static void
same_number(const struct wire_node *n, const char *name, int64_t got)
{
	same_text(n, name, wire_printf("%lld", (long long)got));
}

static void
same_bool(const struct wire_node *n, const char *name, bool got)
{
	same_text(n, name, got ? "true" : "false");
}

/* To some seconds, because GET was asked at another moment. */
static void
same_time(const struct wire_node *n, const char *name, const char *format, struct tm got)
{
	struct tm want = {0};
	const char *end = strptime(wire_attr(n, name), format, &want);

	assert_non_null(end);
	assert_string_equal(end, "");
	double apart = difftime(timegm(&want), timegm(&got));
	if (apart < -10 || apart > 10)
		fail_msg("%s is %.0f s off", name, apart);
}

static void
same_instant(const struct wire_node *n, const char *name, time_t got)
{
	struct tm tm;

	same_time(n, name, "%Y-%m-%dT%H:%M:%SZ", *gmtime_r(&got, &tm));
}

/* ---- results ---- */

static void
server_info_is_numbers_booleans_and_times(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct srvclient_server_info *i = NULL;
		const struct wire_node *n = by_get("ServerInfo", NULL, NULL);

		speak(f);
		worked(srvclient_server_info(client, &i));
		same_text(n, "VersionNumber", i->version_number);
		same_text(n, "Company", i->company);
		same_text(n, "ServerName", i->server_name);
		same_number(n, "LicenseCount", i->license_count);
		same_time(n, "Server_date_time", "%Y-%m-%dT%H:%M:%S", i->server_date_time);
		same_instant(n, "Coordinated_Universal_Time", i->coordinated_universal_time);
		same_instant(n, "SubscriptionEndDate", i->subscription_end_date);
		assert_true(i->utc_offset == 5.5); /* the server's time zone */
		same_text(n, "UTC_Offset", "5.5");
		same_bool(n, "WindowsAuthenticationIsOn", i->windows_authentication_is_on);
		same_bool(n, "WorkflowIsOn", i->workflow_is_on);
		same_bool(n, "AnonymousAccessIsOn", i->anonymous_access_is_on);
		same_bool(n, "ComplianceModuleIsOn", i->compliance_module_is_on);
		assert_true(i->workflow_is_on && !i->anonymous_access_is_on);
		assert_true(i->has_license_count && i->has_utc_offset && i->has_server_date_time);
		srvclient_server_info_free(&i);
		assert_null(i);
	}
}

static void
jobs_are_an_array(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct srvclient_maintenance_jobs *jobs = NULL;
		const struct wire_node *n = by_get("GetMaintenanceJobsStatus", "authenticationTicket", admin)->first;
		size_t ran = 0;

		speak(f);
		worked(srvclient_get_maintenance_jobs_status(client, admin, &jobs));
		assert_int_equal(jobs->maintenance_job_count, 5);
		for (size_t i = 0; i < jobs->maintenance_job_count; i++, n = n->next) {
			const struct srvclient_maintenance_job *j = &jobs->maintenance_job[i];

			same_number(n, "JobId", j->job_id);
			same_text(n, "JobNameResourceId", j->job_name_resource_id);
			same_text(n, "JobName", j->job_name);
			same_text(n, "ScheduleType", j->schedule_type);
			same_number(n, "TimeElapsedMs", j->time_elapsed_ms);
			same_bool(n, "IsLate", j->is_late);
			assert_int_equal(j->has_success, wire_attr(n, "Success") != NULL);
			assert_int_equal(j->has_start_date, *wire_attr(n, "StartDate") != '\0');
			assert_int_equal(j->result != NULL, wire_attr(n, "Result") != NULL);
			if (j->has_start_date) {
				same_time(n, "StartDate", "%Y-%m-%dT%H:%M:%S", j->start_date);
				assert_int_equal(j->start_date.tm_isdst, -1);
				assert_true(j->has_success && !j->success && j->is_late);
				ran++;
			}
		}
		assert_null(n);
		assert_int_equal(ran, 1);
		srvclient_maintenance_jobs_free(&jobs);
	}
}

static void
the_warehouse_is_two_arrays(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct srvclient_warehouse *w = NULL;
		const struct wire_node *n = by_get("GetWarehouseStatus", "authenticationTicket", admin);

		speak(f);
		worked(srvclient_get_warehouse_status(client, admin, &w));
		same_number(n, "TotalWarehouseSize", w->total_warehouse_size);
		same_number(n, "TotalDocumentCount", w->total_document_count);
		assert_true(w->total_warehouse_size == 5000000000);
		assert_int_equal(w->warehouse_path_count, 1);
		const struct wire_node *p = wire_child(wire_child(n, "WarehousePaths"), "WarehousePath");
		same_text(p, "WhNo", w->warehouse_path[0].wh_no);
		same_text(p, "Path", w->warehouse_path[0].path);
		same_text(p, "RootDrive", w->warehouse_path[0].root_drive);
		same_number(p, "Size", w->warehouse_path[0].size);
		same_number(p, "DocCount", w->warehouse_path[0].doc_count);
		assert_int_equal(w->disk_count, 1);
		const struct wire_node *d = wire_child(wire_child(n, "Disks"), "Disk");
		same_text(d, "VolumeName", w->disk[0].volume_name);
		same_number(d, "DiskSize", w->disk[0].disk_size);
		same_text(d, "DiskType", w->disk[0].disk_type);
		same_text(d, "DriveTypeExplanation", w->disk[0].drive_type_explanation);
		same_bool(d, "CriticalFreeSpace", w->disk[0].critical_free_space);
		assert_true(w->disk[0].free_space > 0 && w->disk[0].free_space <= w->disk[0].disk_size);
		srvclient_warehouse_free(&w);
	}
}

/* The password has what XML escapes, what a URL escapes, and a letter outside of ASCII. */
static void
a_login_is_a_ticket_and_its_user(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct srvclient_login *l = NULL;

		speak(f);
		worked(srvclient_authenticate_user(client, WIRE_USER, WIRE_USER_PWD, &l));
		assert_true(wire_is_guid(l->ticket));
		const struct wire_node *n = by_get("isValidTicket", "AuthenticationTicket", l->ticket);
		same_number(n, "userid", l->userid);
		same_text(n, "username", l->username);
		same_text(n, "firstName", l->first_name);
		same_text(n, "lastName", l->last_name);
		same_text(n, "fullname", l->fullname);
		same_text(n, "email", l->email);
		same_instant(n, "expireOn", l->expire_on);
		assert_true(l->is_authenticated);
		srvclient_login_free(&l);
		worked(srvclient_authenticate_user1(client, WIRE_ADMIN, WIRE_ADMIN_PWD, "de", &l));
		struct srvclient_maintenance_jobs *jobs = NULL;
		worked(srvclient_get_maintenance_jobs_status(client, l->ticket, &jobs));
		assert_string_equal(jobs->maintenance_job[0].job_name,
		    wire_sql_text(&srv, "SELECT text FROM resources WHERE language = 'de' AND "
					"resource_id = 'MaintenanceJob.PurgeExpiredTickets'"));
		srvclient_maintenance_jobs_free(&jobs);
		srvclient_login_free(&l);
	}
}

static void
a_flush_is_what_it_says(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		const char *name = wire_printf("Host %d", (int)f);
		size_t from = wire_log_size(&srv);

		wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', '%s')", name);
		assert_string_not_equal(wire_server_name(&srv), name);
		speak(f);
		worked(srvclient_flush_application_cache(client, admin));
		assert_string_equal(wire_server_name(&srv), name);
		/* It is the version that was asked for that was spoken. */
		assert_true(wire_log_wait(&srv, from,
		    wire_printf("op name=FlushApplicationCache form=%s ", f == WIRE_SOAP11 ? "soap11" : "soap12")));
	}
}

static void
a_ticket_lives_its_life(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct srvclient_login *first = NULL, *second = NULL;
		struct srvclient_session *session = NULL;

		speak(f);
		worked(srvclient_authenticate_user(client, WIRE_USER, WIRE_USER_PWD, &first));
		worked(srvclient_is_valid_ticket(client, first->ticket, &session));
		assert_string_equal(session->username, WIRE_USER);
		srvclient_session_free(&session);
		worked(srvclient_renew_ticket(client, WIRE_USER, WIRE_USER_PWD, NULL, first->ticket, &second));
		assert_string_not_equal(first->ticket, second->ticket);
		said_no(srvclient_is_valid_ticket(client, first->ticket, &session), SRVCLIENT_TICKET_INVALID, WIRE_901);
		worked(srvclient_log_out(client, second->ticket));
		said_no(srvclient_log_out(client, second->ticket), SRVCLIENT_TICKET_INVALID, WIRE_901);
		assert_null(session);
		srvclient_login_free(&first);
		srvclient_login_free(&second);
	}
}

/* Every operation by its description, as a program that shows whatever comes: the element is GET's. */
static void
every_result_is_at_hand_as_get_writes_it(void **state)
{
	const struct srvclient_operation *o;
	size_t count = 0;

	(void)state;
	for (; (o = srvclient_operation_at(count)) != NULL; count++) {
		assert_ptr_equal(srvclient_operation(o->name), o);
		WIRE_EACH_SOAP(f)
		{
			const char *values[4] = {NULL}, *args[8] = {NULL};
			void *result = NULL;

			for (size_t i = 0; i < o->param_count; i++) {
				const char *name = o->params[i];

				values[i] = strcmp(name, "UID") == 0    ? WIRE_ADMIN
					    : strcmp(name, "PWD") == 0  ? WIRE_ADMIN_PWD
					    : strcmp(name, "Lang") == 0 ? "de"
									: wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
				args[2 * i] = name;
				args[2 * i + 1] = values[i];
			}
			speak(f);
			/* The ticket that GET is given is ended by some of them, so it asks second, for the like. */
			worked(srvclient_call(client, o, values, &result));
			const char *mine = wire_masked(srvclient_xml(client));
			if (strcmp(o->name, "LogOut") == 0)
				args[1] = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
			struct wire_answer *a = wire_call(&srv, WIRE_GET, o->name, args[0], args[1], args[2], args[3],
			    args[4], args[5], args[6], args[7], NULL);
			assert_string_equal(mine, wire_masked(a->body + strlen(WIRE_DECLARATION)));
			assert_int_equal(result != NULL, o->type->size > 0);
			srvclient_result_free(o->type, &result);
		}
	}
	assert_int_equal(count, 9);
	assert_null(srvclient_operation("flushapplicationcache"));
}

/* ---- errors ---- */

static void
refusals_are_told_apart_by_their_numbers(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		struct srvclient_login *l = NULL;

		speak(f);
		said_no(srvclient_authenticate_user(client, "nobody", "x", &l), SRVCLIENT_LOGIN_FAILED, WIRE_900);
		assert_int_equal(srvclient_code(client), 900);
		said_no(srvclient_flush_application_cache(client, NULL), SRVCLIENT_TICKET_INVALID, WIRE_901);
		assert_int_equal(srvclient_code(client), 901);
		assert_string_equal(srvclient_xml(client), "<response success=\"false\" error=\"" WIRE_901 "\" />");
		said_no(srvclient_authenticate_user(client, WIRE_ROBOT, WIRE_OTHER_PWD, &l),
		    SRVCLIENT_TICKET_NOT_ALLOWED, "[902] Ticket generation not allowed");
		said_no(srvclient_flush_application_cache(client, wire_login(&srv, WIRE_USER, WIRE_USER_PWD)),
		    SRVCLIENT_NO_RIGHTS, WIRE_921);
		assert_int_equal(srvclient_code(client), 921);
		said_no(srvclient_renew_ticket(client, WIRE_USER, WIRE_USER_PWD, "", "no guid", &l), SRVCLIENT_REFUSED,
		    "invalid ticket format");
		assert_int_equal(srvclient_code(client), 0);
		assert_null(l);
	}
	assert_true(srvclient_is_refusal(SRVCLIENT_REFUSED) && srvclient_is_refusal(SRVCLIENT_NO_RIGHTS));
	assert_false(srvclient_is_refusal(SRVCLIENT_OK) || srvclient_is_refusal(SRVCLIENT_FAULT));
}

static void
a_fault_is_an_error_with_its_text(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		speak(f);
		said_no(srvclient_flush_application_cache(client, wire_repeat("1", 5000)), SRVCLIENT_FAULT,
		    "A parameter is too long.");
		assert_null(srvclient_xml(client));
		worked(srvclient_flush_application_cache(client, admin)); /* and nothing else is amiss */
	}
}

static void
what_cannot_be_sent_is_not_sent(void **state)
{
	static const char *const bad[] = {"\x01", "\xff", "a\xed\xa0\x80"};

	(void)state;
	speak(WIRE_SOAP11);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		said_no(srvclient_flush_application_cache(client, bad[i]), SRVCLIENT_USAGE,
		    "authenticationTicket is no UTF-8 text that XML can hold");
}

static void
what_cannot_be_a_url_or_an_option_is_refused(void **state)
{
	static const char *const bad[] = {"", "localhost", "ftp://localhost/", "http://", "http:///x", "http://h/a?b",
	    "http://h/a#b", "http://u:p@h/", "http://h/a b", "http://h/\xff", "http://h:99999/", "file:///etc/passwd"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (srvclient_new(bad[i], &client) != SRVCLIENT_USAGE)
			fail_msg("taken: %s", bad[i]);
		assert_null(client);
	}
	speak(WIRE_SOAP11);
	assert_int_equal(srvclient_set_timeouts(client, 0, 1), SRVCLIENT_USAGE);
	assert_int_equal(srvclient_set_timeouts(client, 1, -1), SRVCLIENT_USAGE);
	assert_int_equal(srvclient_set_answer_max(client, 0), SRVCLIENT_USAGE);
	assert_int_equal(srvclient_set_soap(client, (enum srvclient_soap)7), SRVCLIENT_USAGE);
	assert_true(strlen(srvclient_text(client)) > 0);
	worked(srvclient_flush_application_cache(client, admin)); /* none of it counted */
}

static void
every_error_has_words(void **state)
{
	static const enum srvclient_err all[] = {SRVCLIENT_OK, SRVCLIENT_USAGE, SRVCLIENT_MEMORY, SRVCLIENT_TRANSPORT,
	    SRVCLIENT_TIMEOUT, SRVCLIENT_TLS, SRVCLIENT_HTTP, SRVCLIENT_MALFORMED, SRVCLIENT_LIMIT, SRVCLIENT_FAULT,
	    SRVCLIENT_REFUSED, SRVCLIENT_LOGIN_FAILED, SRVCLIENT_TICKET_INVALID, SRVCLIENT_TICKET_NOT_ALLOWED,
	    SRVCLIENT_NO_RIGHTS, SRVCLIENT_RELOAD_FAILED, SRVCLIENT_UNAVAILABLE};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_string_not_equal(srvclient_err_text(all[i]), "unknown error");
	assert_string_equal(srvclient_err_text((enum srvclient_err)50), "unknown error");
	assert_string_equal(srvclient_version(), "1.0.0.0");
}

/* ---- many calls ---- */

/* Our end's port of the one connection that this process has with srvd; 0 if it has none. */
static int
own_port(void)
{
	int found = 0, port = 0;

	for (int fd = 3; fd < 256; fd++) {
		struct sockaddr_in sa = {0};
		socklen_t len = sizeof sa;

		if (getpeername(fd, (struct sockaddr *)&sa, &len) != 0 || ntohs(sa.sin_port) != srv.port)
			continue;
		len = sizeof sa;
		assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
		port = ntohs(sa.sin_port);
		found++;
	}
	assert_true(found <= 1);
	return port;
}

static void
calls_share_a_connection(void **state)
{
	(void)state;
	speak(WIRE_SOAP11);
	assert_int_equal(own_port(), 0);
	worked(srvclient_flush_application_cache(client, admin));
	int port = own_port();
	assert_true(port > 0);
	for (int i = 0; i < 20; i++)
		worked(srvclient_flush_application_cache(client, admin));
	assert_int_equal(own_port(), port);
	srvclient_free(&client);
	assert_int_equal(own_port(), 0);
}

static void *
call_often(void *arg)
{
	struct srvclient *own = NULL;
	struct srvclient_server_info *i = NULL;
	size_t *good = arg;

	if (srvclient_new(url, &own) != SRVCLIENT_OK)
		return NULL;
	for (int n = 0; n < 25; n++) {
		if (srvclient_server_info(own, &i) == SRVCLIENT_OK && strcmp(i->version_number, "1.0.0.0") == 0 &&
		    srvclient_flush_application_cache(own, "nonsense") == SRVCLIENT_TICKET_INVALID)
			(*good)++;
		srvclient_server_info_free(&i);
	}
	srvclient_free(&own);
	return NULL;
}

static void
handles_in_many_threads_are_independent(void **state)
{
	enum { THREADS = 8 };
	pthread_t threads[THREADS];
	size_t good[THREADS] = {0};

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_often, &good[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(good[i], 25);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(server_info_is_numbers_booleans_and_times),
	    TEST(jobs_are_an_array),
	    TEST(the_warehouse_is_two_arrays),
	    TEST(a_login_is_a_ticket_and_its_user),
	    TEST(a_flush_is_what_it_says),
	    TEST(a_ticket_lives_its_life),
	    TEST(every_result_is_at_hand_as_get_writes_it),
	    TEST(refusals_are_told_apart_by_their_numbers),
	    TEST(a_fault_is_an_error_with_its_text),
	    TEST(what_cannot_be_sent_is_not_sent),
	    TEST(what_cannot_be_a_url_or_an_option_is_refused),
	    TEST(every_error_has_words),
	    TEST(handles_in_many_threads_are_independent),
	    TEST(calls_share_a_connection),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
