/* What the tests of the site share: a site as flags configure it, and requests put together by hand. */
#ifndef SRV_TESTS_SITE_FIXTURE_H
#define SRV_TESTS_SITE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/site.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ARGS_MAX 8
#define FIELDS_MAX 8

struct fixture {
	struct conf *conf;
	struct site *site;
	struct http_field fields[FIELDS_MAX];
	struct http_request rq;
};

static inline int
set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return *state ? 0 : -1;
}

static inline int
tear_down(void **state)
{
	struct fixture *f = *state;

	site_free(&f->site);
	assert_null(f->site);
	site_free(&f->site);
	conf_free(&f->conf);
	free(f);
	return 0;
}

/* A site as the flags given configure it; they end in NULL. */
static inline void
configure(struct fixture *f, const char *const *flags)
{
	char *argv[ARGS_MAX + 2] = {(char *)"srvd"};
	struct srv_reason why = {""};
	int argc = 1;

	for (; *flags; flags++) {
		assert_in_range(argc, 1, ARGS_MAX);
		argv[argc++] = (char *)*flags;
	}
	site_free(&f->site);
	conf_free(&f->conf);
	if (conf_load(argc, argv, (char *[]){NULL}, &f->conf, &why) != SRV_OK)
		fail_msg("%s", why.text);
	if (site_new(f->conf, &f->site, &why) != SRV_OK)
		fail_msg("%s", why.text);
}
#define CONFIGURE(f, ...) configure(f, (const char *const[]){__VA_ARGS__, NULL})
#define CONFIGURE_NOTHING(f) configure(f, (const char *const[]){NULL})

static inline struct http_text
text(const char *s)
{
	return s ? (struct http_text){s, strlen(s)} : (struct http_text){NULL, 0};
}

/* A request by the peer, for the host (NULL: none); with(f, name, value) adds to it. */
static inline void
request(struct fixture *f, const char *peer, bool tls, const char *host)
{
	f->rq = (struct http_request){.peer = peer, .tls = tls, .host = text(host), .fields = f->fields};
}

static inline void
with(struct fixture *f, const char *name, const char *value)
{
	assert_in_range(f->rq.field_count, 0, FIELDS_MAX - 1);
	f->fields[f->rq.field_count++] = (struct http_field){text(name), text(value)};
}

#endif
