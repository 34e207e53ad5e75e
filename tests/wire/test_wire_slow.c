/* Callers that are slow on purpose, a thousand at a time: each is ended at its deadline, costs its bytes and nothing
 * else, and nobody else waits for them. Deadlines are short here. */
#include "wire_crowd.h"
#include "wire_vitals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CROWD 1000
#define SHORT "head_timeout = 3\nbody_timeout = 3\nanswer_timeout = 1\njobs = false\n"
#define ONE_LOOP "workers = 1\n" /* so that the second crowd finds the memory of the first where it looks */
#define BODY_HEAD                                                                         \
	"POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml; charset=utf-8\r\n" \
	"SOAPAction: \"http://tempuri.org/ServerInfo\"\r\nContent-Length: 8192\r\n\r\n"
#define PROMPT_MS 250 /* what those who call meanwhile may have to wait */

static struct wire_srvd srv;

/* Memory that comes with the first crowd is kept by the allocator for the next; what grows with every crowd is lost. */
static void
warm_up(void)
{
	struct wire_crowd *c = wire_crowd_connect(&srv, CROWD, 0);

	wire_crowd_all_say(c, wire_bytes_text(BODY_HEAD "<"));
	wire_expect_alive(&srv);
	wire_crowd_reset(c);
	wire_rest_ms(100);
	wire_expect_alive(&srv);
}

static int
setup(void **state)
{
	(void)state;
	(void)wire_crowd_affordable(2 * CROWD);
	wire_new(&srv, SHORT);
	srv.shared = true;
	warm_up();
	return 0;
}

/* Every half second half a byte for each of them: half of the crowd is in a head, half in a body. B06, B07 */
static void
a_thousand_that_dribble_a_byte_a_second_disturb_nobody(void **state)
{
	static const char head[] = "GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: t\r\nX-Slow: ";
	static struct wire_probe alone, amid;
	struct wire_vitals before = wire_vitals(&srv);
	int64_t begin, tick = 0;

	(void)state;
	alone.count = amid.count = 0;
	wire_probe_for(&srv, &alone, 300);
	struct wire_crowd *c = wire_crowd_connect(&srv, CROWD, 0);
	for (size_t i = 1; i < CROWD; i += 2)
		wire_crowd_say(c, i, wire_bytes_text(BODY_HEAD));
	begin = wire_now_ms();
	for (; tick < 2500; tick += 10) {
		for (size_t i = (size_t)tick % 1000; i < (size_t)tick % 1000 + 10; i++)
			wire_crowd_say(c, i, wire_bytes(i % 2 == 0 ? head + tick / 1000 : " ", 1));
		if (tick % 50 == 0)
			wire_probe(&srv, &amid);
		if (wire_now_ms() < begin + tick)
			wire_rest_ms((int)(begin + tick - wire_now_ms()));
	}
	/* Their bytes bought them no time. */
	assert_int_equal(wire_crowd_ended(c), 0);
	assert_true(wire_crowd_wait_ended(c, CROWD, 3000 + 2000));
	assert_int_equal(wire_crowd_with_status(c, 408), CROWD);
	assert_true(wire_now_ms() - begin >= 2900);
	wire_crowd_close(c);
	wire_probe_expect(&alone, PROMPT_MS, "nobody else");
	wire_probe_expect(&amid, PROMPT_MS, "1,000 that dribble");
	if (!WIRE_SANITIZED)
		assert_true(wire_probe_at(&amid, 0.5) < 10 * wire_probe_at(&alone, 0.5) + 10);
	wire_expect_unharmed(&srv, &before, 4096, "1,000 that dribble");
}

static size_t
occurrences(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

static void
a_thousand_that_say_nothing_are_closed_without_a_word_and_without_a_log_each(void **state)
{
	static struct wire_srvd own;
	unsigned long silent = 0;

	(void)state;
	wire_new(&own, "head_timeout = 1\njobs = false");
	struct wire_vitals before = wire_vitals(&own);
	size_t from = wire_log_size(&own);
	struct wire_crowd *c = wire_crowd_connect(&own, CROWD, 0);
	int64_t since = wire_now_ms();
	wire_crowd_look(c, 500);
	assert_int_equal(wire_crowd_ended(c), 0);
	assert_true(wire_crowd_wait_ended(c, CROWD, 5000));
	assert_true(wire_now_ms() - since < 3000);
	for (size_t i = 0; i < CROWD; i++)
		assert_true(c->member[i].got == 0 && !c->member[i].reset);
	wire_crowd_close(c);
	wire_expect_unharmed(&own, &before, 4096, "1,000 that say nothing");
	wire_stop(&own);
	/* Sums are written when their time is over, or at the end. */
	const char *log = wire_log_text(&own) + from;
	assert_true(occurrences(log, "\n") <= 10);
	for (const char *at = log; (at = strstr(at, "conn silent count=")) != NULL; at++)
		silent += strtoul(at + strlen("conn silent count="), NULL, 10);
	assert_int_equal(silent, CROWD);
}

/* Takes nothing of what it asked for: more than the socket's buffers hold (B08), or so little that srvd has handed it
 * all to the system, which would keep it for as long as the caller says that it is there (B09). Both are closed at the
 * deadline for an answer, though the caller reads on its own end that there is something. */
static void
never_read(const struct wire_srvd *own, const char *target, int times, long slack_kib, const char *what)
{
	struct wire_bytes ask = wire_bytes_text(wire_repeat(wire_get(own, target, NULL).p, (size_t)times));
	struct wire_vitals before = wire_vitals(own), during;
	struct wire_crowd *c = wire_crowd_connect(own, 100, WIRE_CROWD_TINY);
	int64_t until;

	wire_crowd_all_say(c, ask);
	wire_rest_ms(300);
	during = wire_vitals(own);
	/* A loop that was just closing one may still hold it. */
	assert_true(during.descriptors >= before.descriptors + 100);
	print_message(
	    "figures: %s: %ld KiB more while 100 do not read\n", what, during.resident_kib - before.resident_kib);
	if (!WIRE_SANITIZED)
		assert_true(during.resident_kib - before.resident_kib < 100 * 70);
	for (until = wire_now_ms() + 6000; wire_vitals(own).descriptors > before.descriptors; wire_rest_ms(50))
		if (wire_now_ms() >= until)
			fail_msg("%s: connections that read nothing are kept", what);
	wire_crowd_close(c);
	wire_expect_unharmed(own, &before, slack_kib, what);
}

static void
callers_who_never_read_are_closed_and_cost_no_memory(void **state)
{
	static struct wire_srvd own;
	static const char line[] = "class=slow-reader peer=127.0.1.1";

	(void)state;
	/* Connections get the deadline that is in force when they come. */
	wire_new(&own, "answer_timeout = 600\njobs = false\n" ONE_LOOP);
	wire_configure(&own, SHORT ONE_LOOP);
	assert_int_equal(kill(own.pid, SIGHUP), 0);
	assert_true(wire_log_wait(&own, 0, "flush by=SIGHUP outcome=success"));
	never_read(&own, "/srv.asmx/ServerInfo", 20, 1024, "small answers that nobody reads");
	assert_true(wire_log_wait(&own, 0, line));
	wire_stop(&own);
	size_t from = wire_log_size(&own);
	wire_start(&own);
	/* An answer for each is what it may cost; the second crowd gets the first one's memory. */
	never_read(&own, "/srv.asmx?wsdl", 40, 100 * 64, "WSDLs that nobody reads");
	assert_true(wire_log_wait(&own, from, line));
	never_read(&own, "/srv.asmx?wsdl", 40, 3072, "WSDLs that nobody reads, once more");
}

/* An endless head, an endless chunk, endless chunks, endless trailers and endless requests: each is told off at its
 * limit, not at its end. B05, D19, D36 */
static void
bytes_without_end_are_cut_off_at_their_limit(void **state)
{
	static const char chunked[] =
	    "POST /srv.asmx HTTP/1.1\r\nHost: t\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
	const struct {
		const char *begin, *more;
		int status;
		int or_status;
	} rows[] = {
	    {"GET /", "aaaaaaaaaaaaaaaa", 414, 414},
	    {"GET /srv.asmx HTTP/1.1\r\nHost: t\r\nX: ", "aaaaaaaaaaaaaaaa", 431, 431},
	    {"GET /srv.asmx HTTP/1.1\r\nHost: t\r\n", "X: aaaaaaaaaaa\r\n", 431, 431},
	    {wire_printf("%s7fffffff\r\n<?", chunked), "AAAAAAAAAAAAAAAA", 413, 413},
	    {wire_printf("%s1000\r\n%s\r\n", chunked, wire_repeat("A", 4096)), "1\r\nA\r\n", 400, 400},
	    {wire_printf("%s0\r\n", chunked), "X: aaaaaaaaaaa\r\n", 431, 431},
	};
	struct wire_vitals before = wire_vitals(&srv);

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		const char *much = wire_repeat(rows[i].more, 4096);
		struct wire_conn *c = wire_connect(&srv);
		size_t sent = 0;

		assert_true(wire_send_text(c, rows[i].begin));
		/* Until srvd does not take it any more; it drains a little behind its answer. */
		while (sent < ((size_t)64 << 20) && wire_send_text(c, much))
			sent += strlen(much);
		if (sent >= ((size_t)64 << 20))
			fail_msg("%.40s: still taken after %zu bytes", rows[i].begin, sent);
		struct wire_answer *a = wire_read(c, false);
		if (a != NULL) /* a reset may have taken it along */
			assert_true(a->status == rows[i].status || a->status == rows[i].or_status);
		wire_close(c);
	}
	wire_expect_unharmed(&srv, &before, 1024, "bytes without end");
}

/* Somebody else's idea of slowness: heads (B06), bodies (B07) and readers (B08) at once. It keeps a connection of its
 * own for each of its looks whether the service is there. */
static void
slowhttptest_finds_the_service_available(void **state)
{
	static struct wire_probe amid;
	static struct wire_srvd own;

	(void)state;
	wire_new(&own, "head_timeout = 2\nbody_timeout = 2\nanswer_timeout = 1\njobs = false");
	const char *url = wire_printf("http://%s/srv.asmx", own.host);
	const char *const modes[] = {wire_printf("-H -u %s/ServerInfo", url),
	    wire_printf("-B -s 8192 -x 10 -f text/xml -u %s", url),
	    wire_printf("-X -w 1 -y 2 -n 5 -z 1 -k 3 -u '%s?WSDL'", url)};
	struct wire_vitals before = wire_vitals(&own);
	pid_t pid[3];
	FILE *out[3];

	amid.count = 0;
	for (int i = 0; i < 3; i++) {
		const char *line = wire_printf("exec slowhttptest -c 300 -i 1 -r 300 -l 5 -p 3 %s", modes[i]);
		const char *argv[] = {"/bin/sh", "-c", line, NULL};

		out[i] = tmpfile();
		assert_non_null(out[i]);
		pid[i] = wire_spawn("TERM=dumb", argv, 0, fileno(out[i]), fileno(out[i]));
	}
	wire_probe_for(&own, &amid, 3000);
	/* They are all gone, though those that hardly read have not noticed yet. */
	for (int64_t until = wire_now_ms() + 1500; wire_vitals(&own).descriptors > before.descriptors + 3;) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(20);
	}
	for (int i = 0; i < 3; i++) {
		char text[65536];

		assert_int_equal(wire_spawned_wait(pid[i], WIRE_TMO_MS), 0);
		rewind(out[i]);
		text[fread(text, 1, sizeof text - 1, out[i])] = '\0';
		fclose(out[i]);
		/* It looks every second, and reports in colours. */
		if (strstr(text, "YES\x1b") == NULL || strstr(text, "NO\x1b") != NULL)
			fail_msg("slowhttptest %s: %s", modes[i], text);
	}
	wire_probe_expect(&amid, PROMPT_MS, "slowhttptest -H, -B and -X at once");
	/* An answer for each of the 300 that hardly read, which the allocator keeps for the next. */
	wire_expect_unharmed(&own, &before, 300 * 64, "slowhttptest");
}

/* What was sent in time is answered, however late it is read; what was not is late as ever. */
static void
a_machine_that_stands_still_makes_nobody_late(void **state)
{
	static struct wire_srvd own;
	static const char head[] = "GET /srv.asmx/ServerInfo HTTP/1.1\r\n", rest[] = "Host: t\r\n\r\n";
	struct wire_conn *c[4];

	(void)state;
	wire_new(&own, "head_timeout = 1\nidle_timeout = 1\njobs = false\n");
	for (int i = 0; i < 4; i++)
		c[i] = wire_connect(&own);
	assert_true(wire_send_text(c[1], head));
	assert_true(wire_send_text(c[2], head) && wire_send_text(c[2], rest));
	assert_int_equal(wire_read(c[2], false)->status, 200);
	assert_true(wire_send_text(c[3], head));
	wire_rest_ms(100);
	kill(own.pid, SIGSTOP);
	assert_true(wire_send_text(c[0], head) && wire_send_text(c[0], rest)); /* had said nothing yet */
	assert_true(wire_send_text(c[1], rest));
	assert_true(wire_send_text(c[2], head) && wire_send_text(c[2], rest)); /* was idle */
	wire_rest_ms(3000);
	kill(own.pid, SIGCONT);
	for (int i = 0; i < 3; i++)
		assert_int_equal(wire_read(c[i], false)->status, 200);
	assert_int_equal(wire_read(c[3], false)->status, 408);
	assert_true(wire_ends(c[3], WIRE_TMO_MS));
	wire_stop(&own);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(a_thousand_that_dribble_a_byte_a_second_disturb_nobody),
	    WIRE_TEST(a_thousand_that_say_nothing_are_closed_without_a_word_and_without_a_log_each),
	    WIRE_TEST(callers_who_never_read_are_closed_and_cost_no_memory),
	    WIRE_TEST(bytes_without_end_are_cut_off_at_their_limit),
	    WIRE_TEST(slowhttptest_finds_the_service_available),
	    WIRE_TEST(a_machine_that_stands_still_makes_nobody_late),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
