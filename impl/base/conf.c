/* srvd's configuration, put together from its four sources.
 *
 * Sources are applied weakest first (default, file, environment, flag) to a draft that knows from where each
 * value came. The command line is read before the file, because it names it, and applied after it.
 *
 * conf_key.c holds the table of keys, conf_flags.c reads the command line, conf_file.c the file, conf_value.c
 * turns text into values, conf_check.c knows what the texts may be, and conf_ref.c shares the result. Called by srvd on
 * the main thread alone, at the start and for a reload: libinih's settings are of the whole process. */
#include "conf_priv.h"
#include "text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum srv_err
set_defaults(struct conf_draft *d, struct srv_reason *why)
{
	for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
		const struct conf_key *key = &conf_key_table[i];
		enum srv_err err;

		if (key->fallback == NULL)
			continue;
		err = conf_set(d, key, CONF_FROM_DEFAULT, key->fallback, key->name, why);
		assert(err != SRV_EINVAL);
		if (err != SRV_OK)
			return err;
	}
	return SRV_OK;
}

/* Variables that begin with SRVD_ and are no key are let be: others make such names too (an orchestrator that
 * tells each process where a service called srvd is). */
static enum srv_err
set_from_environment(struct conf_draft *d, char *const env[], struct srv_reason *why)
{
	char name[CONF_NAME_MAX];

	if (env == NULL)
		return SRV_OK;
	for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
		size_t len = strlen(conf_key_variable(&conf_key_table[i], name));
		enum srv_err err;

		for (char *const *var = env; *var != NULL; var++) {
			if (strncmp(*var, name, len) != 0 || (*var)[len] != '=')
				continue;
			err = conf_set(d, &conf_key_table[i], CONF_FROM_ENVIRONMENT, *var + len + 1, name, why);
			if (err != SRV_OK)
				return err;
			break;
		}
	}
	return SRV_OK;
}

static enum srv_err
set_from_flags(struct conf_draft *d, const struct conf_flags *flags, struct srv_reason *why)
{
	char name[CONF_NAME_MAX];

	for (size_t i = 0; i < flags->count; i++) {
		const struct conf_flag *f = &flags->flag[i];
		enum srv_err err = conf_set(d, f->key, CONF_FROM_FLAG, f->value, conf_key_flag(f->key, name), why);

		if (err != SRV_OK)
			return err;
	}
	return SRV_OK;
}

enum srv_err
conf_load(int argc, char *const argv[], char *const env[], struct conf **out, struct srv_reason *why)
{
	struct conf_draft draft = {0};
	struct conf_flags flags = {0};
	enum srv_err err;

	err = conf_read_flags(argc, argv, &flags, why);
	if (err != SRV_OK)
		return err;
	draft.conf = calloc(1, sizeof(*draft.conf));
	if (draft.conf == NULL) {
		err = srv_fail(why, SRV_ENOMEM, "out of memory");
		goto out;
	}
	atomic_init(&draft.conf->refs, 1);
	draft.conf->test_config = flags.test_config;
	draft.conf->print_config = flags.print_config;
	draft.conf->help = flags.help;
	draft.conf->version = flags.version;
	if (flags.config_file != NULL) {
		draft.conf->config_file = strdup(flags.config_file);
		if (draft.conf->config_file == NULL) {
			err = srv_fail(why, SRV_ENOMEM, "out of memory");
			goto out;
		}
	}
	err = set_defaults(&draft, why);
	if (err != SRV_OK)
		goto out;
	/* Who asks for help may be asking because the rest is wrong. */
	if (!flags.help && !flags.version) {
		if (draft.conf->config_file != NULL)
			err = conf_read_file(&draft, why);
		if (err == SRV_OK)
			err = set_from_environment(&draft, env, why);
		if (err == SRV_OK)
			err = set_from_flags(&draft, &flags, why);
		if (err == SRV_OK && draft.conf->listen.count == 0 && draft.conf->listen_proxy.count == 0 &&
		    draft.conf->listen_tls.count == 0)
			err = srv_fail(why, SRV_EINVAL, "listen: no address to serve on");
	}
out:
	free(flags.flag);
	if (err != SRV_OK)
		conf_free(&draft.conf);
	else
		*out = draft.conf;
	return err;
}

void
conf_free(struct conf **cp)
{
	struct conf *c = *cp;

	if (c == NULL)
		return;
	*cp = NULL;
	if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) != 1)
		return;
	for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
		void *at = conf_key_at(c, &conf_key_table[i]);

		if (conf_key_table[i].kind == CONF_KIND_TEXT) {
			free(*(char **)at);
		} else if (conf_key_table[i].kind == CONF_KIND_LIST) {
			struct conf_list *list = at;

			for (size_t k = 0; k < list->count; k++)
				free(list->item[k]);
			free(list->item);
		}
	}
	free(c->config_file);
	free(c);
}

static void
usage_line(FILE *f, const char *flag, const char *value, const char *help)
{
	int width = 40 - (int)strlen(flag);

	(void)fprintf(f, "  %s%-*s %s", flag, width, value, help);
}

void
conf_usage(FILE *f)
{
	static const char *const value[] = {"=TEXT", "=NUMBER", "=true|false", "=TEXT,..."};

	for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
		const struct conf_key *key = &conf_key_table[i];
		char flag[CONF_NAME_MAX];

		usage_line(f, conf_key_flag(key, flag), value[key->kind], key->help);
		if (key->kind == CONF_KIND_INT)
			(void)fprintf(f, "; %" PRId64 " to %" PRId64, key->min, key->max);
		if (key->fallback == NULL || key->fallback[0] == '\0')
			(void)fprintf(f, " (default: none)\n");
		else
			(void)fprintf(f, " (default: %s)\n", key->fallback);
	}
	usage_line(f, "--config", "=FILE", "read FILE; flags and SRVD_ variables go before it (default: none)\n");
	usage_line(f, "--test-config", "", "check the configuration and exit\n");
	usage_line(f, "--print-config", "", "check the configuration, print all of it and exit\n");
	usage_line(f, "--help", "", "show this and exit\n");
	usage_line(f, "--version", "", "show the version and exit\n");
}

void
conf_print(const struct conf *c, FILE *f)
{
	for (size_t i = 0; i < CONF_KEY_COUNT; i++) {
		const struct conf_key *key = &conf_key_table[i];
		const void *at = conf_key_at(c, key);

		(void)fprintf(f, "%s =", key->name);
		switch (key->kind) {
		case CONF_KIND_TEXT: {
			const char *text = *(char *const *)at;

			/* A semicolon behind a blank would begin a comment. */
			if (text != NULL && text[0] != '\0')
				(void)fprintf(f, "%s%s", text[0] == ';' ? "" : " ", text);
			break;
		}
		case CONF_KIND_INT:
			(void)fprintf(f, " %" PRId64, *(const int64_t *)at);
			break;
		case CONF_KIND_BOOL:
			(void)fprintf(f, " %s", *(const bool *)at ? "true" : "false");
			break;
		case CONF_KIND_LIST: {
			const struct conf_list *list = at;

			for (size_t k = 0; k < list->count; k++)
				(void)fprintf(f, " %s", list->item[k]);
			break;
		}
		}
		(void)fputc('\n', f);
	}
}
