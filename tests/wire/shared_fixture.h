/* What most programs of tests begin with: one server for all their tests, and a ticket of
 * its administrator or of a user without permissions. */
#ifndef SRV_TESTS_SHARED_FIXTURE_H
#define SRV_TESTS_SHARED_FIXTURE_H

#include "wire_vitals.h"

#include <stdio.h>

static struct wire_srvd srv;
static struct wire_vitals at_first;
static char admin[40], user[40]; /* tickets, for as long as the program runs */

static inline void
serve_all(const char *configuration)
{
	wire_new(&srv, configuration);
	srv.shared = true;
	wire_expect_alive(&srv);
	at_first = wire_vitals(&srv);
	at_first.descriptors += 16; /* the threads for logins open the store when they first need it */
}

/* The last test of a program whose tests make many connections: the process is the same, and holds none of them. */
static inline void
nothing_is_left_behind(void **state)
{
	(void)state;
	wire_expect_unharmed(&srv, &at_first, 4096, "all of these tests");
}

static inline void
log_in_admin(void)
{
	snprintf(admin, sizeof admin, "%s", wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD));
}

static inline void
log_in_user(void)
{
	snprintf(user, sizeof user, "%s", wire_login(&srv, WIRE_USER, WIRE_USER_PWD));
}

static inline int
setup_admin(void **state)
{
	(void)state;
	serve_all("jobs = false");
	log_in_admin();
	return 0;
}

static inline int
setup_user(void **state)
{
	(void)state;
	serve_all("jobs = false");
	log_in_user();
	return 0;
}

#endif
