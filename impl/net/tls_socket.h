/* A socket as OpenSSL sees it. For tls.c and tls_conn.c. Thread: the connection's loop. */
#ifndef SRV_NET_TLS_SOCKET_H
#define SRV_NET_TLS_SOCKET_H

#include <openssl/bio.h>
#include <stdbool.h>

struct tls_socket {
	int fd;
	bool fed;   /* a read was made; the next one has to wait until this is false again */
	bool begun; /* bytes have come */
	bool ended; /* the peer's side of the connection is at its end */
};

/* NULL without memory. The socket is borrowed for the BIO's life. */
BIO *tls_socket_bio(struct tls_socket *);

#endif
