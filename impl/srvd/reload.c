/* Why: an administrator who mistypes a line must find the service as it was, and the line's number in the log.
 * Model: first all that can fail, on copies; then the changes, none of which can. Requests under way go on under the
 * configuration they began with (conf_ref.h).
 * Called by main.c when SIGHUP came, in front of the flush. */
#include "reload.h"

#include "../base/log.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum srv_err
reload_check(const struct conf *conf, struct srv_reason *why)
{
	struct endpoint *endpoint = NULL;
	enum srv_err err;

	if (conf->listen_proxy.count > 0 && conf->trusted_proxies.count == 0)
		return srv_fail(why, SRV_EINVAL, "listen_proxy: nobody may connect, for trusted_proxies is empty");
	err = endpoint_new(conf, NULL, NULL, &endpoint, why);
	endpoint_free(&endpoint);
	return err == SRV_OK ? server_check_tls(conf, why) : err;
}

/* A pipe (`--config <(...)`) was read to its end by the start: to open it again would wait for ever, or read nothing
 * and take all defaults for what is wanted. */
static enum srv_err
check_file(const char *path, struct srv_reason *why)
{
	struct stat st;

	if (path == NULL)
		return SRV_OK;
	if (stat(path, &st) != 0)
		return srv_fail(why, errno == ENOENT ? SRV_ENOENT : SRV_EIO, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return srv_fail(why, SRV_EINVAL, "%s: no regular file, cannot be read again", path);
	return SRV_OK;
}

static void
say_changed(void *arg, const char *key, bool fixed)
{
	(void)arg;
	if (!fixed)
		log_info("reload key=%s", key);
}

static void
say_fixed(void *arg, const char *key, bool fixed)
{
	(void)arg;
	if (fixed)
		log_warnx("reload key=%s needs=restart", key);
}

/* What may be wrong is wrong here. Whatever else is to be read at a reload, certificates for one, is read here as well
 * and kept aside; nothing is in force yet, and what was read is dropped if something after it fails. */
static enum srv_err
prepare(const struct reload *r, struct conf **out, struct srv_reason *why)
{
	struct conf *conf = NULL;
	enum srv_err err = check_file(r->started->config_file, why);

	if (err == SRV_OK)
		err = conf_load(r->argc, r->argv, r->env, &conf, why);
	if (err == SRV_OK)
		err = reload_check(conf, why);
	if (err == SRV_OK)
		err = endpoint_configure(r->endpoint, conf, why); /* the last that can fail */
	if (err == SRV_OK)
		*out = conf;
	else
		conf_free(&conf);
	return err;
}

static void
put_in_force(struct reload *r, struct conf *conf)
{
	struct sessions_conf sessions = {(int)conf->session_idle_days, (int)conf->session_max_days};

	server_configure(r->server, conf);
	sessions_configure(r->sessions, &sessions);
	if (r->jobs != NULL)
		jobs_configure(r->jobs, (int)conf->job_log_days);
	conf_unref(&r->conf);
	r->conf = conf;
}

void
reload(struct reload *r)
{
	const char *file = r->started->config_file;
	struct srv_reason why = {""};
	struct conf *conf = NULL;
	int before, after;

	if (prepare(r, &conf, &why) != SRV_OK) {
		log_audit("reload file=%s outcome=failure reason=%s", LOG_STR(file), LOG_STR(why.text));
		return;
	}
	/* Told at the more talkative of the two levels. */
	before = log_level_parse(r->conf->log_level);
	after = log_level_parse(conf->log_level);
	log_init((enum log_level)(after > before ? after : before));
	conf_compare(r->conf, conf, say_changed, NULL);
	conf_compare(r->started, conf, say_fixed, NULL);
	put_in_force(r, conf);
	log_audit("reload file=%s outcome=success", LOG_STR(file));
	log_init((enum log_level)after);
	log_set_format((enum log_format)log_format_parse(conf->log_format));
}
