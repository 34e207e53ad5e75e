/* libsrvclient and srvctl by HTTPS, against the real srvd: who is believed to be the server, what is shown to it, and
 * that nothing is said to anybody else. Contract: srvclient(3), srvctl(1). */
#include "tls_site.h"

#include "../../impl/client/srvclient.h"

static struct site site;         /* the group's */
static struct srvclient *client; /* the running test's */

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
group_teardown(void **state)
{
	end(&site);
	return wire_group_teardown(state);
}

static int
teardown(void **state)
{
	srvclient_free(&client);
	return wire_teardown(state);
}

static void
speak_to(const char *url, const char *ca)
{
	srvclient_free(&client);
	assert_int_equal(srvclient_new(url, &client), SRVCLIENT_OK);
	assert_int_equal(srvclient_set_ca(client, ca, NULL), SRVCLIENT_OK);
}

static const char *
url_of(const struct site *s, const char *name)
{
	return wire_printf("https://%s:%d/srv.asmx", name, s->tls.port);
}

/* What ServerInfo comes to, and whether the server has answered it. */
static enum srvclient_err
ask(void)
{
	struct srvclient_server_info *info = NULL;
	enum srvclient_err err = srvclient_server_info(client, &info);

	assert_int_equal(info != NULL, err == SRVCLIENT_OK);
	srvclient_server_info_free(&info);
	return err;
}

static void
expect(enum srvclient_err want)
{
	enum srvclient_err err = ask();

	if (err != want)
		fail_msg("error %d and not %d: %s", err, want, srvclient_text(client));
	if (err != SRVCLIENT_OK)
		assert_true(strlen(srvclient_text(client)) > 0);
}

static void
a_server_of_the_authority_is_believed(void **state)
{
	static const char *const names[] = {"127.0.0.1", "localhost"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		speak_to(url_of(&site, names[i]), site.ca);
		expect(SRVCLIENT_OK);
		assert_int_equal(srvclient_set_soap(client, SRVCLIENT_SOAP_12), SRVCLIENT_OK);
		struct srvclient_login *l = NULL;
		assert_int_equal(srvclient_authenticate_user(client, WIRE_ADMIN, WIRE_ADMIN_PWD, &l), SRVCLIENT_OK);
		assert_int_equal(srvclient_flush_application_cache(client, l->ticket), SRVCLIENT_OK);
		srvclient_login_free(&l);
	}
}

/* By default it is the system's authorities, and this one is not of them. */
static void
a_server_of_nobody_known_is_not_believed(void **state)
{
	struct cert other = cert_make("Other Authority", CERT_AUTHORITY, NULL);
	const char *path = wire_printf("%s/other.pem", site.srv.dir);

	(void)state;
	cert_write(path, &other, NULL);
	speak_to(url_of(&site, "localhost"), NULL);
	expect(SRVCLIENT_TLS);
	speak_to(url_of(&site, "localhost"), path);
	expect(SRVCLIENT_TLS);
	speak_to(url_of(&site, "localhost"), "/nonexistent.pem");
	expect(SRVCLIENT_TLS);
	/* Back to the right one, with the same handle. */
	assert_int_equal(srvclient_set_ca(client, site.ca, NULL), SRVCLIENT_OK);
	expect(SRVCLIENT_OK);
	/* Connections that are open were made for other terms, and do not count. */
	assert_int_equal(srvclient_set_ca(client, path, NULL), SRVCLIENT_OK);
	expect(SRVCLIENT_TLS);
	cert_free(&other);
}

/* The certificate is for localhost and 127.0.0.1; the server also hears on 127.0.0.2's behalf when asked by that name.
 */
static void
a_certificate_for_another_name_is_not_believed(void **state)
{
	static struct site s;

	(void)state;
	prepare(&s, NULL);
	wire_configure(&s.srv,
	    wire_printf("listen_tls = 0.0.0.0:0\ntls_certificate = %s\ntls_key = %s\njobs = false", s.pem, s.key));
	wire_start(&s.srv);
	assert_true(wire_log_wait(&s.srv, 0, "listen address=https://0.0.0.0:"));
	const char *at = strstr(wire_log_text(&s.srv), "listen address=https://0.0.0.0:");
	s.tls.port = (uint16_t)atoi(at + strlen("listen address=https://0.0.0.0:"));
	speak_to(url_of(&s, "127.0.0.1"), s.ca);
	expect(SRVCLIENT_OK);
	speak_to(url_of(&s, "127.0.0.2"), s.ca);
	expect(SRVCLIENT_TLS);
	end(&s);
}

static void
an_expired_certificate_is_not_believed(void **state)
{
	static struct site s;

	(void)state;
	prepare(&s, NULL);
	cert_free(&s.cert);
	s.cert = cert_make_long("localhost", CERT_SERVER, cert_ec_key(), &s.authority, -CERT_DAY, 2 * WIRE_SLOWNESS, 0);
	cert_write(s.pem, &s.cert, NULL);
	cert_write_key(s.key, &s.cert, NULL);
	begin(&s);
	for (int64_t until = wire_now_ms() + 1000 + WIRE_SLOWNESS * 2000; wire_now_ms() < until;)
		wire_rest_ms(50);
	speak_to(url_of(&s, "localhost"), s.ca);
	expect(SRVCLIENT_TLS);
	end(&s);
}

static void
insecure_believes_anybody_until_it_is_taken_back(void **state)
{
	(void)state;
	speak_to(url_of(&site, "localhost"), NULL);
	assert_int_equal(srvclient_set_insecure(client, true), SRVCLIENT_OK);
	expect(SRVCLIENT_OK);
	assert_int_equal(srvclient_set_insecure(client, false), SRVCLIENT_OK);
	expect(SRVCLIENT_TLS);
}

/* A password goes to a server that is believed, or nowhere: the log, which tells of every request, has none. */
static void
nothing_is_said_to_a_server_that_is_not_believed(void **state)
{
	struct srvclient_login *l = NULL;
	size_t from = wire_log_size(&site.srv);

	(void)state;
	speak_to(url_of(&site, "localhost"), NULL);
	assert_int_equal(srvclient_authenticate_user(client, WIRE_ADMIN, WIRE_ADMIN_PWD, &l), SRVCLIENT_TLS);
	assert_true(wire_log_wait(&site.srv, from, "class=tls-peer-alert"));
	assert_null(strstr(wire_log_text(&site.srv) + from, "op name=AuthenticateUser"));
}

static void
plain_http_is_not_taken_for_https(void **state)
{
	(void)state;
	speak_to(wire_printf("https://%s/srv.asmx", site.srv.host), site.ca);
	expect(SRVCLIENT_TLS);
}

static void
a_client_certificate_is_shown_where_it_is_asked_for(void **state)
{
	static struct site s;
	struct cert ours = cert_make("Clients", CERT_AUTHORITY, NULL);
	struct cert good = cert_make("good", CERT_CLIENT, &ours);
	struct cert theirs = cert_make("Others", CERT_AUTHORITY, NULL);
	struct cert wrong = cert_make("wrong", CERT_CLIENT, &theirs);

	(void)state;
	prepare(&s, NULL);
	const char *ca = wire_printf("%s/clients.pem", s.srv.dir), *pem = wire_printf("%s/good.pem", s.srv.dir);
	const char *key = wire_printf("%s/good.key", s.srv.dir), *bad = wire_printf("%s/wrong.pem", s.srv.dir);
	const char *bad_key = wire_printf("%s/wrong.key", s.srv.dir);
	cert_write(ca, &ours, NULL);
	cert_write(pem, &good, NULL);
	cert_write_key(key, &good, NULL);
	cert_write(bad, &wrong, NULL);
	cert_write_key(bad_key, &wrong, NULL);
	wire_configure(&s.srv, wire_printf("listen_tls = 127.0.0.1:0\ntls_certificate = %s\ntls_key = %s\n"
					   "tls_client_ca = %s\njobs = false",
				   s.pem, s.key, ca));
	begin(&s);
	speak_to(url_of(&s, "localhost"), s.ca);
	expect(SRVCLIENT_TLS);
	assert_int_equal(srvclient_set_certificate(client, bad, bad_key), SRVCLIENT_OK);
	expect(SRVCLIENT_TLS);
	assert_int_equal(srvclient_set_certificate(client, pem, bad_key), SRVCLIENT_OK);
	expect(SRVCLIENT_TLS); /* a key of another one */
	assert_int_equal(srvclient_set_certificate(client, pem, key), SRVCLIENT_OK);
	expect(SRVCLIENT_OK);
	/* Both in one file. */
	const char *both = wire_printf("%s/both.pem", s.srv.dir);
	const char *all = wire_printf("%s%s", wire_file_read(pem, NULL), wire_file_read(key, NULL));
	assert_true(wire_file_write(both, all, strlen(all)));
	speak_to(url_of(&s, "localhost"), s.ca);
	assert_int_equal(srvclient_set_certificate(client, both, NULL), SRVCLIENT_OK);
	expect(SRVCLIENT_OK);
	cert_free(&wrong);
	cert_free(&theirs);
	cert_free(&good);
	cert_free(&ours);
	end(&s);
}

/* Rather than to be asked for by a library, in the middle of a call, from whoever or whatever is at standard input. */
static void
a_key_with_a_passphrase_is_no_good(void **state)
{
	struct cert clients = cert_make("Clients", CERT_AUTHORITY, NULL), c = cert_make("c", CERT_CLIENT, &clients);
	const char *pem = wire_printf("%s/c.pem", site.srv.dir), *key = wire_printf("%s/c.key", site.srv.dir);
	const char *argv[] = {wire_program("srvctl"), "--url", url_of(&site, "localhost"), "--ca", site.ca,
	    "--certificate", pem, "--key", key, "info", NULL};

	(void)state;
	cert_write(pem, &c, NULL);
	cert_write_key(key, &c, "secret");
	struct wire_output o = wire_run("secret\n", argv);
	assert_int_equal(o.status, 3);
	assert_string_equal(o.out, "");
	assert_non_null(strstr(o.err, "private key"));
	cert_write_key(key, &c, NULL);
	o = wire_run(NULL, argv);
	if (o.status != 0)
		fail_msg("%s", o.err);
	cert_free(&c);
	cert_free(&clients);
}

static void
srvctl_speaks_https(void **state)
{
	const char *url = url_of(&site, "localhost");
	const char *good[] = {wire_program("srvctl"), "--url", url, "--ca", site.ca, "login", WIRE_ADMIN, NULL};
	const char *no_ca[] = {wire_program("srvctl"), "--url", url, "login", WIRE_ADMIN, NULL};
	const char *insecure[] = {wire_program("srvctl"), "--url", url, "--insecure", "info", NULL};

	(void)state;
	struct wire_output o = wire_run(WIRE_ADMIN_PWD "\n", good);
	if (o.status != 0)
		fail_msg("%s", o.err);
	assert_true(wire_ticket_works(&site.srv, wire_copy(o.out, strcspn(o.out, "\n"))));
	o = wire_run(WIRE_ADMIN_PWD "\n", no_ca);
	assert_int_equal(o.status, 3);
	assert_string_equal(o.out, "");
	assert_int_equal(strncmp(o.err, "srvctl: https://localhost:", 26), 0);
	assert_non_null(strstr(o.err, "certificate"));
	o = wire_run(NULL, insecure);
	assert_int_equal(o.status, 0);
	assert_non_null(strstr(o.out, "VersionNumber"));
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_server_of_the_authority_is_believed),
	    TEST(a_server_of_nobody_known_is_not_believed),
	    TEST(a_certificate_for_another_name_is_not_believed),
	    TEST(an_expired_certificate_is_not_believed),
	    TEST(insecure_believes_anybody_until_it_is_taken_back),
	    TEST(nothing_is_said_to_a_server_that_is_not_believed),
	    TEST(plain_http_is_not_taken_for_https),
	    TEST(a_client_certificate_is_shown_where_it_is_asked_for),
	    TEST(a_key_with_a_passphrase_is_no_good),
	    TEST(srvctl_speaks_https),
	};

	return cmocka_run_group_tests(tests, setup, group_teardown);
}
