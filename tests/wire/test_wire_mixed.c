/* Everything that callers send, right and wrong, very often and on little: a stack that is small, memory that stays
 * what it was. WIRE_REQUESTS says how often, for a run that is longer than that of every day. */
#define _GNU_SOURCE
#include "shared_fixture.h"
#include "wire_vitals.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define BODY_MAX 65536
#define STACK_KIB 64

static const char *
inside(const char *what)
{
	return wire_envelope(WIRE_SOAP11, NULL,
	    wire_printf("<isValidTicket xmlns=\"" WIRE_NS "\"><AuthenticationTicket>%s</AuthenticationTicket>%s"
			"</isValidTicket>",
		user, what));
}

static const char *
nested(int depth, bool closed)
{
	return wire_printf("%s%s", wire_repeat("<a>", (size_t)depth), closed ? wire_repeat("</a>", (size_t)depth) : "");
}

static struct wire_bytes
soap(const char *body)
{
	return wire_soap(&srv, WIRE_SOAP11, NULL, NULL, wire_bytes_text(body));
}

/* ---- little stack ---- */

static void
expect_status(int status, struct wire_bytes request)
{
	struct wire_answer *a = wire_ask(&srv, request);

	assert_non_null(a);
	if (a->status != status)
		fail_msg("%d, not %d, for %.200s", a->status, status, request.p);
}

static struct wire_bytes
form(const char *body)
{
	return wire_request(&srv, "POST", "/srv.asmx/isValidTicket",
	    "Content-Type: application/x-www-form-urlencoded\r\n", wire_bytes_text(body));
}

/* Threads have the stack that the limit says, and nothing a caller sends makes one need more. */
static void
deep_and_large_requests_take_little_stack(void **state)
{
	static const int closed[] = {13, 17, 1500, 9000};
	static const size_t names[] = {128, 129, 1023, 1024, 16000};
	struct rlimit was, little;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_STACK, &was), 0);
	little = (struct rlimit){WIRE_SANITIZED ? 1 << 20 : STACK_KIB << 10, was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_STACK, &little), 0);
	wire_new(&srv, "jobs = true\nworkers = 1");
	assert_int_equal(setrlimit(RLIMIT_STACK, &was), 0);
	log_in_admin();
	log_in_user();

	for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
		expect_status(i == 0 ? 200 : 400, soap(inside(nested(closed[i], true))));
	expect_status(400, soap(inside(nested(20000, false))));
	expect_status(400, soap(nested(21000, false)));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		expect_status(i == 0 ? 200 : 400, soap(inside(wire_printf("<%s/>", wire_repeat("n", names[i])))));
	expect_status(400, soap(inside(wire_printf("<a b=\"%s\"/>", wire_repeat("v", 16000)))));
	expect_status(400, soap(inside(wire_printf("<a%s/>", wire_repeat(" b='c'", 2000)))));
	expect_status(400, soap(inside(wire_repeat("<y/>", 4000))));
	const char *blanks = wire_repeat(" ", BODY_MAX - strlen(inside("")));
	expect_status(200, soap(wire_printf("%s%s", blanks, inside(""))));
	expect_status(413, soap(wire_printf("%s%s ", blanks, inside(""))));
	expect_status(200, form(wire_printf("AuthenticationTicket=%s", wire_repeat("%41", 4096))));
	expect_status(400, form(wire_repeat("a=b&", 16000)));
	expect_status(404, wire_get(&srv, wire_printf("/%s", wire_repeat("u", 8000)), NULL));
	expect_status(431, wire_get(&srv, "/srv.asmx", wire_repeat("A: b\r\n", 2000)));
	/* And all that is done for callers whose requests are right. */
	WIRE_EACH_FORM(f)
	{
		wire_result(f, "FlushApplicationCache",
		    wire_call(&srv, f, "FlushApplicationCache", "authenticationTicket", admin, NULL));
		wire_result(f, "GetMaintenanceJobsStatus",
		    wire_call(&srv, f, "GetMaintenanceJobsStatus", "authenticationTicket", admin, NULL));
		wire_result(f, "GetWarehouseStatus",
		    wire_call(&srv, f, "GetWarehouseStatus", "authenticationTicket", admin, NULL));
		assert_non_null(wire_try_login(&srv, WIRE_USER, WIRE_USER_PWD));
	}
	expect_status(200, wire_get(&srv, "/srv.asmx?wsdl", "Accept-Encoding: gzip\r\n"));
	expect_status(200, wire_get(&srv, "/srv.asmx", NULL));
	wire_stop(&srv);
}

/* ---- little memory, for very long ---- */

#define CONNECTIONS 2
#define REQUESTS_EACH 5000 /* on a connection, then comes another */
#define STATUSES 600

struct mix {
	struct wire_bytes bytes;
	unsigned count;
	unsigned expected[STATUSES]; /* how many of its requests are answered with which status */
};

static void
mix_in(struct mix *m, unsigned status, struct wire_bytes request)
{
	m->bytes = m->count == 0 ? request : wire_join(m->bytes, request);
	m->count++;
	m->expected[status]++;
}

/* Each operation in each form, and what is wrong but lets the connection be kept. */
static void
mix(struct mix *m)
{
	WIRE_EACH_FORM(f)
	{
		mix_in(m, 200, wire_call_request(&srv, f, NULL, "ServerInfo", NULL));
		mix_in(m, 200, wire_call_request(&srv, f, NULL, "isValidTicket", "AuthenticationTicket", user, NULL));
		mix_in(m, 200,
		    wire_call_request(&srv, f, NULL, "GetWarehouseStatus", "authenticationTicket", admin, NULL));
		mix_in(m, 200,
		    wire_call_request(&srv, f, NULL, "GetMaintenanceJobsStatus", "authenticationTicket", admin, NULL));
		mix_in(m, 200,
		    wire_call_request(&srv, f, NULL, "FlushApplicationCache", "authenticationTicket", user, NULL));
		mix_in(m, 200, wire_call_request(&srv, f, NULL, "LogOut", "AuthenticationTicket", "none", NULL));
		mix_in(m, 200,
		    wire_call_request(&srv, f, NULL, "RenewTicket", "UID", "u", "PWD", "p", "OldTicket", "x", NULL));
	}
	mix_in(m, 200,
	    wire_call_request(&srv, WIRE_GET, NULL, "FlushApplicationCache", "authenticationTicket", admin, NULL));
	mix_in(m, 200, wire_get(&srv, "/srv.asmx?wsdl", NULL));
	mix_in(m, 200, wire_get(&srv, "/srv.asmx?op=LogOut", "Accept-Encoding: gzip\r\n"));
	mix_in(m, 400, soap("<a"));
	mix_in(m, 400, soap(inside(nested(1500, true))));
	mix_in(m, 400, soap(inside("&unknown;")));
	mix_in(m, 400, form("AuthenticationTicket=%zz"));
	mix_in(m, 500, soap(wire_envelope(WIRE_SOAP11, NULL, "<Nothing xmlns=\"" WIRE_NS "\"/>")));
	mix_in(m, 404, wire_get(&srv, "/srv.asmx/Nothing", NULL));
	mix_in(m, 404, wire_get(&srv, "/elsewhere", NULL));
	mix_in(m, 405, wire_request(&srv, "DELETE", "/srv.asmx", NULL, wire_no_body));
	mix_in(m, 415, wire_request(&srv, "POST", "/srv.asmx", "Content-Type: image/png\r\n", wire_bytes_text("x")));
}

/* Reads so many answers and counts their statuses. They come in any pieces, so what may be the begin of one is kept. */
static void
read_all(int fd, const struct mix *m)
{
	static const char mark[] = "HTTP/1.1 ";
	enum { MARK = sizeof mark - 1, WHOLE = MARK + 3, ROOM = 1 << 18 };
	static char bytes[ROOM + 1];
	unsigned got[STATUSES] = {0}, count = 0;
	size_t kept = 0;

	while (count < m->count) {
		ssize_t n = recv(fd, bytes + kept, ROOM - kept, 0);

		if (n <= 0)
			fail_msg("the connection ended after %u answers of %u", count, m->count);
		bytes[kept + (size_t)n] = '\0';
		char *at = bytes, *end = bytes + kept + (size_t)n;
		for (char *next; (next = memmem(at, (size_t)(end - at), mark, MARK)) != NULL && end - next >= WHOLE;) {
			long status = strtol(next + MARK, NULL, 10);

			assert_in_range(status, 200, STATUSES - 1);
			got[status]++;
			count++;
			at = next + WHOLE;
		}
		kept = (size_t)(end - at) < WHOLE ? (size_t)(end - at) : WHOLE - 1;
		memmove(bytes, end - kept, kept);
	}
	for (int i = 0; i < STATUSES; i++)
		if (got[i] != m->expected[i])
			fail_msg("%u answers of status %d, not %u", got[i], i, m->expected[i]);
}

static int
dial(void)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(srv.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct timeval tmo = {WIRE_TMO_MS / 1000, 0};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tmo, sizeof tmo), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
	return fd;
}

/* Callers whose connection is closed, or who leave. */
static void
be_rude(unsigned kind)
{
	static const char *const rude[] = {"GET / HTTP/1.1\r\n\r\n", "BREW", "\x16\x03\x01", "",
	    "POST /srv.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n"};
	const char *say = rude[kind % (sizeof rude / sizeof *rude)];
	int fd = dial();

	assert_int_equal(send(fd, say, strlen(say), MSG_NOSIGNAL), strlen(say));
	close(fd);
}

/* A login and a logout cost a hash, so they are few. */
static void
come_and_go(void)
{
	const char *ticket = wire_try_login(&srv, WIRE_USER, WIRE_USER_PWD);

	assert_non_null(ticket);
	wire_call(&srv, WIRE_POST, "LogOut", "AuthenticationTicket", ticket, NULL);
}

static void
send_all(int fd, struct wire_bytes b)
{
	for (size_t done = 0; done < b.len;) {
		ssize_t n = send(fd, b.p + done, b.len - done, MSG_NOSIGNAL);

		assert_true(n > 0);
		done += (size_t)n;
	}
}

static void
mixed_requests_without_end_take_no_more_memory(void **state)
{
	const char *asked = getenv("WIRE_REQUESTS");
	unsigned long total = asked != NULL ? strtoul(asked, NULL, 10) : 30000, done = 0, warm = total / 4;
	struct mix m = {.count = 0};
	struct wire_vitals before = {0}, after;
	int fd[CONNECTIONS] = {-1, -1};

	(void)state;
	wire_new(&srv, "jobs = true\nworkers = 2");
	log_in_admin();
	log_in_user();
	mix(&m);
	for (unsigned round = 0; done < total; round++) {
		if (round * m.count % REQUESTS_EACH < m.count)
			for (int i = 0; i < CONNECTIONS; i++) {
				if (fd[i] >= 0)
					close(fd[i]);
				fd[i] = dial();
			}
		for (int i = 0; i < CONNECTIONS; i++)
			send_all(fd[i], m.bytes);
		for (int i = 0; i < CONNECTIONS; i++)
			read_all(fd[i], &m);
		done += CONNECTIONS * m.count;
		be_rude(round);
		if (round % 50 == 49)
			come_and_go();
		if (before.pid == 0 && done >= warm)
			before = wire_vitals(&srv);
	}
	after = wire_vitals(&srv);
	for (int i = 0; i < CONNECTIONS; i++)
		close(fd[i]);
	print_message("figures: %lu mixed requests: resident KiB %ld after a quarter of them, %ld at the end\n", done,
	    before.resident_kib, after.resident_kib);
	assert_int_equal(after.pid, before.pid);
	assert_true(after.descriptors <= before.descriptors + 1); /* one who was rude may still be there */
	if (!WIRE_SANITIZED)
		/* What the allocator has not used before counts as well, but that is soon all. */
		assert_true(after.resident_kib <= before.resident_kib + before.resident_kib / 50 + 256);
	wire_expect_alive(&srv);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(mixed_requests_without_end_take_no_more_memory),
	    WIRE_TEST(deep_and_large_requests_take_little_stack),
	};

	return cmocka_run_group_tests(tests, NULL, wire_group_teardown);
}
