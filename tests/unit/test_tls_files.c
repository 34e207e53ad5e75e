/* Certificates and keys: what is refused at the start and in which words, and how they are replaced while the server
 * runs. */
#include "tls_fixture.h"

/* ---- files ----------------------------------------------------------------------------------------------- */

/* What may be wrong with the files, one at a time, and the words for it. */
struct mistake {
	const char *certificate, *key, *client_ca; /* in dir; NULL: the good one, none for client_ca */
	enum srv_err err;
	const char *says;
};

static const struct mistake mistakes[] = {
    {"none.pem", NULL, NULL, SRV_ENOENT, "tls_certificate: No such file or directory"},
    {"garbage.pem", NULL, NULL, SRV_EINVAL, "tls_certificate: no certificate in PEM is in the file"},
    {"damaged.pem", NULL, NULL, SRV_EINVAL, "tls_certificate: damaged: "},
    {"", NULL, NULL, SRV_EINVAL, "tls_certificate: not a file"},
    {"pipe", NULL, NULL, SRV_EINVAL, "tls_certificate: not a file"},
    {"expired.pem", "other.key", NULL, SRV_EINVAL, "tls_certificate: the certificate expired at 20"},
    {"early.pem", "other.key", NULL, SRV_EINVAL, "tls_certificate: the certificate is not valid yet"},
    {"weak.pem", "weak.key", NULL, SRV_EINVAL, "tls_certificate: ee key too small"},
    {"other.pem", NULL, NULL, SRV_EINVAL, "tls_key: the key is not that of tls_certificate"},
    {NULL, "other.key", NULL, SRV_EINVAL, "tls_key: the key is not that of tls_certificate"},
    {NULL, "none.key", NULL, SRV_ENOENT, "tls_key: No such file or directory"},
    {NULL, "garbage.pem", NULL, SRV_EINVAL, "tls_key: no private key in PEM without a passphrase: "},
    {NULL, "locked.key", NULL, SRV_EINVAL, "tls_key: no private key in PEM without a passphrase: "},
    {NULL, "group.key", NULL, SRV_EINVAL,
	"tls_key: the file is open to its group or to others (mode 640); chmod 600 it"},
    {NULL, "world.key", NULL, SRV_EINVAL,
	"tls_key: the file is open to its group or to others (mode 604); chmod 600 it"},
    {NULL, NULL, "none.pem", SRV_ENOENT, "tls_client_ca: No such file or directory"},
    {NULL, NULL, "garbage.pem", SRV_EINVAL, "tls_client_ca: no certificate in PEM is in the file"},
};
#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

static void
make_mistakes(void)
{
	struct cert other = cert_make("localhost", CERT_SERVER, &authority);
	struct cert weak = cert_make_long(
	    "localhost", CERT_SERVER, cert_rsa_key(1024), &authority, -CERT_DAY, CERT_DAY, 0);
	struct cert expired = {other.key, NULL}, early = {other.key, NULL};

	EVP_PKEY_up_ref(other.key);
	expired = cert_make_long("localhost", CERT_SERVER, other.key, &authority, -2 * CERT_DAY, -60, 0);
	EVP_PKEY_up_ref(other.key);
	early = cert_make_long("localhost", CERT_SERVER, other.key, &authority, CERT_DAY, 2 * CERT_DAY, 0);
	cert_write(TEMP_PATH(dir, "other.pem"), &other, NULL);
	cert_write_key(TEMP_PATH(dir, "other.key"), &other, NULL);
	cert_write(TEMP_PATH(dir, "weak.pem"), &weak, NULL);
	cert_write_key(TEMP_PATH(dir, "weak.key"), &weak, NULL);
	cert_write(TEMP_PATH(dir, "expired.pem"), &expired, NULL);
	cert_write(TEMP_PATH(dir, "early.pem"), &early, NULL);
	cert_write_key(TEMP_PATH(dir, "locked.key"), &server_cert, "secret");
	cert_write_key(TEMP_PATH(dir, "group.key"), &server_cert, NULL);
	assert_int_equal(chmod(TEMP_PATH(dir, "group.key"), 0640), 0);
	cert_write_key(TEMP_PATH(dir, "world.key"), &server_cert, NULL);
	assert_int_equal(chmod(TEMP_PATH(dir, "world.key"), 0604), 0);
	temp_puts(TEMP_PATH(dir, "garbage.pem"), "nothing of the kind\n");
	assert_int_equal(chmod(TEMP_PATH(dir, "garbage.pem"), 0600), 0);
	temp_puts(TEMP_PATH(dir, "damaged.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	if (access(TEMP_PATH(dir, "pipe"), F_OK) != 0)
		assert_int_equal(mkfifo(TEMP_PATH(dir, "pipe"), 0600), 0);
	cert_free(&early);
	cert_free(&expired);
	cert_free(&weak);
	cert_free(&other);
}

static void
expect_mistake(const struct mistake *m, enum srv_err err, const struct srv_reason *why)
{
	if (err != m->err || strncmp(why->text, m->says, strlen(m->says)) != 0)
		fail_msg("%d `%s`, not %d `%s`", err, why->text, m->err, m->says);
	assert_null(strchr(why->text, '\n'));
	assert_null(strstr(why->text, dir));
}

static void
tls_start_with_a_bad_file_is_refused_and_says_which(void **state)
{
	(void)state;
	make_mistakes();
	for (size_t i = 0; i < MISTAKES; i++) {
		const struct mistake *m = &mistakes[i];
		struct srv_reason why = {""}, checked = {""};
		const char *certificate = m->certificate != NULL ? TEMP_PATH(dir, m->certificate) : cert_path;
		const char *key = m->key != NULL ? TEMP_PATH(dir, m->key) : key_path;
		const char *ca = m->client_ca != NULL ? TEMP_PATH(dir, m->client_ca) : "";

		load_conf((char *[]){"--tls-certificate", (char *)(uintptr_t)certificate, "--tls-key",
		    (char *)(uintptr_t)key, "--tls-client-ca", (char *)(uintptr_t)ca, NULL});
		expect_mistake(m, server_open(conf, &server, &why), &why);
		assert_null(server);
		expect_mistake(m, server_check_tls(conf, &checked), &checked);
		conf_free(&conf);
	}
}

static void
tls_start_without_a_certificate_or_a_key_is_refused(void **state)
{
	struct srv_reason why = {""};

	(void)state;
	load_conf((char *[]){"--tls-certificate=", NULL});
	assert_int_equal(server_open(conf, &server, &why), SRV_EINVAL);
	assert_string_equal(why.text, "tls_certificate: listen_tls wants one, and it is not set");
	conf_free(&conf);
	load_conf((char *[]){"--tls-key=", NULL});
	assert_int_equal(server_check_tls(conf, &why), SRV_EINVAL);
	assert_string_equal(why.text, "tls_key: listen_tls wants one, and it is not set");
	conf_free(&conf);
}

static void
tls_files_are_not_looked_at_without_an_address_for_them(void **state)
{
	char *argv[] = {"srvd", "--listen", "127.0.0.1:0", "--tls-key", "/nonexistent"}, *env[] = {NULL};
	struct srv_reason why = {""};
	struct client c;

	(void)state;
	assert_int_equal(conf_load(5, argv, env, &conf, &why), SRV_OK);
	assert_int_equal(server_check_tls(conf, &why), SRV_OK);
	assert_int_equal(server_open(conf, &server, &why), SRV_OK);
	assert_int_equal(server_start(&server, &the_endpoint, &why), SRV_OK);
	assert_int_equal(server_reload_tls(server, &(struct tls_files){NULL, "/nonexistent", NULL}, &why), SRV_OK);
	dial_plain(&c);
	say(&c, GET("/a"));
	expect(&c, 200, "GET /a ");
	hang_up(&c);
	stop();
}

/* ---- reload ---------------------------------------------------------------------------------------------- */

static long
serial_seen(const struct client *c)
{
	X509 *x = SSL_get1_peer_certificate(c->ssl);
	long serial;

	assert_non_null(x);
	serial = ASN1_INTEGER_get(X509_get0_serialNumber(x));
	X509_free(x);
	return serial;
}

static long
serial_of(const struct cert *c)
{
	return ASN1_INTEGER_get(X509_get0_serialNumber(c->x509));
}

static void
tls_reload_gives_new_connections_the_new_certificate_and_leaves_the_old_ones(void **state)
{
	struct cert renewed = cert_make("localhost", CERT_SERVER, &authority);
	struct tls_files files = {TEMP_PATH(dir, "new.pem"), TEMP_PATH(dir, "new.key"), NULL};
	struct srv_reason why;
	struct client old, waiting, shaking, fresh;
	SSL_CTX *ctx = client_context();

	(void)state;
	cert_write(files.certificate, &renewed, NULL);
	cert_write_key(files.key, &renewed, NULL);
	start(NULL);
	dial(&old);
	dial(&waiting);
	say(&waiting, GET("/held"));
	wait_until_held();
	/* Connected before, but says nothing until after. */
	dial_silent(&shaking);
	probe();
	assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	assert_true(server_tls_expires(server).s > clock_wall().s + 29 * CERT_DAY);
	dial(&fresh);
	assert_int_equal(serial_seen(&fresh), serial_of(&renewed));
	assert_int_equal(serial_seen(&old), serial_of(&server_cert));
	assert_int_equal(shake(&shaking, ctx), 1);
	SSL_CTX_free(ctx);
	release_held();
	expect(&waiting, 200, "pending");
	for (int i = 0; i < 3; i++) {
		say(&old, GET("/a"));
		expect(&old, 200, "tls GET /a ");
		say(&waiting, GET("/b"));
		expect(&waiting, 200, "tls GET /b ");
		say(&shaking, GET("/c"));
		expect(&shaking, 200, "tls GET /c ");
		say(&fresh, GET("/d"));
		expect(&fresh, 200, "tls GET /d ");
	}
	hang_up(&old);
	hang_up(&waiting);
	hang_up(&shaking);
	hang_up(&fresh);
	stop();
	cert_free(&renewed);
}

static void
tls_failed_reload_keeps_the_old_certificate(void **state)
{
	struct client old, fresh;

	(void)state;
	make_mistakes();
	start(NULL);
	dial(&old);
	for (size_t i = 0; i < MISTAKES; i++) {
		const struct mistake *m = &mistakes[i];
		struct srv_reason why = {""};
		struct tls_files files;

		files.certificate = m->certificate != NULL ? TEMP_PATH(dir, m->certificate) : cert_path;
		files.key = m->key != NULL ? TEMP_PATH(dir, m->key) : key_path;
		files.client_ca = m->client_ca != NULL ? TEMP_PATH(dir, m->client_ca) : NULL;
		expect_mistake(m, server_reload_tls(server, &files, &why), &why);
		dial(&fresh);
		assert_int_equal(serial_seen(&fresh), serial_of(&server_cert));
		hang_up(&fresh);
	}
	say(&old, GET("/a"));
	expect(&old, 200, "tls GET /a ");
	hang_up(&old);
	stop();
}

static void
tls_reload_may_begin_and_cease_to_ask_for_certificates(void **state)
{
	char path[TEMP_PATH_MAX];
	struct tls_files files;
	struct srv_reason why;

	(void)state;
	cert_write(temp_join(path, dir, "clients.pem"), &authority, NULL);
	start(NULL);
	files = files_of_conf();
	files.client_ca = path;
	probe();
	assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	expect_refusal(client_context(), SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
	files.client_ca = NULL;
	assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	probe();
	stop();
}

static void *
reload_often(void *arg)
{
	const struct tls_files *files = arg;
	struct srv_reason why;

	for (int i = 0; i < 100; i++)
		if (server_reload_tls(server, files, &why) != SRV_OK)
			abort();
	return NULL;
}

static void
tls_reload_under_handshakes_loses_none(void **state)
{
	struct tls_files files;
	pthread_t thread;

	(void)state;
	start(NULL);
	files = files_of_conf();
	assert_int_equal(pthread_create(&thread, NULL, reload_often, &files), 0);
	for (int i = 0; i < 50; i++)
		probe();
	pthread_join(thread, NULL);
	stop();
}

static void
tls_chain_behind_the_certificate_is_sent(void **state)
{
	struct cert middle = cert_make("Middle", CERT_AUTHORITY, &authority);
	struct cert leaf = cert_make("localhost", CERT_SERVER, &middle);
	struct tls_files files = {TEMP_PATH(dir, "chain.pem"), TEMP_PATH(dir, "chain.key"), NULL};
	struct srv_reason why;

	(void)state;
	cert_write(files.certificate, &leaf, &middle);
	cert_write_key(files.key, &leaf, NULL);
	start(NULL);
	assert_int_equal(server_reload_tls(server, &files, &why), SRV_OK);
	probe(); /* which knows the root only */
	stop();
	cert_free(&leaf);
	cert_free(&middle);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tls_start_with_a_bad_file_is_refused_and_says_which),
	    cmocka_unit_test(tls_start_without_a_certificate_or_a_key_is_refused),
	    cmocka_unit_test(tls_files_are_not_looked_at_without_an_address_for_them),
	    cmocka_unit_test(tls_reload_gives_new_connections_the_new_certificate_and_leaves_the_old_ones),
	    cmocka_unit_test(tls_failed_reload_keeps_the_old_certificate),
	    cmocka_unit_test(tls_reload_may_begin_and_cease_to_ask_for_certificates),
	    cmocka_unit_test(tls_reload_under_handshakes_loses_none),
	    cmocka_unit_test(tls_chain_behind_the_certificate_is_sent),
	};

	signal(SIGPIPE, SIG_IGN); /* the client's; the server does without */
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
