/* What the tests of the configuration share: a file of its own for each test, and ways to load it and to look
 * at what came of it. Tests of conf include this and nothing else of it. */
#ifndef SRV_TESTS_CONF_FIXTURE_H
#define SRV_TESTS_CONF_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../impl/base/conf.h"

enum kind { KIND_TEXT, KIND_INT, KIND_BOOL, KIND_LIST };

/* The keys once more, by the macro's own words: what the module makes of them is what is tested. */
static const struct key {
	const char *name;
	enum kind kind;
	const char *fallback;
	int64_t min, max;
	const char *help;
} keys[] = {
#define X(key, kind, fallback, min, max, help) {#key, KIND_##kind, fallback, min, max, help},
    CONF_KEYS(X)
#undef X
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

#define ARGS_MAX 8

struct fixture {
	char dir[64];
	char file[96];
	struct conf *conf;
	struct srv_reason why;
};

static inline int
set_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct fixture *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return -1;
	if (tmp == NULL || strlen(tmp) > 40)
		tmp = "/tmp";
	(void)snprintf(f->dir, sizeof(f->dir), "%s/conf.XXXXXX", tmp);
	if (mkdtemp(f->dir) == NULL)
		return -1;
	(void)snprintf(f->file, sizeof(f->file), "%s/srv.ini", f->dir);
	*state = f;
	return 0;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;

	conf_free(&f->conf);
	(void)unlink(f->file);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

static inline void
write_file_n(struct fixture *f, const char *bytes, size_t len)
{
	FILE *file = fopen(f->file, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static inline void
write_file(struct fixture *f, const char *text)
{
	write_file_n(f, text, strlen(text));
}

/* args and env end in NULL. */
static inline enum srv_err
load(struct fixture *f, const char *const *args, const char *const *env)
{
	char *argv[ARGS_MAX + 2] = {(char *)"srvd"}, *environment[ARGS_MAX + 1] = {0};
	int argc = 1;

	for (; *args != NULL; args++) {
		assert_in_range(argc, 1, ARGS_MAX);
		argv[argc++] = (char *)*args;
	}
	for (int i = 0; env[i] != NULL; i++) {
		assert_in_range(i, 0, ARGS_MAX - 1);
		environment[i] = (char *)env[i];
	}
	conf_free(&f->conf);
	f->why = (struct srv_reason){0};
	return conf_load(argc, argv, environment, &f->conf, &f->why);
}
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define ENV(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE ((const char *const[]){NULL})

static inline void
assert_loads(struct fixture *f, const char *const *args, const char *const *env)
{
	enum srv_err err = load(f, args, env);

	if (err != SRV_OK)
		fail_msg("not loaded: %s", f->why.text);
	assert_non_null(f->conf);
	assert_string_equal(f->why.text, "");
}

static inline void
assert_refused(struct fixture *f, const char *const *args, const char *const *env, const char *why)
{
	assert_int_equal(load(f, args, env), SRV_EINVAL);
	assert_string_equal(f->why.text, why);
	assert_null(f->conf);
}

static inline void
assert_list(const struct conf_list *list, const char *const *want)
{
	size_t count = 0;

	for (; want[count] != NULL; count++) {
		assert_true(count < list->count);
		assert_string_equal(list->item[count], want[count]);
	}
	assert_int_equal(list->count, count);
}

static inline void
flag_of(const struct key *k, char out[64])
{
	(void)snprintf(out, 64, "--%s", k->name);
	for (char *p = out; *p != '\0'; p++) {
		if (*p == '_')
			*p = '-';
	}
}

static inline void
variable_of(const struct key *k, char out[64])
{
	(void)snprintf(out, 64, "SRVD_%s", k->name);
	for (char *p = out; *p != '\0'; p++) {
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 32);
	}
}

/* What conf_print writes, owned. */
static inline char *
printed(const struct conf *c)
{
	char *text = NULL;
	size_t len;
	FILE *mem = open_memstream(&text, &len);

	assert_non_null(mem);
	conf_print(c, mem);
	assert_int_equal(fclose(mem), 0);
	return text;
}

static inline void
assert_printed(struct fixture *f, const char *name, const char *value)
{
	char want[256], *text = printed(f->conf);

	(void)snprintf(want, sizeof(want), "\n%s = %s\n", name, value);
	if (strstr(text, want) == NULL && strncmp(text, want + 1, strlen(want) - 1) != 0)
		fail_msg("%s is not %s in: %s", name, value, text);
	free(text);
}

#endif
