/* srvctl and servers that are not the real one: silence, nonsense, a cut answer, text that would play with a
 * terminal. They come from a socket of the test's own. Contract: section 9; impl/client/srvctl.1. */
#include "srvctl_fixture.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

/* A service that takes one request and answers what it was given, or hangs up. */
struct canned {
	int fd;
	const char *answer; /* NULL: hangs up */
	char request[8192]; /* of the thread until it is joined */
	pthread_t thread;
	char url[64];
};

static void *
canned_main(void *arg)
{
	struct canned *s = arg;
	struct pollfd p = {.fd = s->fd, .events = POLLIN};
	size_t len = 0;

	if (poll(&p, 1, WIRE_TMO_MS) != 1)
		return NULL;
	int fd = accept(s->fd, NULL, NULL);
	while (len < sizeof s->request - 1 && strstr(s->request, "Envelope>") == NULL) {
		ssize_t n = recv(fd, s->request + len, sizeof s->request - 1 - len, 0);

		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (s->answer != NULL)
		(void)send(fd, s->answer, strlen(s->answer), MSG_NOSIGNAL);
	close(fd);
	return NULL;
}

static void
listen_on(struct canned *s)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof sa;

	memset(s, 0, sizeof *s);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(s->fd, 8), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&sa, &len), 0);
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d/srv.asmx", ntohs(sa.sin_port));
}

static struct wire_output
answered(const char *answer)
{
	static struct canned s;

	listen_on(&s);
	s.answer = answer;
	assert_int_equal(pthread_create(&s.thread, NULL, canned_main, &s), 0);
	struct wire_output o = ctl(NULL, NULL, "--url", s.url, "--timeout", "20", "info", NULL);
	pthread_join(s.thread, NULL);
	close(s.fd);
	assert_non_null(strstr(s.request, "POST /srv.asmx?result=text HTTP/1.1\r\n"));
	return o;
}

static const char *
http(const char *status, const char *type, const char *body)
{
	return wire_printf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
	    status, type, strlen(body), body);
}

static const char *
soap(const char *status, const char *body)
{
	return http(status, "text/xml; charset=utf-8", wire_envelope(WIRE_SOAP11, NULL, body));
}

static const char *
info_result(const char *text)
{
	return soap("200 OK", wire_printf("<ServerInfoResponse xmlns=\"" WIRE_NS "\"><ServerInfoResult>%s"
					  "</ServerInfoResult></ServerInfoResponse>",
				  text));
}

static void
nobody_listening_is_exit_status_3(void **state)
{
	struct canned s;

	(void)state;
	listen_on(&s);
	close(s.fd); /* its port is free now */
	expect_complaint(ctl(NULL, NULL, "--url", s.url, "info", NULL), UNREACHED, "cannot connect: ");
}

static void
a_server_that_hangs_up_is_exit_status_3(void **state)
{
	(void)state;
	expect_complaint(answered(NULL), UNREACHED, "/srv.asmx: ");
	/* In the middle of the answer. */
	char *cut = wire_printf("%s", info_result("&lt;root success=\"true\" /&gt;"));
	cut[strlen(cut) - 40] = '\0';
	expect_complaint(answered(cut), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered("HTTP/1.1 200 OK\r\nContent-"), UNREACHED, "/srv.asmx: ");
}

/* The kernel accepts, nobody answers. */
static void
a_server_that_never_answers_is_given_up_after_the_timeout(void **state)
{
	struct canned s;
	int64_t begin = wire_now_ms();

	(void)state;
	listen_on(&s);
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
	expect_complaint(answered(http("503 Service Unavailable", "text/plain", "busy")), UNREACHED, "HTTP status 503");
	expect_complaint(answered(http("200 OK", "text/html", "<!DOCTYPE html><html><body>Hello</body></html>")),
	    UNREACHED, "the answer is not the service's");
	expect_complaint(answered("SSH-2.0-OpenSSH_9.2\r\n"), UNREACHED, "/srv.asmx: ");
	expect_complaint(answered(soap("200 OK", "<OtherResponse xmlns=\"" WIRE_NS "\" />")), UNREACHED,
	    "the answer is not the service's");
	expect_complaint(answered(soap("200 OK", "<ServerInfoResponse xmlns=\"" WIRE_NS "\" />")), UNREACHED,
	    "the answer holds no result");
	expect_complaint(answered(info_result("&lt;root success=\"true\"")), UNREACHED, "/srv.asmx: ");
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
}

/* A server's text does nothing to the terminal: C1 controls and line ends are shown as question marks. */
static void
a_servers_text_is_harmless_on_a_terminal(void **state)
{
	struct wire_output o = answered(
	    info_result("&lt;root success=\"false\" error=\"a&amp;#x9b;2Jb&amp;#10;c\" /&gt;"));

	(void)state;
	expect(o, REFUSED, "", "srvctl: a?2Jb?c\n");
	o = answered(info_result("&lt;root success=\"true\" Company=\"a&amp;#x9b;2Jb\" /&gt;"));
	expect(o, DONE, "Company  a?2Jb\n", "");
	/* And a failure without a reason is still one. */
	o = answered(info_result("&lt;root success=\"false\" /&gt;"));
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
