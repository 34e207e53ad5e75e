/* Walking through a warehouse: what is counted, what is passed over, and where it ends. */
#include "jobs_fixture.h"

#include "../../impl/jobs/walk.h"

static void
assert_measures(int64_t files, int64_t bytes, int64_t unreadable)
{
	struct walk_sum sum;
	struct srv_reason why = {""};

	if (walk_measure(tree, &stop, &sum, &why) != SRV_OK)
		fail_msg("%s", why.text);
	assert_int_equal(sum.files, files);
	assert_int_equal(sum.bytes, bytes);
	assert_int_equal(sum.unreadable, unreadable);
}

static void
walk_counts_regular_files_at_every_depth(void **state)
{
	(void)state;
	assert_measures(0, 0, 0);
	temp_puts(TEMP_PATH(tree, "a"), "123");
	temp_puts(TEMP_PATH(tree, ".hidden"), "");
	mkdir(TEMP_PATH(tree, "d"), 0700);
	temp_puts(TEMP_PATH(tree, "d/b"), "12345");
	mkdir(TEMP_PATH(tree, "d/empty"), 0700);
	mkdir(TEMP_PATH(tree, "d/e"), 0700);
	temp_puts(TEMP_PATH(tree, "d/e/c"), "1");
	mkfifo(TEMP_PATH(tree, "d/fifo"), 0600);
	assert_measures(4, 9, 0);
	/* st_size, not blocks */
	assert_int_equal(truncate(TEMP_PATH(tree, "d/e/c"), 1000000), 0);
	assert_measures(4, 1000008, 0);
}

static void
walk_follows_no_link_below_the_path(void **state)
{
	struct walk_sum sum;
	char outside[TEMP_PATH_MAX], link[TEMP_PATH_MAX];

	(void)state;
	mkdir(temp_join(outside, dir, "outside"), 0700);
	temp_puts(TEMP_PATH(outside, "x"), "outside");
	temp_puts(TEMP_PATH(tree, "a"), "inside");
	assert_int_equal(symlink("../outside", TEMP_PATH(tree, "out")), 0);
	assert_int_equal(symlink("../outside/x", TEMP_PATH(tree, "file")), 0);
	assert_int_equal(symlink(".", TEMP_PATH(tree, "loop")), 0);
	assert_int_equal(symlink("nothing", TEMP_PATH(tree, "dangling")), 0);
	assert_measures(1, 6, 0);
	/* The path itself may be one. */
	assert_int_equal(symlink("tree", temp_join(link, dir, "link")), 0);
	assert_int_equal(walk_measure(link, &stop, &sum, NULL), SRV_OK);
	assert_int_equal(sum.files, 1);
}

static void
walk_says_what_is_wrong_with_a_path(void **state)
{
	struct walk_sum sum = {.files = 7};
	struct srv_reason why;

	(void)state;
	assert_int_equal(walk_measure(TEMP_PATH(dir, "nothing"), &stop, &sum, &why), SRV_ENOENT);
	assert_string_equal(why.text, "no such directory");
	assert_int_equal(walk_measure(license, &stop, &sum, &why), SRV_EINVAL);
	assert_string_equal(why.text, "not a directory");
	assert_int_equal(sum.files, 7);
}

static void
walk_counts_directories_that_it_may_not_read(void **state)
{
	bool root = geteuid() == 0;

	(void)state;
	temp_puts(TEMP_PATH(tree, "a"), "123");
	mkdir(TEMP_PATH(tree, "closed"), 0700);
	temp_puts(TEMP_PATH(tree, "closed/b"), "123");
	chmod(TEMP_PATH(tree, "closed"), 0);
	mkdir(TEMP_PATH(tree, "listed"), 0700);
	temp_puts(TEMP_PATH(tree, "listed/c"), "123");
	temp_puts(TEMP_PATH(tree, "listed/d"), "123");
	chmod(TEMP_PATH(tree, "listed"), 0444);
	/* root may read everything, so it is somebody else for a moment. */
	if (root) {
		chmod(dir, 0711);
		chmod(tree, 0755);
		assert_int_equal(seteuid(65534), 0);
	}
	assert_measures(1, 3, 2);
	if (root)
		assert_int_equal(seteuid(0), 0);
}

static void
walk_stops_at_its_depth_and_not_before(void **state)
{
	char path[TEMP_PATH_MAX];
	struct walk_sum sum;
	struct srv_reason why;

	(void)state;
	strcpy(path, tree);
	for (int i = 1; i < WALK_DEPTH_MAX; i++) {
		strcat(path, "/d");
		assert_int_equal(mkdir(path, 0700), 0);
	}
	temp_puts(TEMP_PATH(path, "f"), "x");
	assert_measures(1, 1, 0);
	strcat(path, "/d");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(walk_measure(tree, &stop, &sum, &why), SRV_ELIMIT);
	assert_string_equal(why.text, "directories are nested more than 128 deep");
}

static void
walk_stops_when_asked(void **state)
{
	struct walk_sum sum;
	struct srv_reason why;

	(void)state;
	temp_puts(TEMP_PATH(tree, "a"), "123");
	atomic_store(&stop, true);
	assert_int_equal(walk_measure(tree, &stop, &sum, &why), SRV_ESTOPPED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    T(walk_counts_regular_files_at_every_depth),
	    T(walk_follows_no_link_below_the_path),
	    T(walk_says_what_is_wrong_with_a_path),
	    T(walk_counts_directories_that_it_may_not_read),
	    T(walk_stops_at_its_depth_and_not_before),
	    T(walk_stops_when_asked),
	};

	log_init(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
