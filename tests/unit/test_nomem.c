/* Memory runs out: the first allocation fails, then the second, and so on until a whole run gets all it asks for.
 * Each time the function says so, leaves its outputs alone, and (the address sanitizer looks) leaks nothing. Only our
 * own code's allocations on the test's thread are counted; the Makefile links this program with --wrap. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../../impl/base/log.h"
#include "../../impl/base/xml.h"
#include "../../impl/cache/snapshot.h"
#include "../../impl/client/result.h"
#include "../../impl/client/typed.h"
#include "../../impl/endpoint/endpoint.h"
#include "../../impl/endpoint/gate.h"
#include "../../impl/net/listener.h"
#include "../../impl/srvctl/print.h"
#include "../../impl/srvctl/report.h"
#include "tempdir.h"
#include <errno.h>
#include <pthread.h>

#define ROUNDS_MAX 5000

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
char *__real_strdup(const char *);
char *__real_strndup(const char *, size_t);
int __real_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);
char *__wrap_strdup(const char *);
char *__wrap_strndup(const char *, size_t);
int __wrap_pthread_create(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

/* ---- the shortage ---- */

static _Thread_local long countdown; /* 0: there is enough; 1: the next one fails */
static _Thread_local bool failed;
static _Thread_local int threads_allowed = -1;

static bool
short_of_memory(void)
{
	if (countdown == 0 || --countdown > 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t n)
{
	return short_of_memory() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return short_of_memory() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return short_of_memory() ? NULL : __real_realloc(p, n);
}

char *
__wrap_strdup(const char *s)
{
	return short_of_memory() ? NULL : __real_strdup(s);
}

char *
__wrap_strndup(const char *s, size_t n)
{
	return short_of_memory() ? NULL : __real_strndup(s, n);
}

int
__wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*run)(void *), void *arg)
{
	if (threads_allowed == 0)
		return EAGAIN;
	if (threads_allowed > 0)
		threads_allowed--;
	return __real_pthread_create(t, a, run, arg);
}

/* Runs attempt with the nth allocation failing, for n = 1, 2, ... It gets told whether one did fail after it is over
 * through shortage_over. Returns how many allocations a run without a shortage makes. */
static long
starve(void (*attempt)(void))
{
	for (long n = 1; n < ROUNDS_MAX; n++) {
		countdown = n;
		failed = false;
		attempt();
		countdown = 0;
		if (!failed)
			return n - 1;
	}
	fail_msg("more than %d allocations", ROUNDS_MAX);
	return 0;
}

/* Ends the shortage, so that the attempt may judge and clean up; true if it bit. */
static bool
shortage_over(void)
{
	countdown = 0;
	return failed;
}

/* What is the rule for all: without memory it says so and gives nothing; with it, it succeeds. A failure that did not
 * matter is allowed. */
static void
judged(enum srv_err err, const void *out)
{
	if (shortage_over()) {
		assert_true(err == SRV_OK || err == SRV_ENOMEM);
		assert_true((err == SRV_OK) == (out != NULL));
	} else {
		assert_int_equal(err, SRV_OK);
		assert_non_null(out);
	}
}

#define judge(call, out)                  \
	do {                              \
		enum srv_err e_ = (call); \
		judged(e_, (out));        \
	} while (0)

/* ---- what srvd is made of ---- */

static char dir[TEMP_PATH_MAX], database[TEMP_PATH_MAX], license[TEMP_PATH_MAX];
static struct conf *conf;
static struct op_env env;
static struct pool *pool;
static struct endpoint *endpoint;

static int
setup(void **state)
{
	const struct sessions_conf limits = {30, 90};
	char *argv[] = {"srvd", NULL}, *none[] = {NULL};
	struct srv_reason why = {""};

	(void)state;
	temp_make(dir);
	temp_join(database, dir, "srv.db");
	temp_join(license, dir, "license.xml");
	temp_puts(license, TEMP_LICENSE);
	env = (struct op_env){.version = "1.0.0.0"};
	assert_int_equal(conf_load(1, argv, none, &conf, &why), SRV_OK);
	assert_int_equal(store_open(database, true, 4, &env.store, &why), SRV_OK);
	assert_int_equal(sessions_new(env.store, &limits, NULL, &env.sessions), SRV_OK);
	assert_int_equal(cache_new(env.store, license, &env.cache, &why), SRV_OK);
	assert_int_equal(pool_new(1, 8, &pool), SRV_OK);
	env.login_pool = pool;
	assert_int_equal(endpoint_new(conf, &env, pool, &endpoint, &why), SRV_OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	pool_free(&pool);
	endpoint_free(&endpoint);
	cache_free(&env.cache);
	sessions_free(&env.sessions);
	store_close(&env.store);
	conf_free(&conf);
	temp_remove(dir);
	return 0;
}

static void
make_pool(void)
{
	struct pool *out = NULL;

	judge(pool_new(2, 4, &out), out);
	pool_free(&out);
}

static void
pool_without_memory_says_so(void **state)
{
	(void)state;
	assert_int_equal(starve(make_pool), 3);
}

static void
pool_that_gets_too_few_threads_gives_back_those_it_got(void **state)
{
	(void)state;
	for (int allowed = 0; allowed < 3; allowed++) {
		struct pool *out = NULL;

		threads_allowed = allowed;
		enum srv_err err = pool_new(3, 4, &out);
		threads_allowed = -1;
		assert_int_equal(err, SRV_ELIMIT);
		assert_null(out);
	}
}

static void
make_listeners(void)
{
	char *item[] = {"127.0.0.1:0"};
	const struct conf list = {.listen = {item, 1}};
	struct listener *out = NULL;
	size_t n = 0;

	judge(listeners_open(&list, &out, &n, NULL), out);
	listeners_close(&out, n);
}

static void
listeners_without_memory_say_so(void **state)
{
	(void)state;
	assert_true(starve(make_listeners) >= 1);
}

static void
load_conf(void)
{
	char *argv[] = {"srvd", "--listen", "127.0.0.1:0", "--allowed-origins", "http://a.example,http://b.example",
	    "--base-path", "/InfoRouter", "--public-url=https://docs.example.com/srv.asmx", NULL};
	char *variables[] = {"SRVD_WORKERS=2", "SRVD_TRUSTED_PROXIES=10.0.0.0/8 192.0.2.1", NULL};
	struct conf *out = NULL;
	struct srv_reason why = {""};

	judge(conf_load(8, argv, variables, &out, &why), out);
	conf_free(&out);
}

static void
conf_without_memory_says_so(void **state)
{
	(void)state;
	assert_true(starve(load_conf) > 10);
}

static void
make_endpoint(void)
{
	struct endpoint *out = NULL;
	struct srv_reason why = {""};

	judge(endpoint_new(conf, &env, pool, &out, &why), out);
	endpoint_free(&out);
	endpoint_free(&out);
}

static void
make_worker(void)
{
	struct endpoint_worker *out = NULL;

	judge(endpoint_worker_new(endpoint, &out), out);
	endpoint_worker_free(&out);
	endpoint_worker_free(&out);
}

static void
endpoint_without_memory_says_so(void **state)
{
	(void)state;
	assert_true(starve(make_endpoint) >= 1);
	assert_true(starve(make_worker) >= 1);
}

static void
make_sessions(void)
{
	const struct sessions_conf limits = {30, 90};
	struct sessions *out = NULL;

	judge(sessions_new(env.store, &limits, NULL, &out), out);
	sessions_free(&out);
}

static void
make_cache(void)
{
	struct cache *out = NULL;
	struct srv_reason why = {""};

	enum srv_err err = cache_new(env.store, license, &out, &why);
	judge(err, out);
	if (err != SRV_OK)
		assert_true(why.text[0] != '\0');
	cache_free(&out);
}

static void
open_store(void)
{
	struct store *out = NULL;
	struct srv_reason why = {""};

	judge(store_open(database, false, 2, &out, &why), out);
	store_close(&out);
}

static void
store_cache_and_sessions_without_memory_say_so(void **state)
{
	(void)state;
	assert_true(starve(open_store) >= 1);
	assert_true(starve(make_sessions) >= 1);
	assert_true(starve(make_cache) > 10);
}

/* ---- a request ---- */

static struct endpoint_worker *worker;
static const char *method, *path, *query, *type, *body;

static void
ready(void *arg, uint64_t id)
{
	(void)arg;
	(void)id;
}

static struct http_text
text_of(const char *s)
{
	return (struct http_text){s, s != NULL ? strlen(s) : 0};
}

/* ServerInfo is answered in place, so there is the answer at once: the right one, or one that says that the service
 * failed, in words that give nothing away; never half of one. */
static void
ask(void)
{
	struct http_field fields[] = {{text_of("Host"), text_of("localhost")}, {text_of("Content-Type"), text_of(type)},
	    {text_of("Sec-Fetch-Site"), text_of("same-origin")}, {text_of("Origin"), text_of("http://localhost")}};
	char target[128];
	struct http_request rq = {.method = text_of(method),
	    .path = text_of(path),
	    .query = text_of(query),
	    .minor = 1,
	    .fields = fields,
	    .field_count = sizeof fields / sizeof *fields,
	    .host = text_of("localhost"),
	    .body = text_of(body),
	    .has_body = body != NULL,
	    .keep_alive = true,
	    .peer = "127.0.0.1"};
	struct http_response out;
	struct exchange *x = NULL;

	snprintf(target, sizeof target, "%s%s%s", path, query != NULL ? "?" : "", query != NULL ? query : "");
	rq.target = text_of(target);
	http_response_init(&out);
	assert_true(endpoint_begin(worker, &rq, ready, NULL, 1, &out, &x));
	bool bit = shortage_over();
	assert_null(x);
	/* What could not be made whole is for the connection to see: it does not send a damaged answer. */
	if (out.body.err == SRV_OK && out.headers.err == SRV_OK) {
		const char *said = out.shared.s != NULL ? out.shared.s : buf_str(&out.body);

		if (!bit)
			assert_int_equal(out.status, 200);
		if (out.status == 200 && strcmp(method, "GET") == 0 && strstr(path, "Info") == NULL) {
			assert_non_null(strstr(said, "ServerInfo"));
			assert_non_null(strstr(said, "http://localhost/srv.asmx"));
		} else if (out.status == 200) {
			assert_non_null(strstr(said, "1.0.0.0"));
		} else {
			assert_in_range(out.status, 500, 503);
			assert_null(strstr(said, "memory"));
			assert_true(
			    strstr(said, "Internal failure. Incident ") != NULL || strstr(said, "unavailable") != NULL);
		}
	} else {
		assert_true(bit);
	}
	http_response_fini(&out);
}

static void
answer_without_memory_is_an_incident_and_never_half_of_one(void **state)
{
	static const char op[] = "<ServerInfo xmlns=\"http://tempuri.org/\" />";
	static char soap11[512], soap12[512];
	const struct {
		const char *method, *path, *query, *type, *body;
	} requests[] = {
	    {"GET", "/srv.asmx/ServerInfo", NULL, "", NULL},
	    {"POST", "/srv.asmx/ServerInfo", NULL, "application/x-www-form-urlencoded", "a=b"},
	    {"POST", "/srv.asmx", NULL, "text/xml; charset=utf-8", soap11},
	    {"POST", "/srv.asmx", "result=text", "text/xml; charset=utf-8", soap11},
	    {"POST", "/srv.asmx", NULL, "application/soap+xml; charset=utf-8", soap12},
	    {"GET", "/srv.asmx", "wsdl", "", NULL},
	    {"GET", "/srv.asmx", "op=ServerInfo", "", NULL},
	    {"GET", "/srv.asmx", NULL, "", NULL},
	};

	(void)state;
	snprintf(soap11, sizeof soap11,
	    "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>%s</e:Body></e:Envelope>", op);
	snprintf(soap12, sizeof soap12,
	    "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\"><e:Body>%s</e:Body></e:Envelope>", op);
	assert_int_equal(endpoint_worker_new(endpoint, &worker), SRV_OK);
	for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
		method = requests[i].method;
		path = requests[i].path;
		query = requests[i].query;
		type = requests[i].type;
		body = requests[i].body;
		assert_true(starve(ask) >= 1);
	}
	endpoint_worker_free(&worker);
}

/* In an envelope that comment and declaration make not plain; the latter is a lie, as .NET's StringWriter tells it. */
#define ENVELOPE(declaration)                                                                            \
	declaration "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><!-- -->" \
		    "<ServerInfo xmlns=\"http://tempuri.org/\"/></e:Body></e:Envelope>"

static struct gate *gate;

static enum gate_verdict
pass_gate(const char *envelope, struct buf *document)
{
	struct gate_limits limits;
	struct gate_result result;

	gate_limits_init(&limits, conf);
	return gate_check(gate, &limits, 1, text_of("utf-8"), text_of(envelope), document, &result);
}

/* With what the envelope before it left to be used again. */
static void
pass_gate_again(void)
{
	long n = countdown;
	struct buf document;
	enum gate_verdict verdict;

	buf_init(&document, 0);
	(void)shortage_over();
	assert_int_equal(pass_gate(ENVELOPE(""), &document), GATE_OK);
	countdown = n;
	verdict = pass_gate(ENVELOPE("<?xml version=\"1.0\" encoding=\"utf-16\"?>"), &document);
	assert_true(verdict == GATE_OK || (shortage_over() && verdict == GATE_NOMEM));
	buf_fini(&document);
}

static void
gate_without_memory_blames_no_envelope(void **state)
{
	(void)state;
	assert_int_equal(gate_new(&gate), SRV_OK);
	assert_true(starve(pass_gate_again) >= 1);
	gate_free(&gate);
}

/* A flush that cannot be queued is not one that was done. */
static void
flush_without_memory_is_temporarily_unavailable(void **state)
{
	extern const struct operation op_FlushApplicationCache;
	const struct op_info info = {
	    .name = "FlushApplicationCache", .result = "response", .operation = &op_FlushApplicationCache};
	struct op_call call = {
	    .env = &env, .info = &info, .result_element = "response", .snapshot = cache_get(env.cache)};

	(void)state;
	buf_init(&call.result, 0);
	failed = false;
	countdown = 1;
	enum op_state now = op_FlushApplicationCache.run(&call);
	assert_true(shortage_over());
	assert_int_equal(now, OP_DONE);
	assert_string_equal(
	    buf_str(&call.result), "<response success=\"false\" error=\"[991]Service temporarily unavailable\" />");
	assert_true(call.outcome.text[0] != '\0');
	buf_fini(&call.result);
	snapshot_unref(&call.snapshot);
}

/* ---- the client ---- */

static void
read_and_print(void)
{
	static const char xml[] =
	    "<response success=\"true\" TotalWarehouseSize=\"5\" TotalDocumentCount=\"1\"><WarehousePaths>"
	    "<WarehousePath WhNo=\"00\" Path=\"a&amp;b\" RootDrive=\"/\" Size=\"4096\" DocCount=\"1\" />"
	    "</WarehousePaths><Disks><Disk VolumeName=\"/\" DiskSize=\"9\" FreeSpace=\"1\" DiskType=\"Fixed\" "
	    "DriveTypeExplanation=\"x\" CriticalFreeSpace=\"true\" /></Disks></response>";
	const struct srvclient_type *kind = srvclient_operation("GetWarehouseStatus")->type;
	struct result *r = NULL;
	struct srv_reason why = {""};
	struct buf out;
	void *w = NULL;

	buf_init(&out, 0);
	enum srv_err err = result_parse(xml, sizeof xml - 1, RESULT_DEPTH_MAX, &r, &why);
	assert_true(err == SRV_OK || (failed && err == SRV_ENOMEM && r == NULL));
	if (err == SRV_OK) {
		enum srvclient_err read = typed_read(kind, r, &w, &why);
		assert_true(read == SRVCLIENT_OK || (failed && read == SRVCLIENT_MEMORY && w == NULL));
		result_write(&out, r);
		if (read == SRVCLIENT_OK) {
			print_json(&out, kind, w);
			report_warehouse(&out, w, true);
		}
		assert_true(out.err == SRV_OK || (failed && out.err == SRV_ENOMEM));
	}
	typed_free(kind, &w);
	result_free(&r);
	buf_fini(&out);
	(void)shortage_over();
}

/* Nothing is open when there is no memory for it, and it ends at once. */
static void
read_empty_element(void)
{
	static const char xml[] = "<response success=\"true\" />";
	struct result *r = NULL;
	struct srv_reason why = {""};
	enum srv_err err = result_parse(xml, sizeof xml - 1, RESULT_DEPTH_MAX, &r, &why);

	assert_true(err == SRV_OK || (failed && err == SRV_ENOMEM && r == NULL));
	result_free(&r);
	(void)shortage_over();
}

static void
client_without_memory_says_so_and_prints_nothing_wrong(void **state)
{
	(void)state;
	assert_true(starve(read_and_print) > 20);
	assert_true(starve(read_empty_element) > 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pool_without_memory_says_so),
	    cmocka_unit_test(pool_that_gets_too_few_threads_gives_back_those_it_got),
	    cmocka_unit_test(listeners_without_memory_say_so),
	    cmocka_unit_test(conf_without_memory_says_so),
	    cmocka_unit_test(endpoint_without_memory_says_so),
	    cmocka_unit_test(store_cache_and_sessions_without_memory_say_so),
	    cmocka_unit_test(answer_without_memory_is_an_incident_and_never_half_of_one),
	    cmocka_unit_test(gate_without_memory_blames_no_envelope),
	    cmocka_unit_test(flush_without_memory_is_temporarily_unavailable),
	    cmocka_unit_test(client_without_memory_says_so_and_prints_nothing_wrong),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
