/* The seam between what gSOAP generates and endpoint/: the operation table and, for each operation, the
 * function that serialises its response element. All but wire_called is made from the WSDL
 * (gen/operations.xsl). Only endpoint/ includes this. */
#ifndef SRV_ENDPOINT_WIRE_H
#define SRV_ENDPOINT_WIRE_H

#include "../operations/operation.h"

struct soap;

extern const struct op_info op_table[];
extern const int op_count;

/* Writes <srv:OperationResponse><srv:OperationResult>xml</…></…>; xml goes out as it stands. */
extern int (*const op_put[])(struct soap *, char *xml);

/* gSOAP parsed a SOAP request and dispatched it: remembers operation and parameters (gsoap.c). Gives what
 * the skeleton is to return, so that it ends there: the answer is serialised later. */
int wire_called(struct soap *, int op, const char *const params[OP_PARAMS_MAX]);

/* Stands for soap_end_recv in the generated server code (the Makefile says so): nothing follows an envelope that we
 * wrote, and the sweep of empty tables is saved. */
int wire_end_recv(struct soap *);

#endif
