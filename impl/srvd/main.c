/* srvd, the server: options, log, listeners, sandbox, store, cache, sessions, pool, endpoint, workers, jobs; then the
 * main thread waits for signals until it is told to stop, and takes it all down in reverse order. */
#include "../base/clock.h"
#include "../base/conf.h"
#include "../base/log.h"
#include "../base/notify.h"
#include "../base/pool.h"
#include "../cache/cache.h"
#include "../endpoint/endpoint.h"
#include "../jobs/jobs.h"
#include "../net/server.h"
#include "../session/session.h"
#include "../store/store.h"
#include "reload.h"
#include "sandbox.h"
#include "watchdog.h"
#include <event2/event.h>
#include <event2/thread.h>
#include <limits.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXIT_USAGE = 2 };

#define STOP_BESIDE_S 15 /* what an end may take besides drain_timeout: jobs, the store */

extern char **environ;

struct srvd {
	int argc;
	char **argv;
	struct conf *conf; /* of the start; what is in force is reload.conf */
	struct store *store;
	struct cache *cache;
	struct sessions *sessions;
	struct pool *pool, *login_pool;
	struct op_env env;
	struct endpoint *endpoint;
	struct server *server;
	struct jobs *jobs;
	struct reload reload;
	struct event_base *loop;
	char status[128]; /* for notify_ready; constant once it was said */
};

static enum srv_err
open_all(struct srvd *s, struct srv_reason *why)
{
	const struct conf *c = s->conf;
	struct sessions_conf sessions = {(int)c->session_idle_days, (int)c->session_max_days};
	char throttle_file[PATH_MAX];
	int logins = session_logins_at_once();
	enum srv_err err;

	/* What takes root, then root no more; no thread runs yet, so that all of them are bound by it. */
	if ((err = server_open(c, &s->server, why)) != SRV_OK)
		return err;
	if ((err = sandbox_enter(c, why)) != SRV_OK)
		return err;
	/* Pool threads, the loader, the job thread and a spare are inside the store at once, at most. */
	err = store_open(c->database, false, (int)c->pool_threads + logins + 3, &s->store, why);
	if (err != SRV_OK)
		return srv_fail(why, err, "database: %s", why->text);
	err = jobs_define(s->store);
	if (err != SRV_OK)
		log_warnx("jobs define reason=%s", LOG_STR(srv_err_text(err)));
	if ((err = cache_new(s->store, c->license, &s->cache, why)) != SRV_OK)
		return err;
	(void)snprintf(throttle_file, sizeof throttle_file, "%s-throttle", c->database);
	if ((err = sessions_new(s->store, &sessions, throttle_file, &s->sessions)) != SRV_OK)
		return srv_fail(why, err, "sessions: %s", srv_err_text(err));
	if ((err = pool_new((int)c->pool_threads, (int)c->pool_queue, &s->pool)) != SRV_OK ||
	    (err = pool_new_patient(logins, (int)c->login_queue, &s->login_pool)) != SRV_OK)
		return srv_fail(why, err, "threads: %s", srv_err_text(err));
	s->env = (struct op_env){s->store, s->cache, s->sessions, SRV_VERSION, s->login_pool};
	if ((err = endpoint_new(c, &s->env, s->pool, &s->endpoint, why)) != SRV_OK)
		return err;
	if ((err = server_start(&s->server, s->endpoint, why)) != SRV_OK)
		return err;
	if (c->jobs && (err = jobs_start(s->store, s->cache, (int)c->job_log_days, &s->jobs)) != SRV_OK)
		return srv_fail(why, err, "maintenance jobs: %s", srv_err_text(err));
	s->reload = (struct reload){
	    s->argc, s->argv, environ, conf_ref(c), conf_ref(c), s->endpoint, s->server, s->sessions, s->jobs};
	return SRV_OK;
}

/* Requests end first, then what they stand on. */
static void
close_all(struct srvd *s)
{
	if (s->server) {
		const struct conf *c = s->reload.conf ? s->reload.conf : s->conf;
		int cut = server_stop(&s->server, (int)(c->drain_timeout * 1000));
		if (cut > 0)
			log_warnx("stop cut_off=%d", cut);
	}
	jobs_stop(&s->jobs);
	pool_free(&s->pool);
	pool_free(&s->login_pool);
	cache_free(&s->cache);
	endpoint_free(&s->endpoint);
	sessions_free(&s->sessions);
	store_close(&s->store);
	if (s->loop)
		event_base_free(s->loop);
	if (s->reload.conf) {
		conf_unref(&s->reload.conf);
		conf_unref(&s->reload.started);
	}
	conf_free(&s->conf);
	libevent_global_shutdown();
}

/* On the loader's thread. */
static void
on_flushed(void *arg, enum srv_err err, const struct srv_reason *why)
{
	const struct srvd *s = arg;

	if (err == SRV_OK)
		log_audit("flush by=SIGHUP outcome=success");
	else
		log_audit("flush by=SIGHUP outcome=failure reason=%s", LOG_STR(why->text));
	notify_ready(s->status);
}

/* Where callers speak HTTPS, a renewed certificate is taken up. */
static void
reload_tls(struct srvd *s)
{
	const struct conf *c = s->reload.conf;
	struct srv_reason why = {""};
	char at[CLOCK_TEXT_MAX];

	if (s->reload.started->listen_tls.count == 0)
		return;
	if (server_reload_tls(s->server, &(struct tls_files){c->tls_certificate, c->tls_key, c->tls_client_ca}, &why) ==
	    SRV_OK)
		log_audit("tls reload by=SIGHUP outcome=success expires=%s",
		    clock_format_utc(server_tls_expires(s->server), at));
	else
		log_audit("tls reload by=SIGHUP outcome=failure reason=%s", LOG_STR(why.text));
}

/* The configuration, and then, whatever came of that, the certificates and all that a flush loads. */
static void
on_hangup(evutil_socket_t signal_number, short what, void *arg)
{
	struct srvd *s = arg;

	(void)signal_number, (void)what;
	notify_reloading();
	reload(&s->reload);
	reload_tls(s);
	if (cache_flush(s->cache, on_flushed, s) != SRV_OK) {
		log_audit("flush by=SIGHUP outcome=failure");
		notify_ready(s->status);
	}
}

static void
on_stop(evutil_socket_t signal_number, short what, void *arg)
{
	struct srvd *s = arg;

	(void)what;
	log_info("stop signal=%s", signal_number == SIGINT ? "SIGINT" : "SIGTERM");
	notify_stopping((int)s->reload.conf->drain_timeout + STOP_BESIDE_S);
	event_base_loopbreak(s->loop);
}

/* Waits for these signals, which came or come; false if there is no loop to wait in. */
static bool
serve(struct srvd *s, const sigset_t *signals)
{
	struct event *hangup = evsignal_new(s->loop, SIGHUP, on_hangup, s);
	struct event *term = evsignal_new(s->loop, SIGTERM, on_stop, s);
	struct event *interrupt = evsignal_new(s->loop, SIGINT, on_stop, s), *watchdog = NULL;
	sigset_t impatient;
	bool ok = hangup && term && interrupt && event_add(hangup, NULL) == 0 && event_add(term, NULL) == 0 &&
		  event_add(interrupt, NULL) == 0 && watchdog_start(s->loop, s->server, &watchdog) == SRV_OK;

	if (ok) {
		for (size_t i = 0; server_address(s->server, i); i++)
			log_info("listen address=%s", server_address(s->server, i));
		(void)snprintf(s->status, sizeof s->status, "serving on %s", server_address(s->server, 0));
		notify_ready(s->status);
		pthread_sigmask(SIG_UNBLOCK, signals, NULL);
		ok = event_base_dispatch(s->loop) >= 0;
		/* Told once more to end, it ends no sooner; but who presses Ctrl-C twice means it. */
		pthread_sigmask(SIG_BLOCK, signals, NULL);
		sigemptyset(&impatient);
		sigaddset(&impatient, SIGINT);
		pthread_sigmask(SIG_UNBLOCK, &impatient, NULL);
	}
	watchdog_stop(&watchdog);
	if (hangup)
		event_free(hangup);
	if (term)
		event_free(term);
	if (interrupt)
		event_free(interrupt);
	return ok;
}

/* libsodium ends the process when it is set up and there is nothing to draw from; then at least not without a word. */
static void
on_misuse(void)
{
	log_error("start reason=\"the system gives no random bytes\"");
	_Exit(EXIT_FAILURE);
}

static int
run(struct srvd *s)
{
	struct srv_reason why = {""};
	bool ok;

	umask(077);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit of files' sizes is a disk that is full */
	/* Until the loop takes signals, they wait: a SIGHUP or SIGTERM during start must not be lost, and only the main
	 * thread is to get them. */
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	pthread_sigmask(SIG_BLOCK, &set, NULL);

	if (sodium_set_misuse_handler(on_misuse) != 0 || sodium_init() < 0 || evthread_use_pthreads() != 0 ||
	    (s->loop = event_base_new()) == NULL) {
		log_error("start reason=\"a library could not be set up\"");
		close_all(s);
		return EXIT_FAILURE;
	}
	if (open_all(s, &why) != SRV_OK) {
		log_error("start reason=%s", LOG_STR(why.text));
		close_all(s);
		return EXIT_FAILURE;
	}
	ok = serve(s, &set);
	if (!ok)
		log_error("serve reason=\"the loop for signals has failed\"");
	close_all(s);
	log_info("stopped");
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	struct srvd s = {.argc = argc, .argv = argv};
	struct srv_reason why = {""};
	enum srv_err err = conf_load(argc, argv, environ, &s.conf, &why);

	if (err == SRV_OK && s.conf->help) {
		puts("Usage: srvd [--config FILE] [--KEY VALUE]... [--test-config | --print-config]\n");
		conf_usage(stdout);
	} else if (err == SRV_OK && s.conf->version) {
		puts("srvd " SRV_VERSION);
	} else if (err != SRV_OK || (err = reload_check(s.conf, &why)) != SRV_OK) {
		fprintf(stderr, "srvd: %s\n", why.text);
	} else if (s.conf->print_config) {
		conf_print(s.conf, stdout);
	} else if (s.conf->test_config) {
		puts("srvd: the configuration is valid");
	} else {
		log_init((enum log_level)log_level_parse(s.conf->log_level));
		log_set_format((enum log_format)log_format_parse(s.conf->log_format));
		return run(&s);
	}
	conf_free(&s.conf);
	if (err != SRV_OK)
		return EXIT_USAGE;
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return EXIT_SUCCESS;
	fputs("srvd: the output cannot be written\n", stderr);
	return EXIT_FAILURE;
}
