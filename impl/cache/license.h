/* The licence file: <License> with CompanyName, UserCount, SubscriptionEndDate, Workflow,
 * AnonymousAccess, ComplianceModule as child elements, and others, which are kept. Thread: any. */
#ifndef SRV_CACHE_LICENSE_H
#define SRV_CACHE_LICENSE_H

#include "../base/clock.h"
#include "../base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LICENSE_BYTES_MAX 65536

struct license_extra {
	char *name, *value;
};
struct license {
	char *company_name;
	int64_t user_count;
	wall_t subscription_end;
	bool workflow, anonymous_access, compliance_module;
	struct license_extra *extra; /* what else the file holds, in its order */
	size_t extra_count;
};

/* Reads a regular file (no device, FIFO or directory; opened without blocking) of at most
 * LICENSE_BYTES_MAX bytes with expat; document types are refused, and so is a file that others may read
 * (guarded.h). Owns: *out is the caller's
 * (license_fini) on SRV_OK. Errors: SRV_ENOENT, SRV_EIO, SRV_ELIMIT, SRV_EINVAL (not well-formed, not a
 * licence, a value that is none, a required element missing or given twice), SRV_ENOMEM; why says which
 * element or line, without the path. */
enum srv_err license_read(const char *path, struct license *out, struct srv_reason *why);
void license_fini(struct license *);

#endif
