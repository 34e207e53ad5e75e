/* Names as they stand in requests. Everyone who reads a request asks here (request.c, gate.c, plain.c). */
#include "wire.h"
#include "../base/text.h"

const char *const wire_envelopes[2] = {
    "http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"};

int
wire_find_op(struct http_text name)
{
	for (int i = 0; i < op_count; i++)
		if (http_text_is(name, op_table[i].name))
			return i;
	return -1;
}

int
wire_find_param(int op, struct http_text name)
{
	for (int i = 0; i < op_table[op].param_count; i++) {
		const char *p = op_table[op].params[i];
		if (http_text_is(name, p))
			return i;
		if (text_ieq(p, "authenticationTicket") &&
		    (http_text_is(name, "authenticationTicket") || http_text_is(name, "AuthenticationTicket")))
			return i;
	}
	return -1;
}
