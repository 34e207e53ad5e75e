/* Form parameters as ASMX reads them. Every escape is checked, those of parameters that no one reads too: what may be
 * read two ways is refused, not guessed. Called by gSOAP's GET and form hooks, on the event loop's thread. */
#include "form.h"
#include "../base/text.h"
#include <stdlib.h>
#include <string.h>

static int
find_param(const struct op_info *op, const char *name, size_t len)
{
	for (int i = 0; i < op->param_count; i++)
		if (text_ieq_n(name, len, op->params[i]))
			return i;
	return -1;
}

/* Joins a further value onto a parameter: `a,b`. Either may be a password. */
static enum srv_err
add_value(char **param, const char *value, size_t len, int64_t limit)
{
	size_t had = *param ? strlen(*param) + 1 : 0;
	char *joined;

	if ((int64_t)(had + len) > limit)
		return SRV_ELIMIT;
	joined = malloc(had + len + 1);
	if (joined == NULL)
		return SRV_ENOMEM;
	if (had) {
		memcpy(joined, *param, had - 1);
		joined[had - 1] = ',';
	}
	memcpy(joined + had, value, len);
	joined[had + len] = '\0';
	text_wipe(param);
	*param = joined;
	return SRV_OK;
}

static enum srv_err
decode_pair(const struct form_limits *l, struct http_text pair, const struct op_info *op, char *scratch,
    struct gsoap_parsed *out)
{
	const char *equals = memchr(pair.s, '=', pair.len);
	size_t raw_name = equals ? (size_t)(equals - pair.s) : pair.len, len;
	const char *raw_value = equals ? equals + 1 : pair.s + pair.len;
	int i;

	if (!text_url_decode(pair.s, raw_name, scratch, &len))
		return SRV_EINVAL;
	if ((int64_t)len > l->name)
		return SRV_ELIMIT;
	i = find_param(op, scratch, len);
	if (!text_url_decode(raw_value, (size_t)(pair.s + pair.len - raw_value), scratch, &len))
		return SRV_EINVAL;
	if ((int64_t)len > l->value)
		return SRV_ELIMIT;
	return i < 0 ? SRV_OK : add_value(&out->param[i], scratch, len, l->value);
}

enum srv_err
form_decode(const struct form_limits *l, struct http_text text, const struct op_info *op, struct gsoap_parsed *out)
{
	char *scratch;
	enum srv_err err = SRV_OK;
	int64_t count = 0;

	if (text.len == 0)
		return SRV_OK;
	scratch = malloc(text.len + 1);
	if (scratch == NULL)
		return SRV_ENOMEM;
	for (size_t at = 0; at <= text.len && err == SRV_OK;) {
		const char *amp = memchr(text.s + at, '&', text.len - at);
		size_t end = amp ? (size_t)(amp - text.s) : text.len;
		if (end > at)
			err = ++count > l->parameters
				  ? SRV_ELIMIT
				  : decode_pair(l, (struct http_text){text.s + at, end - at}, op, scratch, out);
		at = end + 1;
	}
	explicit_bzero(scratch, text.len);
	free(scratch);
	return err;
}
