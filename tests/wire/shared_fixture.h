/* What most programs of tests begin with: one server for all their tests, and a ticket of
 * its administrator or of a user without permissions. */
#ifndef SRV_TESTS_SHARED_FIXTURE_H
#define SRV_TESTS_SHARED_FIXTURE_H

#include "wire_call.h"

#include <stdio.h>

static struct wire_srvd srv;
static char admin[40], user[40]; /* tickets, for as long as the program runs */

static inline void
serve_all(const char *configuration)
{
	wire_new(&srv, configuration);
	srv.shared = true;
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
