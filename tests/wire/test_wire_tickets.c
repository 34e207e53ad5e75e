/* Which ticket opens what: every state a ticket can be in, in each form; what is no ticket at all; tickets that are
 * ended twice, guessed, or somebody else's. What ends a ticket is test_wire_session.c. Contract: sections 2 and 7. */
#include "shared_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char none[] = "01234567-89ab-cdef-0123-456789abcdef"; /* in the form of one */

static int
setup(void **state)
{
	(void)state;
	serve_all("jobs = false\nsession_max_days = 0");
	log_in_admin();
	log_in_user();
	return 0;
}

/* A ticket whose time has come, as srvd sees by now. */
static const char *
expired_ticket(void)
{
	const char *others = wire_sql_text(&srv, "SELECT group_concat(quote(ticket_hash)) FROM tickets");
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);

	wire_sql(&srv, "UPDATE tickets SET expires_at = '2020-01-01T00:00:00Z' WHERE ticket_hash NOT IN (%s)", others);
	for (int64_t until = wire_now_ms() + WIRE_TMO_MS; wire_ticket_works(&srv, ticket);) {
		assert_true(wire_now_ms() < until);
		wire_rest_ms(20);
	}
	return ticket;
}

/* ---- who may flush, in which form ---- */

/* The name of the server that a flush would show from now on. */
static const char *
arm(void)
{
	static int armed;
	const char *name = wire_printf("flush %d", ++armed);

	wire_sql(&srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', '%s')", name);
	return name;
}

static struct wire_answer *
flush_by_head(const char *ticket)
{
	const char *query = ticket != NULL ? wire_printf("?authenticationTicket=%s", ticket) : "";

	return wire_ask_kept(&srv,
	    wire_request(&srv, "HEAD", wire_printf("/srv.asmx/FlushApplicationCache%s", query), NULL, wire_no_body));
}

static void
only_an_administrators_ticket_flushes_and_never_by_head(void **state)
{
	const struct {
		const char *ticket, *error;
	} rows[] = {{NULL, WIRE_901}, {"x", WIRE_901}, {none, WIRE_901}, {expired_ticket(), WIRE_901}, {user, WIRE_921},
	    {admin, NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		WIRE_EACH_FORM(f)
		{
			const char *armed = arm();
			struct wire_answer *a = wire_ask_kept(
			    &srv, wire_call_request(&srv, f, NULL, "FlushApplicationCache",
				      rows[i].ticket != NULL ? "authenticationTicket" : NULL, rows[i].ticket, NULL));

			if (rows[i].error != NULL) {
				wire_expect_error(f, "FlushApplicationCache", a, rows[i].error);
				assert_string_not_equal(wire_server_name(&srv), armed);
			} else {
				wire_expect(f, "FlushApplicationCache", a, "<response success=\"true\" />");
				assert_string_equal(wire_server_name(&srv), armed);
			}
		}
		const char *armed = arm();
		size_t from = wire_log_size(&srv);
		/* The same to all: it does not tell whose ticket would do. */
		assert_string_equal(flush_by_head(rows[i].ticket)->head, flush_by_head(admin)->head);
		wire_expect_nothing_ran(&srv, from);
		assert_string_not_equal(wire_server_name(&srv), armed);
	}
}

static void
head_logs_nobody_in_or_out(void **state)
{
	const char *targets[] = {wire_printf("/srv.asmx/LogOut?AuthenticationTicket=%s", user),
	    wire_printf("/srv.asmx/AuthenticateUser?UID=%s&PWD=%s", WIRE_ADMIN, wire_url_encode(WIRE_ADMIN_PWD)),
	    wire_printf(
		"/srv.asmx/RenewTicket?UID=%s&PWD=%s&OldTicket=%s", WIRE_USER, wire_url_encode(WIRE_USER_PWD), user)};
	const char *tickets = wire_sql_text(&srv, "SELECT count(*) FROM tickets");
	size_t from = wire_log_size(&srv);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct wire_answer *a = wire_ask_kept(&srv, wire_request(&srv, "HEAD", targets[i], NULL, wire_no_body));

		assert_int_equal(a->status, 200);
	}
	wire_expect_nothing_ran(&srv, from);
	assert_true(wire_ticket_works(&srv, user));
	assert_string_equal(wire_sql_text(&srv, "SELECT count(*) FROM tickets"), tickets);
}

/* ---- what is a ticket ---- */

static void
only_a_tickets_own_form_is_one(void **state)
{
	const char *wide = wire_repeat("\xef\xbc\x91", 36);
	const char *bad[] = {wire_printf(" %s", admin), wire_printf("%s ", admin), wire_printf("{%s}", admin),
	    wire_printf("(%s)", admin), wire_printf("urn:uuid:%s", admin), wire_printf("%.35s", admin),
	    wire_printf("%s0", admin), wire_printf("%.35sg", admin), "00000000-0000-0000-0000-000000000000",
	    wire_printf("%s,%s", admin, admin), "\xef\xbc\x91", wide, "", " ", "%", "' OR 1=1 --",
	    wire_printf("%.8s%.4s%.4s%.4s%.12s", admin, admin + 9, admin + 14, admin + 19, admin + 24),
	    wire_printf("%.8s%.28s", admin, admin + 9), wire_printf("%s%s", admin, wire_repeat("0", 4096 - 36)),
	    wire_repeat("0", 4096)};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		WIRE_EACH_FORM(f)
		wire_expect_error(f, "isValidTicket",
		    wire_ask_kept(
			&srv, wire_call_request(&srv, f, NULL, "isValidTicket", "AuthenticationTicket", bad[i], NULL)),
		    WIRE_901);
	}
	/* A ticket of a megabyte is a request that is too large, and is not read to its end. */
	const char *big = wire_printf("AuthenticationTicket=%s", wire_repeat("0", 1 << 20));
	static const char type[] = "Content-Type: application/x-www-form-urlencoded\r\n";
	wire_expect_plain(
	    wire_ask_closed(&srv, wire_request(&srv, "POST", "/srv.asmx/isValidTicket",
				      wire_printf("%sContent-Length: %zu\r\n", type, strlen(big)), wire_no_body)),
	    413);
	wire_expect_plain(
	    wire_ask_closed(&srv, wire_get(&srv, wire_printf("/srv.asmx/isValidTicket?%.9000s", big), NULL)), 414);
}

/* ---- ended, somebody else's, guessed ---- */

static void
a_ticket_that_is_ended_again_is_as_one_that_never_was(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		const char *ticket = wire_login(&srv, WIRE_USER, WIRE_USER_PWD);
		struct wire_bytes end = wire_call_request(
		    &srv, f, NULL, "LogOut", "AuthenticationTicket", ticket, NULL);
		struct wire_bytes never = wire_call_request(
		    &srv, f, NULL, "LogOut", "AuthenticationTicket", none, NULL);

		wire_expect(f, "LogOut", wire_ask_kept(&srv, end), "<root success=\"true\" />");
		struct wire_answer *unknown = wire_ask_kept(&srv, never);
		wire_expect_error(f, "LogOut", unknown, WIRE_901);
		for (int i = 0; i < 2; i++)
			assert_string_equal(wire_ask_kept(&srv, end)->body, unknown->body);
	}
	assert_true(wire_ticket_works(&srv, user));
}

static void
a_renewal_ends_no_ticket_but_ones_own(void **state)
{
	(void)state;
	WIRE_EACH_FORM(f)
	{
		struct wire_answer *a = wire_ask_kept(
		    &srv, wire_call_request(&srv, f, NULL, "RenewTicket", "UID", WIRE_USER, "PWD", WIRE_USER_PWD,
			      "OldTicket", admin, NULL));
		const struct wire_node *n = wire_result(f, "RenewTicket", a);

		assert_string_equal(wire_attr(n, "username"), WIRE_USER);
		assert_string_not_equal(wire_attr(n, "ticket"), admin);
		assert_true(wire_ticket_works(&srv, admin));
	}
}

/* ---- guesses ---- */

#define GUESSES 100 /* at once */
#define ROUNDS 25
enum guess { RANDOM, HALF, ALL_BUT_ONE, KINDS };

/* A ticket of which so many digits are those of one that is good. */
static const char *
guess(enum guess kind)
{
	static const size_t same[KINDS] = {0, 18, 35};
	char *text = wire_copy(admin, 36);

	for (size_t i = same[kind]; i < 36; i++)
		if (text[i] != '-')
			text[i] = "0123456789abcdef"[kind == ALL_BUT_ONE ? text[i] == '0' : rand() % 16];
	return text;
}

/* The processor time of so many guesses, each of which must be refused with the very same bytes. */
static double
cost_of_guesses(struct wire_conn *c, enum guess kind)
{
	static const char refusal[] = WIRE_DECLARATION "<root success=\"false\" error=\"" WIRE_901 "\" />";
	struct wire_bytes all = wire_bytes_text("");
	double before = wire_vitals(&srv).processor_ms;

	for (int i = 0; i < GUESSES; i++)
		all = wire_join(all, wire_call_request(&srv, WIRE_GET, NULL, "isValidTicket", "AuthenticationTicket",
					 guess(kind), NULL));
	assert_true(wire_send(c, all));
	for (int i = 0; i < GUESSES; i++) {
		struct wire_answer *a = wire_read(c, false);

		assert_non_null(a);
		assert_string_equal(a->body, refusal);
	}
	return wire_vitals(&srv).processor_ms - before;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void
guessed_tickets_are_refused_at_one_price_however_near(void **state)
{
	static double ms[KINDS][ROUNDS];
	struct wire_conn *c = wire_connect(&srv);

	(void)state;
	srand(1);
	for (int round = 0; round < ROUNDS; round++)
		for (int kind = 0; kind < KINDS; kind++)
			ms[kind][round] = cost_of_guesses(c, (enum guess)kind);
	for (int kind = 0; kind < KINDS; kind++)
		qsort(ms[kind], ROUNDS, sizeof **ms, compare);
	double random = ms[RANDOM][ROUNDS / 2];
	print_message(
	    "figures: %d guessed tickets: %.1f us of processor time each, %.1f us with half of the digits right, "
	    "%.1f us with all but one\n",
	    KINDS * ROUNDS * GUESSES, random * 1000 / GUESSES, ms[HALF][ROUNDS / 2] * 1000 / GUESSES,
	    ms[ALL_BUT_ONE][ROUNDS / 2] * 1000 / GUESSES);
	for (int kind = HALF; kind < KINDS && !WIRE_SANITIZED; kind++)
		assert_true(ms[kind][ROUNDS / 2] > random * 0.8 && ms[kind][ROUNDS / 2] < random * 1.25);
	assert_true(wire_ticket_works(&srv, admin));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(only_an_administrators_ticket_flushes_and_never_by_head),
	    WIRE_TEST(head_logs_nobody_in_or_out),
	    WIRE_TEST(only_a_tickets_own_form_is_one),
	    WIRE_TEST(a_ticket_that_is_ended_again_is_as_one_that_never_was),
	    WIRE_TEST(a_renewal_ends_no_ticket_but_ones_own),
	    WIRE_TEST(guessed_tickets_are_refused_at_one_price_however_near),
	    WIRE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
