/* Certificates and keys out of PEM files. For tls.c only. Thread: any.
 * Errors of all: SRV_ENOENT, SRV_EIO (the file cannot be read), SRV_EINVAL (it is not as it must be), SRV_ENOMEM; why
 * begins with the given word, which is the key of the configuration. */
#ifndef SRV_NET_TLS_FILE_H
#define SRV_NET_TLS_FILE_H

#include "../base/err.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

/* At least one certificate, in the file's order. Owns: *out is the caller's on SRV_OK (sk_X509_pop_free with
 * X509_free). */
enum srv_err tls_file_certificates(
    const char *path, const char *word, struct stack_st_X509 **out, struct srv_reason *why);
/* A private key without a passphrase, in a file that only its owner may read or write. Owns: EVP_PKEY_free. */
enum srv_err tls_file_key(const char *path, const char *word, EVP_PKEY **out, struct srv_reason *why);
/* The words for what OpenSSL refused last, a constant; empties its queue of errors. */
const char *tls_file_refusal(void);

#endif
