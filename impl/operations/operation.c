/* What operations share: how a result begins, how a failure reads, how a session is shown. The error texts
 * that callers compare against are in one place, here. Nothing here keeps state; called on whatever
 * thread runs the operation. */
#include "operation.h"
#include <stddef.h>

void
op_finish(struct op_call *call)
{
	call->finish(call);
}

const char *
op_ticket(const struct op_call *call)
{
	const struct operation *op = call->info->operation;
	const char *ticket = call->param[op->ticket_param];

	if (op->ticket_cookie && (ticket == NULL || ticket[0] == '\0') && call->cookie_ticket != NULL)
		return call->cookie_ticket;
	return ticket;
}

void
op_result_begin(struct op_call *call, struct xml *x)
{
	xml_init(x, &call->result);
	xml_open(x, call->result_element);
	xml_attr_bool(x, "success", true);
}

void
op_result_ok(struct op_call *call)
{
	struct xml x;

	op_result_begin(call, &x);
	xml_close(&x);
}

static void
result_error(struct op_call *call, const char *text)
{
	struct xml x;

	/* Whatever the operation had written before it failed is not part of the answer. */
	buf_reset(&call->result);
	xml_init(&x, &call->result);
	xml_open(&x, call->result_element);
	xml_attr_bool(&x, "success", false);
	xml_attr(&x, "error", text);
	xml_close(&x);
}

/* The text for what the caller did wrong; NULL for what is our trouble. */
static const char *
caller_error(enum srv_err err)
{
	switch (err) {
	case SRV_ETICKET:
		return "[901]Session expired or Invalid ticket";
	case SRV_ERIGHTS:
		return "[921]Insufficient rights";
	case SRV_EAUTH:
		return "[900] Authentication failed";
	case SRV_ENOTICKET:
		return "[902] Ticket generation not allowed";
	case SRV_EFORMAT:
		return "invalid ticket format";
	default:
		return NULL;
	}
}

void
op_fail(struct op_call *call, enum srv_err err)
{
	static const char unavailable[] = "[991]Service temporarily unavailable";
	const char *text = caller_error(err);

	result_error(call, text == NULL ? unavailable : text);
	/* What is wrong with the store is for the log, not for the caller. */
	if (text == NULL)
		srv_fail(&call->outcome, err, "%s (%s)", unavailable, srv_err_text(err));
	else
		srv_fail(&call->outcome, err, "%s", text);
}

void
op_fail_reload(struct op_call *call, const struct srv_reason *why)
{
	struct buf text;

	buf_init(&text, 0);
	buf_puts(&text, "[990]Application cache could not be reloaded: ");
	buf_puts(&text, why->text);
	result_error(call, buf_str(&text));
	srv_fail(&call->outcome, SRV_EINVAL, "%s", buf_str(&text));
	if (text.err != SRV_OK)
		op_fail(call, text.err);
	buf_fini(&text);
}

void
op_result_session(struct op_call *call, const char *ticket, const struct session *s, wall_t expires_at)
{
	char time_text[CLOCK_TEXT_MAX];
	struct buf full;
	struct xml x;

	buf_init(&full, 0);
	buf_puts(&full, s->first_name);
	if (s->first_name[0] != '\0' && s->last_name[0] != '\0')
		buf_putc(&full, ' ');
	buf_puts(&full, s->last_name);
	if (full.err != SRV_OK) {
		op_fail(call, full.err);
		buf_fini(&full);
		return;
	}
	op_result_begin(call, &x);
	if (ticket != NULL)
		xml_attr(&x, "ticket", ticket);
	xml_attr_int(&x, "userid", s->user_id);
	xml_attr(&x, "username", s->username);
	xml_attr(&x, "firstName", s->first_name);
	xml_attr(&x, "lastName", s->last_name);
	xml_attr(&x, "fullname", buf_str(&full));
	xml_attr(&x, "email", s->email);
	xml_attr(&x, "expireOn", clock_format_utc(expires_at, time_text));
	xml_attr(&x, "isAuthenticated", "True");
	xml_close(&x);
	buf_fini(&full);
}
