/* What a process leaves of its counters of failed logins to the next: all that still matters, whatever ended it; and
 * files that are no such thing. */
#define _GNU_SOURCE /* memmem */
#include "throttle_fixture.h"

#include "../../impl/base/log.h"
#include "../../impl/session/throttle_file.h"
#include "tempdir.h"
#include <fcntl.h>
#include <sys/syscall.h>

/* ---- what the disk has for certain, by calls that the throttle gets in the place of the C library's ---- */

static bool written, synced; /* in this order */
static bool renamed_unsynced;

ssize_t
pwrite(int fd, const void *bytes, size_t len, off_t at)
{
	written = true;
	synced = false;
	return syscall(SYS_pwrite64, fd, bytes, len, at);
}

int
fsync(int fd)
{
	synced = true;
	return (int)syscall(SYS_fsync, fd);
}

int
rename(const char *from, const char *to)
{
	renamed_unsynced = renamed_unsynced || !written || !synced;
	return (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

static char dir[TEMP_PATH_MAX], file[TEMP_PATH_MAX];

static int
start_in_file(void **state)
{
	if (start(state) != 0)
		return -1;
	throttle_free(&throttle);
	log_init(LOG_LEVEL_ERROR);
	temp_make(dir);
	temp_join(file, dir, "srv.db-throttle");
	return throttle_new(THROTTLE_ENTRIES_MAX, file, &throttle) == SRV_OK ? 0 : -1;
}

static int
stop_in_file(void **state)
{
	temp_remove(dir);
	return stop(state);
}

/* Nothing is told to the old one: to the file this is what a kill is. The monotonic clock may begin anew. */
static void
restart_after(int64_t seconds)
{
	struct throttle *killed = throttle;

	now_s += seconds;
	now_ms = 77;
	assert_int_equal(throttle_new(THROTTLE_ENTRIES_MAX, file, &throttle), SRV_OK);
	throttle_free(&killed);
}

static void
throttle_row_of_sixty_failures_goes_on_after_a_kill(void **state)
{
	(void)state;
	fail_times(5, "jsmith", STRANGER);
	for (int i = 0; i < 55; i++) {
		now_ms += THROTTLE_DELAY_MAX_MS;
		now_s += THROTTLE_DELAY_MAX_MS / 1000;
		fail_times(1, "jsmith", STRANGER);
	}
	restart_after(0);
	assert_int_equal(look("jsmith", OFFICE), THROTTLE_ACCOUNT);
	now_ms += THROTTLE_DELAY_MAX_MS - 1;
	assert_int_equal(look("jsmith", OFFICE), THROTTLE_ACCOUNT);
	now_ms += 1;
	fail_times(1, "jsmith", OFFICE);
	/* The delay after the 61st failure is the longest, and not that after a first. */
	now_ms += THROTTLE_DELAY_MAX_MS - 1;
	assert_int_equal(look("jsmith", OFFICE), THROTTLE_ACCOUNT);
	now_ms += 1;
	assert_int_equal(look("jsmith", OFFICE), THROTTLE_PASS);
}

static void
throttle_time_between_two_processes_counts_as_rest(void **state)
{
	(void)state;
	fail_times(5, "waiting", STRANGER);
	fail_times(4, "resting", OFFICE);
	restart_after(1);
	assert_int_equal(look("waiting", OFFICE), THROTTLE_PASS);
	fail_times(1, "waiting", OFFICE);
	assert_int_equal(look("waiting", OFFICE), THROTTLE_ACCOUNT);
	restart_after(THROTTLE_FORGET_MS / 1000);
	fail_times(4, "waiting", "203.0.113.1");
	fail_times(4, "resting", "203.0.113.2");
	assert_int_equal(look("waiting", OFFICE), THROTTLE_PASS);
	assert_int_equal(look("resting", OFFICE), THROTTLE_PASS);
}

static void
throttle_address_stays_over_its_limit(void **state)
{
	char uid[32];

	(void)state;
	for (int i = 0; i < THROTTLE_ADDRESS_MAX; i++) {
		snprintf(uid, sizeof uid, "user%d", i);
		fail_times(1, uid, STRANGER);
	}
	restart_after(20);
	assert_int_equal(look("x", STRANGER), THROTTLE_ADDRESS);
	assert_int_equal(look("x", OFFICE), THROTTLE_PASS);
	now_ms += THROTTLE_ADDRESS_MS - 20000;
	assert_int_equal(look("x", STRANGER), THROTTLE_PASS);
}

static void
throttle_own_network_is_known_a_year_later(void **state)
{
	(void)state;
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	restart_after(INT64_C(365) * 86400);
	fail_times(5, "admin", STRANGER);
	assert_int_equal(look("admin", STRANGER), THROTTLE_ACCOUNT);
	assert_int_equal(look("admin", OFFICE), THROTTLE_PASS);
}

static void
throttle_row_that_a_success_ended_does_not_come_back(void **state)
{
	(void)state;
	fail_times(4, "jsmith", OFFICE);
	assert_int_equal(attempt("jsmith", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	restart_after(0);
	fail_times(4, "jsmith", STRANGER);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_PASS);
	assert_int_equal(look("jsmith", OFFICE), THROTTLE_PASS);
}

static void
throttle_clock_that_was_set_back_makes_nobody_wait_longer(void **state)
{
	(void)state;
	fail_times(5, "jsmith", STRANGER);
	restart_after(-INT64_C(365) * 86400);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
	now_ms += THROTTLE_DELAY_MS;
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_PASS);
}

static void
throttle_full_table_is_taken_over_with_what_counts(void **state)
{
	struct throttle_status before, after;
	char uid[32];

	(void)state;
	assert_int_equal(attempt("admin", OFFICE, THROTTLE_SUCCEEDED), THROTTLE_PASS);
	fail_times(5, "victim", STRANGER);
	for (int i = 0; i < THROTTLE_ENTRIES_MAX + 1000; i++) {
		struct throttle_attempt a;
		snprintf(uid, sizeof uid, "made-up-%d", i);
		throttle_attempt_init(throttle, &a, uid, OFFICE);
		throttle_end(throttle, &a, THROTTLE_FAILED);
	}
	throttle_status_get(throttle, &before);
	restart_after(0);
	throttle_status_get(throttle, &after);
	assert_int_equal(before.entries, THROTTLE_ENTRIES_MAX);
	assert_int_equal(after.entries, before.entries);
	assert_int_equal(after.homes, before.homes);
	assert_int_equal(after.active, before.active);
	assert_int_equal(look("victim", OFFICE), THROTTLE_ACCOUNT);
	/* The table works on as it did: what is new finds room. */
	fail_times(5, "newcomer", STRANGER);
	assert_int_equal(look("newcomer", STRANGER), THROTTLE_ACCOUNT);
	throttle_status_get(throttle, &after);
	assert_int_equal(after.entries, THROTTLE_ENTRIES_MAX);
}

static void
throttle_file_is_its_owners_alone_and_names_nobody(void **state)
{
	static char bytes[4096];
	struct stat st;
	FILE *f;
	size_t len;

	(void)state;
	fail_times(5, "jsmith", STRANGER);
	umask(0); /* nobody's help */
	restart_after(0);
	umask(077);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	f = fopen(file, "rb");
	assert_non_null(f);
	len = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	assert_true(len > 100 && len == (size_t)st.st_size);
	assert_null(memmem(bytes, len, "jsmith", 6));
	assert_null(memmem(bytes, len, STRANGER, strlen(STRANGER)));
}

/* Whatever is at its path: the counters begin anew, and are kept from then on. */
static void
begins_anew_and_keeps(void)
{
	restart_after(0);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_PASS);
	fail_times(5, "jsmith", STRANGER);
	restart_after(0);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
}

static void
throttle_file_that_is_none_is_replaced(void **state)
{
	char other[TEMP_PATH_MAX];
	struct stat st;

	(void)state;
	fail_times(5, "jsmith", STRANGER);
	temp_write(file, "", 0);
	begins_anew_and_keeps();
	temp_puts(file, "not counters at all, but long enough to be taken for a header of such a file");
	begins_anew_and_keeps();
	unlink(file);
	begins_anew_and_keeps();
	/* A link is replaced, and what it led to is left alone. */
	temp_join(other, dir, "other");
	temp_puts(other, "mine");
	unlink(file);
	assert_int_equal(symlink(other, file), 0);
	begins_anew_and_keeps();
	assert_int_equal(lstat(file, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_size, 4);
	unlink(file);
	assert_int_equal(mkfifo(file, 0600), 0);
	begins_anew_and_keeps();
	/* Another's, who may have written what he liked. Only root can give one away. */
	if (geteuid() == 0) {
		assert_int_equal(chown(file, 65534, (gid_t)-1), 0);
		begins_anew_and_keeps();
	}
}

static void
throttle_file_that_was_cut_off_keeps_what_is_whole(void **state)
{
	struct stat st;

	(void)state;
	fail_times(5, "jsmith", STRANGER);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(truncate(file, st.st_size - 1), 0);
	restart_after(0);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
}

static void
throttle_file_of_any_bytes_is_read_without_harm(void **state)
{
	static unsigned char bytes[48 + 40 * 500];
	FILE *f;

	(void)state;
	fail_times(5, "jsmith", STRANGER);
	f = fopen(file, "rb");
	assert_non_null(f);
	assert_int_equal(fread(bytes, 1, 48, f), 48);
	fclose(f);
	/* The least number there is, and the greatest, and not by chance. */
	memset(bytes + 48, 0, 80);
	bytes[48] = 1;
	bytes[48 + 23] = 0x80;
	memset(bytes + 88 + 16, 0xff, 8);
	bytes[88 + 23] = 0x7f;
	bytes[48 + 32] = bytes[88 + 32] = 2; /* an own network, which is never forgotten */
	bytes[48 + 36] = bytes[88 + 36] = 1;
	temp_write(file, bytes, 48 + 80);
	restart_after(0);
	srand(1);
	for (int round = 0; round < 50; round++) {
		for (size_t i = 48; i < sizeof bytes; i++)
			bytes[i] = (unsigned char)rand();
		for (size_t i = 48; i < sizeof bytes; i += 40) {
			memset(bytes + i + 32, 0, 8);
			bytes[i + 32] = (unsigned char)(rand() % 4); /* worth */
			bytes[i + 36] = (unsigned char)(rand() % 4 > 0);
		}
		temp_write(file, bytes, sizeof bytes);
		restart_after(0);
		assert_true(look("nobody", "203.0.113.9") == THROTTLE_PASS);
		fail_times(5, "jsmith", "203.0.113.9");
		assert_int_equal(look("jsmith", "203.0.113.9"), THROTTLE_ACCOUNT);
	}
}

/* A power cut right after a start must not cost what the process before has left. */
static void
throttle_file_takes_the_others_place_when_it_is_on_the_disk(void **state)
{
	(void)state;
	written = synced = renamed_unsynced = false;
	restart_after(0);
	assert_true(written);
	assert_false(renamed_unsynced);
}

static void
throttle_counts_in_memory_where_no_file_can_be(void **state)
{
	(void)state;
	throttle_free(&throttle);
	assert_int_equal(throttle_new(THROTTLE_ENTRIES_MAX, TEMP_PATH(dir, "no/such/directory"), &throttle), SRV_OK);
	fail_times(5, "jsmith", STRANGER);
	assert_int_equal(look("jsmith", STRANGER), THROTTLE_ACCOUNT);
}

int
main(void)
{
#define F(name) cmocka_unit_test_setup_teardown(name, start_in_file, stop_in_file)
	const struct CMUnitTest tests[] = {
	    F(throttle_row_of_sixty_failures_goes_on_after_a_kill),
	    F(throttle_time_between_two_processes_counts_as_rest),
	    F(throttle_address_stays_over_its_limit),
	    F(throttle_own_network_is_known_a_year_later),
	    F(throttle_row_that_a_success_ended_does_not_come_back),
	    F(throttle_clock_that_was_set_back_makes_nobody_wait_longer),
	    F(throttle_full_table_is_taken_over_with_what_counts),
	    F(throttle_file_is_its_owners_alone_and_names_nobody),
	    F(throttle_file_that_is_none_is_replaced),
	    F(throttle_file_that_was_cut_off_keeps_what_is_whole),
	    F(throttle_file_of_any_bytes_is_read_without_harm),
	    F(throttle_file_takes_the_others_place_when_it_is_on_the_disk),
	    F(throttle_counts_in_memory_where_no_file_can_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
