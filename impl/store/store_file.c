/* One file as the store: opening it, knowing it again, and leaving it for another.
 *
 * A file is known by device and inode; while a connection is open the inode cannot be given to another
 * file. SQLite opens by name, so after each open it is asked whether what it holds still lies under that
 * name, and the name is looked at again: if all agree, the connection holds that file.
 *
 * SQLite also finds a write-ahead log by name, `<file>-wal`. If only the main file is renamed over, the
 * old one's log still lies under that name, and SQLite would play it into the new file. So the log's
 * inode is remembered, and if it is still there when the old connections are to be closed, it is removed, before
 * the new file is opened. Nothing else of the old file is touched: closing folds nothing into it, since
 * whoever moved it away may be using it already.
 *
 * Called by store.c, with nobody inside, except for the looks and the further connections. */
#include "store_priv.h"

#include "../base/guarded.h"
#include "../base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum srv_err
store_file_identify(const char *path, struct store_file_id *out)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return errno == ENOENT || errno == ENOTDIR ? SRV_ENOENT : SRV_EIO;
	*out = (struct store_file_id){.dev = st.st_dev, .ino = st.st_ino};
	return SRV_OK;
}

bool
store_file_same(const struct store_file_id *a, const struct store_file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino;
}

enum srv_err
store_file_stamp_get(const char *path, struct store_file_stamp *out)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return SRV_EIO;
	*out = (struct store_file_stamp){
	    .id = {.dev = st.st_dev, .ino = st.st_ino}, .size = st.st_size, .changed_at = st.st_ctim};
	return SRV_OK;
}

bool
store_file_untouched(const struct store_file_stamp *a, const struct store_file_stamp *b)
{
	return store_file_same(&a->id, &b->id) && a->size == b->size && a->changed_at.tv_sec == b->changed_at.tv_sec &&
	       a->changed_at.tv_nsec == b->changed_at.tv_nsec;
}

enum srv_err
store_file_named(const struct store_file *f)
{
	struct store_file_id now;
	enum srv_err err = store_file_identify(f->path, &now);
	if (err != SRV_OK)
		return SRV_EIO;
	return store_file_same(&now, &f->id) ? SRV_OK : SRV_EAGAIN;
}

static enum srv_err
conn_to(const char *path, const struct store_file_id *id, struct store_conn **out, struct srv_reason *why)
{
	struct store_conn *c = NULL;
	struct store_file_id now;
	int moved = 0;
	enum srv_err err = store_conn_open(path, &c, why);
	if (err != SRV_OK) {
		if (store_file_identify(path, &now) == SRV_ENOENT)
			return srv_fail(why, SRV_EIO, "there is no database file");
		return err;
	}
	int rc = sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	if (rc != SQLITE_OK || moved != 0 || store_file_identify(path, &now) != SRV_OK || !store_file_same(&now, id)) {
		store_conn_close(&c, false);
		return srv_fail(why, SRV_EAGAIN, "the file was replaced meanwhile");
	}
	*out = c;
	return SRV_OK;
}

enum srv_err
store_file_conn(const struct store_file *f, struct store_conn **out, struct srv_reason *why)
{
	return conn_to(f->path, &f->id, out, why);
}

static enum srv_err
names_set(struct store_file *f)
{
	const char *file = sqlite3_db_filename(f->writer->db, "main");
	char *name = strdup(file), *wal_name = strdup(sqlite3_filename_wal(file));
	size_t shm_size = strlen(file) + sizeof "-shm";
	char *shm_name = malloc(shm_size);
	if (name == NULL || wal_name == NULL || shm_name == NULL) {
		free(name);
		free(wal_name);
		free(shm_name);
		return SRV_ENOMEM;
	}
	(void)snprintf(shm_name, shm_size, "%s-shm", file);
	free(f->name);
	free(f->wal_name);
	free(f->shm_name);
	f->name = name;
	f->wal_name = wal_name;
	f->shm_name = shm_name;
	f->wal = f->shm = (struct store_file_id){0};
	(void)store_file_identify(wal_name, &f->wal);
	(void)store_file_identify(shm_name, &f->shm);
	return SRV_OK;
}

enum srv_err
store_file_open(
    struct store_file *f, bool create, struct store_conn **reader, struct store_file_id *tried, struct srv_reason *why)
{
	struct store_file_id id = {0};
	struct store_conn *first = NULL;
	struct stat st;
	enum srv_err err = store_file_identify(f->path, &id);
	if (err != SRV_OK)
		srv_fail(why, err, "%s",
		    err == SRV_ENOENT ? "there is no database file" : "the database file cannot be reached");
	else if (stat(f->path, &st) == 0 && !S_ISREG(st.st_mode)) /* opening a FIFO would wait for ever */
		err = srv_fail(why, SRV_ECORRUPT, "it is not a regular file");
	else if (guarded_check(&st, why) != SRV_OK)
		err = SRV_EIO;
	if (err == SRV_OK)
		err = conn_to(f->path, &id, &f->writer, why);
	if (err == SRV_OK && sqlite3_db_readonly(f->writer->db, "main") != 0)
		err = srv_fail(why, SRV_EIO, "the database file cannot be written");
	if (err == SRV_OK)
		err = store_schema_ready(f->writer, create, why);
	if (err == SRV_OK)
		err = conn_to(f->path, &id, &f->watch, why);
	if (err == SRV_OK) /* one at least, so that reading goes on if later no more can be opened */
		err = conn_to(f->path, &id, &first, why);
	if (err == SRV_OK) {
		err = names_set(f);
		if (err != SRV_OK)
			srv_fail(why, err, "%s", srv_err_text(err));
	}
	if (err != SRV_OK) {
		*tried = id;
		store_conn_close(&first, true);
		store_conn_close(&f->watch, true);
		store_conn_close(&f->writer, true);
		return err;
	}
	f->id = id;
	*reader = first;
	return SRV_OK;
}

static void
log_remove(const char *name, const struct store_file_id *id)
{
	struct store_file_id now;
	if (id->ino == 0 || store_file_identify(name, &now) != SRV_OK || !store_file_same(&now, id))
		return;
	if (unlink(name) != 0 && errno != ENOENT)
		log_warn("store_stale_log_not_removed");
}

void
store_file_close(struct store_file *f, bool replaced)
{
	struct store_file_id now;
	if (f->writer == NULL)
		return;
	/* Behind a symbolic link that now points elsewhere, the old file is where it was, and keeps its log. */
	bool log_is_stale = replaced && store_file_identify(f->name, &now) == SRV_OK && !store_file_same(&now, &f->id);
	/* Looked at while the inodes are held: afterwards the numbers may be given to others. */
	if (log_is_stale) {
		log_remove(f->wal_name, &f->wal);
		log_remove(f->shm_name, &f->shm);
	}
	store_conn_close(&f->watch, !replaced);
	store_conn_close(&f->writer, !replaced);
}

void
store_file_fini(struct store_file *f)
{
	free(f->name);
	free(f->wal_name);
	free(f->shm_name);
	*f = (struct store_file){0};
}

void
store_sync_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
	int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	free(dir);
}

enum srv_err
store_file_create(const char *path, bool *made, struct srv_reason *why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0) {
		close(fd);
		store_sync_dir_of(path);
		*made = true;
		return SRV_OK;
	}
	if (errno == EEXIST) /* also a symbolic link to nothing, which is then not found */
		return SRV_OK;
	if (errno == ENOENT || errno == ENOTDIR)
		return srv_fail(why, SRV_ENOENT, "the directory for it does not exist");
	return srv_fail(why, SRV_EIO, "the file cannot be made: %s", strerror(errno));
}
