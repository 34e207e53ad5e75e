/* From text to a value of the draft, whichever source the text came from, so that a number, a switch or a list
 * is spelt alike in a file, a variable and a flag. Called by conf_load's parts. */
#include "conf_priv.h"
#include "log.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool
is_separator(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

static void
list_clear(struct conf_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct conf_list){0};
}

static enum srv_err
list_add(struct conf_list *list, const char *text, size_t len)
{
	char **grown = realloc(list->item, (list->count + 1) * sizeof(*grown));

	if (grown == NULL)
		return SRV_ENOMEM;
	list->item = grown;
	grown[list->count] = strndup(text, len);
	if (grown[list->count] == NULL)
		return SRV_ENOMEM;
	list->count++;
	return SRV_OK;
}

/* Splits text into a list of its own, so that a bad item leaves the draft as it was. */
static enum srv_err
parse_list(
    const struct conf_key *key, const char *text, const char *what, struct conf_list *out, struct srv_reason *why)
{
	struct conf_list list = {0};
	const char *wanted;

	for (const char *p = text; *p != '\0';) {
		size_t len = 0;

		if (is_separator(*p)) {
			p++;
			continue;
		}
		while (p[len] != '\0' && !is_separator(p[len]))
			len++;
		if (list_add(&list, p, len) != SRV_OK) {
			list_clear(&list);
			return srv_fail(why, SRV_ENOMEM, "out of memory");
		}
		if (!conf_check(key, list.item[list.count - 1], &wanted)) {
			(void)srv_fail(
			    why, SRV_EINVAL, "%s: %s is not %s", what, CONF_QUOTE(list.item[list.count - 1]), wanted);
			list_clear(&list);
			return SRV_EINVAL;
		}
		p += len;
	}
	*out = list;
	return SRV_OK;
}

/* Moves what more holds to the end of list. */
static enum srv_err
set_list(struct conf_list *list, struct conf_list *more, bool begin_anew)
{
	char **grown;

	if (begin_anew || list->count == 0) {
		list_clear(list);
		*list = *more;
		*more = (struct conf_list){0};
		return SRV_OK;
	}
	if (more->count == 0)
		return SRV_OK;
	grown = realloc(list->item, (list->count + more->count) * sizeof(*grown));
	if (grown == NULL)
		return SRV_ENOMEM;
	list->item = grown;
	memcpy(grown + list->count, more->item, more->count * sizeof(*grown));
	list->count += more->count;
	more->count = 0;
	return SRV_OK;
}

/* An empty text is no value where no value is the default. */
static enum srv_err
parse_text(const struct conf_key *key, const char *text, const char *what, char **out, struct srv_reason *why)
{
	const char *wanted;
	char *copy = NULL;

	if (text[0] != '\0' || key->fallback != NULL) {
		if (!conf_check(key, text, &wanted))
			return srv_fail(why, SRV_EINVAL, "%s: %s is not %s", what, CONF_QUOTE(text), wanted);
		copy = strdup(text);
		if (copy == NULL)
			return srv_fail(why, SRV_ENOMEM, "out of memory");
	}
	*out = copy;
	return SRV_OK;
}

enum srv_err
conf_set(struct conf_draft *d, const struct conf_key *key, enum conf_source source, const char *text, const char *what,
    struct srv_reason *why)
{
	enum conf_source *held = &d->source[key - conf_key_table];
	void *at = conf_key_at(d->conf, key);
	struct conf_list list = {0};
	char *copy = NULL;
	int64_t number = 0;
	bool truth = false;
	enum srv_err err = SRV_OK;

	switch (key->kind) {
	case CONF_KIND_INT:
		if (!text_parse_int(text, key->min, key->max, &number))
			err = srv_fail(why, SRV_EINVAL, "%s: %s is not a number from %" PRId64 " to %" PRId64, what,
			    CONF_QUOTE(text), key->min, key->max);
		break;
	case CONF_KIND_BOOL:
		if (!text_parse_bool(text, &truth))
			err = srv_fail(why, SRV_EINVAL, "%s: %s is not true or false", what, CONF_QUOTE(text));
		break;
	case CONF_KIND_TEXT:
		err = parse_text(key, text, what, &copy, why);
		break;
	case CONF_KIND_LIST:
		err = parse_list(key, text, what, &list, why);
		break;
	}
	if (err != SRV_OK || source < *held)
		goto out;
	switch (key->kind) {
	case CONF_KIND_INT:
		*(int64_t *)at = number;
		break;
	case CONF_KIND_BOOL:
		*(bool *)at = truth;
		break;
	case CONF_KIND_TEXT:
		free(*(char **)at);
		*(char **)at = copy;
		copy = NULL;
		break;
	case CONF_KIND_LIST:
		err = set_list(at, &list, source > *held);
		if (err != SRV_OK)
			(void)srv_fail(why, err, "out of memory");
		break;
	}
	*held = source;
out:
	free(copy);
	list_clear(&list);
	return err;
}
