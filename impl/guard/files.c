/* Why: whoever gets srvd to run his code should find no file to read but srvd's own, and none to change but the store.
 * Model: Landlock ties rules to directories as they are now, not to their names, so a file may be replaced within its
 * directory (a licence, a certificate, the store), and a directory may not. The kernel's interface is three system
 * calls without wrappers in the C library; rights that a kernel does not know yet must not be asked of it.
 * Called by srvd's sandbox.c. */
/* O_PATH */
#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than Debian 12's headers: versions 3 and 5. */
#define RIGHT_TRUNCATE (UINT64_C(1) << 14)
#define RIGHT_IOCTL_DEV (UINT64_C(1) << 15)

#define RIGHTS_OF_FILES                                                                                               \
	(LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | RIGHT_TRUNCATE | \
	    RIGHT_IOCTL_DEV)

/* The kernel's rights are numbered in the order in which they came. */
static uint64_t
known_rights(int abi)
{
	if (abi >= 5)
		return 2 * RIGHT_IOCTL_DEV - 1;
	if (abi >= 3)
		return 2 * RIGHT_TRUNCATE - 1;
	return abi == 2 ? 2 * LANDLOCK_ACCESS_FS_REFER - 1 : 2 * LANDLOCK_ACCESS_FS_MAKE_SYM - 1;
}

static uint64_t
rights_of(enum files_right right)
{
	uint64_t rights = LANDLOCK_ACCESS_FS_READ_DIR;

	if (right != FILES_LIST)
		rights |= LANDLOCK_ACCESS_FS_READ_FILE;
	if (right == FILES_WRITE)
		rights |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			  RIGHT_TRUNCATE;
	return rights;
}

static enum srv_err
add(int ruleset, const struct files_rule *rule, uint64_t known, struct srv_reason *why)
{
	struct landlock_path_beneath_attr beneath = {.allowed_access = rights_of(rule->right) & known};
	enum srv_err err = SRV_OK;
	struct stat st;

	beneath.parent_fd = open(rule->path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES
			   ? SRV_OK
			   : srv_fail(why, SRV_EIO, "landlock: %s", strerror(errno));
	if (fstat(beneath.parent_fd, &st) == 0 && !S_ISDIR(st.st_mode))
		beneath.allowed_access &= RIGHTS_OF_FILES;
	if (beneath.allowed_access != 0 &&
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0)
		err = srv_fail(why, SRV_EIO, "landlock: %s", strerror(errno));
	close(beneath.parent_fd);
	return err;
}

enum srv_err
files_restrict(const struct files_rule *rules, size_t count, int *abi, struct srv_reason *why)
{
	int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_ruleset_attr attr = {0};
	enum srv_err err = SRV_OK;
	int ruleset;

	if (version < 1)
		return srv_fail(why, SRV_EVERSION, "landlock: %s", strerror(errno));
	attr.handled_access_fs = known_rights(version);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (ruleset < 0)
		return srv_fail(why, SRV_EIO, "landlock: %s", strerror(errno));
	for (size_t i = 0; i < count && err == SRV_OK; i++)
		err = add(ruleset, &rules[i], attr.handled_access_fs, why);
	if (err == SRV_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		err = srv_fail(why, SRV_EIO, "landlock: %s", strerror(errno));
	close(ruleset);
	if (err == SRV_OK)
		*abi = version;
	return err;
}
