/* The parameters of a form, for the operation that the first byte chooses. What is decoded is text that XML can hold
 * and within the limits; written as a form again it decodes to the same; and it does not matter whether it came as a
 * query through gSOAP's GET hook, as a body through its form hook, or straight. */
#include "fuzz.h"

#include "../../impl/base/text.h"
#include "../../impl/endpoint/form.h"
#include "../../impl/endpoint/wire.h"

static const struct form_limits limits = {.parameters = 6, .name = 24, .value = 48};

static enum srv_err
decode(void *arg, struct http_text text, struct gsoap_parsed *out)
{
	return form_decode(&limits, text, arg, out);
}

static void
check_same(const struct gsoap_parsed *a, const struct gsoap_parsed *b)
{
	MUST(a->op == b->op);
	for (int i = 0; i < OP_PARAMS_MAX; i++) {
		MUST((a->param[i] == NULL) == (b->param[i] == NULL));
		MUST(a->param[i] == NULL || strcmp(a->param[i], b->param[i]) == 0);
	}
}

/* Every byte escaped; a comma inside a value need not tell one value from two. */
static void
write_form(const struct gsoap_parsed *p, struct buf *out)
{
	for (int i = 0; i < OP_PARAMS_MAX; i++) {
		if (p->param[i] == NULL)
			continue;
		buf_printf(out, "&%s=", op_table[p->op].params[i]);
		for (const char *c = p->param[i]; *c != '\0'; c++)
			buf_printf(out, "%%%02x", (unsigned)(unsigned char)*c);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gsoap *gsoap;
	int op = fuzz_byte(&data, &size) % op_count;
	void *info = (void *)(uintptr_t)&op_table[op];
	char *text = fuzz_copy(data, size);
	struct gsoap_parsed straight = {.op = op}, get = {.op = -1}, form = {.op = -1}, again = {.op = op};
	struct buf written;
	enum srv_err err;

	if (gsoap == NULL)
		MUST(gsoap_new(&gsoap) == SRV_OK);
	err = decode(info, (struct http_text){text, size}, &straight);
	MUST(err == SRV_OK || err == SRV_EINVAL || err == SRV_ELIMIT);
	MUST(gsoap_parse_get(gsoap, op, (struct http_text){text, size}, decode, info, &get) == err);
	MUST(gsoap_parse_form(gsoap, op, (struct http_text){text, size}, decode, info, &form) == err);
	if (err == SRV_OK) {
		check_same(&straight, &get);
		check_same(&straight, &form);
		for (int i = 0; i < OP_PARAMS_MAX; i++)
			if (straight.param[i] != NULL) {
				size_t len = strlen(straight.param[i]);
				MUST(i < op_table[op].param_count && len <= (size_t)limits.value);
				MUST(text_is_xml(straight.param[i], len));
			}
		buf_init(&written, 0);
		write_form(&straight, &written);
		MUST(decode(info, (struct http_text){written.data, written.len}, &again) == SRV_OK);
		check_same(&straight, &again);
		buf_fini(&written);
	}
	gsoap_parsed_fini(&straight);
	gsoap_parsed_fini(&get);
	gsoap_parsed_fini(&form);
	gsoap_parsed_fini(&again);
	free(text);
	return 0;
}
