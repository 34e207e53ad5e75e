/* For targets of what reads a file: one file, written anew for each input, which goes with the process. */
#ifndef SRV_TESTS_FUZZ_FILE_H
#define SRV_TESTS_FUZZ_FILE_H

#include "fuzz.h"
#include "../unit/tempdir.h"

#include <fcntl.h>
#include <unistd.h>

static struct {
	char dir[TEMP_PATH_MAX], path[TEMP_PATH_MAX];
	int fd;
} file = {.fd = -1};

static inline void
file_remove(void)
{
	close(file.fd);
	temp_remove(file.dir);
}

/* Returns its path. */
static inline const char *
file_write(const void *bytes, size_t len)
{
	if (file.fd < 0) {
		temp_make(file.dir);
		temp_join(file.path, file.dir, "input");
		file.fd = open(file.path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		MUST(file.fd >= 0);
		atexit(file_remove);
	}
	MUST(ftruncate(file.fd, 0) == 0 && pwrite(file.fd, bytes, len, 0) == (ssize_t)len);
	return file.path;
}

#endif
