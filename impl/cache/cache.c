/* The application cache: who holds the current snapshot, and the one thread that makes the next.
 *
 * Readers take the pointer and a reference together under current_lock, which nobody ever holds for
 * longer than that; a bare pointer could be freed between the reading and the counting. Flushes queue up under
 * queue_lock. The loader thread takes the whole queue, then loads, so each flush in it is answered by a
 * load that began after the flush arrived, and however many arrive together share one. What arrives
 * during a load waits for the next. The new snapshot is put in place before the first answer is given,
 * so whoever heard "done" finds it. A load that failed changes nothing but the counters.
 *
 * Threads: cache_get on any, event loops included; load() on the loader thread, and once on the caller's of
 * cache_new before that thread exists. */
#include "cache.h"
#include "../base/log.h"
#include "../base/thread.h"
#include "snapshot.h"
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct waiter {
	struct waiter *next;
	cache_flush_done *done;
	void *arg;
};

struct cache {
	struct store *store; /* borrowed */
	char *license_path;
	pthread_t loader;

	pthread_mutex_t current_lock;
	const struct snapshot *current; /* current_lock; one reference is ours */

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_filled;
	struct waiter *first, **last; /* queue_lock */
	bool stopping;                /* queue_lock */
	uint64_t flushes, loads, failures;
	bool last_failed; /* these four: queue_lock */
};

/* `<source>: <reason>`, from what the source said or else from the words for its error. */
static enum srv_err
failed(struct srv_reason *why, const char *source, enum srv_err err, const struct srv_reason *said)
{
	return srv_fail(why, err, "%s: %s", source, said->text[0] != '\0' ? said->text : srv_err_text(err));
}

/* Reads every source anew. The database file is looked at first, so that one which was put in another's
 * place is the one read, here and by everybody else from now on. */
static enum srv_err
load(struct cache *c, uint64_t generation, const struct snapshot **out, struct srv_reason *why)
{
	struct snapshot_build build;
	struct store_loader loader;
	struct srv_reason said = {""};
	const char *source = "database";
	enum srv_err err;

	err = store_refresh(c->store, &said);
	if (err != SRV_OK)
		return failed(why, source, err, &said);
	err = snapshot_build_init(&build);
	if (err != SRV_OK)
		return failed(why, source, err, &said);
	snapshot_build_loader(&build, &loader);
	err = store_load(c->store, &loader, &source, &said);
	if (err != SRV_OK) {
		failed(why, source, err, build.why.text[0] != '\0' ? &build.why : &said);
		goto out;
	}
	source = "license";
	err = license_read(c->license_path, &build.snapshot->license, &said);
	if (err == SRV_OK)
		err = snapshot_build_take(&build, generation, out, &source, &said);
	if (err != SRV_OK)
		failed(why, source, err, &said);
out:
	snapshot_build_fini(&build);
	return err;
}

/* Makes the new snapshot the one that cache_get hands out. Owns: the reference becomes the cache's. */
static void
publish(struct cache *c, const struct snapshot *s)
{
	const struct snapshot *old;

	pthread_mutex_lock(&c->current_lock);
	old = c->current;
	c->current = s;
	pthread_mutex_unlock(&c->current_lock);
	snapshot_unref(&old);
}

static void
answer(struct waiter *w, enum srv_err err, const struct srv_reason *why)
{
	while (w != NULL) {
		struct waiter *next = w->next;

		w->done(w->arg, err, why);
		free(w);
		w = next;
	}
}

static struct waiter *
queue_take_locked(struct cache *c, size_t *count)
{
	struct waiter *all = c->first;

	*count = 0;
	for (const struct waiter *w = all; w != NULL; w = w->next)
		++*count;
	c->first = NULL;
	c->last = &c->first;
	return all;
}

/* One load for all that wait, and their answers. */
static void
serve(struct cache *c, struct waiter *all, size_t count)
{
	struct srv_reason why = {""};
	const struct snapshot *next = NULL;
	mono_t began = clock_mono();
	/* Only this thread writes c->current, so it may read it without the lock. */
	uint64_t generation = c->current->generation + 1;
	enum srv_err err = load(c, generation, &next, &why);
	long long elapsed_ms = (long long)(clock_mono().ms - began.ms);

	if (err == SRV_OK) {
		log_info("cache_loaded generation=%llu flushes=%zu elapsed_ms=%lld", (unsigned long long)generation,
		    count, elapsed_ms);
		publish(c, next);
	} else {
		log_warnx("cache_load_failed generation_kept=%llu flushes=%zu elapsed_ms=%lld reason=%s",
		    (unsigned long long)generation - 1, count, elapsed_ms, LOG_STR(why.text));
	}
	pthread_mutex_lock(&c->queue_lock);
	c->loads++;
	c->failures += err != SRV_OK;
	c->last_failed = err != SRV_OK;
	c->flushes += count;
	pthread_mutex_unlock(&c->queue_lock);
	answer(all, err, &why);
}

static void *
loader_main(void *arg)
{
	struct cache *c = arg;
	struct srv_reason why;
	struct waiter *all;
	size_t count;

	thread_gives_way();
	pthread_mutex_lock(&c->queue_lock);
	while (!c->stopping) {
		if (c->first == NULL) {
			pthread_cond_wait(&c->queue_filled, &c->queue_lock);
			continue;
		}
		all = queue_take_locked(c, &count);
		pthread_mutex_unlock(&c->queue_lock);
		serve(c, all, count);
		pthread_mutex_lock(&c->queue_lock);
	}
	all = queue_take_locked(c, &count);
	c->flushes += count;
	pthread_mutex_unlock(&c->queue_lock);
	srv_fail(&why, SRV_ESTOPPED, "%s", srv_err_text(SRV_ESTOPPED));
	answer(all, SRV_ESTOPPED, &why);
	return NULL;
}

/* Gives back all that is not the loader's. */
static void
dispose(struct cache *c)
{
	snapshot_unref(&c->current);
	pthread_cond_destroy(&c->queue_filled);
	pthread_mutex_destroy(&c->queue_lock);
	pthread_mutex_destroy(&c->current_lock);
	free(c->license_path);
	free(c);
}

enum srv_err
cache_new(struct store *store, const char *license_path, struct cache **out, struct srv_reason *why)
{
	struct cache *c = calloc(1, sizeof *c);
	enum srv_err err;

	if (c == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	pthread_mutex_init(&c->current_lock, NULL);
	pthread_mutex_init(&c->queue_lock, NULL);
	pthread_cond_init(&c->queue_filled, NULL);
	c->last = &c->first;
	c->store = store;
	c->license_path = strdup(license_path);
	if (c->license_path == NULL) {
		err = srv_fail(why, SRV_ENOMEM, "out of memory");
		goto out;
	}
	c->loads = 1;
	err = load(c, 1, &c->current, why);
	if (err != SRV_OK)
		goto out;
	if (thread_start(&c->loader, loader_main, c) != 0) {
		err = srv_fail(why, SRV_ELIMIT, "the loader thread cannot be started");
		goto out;
	}
	*out = c;
	return SRV_OK;
out:
	dispose(c);
	return err;
}

void
cache_free(struct cache **cache)
{
	struct cache *c = *cache;

	*cache = NULL;
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->queue_lock);
	c->stopping = true;
	pthread_cond_signal(&c->queue_filled);
	pthread_mutex_unlock(&c->queue_lock);
	pthread_join(c->loader, NULL);
	assert(c->first == NULL);
	dispose(c);
}

const struct snapshot *
cache_get(struct cache *c)
{
	const struct snapshot *s;

	pthread_mutex_lock(&c->current_lock);
	s = snapshot_ref(c->current);
	pthread_mutex_unlock(&c->current_lock);
	return s;
}

/* Owns: w becomes the queue's, unless the cache is stopping. */
static bool
queue_put(struct cache *c, struct waiter *w)
{
	bool open;

	pthread_mutex_lock(&c->queue_lock);
	open = !c->stopping;
	if (open) {
		*c->last = w;
		c->last = &w->next;
		pthread_cond_signal(&c->queue_filled);
	}
	pthread_mutex_unlock(&c->queue_lock);
	return open;
}

enum srv_err
cache_flush(struct cache *c, cache_flush_done *done, void *arg)
{
	struct waiter *w = malloc(sizeof *w);

	if (w == NULL)
		return SRV_ENOMEM;
	*w = (struct waiter){NULL, done, arg};
	if (queue_put(c, w))
		return SRV_OK;
	free(w);
	return SRV_ESTOPPED;
}

void
cache_status_get(struct cache *c, struct cache_status *out)
{
	pthread_mutex_lock(&c->current_lock);
	out->generation = c->current->generation;
	out->loaded_at = c->current->loaded_at;
	pthread_mutex_unlock(&c->current_lock);
	pthread_mutex_lock(&c->queue_lock);
	out->flushes = c->flushes;
	out->loads = c->loads;
	out->failures = c->failures;
	out->last_failed = c->last_failed;
	pthread_mutex_unlock(&c->queue_lock);
}
