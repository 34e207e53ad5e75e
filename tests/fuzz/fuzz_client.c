/* libsrvclient before a server that answers with anything: the first byte chooses operation and SOAP version, the rest
 * is what comes back on the connection. Either the call fails and says why, or the result is one that prints; and what
 * the library calls the result's XML is XML, which written again is the same.
 *
 * No network takes part: our connect() puts a pair of sockets in the place of the library's, with the answer in it. */
#include "fuzz.h"

#include "../../impl/client/result.h"
#include "../../impl/client/srvclient.h"
#include "../../impl/srvctl/print.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static struct {
	const void *bytes;
	size_t len;
	int far; /* the server's end of the connection, -1: none */
} server = {.far = -1};

int
connect(int fd, const struct sockaddr *to, socklen_t len)
{
	int pair[2], flags = fcntl(fd, F_GETFL);

	(void)to, (void)len;
	MUST(server.far == -1 && socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
	MUST(send(pair[1], server.bytes, server.len, MSG_NOSIGNAL) == (ssize_t)server.len);
	MUST(shutdown(pair[1], SHUT_WR) == 0 && dup2(pair[0], fd) == fd && fcntl(fd, F_SETFL, flags) == 0);
	close(pair[0]);
	server.far = pair[1];
	return 0;
}

static void
check_xml(const char *xml)
{
	struct result *tree = NULL;
	struct srv_reason why = {""};
	struct buf again;

	MUST(result_parse(xml, strlen(xml), RESULT_DEPTH_MAX, &tree, &why) == SRV_OK);
	buf_init(&again, 0);
	result_write(&again, tree);
	MUST(again.err == SRV_OK && strcmp(buf_str(&again), xml) == 0);
	buf_fini(&again);
	result_free(&tree);
}

/* Nothing that a terminal would act on, C1 included. */
static void
check_printed(const struct srvclient_type *type, const void *result, const char *xml)
{
	struct buf out;

	buf_init(&out, 0);
	print_xml(&out, xml);
	print_json(&out, type, result);
	(void)print_fields(&out, type, result);
	MUST(out.err == SRV_OK);
	for (size_t i = 0; i < out.len; i++) {
		unsigned char c = (unsigned char)out.data[i], next = (unsigned char)out.data[i + 1];

		MUST(c >= ' ' ? c != 0x7f : c == '\n' || c == '\t');
		MUST(c != 0xc2 || next > 0x9f);
	}
	buf_fini(&out);
}

static void
call(struct srvclient *client, const struct srvclient_operation *operation)
{
	const char *params[8] = {"admin", "secret", "de", "00112233-4455-6677-8899-aabbccddeeff"};
	const char *xml;
	void *result = NULL;
	enum srvclient_err err;

	MUST(operation->param_count <= sizeof params / sizeof *params);
	err = srvclient_call(client, operation, params, &result);
	MUST(server.far != -1);
	close(server.far);
	server.far = -1;
	xml = srvclient_xml(client);
	MUST(err != SRVCLIENT_USAGE && err != SRVCLIENT_MEMORY && err != SRVCLIENT_TIMEOUT);
	MUST((xml != NULL) == (err == SRVCLIENT_OK || srvclient_is_refusal(err)));
	if (xml != NULL)
		check_xml(xml);
	if (err == SRVCLIENT_OK) {
		MUST(srvclient_text(client)[0] == '\0' && (result != NULL) == (operation->type->size > 0));
		check_printed(operation->type, result, xml);
		srvclient_result_free(operation->type, &result);
	} else {
		MUST(result == NULL && (srvclient_is_refusal(err) || srvclient_text(client)[0] != '\0'));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice = fuzz_byte(&data, &size);
	struct srvclient *client = NULL;
	size_t count = 0;

	while (srvclient_operation_at(count) != NULL)
		count++;
	server.bytes = data;
	server.len = size;
	MUST(srvclient_new("http://127.0.0.1:1/srv.asmx", &client) == SRVCLIENT_OK);
	MUST(srvclient_set_timeouts(client, 5000, 10000) == SRVCLIENT_OK);
	MUST(srvclient_set_soap(client, choice & 1 ? SRVCLIENT_SOAP_12 : SRVCLIENT_SOAP_11) == SRVCLIENT_OK);
	call(client, srvclient_operation_at((choice >> 1) % count));
	srvclient_free(&client);
	return 0;
}
