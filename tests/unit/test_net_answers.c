/* Requests and their answers on a connection: order, ends, lengths, bodies. */
#include "net_fixture.h"

#include "../../impl/net/reply.h"

static void
one_answer_has_all_its_fields(void **state)
{
	struct client c;
	struct answer a;
	char want[512], date[REPLY_DATE_MAX];
	const char *at;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/a?b=c"));
	hear(&c, &a);
	at = strstr(a.head, "Date: ");
	assert_non_null(at);
	snprintf(date, sizeof(date), "%.29s", at + 6);
	snprintf(want, sizeof(want),
	    "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: text/plain\r\nContent-Length: 11\r\n\r\n", date);
	assert_string_equal(a.head, want);
	assert_string_equal(a.body, "GET /a?b=c ");
	assert_string_equal(reply_format_date((wall_t){784111777}, date), "Sun, 06 Nov 1994 08:49:37 GMT");
	hang_up(&c);
	stop();
}

static wall_t the_second;

static wall_t
stopped_clock(void)
{
	return the_second;
}

static void
date_is_that_of_the_second_in_which_the_answer_is_sent(void **state)
{
	struct http_response r;
	struct reply_date date = {{0}, ""};
	struct buf head;

	(void)state;
	http_response_init(&r);
	buf_init(&head, 0);
	clock_override(stopped_clock, NULL);
	for (the_second.s = 784111777; the_second.s < 784111780; the_second.s++) {
		char text[REPLY_DATE_MAX];

		for (int i = 0; i < 2; i++) {
			reply_head(&head, &date, &r, 1, false);
			if (strstr(buf_str(&head), reply_format_date(the_second, text)) == NULL)
				fail_msg("not the date of %jd: %s", (intmax_t)the_second.s, buf_str(&head));
		}
	}
	clock_override(NULL, NULL);
	buf_fini(&head);
	http_response_fini(&r);
}

static void
connection_is_kept_for_the_next_request(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	for (int i = 0; i < 5; i++) {
		say(&c, GET("/a"));
		expect(&c, 200, "GET /a ");
		say(&c, "POST /b HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\n\r\nxyz");
		expect(&c, 200, "POST /b xyz");
	}
	hang_up(&c);
	stop();
}

static void
peer_that_has_the_address_it_called_sits_at_this_host(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial_with(&c, 0, "127.0.0.1");
	say(&c, GET("/peer"));
	expect(&c, 200, "127.0.0.1, from here: GET /peer ");
	hang_up(&c);
	dial_with(&c, 0, "127.0.0.2");
	say(&c, GET("/peer"));
	expect(&c, 200, "127.0.0.2: GET /peer ");
	hang_up(&c);
	stop();
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/1") GET("/early") "POST /3 HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\n\r\nx" GET("/elsewhere")
		    GET("/delay") GET("/6"));
	expect(&c, 200, "GET /1 ");
	expect(&c, 200, "pending");
	expect(&c, 200, "POST /3 x");
	expect(&c, 200, "pending");
	expect(&c, 200, "GET /delay ");
	expect(&c, 200, "GET /6 ");
	hang_up(&c);
	stop();
}

static void
many_pipelined_requests_are_all_answered(void **state)
{
	struct client c;
	struct buf all;

	(void)state;
	start(NULL);
	dial(&c);
	buf_init(&all, 0);
	for (int i = 0; i < 500; i++)
		buf_puts(&all, i % 50 == 7 ? GET("/early") : GET("/x"));
	say(&c, all.data);
	for (int i = 0; i < 500; i++)
		expect(&c, 200, i % 50 == 7 ? "pending" : "GET /x ");
	assert_int_equal(atomic_load(&begun), 500);
	buf_fini(&all);
	hang_up(&c);
	stop();
}

static void
bad_request_behind_a_good_one_ends_the_connection(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/1") "Invalid\r\n\r\n" GET("/2"));
	expect(&c, 200, "GET /1 ");
	expect_last(&c, 400);
	assert_int_equal(atomic_load(&begun), 1);
	hang_up(&c);
	probe();
	stop();
}

static void
request_behind_a_close_is_not_run(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "GET /1 HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, "GET /elsewhere HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n" GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, GET("/close") GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, "CONNECT t:80 HTTP/1.1\r\nHost: t\r\n\r\n" GET("/2"));
	expect_last(&c, 200);
	hang_up(&c);
	assert_int_equal(atomic_load(&begun), 4);
	stop();
}

static void
http_1_0_closes_unless_asked_not_to(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "GET /a HTTP/1.0\r\n\r\n");
	expect_last(&c, 200);
	hang_up(&c);
	dial(&c);
	say(&c, "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	hear(&c, &a);
	assert_non_null(strstr(a.head, "\r\nConnection: keep-alive\r\n"));
	say(&c, GET("/b"));
	expect(&c, 200, "GET /b ");
	hang_up(&c);
	stop();
}

static void
head_gets_the_length_and_no_body(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "HEAD /a HTTP/1.1\r\nHost: t\r\n\r\n" GET("/b"));
	hear_kind(&c, &a, true);
	assert_non_null(strstr(a.head, "\r\nContent-Length: 8\r\n"));
	expect(&c, 200, "GET /b ");
	say(&c, "HEAD /no-length HTTP/1.1\r\nHost: t\r\n\r\n" GET("/c"));
	hear_kind(&c, &a, true);
	assert_null(strstr(a.head, "Content-Length"));
	expect(&c, 200, "GET /c ");
	say(&c, "HEAD / HTTP/1.1\r\nHost: a b\r\n\r\n");
	hear_kind(&c, &a, true);
	assert_int_equal(a.status, 400);
	hear_end(&c);
	hang_up(&c);
	stop();
}

static void
answers_without_a_body_say_so(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, GET("/none") GET("/204") GET("/no-memory") GET("/b"));
	hear(&c, &a);
	assert_int_equal(a.status, 303);
	assert_non_null(strstr(a.head, "\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"));
	hear(&c, &a);
	assert_int_equal(a.status, 204);
	assert_null(strstr(a.head, "Content-"));
	expect(&c, 500, NULL);
	expect(&c, 200, "GET /b ");
	hang_up(&c);
	stop();
}

static void
continue_is_sent_when_the_body_is_welcome(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
	expect(&c, 100, NULL);
	say(&c, "abc");
	expect(&c, 200, "POST /a abc");
	/* What came already needs no leave. */
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\na");
	assert_true(is_silent(&c, 50));
	say(&c, "bc");
	expect(&c, 200, "POST /a abc");
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nContent-Length: 70000\r\n\r\n");
	expect_last(&c, 413);
	hang_up(&c);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: tea\r\nContent-Length: 3\r\n\r\n");
	expect_last(&c, 417);
	hang_up(&c);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
	expect(&c, 100, NULL);
	say(&c, "3\r\nabc\r\n0\r\n\r\n");
	expect(&c, 200, "POST /a abc");
	hang_up(&c);
	stop();
}

static void
content_coding_is_refused_and_the_connection_kept(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial(&c);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc" GET("/b"));
	hear(&c, &a);
	assert_int_equal(a.status, 415);
	assert_non_null(strstr(a.head, "\r\nAccept-Encoding: identity\r\n"));
	assert_null(strstr(a.head, "Connection: close"));
	expect(&c, 200, "GET /b ");
	assert_int_equal(atomic_load(&begun), 1);
	say(&c, "POST /a HTTP/1.1\r\nHost: t\r\nContent-Encoding: gzip\r\nExpect: 100-continue\r\n"
		"Content-Length: 3\r\n\r\n");
	expect_last(&c, 415);
	hang_up(&c);
	stop();
}

static void
chunked_body_arrives_whole_however_it_is_cut(void **state)
{
	static const char request[] = "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
				      "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nt: u\r\n\r\n";
	struct client c;

	(void)state;
	start(NULL);
	dial(&c);
	for (size_t cut = 1; cut < sizeof(request) - 1; cut++) {
		assert_int_equal(send(c.fd, request, cut, 0), cut);
		if (cut % 8 == 0)
			poll(NULL, 0, 1);
		say(&c, request + cut);
		expect(&c, 200, "POST /a abc0123456789");
	}
	hang_up(&c);
	dial(&c);
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		assert_int_equal(send(c.fd, request + i, 1, 0), 1);
		poll(NULL, 0, 1);
	}
	expect(&c, 200, "POST /a abc0123456789");
	hang_up(&c);
	stop();
}

static void
large_answer_is_sent_in_parts(void **state)
{
	struct client c;
	struct answer a;

	(void)state;
	start(NULL);
	dial_with(&c, 65536, NULL);
	say(&c, GET("/big") GET("/b"));
	poll(NULL, 0, 20);
	hear(&c, &a);
	assert_int_equal(a.status, 200);
	assert_int_equal(a.body_len, BIG);
	expect(&c, 200, "GET /b ");
	say(&c, "GET /big HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
	expect_last(&c, 200);
	hang_up(&c);
	stop();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_answer_has_all_its_fields),
	    cmocka_unit_test(date_is_that_of_the_second_in_which_the_answer_is_sent),
	    cmocka_unit_test(connection_is_kept_for_the_next_request),
	    cmocka_unit_test(peer_that_has_the_address_it_called_sits_at_this_host),
	    cmocka_unit_test(pipelined_requests_are_answered_in_order),
	    cmocka_unit_test(many_pipelined_requests_are_all_answered),
	    cmocka_unit_test(bad_request_behind_a_good_one_ends_the_connection),
	    cmocka_unit_test(request_behind_a_close_is_not_run),
	    cmocka_unit_test(http_1_0_closes_unless_asked_not_to),
	    cmocka_unit_test(head_gets_the_length_and_no_body),
	    cmocka_unit_test(answers_without_a_body_say_so),
	    cmocka_unit_test(continue_is_sent_when_the_body_is_welcome),
	    cmocka_unit_test(content_coding_is_refused_and_the_connection_kept),
	    cmocka_unit_test(chunked_body_arrives_whole_however_it_is_cut),
	    cmocka_unit_test(large_answer_is_sent_in_parts),
	};

	return RUN(tests);
}
