/* Why: libsodium's randombytes_buf reads the same generator but ends the process when that fails, and one failed
 * login must not take the service down. So the kernel is asked directly.
 * Called for tickets, salts and the numbers of incidents, on any thread. */
#include "random.h"

#include <errno.h>
#include <sodium.h>
#include <stdint.h>
#include <sys/random.h>

enum srv_err
random_bytes(void *out, size_t len)
{
	size_t have = 0;

	while (have < len) {
		ssize_t n = getrandom((uint8_t *)out + have, len - have, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			sodium_memzero(out, len);
			return SRV_EIO;
		}
		have += (size_t)n;
	}
	return SRV_OK;
}
