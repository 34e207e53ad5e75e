/* libsrvclient before servers that are not srvd: silence, nonsense, more than anyone wants, and what older services
 * say. They come from a socket of the test's own. Contract: srvclient(3). */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "wire_canned.h"

#include "../../impl/client/srvclient.h"
#include <dlfcn.h>
#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct srvclient *client; /* the running test's */
static struct srvclient_server_info *info;

static int
teardown(void **state)
{
	srvclient_free(&client);
	srvclient_server_info_free(&info);
	return wire_teardown(state);
}

static void
speak(const char *url, enum wire_form form)
{
	srvclient_free(&client);
	srvclient_server_info_free(&info);
	assert_int_equal(srvclient_new(url, &client), SRVCLIENT_OK);
	assert_int_equal(srvclient_set_timeouts(client, 20000, 20000), SRVCLIENT_OK);
	assert_int_equal(srvclient_set_answer_max(client, 1024 * 1024), SRVCLIENT_OK);
	assert_int_equal(
	    srvclient_set_soap(client, form == WIRE_SOAP11 ? SRVCLIENT_SOAP_11 : SRVCLIENT_SOAP_12), SRVCLIENT_OK);
}

/* What ServerInfo comes to with that answer. */
static enum srvclient_err
asked(enum wire_form form, enum wire_canned_way way, struct wire_bytes answer)
{
	static struct wire_canned s;

	wire_canned_start(&s, way, answer);
	speak(s.url, form);
	enum srvclient_err err = srvclient_server_info(client, &info);
	wire_canned_stop(&s);
	assert_int_equal(info != NULL, err == SRVCLIENT_OK);
	return err;
}

static void
expect(enum srvclient_err err, enum srvclient_err want, const char *text)
{
	if (err != want || strstr(srvclient_text(client), text) == NULL)
		fail_msg("error %d and not %d, \"%s\" and not \"%s\"", err, want, srvclient_text(client), text);
	if (!srvclient_is_refusal(err) && err != SRVCLIENT_OK)
		assert_null(srvclient_xml(client));
}

/* A whole answer, in SOAP 1.1. */
static void
answered(const char *answer, enum srvclient_err want, const char *text)
{
	expect(asked(WIRE_SOAP11, WIRE_CANNED_ONCE, wire_bytes_text(answer)), want, text);
}

static const char *
result(const char *element)
{
	return wire_canned_result(WIRE_SOAP11, "ServerInfo", element);
}

/* ---- no answer ---- */

static void
nobody_listening_is_a_transport_error(void **state)
{
	struct wire_canned s;

	(void)state;
	wire_canned_listen(&s);
	close(s.fd); /* its port is free now */
	speak(s.url, WIRE_SOAP11);
	expect(srvclient_server_info(client, &info), SRVCLIENT_TRANSPORT, "cannot connect: ");
}

static void
a_connection_that_ends_too_soon_is_a_transport_error(void **state)
{
	char *cut = wire_printf("%s", result("<root success=\"true\" />"));

	(void)state;
	expect(asked(WIRE_SOAP11, WIRE_CANNED_ONCE, (struct wire_bytes){NULL, 0}), SRVCLIENT_TRANSPORT, "");
	cut[strlen(cut) - 40] = '\0';
	answered(cut, SRVCLIENT_TRANSPORT, "");
	answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc", SRVCLIENT_TRANSPORT, "");
}

/* A server that has gone while a request is on its way to it: other programs get a SIGPIPE then. */
static void
no_signal_is_raised(void **state)
{
	static struct wire_canned s;
	sigset_t before, after;

	(void)state;
	assert_ptr_not_equal(signal(SIGPIPE, SIG_DFL), SIG_ERR);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	wire_canned_start(&s, WIRE_CANNED_ONCE, (struct wire_bytes){NULL, 0});
	speak(s.url, WIRE_SOAP11);
	expect(srvclient_flush_application_cache(client, wire_repeat("1", 8 * 1024 * 1024)), SRVCLIENT_TRANSPORT, "");
	wire_canned_stop(&s);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	assert_int_equal(sigismember(&after, SIGPIPE), sigismember(&before, SIGPIPE));
	sigpending(&after);
	assert_int_equal(sigismember(&after, SIGPIPE), 0);
}

/* One that was pending and held back before the call is the caller's, and stays. */
static void
a_signal_of_the_callers_is_left_alone(void **state)
{
	sigset_t pipe, now;
	int got;

	(void)state;
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe, NULL);
	pthread_kill(pthread_self(), SIGPIPE);
	answered(result("<root success=\"true\" />"), SRVCLIENT_OK, "");
	sigpending(&now);
	assert_int_equal(sigismember(&now, SIGPIPE), 1);
	pthread_sigmask(SIG_SETMASK, NULL, &now);
	assert_int_equal(sigismember(&now, SIGPIPE), 1);
	assert_int_equal(sigwait(&pipe, &got), 0);
	pthread_sigmask(SIG_UNBLOCK, &pipe, NULL);
}

/* ---- time ---- */

static void
in_time(int64_t begin, int64_t least, int64_t most)
{
	int64_t took = wire_now_ms() - begin;

	if (took < least || took > most)
		fail_msg("%lld ms", (long long)took);
}

/* The kernel accepts, nobody answers. */
static void
silence_ends_after_the_time_for_a_call(void **state)
{
	struct wire_canned s;

	(void)state;
	wire_canned_listen(&s);
	speak(s.url, WIRE_SOAP11);
	assert_int_equal(srvclient_set_timeouts(client, 20000, 300), SRVCLIENT_OK);
	int64_t begin = wire_now_ms();
	expect(srvclient_server_info(client, &info), SRVCLIENT_TIMEOUT, "no answer in time");
	in_time(begin, 290, 10000);
	/* And with TLS there is no connection before the other side has spoken. */
	speak(wire_printf("https://%s/", s.host), WIRE_SOAP11);
	assert_int_equal(srvclient_set_timeouts(client, 300, 20000), SRVCLIENT_OK);
	begin = wire_now_ms();
	expect(srvclient_server_info(client, &info), SRVCLIENT_TIMEOUT, "no connection in time");
	in_time(begin, 290, 10000);
	close(s.fd);
}

/* It is the whole call that is timed, not each of its bytes. */
static void
half_an_answer_is_not_waited_for_any_longer(void **state)
{
	static struct wire_canned s;

	(void)state;
	wire_canned_start(
	    &s, WIRE_CANNED_HOLD, wire_bytes_text("HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n<Envel"));
	speak(s.url, WIRE_SOAP11);
	assert_int_equal(srvclient_set_timeouts(client, 20000, 300), SRVCLIENT_OK);
	int64_t begin = wire_now_ms();
	expect(srvclient_server_info(client, &info), SRVCLIENT_TIMEOUT, "no answer in time");
	in_time(begin, 290, 10000);
	wire_canned_stop(&s);
}

/* Where no server of names answers, the C library's search for one takes its own time; it is a thread's by then. */
#define SLOW_NAME "slow.invalid"
#define SLOW_NAME_MS 5000
static atomic_bool slow_name_over;

int
getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
	int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **);

	if (name != NULL && strcmp(name, SLOW_NAME) == 0) {
		wire_rest_ms(SLOW_NAME_MS);
		atomic_store(&slow_name_over, true);
		return EAI_NONAME;
	}
	*(void **)&next = dlsym(RTLD_NEXT, "getaddrinfo");
	return next(name, service, hints, out);
}

static void
a_name_that_is_looked_up_for_long_is_not_waited_for(void **state)
{
	int64_t begin = wire_now_ms();

	(void)state;
	speak("http://" SLOW_NAME "/srv.asmx", WIRE_SOAP11);
	assert_int_equal(srvclient_set_timeouts(client, 300, 20000), SRVCLIENT_OK);
	expect(srvclient_server_info(client, &info), SRVCLIENT_TIMEOUT, "no connection in time");
	srvclient_free(&client);
	in_time(begin, 290, SLOW_NAME_MS - 500);
	while (!atomic_load(&slow_name_over))
		wire_rest_ms(20);
	wire_rest_ms(200); /* its thread has something to free */
}

/* ---- too much ---- */

static void
an_endless_answer_is_cut_off(void **state)
{
	static const char *const endless[] = {
	    "HTTP/1.1 200 OK\r\n\r\n<a>",                          /* a body */
	    "HTTP/1.1 100 Continue\r\n\r\n",                       /* heads */
	    "HTTP/1.1 200 OK\r\nX: HTTP/1.1 200 OK\r\nX: y\r\nX:", /* lines */
	};

	(void)state;
	for (size_t i = 0; i < sizeof endless / sizeof *endless; i++)
		expect(asked(WIRE_SOAP11, WIRE_CANNED_FOREVER, wire_bytes_text(endless[i])), SRVCLIENT_LIMIT,
		    "the answer is too large");
}

static void
an_answer_may_be_as_large_as_was_said(void **state)
{
	static struct wire_canned s;
	const char *answer = result(wire_printf("<root success=\"true\" Company=\"%s\" />", wire_repeat("x", 5000)));

	(void)state;
	answered(answer, SRVCLIENT_OK, "");
	assert_int_equal(strlen(info->company), 5000);
	wire_canned_start(&s, WIRE_CANNED_ONCE, wire_bytes_text(answer));
	speak(s.url, WIRE_SOAP11);
	assert_int_equal(srvclient_set_answer_max(client, 5000), SRVCLIENT_OK);
	expect(srvclient_server_info(client, &info), SRVCLIENT_LIMIT, "the answer is too large");
	wire_canned_stop(&s);
}

static void
an_answer_that_is_too_deep_or_too_full_is_refused(void **state)
{
	(void)state;
	answered(result(wire_printf("<root success=\"true\">%s</root>", wire_repeat("<a>", 20000))), SRVCLIENT_LIMIT,
	    "elements lie too deep");
	answered(result(wire_printf("<root success=\"true\">%s</root>", wire_repeat("<a/>", 70000))), SRVCLIENT_LIMIT,
	    "too many elements");
}

/* ---- not the service ---- */

static void
what_is_no_http_is_malformed(void **state)
{
	(void)state;
	answered("SSH-2.0-OpenSSH_9.2\r\n", SRVCLIENT_MALFORMED, "the answer is not HTTP");
	answered("<root success=\"true\" />", SRVCLIENT_MALFORMED, "the answer is not HTTP");
}

static void
another_status_is_an_http_error_with_its_number(void **state)
{
	static const int statuses[] = {204, 302, 401, 404, 407, 500, 503};

	(void)state;
	for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
		const char *status = wire_printf("%d Some", statuses[i]);

		answered(wire_printf("HTTP/1.1 %s\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n"
				     "Connection: close\r\n\r\n",
			     status),
		    SRVCLIENT_HTTP, wire_printf("HTTP status %d", statuses[i]));
		assert_int_equal(srvclient_code(client), statuses[i]);
		if (statuses[i] < 400)
			continue;
		answered(wire_canned_http(status, "text/html", "<!DOCTYPE html><html>Sorry</html>"), SRVCLIENT_HTTP,
		    wire_printf("HTTP status %d", statuses[i]));
		answered(wire_canned_http(status, "text/xml", "<sorry/>"), SRVCLIENT_HTTP,
		    wire_printf("HTTP status %d", statuses[i]));
	}
}

static void
what_is_no_xml_is_malformed(void **state)
{
	static const char *const bodies[] = {"", "hello", "{\"success\":true}", "<!DOCTYPE html><html></html>",
	    "<!DOCTYPE a [<!ENTITY x \"y\"><!ENTITY z \"&x;&x;\">]><a>&z;</a>", "<a><b></a>", "\xff\xfe<",
	    "<a>\xff</a>", "<a b='1' b='2'/>"};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++)
		answered(wire_canned_http("200 OK", "text/xml", bodies[i]), SRVCLIENT_MALFORMED,
		    "the answer is not the service's");
}

static void
soap_that_is_not_this_operations_is_malformed(void **state)
{
	(void)state;
	WIRE_EACH_SOAP(f)
	{
		enum wire_form other = f == WIRE_SOAP11 ? WIRE_SOAP12 : WIRE_SOAP11;
		const char *const wrong[] = {wire_canned_http("200 OK", "text/xml", "<root success=\"true\" />"),
		    wire_canned_result(f, "FlushApplicationCache", "<response success=\"true\" />"),
		    wire_canned_soap(f, "200 OK", ""),
		    wire_canned_soap(f, "200 OK",
			"<ServerInfoResponse><ServerInfoResult><root success=\"true\"/>"
			"</ServerInfoResult></ServerInfoResponse>"),
		    wire_canned_result(other, "ServerInfo", "<root success=\"true\" />")};

		for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
			expect(asked(f, WIRE_CANNED_ONCE, wire_bytes_text(wrong[i])), SRVCLIENT_MALFORMED,
			    i == 2 ? "the answer holds no result" : "the answer is not the service's");
	}
}

static void
an_answer_without_a_result_is_malformed(void **state)
{
	(void)state;
	answered(wire_canned_soap(WIRE_SOAP11, "200 OK", "<ServerInfoResponse xmlns=\"" WIRE_NS "\" />"),
	    SRVCLIENT_MALFORMED, "the answer holds no result");
	answered(result(""), SRVCLIENT_MALFORMED, "the answer holds no result");
	answered(result("text"), SRVCLIENT_MALFORMED, "the answer holds no result");
	answered(result("<root success=\"true\" /><root success=\"true\" />"), SRVCLIENT_MALFORMED,
	    "the answer holds no result");
	answered(result("<root />"), SRVCLIENT_MALFORMED, "does not say whether");
	answered(result("<root success=\"maybe\" />"), SRVCLIENT_MALFORMED, "does not say whether");
	answered(result("<root success=\"true\" LicenseCount=\"many\" />"), SRVCLIENT_MALFORMED,
	    "the answer's LicenseCount is not what it should be: many");
}

/* ---- faults and refusals ---- */

static void
a_fault_is_one_whatever_its_status(void **state)
{
	static const char fault11[] = "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>Incident &lt;1&gt;"
				      "</faultstring><detail><x a='1'>y</x></detail></soap:Fault>";
	static const char fault12[] = "<soap:Fault><soap:Code><soap:Value>soap:Receiver</soap:Value></soap:Code>"
				      "<soap:Reason><soap:Text xml:lang='en'>Incident &lt;1&gt;</soap:Text>"
				      "</soap:Reason></soap:Fault>";

	(void)state;
	WIRE_EACH_SOAP(f)
	{
		static const char *const statuses[] = {"500 Internal Server Error", "200 OK", "400 Bad Request"};

		for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
			const char *answer = wire_canned_soap(f, statuses[i], f == WIRE_SOAP11 ? fault11 : fault12);

			expect(asked(f, WIRE_CANNED_ONCE, wire_bytes_text(answer)), SRVCLIENT_FAULT, "Incident <1>");
			assert_int_equal(srvclient_code(client), 0);
		}
	}
}

static void
a_refusal_has_the_number_in_its_text(void **state)
{
	static const struct {
		const char *text;
		enum srvclient_err err;
		int code;
	} cases[] = {{"[901]Session expired or Invalid ticket", SRVCLIENT_TICKET_INVALID, 901},
	    {"[990]Application cache could not be reloaded: license: x", SRVCLIENT_RELOAD_FAILED, 990},
	    {"[991]Service temporarily unavailable", SRVCLIENT_UNAVAILABLE, 991}, {"[777]New", SRVCLIENT_REFUSED, 777},
	    {"[0]x", SRVCLIENT_REFUSED, 0}, {"[12345]x", SRVCLIENT_REFUSED, 0}, {"[]x", SRVCLIENT_REFUSED, 0},
	    {"[90", SRVCLIENT_REFUSED, 0}, {"no number", SRVCLIENT_REFUSED, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		answered(result(wire_printf("<root success=\"false\" error=\"%s\" />", cases[i].text)), cases[i].err,
		    cases[i].text);
		assert_string_equal(srvclient_text(client), cases[i].text);
		assert_int_equal(srvclient_code(client), cases[i].code);
	}
	answered(result("<root success=\"false\" />"), SRVCLIENT_REFUSED, "the service reported a failure");
}

/* ---- other services than srvd ---- */

static void
any_spelling_of_the_answer_is_read(void **state)
{
	static const char *const elements[] = {"<response success='true' Company='a &amp; b'/>",
	    "<root xmlns=\"\" success=\"true\" Company=\"a &#38; b\"></root>",
	    "\n  <!-- x -->\n  <root New=\"1\" Company=\"a &amp; b\" success=\"true\"><more/></root>\n"};

	(void)state;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
		answered(result(elements[i]), SRVCLIENT_OK, "");
		assert_string_equal(info->company, "a & b");
		assert_false(info->has_license_count);
	}
	/* With a byte order mark, a header block, chunks, and another prefix. */
	const char *body = wire_printf(
	    "\xef\xbb\xbf<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">"
	    "<e:Header><t xmlns=\"urn:x\">1</t></e:Header><e:Body><s:ServerInfoResponse "
	    "xmlns:s=\"" WIRE_NS "\"><s:ServerInfoResult><root success=\"true\" Company=\"c\"/>"
	    "</s:ServerInfoResult></s:ServerInfoResponse></e:Body></e:Envelope>");
	answered(wire_printf("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
			     "%zx\r\n%s\r\n0\r\n\r\n",
		     strlen(body), body),
	    SRVCLIENT_OK, "");
	assert_string_equal(info->company, "c");
}

/* Cut anywhere, or with any byte put wrong, an answer is some error, and never the end of the program. */
static void
a_damaged_answer_is_survived(void **state)
{
	const char *whole = wire_envelope(WIRE_SOAP11, NULL,
	    "<ServerInfoResponse xmlns=\"" WIRE_NS "\"><ServerInfoResult><root success=\"true\" Company=\"&#xF6;\" />"
	    "</ServerInfoResult></ServerInfoResponse>");
	const size_t len = strlen(whole);

	(void)state;
	for (size_t cut = 0; cut < len; cut += 2)
		answered(wire_canned_http("200 OK", "text/xml", wire_copy(whole, cut)), SRVCLIENT_MALFORMED, "");
	for (size_t at = 0; at < len; at++) {
		static const char wrong[] = {'<', '&', '\x01', '\xc3', '"', 'x'};
		char *body = wire_copy(whole, len);

		body[at] = wrong[at % sizeof wrong];
		enum srvclient_err err = asked(
		    WIRE_SOAP11, WIRE_CANNED_ONCE, wire_bytes_text(wire_canned_http("200 OK", "text/xml", body)));
		if (err != SRVCLIENT_OK && err != SRVCLIENT_MALFORMED && err != SRVCLIENT_FAULT)
			fail_msg("error %d, %s: %s", err, srvclient_text(client), body);
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(nobody_listening_is_a_transport_error),
	    TEST(a_connection_that_ends_too_soon_is_a_transport_error),
	    TEST(no_signal_is_raised),
	    TEST(a_signal_of_the_callers_is_left_alone),
	    TEST(silence_ends_after_the_time_for_a_call),
	    TEST(half_an_answer_is_not_waited_for_any_longer),
	    TEST(a_name_that_is_looked_up_for_long_is_not_waited_for),
	    TEST(an_endless_answer_is_cut_off),
	    TEST(an_answer_may_be_as_large_as_was_said),
	    TEST(an_answer_that_is_too_deep_or_too_full_is_refused),
	    TEST(what_is_no_http_is_malformed),
	    TEST(another_status_is_an_http_error_with_its_number),
	    TEST(what_is_no_xml_is_malformed),
	    TEST(soap_that_is_not_this_operations_is_malformed),
	    TEST(an_answer_without_a_result_is_malformed),
	    TEST(a_fault_is_one_whatever_its_status),
	    TEST(a_refusal_has_the_number_in_its_text),
	    TEST(any_spelling_of_the_answer_is_read),
	    TEST(a_damaged_answer_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
