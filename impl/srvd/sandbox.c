/* Why: which files and calls serving takes is known here, where the configuration names them; how they are forbidden is
 * known in guard/.
 * What may be read is chosen by directory, so that each file can be replaced by another of its name; the directory that
 * a symbolic link leads to counts as well, which is how certificates are often laid out. Warehouses come from the
 * store and change with a flush, but srvd only lists and counts their files, and listing is free everywhere.
 * Called by main.c. */
#include "sandbox.h"

#include "../base/log.h"
#include "../guard/calls.h"
#include "../guard/files.h"
#include "../guard/privileges.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rules {
	struct files_rule rule[FILES_MAX];
	char *owned[FILES_MAX]; /* the paths that are ours to free */
	size_t count;
};

/* What the C library, OpenSSL and the disks of GetWarehouseStatus are read from. */
static const struct files_rule of_the_system[] = {
    {"/", FILES_LIST},
    {"/usr", FILES_READ},
    {"/lib", FILES_READ},
    {"/lib64", FILES_READ},
    {"/proc", FILES_READ},
    {"/sys", FILES_READ},
    {"/dev/null", FILES_READ},
    {"/dev/urandom", FILES_READ},
    {"/etc/localtime", FILES_READ},
    {"/etc/ssl/openssl.cnf", FILES_READ},
};

/* The directory that path is in, as it is spelt. */
static enum srv_err
add_directory(struct rules *r, const char *path, enum files_right right)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);

	if (dir == NULL)
		return SRV_ENOMEM;
	r->owned[r->count] = dir;
	r->rule[r->count++] = (struct files_rule){dir, right};
	return SRV_OK;
}

static enum srv_err
add_file(struct rules *r, const char *path, enum files_right right)
{
	enum srv_err err;
	char *real;

	if (path == NULL)
		return SRV_OK;
	err = add_directory(r, path, right);
	real = realpath(path, NULL);
	if (err == SRV_OK && real != NULL)
		err = add_directory(r, real, right);
	free(real);
	return err;
}

static enum srv_err
restrict_files(const struct conf *c, int *abi, struct srv_reason *why)
{
	const char *const readable[] = {c->config_file, c->license, c->tls_certificate, c->tls_key, c->tls_client_ca};
	struct rules r = {.count = sizeof(of_the_system) / sizeof(of_the_system[0])};
	enum srv_err err;

	memcpy(r.rule, of_the_system, sizeof(of_the_system));
	err = add_file(&r, c->database, FILES_WRITE);
	for (size_t i = 0; err == SRV_OK && i < sizeof(readable) / sizeof(readable[0]); i++)
		err = add_file(&r, readable[i], FILES_READ);
	if (err == SRV_OK)
		err = files_restrict(r.rule, r.count, abi, why);
	else
		srv_fail(why, err, "landlock: %s", srv_err_text(err));
	for (size_t i = 0; i < FILES_MAX; i++)
		free(r.owned[i]);
	return err;
}

/* What the kernel does not have ends a start only where the configuration insists. */
static enum srv_err
judge(const struct conf *c, enum srv_err err, struct srv_reason *why)
{
	struct srv_reason lack = *why;

	if (err != SRV_EVERSION)
		return err;
	if (strcmp(c->sandbox, "on") == 0)
		return srv_fail(why, err, "sandbox: %.160s; best-effort does without", lack.text);
	log_warnx("sandbox lacks=%s", LOG_STR(lack.text));
	return SRV_OK;
}

static enum srv_err
forbid(const struct conf *c, struct srv_reason *why)
{
	int abi = 0, calls = 0;
	enum srv_err err;

#ifdef SRV_INSTRUMENTED
	/* Sanitizers and coverage make calls and write files of their own. */
	err = judge(c, srv_fail(why, SRV_EVERSION, "this build is instrumented"), why);
	(void)restrict_files, (void)calls_restrict;
#else
	err = judge(c, restrict_files(c, &abi, why), why);
	if (err == SRV_OK)
		err = judge(c, calls_restrict(&calls, why), why);
#endif
	if (err == SRV_OK)
		log_info("sandbox mode=%s landlock=%d calls=%d", c->sandbox, abi, calls);
	return err;
}

enum srv_err
sandbox_enter(const struct conf *c, struct srv_reason *why)
{
	bool root = geteuid() == 0;
	char now[PRIVILEGES_USER_MAX];
	enum srv_err err = privileges_drop(c->user, c->core_dumps, now, why);

	if (err != SRV_OK)
		return err;
	if (geteuid() == 0)
		log_warnx("privileges user=root core_dumps=%d", c->core_dumps);
	else
		log_info("privileges user=%s root_given_up=%d core_dumps=%d", LOG_STR(now), root, c->core_dumps);
	if (strcmp(c->sandbox, "off") != 0)
		return forbid(c, why);
	log_warnx("sandbox mode=off");
	return SRV_OK;
}
