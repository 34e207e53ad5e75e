/* The seam between what gSOAP generates and endpoint/: the operation table and, for each operation, the
 * function that serialises its response element. The table and those functions are made from the WSDL
 * (gen/operations.xsl). Only endpoint/ includes this. */
#ifndef SRV_ENDPOINT_WIRE_H
#define SRV_ENDPOINT_WIRE_H

#include "../net/http.h"
#include "../operations/operation.h"

struct soap;

#define WIRE_NAMESPACE "http://tempuri.org/"

/* The namespaces of SOAP 1.1 and SOAP 1.2 envelopes. */
extern const char *const wire_envelopes[2];

extern const struct op_info op_table[];
extern const int op_count;

/* The operation, or its parameter, of that name; -1 if there is none. The ticket has two spellings. */
int wire_find_op(struct http_text name);
int wire_find_param(int op, struct http_text name);

/* Writes <srv:OperationResponse><srv:OperationResult>xml</…></…>; xml goes out as it stands. */
extern int (*const op_put[])(struct soap *, char *xml);

/* gSOAP parsed a SOAP request and dispatched it: remembers the operation and takes the parameters (gsoap.c). Gives what
 * the skeleton is to return, so that it ends there: the answer is serialised later. */
int wire_called(struct soap *, int op, char *const params[OP_PARAMS_MAX]);

/* Stand for soap_body_end_in, soap_envelope_end_in and soap_end_recv in the generated server code (the Makefile says
 * so): the gate wrote what follows an operation, and the sweep of empty tables is saved. */
int wire_body_end_in(struct soap *);
int wire_envelope_end_in(struct soap *);
int wire_end_recv(struct soap *);

#endif
