/* Walks a directory tree and adds up its regular files.
 *
 * The tree belongs to others and changes meanwhile, so nothing below the root is done by path: an entry is
 * looked at, and a directory opened, relative to its parent's descriptor and without following a symbolic
 * link. The directories on the way down stay open on a stack of their own, so a parent that is renamed
 * or deleted meanwhile is read to its end all the same; it is bounded, because each costs a descriptor.
 * (nftw(3) has no argument for its callback and works by path.) Called by the job thread. */
#include "walk.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct level {
	DIR *dir; /* owned */
	dev_t dev;
	ino_t ino;
};

struct walk {
	struct srv_reason *why;
	struct walk_sum sum;
	struct level levels[WALK_DEPTH_MAX];
	int depth;
};

static enum srv_err
fail_errno(const struct walk *w, const char *what)
{
	return srv_fail(w->why, errno == ENOMEM ? SRV_ENOMEM : SRV_EIO, "%s: %s", what, strerror(errno));
}

/* True if the directory is one of those on the way down to here. */
static bool
is_open(const struct walk *w, const struct stat *st)
{
	for (int i = 0; i < w->depth; i++)
		if (w->levels[i].ino == st->st_ino && w->levels[i].dev == st->st_dev)
			return true;
	return false;
}

/* Goes down into the directory fd, which is owned; one that closes a loop is left out. */
static enum srv_err
enter(struct walk *w, int fd)
{
	enum srv_err err = SRV_OK;
	struct stat st;
	DIR *dir;

	if (fstat(fd, &st) != 0) {
		err = fail_errno(w, "a directory cannot be looked at");
	} else if (is_open(w, &st)) {
		/* mounted into itself */
	} else if (w->depth == WALK_DEPTH_MAX) {
		err = srv_fail(w->why, SRV_ELIMIT, "directories are nested more than %d deep", WALK_DEPTH_MAX);
	} else {
		dir = fdopendir(fd);
		if (dir != NULL) {
			w->levels[w->depth++] = (struct level){dir, st.st_dev, st.st_ino};
			return SRV_OK;
		}
		err = fail_errno(w, "a directory cannot be read");
	}
	close(fd);
	return err;
}

static enum srv_err
enter_entry(struct walk *w, int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0)
		return enter(w, fd);
	if (errno == ENOENT || errno == ELOOP || errno == ENOTDIR)
		return SRV_OK; /* gone, or something else by now */
	if (errno == EACCES || errno == EPERM) {
		w->sum.unreadable++;
		return SRV_OK;
	}
	return fail_errno(w, "a directory cannot be opened");
}

static void
leave(struct walk *w)
{
	closedir(w->levels[--w->depth].dir);
}

static enum srv_err
entry(struct walk *w, int parent, const struct dirent *e)
{
	struct stat st;

	if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
		return SRV_OK;
	if (e->d_type == DT_DIR)
		return enter_entry(w, parent, e->d_name);
	if (e->d_type != DT_REG && e->d_type != DT_UNKNOWN)
		return SRV_OK;
	if (fstatat(parent, e->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return SRV_OK;
		if (errno != EACCES)
			return fail_errno(w, "a file cannot be looked at");
		/* We may list this directory, but not look at anything in it. */
		w->sum.unreadable++;
		leave(w);
		return SRV_OK;
	}
	if (S_ISDIR(st.st_mode))
		return enter_entry(w, parent, e->d_name);
	if (!S_ISREG(st.st_mode))
		return SRV_OK;
	w->sum.files++;
	/* Sparse files may claim more than there is in the world. */
	w->sum.bytes = st.st_size > INT64_MAX - w->sum.bytes ? INT64_MAX : w->sum.bytes + st.st_size;
	return SRV_OK;
}

/* Takes the next entry of the innermost directory, or leaves it at its end. */
static enum srv_err
step(struct walk *w)
{
	DIR *dir = w->levels[w->depth - 1].dir;
	const struct dirent *e;

	errno = 0;
	e = readdir(dir);
	if (e != NULL)
		return entry(w, dirfd(dir), e);
	/* A directory that was deleted under us reads as ENOENT. */
	if (errno != 0 && errno != ENOENT)
		return fail_errno(w, "a directory cannot be read");
	leave(w);
	return SRV_OK;
}

enum srv_err
walk_measure(const char *path, const atomic_bool *stop, struct walk_sum *out, struct srv_reason *why)
{
	struct walk w = {.why = why};
	enum srv_err err;
	int fd;

	fd = open(path, O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT)
			return srv_fail(why, SRV_ENOENT, "no such directory");
		if (errno == ENOTDIR)
			return srv_fail(why, SRV_EINVAL, "not a directory");
		return fail_errno(&w, "the directory cannot be opened");
	}
	err = enter(&w, fd);
	while (err == SRV_OK && w.depth > 0) {
		if (atomic_load_explicit(stop, memory_order_relaxed))
			err = srv_fail(why, SRV_ESTOPPED, "%s", srv_err_text(SRV_ESTOPPED));
		else
			err = step(&w);
	}
	while (w.depth > 0)
		leave(&w);
	if (err == SRV_OK)
		*out = w.sum;
	return err;
}
