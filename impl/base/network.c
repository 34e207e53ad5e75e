/* Why: who is asked about an address (the proxies that are trusted, the one that a proxy names) is asked in net/ and in
 * endpoint/, and both must mean the same by it, however the address was spelt.
 * Called on the main thread while starting, then on event loops. */
#include "network.h"
#include "text.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

struct network {
	struct network_address address;
	int bits; /* of 128 */
};

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool
network_address_parse(const char *text, size_t len, struct network_address *out)
{
	struct network_address a;
	char copy[NETWORK_TEXT_MAX];

	if (len >= sizeof copy || memchr(text, '\0', len) != NULL)
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (inet_pton(AF_INET6, copy, a.bytes) != 1) {
		memcpy(a.bytes, mapped, sizeof mapped);
		if (inet_pton(AF_INET, copy, a.bytes + sizeof mapped) != 1)
			return false;
	}
	*out = a;
	return true;
}

const char *
network_address_text(const struct network_address *a, char out[NETWORK_TEXT_MAX])
{
	bool four = memcmp(a->bytes, mapped, sizeof mapped) == 0;

	/* Neither family's text is longer than NETWORK_TEXT_MAX, which is all that could fail. */
	if (inet_ntop(four ? AF_INET : AF_INET6, a->bytes + (four ? sizeof mapped : 0), out, NETWORK_TEXT_MAX) == NULL)
		out[0] = '\0';
	return out;
}

bool
network_address_is_loopback(const struct network_address *a)
{
	static const uint8_t one[16] = {[15] = 1};

	if (memcmp(a->bytes, mapped, sizeof mapped) == 0)
		return a->bytes[sizeof mapped] == 127;
	return memcmp(a->bytes, one, sizeof one) == 0;
}

static bool
parse_network(const char *text, struct network *out)
{
	size_t len = strcspn(text, "/");
	int64_t family_bits = memchr(text, ':', len) != NULL ? 128 : 32, bits = family_bits;

	if (!network_address_parse(text, len, &out->address))
		return false;
	if (text[len] == '/' && !text_parse_int(text + len + 1, 0, family_bits, &bits))
		return false;
	out->bits = (int)(bits + 128 - family_bits);
	return true;
}

enum srv_err
networks_init(struct networks *out, const struct conf_list *list, const char *name, struct srv_reason *why)
{
	struct networks n = {calloc(list->count + 1, sizeof *n.item), 0};

	if (n.item == NULL)
		return srv_fail(why, SRV_ENOMEM, "%s: out of memory", name);
	for (; n.count < list->count; n.count++) {
		if (!parse_network(list->item[n.count], &n.item[n.count])) {
			free(n.item);
			return srv_fail(
			    why, SRV_EINVAL, "%s: \"%s\" is no address or network", name, list->item[n.count]);
		}
	}
	*out = n;
	return SRV_OK;
}

void
networks_fini(struct networks *n)
{
	free(n->item);
	*n = (struct networks){0};
}

static bool
holds(const struct network *n, const struct network_address *a)
{
	size_t whole = (size_t)n->bits / 8;
	int rest = n->bits % 8;

	if (memcmp(n->address.bytes, a->bytes, whole) != 0)
		return false;
	return rest == 0 || ((n->address.bytes[whole] ^ a->bytes[whole]) >> (8 - rest)) == 0;
}

bool
networks_hold(const struct networks *n, const struct network_address *a)
{
	for (size_t i = 0; i < n->count; i++)
		if (holds(&n->item[i], a))
			return true;
	return false;
}
