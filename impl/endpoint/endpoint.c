/* The endpoint's objects, and the answers that every part of it gives. request.c is step 1 of endpoint.h, exchange.c
 * steps 2 and 3. */
#include "endpoint_priv.h"
#include "../base/log.h"
#include "../base/random.h"
#include <stdlib.h>
#include <string.h>

#define SOAP_11_TYPE "text/xml; charset=utf-8"
#define SOAP_12_TYPE "application/soap+xml; charset=utf-8"

/* What only this folder understands of a configuration; all else was checked by who loaded it. */
static enum srv_err
understand(const struct conf *conf, struct site **site, struct networks *proxies, struct srv_reason *why)
{
	enum srv_err err = site_new(conf, site, why);

	if (err != SRV_OK)
		return err;
	err = networks_init(proxies, &conf->trusted_proxies, "trusted_proxies", why);
	if (err != SRV_OK)
		site_free(site);
	return err;
}

static enum srv_err
check(const struct conf *conf, struct srv_reason *why)
{
	struct networks proxies = {0};
	struct site *site = NULL;
	enum srv_err err = understand(conf, &site, &proxies, why);

	site_free(&site);
	networks_fini(&proxies);
	return err;
}

enum srv_err
endpoint_new(
    const struct conf *conf, const struct op_env *env, struct pool *pool, struct endpoint **out, struct srv_reason *why)
{
	struct endpoint *e;
	enum srv_err err = check(conf, why);

	if (err != SRV_OK)
		return err;
	e = calloc(1, sizeof *e);
	if (e == NULL || conf_holder_init(&e->conf, conf) != SRV_OK) {
		free(e);
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	}
	if (envelopes_new(&e->envelopes) != SRV_OK) {
		endpoint_free(&e);
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	}
	e->env = env;
	e->pool = pool;
	*out = e;
	return SRV_OK;
}

enum srv_err
endpoint_configure(struct endpoint *e, const struct conf *conf, struct srv_reason *why)
{
	enum srv_err err = check(conf, why);

	if (err == SRV_OK)
		conf_holder_put(&e->conf, conf);
	return err;
}

void
endpoint_free(struct endpoint **ep)
{
	if (*ep == NULL)
		return;
	envelopes_free(&(*ep)->envelopes);
	conf_holder_fini(&(*ep)->conf);
	free(*ep);
	*ep = NULL;
}

static enum srv_err
renew(struct endpoint_worker *w)
{
	struct conf_view view = conf_view_of(&w->endpoint->conf);
	struct networks proxies = {0};
	struct site *site = NULL;
	enum srv_err err = understand(view.conf, &site, &proxies, NULL);

	if (err != SRV_OK) {
		conf_view_fini(&view);
		return err;
	}
	site_free(&w->site);
	networks_fini(&w->proxies);
	conf_view_fini(&w->conf);
	w->conf = view;
	w->site = site;
	w->proxies = proxies;
	gate_limits_init(&w->gate_limits, view.conf);
	w->form_limits.parameters = view.conf->max_parameters;
	w->form_limits.name = 64;
	w->form_limits.value = view.conf->max_parameter;
	return SRV_OK;
}

void
endpoint_worker_renew(struct endpoint_worker *w)
{
	if (conf_view_is_old(&w->conf, &w->endpoint->conf))
		(void)renew(w);
}

enum srv_err
endpoint_worker_new(struct endpoint *e, struct endpoint_worker **out)
{
	struct endpoint_worker *w = calloc(1, sizeof *w);
	enum srv_err err;

	if (w == NULL)
		return SRV_ENOMEM;
	w->endpoint = e;
	buf_init(&w->document, 0);
	if ((err = renew(w)) != SRV_OK || (err = gate_new(&w->gate)) != SRV_OK ||
	    (err = gsoap_new(&w->gsoap)) != SRV_OK || (err = documents_new(&w->documents)) != SRV_OK) {
		endpoint_worker_free(&w);
		return err;
	}
	*out = w;
	return SRV_OK;
}

void
endpoint_worker_free(struct endpoint_worker **wp)
{
	struct endpoint_worker *w = *wp;

	if (w == NULL)
		return;
	gate_free(&w->gate);
	gsoap_free(&w->gsoap);
	documents_free(&w->documents);
	site_free(&w->site);
	networks_fini(&w->proxies);
	conf_view_fini(&w->conf);
	buf_fini(&w->document);
	free(w);
	*wp = NULL;
}

void
answer_headers(struct http_response *out, const char *allowed_origin)
{
	buf_puts(&out->headers, "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
				"Referrer-Policy: no-referrer\r\n");
	if (allowed_origin) {
		buf_puts(&out->headers, "Access-Control-Allow-Origin: ");
		buf_puts(&out->headers, allowed_origin);
		buf_puts(&out->headers, "\r\nVary: Origin\r\n");
	}
}

void
answer_fault(struct endpoint_worker *w, int version, int status, enum envelope_fault fault, const char *text,
    struct http_response *out)
{
	if (version == 0) {
		http_response_plain(out, status, text);
		return;
	}
	out->status = status;
	out->content_type = version == 1 ? SOAP_11_TYPE : SOAP_12_TYPE;
	if (envelope_fault(w->endpoint->envelopes, version, fault, text, &out->body) != SRV_OK) {
		buf_fini(&out->body);
		http_response_plain(out, 503, "Service unavailable.");
		return;
	}
	answer_headers(out, NULL);
}

void
answer_incident(struct endpoint_worker *w, int version, const char *what, struct http_response *out)
{
	uint32_t number;
	char text[64];

	(void)random_bytes(&number, sizeof number); /* or it is zero, and the time will do */
	log_error("incident number=\"%08x\" what=%s", number, LOG_STR(what));
	snprintf(text, sizeof text, "Internal failure. Incident %08x.", number);
	answer_fault(w, version, 500, ENVELOPE_SERVER, text, out);
}
