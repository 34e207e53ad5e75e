/* Upkeep: a copy to a safe place, a look at the whole file, and the tidying that SQLite asks for. The
 * first two may take long on a large store; they use connections of their own, hinder neither readers
 * nor the writer, and begin anew if the file is replaced. Called by maintenance jobs and srvadm. */
#include "store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- backup ---- */

struct backup_arg {
	const char *part; /* the copy while it is being made */
	struct srv_reason *why;
};

/* VACUUM INTO reads one state of the store in one transaction, whatever is written meanwhile, and leaves
 * a file without a write-ahead log that can be moved about. */
static enum srv_err
backup_body(struct store_conn *c, void *arg)
{
	struct backup_arg *a = arg;
	if (truncate(a->part, 0) != 0) /* from an attempt before; VACUUM INTO takes an empty file only */
		return srv_fail(a->why, SRV_EIO, "the copy cannot be written: %s", strerror(errno));
	enum srv_err err = store_run(c, NULL, "VACUUM INTO ?", "s", a->part);
	if (err != SRV_OK)
		store_conn_fail(c, err, a->why);
	return err;
}

static enum srv_err
sync_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return SRV_EIO;
	int rc = fsync(fd);
	close(fd);
	return rc == 0 ? SRV_OK : SRV_EIO;
}

/* Gives the finished copy its name unless there is such a file by now. */
static enum srv_err
name_copy(const char *part, const char *to_path)
{
	struct stat st;
	if (link(part, to_path) == 0) {
		(void)unlink(part);
		return SRV_OK;
	}
	if (errno == EEXIST)
		return SRV_EEXIST;
	/* A file system without hard links. */
	if (lstat(to_path, &st) == 0)
		return SRV_EEXIST;
	return rename(part, to_path) == 0 ? SRV_OK : SRV_EIO;
}

enum srv_err
store_backup(struct store *s, const char *to_path, struct srv_reason *why)
{
	static const char suffix[] = ".part-XXXXXX";
	struct stat st;
	char *part = NULL;
	bool made = false;
	enum srv_err err = SRV_OK;
	if (lstat(to_path, &st) == 0)
		return srv_fail(why, SRV_EEXIST, "there is a file of that name already");
	size_t size = strlen(to_path) + sizeof suffix + 2;
	part = malloc(size);
	if (part == NULL) {
		err = srv_fail(why, SRV_ENOMEM, "%s", srv_err_text(SRV_ENOMEM));
		goto out;
	}
	/* A relative name gets `./`, lest SQLite take `file:` for the start of a URI. */
	snprintf(part, size, "%s%s%s", to_path[0] == '/' ? "" : "./", to_path, suffix);

	int fd = mkstemp(part); /* mode 0600: the copy holds what the store holds */
	if (fd < 0) {
		err = srv_fail(
		    why, errno == ENOENT ? SRV_ENOENT : SRV_EIO, "the copy cannot be made: %s", strerror(errno));
		goto out;
	}
	close(fd);
	made = true;
	err = store_anew(s, true, backup_body, &(struct backup_arg){.part = part, .why = why}, why);
	if (err != SRV_OK)
		goto out;
	err = sync_file(part);
	if (err == SRV_OK)
		err = name_copy(part, to_path);
	if (err == SRV_EEXIST)
		srv_fail(why, err, "there is a file of that name already");
	else if (err != SRV_OK)
		srv_fail(why, err, "the copy cannot be finished: %s", strerror(errno));
	else {
		made = false;
		store_sync_dir_of(to_path);
	}
out:
	if (made)
		(void)unlink(part);
	free(part);
	return err;
}

/* ---- check ---- */

static enum srv_err
check_body(struct store_conn *c, void *arg)
{
	struct srv_reason *why = arg;
	sqlite3_stmt *stmt = NULL;
	bool row = false;
	enum srv_err err = store_check_by(c, "PRAGMA integrity_check(1)", why);
	if (err != SRV_OK)
		return err;
	err = store_prepare(c, &stmt, "PRAGMA foreign_key_check", "");
	if (err == SRV_OK)
		err = store_step(stmt, &row);
	if (err != SRV_OK)
		store_conn_fail(c, err, why);
	else if (row)
		err = srv_fail(
		    why, SRV_ECORRUPT, "the table %s has a row whose user does not exist", store_col_text(stmt, 0));
	store_done(stmt);
	return err;
}

enum srv_err
store_check(struct store *s, struct srv_reason *why)
{
	return store_anew(s, true, check_body, why, why);
}

/* ---- optimize ---- */

static enum srv_err
optimize_body(struct store_conn *c, void *arg)
{
	(void)arg;
	enum srv_err err = store_run(c, NULL, "PRAGMA analysis_limit = 400", "");
	if (err == SRV_OK)
		err = store_run(c, NULL, "PRAGMA optimize", "");
	if (err != SRV_OK)
		return err;
	/* Busy: a reader needs the log's older part, and what could be folded in has been. */
	int rc = sqlite3_wal_checkpoint_v2(c->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return (rc & 0xff) == SQLITE_BUSY ? SRV_OK : store_err(rc);
}

enum srv_err
store_optimize(struct store *s)
{
	return store_alone(s, optimize_body, NULL);
}
