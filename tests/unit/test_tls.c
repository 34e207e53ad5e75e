/* What a TLS handshake agrees on and what it refuses: versions, suites, groups, tickets, clients' certificates. */
#include "tls_fixture.h"

#include "../../impl/net/tls_ticket.h"

/* ---- versions, suites, groups ---------------------------------------------------------------------------- */

static SSL_CTX *
with_versions(int min, int max)
{
	SSL_CTX *ctx = client_context();

	assert_int_equal(SSL_CTX_set_min_proto_version(ctx, min), 1);
	assert_int_equal(SSL_CTX_set_max_proto_version(ctx, max), 1);
	return ctx;
}

static SSL_CTX *
with_suites_1_2(const char *suites)
{
	SSL_CTX *ctx = with_versions(TLS1_2_VERSION, TLS1_2_VERSION);

	assert_int_equal(SSL_CTX_set_cipher_list(ctx, suites), 1);
	return ctx;
}

static SSL_CTX *
with_suites_1_3(const char *suites)
{
	SSL_CTX *ctx = with_versions(TLS1_3_VERSION, TLS1_3_VERSION);

	assert_int_equal(SSL_CTX_set_ciphersuites(ctx, suites), 1);
	return ctx;
}

/* A handshake, a request, an answer; the suite must be this one. ctx is used up. */
static void
expect_suite(SSL_CTX *ctx, const char *suite)
{
	struct client c;

	dial_with(&c, ctx);
	assert_string_equal(SSL_get_cipher_name(c.ssl), suite);
	say(&c, GET("/a"));
	expect(&c, 200, "tls GET /a ");
	hang_up(&c);
}

static void
tls_1_2_and_1_3_are_spoken_beside_plain_http(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct client c;

	(void)state;
	start(NULL);
	assert_int_equal(strncmp(server_address(server, 0), "http://127.0.0.1:", 17), 0);
	assert_int_equal(strncmp(server_address(server, 1), "https://127.0.0.1:", 18), 0);
	assert_null(server_address(server, 2));
	for (int i = 0; i < 2; i++) {
		dial_with(&c, with_versions(versions[i], versions[i]));
		assert_int_equal(SSL_version(c.ssl), versions[i]);
		for (int k = 0; k < 3; k++) {
			say(&c, GET("/a"));
			expect(&c, 200, "tls GET /a ");
		}
		hang_up(&c);
	}
	dial_plain(&c);
	say(&c, GET("/a"));
	expect(&c, 200, "GET /a ");
	hang_up(&c);
	stop();
}

static void
tls_older_versions_are_refused_with_an_alert(void **state)
{
	(void)state;
	start(NULL);
	expect_refusal(with_versions(TLS1_1_VERSION, TLS1_1_VERSION), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	expect_refusal(with_versions(TLS1_VERSION, TLS1_VERSION), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	probe();
	stop();
}

static void
tls_key_exchange_by_rsa_and_cbc_suites_are_refused(void **state)
{
	static const char *const suites[] = {"AES128-GCM-SHA256", "AES256-SHA256:AES128-SHA",
	    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES256-SHA:DHE-RSA-AES256-SHA256",
	    "ECDHE-ECDSA-AES128-CCM8", "ADH-AES128-GCM-SHA256:AECDH-AES128-SHA"};
	struct cert rsa = cert_make_long(
	    "localhost", CERT_SERVER, cert_rsa_key(2048), &authority, -CERT_DAY, CERT_DAY, 0);
	struct tls_files files = {TEMP_PATH(dir, "rsa.pem"), TEMP_PATH(dir, "rsa.key"), NULL};
	struct srv_reason why;

	(void)state;
	cert_write(files.certificate, &rsa, NULL);
	cert_write_key(files.key, &rsa, NULL);
	start(NULL);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
			expect_refusal(with_suites_1_2(suites[i]), SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
		assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	}
	assert_int_equal(atomic_load(&begun), 0);
	probe();
	stop();
	cert_free(&rsa);
}

static void
tls_every_suite_of_the_list_is_spoken(void **state)
{
	static const char *const ecdsa[] = {
	    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"};
	static const char *const rsa[] = {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
	    "ECDHE-RSA-CHACHA20-POLY1305", "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384",
	    "DHE-RSA-CHACHA20-POLY1305"};
	static const char *const both[] = {
	    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};
	struct cert cert = cert_make_long(
	    "localhost", CERT_SERVER, cert_rsa_key(2048), &authority, -CERT_DAY, CERT_DAY, 0);
	struct tls_files files = {TEMP_PATH(dir, "rsa.pem"), TEMP_PATH(dir, "rsa.key"), NULL};
	struct srv_reason why;

	(void)state;
	cert_write(files.certificate, &cert, NULL);
	cert_write_key(files.key, &cert, NULL);
	start(NULL);
	for (int i = 0; i < 3; i++)
		expect_suite(with_suites_1_2(ecdsa[i]), ecdsa[i]);
	assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	for (int i = 0; i < 6; i++)
		expect_suite(with_suites_1_2(rsa[i]), rsa[i]);
	for (int i = 0; i < 3; i++)
		expect_suite(with_suites_1_3(both[i]), both[i]);
	stop();
	cert_free(&cert);
}

static void
tls_the_lists_first_suite_is_taken_or_chacha_where_the_client_puts_it_first(void **state)
{
	(void)state;
	start(NULL);
	expect_suite(with_suites_1_2("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"),
	    "ECDHE-ECDSA-AES128-GCM-SHA256");
	expect_suite(with_suites_1_2("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256"),
	    "ECDHE-ECDSA-CHACHA20-POLY1305");
	expect_suite(with_suites_1_3("TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"), "TLS_AES_128_GCM_SHA256");
	expect_suite(
	    with_suites_1_3("TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"), "TLS_CHACHA20_POLY1305_SHA256");
	stop();
}

static void
tls_three_groups_are_taken_and_no_other(void **state)
{
	static const char *const good[] = {"X25519", "P-256", "P-384"}, *const bad[] = {"P-521", "X448", "ffdhe2048"};
	struct client c;

	(void)state;
	start(NULL);
	for (int i = 0; i < 3; i++) {
		SSL_CTX *ctx = client_context();

		assert_int_equal(SSL_CTX_set1_groups_list(ctx, good[i]), 1);
		dial_with(&c, ctx);
		hang_up(&c);
		ctx = client_context();
		assert_int_equal(SSL_CTX_set1_groups_list(ctx, bad[i]), 1);
		expect_refusal(ctx, SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
	}
	stop();
}

static void
tls_http_1_1_is_the_only_protocol_inside(void **state)
{
	const unsigned char both[] = "\x02h2\x08http/1.1", h2[] = "\x02h2";
	const unsigned char *chosen = NULL;
	unsigned len = 0;
	struct client c;
	SSL_CTX *ctx = client_context();

	(void)state;
	start(NULL);
	assert_int_equal(SSL_CTX_set_alpn_protos(ctx, both, sizeof(both) - 1), 0);
	dial_with(&c, ctx);
	SSL_get0_alpn_selected(c.ssl, &chosen, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(chosen, "http/1.1", 8);
	hang_up(&c);
	ctx = client_context();
	assert_int_equal(SSL_CTX_set_alpn_protos(ctx, h2, sizeof(h2) - 1), 0);
	expect_refusal(ctx, SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
	probe(); /* which names none */
	stop();
}

static void
tls_renegotiation_is_refused_each_time(void **state)
{
	struct client c;

	(void)state;
	start(NULL);
	dial_with(&c, with_versions(TLS1_2_VERSION, TLS1_2_VERSION));
	for (int i = 0; i < 100; i++) {
		assert_int_equal(SSL_renegotiate(c.ssl), 1);
		if (SSL_do_handshake(c.ssl) == 1)
			fail_msg("renegotiation %d was agreed to", i);
		/* Our side takes the warning for the end of its handshake; a fresh connection asks again. */
		assert_int_equal(ERR_GET_REASON(ERR_peek_error()), SSL_R_NO_RENEGOTIATION);
		ERR_clear_error();
		hang_up(&c);
		dial_with(&c, with_versions(TLS1_2_VERSION, TLS1_2_VERSION));
	}
	say(&c, GET("/a"));
	expect(&c, 200, "tls GET /a ");
	hang_up(&c);
	stop();
}

/* ---- tickets --------------------------------------------------------------------------------------------- */

static SSL_SESSION *seen; /* the last session that a server gave */

static int
on_session(SSL *ssl, SSL_SESSION *session)
{
	(void)ssl;
	SSL_SESSION_free(seen);
	seen = session;
	return 1;
}

/* One connection that offers the session seen before, if any. Returns whether it was taken up. */
static bool
resumes(int version)
{
	SSL_CTX *ctx = with_versions(version, version);
	struct client c;
	bool reused;

	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
	SSL_CTX_sess_set_new_cb(ctx, on_session);
	dial_silent(&c);
	c.ssl = SSL_new(ctx);
	assert_non_null(c.ssl);
	if (seen != NULL)
		assert_int_equal(SSL_set_session(c.ssl, seen), 1);
	assert_int_equal(SSL_set_fd(c.ssl, c.fd), 1);
	assert_int_equal(SSL_connect(c.ssl), 1);
	reused = SSL_session_reused(c.ssl) == 1;
	/* OpenSSL does not tell of a new ticket for a session that was taken up. */
	if (version == TLS1_2_VERSION)
		on_session(c.ssl, SSL_get1_session(c.ssl));
	say(&c, GET("/a"));
	expect(&c, 200, "tls GET /a "); /* the ticket of TLS 1.3 came before it */
	SSL_shutdown(c.ssl);
	hang_up(&c);
	SSL_CTX_free(ctx);
	return reused;
}

static void
forget_session(void)
{
	SSL_SESSION_free(seen);
	seen = NULL;
}

static _Atomic int64_t later_ms;

static mono_t
later(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (mono_t){(int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 + atomic_load(&later_ms)};
}

static void
tls_ticket_resumes_until_its_key_is_gone(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

	(void)state;
	for (int i = 0; i < 2; i++) {
		SSL_SESSION *old;

		atomic_store(&later_ms, 0);
		clock_override(NULL, later);
		start(NULL);
		assert_false(resumes(versions[i]));
		assert_non_null(seen);
		assert_true(SSL_SESSION_get_ticket_lifetime_hint(seen) <= TLS_TICKET_LIFE_S);
		old = SSL_SESSION_dup(seen);
		assert_true(resumes(versions[i]));
		/* The key has been replaced, but is still known. */
		atomic_store(&later_ms, (int64_t)TLS_TICKET_LIFE_S * 1000 + 1000);
		assert_true(resumes(versions[i]));
		/* Replaced again: that of the first ticket is gone, that of the last is there. */
		atomic_store(&later_ms, (int64_t)TLS_TICKET_LIFE_S * 2000 + 2000);
		assert_true(resumes(versions[i]));
		SSL_SESSION_free(seen);
		seen = old;
		assert_false(resumes(versions[i]));
		/* Nobody came for longer than two lives of a key. */
		atomic_store(&later_ms, (int64_t)TLS_TICKET_LIFE_S * 10000);
		assert_false(resumes(versions[i]));
		assert_true(resumes(versions[i]));
		stop();
		clock_override(NULL, NULL);
		forget_session();
	}
}

static void
tls_ticket_does_not_survive_a_reload(void **state)
{
	struct tls_files files;
	struct srv_reason why;

	(void)state;
	start(NULL);
	files = files_of_conf();
	assert_false(resumes(TLS1_3_VERSION));
	assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	assert_false(resumes(TLS1_3_VERSION));
	assert_true(resumes(TLS1_3_VERSION));
	stop();
	forget_session();
}

/* ---- clients' certificates ------------------------------------------------------------------------------- */

static SSL_CTX *
with_certificate(int version, const struct cert *c)
{
	SSL_CTX *ctx = with_versions(version, version);

	if (c != NULL) {
		assert_int_equal(SSL_CTX_use_certificate(ctx, c->x509), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(ctx, c->key), 1);
	}
	return ctx;
}

static void
tls_client_certificate_is_wanted_where_an_authority_is_named(void **state)
{
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	struct cert ours = cert_make("Clients", CERT_AUTHORITY, NULL),
		    theirs = cert_make("Others", CERT_AUTHORITY, NULL);
	struct cert good = cert_make("good", CERT_CLIENT, &ours), wrong = cert_make("wrong", CERT_CLIENT, &theirs);
	struct cert expired = cert_make_long("late", CERT_CLIENT, cert_ec_key(), &ours, -2 * CERT_DAY, -CERT_DAY, 0);
	struct cert serving = cert_make("server", CERT_SERVER, &ours);
	char path[TEMP_PATH_MAX];
	struct client c;

	(void)state;
	cert_write(temp_join(path, dir, "clients.pem"), &ours, NULL);
	START("--tls-client-ca", path);
	for (int i = 0; i < 2; i++) {
		int v = versions[i];

		dial_with(&c, with_certificate(v, &good));
		say(&c, GET("/a"));
		expect(&c, 200, "tls GET /a ");
		hang_up(&c);
		expect_refusal(with_certificate(v, NULL), v == TLS1_3_VERSION ? SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED
									      : SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE);
		expect_refusal(with_certificate(v, &wrong), SSL_R_TLSV1_ALERT_UNKNOWN_CA);
		expect_refusal(with_certificate(v, &expired), SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED);
		expect_refusal(with_certificate(v, &serving), SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE);
	}
	assert_int_equal(atomic_load(&begun), 2);
	stop();
	cert_free(&serving);
	cert_free(&expired);
	cert_free(&wrong);
	cert_free(&good);
	cert_free(&theirs);
	cert_free(&ours);
}

static void
tls_client_certificate_is_shown_in_every_handshake(void **state)
{
	struct cert good = cert_make("good", CERT_CLIENT, &authority);
	char path[TEMP_PATH_MAX];

	(void)state;
	cert_write(temp_join(path, dir, "clients.pem"), &authority, NULL);
	START("--tls-client-ca", path);
	for (int v = TLS1_2_VERSION; v <= TLS1_3_VERSION; v++) {
		SSL_CTX *ctx = with_certificate(v, &good);
		struct client c;

		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
		SSL_CTX_sess_set_new_cb(ctx, on_session);
		dial_with(&c, ctx);
		say(&c, GET("/a"));
		expect(&c, 200, "tls GET /a ");
		if (seen != NULL)
			assert_false(SSL_SESSION_has_ticket(seen));
		hang_up(&c);
		forget_session();
	}
	stop();
	cert_free(&good);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tls_1_2_and_1_3_are_spoken_beside_plain_http),
	    cmocka_unit_test(tls_older_versions_are_refused_with_an_alert),
	    cmocka_unit_test(tls_key_exchange_by_rsa_and_cbc_suites_are_refused),
	    cmocka_unit_test(tls_every_suite_of_the_list_is_spoken),
	    cmocka_unit_test(tls_the_lists_first_suite_is_taken_or_chacha_where_the_client_puts_it_first),
	    cmocka_unit_test(tls_three_groups_are_taken_and_no_other),
	    cmocka_unit_test(tls_http_1_1_is_the_only_protocol_inside),
	    cmocka_unit_test(tls_renegotiation_is_refused_each_time),
	    cmocka_unit_test(tls_ticket_resumes_until_its_key_is_gone),
	    cmocka_unit_test(tls_ticket_does_not_survive_a_reload),
	    cmocka_unit_test(tls_client_certificate_is_wanted_where_an_authority_is_named),
	    cmocka_unit_test(tls_client_certificate_is_shown_in_every_handshake),
	};

	signal(SIGPIPE, SIG_IGN); /* the client's; the server does without */
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
