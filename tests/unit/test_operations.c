/* What every operation declares and says when it fails; the flush; and what is left when the store is gone. The
 * others: test_operations_login.c, test_operations_status.c. */
#include "operations_fixture.h"

#include <time.h>

/* ---- what operations are ---------------------------------------------------------------------------------- */

static void
operations_declare_what_the_contract_says(void **state)
{
	static const struct {
		const struct operation *op;
		bool ticket;
		enum session_permission permission;
		int ticket_param;
		bool cookie, keeps, blocks, changes, logs_in;
	} rows[] = {
	    {&op_FlushApplicationCache, true, SESSION_MAY_FLUSH, 0, false, false, false, true, false},
	    {&op_GetMaintenanceJobsStatus, true, SESSION_MAY_VIEW_STATUS, 0, false, false, true, false, false},
	    {&op_GetWarehouseStatus, true, SESSION_MAY_VIEW_WAREHOUSE, 0, false, false, true, false, false},
	    {&op_ServerInfo, false, SESSION_MAY_ANYTHING, 0, false, false, false, false, false},
	    {&op_AuthenticateUser, false, SESSION_MAY_ANYTHING, 0, false, false, true, true, true},
	    {&op_AuthenticateUser1, false, SESSION_MAY_ANYTHING, 0, false, false, true, true, true},
	    {&op_RenewTicket, false, SESSION_MAY_ANYTHING, 3, true, false, true, true, true},
	    {&op_isValidTicket, true, SESSION_MAY_ANYTHING, 0, true, true, false, false, false},
	    {&op_LogOut, true, SESSION_MAY_ANYTHING, 0, true, false, true, true, false},
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
		assert_int_equal(rows[i].op->logs_in, rows[i].logs_in);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(operations_declare_what_the_contract_says),
	    cmocka_unit_test(operation_errors_have_the_exact_texts),
	    cmocka_unit_test(operation_ticket_is_the_parameter_or_where_allowed_the_cookie),
	    T(flush_loads_anew_and_says_so),
	    T(flush_that_fails_says_the_source_and_the_reason),
	    T(flush_needs_a_ticket_then_a_permission_and_takes_no_cookie),
	    T(operations_without_a_store_are_temporarily_unavailable),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, forget_hash);
}
