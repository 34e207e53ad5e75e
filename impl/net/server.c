/* Why: the order of starting and stopping. Everything that can fail is made before the first thread runs: all
 * addresses are bound, all workers are made, so that a start either serves or leaves nothing behind. What takes
 * privileges, ports and keys, comes first and by itself, so that who calls can give them up in between.
 * Called by srvd and by tests, on the main thread. */
#include "server.h"

#include "../base/log.h"
#include "worker.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS_BESIDE 256 /* what the process needs besides connections */

struct server {
	struct shared shared;
};

/* The usual soft limit of 1,024 descriptors is below max_connections; what the hard limit allows is taken. */
static void
raise_descriptors(const struct conf *conf)
{
	rlim_t want = (rlim_t)conf->max_connections + DESCRIPTORS_BESIDE;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= want)
		return;
	limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max > want ? want : limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
		log_warn("descriptors limit=%ju", (uintmax_t)limit.rlim_cur);
	else if (limit.rlim_cur < (rlim_t)conf->max_connections)
		log_warnx("descriptors limit=%ju max_connections=%jd", (uintmax_t)limit.rlim_cur,
		    (intmax_t)conf->max_connections);
}

static size_t
worker_count(const struct conf *conf)
{
	long processors;

	if (conf->workers > 0)
		return (size_t)conf->workers;
	processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors < 1 ? 1 : processors > 256 ? 256 : (size_t)processors;
}

/* Stops and joins the workers that run. Returns how many connections were cut off. */
static int
stop_workers(struct shared *s, int drain_ms)
{
	int64_t until = clock_mono().ms + (drain_ms > 0 ? drain_ms : 0);
	int cut = 0;

	for (size_t i = 0; i < s->worker_count; i++)
		atomic_store(&s->workers[i]->drain_until, until);
	/* Those that never ran accept nothing; they are counted before any other can be the last. */
	for (size_t i = 0; i < s->worker_count; i++)
		if (!s->workers[i]->started)
			atomic_fetch_add(&s->accept_over, 1);
	atomic_store(&s->stopping, true);
	for (size_t i = 0; i < s->worker_count; i++)
		if (s->workers[i]->started)
			worker_wake(s->workers[i]);
	for (size_t i = 0; i < s->worker_count; i++) {
		worker_join(s->workers[i]);
		cut += s->workers[i]->cut;
	}
	return cut;
}

static void
server_free(struct server *server)
{
	struct shared *s = &server->shared;

	for (size_t i = 0; i < s->worker_count && s->workers != NULL; i++)
		worker_free(&s->workers[i]);
	free(s->workers);
	listeners_close(&s->listeners, s->listener_count);
	caps_free(&s->caps);
	conf_holder_fini(&s->conf);
	tls_free(&s->tls);
	free(server);
}

enum srv_err
server_open(const struct conf *conf, struct server **out, struct srv_reason *why)
{
	struct server *server = calloc(1, sizeof(*server));
	struct shared *s;
	enum srv_err err;

	if (server == NULL)
		return srv_fail(why, SRV_ENOMEM, "server: out of memory");
	s = &server->shared;
	err = conf_holder_init(&s->conf, conf);
	if (err != SRV_OK)
		goto fail;
	/* Long ago, whatever the monotonic clock started with. */
	atomic_store(&s->starved, INT64_MIN / 2);
	raise_descriptors(conf);
	if (conf->listen_tls.count > 0) {
		err = tls_new(
		    &(struct tls_files){conf->tls_certificate, conf->tls_key, conf->tls_client_ca}, &s->tls, why);
		if (err != SRV_OK)
			goto out;
	}
	err = listeners_open(conf, &s->listeners, &s->listener_count, why);
	if (err != SRV_OK)
		goto out;
	listeners_configure(s->listeners, s->listener_count, conf);
	err = caps_new((size_t)conf->max_connections, (size_t)conf->max_connections_per_address, &s->caps);
	if (err != SRV_OK)
		goto fail;
	s->worker_count = worker_count(conf);
	s->workers = calloc(s->worker_count, sizeof(struct worker *));
	if (s->workers == NULL) {
		err = SRV_ENOMEM;
		goto fail;
	}
	*out = server;
	return SRV_OK;
fail:
	srv_fail(why, err, "server: %s", srv_err_text(err));
out:
	server_free(server);
	return err;
}

enum srv_err
server_start(struct server **sp, struct endpoint *endpoint, struct srv_reason *why)
{
	struct server *server = *sp;
	struct shared *s = &server->shared;
	enum srv_err err = SRV_OK;

	for (size_t i = 0; i < s->worker_count; i++) {
		err = worker_new(s, endpoint, &s->workers[i]);
		if (err != SRV_OK)
			goto fail;
	}
	for (size_t i = 0; i < s->worker_count; i++) {
		err = worker_start(s->workers[i]);
		if (err != SRV_OK) {
			stop_workers(s, 0);
			goto fail;
		}
	}
	return SRV_OK;
fail:
	server_free(server);
	*sp = NULL;
	return srv_fail(why, err, "server: %s", srv_err_text(err));
}

enum srv_err
server_check_tls(const struct conf *conf, struct srv_reason *why)
{
	struct tls *tls = NULL;
	enum srv_err err;

	if (conf->listen_tls.count == 0)
		return SRV_OK;
	err = tls_new(&(struct tls_files){conf->tls_certificate, conf->tls_key, conf->tls_client_ca}, &tls, why);
	tls_free(&tls);
	return err;
}

enum srv_err
server_reload_tls(struct server *server, const struct tls_files *files, struct srv_reason *why)
{
	return server->shared.tls != NULL ? tls_reload(server->shared.tls, files, why) : SRV_OK;
}

wall_t
server_tls_expires(const struct server *server)
{
	return tls_expires(server->shared.tls);
}

void
server_configure(struct server *server, const struct conf *conf)
{
	struct shared *s = &server->shared;

	raise_descriptors(conf);
	listeners_configure(s->listeners, s->listener_count, conf);
	caps_configure(s->caps, (size_t)conf->max_connections, (size_t)conf->max_connections_per_address);
	conf_holder_put(&s->conf, conf);
	for (size_t i = 0; i < s->worker_count; i++)
		worker_wake(s->workers[i]);
}

bool
server_responds(struct server *server)
{
	struct shared *s = &server->shared;
	bool all = true;

	for (size_t i = 0; i < s->worker_count; i++) {
		if (atomic_exchange(&s->workers[i]->asked, true))
			all = false;
		worker_wake(s->workers[i]);
	}
	return all;
}

const char *
server_address(const struct server *server, size_t i)
{
	return i < server->shared.listener_count ? server->shared.listeners[i].address : NULL;
}

int
server_stop(struct server **sp, int drain_ms)
{
	struct server *server = *sp;
	int cut;

	*sp = NULL;
	if (server == NULL)
		return 0;
	/* One that was opened only has none. */
	cut = server->shared.workers[0] != NULL ? stop_workers(&server->shared, drain_ms) : 0;
	server_free(server);
	return cut;
}
