/* The endpoint's objects, and the answers that every part of it gives. request.c is step 1 of endpoint.h, exchange.c
 * steps 2 and 3. */
#include "endpoint_priv.h"
#include "../base/log.h"
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define SOAP_11_TYPE "text/xml; charset=utf-8"
#define SOAP_12_TYPE "application/soap+xml; charset=utf-8"

enum srv_err
endpoint_new(
    const struct conf *conf, const struct op_env *env, struct pool *pool, struct endpoint **out, struct srv_reason *why)
{
	struct endpoint *e = calloc(1, sizeof *e);
	enum srv_err err;

	if (e == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	err = site_new(conf, &e->site, why);
	if (err == SRV_OK)
		err = networks_init(&e->proxies, &conf->trusted_proxies, "trusted_proxies", why);
	if (err != SRV_OK) {
		endpoint_free(&e);
		return err;
	}
	e->conf = conf;
	e->env = env;
	e->pool = pool;
	gate_limits_init(&e->gate_limits, conf);
	e->form_limits.parameters = conf->max_parameters;
	e->form_limits.name = 64;
	e->form_limits.value = conf->max_parameter;
	*out = e;
	return SRV_OK;
}

void
endpoint_free(struct endpoint **ep)
{
	if (*ep == NULL)
		return;
	site_free(&(*ep)->site);
	networks_fini(&(*ep)->proxies);
	free(*ep);
	*ep = NULL;
}

enum srv_err
endpoint_worker_new(struct endpoint *e, struct endpoint_worker **out)
{
	struct endpoint_worker *w = calloc(1, sizeof *w);

	if (w == NULL)
		return SRV_ENOMEM;
	w->endpoint = e;
	buf_init(&w->document, 0);
	if (gate_new(&w->gate) != SRV_OK || gsoap_new(&w->gsoap) != SRV_OK) {
		endpoint_worker_free(&w);
		return SRV_ENOMEM;
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
answer_fault(struct endpoint_worker *w, int version, int status, enum gsoap_fault fault, const char *text,
    struct http_response *out)
{
	if (version == 0) {
		http_response_plain(out, status, text);
		return;
	}
	out->status = status;
	out->content_type = version == 1 ? SOAP_11_TYPE : SOAP_12_TYPE;
	if (gsoap_write_fault(w->gsoap, version, fault, text, &out->body) != SRV_OK) {
		buf_fini(&out->body);
		http_response_plain(out, 503, "Service unavailable.");
		return;
	}
	answer_headers(out, NULL);
}

void
answer_incident(struct endpoint_worker *w, int version, const char *what, struct http_response *out)
{
	uint32_t number = randombytes_random();
	char text[64];

	log_error("incident number=%08x what=%s", number, LOG_STR(what));
	snprintf(text, sizeof text, "Internal failure. Incident %08x.", number);
	answer_fault(w, version, 500, GSOAP_FAULT_SERVER, text, out);
}
