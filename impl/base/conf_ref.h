/* A configuration, once loaded, is never written to; who uses it holds a reference, and the last one frees it. A reload
 * (SIGHUP) loads another, and puts it in the first one's place in every holder: each part of srvd that reads the
 * configuration while it runs has one, and takes what is current from there for each connection or request.
 * Thread: any, but for one view each. */
#ifndef SRV_BASE_CONF_REF_H
#define SRV_BASE_CONF_REF_H

#include "conf.h"
#include "err.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* One more reference to the same; conf_unref gives one up, as conf_free does, and NULLs the pointer. */
const struct conf *conf_ref(const struct conf *);
void conf_unref(const struct conf **);

struct conf_holder {
	pthread_mutex_t lock;
	const struct conf *conf;     /* a reference; under lock */
	_Atomic uint64_t generation; /* counts what was put here; written under lock */
};

/* Takes a reference of its own. Errors: SRV_ENOMEM. */
enum srv_err conf_holder_init(struct conf_holder *, const struct conf *);
void conf_holder_fini(struct conf_holder *);
/* Takes a reference of its own; those who have the one before keep it as long as they like. */
void conf_holder_put(struct conf_holder *, const struct conf *);

/* What a thread took from a holder. Zeroed, it is older than anything. */
struct conf_view {
	const struct conf *conf; /* a reference */
	uint64_t generation;
};
struct conf_view conf_view_of(struct conf_holder *);
/* Costs no lock, so that it can be asked for each request. */
bool conf_view_is_old(const struct conf_view *, const struct conf_holder *);
void conf_view_fini(struct conf_view *);

/* Calls differs for each key whose values differ, in the order of the list. fixed: only a start reads the key. */
void conf_compare(
    const struct conf *, const struct conf *, void (*differs)(void *arg, const char *key, bool fixed), void *arg);

#endif
