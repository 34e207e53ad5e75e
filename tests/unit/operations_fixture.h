/* What the tests of the operations share: each operation with a real store, cache and sessions, byte for byte as a
 * caller of the plain forms sees it. The part of the endpoint, which checks the ticket and the permission first, is
 * played by ask(). */
#ifndef SRV_TESTS_OPERATIONS_FIXTURE_H
#define SRV_TESTS_OPERATIONS_FIXTURE_H

#include "database_fixture.h"

#include "../../impl/base/log.h"
#include "../../impl/operations/operation.h"
#include <pthread.h>

extern const struct operation op_FlushApplicationCache, op_GetMaintenanceJobsStatus, op_GetWarehouseStatus,
    op_ServerInfo, op_AuthenticateUser, op_AuthenticateUser1, op_RenewTicket, op_isValidTicket, op_LogOut;

#define TI(element) "<" element " success=\"false\" error=\"[901]Session expired or Invalid ticket\" />"
#define AF "<root success=\"false\" error=\"[900] Authentication failed\" />"
#define UNAVAILABLE(element) "<" element " success=\"false\" error=\"[991]Service temporarily unavailable\" />"
#define NO_TICKET "00000000-0000-0000-0000-000000000000"

static struct op_env env;

/* What the last call left. */
static char result[65536];
static struct srv_reason outcome;
static int delay_ms;

/* ---- the world ------------------------------------------------------------------------------------------ */

static inline wall_t
fixed_time(void)
{
	return utc("2026-02-18T14:35:00Z");
}

/* Hashing is slow, so it is done once for all tests. */
static char *password_hash;

static inline int
setup(void **state)
{
	const struct sessions_conf conf = {30, 90};
	struct srv_reason why = {""};

	(void)state;
	zone("UTC");
	clock_override(fixed_time, NULL);
	place_make();
	env = (struct op_env){.version = "1.0.0.0"};
	assert_int_equal(store_open(database, true, 4, &env.store, NULL), SRV_OK);
	admin_open(database);
	assert_int_equal(sessions_new(env.store, &conf, NULL, &env.sessions), SRV_OK);
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

static inline int
teardown(void **state)
{
	(void)state;
	clock_override(NULL, NULL);
	cache_free(&env.cache);
	sessions_free(&env.sessions);
	store_close(&env.store);
	place_remove();
	return 0;
}

static inline void
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

static inline void
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

static inline enum srv_err
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
static inline void
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

static inline void
assert_result(const char *expected)
{
	assert_string_equal(result, expected);
}

/* A ticket of the user's, from a login in that language. */
static inline const char *
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

static inline int
forget_hash(void **state)
{
	(void)state;
	free(password_hash);
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
