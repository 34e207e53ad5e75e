/* A program that has a gSOAP of its own, with TLS, and stubs of the same service, beside libsrvclient: each asks for
 * ServerInfo, in turns. The tests compile it; it is no example.
 *
 *     ./beside http://HOST:PORT/srv.asmx */
#include <srvclient.h>
#include <stdio.h>
#include "soapH.h"
#include "SrvSoap.nsmap"

/* What the library calls so within is no business of ours. */
int buf_put = 1;

static int
ask_gsoap(const char *url)
{
	struct soap *soap = soap_new1(SOAP_C_UTFSTRING | SOAP_XML_TREE);
	struct _srv__ServerInfo in;
	struct _srv__ServerInfoResponse out;
	int failed;

	soap_default__srv__ServerInfo(soap, &in);
	failed = soap_call___srv__ServerInfo(soap, url, NULL, &in, &out);
	if (failed)
		soap_print_fault(soap, stderr);
	soap_destroy(soap);
	soap_end(soap);
	soap_free(soap);
	return failed;
}

static int
ask_srvclient(struct srvclient *c)
{
	struct srvclient_server_info *info = NULL;
	enum srvclient_err err = srvclient_server_info(c, &info);

	if (err != SRVCLIENT_OK)
		fprintf(stderr, "%s\n", srvclient_text(c));
	srvclient_server_info_free(&info);
	return err != SRVCLIENT_OK;
}

int
main(int argc, char **argv)
{
	struct srvclient *c = NULL;
	int failed = argc != 2 || srvclient_new(argv[1], &c) != SRVCLIENT_OK;

	for (int i = 0; i < 3 && !failed; i++)
		failed = ask_gsoap(argv[1]) || ask_srvclient(c);
	srvclient_free(&c);
	return failed || !buf_put;
}
