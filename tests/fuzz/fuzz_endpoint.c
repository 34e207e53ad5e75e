/* A whole HTTP request into the endpoint, as the net would give it: real dispatch, real operations on a real store,
 * real answers. Of what comes back a strict reader must be able to make one answer; where it says that it is XML it is;
 * nothing that the caller did not bring and may not know is in the answer or in the log; and no request whatever is an
 * internal failure.
 *
 * An input is one or several requests, one behind the other. If the head of the first says nothing of a body's length,
 * a Content-Length is put in: the fuzzer cannot count.
 *
 * The Makefile has write(2) go through __wrap_write here, for what the log says. */
#include "fuzz.h"
#include "fuzz_world.h"

#include "../../impl/endpoint/endpoint.h"
#include "../../impl/net/http1.h"
#include "../../impl/net/reply.h"

#include <expat.h>
#include <pthread.h>
#include <time.h>
#include <zlib.h>

#define REQUESTS_MAX 4
#define WAIT_S 30
#define DOCUMENT_MAX (1 << 20) /* bytes of a document, as a reader has it in the end */
#define SOAP_11 "http://schemas.xmlsoap.org/soap/envelope/"
#define SOAP_12 "http://www.w3.org/2003/05/soap-envelope"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int ready;
} wait = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static void
on_ready(void *arg, uint64_t id)
{
	MUST(arg == &wait && id == 7);
	pthread_mutex_lock(&wait.lock);
	wait.ready++;
	pthread_cond_signal(&wait.changed);
	pthread_mutex_unlock(&wait.lock);
}

static void
await(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += WAIT_S;
	pthread_mutex_lock(&wait.lock);
	while (wait.ready == 0)
		MUST(pthread_cond_timedwait(&wait.changed, &wait.lock, &until) == 0);
	pthread_mutex_unlock(&wait.lock);
}

/* ---- a strict reader of answers --------------------------------------------------------------------------- */

struct element {
	char name[160]; /* of the root, `namespace name` */
	bool has_doctype;
};

static void XMLCALL
on_element(void *arg, const XML_Char *name, const XML_Char **attributes)
{
	struct element *root = arg;

	(void)attributes;
	if (root->name[0] == '\0')
		snprintf(root->name, sizeof root->name, "%s", name);
}

static void XMLCALL
on_doctype(void *arg, const XML_Char *name, const XML_Char *system_id, const XML_Char *public_id, int has_subset)
{
	(void)name, (void)system_id, (void)public_id, (void)has_subset;
	((struct element *)arg)->has_doctype = true;
}

/* What is said to be XML is, in UTF-8, and its root is one that a caller waits for. */
static void
check_xml(const struct http_request *rq, const struct http_response *a, struct http_text body)
{
	XML_Parser parser = XML_ParserCreateNS("UTF-8", ' ');
	struct element root = {.name = ""};
	bool soap_12 = strncmp(a->content_type, "application/soap+xml", 20) == 0;

	XML_SetUserData(parser, &root);
	XML_SetElementHandler(parser, on_element, NULL);
	XML_SetStartDoctypeDeclHandler(parser, on_doctype);
	MUST(XML_Parse(parser, body.s, (int)body.len, XML_TRUE) == XML_STATUS_OK);
	XML_ParserFree(parser);
	MUST(!root.has_doctype);
	if (soap_12)
		MUST(strcmp(root.name, SOAP_12 " Envelope") == 0);
	else if (strcmp(root.name, SOAP_11 " Envelope") == 0)
		MUST(http_text_is(rq->method, "POST"));
	else
		MUST(a->status == 200);
}

/* Status line, then fields of printable bytes, each ended by CR LF; the length said is the body's. */
static void
check_head(const struct http_response *a, const struct buf *head, struct http_text body)
{
	const char *at = head->data, *end = head->data + head->len, *lf;
	long length = -1;
	int types = 0;

	MUST(head->err == SRV_OK && head->len > 16 && memcmp(at, "HTTP/1.1 ", 9) == 0);
	MUST(strtol(at + 9, NULL, 10) == a->status && a->status >= 200 && a->status < 600);
	for (; (lf = memchr(at, '\n', (size_t)(end - at))) != NULL; at = lf + 1) {
		MUST(lf > head->data && lf[-1] == '\r');
		if (lf - 1 == at)
			break;
		for (const char *c = at; c < lf - 1; c++)
			MUST((unsigned char)*c >= ' ' && (unsigned char)*c != 0x7f);
		if (at == head->data)
			continue;
		const char *colon = memchr(at, ':', (size_t)(lf - at));
		MUST(colon != NULL && colon > at && colon[1] == ' ');
		for (const char *c = at; c < colon; c++)
			MUST((*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || *c == '-');
		types += colon - at == 12 && memcmp(at, "Content-Type", 12) == 0;
		if (colon - at == 14 && memcmp(at, "Content-Length", 14) == 0) {
			MUST(length == -1);
			length = strtol(colon + 2, NULL, 10);
		}
	}
	MUST(lf != NULL && lf + 1 == end);
	MUST(types == (a->content_type != NULL && a->status != 304));
	MUST(a->no_length || a->status == 304 ? length == -1 : length == (long)body.len);
}

/* What a reader has who took gzip, if that is how it came. */
static struct http_text
decoded(const struct http_response *a)
{
	static Bytef out[DOCUMENT_MAX];
	struct http_text body = reply_body(a);
	z_stream z = {.next_in = (Bytef *)(uintptr_t)body.s, .avail_in = (uInt)body.len};

	if (body.len == 0 || !fuzz_holds(a->headers.data, a->headers.len, "Content-Encoding: gzip"))
		return body;
	z.next_out = out;
	z.avail_out = sizeof out;
	MUST(inflateInit2(&z, 15 + 16) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0);
	inflateEnd(&z);
	return (struct http_text){(char *)out, sizeof out - z.avail_out};
}

/* A ticket that was given out is in no log. */
static void
check_given(struct http_text body)
{
	static const char before[] = "ticket=\"";
	const char *at = body.len > 0 ? memmem(body.s, body.len, before, sizeof before - 1) : NULL;
	char ticket[SESSION_TICKET_LEN + 1] = "";

	if (at == NULL || (size_t)(body.s + body.len - at) < sizeof before - 1 + SESSION_TICKET_LEN)
		return;
	memcpy(ticket, at + sizeof before - 1, SESSION_TICKET_LEN);
	MUST(!fuzz_holds(world.log, world.log_len, ticket) || fuzz_holds(world.input, world.size, ticket));
}

static void
check_answer(const struct http_request *rq, const struct http_response *a)
{
	struct reply_date date = {0};
	struct http_text body = reply_body(a);
	struct buf head;

	MUST(a->body.err == SRV_OK && a->headers.err == SRV_OK && a->delay_ms >= 0);
	buf_init(&head, 0);
	reply_head(&head, &date, a, rq->minor, a->close);
	check_head(a, &head, body);
	body = decoded(a);
	if (body.len > 0) {
		MUST(a->content_type != NULL);
		if (strncmp(a->content_type, "text/xml", 8) == 0 ||
		    strncmp(a->content_type, "application/soap", 16) == 0)
			check_xml(rq, a, body);
	}
	world_keeps_secrets(head.data, head.len);
	world_keeps_secrets(body.s, body.len);
	check_given(body);
	buf_fini(&head);
}

/* ---- requests --------------------------------------------------------------------------------------------- */

static void
ask(struct http_request *rq)
{
	struct http_response answer;
	struct exchange *x = NULL;

	rq->peer = "127.0.0.1";
	rq->from_here = world.size & 1;
	wait.ready = 0;
	http_response_init(&answer);
	if (endpoint_begin(world.worker, rq, on_ready, &wait, 7, &answer, &x)) {
		MUST(x == NULL && wait.ready == 0);
	} else {
		MUST(x != NULL);
		await();
		endpoint_answer(world.worker, &x, &answer);
		MUST(x == NULL && wait.ready == 1 && world.log_len > 0);
	}
	check_answer(rq, &answer);
	http_response_fini(&answer);
}

/* The input as one piece of memory, perhaps with a length put in. */
static char *
complete(const uint8_t *data, size_t size, size_t *len)
{
	const uint8_t *end = size > 0 ? memmem(data, size, "\r\n\r\n", 4) : NULL;
	size_t head = end != NULL ? (size_t)(end - data) + 2 : size;
	char line[64] = "", *all;
	int n = 0;

	if (end != NULL && size > head + 2 && !fuzz_holds(data, head, "Content-Length") &&
	    !fuzz_holds(data, head, "Transfer-Encoding"))
		n = snprintf(line, sizeof line, "Content-Length: %zu\r\n", size - head - 2);
	*len = size + (size_t)n;
	all = fuzz_copy(data, *len > 0 ? size : 0);
	all = realloc(all, *len > 0 ? *len : 1);
	MUST(all != NULL);
	memmove(all + head + n, all + head, size - head);
	memcpy(all + head, line, (size_t)n);
	return all;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http1_limits limits;
	static struct http_field fields[CONF_MAX_FIELDS];
	size_t len, at = 0;
	char *all;

	world_ready(data, size);
	http1_limits_from(world.conf, &limits);
	all = complete(data, size, &len);
	for (int i = 0; i < REQUESTS_MAX && at < len; i++) {
		struct http_request rq;
		struct http1 h;
		size_t left = len - at;

		http1_init(&h);
		if (http1_feed(&h, &limits, all + at, &left, fields, &rq) != HTTP1_REQUEST)
			break;
		if (!h.coded)
			ask(&rq);
		at += h.used;
	}
	free(all);
	return 0;
}
