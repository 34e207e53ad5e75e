/* gSOAP as it comes, for the benchmark to compare srvd with: the server that its manual shows. One thread accepts and
 * queues, 64 threads take a connection each and stay with it in soap_serve, for as long as it is kept alive. The
 * generated code is srvd's own. The operations do nothing: they answer with the element that the command line gives.
 *
 *     stock PORT SERVERINFO-ELEMENT FLUSH-ELEMENT
 */
#include "SrvSoap.nsmap"
#include "soapH.h"
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREADS 64
#define QUEUE 32768 /* connections that wait for a thread */
#define DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"

static char *info_element, *flush_element;

static struct {
	pthread_mutex_t lock;
	pthread_cond_t filled;
	SOAP_SOCKET item[QUEUE];
	size_t first, count;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

/* ---- operations ---- */

int
__srv__ServerInfo(struct soap *soap, struct _srv__ServerInfo *in, struct _srv__ServerInfoResponse *out)
{
	(void)in;
	out->ServerInfoResult = soap_malloc(soap, sizeof *out->ServerInfoResult);
	if (out->ServerInfoResult == NULL)
		return SOAP_EOM;
	out->ServerInfoResult->__any = info_element;
	return SOAP_OK;
}

int
__srv__FlushApplicationCache(
    struct soap *soap, struct _srv__FlushApplicationCache *in, struct _srv__FlushApplicationCacheResponse *out)
{
	(void)in;
	out->FlushApplicationCacheResult = soap_malloc(soap, sizeof *out->FlushApplicationCacheResult);
	if (out->FlushApplicationCacheResult == NULL)
		return SOAP_EOM;
	out->FlushApplicationCacheResult->__any = flush_element;
	return SOAP_OK;
}

/* The benchmark calls none of these; the generated dispatch wants them. */
#define NOT_MEASURED(name)                                                                                \
	int __srv__##name(struct soap *soap, struct _srv__##name *in, struct _srv__##name##Response *out) \
	{                                                                                                 \
		(void)in, (void)out;                                                                      \
		return soap_receiver_fault(soap, #name " is no part of the benchmark", NULL);             \
	}
NOT_MEASURED(GetMaintenanceJobsStatus)
NOT_MEASURED(GetWarehouseStatus)
NOT_MEASURED(AuthenticateUser)
NOT_MEASURED(AuthenticateUser1)
NOT_MEASURED(RenewTicket)
NOT_MEASURED(isValidTicket)
NOT_MEASURED(LogOut)

static int
on_get(struct soap *soap)
{
	const char *element = NULL;

	if (strcmp(soap->path, "/srv.asmx/ServerInfo") == 0)
		element = info_element;
	else if (strncmp(soap->path, "/srv.asmx/FlushApplicationCache?", 32) == 0)
		element = flush_element;
	if (element == NULL)
		return 404;
	soap->http_content = "text/xml; charset=utf-8";
	if (soap_response(soap, SOAP_FILE) || soap_send(soap, DECLARATION) || soap_send(soap, element))
		return soap->error;
	return soap_end_send(soap);
}

/* ---- threads ---- */

static SOAP_SOCKET
take(void)
{
	SOAP_SOCKET s;

	pthread_mutex_lock(&queue.lock);
	while (queue.count == 0)
		pthread_cond_wait(&queue.filled, &queue.lock);
	s = queue.item[queue.first];
	queue.first = (queue.first + 1) % QUEUE;
	queue.count--;
	pthread_mutex_unlock(&queue.lock);
	return s;
}

static bool
put(SOAP_SOCKET s)
{
	bool room;

	pthread_mutex_lock(&queue.lock);
	room = queue.count < QUEUE;
	if (room) {
		queue.item[(queue.first + queue.count++) % QUEUE] = s;
		pthread_cond_signal(&queue.filled);
	}
	pthread_mutex_unlock(&queue.lock);
	return room;
}

static void *
serve(void *arg)
{
	struct soap *soap = arg;

	for (;;) {
		soap->socket = take();
		soap_serve(soap);
		soap_destroy(soap);
		soap_end(soap);
	}
	return NULL;
}

int
main(int argc, char *argv[])
{
	struct soap master;

	if (argc != 4) {
		fprintf(stderr, "usage: stock PORT SERVERINFO-ELEMENT FLUSH-ELEMENT\n");
		return 2;
	}
	info_element = argv[2];
	flush_element = argv[3];
	signal(SIGPIPE, SIG_IGN);
	soap_init1(&master, SOAP_IO_KEEPALIVE);
	master.bind_flags = SO_REUSEADDR;
	master.fget = on_get;
	/* As srvd is set up: requests a connection, and seconds that it may be idle. */
	master.max_keep_alive = 10000;
	master.recv_timeout = 60;
	master.send_timeout = 10;
	if (!soap_valid_socket(soap_bind(&master, "127.0.0.1", atoi(argv[1]), 4096))) {
		soap_print_fault(&master, stderr);
		return 1;
	}
	for (int i = 0; i < THREADS; i++) {
		struct soap *soap = soap_copy(&master);
		pthread_t thread;

		if (soap == NULL || pthread_create(&thread, NULL, serve, soap) != 0) {
			fprintf(stderr, "stock: no memory for %d threads\n", THREADS);
			return 1;
		}
	}
	for (;;) {
		SOAP_SOCKET s = soap_accept(&master);

		if (soap_valid_socket(s) && !put(s))
			soap_force_closesock(&master);
	}
}
