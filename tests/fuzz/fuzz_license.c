/* A licence file. What is taken is whole and in text that XML can hold, for ServerInfo shows it; what is refused is
 * refused with a reason, and leaves the caller's licence alone. */
#include "fuzz.h"
#include "fuzz_file.h"

#include "../../impl/base/text.h"
#include "../../impl/cache/license.h"

static void
check_text(const char *s)
{
	MUST(s != NULL && text_is_xml(s, strlen(s)));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct license l, before;
	struct srv_reason why = {""};
	enum srv_err err;

	memset(&l, 0x5a, sizeof l);
	before = l;
	err = license_read(file_write(data, size), &l, &why);
	if (err != SRV_OK) {
		MUST(err == SRV_EINVAL || err == SRV_ELIMIT);
		MUST(memcmp(&l, &before, sizeof l) == 0);
		fuzz_check_reason(&why);
		MUST(strstr(why.text, file.path) == NULL);
		return 0;
	}
	MUST(size <= LICENSE_BYTES_MAX && l.user_count >= 0);
	check_text(l.company_name);
	for (size_t i = 0; i < l.extra_count; i++) {
		check_text(l.extra[i].name);
		check_text(l.extra[i].value);
	}
	license_fini(&l);
	return 0;
}
