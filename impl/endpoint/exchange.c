/* Steps 2 and 3 of an exchange: the operation runs, in place or on the pool, and its result becomes an answer. An
 * exchange is held by its loop and, while it runs elsewhere, by the operation too; whichever lets go last frees it. */
#include "endpoint_priv.h"
#include "../base/log.h"
#include "../base/text.h"
#include <stdlib.h>
#include <string.h>

#define XML_TYPE "text/xml; charset=utf-8"
#define SOAP_12_TYPE "application/soap+xml; charset=utf-8"
#define DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

static const char *const form_names[] = {"none", "soap11", "soap12", "get", "post"};

void
exchange_unref(struct exchange *x)
{
	if (atomic_fetch_sub(&x->refs, 1) != 1)
		return;
	gsoap_parsed_fini(&x->parsed);
	if (x->call.snapshot)
		snapshot_unref(&x->call.snapshot);
	if (x->call.session)
		session_unref(&x->call.session);
	buf_fini(&x->call.result);
	text_wipe(&x->cookie_ticket);
	free(x->peer);
	free(x->allowed_origin);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

/* One line a call, whatever came of it: what changes something, and what failed, for an audit, the rest only for the
 * developer. */
static void
log_outcome(const struct exchange *x)
{
	const struct op_call *c = &x->call;
	const struct operation *op = c->info->operation;
	bool failed = c->outcome.text[0] != '\0';
	long long ms = (long long)(clock_mono().ms - x->began.ms);
	char shown[SESSION_TICKET_NAME_MAX];
	const char *user = op->logs_in ? c->param[0] : NULL, *ticket = c->ticket_name;

	if (!failed && !op->changes) {
		log_debug("op name=%s form=%s peer=%s outcome=success ms=%lld", c->info->name, form_names[x->form],
		    x->peer, ms);
		return;
	}
	if (op->access == OP_TICKET)
		ticket = session_ticket_name(op_ticket(c), shown);
	log_audit("op name=%s form=%s user=%s peer=%s outcome=%s reason=%s ticket=%s ms=%lld", c->info->name,
	    form_names[x->form], LOG_STR(c->session ? c->session->username : user), x->peer,
	    failed ? LOG_STR(c->outcome.text) : "success", LOG_STR(c->refusal), LOG_STR(*ticket ? ticket : NULL), ms);
}

/* The operation is done, on whatever thread: logs it, wakes the loop unless that let go, lets go itself. */
static void
on_finish(struct op_call *call)
{
	struct exchange *x = call->owner;

	log_outcome(x);
	pthread_mutex_lock(&x->lock);
	if (!x->abandoned)
		x->ready(x->loop_arg, x->id);
	pthread_mutex_unlock(&x->lock);
	exchange_unref(x);
}

/* The ticket was looked at with the outcome err: may the operation run? If not, the result says why. */
static bool
admit(struct exchange *x, enum srv_err err)
{
	struct op_call *c = &x->call;

	if (err == SRV_OK && !session_may(c->session, c->info->operation->permission))
		err = SRV_ERIGHTS;
	if (err != SRV_OK)
		op_fail(c, err);
	return err == SRV_OK;
}

static void
on_pool(void *arg)
{
	struct exchange *x = arg;
	struct op_call *c = &x->call;
	const struct operation *op = c->info->operation;

	if (op->access == OP_TICKET && c->session == NULL &&
	    !admit(x, session_check(c->env->sessions, op_ticket(c), !op->keeps_ticket, &c->session, &c->expires_at)))
		op_finish(c);
	else if (op->run(c) == OP_DONE)
		op_finish(c);
}

/* From here the operation holds the exchange too. Logins have threads and a queue of their own, so that however many
 * passwords wait to be hashed, nothing else waits behind them. */
static bool
defer(struct exchange *x, enum srv_err *err)
{
	struct op_call *c = &x->call;

	atomic_fetch_add(&x->refs, 1);
	*err = pool_post(c->info->operation->logs_in ? c->env->login_pool : x->endpoint->pool, on_pool, x);
	if (*err == SRV_OK)
		return false;
	atomic_fetch_sub(&x->refs, 1);
	srv_fail(&c->outcome, *err, "%s", srv_err_text(*err));
	log_outcome(x);
	return true;
}

bool
exchange_start(struct exchange *x, enum srv_err *err)
{
	struct op_call *c = &x->call;
	const struct operation *op = c->info->operation;

	*err = SRV_OK;
	c->env = x->endpoint->env;
	c->snapshot = cache_get(c->env->cache);
	c->finish = on_finish;
	c->owner = x;
	if (op->access == OP_TICKET) {
		enum srv_err e = session_peek(
		    c->env->sessions, op_ticket(c), !op->keeps_ticket, &c->session, &c->expires_at);
		if (e == SRV_EAGAIN)
			return defer(x, err);
		if (!admit(x, e)) {
			log_outcome(x);
			return true;
		}
	}
	if (op->blocks)
		return defer(x, err);
	atomic_fetch_add(&x->refs, 1);
	if (op->run(c) == OP_PENDING)
		return false;
	atomic_fetch_sub(&x->refs, 1);
	log_outcome(x);
	return true;
}

static void
answer_soap(struct endpoint_worker *w, struct exchange *x, int version, struct http_response *out)
{
	struct buf text;
	bool failed;
	const struct buf *xml = &x->call.result;

	buf_init(&text, 0);
	if (x->text_result) {
		xml_escape(&text, xml->data, xml->len);
		xml = &text;
	}
	failed = xml->err != SRV_OK ||
		 envelope_result(w->endpoint->envelopes, version, x->op, xml->data, xml->len, &out->body) != SRV_OK;
	buf_fini(&text);
	if (failed) {
		buf_reset(&out->body);
		answer_incident(w, version, "the answer could not be written", out);
		return;
	}
	out->status = 200;
	out->content_type = version == 1 ? XML_TYPE : SOAP_12_TYPE;
	answer_headers(out, x->allowed_origin);
}

static void
answer_form(struct exchange *x, struct http_response *out)
{
	buf_puts(&out->body, DECLARATION);
	buf_put(&out->body, x->call.result.data, x->call.result.len);
	out->status = 200;
	out->content_type = XML_TYPE;
	answer_headers(out, x->allowed_origin);
}

void
exchange_answer(struct endpoint_worker *w, struct exchange *x, struct http_response *out)
{
	int version = x->form == FORM_SOAP_11 ? 1 : x->form == FORM_SOAP_12 ? 2 : 0;

	out->head_only = x->head_only;
	out->delay_ms = x->call.delay_ms;
	if (x->call.result.err != SRV_OK || x->call.result.len == 0)
		answer_incident(w, version, "the operation gave no result", out);
	else if (version)
		answer_soap(w, x, version, out);
	else
		answer_form(x, out);
	if (out->body.err != SRV_OK) {
		buf_reset(&out->body);
		http_response_plain(out, 503, "Service unavailable.");
	}
}

void
endpoint_answer(struct endpoint_worker *w, struct exchange **xp, struct http_response *out)
{
	exchange_answer(w, *xp, out);
	exchange_unref(*xp);
	*xp = NULL;
}

void
endpoint_abandon(struct endpoint_worker *w, struct exchange **xp)
{
	struct exchange *x = *xp;

	(void)w;
	pthread_mutex_lock(&x->lock);
	x->abandoned = true;
	pthread_mutex_unlock(&x->lock);
	exchange_unref(x);
	*xp = NULL;
}
