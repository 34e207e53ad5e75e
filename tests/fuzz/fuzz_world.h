/* The installation behind the endpoint's fuzz target: a store with users, a ticket and rows for each answer, made once
 * in a directory of its own, which goes with the process. fuzz_endpoint.c alone includes this. */
#ifndef SRV_TESTS_FUZZ_WORLD_H
#define SRV_TESTS_FUZZ_WORLD_H

#include "fuzz.h"

#include "../../impl/base/log.h"
#include "../../impl/endpoint/endpoint.h"
#include "../../impl/jobs/jobs.h"
#include "../../impl/session/ticket.h"
#include "../unit/tempdir.h"

#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

/* Who may do everything. The ticket lives until it is logged out, and again from the next input on. */
#define WORLD_USER "admin"
#define WORLD_PASSWORD "Fuzz-pass-1"
#define WORLD_TICKET "00112233-4455-6677-8899-aabbccddeeff"

/* What no caller is told: another user's, the store's. Neither seeds nor dictionaries hold these. */
#define SECRET_PASSWORD "canary-ZQ7-password"
#define SECRET_TICKET "c0ffee00-0123-4567-89ab-cdefcafe0123"

static struct {
	bool is_made;
	char dir[TEMP_PATH_MAX];
	struct conf *conf;
	struct store *store;
	struct cache *cache;
	struct sessions *sessions;
	struct pool *pool;
	struct op_env env;
	struct endpoint *endpoint;
	struct endpoint_worker *worker;
	/* the input being looked at, and the log's lines of it */
	const uint8_t *input;
	size_t size;
	char log[65536];
	size_t log_len;
} world;

/* Minutes pass between two inputs, so that the failed logins of one do not keep the next from its password's check. */
static _Atomic int64_t world_passed_ms;

static inline mono_t
world_mono(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (mono_t){(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + atomic_load(&world_passed_ms)};
}

/* Nothing that is secret stands in what goes out, unless the input held it. */
static inline void
world_keeps_secrets(const void *out, size_t out_len)
{
	const char *const secrets[] = {SECRET_PASSWORD, SECRET_TICKET, "$argon2id$", "SQLITE", world.dir};

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		MUST(!fuzz_holds(out, out_len, secrets[i]) || fuzz_holds(world.input, world.size, secrets[i]));
}

ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);

/* A log line is one line, of text, and no internal failure. */
ssize_t
__wrap_write(int fd, const void *bytes, size_t len)
{
	const char *line = bytes;

	if (fd != STDERR_FILENO)
		return __real_write(fd, bytes, len);
	MUST(len > 0 && line[len - 1] == '\n' && memchr(line, '\n', len - 1) == NULL);
	for (size_t i = 0; i < len - 1; i++)
		MUST((unsigned char)line[i] >= ' ' && line[i] != 0x7f);
	if (strncmp(line + strlen("2026-01-01T00:00:00Z "), "error ", 6) == 0) {
		fprintf(stderr, "%.*s", (int)len, line);
		fuzz_broken("no request is an internal failure", __FILE__, __LINE__);
	}
	world_keeps_secrets(line, len);
	if (len <= sizeof world.log - world.log_len) {
		memcpy(world.log + world.log_len, line, len);
		world.log_len += len;
	}
	return (ssize_t)len;
}

static inline void
world_end(void)
{
	endpoint_worker_free(&world.worker);
	pool_free(&world.pool);
	cache_free(&world.cache);
	endpoint_free(&world.endpoint);
	sessions_free(&world.sessions);
	store_close(&world.store);
	conf_free(&world.conf);
	temp_remove(world.dir);
}

static inline void
world_add_ticket(const char *text, int64_t user_id)
{
	uint8_t bytes[TICKET_BYTES], hash[TICKET_HASH_BYTES];
	wall_t now = clock_wall();

	MUST(ticket_parse(text, bytes));
	ticket_hash(bytes, hash);
	MUST(store_ticket_add(world.store, hash, user_id, "", now, (wall_t){now.s + 86400}) == SRV_OK);
}

static inline int64_t
world_add_user(const char *name, const char *password)
{
	struct store_user user = {.username = (char *)(uintptr_t)name,
	    .first_name = (char *)(uintptr_t) "J\xc3\xb6rg <&\">",
	    .last_name = (char *)(uintptr_t) "O'Neil",
	    .email = (char *)(uintptr_t) "a@example.com",
	    .language = (char *)(uintptr_t) "de",
	    .enabled = true,
	    .may_have_ticket = true};
	int64_t id;

	MUST(session_password_hash(password, &user.password_hash) == SRV_OK);
	MUST(store_user_add(world.store, &user, &id) == SRV_OK);
	free(user.password_hash);
	return id;
}

static inline void
world_fill(void)
{
	static const char *const permissions[] = {
#define X(name, text) text,
	    SESSION_PERMISSIONS(X)
#undef X
	};
	int64_t run, admin = world_add_user(WORLD_USER, WORLD_PASSWORD),
		     other = world_add_user("canary", SECRET_PASSWORD);

	for (size_t i = 0; i < sizeof permissions / sizeof *permissions; i++)
		MUST(store_permission_grant(world.store, admin, permissions[i]) == SRV_OK);
	world_add_ticket(WORLD_TICKET, admin);
	world_add_ticket(SECRET_TICKET, other);
	MUST(store_warehouse_set(world.store, 0, "/") == SRV_OK);
	MUST(jobs_define(world.store) == SRV_OK);
	MUST(store_job_begin(world.store, 1, (wall_t){1700000000}, &run) == SRV_OK);
	MUST(store_job_end(world.store, run, 1234, true, "") == SRV_OK);
}

/* Makes the world at the first call; at each, sees to it that the ticket is there. */
static inline void
world_ready(const uint8_t *input, size_t size)
{
	const struct session *session = NULL;
	wall_t expires;
	enum srv_err err;

	world.input = input;
	world.size = size;
	world.log_len = 0;
	atomic_fetch_add(&world_passed_ms, 120000);
	if (!world.is_made) {
		const struct sessions_conf lives = {30, 90};
		struct srv_reason why;
		char database[TEMP_PATH_MAX], license[TEMP_PATH_MAX];

		world.is_made = true;
		temp_make(world.dir);
		temp_join(database, world.dir, "srv.db");
		temp_join(license, world.dir, "license.xml");
		temp_puts(license, TEMP_LICENSE);
		char *argv[] = {(char *)"srvd", (char *)"--trusted-proxies=127.0.0.1",
		    (char *)"--base-path=/InfoRouter", (char *)"--allowed-origins=http://good.example", NULL};
		clock_override(NULL, world_mono);
		log_init(LOG_LEVEL_DEBUG);
		MUST(conf_load(4, argv, NULL, &world.conf, &why) == SRV_OK);
		MUST(store_open(database, true, 5, &world.store, &why) == SRV_OK);
		world_fill();
		MUST(cache_new(world.store, license, &world.cache, &why) == SRV_OK);
		MUST(sessions_new(world.store, &lives, NULL, &world.sessions) == SRV_OK);
		MUST(pool_new(2, 64, &world.pool) == SRV_OK);
		world.env = (struct op_env){world.store, world.cache, world.sessions, "1.0.0.0", world.pool};
		MUST(endpoint_new(world.conf, &world.env, world.pool, &world.endpoint, &why) == SRV_OK);
		MUST(endpoint_worker_new(world.endpoint, &world.worker) == SRV_OK);
		atexit(world_end);
	}
	err = session_peek(world.sessions, WORLD_TICKET, false, &session, &expires);
	if (err == SRV_EAGAIN)
		err = session_check(world.sessions, WORLD_TICKET, false, &session, &expires);
	if (err == SRV_ETICKET)
		world_add_ticket(WORLD_TICKET, 1);
	session_unref(&session);
}

#endif
