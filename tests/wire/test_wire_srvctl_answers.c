/* srvctl and servers that are not the real one: silence, nonsense, a cut answer, text that would play with a
 * terminal. They come from a socket of the test's own. Contract: section 9; impl/srvctl/srvctl.1. */
#include "srvctl_fixture.h"
#include "wire_canned.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct wire_output
answered_as(const char *format, const char *answer)
{
	static struct wire_canned s;

	wire_canned_start(
	    &s, WIRE_CANNED_ONCE, answer != NULL ? wire_bytes_text(answer) : (struct wire_bytes){NULL, 0});
	struct wire_output o = ctl(NULL, NULL, "--url", s.url, "--timeout", "20", "--output", format, "info", NULL);
	wire_canned_stop(&s);
	if (answer != NULL)
		assert_non_null(strstr(s.request, "POST /srv.asmx HTTP/1.1\r\n"));
	return o;
}

static struct wire_output
answered(const char *answer)
{
	return answered_as("text", answer);
}

static const char *
soap(const char *status, const char *body)
{
	return wire_canned_soap(WIRE_SOAP11, status, body);
}

static const char *
info_result(const char *element)
{
	return wire_canned_result(WIRE_SOAP11, "ServerInfo", element);
}

static void
nobody_listening_is_exit_status_3(void **state)
{
	struct wire_canned s;

	(void)state;
	wire_canned_listen(&s);
	close(s.fd); /* its port is free now */
	expect_complaint(ctl(NULL, NULL, "--url", s.url, "info", NULL), UNREACHED, "cannot connect: ");
}

static void
a_server_that_hangs_up_is_exit_status_3(void **state)
{
	(void)state;
	expect_complaint(answered(NULL), UNREACHED, "/srv.asmx: ");
	/* In the middle of the answer. */
	char *cut = wire_printf("%s", info_result("<root success=\"true\" />"));
	cut[strlen(cut) - 40] = '\0';
	expect_complaint(answered(cut), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered("HTTP/1.1 200 OK\r\nContent-"), UNREACHED, "/srv.asmx: ");
}

/* The kernel accepts, nobody answers. */
static void
a_server_that_never_answers_is_given_up_after_the_timeout(void **state)
{
	struct wire_canned s;
	int64_t begin = wire_now_ms();

	(void)state;
	wire_canned_listen(&s);
	expect_complaint(
	    ctl(NULL, NULL, "--url", s.url, "--timeout", "1", "info", NULL), UNREACHED, "no answer in time");
	assert_true(wire_now_ms() - begin >= 900);
	close(s.fd);
}

static void
an_answer_of_something_else_is_exit_status_3(void **state)
{
	(void)state;
	expect_complaint(ctl(NULL, NULL, "--url", wire_printf("http://%s/nowhere", srv.host), "info", NULL), UNREACHED,
	    "HTTP status 404");
	expect_complaint(
	    answered(wire_canned_http("503 Service Unavailable", "text/plain", "busy")), UNREACHED, "HTTP status 503");
	expect_complaint(
	    answered(wire_canned_http("200 OK", "text/html", "<!DOCTYPE html><html><body>Hello</body></html>")),
	    UNREACHED, "the answer is not the service's");
	expect_complaint(answered("SSH-2.0-OpenSSH_9.2\r\n"), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered(soap("200 OK", "<OtherResponse xmlns=\"" WIRE_NS "\" />")), UNREACHED,
	    "the answer is not the service's");
	expect_complaint(answered(soap("200 OK", "<ServerInfoResponse xmlns=\"" WIRE_NS "\" />")), UNREACHED,
	    "the answer holds no result");
	expect_complaint(answered(info_result("<root success=\"true\"")), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered(info_result("no element")), UNREACHED, "/srv.asmx: ");
}

static void
a_fault_from_any_server_is_exit_status_1(void **state)
{
	(void)state;
	expect_complaint(answered(soap("500 Internal Server Error",
			     "<soap:Fault><faultcode>soap:Server</faultcode><faultstring>Internal "
			     "failure. Incident 0badcafe.</faultstring></soap:Fault>")),
	    REFUSED, "Internal failure. Incident 0badcafe.");
	expect_complaint(answered(soap("500 Internal Server Error", "<soap:Fault><faultcode>soap:Server</faultcode>"
								    "<faultstring></faultstring></soap:Fault>")),
	    REFUSED, "no reason given");
}

/* A server's text does nothing to the terminal: C1 controls and line ends are shown as question marks or references. */
static void
a_servers_text_is_harmless_on_a_terminal(void **state)
{
	struct wire_output o = answered(info_result("<root success=\"false\" error=\"a&#x9b;2Jb&#10;c\" />"));

	(void)state;
	expect(o, REFUSED, "", "srvctl: a?2Jb?c\n");
	o = answered(info_result("<root success=\"true\" Company=\"a&#x9b;2Jb\" />"));
	expect(o, DONE, "Company  a?2Jb\n", "");
	o = answered_as("json", info_result("<root success=\"true\" Company=\"a&#x9b;2Jb\" />"));
	expect(o, DONE, "{\"success\":true,\"Company\":\"a\\u009b2Jb\"}\n", "");
	o = answered_as("xml", info_result("<root success=\"true\" Company=\"a&#x9b;2Jb\" />"));
	expect(o, DONE, "<root success=\"true\" Company=\"a&#x9B;2Jb\" />\n", "");
	o = answered_as("xml", info_result("<root success=\"false\" error=\"a&#x9b;2Jb\" />"));
	expect(o, REFUSED, "<root success=\"false\" error=\"a&#x9B;2Jb\" />\n", "srvctl: a?2Jb\n");
	/* And a failure without a reason is still one. */
	o = answered(info_result("<root success=\"false\" />"));
	expect(o, REFUSED, "", "srvctl: the service reported a failure\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(nobody_listening_is_exit_status_3),
	    WIRE_TEST(a_server_that_hangs_up_is_exit_status_3),
	    WIRE_TEST(a_server_that_never_answers_is_given_up_after_the_timeout),
	    WIRE_TEST(an_answer_of_something_else_is_exit_status_3),
	    WIRE_TEST(a_fault_from_any_server_is_exit_status_1),
	    WIRE_TEST(a_servers_text_is_harmless_on_a_terminal),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
