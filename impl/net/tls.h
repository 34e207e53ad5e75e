/* TLS as the listeners of a server share it: certificate, key and rules, made from files, and replaced while
 * connections live. For server.c, tls_conn.c and tests.
 *
 * OpenSSL works on the sockets themselves, and libevent only says when they are ready. Its bufferevents would do both,
 * but they keep each connection's bytes in buffers of their own, have a deadline for each single read instead of one
 * for the whole request, and hide whether an end was said or the connection was cut. A connection here owns nothing
 * while it is idle, and conn_in_read and conn_out.c's write_some are where TLS and plain differ.
 *
 * Thread: any, but for tls_free. */
#ifndef SRV_NET_TLS_H
#define SRV_NET_TLS_H

#include "../base/clock.h"
#include "../base/err.h"

struct ssl_st;
struct tls;
struct tls_socket;

/* Names of PEM files. */
struct tls_files {
	const char *certificate; /* the server's, then those between it and its authority */
	const char *key;         /* the private key */
	const char *client_ca;   /* who must have signed each client's certificate; NULL: none is asked for */
};

/* Reads and judges the files: the certificate must be valid now, the key be its own and readable by its owner only.
 * Owns: *out is the caller's on SRV_OK (tls_free).
 * Errors: SRV_EINVAL; SRV_ENOENT, SRV_EIO if a file cannot be read; SRV_ENOMEM. why names the configuration's key. */
enum srv_err tls_new(const struct tls_files *, struct tls **out, struct srv_reason *why);
/* What tls_new would make replaces what is there, for connections that begin from now on. On failure nothing
 * changes. Errors: as tls_new. */
enum srv_err tls_reload(struct tls *, const struct tls_files *, struct srv_reason *why);
/* Every connection made from it must be gone. */
void tls_free(struct tls **);
/* When the certificate stops being valid. */
wall_t tls_expires(struct tls *);

/* A connection's state, that reads and writes by the socket. Owns: *out is the caller's on SRV_OK (SSL_free); the
 * socket is borrowed for its life. Errors: SRV_ENOMEM. */
enum srv_err tls_session(struct tls *, struct tls_socket *, struct ssl_st **out);

#endif
