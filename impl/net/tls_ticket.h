/* Session tickets under keys that change. For tls.c only. Thread: tls_ticket_use before the context is shared. */
#ifndef SRV_NET_TLS_TICKET_H
#define SRV_NET_TLS_TICKET_H

#include "../base/err.h"

#include <openssl/ssl.h>

#define TLS_TICKET_LIFE_S 3600 /* a ticket's, and a key's for making them */

/* From now on the context makes and takes tickets under keys of its own, which go when it goes.
 * Errors: SRV_ENOMEM, SRV_EIO (no random bytes). */
enum srv_err tls_ticket_use(SSL_CTX *);

#endif
