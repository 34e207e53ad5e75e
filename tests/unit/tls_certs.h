/* For unit tests: authorities and certificates, made while the test runs. */
#ifndef SRV_TESTS_TLS_CERTS_H
#define SRV_TESTS_TLS_CERTS_H

#include "tempdir.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#define CERT_DAY 86400L

/* A certificate and its key; of an authority or of an end. */
struct cert {
	EVP_PKEY *key;
	X509 *x509;
};

enum cert_kind { CERT_AUTHORITY, CERT_SERVER, CERT_CLIENT };

static inline void
cert_check(int holds)
{
	if (holds)
		return;
	ERR_print_errors_fp(stderr);
	abort();
}

static inline void
cert_extend(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	cert_check(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
}

/* An extension that nobody reads, of so many bytes. */
static inline void
cert_swell(X509 *x, size_t bytes)
{
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *id = OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1);
	unsigned char *filling = calloc(1, bytes);
	X509_EXTENSION *e;

	cert_check(data != NULL && id != NULL && filling != NULL);
	cert_check(ASN1_OCTET_STRING_set(data, filling, (int)bytes) == 1);
	e = X509_EXTENSION_create_by_OBJ(NULL, id, 0, data);
	cert_check(e != NULL && X509_add_ext(x, e, -1) == 1);
	X509_EXTENSION_free(e);
	ASN1_OBJECT_free(id);
	ASN1_OCTET_STRING_free(data);
	free(filling);
}

/* by NULL: signed by itself. Valid from and to so many seconds from now. swell: bytes to add. */
static inline struct cert
cert_make_long(
    const char *name, enum cert_kind kind, EVP_PKEY *key, const struct cert *by, long from, long to, size_t swell)
{
	static long serial = 1;
	struct cert c = {key, X509_new()};
	const struct cert *issuer = by != NULL ? by : &c;
	X509_NAME *subject = X509_NAME_new();

	cert_check(key != NULL && c.x509 != NULL && subject != NULL);
	cert_check(X509_set_version(c.x509, X509_VERSION_3) == 1);
	cert_check(ASN1_INTEGER_set(X509_get_serialNumber(c.x509), serial++) == 1);
	cert_check(X509_gmtime_adj(X509_getm_notBefore(c.x509), from) != NULL);
	cert_check(X509_gmtime_adj(X509_getm_notAfter(c.x509), to) != NULL);
	cert_check(
	    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) == 1);
	cert_check(X509_set_subject_name(c.x509, subject) == 1);
	X509_NAME_free(subject);
	cert_check(X509_set_issuer_name(c.x509, X509_get_subject_name(issuer->x509)) == 1);
	cert_check(X509_set_pubkey(c.x509, key) == 1);
	cert_extend(c.x509, issuer->x509, NID_basic_constraints,
	    kind == CERT_AUTHORITY ? "critical,CA:TRUE" : "critical,CA:FALSE");
	cert_extend(c.x509, issuer->x509, NID_key_usage,
	    kind == CERT_AUTHORITY ? "critical,keyCertSign" : "critical,digitalSignature");
	if (kind != CERT_AUTHORITY)
		cert_extend(c.x509, issuer->x509, NID_ext_key_usage, kind == CERT_SERVER ? "serverAuth" : "clientAuth");
	if (kind == CERT_SERVER)
		cert_extend(c.x509, issuer->x509, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost");
	if (swell > 0)
		cert_swell(c.x509, swell);
	cert_check(X509_sign(c.x509, issuer->key, EVP_sha256()) > 0);
	return c;
}

static inline EVP_PKEY *
cert_ec_key(void)
{
	return EVP_EC_gen("P-256");
}

static inline EVP_PKEY *
cert_rsa_key(unsigned bits)
{
	return EVP_RSA_gen(bits);
}

/* One with a key for elliptic curves, valid from yesterday until in a month. */
static inline struct cert
cert_make(const char *name, enum cert_kind kind, const struct cert *by)
{
	return cert_make_long(name, kind, cert_ec_key(), by, -CERT_DAY, 30 * CERT_DAY, 0);
}

static inline void
cert_free(struct cert *c)
{
	X509_free(c->x509);
	EVP_PKEY_free(c->key);
	*c = (struct cert){NULL, NULL};
}

/* One certificate, and that of its authority behind it unless NULL. */
static inline void
cert_write(const char *path, const struct cert *c, const struct cert *chain)
{
	FILE *f = fopen(path, "w");

	temp_check(f != NULL, path);
	cert_check(PEM_write_X509(f, c->x509) == 1);
	if (chain != NULL)
		cert_check(PEM_write_X509(f, chain->x509) == 1);
	temp_check(fclose(f) == 0, path);
}

static inline void
cert_write_key(const char *path, const struct cert *c, const char *passphrase)
{
	FILE *f = fopen(path, "w");

	temp_check(f != NULL && fchmod(fileno(f), 0600) == 0, path);
	cert_check(PEM_write_PKCS8PrivateKey(f, c->key, passphrase != NULL ? EVP_aes_256_cbc() : NULL, passphrase,
		       passphrase != NULL ? (int)strlen(passphrase) : 0, NULL, NULL) == 1);
	temp_check(fclose(f) == 0, path);
}

#endif
