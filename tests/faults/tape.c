/* Why: kill -9 takes nothing from the disk, for what was written lies in the kernel's cache and gets there in time. A
 * power cut takes whatever was not synced, in any selection. Which that is only the process knows, so the calls are
 * recorded: each is one record, appended with one writev(2), which lays the records of threads and processes one behind
 * the other. Model: a record is a head, which power.py knows too, and the bytes written. Files are told apart by the
 * name that /proc gives a descriptor; what was unlinked has another there, and nobody will ever read it. Called by
 * shim.c, in front of the C library. */
#define _GNU_SOURCE
#include "tape.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct head {
	char kind;
	char name[23]; /* the last part of the path */
	uint32_t thread, len;
	uint64_t at;
};

static int tape = -1;

void
tape_open(void)
{
	const char *path = getenv("FAULT_TAPE");

	if (path == NULL)
		return;
	tape = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (tape < 0)
		abort();
}

static void
put(enum tape_kind kind, const char *path, off_t at, const void *bytes, size_t len)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash == NULL ? path : slash + 1;
	struct head h = {.kind = (char)kind, .thread = (uint32_t)gettid(), .len = (uint32_t)len, .at = (uint64_t)at};
	struct iovec parts[] = {{&h, sizeof(h)}, {(void *)(uintptr_t)bytes, len}};

	if (strlen(name) >= sizeof(h.name))
		return; /* none of a store's */
	strcpy(h.name, name);
	if (syscall(SYS_writev, tape, parts, len == 0 ? 1 : 2) != (long)(sizeof(h) + len))
		abort(); /* a cut that knows half of it would find fault with what is right */
}

void
tape_put(enum tape_kind kind, int fd, off_t at, const void *bytes, size_t len)
{
	char link[64], path[4096];
	int saved = errno;
	ssize_t n;

	if (tape < 0)
		return;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n > 0) {
		path[n] = '\0';
		put(kind, path, at, bytes, len);
	}
	errno = saved;
}

void
tape_unlink(const char *path)
{
	int saved = errno;

	if (tape >= 0)
		put(TAPE_UNLINK, path, 0, NULL, 0);
	errno = saved;
}
