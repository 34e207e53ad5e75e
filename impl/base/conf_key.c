/* The table of keys, made of the list in conf.h: everything else of conf walks it, so that a new key is one line
 * there. Where a key's value lies is asked of it too; the kind says what lies there. Called by the other parts of
 * conf. */
#include "conf_priv.h"

#include <string.h>

const struct conf_key conf_key_table[CONF_KEY_COUNT] = {
#define X(key, kind, fallback, min, max, help) \
	{#key, CONF_KIND_##kind, fallback, min, max, help, offsetof(struct conf, key)},
    CONF_KEYS(X)
#undef X
};

const struct conf_key *
conf_key_find(const char *name)
{
	for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
		if (strcmp(conf_key_table[i].name, name) == 0)
			return &conf_key_table[i];
	}
	return NULL;
}

const char *
conf_key_flag(const struct conf_key *key, char out[CONF_NAME_MAX])
{
	(void)snprintf(out, CONF_NAME_MAX, "--%s", key->name);
	for (char *p = out; *p != '\0'; p++) {
		if (*p == '_')
			*p = '-';
	}
	return out;
}

const char *
conf_key_variable(const struct conf_key *key, char out[CONF_NAME_MAX])
{
	(void)snprintf(out, CONF_NAME_MAX, "SRVD_%s", key->name);
	for (char *p = out; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	}
	return out;
}

void *
conf_key_at(const struct conf *c, const struct conf_key *key)
{
	return (char *)c + key->offset;
}
