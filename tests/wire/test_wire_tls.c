/* HTTPS from outside, with curl and openssl as callers, and a hand for what they do not do. Certificates are made here.
 */
#include "tls_site.h"
#include "wire_vitals.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct site site; /* the group's */

static int
setup(void **state)
{
	(void)state;
	prepare(&site, NULL);
	begin(&site);
	site.srv.shared = true;
	return 0;
}

static int
teardown(void **state)
{
	end(&site);
	return wire_group_teardown(state);
}

/* ---- callers ------------------------------------------------------------------------------------------------ */

static struct wire_output
shell(const char *line)
{
	const char *argv[] = {"/bin/sh", "-c", line, NULL};

	return wire_run(NULL, argv);
}

/* curl with these arguments; %s in the format stand for what follows. */
#define CURL(s, fmt, ...) shell(wire_printf("exec curl -sS --max-time 20 --cacert %s " fmt, (s)->ca, __VA_ARGS__))

/* openssl s_client with this input and these options. */
static struct wire_output
s_client(const struct site *s, const char *input, const char *options)
{
	const char *line = wire_printf(
	    "exec timeout 20 openssl s_client -connect %s -CAfile %s %s", s->tls.host, s->ca, options);
	const char *argv[] = {"/bin/sh", "-c", line, NULL};

	return wire_run(input, argv);
}

static void
expect_in(const char *text, const char *what)
{
	if (strstr(text, what) == NULL)
		fail_msg("`%s` is not in: %s", what, text);
}

/* A fatal alert of this number comes, and then the end. */
static void
expect_alert(struct hand *h, int number)
{
	unsigned char got[64];
	ssize_t n, have = 0;

	while (have < (ssize_t)sizeof got && (n = recv(h->fd, got + have, sizeof got - (size_t)have, 0)) > 0)
		have += n;
	assert_int_equal(have, 7);
	assert_int_equal(got[0], 21);
	assert_int_equal(got[5], 2);
	assert_int_equal(got[6], number);
}

static const char *
serial_shown(const struct site *s)
{
	struct wire_output o = shell(
	    wire_printf("openssl s_client -connect %s -CAfile %s </dev/null 2>/dev/null | openssl x509 -noout -serial",
		s->tls.host, s->ca));

	assert_int_equal(o.status, 0);
	return o.out;
}

/* ---- what works --------------------------------------------------------------------------------------------- */

static void
curl_is_served_in_each_version_and_form(void **state)
{
	static const char *const versions[] = {"--tlsv1.2 --tls-max 1.2", "--tlsv1.3", "--http2"};
	struct wire_output o;

	(void)state;
	for (int i = 0; i < 3; i++) {
		o = CURL(&site, "-w '%%{http_version} %%{ssl_verify_result}' %s https://%s/srv.asmx/ServerInfo",
		    versions[i], site.tls.host);
		assert_int_equal(o.status, 0);
		expect_in(o.out, "<root success=\"true\"");
		expect_in(o.out, "1.1 0");
	}
	o = CURL(&site, "https://%s/srv.asmx/AuthenticateUser -d UID=%s --data-urlencode 'PWD=%s'", site.tls.host,
	    WIRE_ADMIN, WIRE_ADMIN_PWD);
	expect_in(o.out, "<root success=\"true\" ticket=");
	o = CURL(&site, "https://%s/srv.asmx -H 'Content-Type: text/xml' -d \"%s\"", site.tls.host,
	    "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>"
	    "<ServerInfo xmlns='http://tempuri.org/'/></s:Body></s:Envelope>");
	expect_in(o.out, "<root success=\"true\"");
	wire_expect_alive(&site.srv); /* beside it, plain */
}

static void
the_wsdl_shows_the_address_that_was_used(void **state)
{
	struct wire_output o = CURL(&site, "'https://%s/srv.asmx?wsdl'", site.tls.host);
	struct wire_answer *a = wire_ask(&site.srv, wire_get(&site.srv, "/srv.asmx?wsdl", NULL));

	(void)state;
	expect_in(o.out, wire_printf("location=\"https://%s/srv.asmx\"", site.tls.host));
	assert_null(strstr(o.out, "location=\"http:"));
	assert_non_null(a);
	expect_in(a->body, wire_printf("location=\"http://%s/srv.asmx\"", site.srv.host));
	assert_null(strstr(a->body, "location=\"https:"));
}

static void
one_connection_serves_many_requests(void **state)
{
	const char *url = wire_printf("https://%s/srv.asmx/ServerInfo", site.tls.host);
	struct wire_output o = CURL(
	    &site, "-o /dev/null -o /dev/null -o /dev/null -w '%%{num_connects},' %s %s %s", url, url, url);

	(void)state;
	assert_string_equal(o.out, "1,0,0,");
}

static void
a_caller_that_does_not_know_the_authority_goes_away(void **state)
{
	size_t from = wire_log_size(&site.srv);
	struct wire_output o = shell(
	    wire_printf("exec curl -sS --max-time 20 https://%s/srv.asmx/ServerInfo", site.tls.host));

	(void)state;
	assert_int_equal(o.status, 60);
	assert_true(wire_log_wait(&site.srv, from, "class=tls-peer-alert peer=127.0.0.1"));
}

static void
requests_in_flight_are_answered_at_sigterm(void **state)
{
	static struct site s;
	struct hand busy, idle;
	char byte;

	(void)state;
	prepare(&s, NULL);
	wire_sql(&s.srv, "INSERT OR REPLACE INTO settings (name, value) VALUES ('LoginDelay', '500')");
	begin(&s);
	hand_open(&idle, &s);
	hand_open(&busy, &s);
	hand_say(&busy, wire_call_request(
			    &s.srv, WIRE_POST, NULL, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL));
	wire_expect_alive(&s.srv);
	assert_int_equal(kill(s.srv.pid, SIGTERM), 0);
	hand_expect(&busy, "ticket=");
	/* Leave is taken of both. */
	while (SSL_read(busy.ssl, &byte, 1) > 0)
		;
	assert_int_equal(SSL_get_shutdown(busy.ssl), SSL_RECEIVED_SHUTDOWN);
	assert_int_equal(SSL_read(idle.ssl, &byte, 1), 0);
	assert_int_equal(SSL_get_shutdown(idle.ssl), SSL_RECEIVED_SHUTDOWN);
	hand_close(&busy);
	hand_close(&idle);
	assert_int_equal(wire_wait(&s.srv, WIRE_TMO_MS), 0);
	end(&s);
}

/* ---- refused, and why --------------------------------------------------------------------------------------- */

static void
plain_http_on_the_tls_port_is_closed_within_a_second(void **state)
{
	size_t from = wire_log_size(&site.srv);
	const char *tickets = wire_sql_text(&site.srv, "SELECT count(*) FROM tickets");
	struct wire_conn *c;

	(void)state;
	c = wire_connect(&site.tls);
	assert_true(wire_send(c, wire_call_request(&site.srv, WIRE_GET, NULL, "AuthenticateUser", "UID", WIRE_USER,
				     "PWD", WIRE_USER_PWD, NULL)));
	assert_true(wire_ends(c, 1000));
	assert_true(wire_log_wait(&site.srv, from, "class=tls-plain-http peer=127.0.0.1"));
	struct wire_output o = shell(wire_printf("exec curl -sS --max-time 20 http://%s/srv.asmx", site.tls.host));
	assert_int_equal(o.status, 52);
	assert_string_equal(wire_sql_text(&site.srv, "SELECT count(*) FROM tickets"), tickets);
	wire_expect_alive(&site.srv);
}

static void
older_versions_get_a_protocol_version_alert(void **state)
{
	static const char *const old[] = {"-tls1", "-tls1_1"};
	/* A ClientHello of SSL 3.0 with RC4-SHA and 3DES. */
	static const char ssl3[] = "\x16\x03\x00\x00\x2f\x01\x00\x00\x2b\x03\x00"
				   "0123456789abcdef0123456789abcdef"
				   "\x00\x00\x04\x00\x05\x00\x0a\x01\x00";
	size_t from = wire_log_size(&site.srv);
	struct hand h;

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct wire_output o = s_client(&site, NULL, wire_printf("%s -cipher DEFAULT@SECLEVEL=0", old[i]));

		assert_int_not_equal(o.status, 0);
		expect_in(o.err, "alert protocol version");
	}
	hand_connect(&h, &site);
	assert_int_equal(send(h.fd, ssl3, sizeof ssl3 - 1, MSG_NOSIGNAL), sizeof ssl3 - 1);
	expect_alert(&h, 40); /* handshake_failure, for SSL 3.0 has no protocol_version */
	hand_close(&h);
	assert_true(wire_log_wait(&site.srv, from, "class=tls-version peer=127.0.0.1"));
}

static void
suites_without_forward_secrecy_or_with_cbc_get_a_handshake_failure(void **state)
{
	static const char *const suites[] = {"AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA",
	    "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:AES256-SHA256"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct wire_output o = s_client(&site, NULL, wire_printf("-tls1_2 -cipher %s@SECLEVEL=0", suites[i]));

		assert_int_not_equal(o.status, 0);
		expect_in(o.err, "alert handshake failure");
	}
}

static void
renegotiation_is_refused_and_costs_nothing(void **state)
{
	double before = wire_vitals(&site.srv).processor_ms;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct wire_output o = s_client(&site, "R\n", "-tls1_2");

		expect_in(o.err, "RENEGOTIATING");
		expect_in(o.err, "no renegotiation");
	}
	double spent = wire_vitals(&site.srv).processor_ms - before;
	print_message("figures: ten refused renegotiations: %.0f ms of processor time\n", spent);
	if (!WIRE_SANITIZED)
		assert_true(spent < 100);
}

static void
a_handshake_that_does_not_end_is_cut_off_at_five_seconds(void **state)
{
	static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
	struct wire_conn *silent = wire_connect(&site.tls), *slow = wire_connect(&site.tls);
	int64_t since = wire_now_ms();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		assert_true(wire_send(slow, wire_bytes(hello + i, 1)));
		assert_true(wire_is_silent(slow, 1000));
	}
	assert_true(wire_is_silent(silent, 0));
	assert_true(wire_ends(slow, 3000));
	assert_true(wire_ends(silent, 3000));
	assert_true(wire_now_ms() - since >= 4900);
}

static void
a_connection_cut_in_mid_body_runs_nothing(void **state)
{
	struct wire_bytes all = wire_call_request(
	    &site.srv, WIRE_SOAP11, NULL, "AuthenticateUser", "UID", WIRE_USER, "PWD", WIRE_USER_PWD, NULL);
	const char *tickets = wire_sql_text(&site.srv, "SELECT count(*) FROM tickets");
	struct hand h;
	char byte;

	(void)state;
	for (size_t less = 1; less < 200; less += 40) {
		hand_open(&h, &site);
		hand_say(&h, wire_bytes(all.p, all.len - less));
		assert_int_equal(shutdown(h.fd, SHUT_WR), 0);
		assert_true(SSL_read(h.ssl, &byte, 1) <= 0);
		hand_close(&h);
	}
	wire_expect_alive(&site.srv);
	assert_string_equal(wire_sql_text(&site.srv, "SELECT count(*) FROM tickets"), tickets);
	hand_open(&h, &site);
	hand_say(&h, all);
	hand_expect(&h, "ticket=");
	hand_close(&h);
	assert_string_not_equal(wire_sql_text(&site.srv, "SELECT count(*) FROM tickets"), tickets);
}

static void
hang_up_and_expect(const struct site *s, const char *says)
{
	size_t from = wire_log_size(&s->srv);

	assert_int_equal(kill(s->srv.pid, SIGHUP), 0);
	if (!wire_log_wait(&s->srv, from, says))
		fail_msg("`%s` is not in the log: %s", says, wire_log_text(&s->srv) + from);
	assert_true(wire_log_wait(&s->srv, from, "flush by=SIGHUP outcome=success"));
}

static void
sighup_takes_up_a_new_certificate_and_keeps_the_old_for_a_bad_one(void **state)
{
	static struct site s;
	struct cert late;
	struct hand open;
	const char *first, *second;
	struct wire_bytes ask;

	(void)state;
	prepare(&s, NULL);
	begin(&s);
	ask = wire_get(&s.srv, "/srv.asmx/ServerInfo", NULL);
	first = serial_shown(&s);
	hand_open(&open, &s);
	hand_say(&open, ask);
	hand_expect(&open, "SubscriptionEndDate");
	/* Expired. */
	late = cert_make_long("localhost", CERT_SERVER, cert_ec_key(), &s.authority, -2 * CERT_DAY, -CERT_DAY, 0);
	cert_write(s.pem, &late, NULL);
	cert_write_key(s.key, &late, NULL);
	hang_up_and_expect(
	    &s, "tls reload by=SIGHUP outcome=failure reason=\"tls_certificate: the certificate expired at 20");
	assert_string_equal(serial_shown(&s), first);
	/* Somebody else's key. */
	cert_write(s.pem, &s.cert, NULL);
	hang_up_and_expect(
	    &s, "tls reload by=SIGHUP outcome=failure reason=\"tls_key: the key is not that of tls_certificate\"");
	assert_string_equal(serial_shown(&s), first);
	/* No certificate at all. */
	assert_int_equal(unlink(s.pem), 0);
	hang_up_and_expect(
	    &s, "tls reload by=SIGHUP outcome=failure reason=\"tls_certificate: No such file or directory\"");
	assert_string_equal(serial_shown(&s), first);
	issue(&s);
	hang_up_and_expect(&s, "tls reload by=SIGHUP outcome=success expires=20");
	second = serial_shown(&s);
	assert_string_not_equal(second, first);
	/* The one that was open all the while. */
	hand_say(&open, wire_get(&s.srv, "/srv.asmx/NoSuch", NULL));
	hand_expect(&open, "NoSuch Web Service method name is not valid.");
	hand_close(&open);
	cert_free(&late);
	end(&s);
}

/* ---- files and clients' certificates ------------------------------------------------------------------------ */

static void
a_key_that_others_can_read_is_refused_at_the_start(void **state)
{
	static struct site s;
	static const int modes[] = {0640, 0604, 0644, 0620};
	const char *argv[] = {wire_program("srvd"), "--config", s.srv.conf, NULL, NULL};

	(void)state;
	prepare(&s, NULL);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(chmod(s.key, (mode_t)modes[i]), 0);
		for (int k = 0; k < 2; k++) {
			argv[3] = k == 0 ? NULL : "--test-config";
			struct wire_output o = wire_run(NULL, argv);

			assert_int_equal(o.status, 2);
			assert_string_equal(o.err,
			    wire_printf(
				"srvd: tls_key: the file is open to its group or to others (mode %03o); chmod 600 it\n",
				(unsigned)modes[i]));
		}
	}
	assert_int_equal(chmod(s.key, 0600), 0);
	begin(&s);
	wire_expect_alive(&s.srv);
	end(&s);
}

static void
an_address_without_its_files_is_refused_at_the_start(void **state)
{
	static struct wire_srvd srv;
	const char *argv[] = {wire_program("srvd"), "--config", srv.conf, NULL};

	(void)state;
	wire_prepare(&srv, "listen_tls = 127.0.0.1:0");
	struct wire_output o = wire_run(NULL, argv);
	assert_int_equal(o.status, 2);
	assert_string_equal(o.err, "srvd: tls_certificate: listen_tls wants one, and it is not set\n");
}

static void
a_clients_certificate_is_asked_for_where_an_authority_is_named(void **state)
{
	static struct site s;
	struct cert ours, theirs, good, wrong;
	const char *ca, *pem, *key, *wrong_pem, *wrong_key;
	size_t from;

	(void)state;
	ours = cert_make("Clients", CERT_AUTHORITY, NULL);
	theirs = cert_make("Others", CERT_AUTHORITY, NULL);
	good = cert_make("good", CERT_CLIENT, &ours);
	wrong = cert_make("wrong", CERT_CLIENT, &theirs);
	prepare(&s, NULL);
	ca = wire_printf("%s/clients.pem", s.srv.dir);
	pem = wire_printf("%s/client.pem", s.srv.dir);
	key = wire_printf("%s/client.key", s.srv.dir);
	wrong_pem = wire_printf("%s/wrong.pem", s.srv.dir);
	wrong_key = wire_printf("%s/wrong.key", s.srv.dir);
	cert_write(ca, &ours, NULL);
	cert_write(pem, &good, NULL);
	cert_write_key(key, &good, NULL);
	cert_write(wrong_pem, &wrong, NULL);
	cert_write_key(wrong_key, &wrong, NULL);
	wire_configure(
	    &s.srv, wire_printf("listen_tls = 127.0.0.1:0\ntls_certificate = %s\ntls_key = %s\ntls_client_ca = %s\n"
				"jobs = false",
			s.pem, s.key, ca));
	begin(&s);
	from = wire_log_size(&s.srv);
	for (int v = 2; v <= 3; v++) {
		const char *version = wire_printf("--tlsv1.%d --tls-max 1.%d", v, v);
		struct wire_output o = CURL(
		    &s, "%s --cert %s --key %s https://%s/srv.asmx/ServerInfo", version, pem, key, s.tls.host);

		assert_int_equal(o.status, 0);
		expect_in(o.out, "<root success=\"true\"");
		o = CURL(&s, "%s https://%s/srv.asmx/ServerInfo", version, s.tls.host);
		assert_int_not_equal(o.status, 0);
		assert_string_equal(o.out, "");
		o = CURL(&s, "%s --cert %s --key %s https://%s/srv.asmx/ServerInfo", version, wrong_pem, wrong_key,
		    s.tls.host);
		assert_int_not_equal(o.status, 0);
		assert_string_equal(o.out, "");
	}
	assert_true(wire_log_wait(&s.srv, from, "class=tls-no-client-certificate peer=127.0.0.1"));
	assert_true(wire_log_wait(&s.srv, from, "class=tls-bad-client-certificate peer=127.0.0.1"));
	wire_expect_alive(&s.srv); /* plain, without one */
	cert_free(&wrong);
	cert_free(&good);
	cert_free(&theirs);
	cert_free(&ours);
	end(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(curl_is_served_in_each_version_and_form),
	    WIRE_TEST(the_wsdl_shows_the_address_that_was_used),
	    WIRE_TEST(one_connection_serves_many_requests),
	    WIRE_TEST(a_caller_that_does_not_know_the_authority_goes_away),
	    WIRE_TEST(requests_in_flight_are_answered_at_sigterm),
	    WIRE_TEST(plain_http_on_the_tls_port_is_closed_within_a_second),
	    WIRE_TEST(older_versions_get_a_protocol_version_alert),
	    WIRE_TEST(suites_without_forward_secrecy_or_with_cbc_get_a_handshake_failure),
	    WIRE_TEST(renegotiation_is_refused_and_costs_nothing),
	    WIRE_TEST(a_handshake_that_does_not_end_is_cut_off_at_five_seconds),
	    WIRE_TEST(a_connection_cut_in_mid_body_runs_nothing),
	    WIRE_TEST(sighup_takes_up_a_new_certificate_and_keeps_the_old_for_a_bad_one),
	    WIRE_TEST(a_key_that_others_can_read_is_refused_at_the_start),
	    WIRE_TEST(an_address_without_its_files_is_refused_at_the_start),
	    WIRE_TEST(a_clients_certificate_is_asked_for_where_an_authority_is_named),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, setup, teardown);
}
