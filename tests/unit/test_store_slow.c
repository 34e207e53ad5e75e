/* The store on a disk that takes its time: what goes on meanwhile, and who learns of it. */
#include "store_help.h"
#include <pthread.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>

/* ---- the disk ---- */

static _Thread_local bool slow; /* for this thread a sync of the database file, not of its log, waits to be let go on */
static sem_t waits, go_on;

/* SQLite gets this one in the place of the C library's. */
int
fdatasync(int fd)
{
	char link[64], path[512];

	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path - 1);
	path[n > 0 ? n : 0] = '\0';
	if (slow && strstr(path, "-wal") == NULL) {
		slow = false;
		sem_post(&waits);
		while (sem_wait(&go_on) != 0)
			;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

/* A change that needs the disk; false if it did not come there. */
static bool
came_to_wait(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 30;
	return sem_timedwait(&waits, &until) == 0;
}

static int
disk_make(void **state)
{
	return sem_init(&waits, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0 ? place_make(state) : -1;
}

/* ---- the tests ---- */

struct change {
	struct store *store;
	int64_t user_id;
};

static void *
deny_tickets_slowly(void *arg)
{
	const struct change *c = arg;

	slow = true;
	return (void *)(intptr_t)store_user_set_may_have_ticket(c->store, c->user_id, false);
}

static void
store_version_tells_of_others_while_the_log_is_folded_in(void **state)
{
	struct place *p = *state;
	struct store *s = store_made(p->db);
	struct change c = {s, user_made(s, "a")};
	pthread_t writer;
	uint64_t before = 0, after = 0;
	void *err = NULL;

	by_hand(p->db, "PRAGMA wal_autocheckpoint = 0; INSERT INTO settings VALUES ('Big', hex(zeroblob(2600000)))");
	assert_int_equal(pthread_create(&writer, NULL, deny_tickets_slowly, &c), 0);
	assert_true(came_to_wait()); /* and has committed */
	assert_int_equal(store_version(s, &before), SRV_OK);
	by_hand(p->db, "UPDATE users SET enabled = 0");
	assert_int_equal(store_version(s, &after), SRV_OK);
	sem_post(&go_on);
	assert_int_equal(pthread_join(writer, &err), 0);
	assert_int_equal((intptr_t)err, SRV_OK);
	assert_true(after != before);
	store_close(&s);
}

#define T(name) cmocka_unit_test_setup_teardown(name, disk_make, place_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(store_version_tells_of_others_while_the_log_is_folded_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
