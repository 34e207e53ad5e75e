/* A PROXY header: what it says does not depend on how it was cut, nor on what stands behind it, and a client's address
 * is one that can be written and read again. */
#include "fuzz.h"

#include "../../impl/net/proxy.h"

static enum proxy_result
read_exactly(const uint8_t *data, size_t len, struct proxy_header *out)
{
	char *copy = fuzz_copy(data, len);
	enum proxy_result r = proxy_read(copy, len, out);

	free(copy);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct proxy_header whole = {0}, part = {0};
	enum proxy_result result = read_exactly(data, size, &whole), r = PROXY_MORE;
	struct network_address again;
	char text[NETWORK_TEXT_MAX];
	size_t n;

	for (n = 0; n <= size && r == PROXY_MORE; n++)
		r = read_exactly(data, n, &part);
	MUST(r == result);
	if (result != PROXY_WHOLE)
		return 0;
	MUST(whole.used == n - 1 && part.used == whole.used && part.local == whole.local && part.tls == whole.tls);
	MUST(whole.used <= PROXY_V2_HEAD + PROXY_V2_LENGTH);
	if (!whole.local) {
		MUST(memcmp(&whole.client, &part.client, sizeof again) == 0);
		network_address_text(&whole.client, text);
		MUST(network_address_parse(text, strlen(text), &again));
		MUST(memcmp(&whole.client, &again, sizeof again) == 0);
	}
	return 0;
}
