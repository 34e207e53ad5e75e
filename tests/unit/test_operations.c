/* Each operation with a real store, cache and sessions, byte for byte as a caller of the plain forms sees it.
 * The part of the endpoint, which checks the ticket and the permission first, is played by ask(). */
#include "../../impl/base/log.h"
#include "../../impl/jobs/jobs.h"
#include "../../impl/operations/disks.h"
#include "../../impl/operations/operation.h"
#include "tempdir.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sqlite3.h>
#include <time.h>

extern const struct operation op_FlushApplicationCache, op_GetMaintenanceJobsStatus, op_GetWarehouseStatus,
    op_ServerInfo, op_AuthenticateUser, op_AuthenticateUser1, op_RenewTicket, op_isValidTicket, op_LogOut;

#define TI(element) "<" element " success=\"false\" error=\"[901]Session expired or Invalid ticket\" />"
#define AF "<root success=\"false\" error=\"[900] Authentication failed\" />"
#define UNAVAILABLE(element) "<" element " success=\"false\" error=\"[991]Service temporarily unavailable\" />"
#define NO_TICKET "00000000-0000-0000-0000-000000000000"

static char dir[TEMP_PATH_MAX], database[TEMP_PATH_MAX], license[TEMP_PATH_MAX];
static struct op_env env;
static sqlite3 *admin;

/* What the last call left. */
static char result[65536];
static struct srv_reason outcome;
static int delay_ms;

/* ---- the world ------------------------------------------------------------------------------------------ */

static wall_t
fixed_time(void)
{
	wall_t t;

	assert_true(clock_parse_utc("2026-02-18T14:35:00Z", &t));
	return t;
}

static void __attribute__((format(printf, 1, 2))) sql(const char *fmt, ...)
{
	char text[4096], *message = NULL;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (sqlite3_exec(admin, text, NULL, NULL, &message) != SQLITE_OK)
		fail_msg("%s: %s", text, message);
}

static void
zone(const char *tz)
{
	setenv("TZ", tz, 1);
	tzset();
}

/* Hashing is slow, so it is done once for all tests. */
static char *password_hash;

static int
setup(void **state)
{
	const struct sessions_conf conf = {30, 90};
	struct srv_reason why = {""};

	(void)state;
	zone("UTC");
	clock_override(fixed_time, NULL);
	temp_make(dir);
	temp_join(database, dir, "srv.db");
	temp_join(license, dir, "license.xml");
	temp_puts(license, TEMP_LICENSE);
	env = (struct op_env){.version = "1.0.0.0"};
	assert_int_equal(store_open(database, true, 4, &env.store, NULL), SRV_OK);
	assert_int_equal(sqlite3_open(database, &admin), SQLITE_OK);
	sqlite3_busy_timeout(admin, 5000);
	assert_int_equal(sessions_new(env.store, &conf, &env.sessions), SRV_OK);
	if (password_hash == NULL)
		assert_int_equal(session_password_hash("secret", &password_hash), SRV_OK);
	sql("INSERT INTO settings VALUES ('ServerName', 'dms1')");
	sql("INSERT INTO users (user_id, username, password_hash, first_name, last_name, email, language) VALUES"
	    " (42, 'jsmith', '%s', 'John', 'Smith', 'john@example.com', 'de'),"
	    " (43, 'plain', '%s', '', 'O''Neil & \"Sons\"', '', '')",
	    password_hash, password_hash);
	sql("INSERT INTO permissions VALUES (42, 'FlushApplicationCache'), (42, 'ViewServerStatus'),"
	    "(42, 'ViewWarehouseStatus')");
	if (cache_new(env.store, license, &env.cache, &why) != SRV_OK)
		fail_msg("%s", why.text);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	clock_override(NULL, NULL);
	cache_free(&env.cache);
	sessions_free(&env.sessions);
	store_close(&env.store);
	sqlite3_close(admin);
	temp_remove(dir);
	return 0;
}

static void
reload(void)
{
	struct srv_reason why = {""};

	cache_free(&env.cache);
	if (cache_new(env.store, license, &env.cache, &why) != SRV_OK)
		fail_msg("%s", why.text);
}

/* ---- the endpoint's part --------------------------------------------------------------------------------- */

struct finish {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int times;
};

static void
finished(struct op_call *call)
{
	struct finish *f = call->owner;

	pthread_mutex_lock(&f->lock);
	f->times++;
	pthread_cond_signal(&f->changed);
	pthread_mutex_unlock(&f->lock);
}

struct asking {
	const struct operation *operation;
	const char *element;
	const char *param[4];
	const char *cookie;
};

static enum srv_err
admit(struct op_call *call)
{
	const struct operation *op = call->info->operation;
	enum srv_err err;

	if (op->access == OP_PUBLIC)
		return SRV_OK;
	err = session_check(env.sessions, op_ticket(call), !op->keeps_ticket, &call->session, &call->expires_at);
	if (err == SRV_OK && !session_may(call->session, op->permission))
		err = SRV_ERIGHTS;
	return err;
}

/* Runs the operation; result, outcome and delay_ms hold what it left. */
static void
ask_this(const struct asking *a)
{
	const struct op_info info = {.name = "op", .result = a->element, .operation = a->operation};
	struct finish f = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
	struct op_call call = {
	    .env = &env,
	    .info = &info,
	    .cookie_ticket = a->cookie,
	    .peer = "127.0.0.1",
	    .result_element = a->element,
	    .snapshot = cache_get(env.cache),
	    .finish = finished,
	    .owner = &f,
	};
	enum op_state state = OP_DONE;
	enum srv_err err;

	buf_init(&call.result, 0);
	memcpy(call.param, a->param, sizeof a->param);
	err = admit(&call);
	if (err == SRV_OK)
		state = a->operation->run(&call);
	else
		op_fail(&call, err);
	pthread_mutex_lock(&f.lock);
	while (state == OP_PENDING && f.times == 0)
		pthread_cond_wait(&f.changed, &f.lock);
	assert_int_equal(f.times, state == OP_PENDING);
	pthread_mutex_unlock(&f.lock);
	assert_int_equal(call.result.err, SRV_OK);
	assert_true(call.result.len < sizeof result);
	strcpy(result, buf_str(&call.result));
	outcome = call.outcome;
	delay_ms = call.delay_ms;
	buf_fini(&call.result);
	session_unref(&call.session);
	snapshot_unref(&call.snapshot);
}
#define ask(...) ask_this(&(struct asking){__VA_ARGS__})

static void
assert_result(const char *expected)
{
	assert_string_equal(result, expected);
}

/* A ticket of the user's, from a login in that language. */
static const char *
login(const char *uid, const char *language, char ticket[SESSION_TICKET_LEN + 1])
{
	const char *at;

	ask(.operation = &op_AuthenticateUser1, .element = "root", .param = {uid, "secret", language});
	at = strstr(result, "ticket=\"");
	if (at == NULL)
		fail_msg("%s", result);
	snprintf(ticket, SESSION_TICKET_LEN + 1, "%s", at + strlen("ticket=\""));
	return ticket;
}
#define LOGIN(uid, language) login((uid), (language), (char[SESSION_TICKET_LEN + 1]){0})

/* ---- what operations are ---------------------------------------------------------------------------------- */

static void
operations_declare_what_the_contract_says(void **state)
{
	static const struct {
		const struct operation *op;
		bool ticket;
		enum session_permission permission;
		int ticket_param;
		bool cookie, keeps, blocks, changes;
	} rows[] = {
	    {&op_FlushApplicationCache, true, SESSION_MAY_FLUSH, 0, false, false, false, true},
	    {&op_GetMaintenanceJobsStatus, true, SESSION_MAY_VIEW_STATUS, 0, false, false, true, false},
	    {&op_GetWarehouseStatus, true, SESSION_MAY_VIEW_WAREHOUSE, 0, false, false, true, false},
	    {&op_ServerInfo, false, SESSION_MAY_ANYTHING, 0, false, false, false, false},
	    {&op_AuthenticateUser, false, SESSION_MAY_ANYTHING, 0, false, false, true, true},
	    {&op_AuthenticateUser1, false, SESSION_MAY_ANYTHING, 0, false, false, true, true},
	    {&op_RenewTicket, false, SESSION_MAY_ANYTHING, 3, true, false, true, true},
	    {&op_isValidTicket, true, SESSION_MAY_ANYTHING, 0, true, true, false, false},
	    {&op_LogOut, true, SESSION_MAY_ANYTHING, 0, true, false, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(rows[i].op->access, rows[i].ticket ? OP_TICKET : OP_PUBLIC);
		assert_int_equal(rows[i].op->permission, rows[i].permission);
		assert_int_equal(rows[i].op->ticket_param, rows[i].ticket_param);
		assert_int_equal(rows[i].op->ticket_cookie, rows[i].cookie);
		assert_int_equal(rows[i].op->keeps_ticket, rows[i].keeps);
		assert_int_equal(rows[i].op->blocks, rows[i].blocks);
		assert_int_equal(rows[i].op->changes, rows[i].changes);
		assert_non_null(rows[i].op->run);
	}
}

static void
operation_errors_have_the_exact_texts(void **state)
{
	static const struct {
		enum srv_err err;
		const char *text;
	} rows[] = {
	    {SRV_ETICKET, "[901]Session expired or Invalid ticket"},
	    {SRV_ERIGHTS, "[921]Insufficient rights"},
	    {SRV_EAUTH, "[900] Authentication failed"},
	    {SRV_ENOTICKET, "[902] Ticket generation not allowed"},
	    {SRV_EFORMAT, "invalid ticket format"},
	    {SRV_EIO, "[991]Service temporarily unavailable"},
	    {SRV_EBUSY, "[991]Service temporarily unavailable"},
	    {SRV_ENOMEM, "[991]Service temporarily unavailable"},
	    {SRV_ENOENT, "[991]Service temporarily unavailable"},
	    {SRV_ECORRUPT, "[991]Service temporarily unavailable"},
	    {SRV_ESTOPPED, "[991]Service temporarily unavailable"},
	};
	struct op_call call = {.result_element = "response"};
	struct srv_reason why = {"license: <x> & \"y\""};
	char expected[256];
	struct xml x;

	(void)state;
	buf_init(&call.result, 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		/* Half an answer that was begun before is gone. */
		op_result_begin(&call, &x);
		xml_open(&x, "child");
		op_fail(&call, rows[i].err);
		snprintf(expected, sizeof expected, "<response success=\"false\" error=\"%s\" />", rows[i].text);
		assert_string_equal(buf_str(&call.result), expected);
		assert_ptr_equal(strstr(call.outcome.text, rows[i].text), call.outcome.text);
	}
	/* The log hears more than the caller. */
	op_fail(&call, SRV_ECORRUPT);
	assert_string_equal(call.outcome.text, "[991]Service temporarily unavailable (damaged)");
	op_fail_reload(&call, &why);
	assert_string_equal(buf_str(&call.result),
	    "<response success=\"false\" error=\"[990]Application cache could not be "
	    "reloaded: license: &lt;x&gt; &amp; &quot;y&quot;\" />");
	buf_reset(&call.result);
	op_result_ok(&call);
	assert_string_equal(buf_str(&call.result), "<response success=\"true\" />");
	buf_fini(&call.result);
}

static void
operation_ticket_is_the_parameter_or_where_allowed_the_cookie(void **state)
{
	struct op_info info = {.operation = &op_LogOut};
	struct op_call call = {.info = &info, .cookie_ticket = "cookie"};

	(void)state;
	assert_string_equal(op_ticket(&call), "cookie");
	call.param[0] = "";
	assert_string_equal(op_ticket(&call), "cookie");
	call.param[0] = "parameter";
	assert_string_equal(op_ticket(&call), "parameter");
	info.operation = &op_FlushApplicationCache;
	assert_string_equal(op_ticket(&call), "parameter");
	call.param[0] = NULL;
	assert_null(op_ticket(&call));
	info.operation = &op_RenewTicket;
	assert_string_equal(op_ticket(&call), "cookie");
	call.cookie_ticket = NULL;
	call.param[3] = "";
	assert_string_equal(op_ticket(&call), "");
	call.param[3] = NULL;
	assert_null(op_ticket(&call));
}

/* ---- FlushApplicationCache -------------------------------------------------------------------------------- */

static void
flush_loads_anew_and_says_so(void **state)
{
	const char *ticket = LOGIN("jsmith", NULL);
	const struct snapshot *s;

	(void)state;
	sql("UPDATE settings SET value = 'renamed' WHERE name = 'ServerName'");
	ask(.operation = &op_FlushApplicationCache, .element = "response", .param = {ticket});
	assert_result("<response success=\"true\" />");
	assert_string_equal(outcome.text, "");
	s = cache_get(env.cache);
	assert_string_equal(s->server_name, "renamed");
	assert_int_equal(s->generation, 2);
	snapshot_unref(&s);
}

static void
flush_that_fails_says_the_source_and_the_reason(void **state)
{
	const char *ticket = LOGIN("jsmith", NULL);

	(void)state;
	sql("INSERT INTO settings VALUES ('LoginDelay', '5000')");
	ask(.operation = &op_FlushApplicationCache, .element = "response", .param = {ticket});
	assert_result(
	    "<response success=\"false\" error=\"[990]Application cache could not be reloaded: settings: LoginDelay "
	    "is not a number from 0 to 2000\" />");
	sql("DELETE FROM settings WHERE name = 'LoginDelay'");
	temp_puts(license, "<License>");
	ask(.operation = &op_FlushApplicationCache, .element = "response", .param = {ticket});
	assert_non_null(strstr(result, "error=\"[990]Application cache could not be reloaded: license: line 1 is not"));
	assert_non_null(strstr(outcome.text, "[990]Application cache could not be reloaded: license: line 1"));
}

static void
flush_needs_a_ticket_then_a_permission_and_takes_no_cookie(void **state)
{
	struct cache_status status;
	const char *ticket = LOGIN("jsmith", NULL), *other = LOGIN("plain", NULL);

	(void)state;
	ask(.operation = &op_FlushApplicationCache, .element = "response");
	assert_result(TI("response"));
	ask(.operation = &op_FlushApplicationCache, .element = "response", .cookie = ticket);
	assert_result(TI("response"));
	ask(.operation = &op_FlushApplicationCache, .element = "response", .param = {NO_TICKET});
	assert_result(TI("response"));
	ask(.operation = &op_FlushApplicationCache, .element = "response", .param = {other});
	assert_result("<response success=\"false\" error=\"[921]Insufficient rights\" />");
	cache_status_get(env.cache, &status);
	assert_int_equal(status.loads, 1);
}

/* ---- logins ------------------------------------------------------------------------------------------------- */

/* The ticket in result, which is then cut out of it: what is left is the same every time. */
static const char *
cut_ticket(char ticket[SESSION_TICKET_LEN + 1])
{
	char *at = strstr(result, "ticket=\"");

	if (at == NULL)
		fail_msg("%s", result);
	at += strlen("ticket=\"");
	snprintf(ticket, SESSION_TICKET_LEN + 1, "%s", at);
	assert_int_equal(strspn(ticket, "0123456789abcdef-"), SESSION_TICKET_LEN);
	memmove(at, at + SESSION_TICKET_LEN, strlen(at + SESSION_TICKET_LEN) + 1);
	return ticket;
}
#define CUT_TICKET() cut_ticket((char[SESSION_TICKET_LEN + 1]){0})

#define JSMITH                                                                                             \
	"userid=\"42\" username=\"jsmith\" firstName=\"John\" lastName=\"Smith\" fullname=\"John Smith\" " \
	"email=\"john@example.com\" expireOn=\"2026-03-20T14:35:00Z\" isAuthenticated=\"True\" />"

static void
login_gives_a_ticket_and_the_user(void **state)
{
	const char *first, *second;

	(void)state;
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"JSmith", "secret"});
	first = CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" " JSMITH);
	assert_string_equal(outcome.text, "");
	ask(.operation = &op_AuthenticateUser1, .element = "root", .param = {"jsmith", "secret", "fr"});
	second = CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" " JSMITH);
	assert_string_not_equal(first, second);
	/* An installation may call its elements otherwise. */
	ask(.operation = &op_AuthenticateUser, .element = "response", .param = {"jsmith", "secret"});
	CUT_TICKET();
	assert_result("<response success=\"true\" ticket=\"\" " JSMITH);
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"plain", "secret"});
	CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" userid=\"43\" username=\"plain\" firstName=\"\" "
		      "lastName=\"O'Neil &amp; "
		      "&quot;Sons&quot;\" fullname=\"O'Neil &amp; &quot;Sons&quot;\" email=\"\" "
		      "expireOn=\"2026-03-20T14:35:00Z\" isAuthenticated=\"True\" />");
}

static void
login_failure_is_the_same_for_every_cause(void **state)
{
	(void)state;
	sql("UPDATE users SET enabled = 0 WHERE username = 'plain'");
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "wrong"});
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"nobody", "secret"});
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"plain", "secret"});
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser, .element = "root");
	assert_result(AF);
	ask(.operation = &op_AuthenticateUser1, .element = "root", .param = {"jsmith", NULL, "de"});
	assert_result(AF);
	assert_string_equal(outcome.text, "[900] Authentication failed");
}

static void
login_of_an_account_without_tickets_is_told_so(void **state)
{
	(void)state;
	sql("UPDATE users SET may_have_ticket = 0 WHERE username = 'plain'");
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"plain", "secret"});
	assert_result("<root success=\"false\" error=\"[902] Ticket generation not allowed\" />");
	sql("INSERT INTO settings VALUES ('SysadminAccountName', 'JSMITH')");
	reload();
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "secret"});
	assert_result("<root success=\"false\" error=\"[902] Ticket generation not allowed\" />");
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "wrong"});
	assert_result(AF);
}

static void
login_delay_holds_for_every_answer_of_a_login_and_for_no_other(void **state)
{
	const char *ticket;

	(void)state;
	sql("INSERT INTO settings VALUES ('LoginDelay', '1500')");
	reload();
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "secret"});
	assert_int_equal(delay_ms, 1500);
	ticket = CUT_TICKET();
	ask(.operation = &op_AuthenticateUser1, .element = "root", .param = {"jsmith", "wrong", ""});
	assert_int_equal(delay_ms, 1500);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, "x"});
	assert_int_equal(delay_ms, 1500);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_int_equal(delay_ms, 0);
	ask(.operation = &op_LogOut, .element = "root", .param = {ticket});
	assert_int_equal(delay_ms, 0);
}

static void
renew_gives_a_new_ticket_and_ends_the_old(void **state)
{
	const char *old = LOGIN("jsmith", NULL), *renewed;

	(void)state;
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", "en", old});
	renewed = CUT_TICKET();
	assert_result("<root success=\"true\" ticket=\"\" " JSMITH);
	assert_string_not_equal(old, renewed);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {old});
	assert_result(TI("root"));
	ask(.operation = &op_isValidTicket, .element = "root", .param = {renewed});
	assert_result("<root success=\"true\" " JSMITH);
	/* The cookie stands in for an absent parameter. */
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret"}, .cookie = renewed);
	CUT_TICKET();
	ask(.operation = &op_isValidTicket, .element = "root", .param = {renewed});
	assert_result(TI("root"));
}

static void
renew_refuses_what_is_no_ticket_before_anything_else(void **state)
{
	static const char format[] = "<root success=\"false\" error=\"invalid ticket format\" />";
	const char *ticket = LOGIN("jsmith", NULL);

	(void)state;
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, "not-a-guid"});
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "wrong", NULL, "not-a-guid"});
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, NULL});
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "secret", NULL, ""}, .cookie = "");
	assert_result(format);
	ask(.operation = &op_RenewTicket, .element = "root", .param = {"jsmith", "wrong", NULL, ticket});
	assert_result(AF);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_result("<root success=\"true\" " JSMITH);
}

static void
is_valid_ticket_shows_the_user_without_the_ticket(void **state)
{
	const char *ticket = LOGIN("jsmith", NULL);

	(void)state;
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_result("<root success=\"true\" " JSMITH);
	ask(.operation = &op_isValidTicket, .element = "root", .cookie = ticket);
	assert_result("<root success=\"true\" " JSMITH);
	ask(.operation = &op_isValidTicket, .element = "root", .param = {NO_TICKET}, .cookie = ticket);
	assert_result(TI("root"));
	ask(.operation = &op_isValidTicket, .element = "root");
	assert_result(TI("root"));
}

static void
log_out_ends_the_ticket(void **state)
{
	const char *ticket = LOGIN("jsmith", NULL);

	(void)state;
	ask(.operation = &op_LogOut, .element = "root", .param = {ticket});
	assert_result("<root success=\"true\" />");
	ask(.operation = &op_LogOut, .element = "root", .param = {ticket});
	assert_result(TI("root"));
	ask(.operation = &op_isValidTicket, .element = "root", .param = {ticket});
	assert_result(TI("root"));
	ticket = LOGIN("jsmith", NULL);
	ask(.operation = &op_LogOut, .element = "root", .cookie = ticket);
	assert_result("<root success=\"true\" />");
	ask(.operation = &op_LogOut, .element = "root", .cookie = ticket);
	assert_result(TI("root"));
}

/* ---- ServerInfo --------------------------------------------------------------------------------------------- */

static void
assert_server_info(const char *tz, const char *local, const char *offset)
{
	char expected[1024];

	zone(tz);
	ask(.operation = &op_ServerInfo, .element = "root");
	snprintf(expected, sizeof expected,
	    "<root success=\"true\" VersionNumber=\"1.0.0.0\" Server_date_time=\"%s\" "
	    "Coordinated_Universal_Time=\"2026-02-18T14:35:00Z\" UTC_Offset=\"%s\" Company=\"Example Company\" "
	    "ServerName=\"dms1\" LicenseCount=\"25\" SubscriptionEndDate=\"2030-12-31T23:59:59Z\" "
	    "WindowsAuthenticationIsOn=\"false\" WorkflowIsOn=\"true\" AnonymousAccessIsOn=\"false\" "
	    "ComplianceModuleIsOn=\"false\" />",
	    local, offset);
	assert_result(expected);
}

static void
server_info_tells_time_settings_and_licence(void **state)
{
	(void)state;
	assert_server_info("UTC", "2026-02-18T14:35:00", "0");
	assert_server_info("EST5EDT,M3.2.0,M11.1.0", "2026-02-18T09:35:00", "-5");
	assert_server_info("IST-5:30", "2026-02-18T20:05:00", "5.5");
	assert_server_info("NPT-5:45", "2026-02-18T20:20:00", "5.75");
	assert_server_info("NST3:30", "2026-02-18T11:05:00", "-3.5");
	assert_server_info("XXX-14", "2026-02-19T04:35:00", "14");
	assert_server_info("LMT0:44:30", "2026-02-18T13:50:30", "-0.7417");
	zone("UTC");
	sql("INSERT INTO settings VALUES ('WindowsAuthenticationIsOn', '1')");
	reload();
	ask(.operation = &op_ServerInfo, .element = "root");
	assert_non_null(strstr(result, " WindowsAuthenticationIsOn=\"true\" "));
}

/* ---- GetMaintenanceJobsStatus ------------------------------------------------------------------------------ */

static void
jobs_status_of_an_empty_table_is_empty(void **state)
{
	(void)state;
	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN("jsmith", NULL)});
	assert_result("<response success=\"true\" />");
	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN("plain", NULL)});
	assert_result("<response success=\"false\" error=\"[921]Insufficient rights\" />");
}

static void
jobs_status_shows_each_job_with_its_last_run(void **state)
{
	(void)state;
	sql("INSERT INTO maintenance_jobs VALUES (1, 'A', 'Hourly'), (2, 'B', 'Daily'), (3, 'C', 'WeekLyOnMonday'),"
	    "(10, 'D', 'AnyTime')");
	sql("INSERT INTO resources VALUES ('A', 'en', 'Job \"A\"')");
	sql("INSERT INTO maintenance_job_log VALUES (1, '2026-02-18T14:00:00Z', 12, 1, 'fine'),"
	    "(1, '2026-02-18T13:00:00Z', 99, 0, 'older'), (1, '2026-02-18T14:34:00Z', NULL, NULL, NULL),"
	    "(2, '2026-02-17T14:34:59Z', 3600000, 0, 'failed'), (3, '2026-02-11T14:35:00Z', 5, 1, ''),"
	    "(7, '2026-02-18T00:00:00Z', 5, 1, 'no such job')");
	reload();
	zone("CET-1");
	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN("jsmith", "en")});
	assert_result(
	    "<response success=\"true\">"
	    "<MaintenanceJob JobId=\"1\" JobNameResourceId=\"A\" JobName=\"Job &quot;A&quot;\" ScheduleType=\"Hourly\" "
	    "StartDate=\"2026-02-18T15:00:00\" TimeElapsedMs=\"12\" Success=\"true\" IsLate=\"false\" />"
	    "<MaintenanceJob JobId=\"2\" JobNameResourceId=\"B\" JobName=\"B\" ScheduleType=\"Daily\" "
	    "StartDate=\"2026-02-17T15:34:59\" TimeElapsedMs=\"3600000\" Success=\"false\" IsLate=\"true\" />"
	    "<MaintenanceJob JobId=\"3\" JobNameResourceId=\"C\" JobName=\"C\" ScheduleType=\"WeekLyOnMonday\" "
	    "StartDate=\"2026-02-11T15:35:00\" TimeElapsedMs=\"5\" Success=\"true\" IsLate=\"false\" />"
	    "<MaintenanceJob JobId=\"10\" JobNameResourceId=\"D\" JobName=\"D\" ScheduleType=\"AnyTime\" "
	    "StartDate=\"\" TimeElapsedMs=\"0\" Result=\"\" IsLate=\"false\" />"
	    "</response>");
}

static void
assert_job_name(const char *uid, const char *language, const char *name)
{
	char expected[256];

	ask(.operation = &op_GetMaintenanceJobsStatus, .element = "response", .param = {LOGIN(uid, language)});
	snprintf(expected, sizeof expected, "JobNameResourceId=\"MaintenanceJob.DatabaseMaintenance\" JobName=\"%s\" ",
	    name);
	if (strstr(result, expected) == NULL)
		fail_msg("%s: no %s in %s", language == NULL ? "no language" : language, expected, result);
}

static void
jobs_status_names_jobs_in_the_sessions_language(void **state)
{
	(void)state;
	assert_int_equal(jobs_define(env.store), SRV_OK);
	sql("INSERT INTO permissions VALUES (43, 'ViewServerStatus')");
	reload();
	assert_job_name("jsmith", "en", "Database maintenance");
	assert_job_name("jsmith", "de", "Datenbankwartung");
	assert_job_name("jsmith", "fr", "Maintenance de la base de données");
	assert_job_name("jsmith", "tr", "Veritabanı bakımı");
	assert_job_name("jsmith", "tr-TR", "Veritabanı bakımı");
	assert_job_name("jsmith", NULL, "Datenbankwartung"); /* the user's own */
	assert_job_name("jsmith", "", "Datenbankwartung");
	assert_job_name("plain", NULL, "Database maintenance"); /* who has none: the default, en */
	assert_job_name("jsmith", "ja", "Database maintenance");
	sql("INSERT INTO settings VALUES ('DefaultLanguage', 'fr')");
	reload();
	assert_job_name("plain", NULL, "Maintenance de la base de données");
	assert_job_name("jsmith", "ja", "Maintenance de la base de données");
	sql("DELETE FROM resources WHERE language = 'fr'");
	reload();
	assert_job_name("jsmith", "ja", "Database maintenance");
	sql("DELETE FROM resources");
	reload();
	assert_job_name("jsmith", "de", "MaintenanceJob.DatabaseMaintenance");
}

/* ---- GetWarehouseStatus ------------------------------------------------------------------------------------- */

static void
warehouse_status_without_a_path_is_empty(void **state)
{
	(void)state;
	sql("INSERT INTO warehouse_statistics VALUES (5, 100, 3, '2026-01-01T00:00:00Z')"); /* configured no more */
	ask(.operation = &op_GetWarehouseStatus, .element = "response", .param = {LOGIN("jsmith", NULL)});
	assert_result(
	    "<response success=\"true\" TotalWarehouseSize=\"0\" TotalDocumentCount=\"0\"><WarehousePaths /><Disks />"
	    "</response>");
	ask(.operation = &op_GetWarehouseStatus, .element = "response", .param = {LOGIN("plain", NULL)});
	assert_result("<response success=\"false\" error=\"[921]Insufficient rights\" />");
}

/* The mount point above path: where the device changes. */
static void
mount_point_of(const char *path, char out[TEMP_PATH_MAX])
{
	char *real = realpath(path, NULL);
	struct stat here, above;

	assert_non_null(real);
	while (strcmp(real, "/") != 0) {
		char parent[TEMP_PATH_MAX];

		snprintf(parent, sizeof parent, "%s", real);
		*strrchr(parent, '/') = '\0';
		if (parent[0] == '\0')
			strcpy(parent, "/");
		assert_int_equal(stat(real, &here), 0);
		assert_int_equal(stat(parent, &above), 0);
		if (here.st_dev != above.st_dev)
			break;
		strcpy(real, parent);
	}
	snprintf(out, TEMP_PATH_MAX, "%s", real);
	free(real);
}

/* What a disk of the answer should read, given the free space that it showed. */
static void
expect_disk(struct buf *expected, const char *path, const char *mount_point)
{
	struct mounts mounts;
	struct disk_space space;
	enum disk_type type;
	char at[2 * TEMP_PATH_MAX];
	long long shown = -1;
	const char *disk;

	snprintf(at, sizeof at, "<Disk VolumeName=\"%s\" ", mount_point);
	disk = strstr(result, at);
	if (disk == NULL)
		fail_msg("no %s in %s", at, result);
	assert_int_equal(sscanf(strstr(disk, "FreeSpace="), "FreeSpace=\"%lld\"", &shown), 1);
	assert_int_equal(disk_space(path, &space), SRV_OK);
	assert_true(shown >= 0 && shown <= space.size);
	space.free = shown;
	assert_int_equal(mounts_read_system(&mounts), SRV_OK);
	type = disk_type(mounts_find_path(&mounts, path), DISKS_SYSFS);
	mounts_fini(&mounts);
	buf_printf(expected,
	    "<Disk VolumeName=\"%s\" DiskSize=\"%lld\" FreeSpace=\"%lld\" DiskType=\"%s\" DriveTypeExplanation=\"%s\" "
	    "CriticalFreeSpace=\"%s\" />",
	    mount_point, (long long)space.size, shown, disk_type_name(type), disk_type_explanation(type),
	    disk_is_critical(&space) ? "true" : "false");
}

static void
warehouse_status_shows_paths_and_each_disk_once(void **state)
{
	char memory[] = "/dev/shm/srv-unit-XXXXXX", on_disk[TEMP_PATH_MAX], in_memory[TEMP_PATH_MAX];
	struct buf expected;

	(void)state;
	if (mkdtemp(memory) == NULL)
		skip();
	mount_point_of(dir, on_disk);
	mount_point_of(memory, in_memory);
	if (strcmp(on_disk, in_memory) == 0) {
		rmdir(memory);
		skip(); /* no second file system at hand */
	}
	sql("INSERT INTO warehouse_paths VALUES (99, '%s'), (0, '%s'), (7, '%s'), (12, '%s/none'), (3, '%s/')", dir,
	    dir, memory, dir, memory);
	sql("INSERT INTO warehouse_statistics VALUES (0, 5000000000, 12, '2026-01-01T00:00:00Z'),"
	    "(7, 1, 2, '2026-01-01T00:00:00Z'), (12, 30, 1, '2026-01-01T00:00:00Z'), (50, 9, 9, "
	    "'2026-01-01T00:00:00Z')");
	reload();
	ask(.operation = &op_GetWarehouseStatus, .element = "response", .param = {LOGIN("jsmith", NULL)});
	buf_init(&expected, 0);
	buf_printf(&expected,
	    "<response success=\"true\" TotalWarehouseSize=\"5000000031\" TotalDocumentCount=\"15\"><WarehousePaths>"
	    "<WarehousePath WhNo=\"00\" Path=\"%s\" RootDrive=\"%s\" Size=\"5000000000\" DocCount=\"12\" />"
	    "<WarehousePath WhNo=\"03\" Path=\"%s/\" RootDrive=\"%s\" Size=\"0\" DocCount=\"0\" />"
	    "<WarehousePath WhNo=\"07\" Path=\"%s\" RootDrive=\"%s\" Size=\"1\" DocCount=\"2\" />"
	    "<WarehousePath WhNo=\"12\" Path=\"%s/none\" RootDrive=\"\" Size=\"30\" DocCount=\"1\" />"
	    "<WarehousePath WhNo=\"99\" Path=\"%s\" RootDrive=\"%s\" Size=\"0\" DocCount=\"0\" />"
	    "</WarehousePaths><Disks>",
	    dir, on_disk, memory, in_memory, memory, in_memory, dir, dir, on_disk);
	expect_disk(&expected, dir, on_disk);
	expect_disk(&expected, memory, in_memory);
	buf_puts(&expected, "</Disks></response>");
	assert_result(buf_str(&expected));
	buf_fini(&expected);
	rmdir(memory);
}

/* ---- the store is gone ---------------------------------------------------------------------------------------- */

static void
operations_without_a_store_are_temporarily_unavailable(void **state)
{
	const struct timespec notice = {0, (STORE_NOTICE_MS + 50) * 1000000L};
	const struct session session = {.first_name = "", .last_name = "", .username = "", .email = "", .language = ""};
	struct op_info info = {.operation = &op_GetMaintenanceJobsStatus};
	struct op_call call = {.env = &env,
	    .info = &info,
	    .result_element = "response",
	    .session = &session,
	    .snapshot = cache_get(env.cache)};

	(void)state;
	unlink(database);
	nanosleep(&notice, NULL);
	buf_init(&call.result, 0);
	/* Past the check of the ticket, which would fail first. */
	assert_int_equal(op_GetMaintenanceJobsStatus.run(&call), OP_DONE);
	assert_string_equal(buf_str(&call.result), UNAVAILABLE("response"));
	buf_reset(&call.result);
	assert_int_equal(op_GetWarehouseStatus.run(&call), OP_DONE);
	assert_string_equal(buf_str(&call.result), UNAVAILABLE("response"));
	buf_fini(&call.result);
	snapshot_unref(&call.snapshot);
	ask(.operation = &op_AuthenticateUser, .element = "root", .param = {"jsmith", "secret"});
	assert_result(UNAVAILABLE("root"));
	/* What is in memory goes on being served. */
	ask(.operation = &op_ServerInfo, .element = "root");
	assert_non_null(strstr(result, "<root success=\"true\" VersionNumber="));
}

static int
forget_hash(void **state)
{
	(void)state;
	free(password_hash);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(operations_declare_what_the_contract_says),
	    cmocka_unit_test(operation_errors_have_the_exact_texts),
	    cmocka_unit_test(operation_ticket_is_the_parameter_or_where_allowed_the_cookie),
	    cmocka_unit_test_setup_teardown(flush_loads_anew_and_says_so, setup, teardown),
	    cmocka_unit_test_setup_teardown(flush_that_fails_says_the_source_and_the_reason, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		flush_needs_a_ticket_then_a_permission_and_takes_no_cookie, setup, teardown),
	    cmocka_unit_test_setup_teardown(login_gives_a_ticket_and_the_user, setup, teardown),
	    cmocka_unit_test_setup_teardown(login_failure_is_the_same_for_every_cause, setup, teardown),
	    cmocka_unit_test_setup_teardown(login_of_an_account_without_tickets_is_told_so, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		login_delay_holds_for_every_answer_of_a_login_and_for_no_other, setup, teardown),
	    cmocka_unit_test_setup_teardown(renew_gives_a_new_ticket_and_ends_the_old, setup, teardown),
	    cmocka_unit_test_setup_teardown(renew_refuses_what_is_no_ticket_before_anything_else, setup, teardown),
	    cmocka_unit_test_setup_teardown(is_valid_ticket_shows_the_user_without_the_ticket, setup, teardown),
	    cmocka_unit_test_setup_teardown(log_out_ends_the_ticket, setup, teardown),
	    cmocka_unit_test_setup_teardown(server_info_tells_time_settings_and_licence, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_status_of_an_empty_table_is_empty, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_status_shows_each_job_with_its_last_run, setup, teardown),
	    cmocka_unit_test_setup_teardown(jobs_status_names_jobs_in_the_sessions_language, setup, teardown),
	    cmocka_unit_test_setup_teardown(warehouse_status_without_a_path_is_empty, setup, teardown),
	    cmocka_unit_test_setup_teardown(warehouse_status_shows_paths_and_each_disk_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(operations_without_a_store_are_temporarily_unavailable, setup, teardown),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, forget_hash);
}
