/* The real srvd with a store, a licence and a configuration of its own, as a test needs it. The programs are
 * $SRV_BUILD/srvd and $SRV_BUILD/srvadm (build/ if the variable is not set).
 *
 * Functions that say "asserts" end the running test through cmocka when what they do fails; they are for
 * the test's own thread. All that a test started and did not stop is stopped by wire_teardown. */
#ifndef SRV_WIRE_HARNESS_H
#define SRV_WIRE_HARNESS_H

#include "wire_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <cmocka.h>

/* How many times longer a start takes than it may at best. */
#ifdef SRV_MEMCHECK
#define WIRE_SLOWNESS 5
#else
#define WIRE_SLOWNESS 1
#endif

/* Nothing in these tests is timed; this is how long one waits before calling it lost. */
#define WIRE_TMO_MS (WIRE_SLOWNESS * 30000)

/* The people in every store. admin has every permission, jsmith none, off is disabled, robot may not have
 * tickets, boss is named by SysadminAccountName once a test sets it. */
#define WIRE_ADMIN "admin"
#define WIRE_ADMIN_PWD "correct horse"
#define WIRE_USER "jsmith"
#define WIRE_USER_PWD "p+q %25&=\xc3\xa9 left"
#define WIRE_OFF "off"
#define WIRE_ROBOT "robot"
#define WIRE_BOSS "boss"
#define WIRE_OTHER_PWD "battery staple"

struct wire_srvd {
	char dir[96]; /* everything below lies in it */
	char db[128], license[128], conf[128], log[128];
	char tz[32];   /* the server's time zone */
	char host[32]; /* 127.0.0.1:PORT */
	uint16_t port;
	/* What a supervisor would do; set between wire_prepare and wire_start. */
	int listen_fd;           /* a socket that srvd is to inherit as descriptor 3, or 0; stays the test's */
	const char *notify_name; /* of the socket that srvd is to report to, or NULL */
	int64_t watchdog_us;     /* how often that one wants a sign of life, or 0 */
	int (*before)(void);     /* done in the new process before it is srvd, or NULL; not 0: it does not become one */
	bool drops_root;         /* started by root, it is to become whom its configuration says; else it stays */
	pid_t pid;               /* 0: not running */
	bool shared;             /* the group's, not the running test's */
	struct wire_srvd *next;
};

/* Makes the directory with a store, a licence and a configuration of these further lines (may be NULL),
 * does not start anything. Asserts. */
void wire_prepare(struct wire_srvd *, const char *conf_lines);
/* Writes the configuration anew, with these lines. Asserts. */
void wire_configure(struct wire_srvd *, const char *conf_lines);
/* Starts srvd on what wire_prepare made, or on what the one before left, and waits until it listens. Asserts. */
void wire_start(struct wire_srvd *);
/* Starts srvd, and does not wait. Asserts. */
void wire_launch(struct wire_srvd *);
/* Both. */
void wire_new(struct wire_srvd *, const char *conf_lines);
/* SIGTERM; asserts exit status 0 and that no sanitizer spoke. */
void wire_stop(struct wire_srvd *);
void wire_kill(struct wire_srvd *);            /* SIGKILL, and waits for the end */
int wire_wait(struct wire_srvd *, int tmo_ms); /* exit status, minus a signal, or INT_MIN: still runs */

/* For cmocka: the teardown of every test, and of the group with the server that its setup made shared. */
#define WIRE_TEST(f) cmocka_unit_test_teardown(f, wire_teardown)
int wire_teardown(void **state);
int wire_group_teardown(void **state);

/* Waits until the log says text behind the offset from (wire_log_size); false after WIRE_TMO_MS. */
size_t wire_log_size(const struct wire_srvd *);
bool wire_log_wait(const struct wire_srvd *, size_t from, const char *text);
char *wire_log_text(const struct wire_srvd *);

/* Runs a program to its end with this standard input. Asserts that it ends. */
struct wire_output {
	int status; /* exit status, or minus the signal */
	char *out, *err;
};
struct wire_output wire_run(const char *input, const char *const argv[]);
/* With an environment variable, NAME=VALUE, besides. */
struct wire_output wire_run_with(const char *setting, const char *input, const char *const argv[]);
/* The same in pieces, for a test that acts while the program runs: starts it on these descriptors (asserts); waits
 * for its end, and gives its status as above, or INT_MIN if it still runs. */
pid_t wire_spawn(const char *setting, const char *const argv[], int in, int out, int err);
int wire_spawned_wait(pid_t, int tmo_ms);
const char *wire_program(const char *name); /* its path under $SRV_BUILD */
/* srvadm on the server's store; the arguments end with NULL. Asserts that it succeeds. */
void wire_srvadm(struct wire_srvd *, const char *input, ...);
char **wire_environment(const struct wire_srvd *); /* what srvd is started with */

/* SQL on the store as an administrator would, with a connection of its own. wire_sql asserts;
 * wire_try_sql, for other threads, returns false instead. wire_sql_text: the first column of the first
 * row as text, or NULL. */
void wire_sql(const struct wire_srvd *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool wire_try_sql(const struct wire_srvd *, const char *sql);
char *wire_sql_text(const struct wire_srvd *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts a licence in place: the company's name, 25 users, until 2031-05-06, workflow and compliance on. */
void wire_license(const struct wire_srvd *, const char *company);

#endif
