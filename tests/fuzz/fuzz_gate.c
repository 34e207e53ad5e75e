/* A body of a SOAP request before the gate, and what stands around it. The short way (plain.c) and expat's (gate.c)
 * must agree wherever the first takes the body at all; what the gate wrote passes it again, as it is; and gSOAP reads
 * from that the same operation, with text that XML can hold. The first byte chooses version, charset and limits. */
#include "fuzz.h"

#include "../../impl/base/text.h"
#include "../../impl/endpoint/gate.h"
#include "../../impl/endpoint/gsoap.h"
#include "../../impl/endpoint/plain.h"

static const char *const charsets[] = {"utf-8", "", "utf-16", "iso-8859-1", "UTF-8", "us-ascii", "utf-7", "utf-16le"};

static struct gate *gate;
static struct gsoap *gsoap;
static struct gate_limits limits;
static struct buf plain_document, document, again;

static void
make_once(void)
{
	struct conf *conf;
	struct srv_reason why;

	if (gate != NULL)
		return;
	MUST(conf_load(1, (char *[]){(char *)"srvd", NULL}, NULL, &conf, &why) == SRV_OK);
	gate_limits_init(&limits, conf);
	conf_free(&conf);
	MUST(gate_new(&gate) == SRV_OK && gsoap_new(&gsoap) == SRV_OK);
	buf_init(&plain_document, 0);
	buf_init(&document, 0);
	buf_init(&again, 0);
}

static void
check_passed(const struct gate_limits *l, int version, int op)
{
	const struct http_text utf8 = {"utf-8", 5};
	struct gsoap_parsed parsed = {0};
	struct gate_result result = {-1, NULL};

	buf_reset(&again);
	MUST(gate_check(gate, l, version, utf8, (struct http_text){document.data, document.len}, &again, &result) ==
	     GATE_OK);
	MUST(result.op == op && again.len == document.len && memcmp(again.data, document.data, again.len) == 0);
	MUST(gsoap_parse_envelope(gsoap, &document, &parsed) == SRV_OK);
	MUST(parsed.op == op);
	for (int i = 0; i < OP_PARAMS_MAX; i++)
		if (parsed.param[i] != NULL) {
			MUST(strlen(parsed.param[i]) <= (size_t)l->text);
			MUST(text_is_xml(parsed.param[i], strlen(parsed.param[i])));
		}
	gsoap_parsed_fini(&parsed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t choice = fuzz_byte(&data, &size);
	int version = choice & 1 ? 2 : 1;
	const char *name = charsets[choice >> 1 & 7];
	struct http_text charset = {name, strlen(name)};
	char *body = fuzz_copy(data, size);
	struct gate_result plain = {-1, NULL}, result = {-1, NULL};
	struct gate_limits l;
	enum gate_verdict verdict;
	bool is_plain;

	make_once();
	l = limits;
	/* Our own document is two levels, two names and two namespaces deep, whatever was sent. */
	if (choice & 16)
		l = (struct gate_limits){.depth = 5,
		    .elements = 6,
		    .attributes = 4,
		    .element_attributes = 3,
		    .namespaces = 4,
		    .name = 40,
		    .attribute = 64,
		    .text = 40};
	is_plain = plain_check(&l, version, charset, (struct http_text){body, size}, &plain_document, &plain);
	buf_reset(&document);
	verdict = gate_check(gate, &l, version, charset, (struct http_text){body, size}, &document, &result);
	if (is_plain) {
		MUST(verdict == GATE_OK && plain.op == result.op && plain_document.len == document.len);
		MUST(memcmp(plain_document.data, document.data, document.len) == 0);
	}
	if (verdict == GATE_OK)
		check_passed(&l, version, result.op);
	else
		MUST(verdict != GATE_NOMEM && result.text != NULL);
	free(body);
	return 0;
}
