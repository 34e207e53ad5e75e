/* Why: a reload must not change a limit in the middle of the request that it holds for, nor make anybody wait.
 * Model: a count in the configuration itself, and holders that each have one place under one short lock, because a bare
 * pointer could be freed between its being read and its being counted. Threads that look often keep what they took and
 * ask only whether the holder's generation moved on.
 * Called by srvd for a reload, on the main thread; by net/ and endpoint/ on their loops. */
#include "conf_ref.h"

#include "conf_priv.h"

#include <assert.h>
#include <string.h>

const struct conf *
conf_ref(const struct conf *conf)
{
	struct conf *c = (struct conf *)(uintptr_t)conf;
	unsigned before = atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);

	assert(before > 0);
	(void)before;
	return conf;
}

void
conf_unref(const struct conf **conf)
{
	struct conf *c = (struct conf *)(uintptr_t)*conf;

	*conf = NULL;
	conf_free(&c);
}

enum srv_err
conf_holder_init(struct conf_holder *h, const struct conf *conf)
{
	if (pthread_mutex_init(&h->lock, NULL) != 0)
		return SRV_ENOMEM;
	h->conf = conf_ref(conf);
	atomic_init(&h->generation, 1);
	return SRV_OK;
}

void
conf_holder_fini(struct conf_holder *h)
{
	if (h->conf == NULL)
		return;
	conf_unref(&h->conf);
	pthread_mutex_destroy(&h->lock);
}

void
conf_holder_put(struct conf_holder *h, const struct conf *conf)
{
	const struct conf *before;

	conf_ref(conf);
	pthread_mutex_lock(&h->lock);
	before = h->conf;
	h->conf = conf;
	atomic_fetch_add_explicit(&h->generation, 1, memory_order_release);
	pthread_mutex_unlock(&h->lock);
	conf_unref(&before);
}

struct conf_view
conf_view_of(struct conf_holder *h)
{
	struct conf_view v;

	pthread_mutex_lock(&h->lock);
	v.conf = conf_ref(h->conf);
	v.generation = atomic_load_explicit(&h->generation, memory_order_relaxed);
	pthread_mutex_unlock(&h->lock);
	return v;
}

bool
conf_view_is_old(const struct conf_view *v, const struct conf_holder *h)
{
	return v->generation != atomic_load_explicit(&h->generation, memory_order_acquire);
}

void
conf_view_fini(struct conf_view *v)
{
	if (v->conf != NULL)
		conf_unref(&v->conf);
	v->generation = 0;
}

static bool
lists_are_same(const struct conf_list *a, const struct conf_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->item[i], b->item[i]) != 0)
			return false;
	return true;
}

static bool
values_are_same(const struct conf_key *key, const void *a, const void *b)
{
	switch (key->kind) {
	case CONF_KIND_TEXT: {
		const char *x = *(char *const *)a, *y = *(char *const *)b;

		return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
	}
	case CONF_KIND_INT:
		return *(const int64_t *)a == *(const int64_t *)b;
	case CONF_KIND_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case CONF_KIND_LIST:
		return lists_are_same(a, b);
	}
	return true;
}

void
conf_compare(
    const struct conf *a, const struct conf *b, void (*differs)(void *arg, const char *key, bool fixed), void *arg)
{
	static const bool fixed[CONF_KEY_COUNT] = {
#define X(key) [CONF_INDEX_##key] = true,
	    CONF_FIXED_KEYS(X)
#undef X
	};

	for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
		const struct conf_key *key = &conf_key_table[i];

		if (!values_are_same(key, conf_key_at(a, key), conf_key_at(b, key)))
			differs(arg, key->name, fixed[i]);
	}
}
