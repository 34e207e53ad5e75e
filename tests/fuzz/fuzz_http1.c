/* For libFuzzer: whatever the bytes, framing them in one piece and byte by byte has the same outcome, request after
 * request, and reads nothing beyond what it was given.
 * Build and run, from the top of the tree (clang-14 and its runtime, libclang-rt-14-dev):
 *   clang-14 -std=c11 -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined \
 *       tests/fuzz/fuzz_http1.c impl/net/{http,http1,http1_class,framing,chunked}.c impl/base/{buf,text}.c \
 *       -o build/fuzz_http1
 *   build/fuzz_http1 -max_len=4096 -dict=tests/fuzz/http1.dict CORPUS
 * With -DFUZZ_STANDALONE and without `fuzzer` it is a program that runs each file named on its command line once. */
#include "../../impl/net/http1.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX 8

/* Small, so that the fuzzer finds them. */
static const struct http1_limits limits = {
    .request_line = 128,
    .field_line = 96,
    .head = 512,
    .fields = FIELDS_MAX,
    .body = {.body = 256, .chunks = 8, .trailers = 48},
};

struct outcome {
	enum http1_result result;
	int status;
	size_t used;
	uint64_t digest; /* of everything a request says */
};

static void
mix(uint64_t *digest, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		*digest = (*digest ^ p[i]) * UINT64_C(1099511628211);
	*digest = (*digest ^ len ^ 0x100) * UINT64_C(1099511628211);
}

static void
mix_text(uint64_t *digest, struct http_text t)
{
	if (t.s == NULL)
		mix(digest, "none", 5);
	else
		mix(digest, t.s, t.len);
}

static uint64_t
digest_of(const struct http_request *req)
{
	uint64_t d = UINT64_C(14695981039346656037);
	const int flags[] = {req->minor, req->has_body, req->keep_alive};

	mix_text(&d, req->method);
	mix_text(&d, req->target);
	mix_text(&d, req->path);
	mix_text(&d, req->query);
	mix_text(&d, req->host);
	mix_text(&d, req->body);
	mix(&d, flags, sizeof(flags));
	for (size_t i = 0; i < req->field_count; i++) {
		mix_text(&d, req->fields[i].name);
		mix_text(&d, req->fields[i].value);
	}
	return d;
}

/* What must hold of any request that is let through, whatever was sent. */
static void
check(const struct http_request *req)
{
	struct http_text t;
	size_t lengths = 0, codings = 0, hosts = 0;

	http_field_get(req, "content-length", &t, &lengths);
	http_field_get(req, "transfer-encoding", &t, &codings);
	http_field_get(req, "host", &t, &hosts);
	if (lengths + codings > 1 || hosts > 1 || (hosts == 0 && req->minor > 0))
		abort();
	if (req->has_body != (lengths + codings == 1) || req->body.len > limits.body.body)
		abort();
	if (req->path.len == 0 || memchr(req->target.s, '\0', req->target.len) != NULL)
		abort();
	for (size_t i = 0; i < req->field_count; i++)
		for (size_t n = 0; n < req->fields[i].value.len; n++)
			if ((unsigned char)req->fields[i].value.s[n] < 0x20 && req->fields[i].value.s[n] != '\t')
				abort();
}

static struct outcome
feed(const uint8_t *bytes, size_t len, size_t piece)
{
	struct http_field fields[FIELDS_MAX];
	struct http_request req;
	struct http1 h;
	struct outcome o = {.result = HTTP1_MORE};
	char *have = NULL;
	size_t have_len = 0, given = 0;

	http1_init(&h);
	while (given < len && o.result == HTTP1_MORE) {
		size_t n = piece < len - given ? piece : len - given;
		/* Memory of exactly that size, so that reading beyond it is noticed. */
		char *grown = malloc(have_len + n);

		if (grown == NULL)
			abort();
		if (have_len > 0)
			memcpy(grown, have, have_len);
		memcpy(grown + have_len, bytes + given, n);
		free(have);
		have = grown;
		have_len += n;
		given += n;
		n = have_len;
		o.result = http1_feed(&h, &limits, have, &have_len, fields, &req);
		if (have_len > n || (o.result == HTTP1_REQUEST && h.used > n))
			abort();
		if (o.result == HTTP1_REQUEST) {
			check(&req);
			o.used = given - (n - h.used);
			o.digest = digest_of(&req);
		}
	}
	o.status = o.result == HTTP1_ERROR ? h.status : 0;
	free(have);
	return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (int i = 0; i < 8 && size > 0; i++) {
		struct outcome whole = feed(data, size, size);
		struct outcome cut = feed(data, size, 1);
		struct outcome odd = feed(data, size, 3);

		if (whole.result != cut.result || whole.status != cut.status || whole.used != cut.used ||
		    whole.digest != cut.digest)
			abort();
		if (whole.result != odd.result || whole.status != odd.status || whole.used != odd.used ||
		    whole.digest != odd.digest)
			abort();
		if (whole.result != HTTP1_REQUEST)
			break;
		data += whole.used;
		size -= whole.used;
	}
	return 0;
}

#ifdef FUZZ_STANDALONE
int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		static uint8_t bytes[1 << 20];
		FILE *f = fopen(argv[i], "rb");
		size_t n;

		if (f == NULL) {
			perror(argv[i]);
			return 1;
		}
		n = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
		LLVMFuzzerTestOneInput(bytes, n);
	}
	return 0;
}
#endif
