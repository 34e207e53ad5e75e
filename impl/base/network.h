/* IP addresses and networks as values, and lists of networks such as trusted_proxies. Thread: any. */
#ifndef SRV_BASE_NETWORK_H
#define SRV_BASE_NETWORK_H

#include "conf.h"
#include "err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* IPv4 is mapped into IPv6 (::ffff:a.b.c.d), so that one address has one value. */
struct network_address {
	uint8_t bytes[16];
};

/* `10.0.0.7` or `2001:db8::1`: numeric, whole, without brackets, port or zone. The text need not end in NUL. */
bool network_address_parse(const char *text, size_t len, struct network_address *out);
/* The other way; a mapped address is written as IPv4. Returns out. */
#define NETWORK_TEXT_MAX 46
const char *network_address_text(const struct network_address *, char out[NETWORK_TEXT_MAX]);

/* 127.0.0.0/8 or ::1. */
bool network_address_is_loopback(const struct network_address *);

/* Networks, immutable once made. {0} holds none. */
struct networks {
	struct network *item; /* owned */
	size_t count;
};

/* Reads addresses and networks (10.0.0.0/8). name is the configuration's key, for why. Owns: *out is the caller's
 * on SRV_OK (networks_fini). Errors: SRV_EINVAL, SRV_ENOMEM. */
enum srv_err networks_init(struct networks *out, const struct conf_list *, const char *name, struct srv_reason *why);
void networks_fini(struct networks *);
bool networks_hold(const struct networks *, const struct network_address *);

#endif
