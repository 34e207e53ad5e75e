/* For unit tests: a directory of their own, files in it, and its removal. */
#ifndef SRV_TESTS_TEMPDIR_H
#define SRV_TESTS_TEMPDIR_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMP_PATH_MAX 1024

static inline void
temp_check(int holds, const char *what)
{
	if (holds)
		return;
	perror(what);
	abort();
}

/* Makes a directory in $TMPDIR or /tmp and writes its path to dir. */
static inline void
temp_make(char dir[TEMP_PATH_MAX])
{
	const char *base = getenv("TMPDIR");

	snprintf(dir, TEMP_PATH_MAX, "%s/srv-unit-XXXXXX", base == NULL || base[0] == '\0' ? "/tmp" : base);
	umask(077); /* a store or licence that others may read is refused */
	temp_check(mkdtemp(dir) != NULL, "mkdtemp");
}

/* Removes path and everything below it; a link is removed and not followed. */
static inline void
temp_remove(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return;
	if (!S_ISDIR(st.st_mode)) {
		unlink(path);
		return;
	}
	(void)chmod(path, 0700);
	DIR *dir = opendir(path);

	for (struct dirent *e; dir != NULL && (e = readdir(dir)) != NULL;) {
		char child[TEMP_PATH_MAX];

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (snprintf(child, sizeof child, "%s/%s", path, e->d_name) < (int)sizeof child)
			temp_remove(child);
	}
	if (dir != NULL)
		closedir(dir);
	rmdir(path);
}

/* dir/name, in a buffer of the caller's. */
static inline const char *
temp_join(char path[TEMP_PATH_MAX], const char *dir, const char *name)
{
	temp_check(snprintf(path, TEMP_PATH_MAX, "%s/%s", dir, name) < TEMP_PATH_MAX, "path");
	return path;
}
#define TEMP_PATH(dir, name) temp_join((char[TEMP_PATH_MAX]){0}, (dir), (name))

static inline void
temp_write(const char *path, const void *bytes, size_t len)
{
	FILE *f = fopen(path, "wb");

	temp_check(f != NULL, path);
	temp_check(fwrite(bytes, 1, len, f) == len, path);
	temp_check(fclose(f) == 0, path);
}

static inline void
temp_puts(const char *path, const char *text)
{
	temp_write(path, text, strlen(text));
}

#define TEMP_LICENSE                                                                                            \
	"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<License>\n  <CompanyName>Example Company</CompanyName>\n" \
	"  <UserCount>25</UserCount>\n  <SubscriptionEndDate>2030-12-31T23:59:59Z</SubscriptionEndDate>\n"      \
	"  <Workflow>true</Workflow>\n  <AnonymousAccess>false</AnonymousAccess>\n"                             \
	"  <ComplianceModule>false</ComplianceModule>\n</License>\n"

#endif
