/* The application cache: one immutable snapshot of settings, licence, resource strings, job definitions
 * and warehouse paths, and the flush that replaces it. CONTRACT section 6.
 * Thread: any, all functions; none but cache_new and cache_free blocks. */
#ifndef SRV_CACHE_H
#define SRV_CACHE_H

#include "../base/clock.h"
#include "../base/err.h"
#include "../store/store.h"
#include "license.h"
#include <stdbool.h>
#include <stdint.h>

struct snapshot_job {
	int64_t job_id;
	char *name_resource_id;
	char *schedule_type; /* AnyTime, Hourly, Daily, WeekLyOnMonday: checked when loaded */
};
struct snapshot_warehouse {
	int wh_no; /* 0..99 */
	char *path;
};

/* Never written once published. Borrowed strings live as long as the reference. */
struct snapshot {
	uint64_t generation; /* 1 is the first load, each later one is greater */
	wall_t loaded_at;
	/* settings that srv itself reads, checked when loaded */
	char *server_name;           /* ServerName, or the host's name */
	char *default_language;      /* DefaultLanguage, lower case, `en` */
	char *sysadmin_account;      /* SysadminAccountName, or NULL */
	bool windows_authentication; /* WindowsAuthenticationIsOn */
	int login_delay_ms;          /* LoginDelay, 0..2000 */
	struct license license;
	struct snapshot_job *jobs; /* by job_id */
	size_t job_count;
	struct snapshot_warehouse *warehouses; /* by wh_no */
	size_t warehouse_count;
	struct snapshot_priv *priv; /* settings by name, resources by id and language, the reference count */
};

/* A setting's value, or NULL. */
const char *snapshot_setting(const struct snapshot *, const char *name);
/* The text in that language (`de-AT` falls back to `de`), else in the default language, else in `en`,
 * else the id itself. Never NULL. */
const char *snapshot_resource(const struct snapshot *, const char *resource_id, const char *language);
const struct snapshot *snapshot_ref(const struct snapshot *);
void snapshot_unref(const struct snapshot **); /* NULLs the caller's pointer; the last one frees */

struct cache;

/* Loads the first snapshot before it returns. store and license_path (copied) outlive or equal the cache.
 * Errors: what a source gives, with `<source>: <reason>` in why. */
enum srv_err cache_new(struct store *, const char *license_path, struct cache **out, struct srv_reason *why);
/* Ends the loader thread; flushes still waiting are answered SRV_ESTOPPED first. NULLs the pointer. */
void cache_free(struct cache **);

/* The current snapshot, with a reference of the caller's. Never NULL, never waits for a flush. */
const struct snapshot *cache_get(struct cache *);

/* Asks for a load that begins after this call. done is called once, on the loader thread, after the new
 * snapshot (if it loaded) is current: err SRV_OK, or why it could not be loaded (`<source>: <reason>`,
 * borrowed), the old snapshot then still serving. done must not block. If cache_flush itself fails
 * (SRV_ENOMEM, SRV_ESTOPPED) done is not called. */
typedef void cache_flush_done(void *arg, enum srv_err err, const struct srv_reason *why);
enum srv_err cache_flush(struct cache *, cache_flush_done *done, void *arg);

struct cache_status {
	uint64_t generation; /* of the current snapshot */
	wall_t loaded_at;
	uint64_t flushes;  /* answered, failed ones too */
	uint64_t loads;    /* made, failed ones too */
	uint64_t failures; /* loads that failed */
	bool last_failed;  /* the newest load */
};
void cache_status_get(struct cache *, struct cache_status *out);

#endif
