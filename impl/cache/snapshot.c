/* The snapshot: what a load read, laid out for readers that only ever look things up.
 *
 * Settings and resources are two tables of the same kind (table.h), by key and language; a setting's language is
 * "". Languages are kept in lower case, so that `de-AT` and `de-at` are one. Once taken from the build
 * nothing here is written again but the count of references, which is why any thread may read without a
 * lock. The last reader frees, and that may be an event loop: it is a few large blocks, not many small ones.
 * The loader thread of cache.c builds. */
#include "snapshot.h"
#include "../base/text.h"
#include "table.h"
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LANGUAGE_MAX 64 /* bytes of a language that is asked for; what is longer is none */
#define LOGIN_DELAY_MAX_MS 2000
/* Where there are more busy threads than processors, who answers a caller would else wait for a loader's whole turn. */
#define ROWS_AT_ONCE 512

struct snapshot_priv {
	atomic_uint refs;
	struct texts texts; /* every string but the licence's */
	size_t job_cap, warehouse_cap;
	struct table settings, resources;
};

/* ---- rows ------------------------------------------------------------------------------------------- */

/* Keeps s if it is no longer than max; what names it in the reason. A NULL column is an empty text. */
static enum srv_err
text_take(struct snapshot_build *b, const char *s, size_t max, const char *what, char **out)
{
	struct snapshot_priv *p = b->snapshot->priv;
	size_t len = s == NULL ? 0 : strnlen(s, max + 1);
	char *kept;

	if (len > max) {
		srv_fail(&b->why, SRV_ELIMIT, "%.64s: longer than %zu bytes", what, max);
		return SRV_ELIMIT;
	}
	if (p->texts.bytes + len > SNAPSHOT_BYTES_MAX) {
		srv_fail(&b->why, SRV_ELIMIT, "%.64s: more than %u bytes of text", what, SNAPSHOT_BYTES_MAX);
		return SRV_ELIMIT;
	}
	kept = texts_keep(&p->texts, s == NULL ? "" : s, len);
	if (kept == NULL)
		return SRV_ENOMEM;
	*out = kept;
	return SRV_OK;
}

static void
lower(char *s)
{
	for (; *s != '\0'; s++)
		*s = text_lower(*s);
}

static enum srv_err
add_row(struct snapshot_build *b, struct table *t, const char *key, const char *language, const char *text)
{
	char *k = NULL, *l = NULL, *v = NULL;
	enum srv_err err;

	if (t->count == SNAPSHOT_ROWS_MAX)
		return srv_fail(
		    &b->why, SRV_ELIMIT, "%.64s: more than %d rows", key == NULL ? "" : key, SNAPSHOT_ROWS_MAX);
	err = text_take(b, key, SNAPSHOT_KEY_MAX, key == NULL ? "" : key, &k);
	if (err == SRV_OK)
		err = text_take(b, language, SNAPSHOT_KEY_MAX, k, &l);
	if (err == SRV_OK)
		err = text_take(b, text, SNAPSHOT_TEXT_MAX, k, &v);
	if (err != SRV_OK)
		return err;
	lower(l);
	if (t->count % ROWS_AT_ONCE == ROWS_AT_ONCE - 1)
		sched_yield();
	return table_add(t, k, l, v);
}

static enum srv_err
on_setting(void *arg, const char *name, const char *value)
{
	struct snapshot_build *b = arg;

	return add_row(b, &b->snapshot->priv->settings, name, "", value);
}

static enum srv_err
on_resource(void *arg, const char *resource_id, const char *language, const char *text)
{
	struct snapshot_build *b = arg;

	return add_row(b, &b->snapshot->priv->resources, resource_id, language, text);
}

static bool
schedule_known(const char *s)
{
	return strcmp(s, "AnyTime") == 0 || strcmp(s, "Hourly") == 0 || strcmp(s, "Daily") == 0 ||
	       strcmp(s, "WeekLyOnMonday") == 0;
}

static enum srv_err
on_job(void *arg, int64_t job_id, const char *name_resource_id, const char *schedule_type)
{
	struct snapshot_build *b = arg;
	struct snapshot *s = b->snapshot;
	void *jobs = s->jobs;
	char *name = NULL, *schedule = NULL;
	enum srv_err err;

	if (schedule_type == NULL || !schedule_known(schedule_type))
		return srv_fail(&b->why, SRV_EINVAL,
		    "schedule_type of job %lld is \"%.64s\", not AnyTime, Hourly, Daily or WeekLyOnMonday",
		    (long long)job_id, schedule_type == NULL ? "" : schedule_type);
	if (s->job_count == SNAPSHOT_ROWS_MAX)
		return srv_fail(
		    &b->why, SRV_ELIMIT, "job %lld: more than %d rows", (long long)job_id, SNAPSHOT_ROWS_MAX);
	err = array_grow(&jobs, &s->priv->job_cap, s->job_count, sizeof *s->jobs);
	s->jobs = jobs;
	if (err == SRV_OK)
		err = text_take(b, name_resource_id, SNAPSHOT_KEY_MAX, "name_resource_id", &name);
	if (err == SRV_OK)
		err = text_take(b, schedule_type, SNAPSHOT_KEY_MAX, "schedule_type", &schedule);
	if (err != SRV_OK)
		return err;
	s->jobs[s->job_count++] = (struct snapshot_job){job_id, name, schedule};
	return SRV_OK;
}

static enum srv_err
on_warehouse_path(void *arg, int wh_no, const char *path)
{
	struct snapshot_build *b = arg;
	struct snapshot *s = b->snapshot;
	void *warehouses = s->warehouses;
	char *kept = NULL;
	enum srv_err err;

	if (wh_no < 0 || wh_no > 99)
		return srv_fail(&b->why, SRV_EINVAL, "wh_no %d is not a number from 0 to 99", wh_no);
	if (path == NULL || path[0] != '/')
		return srv_fail(&b->why, SRV_EINVAL, "path of wh_no %02d is not absolute", wh_no);
	for (size_t i = 0; i < s->warehouse_count; i++)
		if (s->warehouses[i].wh_no == wh_no)
			return srv_fail(&b->why, SRV_EINVAL, "wh_no %02d is there twice", wh_no);
	err = array_grow(&warehouses, &s->priv->warehouse_cap, s->warehouse_count, sizeof *s->warehouses);
	s->warehouses = warehouses;
	if (err == SRV_OK)
		err = text_take(b, path, SNAPSHOT_TEXT_MAX, "path", &kept);
	if (err != SRV_OK)
		return err;
	s->warehouses[s->warehouse_count++] = (struct snapshot_warehouse){wh_no, kept};
	return SRV_OK;
}

void
snapshot_build_loader(struct snapshot_build *b, struct store_loader *out)
{
	*out = (struct store_loader){
	    .arg = b,
	    .setting = on_setting,
	    .resource = on_resource,
	    .job = on_job,
	    .warehouse_path = on_warehouse_path,
	};
}

/* ---- building --------------------------------------------------------------------------------------- */

enum srv_err
snapshot_build_init(struct snapshot_build *b)
{
	struct snapshot *s = calloc(1, sizeof *s);
	struct snapshot_priv *p = calloc(1, sizeof *p);

	if (s == NULL || p == NULL) {
		free(s);
		free(p);
		return SRV_ENOMEM;
	}
	atomic_init(&p->refs, 1);
	s->priv = p;
	b->snapshot = s;
	b->why.text[0] = '\0';
	return SRV_OK;
}

static void
snapshot_destroy(struct snapshot *s)
{
	struct snapshot_priv *p = s->priv;

	license_fini(&s->license);
	free(s->jobs);
	free(s->warehouses);
	table_fini(&p->settings);
	table_fini(&p->resources);
	texts_fini(&p->texts);
	free(p);
	free(s);
}

void
snapshot_build_fini(struct snapshot_build *b)
{
	if (b->snapshot != NULL)
		snapshot_destroy(b->snapshot);
	b->snapshot = NULL;
}

/* A setting where an empty value means that there is none. */
static const char *
setting_filled(const struct snapshot *s, const char *name)
{
	const char *value = snapshot_setting(s, name);

	return value == NULL || value[0] == '\0' ? NULL : value;
}

static enum srv_err
derive_settings(struct snapshot *s, struct srv_reason *why)
{
	const char *value;
	char host[256];
	int64_t delay_ms = 0;

	value = setting_filled(s, "ServerName");
	if (value == NULL) {
		/* A name that does not fit is cut without a NUL. */
		if (gethostname(host, sizeof host - 1) != 0)
			strcpy(host, "localhost");
		host[sizeof host - 1] = '\0';
		value = host;
	}
	s->server_name = texts_keep(&s->priv->texts, value, strlen(value));

	value = setting_filled(s, "DefaultLanguage");
	if (value == NULL)
		value = "en";
	s->default_language = texts_keep(&s->priv->texts, value, strlen(value));

	value = setting_filled(s, "SysadminAccountName");
	if (value != NULL)
		s->sysadmin_account = texts_keep(&s->priv->texts, value, strlen(value));
	if (s->server_name == NULL || s->default_language == NULL || (value != NULL && s->sysadmin_account == NULL))
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	lower(s->default_language);

	value = snapshot_setting(s, "WindowsAuthenticationIsOn");
	if (value != NULL && !text_parse_bool(value, &s->windows_authentication))
		return srv_fail(why, SRV_EINVAL, "WindowsAuthenticationIsOn is neither true nor false");
	value = snapshot_setting(s, "LoginDelay");
	if (value != NULL && !text_parse_int(value, 0, LOGIN_DELAY_MAX_MS, &delay_ms))
		return srv_fail(why, SRV_EINVAL, "LoginDelay is not a number from 0 to %d", LOGIN_DELAY_MAX_MS);
	s->login_delay_ms = (int)delay_ms;
	return SRV_OK;
}

static int
job_order(const void *a, const void *b)
{
	const struct snapshot_job *x = a, *y = b;

	return (x->job_id > y->job_id) - (x->job_id < y->job_id);
}

static int
warehouse_order(const void *a, const void *b)
{
	const struct snapshot_warehouse *x = a, *y = b;

	return (x->wh_no > y->wh_no) - (x->wh_no < y->wh_no);
}

static enum srv_err
sort_jobs(struct snapshot *s, struct srv_reason *why)
{
	if (s->job_count > 1)
		qsort(s->jobs, s->job_count, sizeof *s->jobs, job_order);
	for (size_t i = 1; i < s->job_count; i++)
		if (s->jobs[i].job_id == s->jobs[i - 1].job_id)
			return srv_fail(why, SRV_EINVAL, "job %lld is there twice", (long long)s->jobs[i].job_id);
	return SRV_OK;
}

enum srv_err
snapshot_build_take(struct snapshot_build *b, uint64_t generation, const struct snapshot **out, const char **source,
    struct srv_reason *why)
{
	struct snapshot *s = b->snapshot;
	enum srv_err err;

	*source = "settings";
	err = table_index(&s->priv->settings, why);
	if (err == SRV_OK)
		err = derive_settings(s, why);
	if (err != SRV_OK)
		return err;
	*source = "resources";
	err = table_index(&s->priv->resources, why);
	if (err != SRV_OK)
		return err;
	*source = "jobs";
	err = sort_jobs(s, why);
	if (err != SRV_OK)
		return err;
	if (s->warehouse_count > 1)
		qsort(s->warehouses, s->warehouse_count, sizeof *s->warehouses, warehouse_order);
	s->generation = generation;
	s->loaded_at = clock_wall();
	b->snapshot = NULL;
	*out = s;
	return SRV_OK;
}

/* ---- readers ---------------------------------------------------------------------------------------- */

const char *
snapshot_setting(const struct snapshot *s, const char *name)
{
	return table_find(&s->priv->settings, name, "");
}

/* The text in a language or in what it is a variety of: de-at-1996, de-at, de. */
static const char *
resource_in(const struct snapshot *s, const char *resource_id, const char *language)
{
	char lang[LANGUAGE_MAX];
	size_t len = language == NULL ? 0 : strlen(language);

	if (len == 0 || len >= sizeof lang)
		return NULL;
	memcpy(lang, language, len + 1);
	lower(lang);
	for (;;) {
		const char *text = table_find(&s->priv->resources, resource_id, lang);
		char *cut;

		if (text != NULL)
			return text;
		cut = strrchr(lang, '-');
		if (cut == NULL)
			return NULL;
		*cut = '\0';
	}
}

const char *
snapshot_resource(const struct snapshot *s, const char *resource_id, const char *language)
{
	const char *text = resource_in(s, resource_id, language);

	if (text == NULL)
		text = resource_in(s, resource_id, s->default_language);
	if (text == NULL)
		text = resource_in(s, resource_id, "en");
	return text == NULL ? resource_id : text;
}

const struct snapshot *
snapshot_ref(const struct snapshot *s)
{
	atomic_fetch_add_explicit(&s->priv->refs, 1, memory_order_relaxed);
	return s;
}

void
snapshot_unref(const struct snapshot **s)
{
	const struct snapshot *was = *s;

	*s = NULL;
	if (was == NULL)
		return;
	/* Release: our reads come before the free; acquire: the free comes after everyone's reads. */
	if (atomic_fetch_sub_explicit(&was->priv->refs, 1, memory_order_acq_rel) == 1)
		snapshot_destroy((struct snapshot *)was);
}
