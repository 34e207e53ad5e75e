/* Why: whoever guesses passwords must not get new tries from a restart, least of all from one that he can bring about.
 * Model: at the start the file of the process before is read and written anew under another name, which then takes its
 * place. So a start that fails half-way leaves the old file, and a process that is still about to end writes to one
 * that nobody will read. From then on each change of a counter is one write of its record, which the kernel keeps if
 * the process is killed. The file is its maker's alone, as the store is; whatever stands in it can at worst throttle or
 * not throttle somebody. Numbers are in the host's byte order: it is of no use on another. Callers: throttle.c. */
#include "throttle_file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[16] = "srv throttle 1\n";

struct header {
	char magic[sizeof magic];
	uint8_t secret[crypto_generichash_KEYBYTES];
};

_Static_assert(sizeof(struct throttle_record) == THROTTLE_KEY_BYTES + 24, "a record has no gaps");

static enum srv_err
read_all(int fd, void *to, size_t len)
{
	char *at = to;

	while (len > 0) {
		ssize_t n = read(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return SRV_EIO;
		at += n;
		len -= (size_t)n;
	}
	return SRV_OK;
}

static enum srv_err
write_all(int fd, const void *from, size_t len, off_t offset)
{
	const char *at = from;

	while (len > 0) {
		ssize_t n = pwrite(fd, at, len, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return SRV_EIO;
		at += n;
		len -= (size_t)n;
		offset += n;
	}
	return SRV_OK;
}

static int
by_rest(const void *a, const void *b)
{
	const struct throttle_record *x = a, *y = b;

	return (x->touched_s > y->touched_s) - (x->touched_s < y->touched_s);
}

static enum srv_err
read_records(int fd, size_t max, struct throttle_records *r)
{
	struct header h;
	struct stat st;
	size_t count, used = 0;
	enum srv_err err;

	if (fstat(fd, &st) != 0)
		return SRV_EIO;
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_size < (off_t)sizeof h)
		return SRV_ECORRUPT;
	if ((err = read_all(fd, &h, sizeof h)) != SRV_OK)
		return err;
	if (memcmp(h.magic, magic, sizeof magic) != 0)
		return SRV_ECORRUPT;
	memcpy(r->secret, h.secret, sizeof r->secret);
	sodium_memzero(h.secret, sizeof h.secret);
	/* The last one may have been cut off. */
	count = ((size_t)st.st_size - sizeof h) / sizeof *r->record;
	if (count > max)
		count = max;
	if ((r->record = calloc(count + 1, sizeof *r->record)) == NULL)
		return SRV_ENOMEM;
	if ((err = read_all(fd, r->record, count * sizeof *r->record)) != SRV_OK)
		return err;
	for (size_t i = 0; i < count; i++) {
		if (r->record[i].used == 1)
			r->record[used++] = r->record[i];
	}
	r->count = used;
	qsort(r->record, used, sizeof *r->record, by_rest);
	return SRV_OK;
}

enum srv_err
throttle_file_read(const char *path, size_t max, struct throttle_records *out)
{
	struct throttle_records r = {.record = NULL};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum srv_err err;

	if (fd < 0)
		return errno == ENOENT ? SRV_ENOENT : SRV_EIO;
	err = read_records(fd, max, &r);
	close(fd);
	if (err == SRV_OK)
		*out = r;
	else
		free(r.record);
	return err;
}

enum srv_err
throttle_file_make(const char *path, const struct throttle_records *r, int *out)
{
	struct header h;
	char made[PATH_MAX];
	enum srv_err err;
	int n = snprintf(made, sizeof made, "%s.new", path), fd;

	if (n < 0 || (size_t)n >= sizeof made)
		return SRV_EIO;
	(void)unlink(made); /* of a start that was cut off */
	if ((fd = open(made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)) < 0)
		return SRV_EIO;
	memcpy(h.magic, magic, sizeof magic);
	memcpy(h.secret, r->secret, sizeof h.secret);
	if ((err = write_all(fd, &h, sizeof h, 0)) == SRV_OK)
		err = write_all(fd, r->record, r->count * sizeof *r->record, sizeof h);
	/* After a power cut it must not be the name of what never got to the disk. */
	if (err == SRV_OK && (fsync(fd) != 0 || rename(made, path) != 0))
		err = SRV_EIO;
	sodium_memzero(h.secret, sizeof h.secret);
	if (err == SRV_OK) {
		*out = fd;
		return SRV_OK;
	}
	close(fd);
	(void)unlink(made);
	return err;
}

enum srv_err
throttle_file_put(int fd, size_t at, const struct throttle_record *record)
{
	return write_all(fd, record, sizeof *record, (off_t)(sizeof(struct header) + at * sizeof *record));
}
