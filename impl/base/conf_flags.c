/* The command line. getopt_long(3) is not used: it prints its own errors, takes abbreviations (which change
 * meaning when a key is added) and keeps its state in globals. Of a flag that takes one value and is given
 * twice the last one counts, as people expect who append to a command. Called by conf_load. */
#include "conf_priv.h"
#include "log.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

struct reader {
	int argc, at;
	char *const *argv;
	struct conf_flags *out;
	struct srv_reason *why;
};

/* One argument taken apart: `--name=value`; value is NULL if there is no `=`. */
struct argument {
	char name[CONF_NAME_MAX]; /* as a key is written: without dashes in front, `_` for `-` */
	const char *whole;
	const char *value;
};

/* Without its value, which may be a secret that was meant for another program. */
static enum srv_err
unknown_option(struct reader *r, const char *whole)
{
	size_t len = strcspn(whole, "=");

	if (len > 64)
		len = text_cut(whole, 64);
	return srv_fail(r->why, SRV_EINVAL, "unknown option %.*s", (int)len, whole);
}

static bool
split(const char *whole, struct argument *a)
{
	size_t len = strcspn(whole, "=");

	if (len < 3 || len - 2 >= sizeof(a->name))
		return false;
	for (size_t i = 2; i < len; i++) {
		if (whole[i] == '_')
			return false;
		a->name[i - 2] = whole[i] == '-' ? '_' : whole[i];
	}
	a->name[len - 2] = '\0';
	a->whole = whole;
	a->value = whole[len] == '=' ? whole + len + 1 : NULL;
	return true;
}

static const char *
next_argument(const struct reader *r)
{
	return r->at + 1 < r->argc ? r->argv[r->at + 1] : NULL;
}

/* The value behind the `=`, or the next argument. One that begins with `--` is a forgotten value more likely
 * than it is a value; who means it can write `=`. */
static enum srv_err
take_value(struct reader *r, const struct argument *a, const char **out)
{
	const char *next = next_argument(r);

	if (a->value != NULL) {
		*out = a->value;
		return SRV_OK;
	}
	if (next == NULL || strncmp(next, "--", 2) == 0)
		return srv_fail(r->why, SRV_EINVAL, "%s wants a value", a->whole);
	r->at++;
	*out = next;
	return SRV_OK;
}

static enum srv_err
read_key(struct reader *r, const struct conf_key *key, const struct argument *a)
{
	const char *value = NULL, *next = next_argument(r);
	enum srv_err err = SRV_OK;

	if (key->kind == CONF_KIND_BOOL && a->value == NULL && (next == NULL || next[0] == '-'))
		value = "true";
	else
		err = take_value(r, a, &value);
	if (err == SRV_OK)
		r->out->flag[r->out->count++] = (struct conf_flag){key, value};
	return err;
}

/* The options that are not keys. False if it is none of them. */
static bool
read_switch(struct reader *r, const struct argument *a, enum srv_err *err)
{
	struct conf_flags *out = r->out;
	static const struct {
		const char *name, *shown;
		size_t at;
	} switches[] = {
	    {"test_config", "test-config", offsetof(struct conf_flags, test_config)},
	    {"print_config", "print-config", offsetof(struct conf_flags, print_config)},
	    {"help", "help", offsetof(struct conf_flags, help)},
	    {"version", "version", offsetof(struct conf_flags, version)},
	};

	if (strcmp(a->name, "config") == 0) {
		*err = out->config_file == NULL ? take_value(r, a, &out->config_file)
						: srv_fail(r->why, SRV_EINVAL, "--config was given twice");
		return true;
	}
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(a->name, switches[i].name) != 0)
			continue;
		*(bool *)((char *)out + switches[i].at) = true;
		if (a->value != NULL)
			*err = srv_fail(r->why, SRV_EINVAL, "--%s takes no value", switches[i].shown);
		return true;
	}
	return false;
}

static enum srv_err
read_argument(struct reader *r)
{
	const char *whole = r->argv[r->at];
	const struct conf_key *key;
	struct argument a;
	enum srv_err err = SRV_OK;

	if (whole[0] != '-')
		return srv_fail(r->why, SRV_EINVAL, "unexpected argument %s", CONF_QUOTE(whole));
	if (whole[1] != '-' || !split(whole, &a))
		return unknown_option(r, whole);
	if (read_switch(r, &a, &err))
		return err;
	key = conf_key_find(a.name);
	if (key != NULL)
		return read_key(r, key, &a);
	key = strncmp(a.name, "no_", 3) == 0 ? conf_key_find(a.name + 3) : NULL;
	if (key == NULL || key->kind != CONF_KIND_BOOL)
		return unknown_option(r, whole);
	if (a.value != NULL)
		return srv_fail(r->why, SRV_EINVAL, "%.*s takes no value", (int)strcspn(whole, "="), whole);
	r->out->flag[r->out->count++] = (struct conf_flag){key, "false"};
	return SRV_OK;
}

enum srv_err
conf_read_flags(int argc, char *const argv[], struct conf_flags *out, struct srv_reason *why)
{
	struct conf_flags flags = {0};
	struct reader r = {.argc = argc, .at = 1, .argv = argv, .out = &flags, .why = why};
	enum srv_err err = SRV_OK;

	flags.flag = calloc((size_t)(argc > 0 ? argc : 1), sizeof(*flags.flag));
	if (flags.flag == NULL)
		return srv_fail(why, SRV_ENOMEM, "out of memory");
	for (; err == SRV_OK && r.at < argc; r.at++)
		err = read_argument(&r);
	if (err != SRV_OK) {
		free(flags.flag);
		return err;
	}
	*out = flags;
	return SRV_OK;
}
