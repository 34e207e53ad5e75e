/* Counts connections, in all and from each address, against their limits. Thread: any. */
#ifndef SRV_NET_CAPS_H
#define SRV_NET_CAPS_H

#include "../base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct caps;

/* An address without its port; IPv4 mapped into IPv6. */
struct caps_address {
	unsigned char bytes[16];
};

enum caps_result { CAPS_OK, CAPS_ALL, CAPS_ADDRESS, CAPS_NOMEM };

/* Errors: SRV_ENOMEM, SRV_EIO (no random bytes). */
enum srv_err caps_new(size_t max_all, size_t max_address, struct caps **out);
void caps_free(struct caps **);
/* Other limits from now on; what is over them already stays. */
void caps_configure(struct caps *, size_t max_all, size_t max_address);
void caps_address_of(const struct sockaddr *, struct caps_address *out);
/* Counts one more, if CAPS_OK: then caps_release is due. NULL: it is not known yet whose it is, and only the limit in
 * all applies. */
enum caps_result caps_take(struct caps *, const struct caps_address *);
/* One that was counted without an address has this one, if CAPS_OK; else it still has none. */
enum caps_result caps_assign(struct caps *, const struct caps_address *);
/* With what it has. */
void caps_release(struct caps *, const struct caps_address *);

#endif
