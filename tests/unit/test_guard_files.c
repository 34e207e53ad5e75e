/* Which files can be opened under Landlock: what a rule allows, and nothing else, however the modes are. Where the
 * kernel has no Landlock, that it is told. */
#include "guard_fixture.h"
#include "../../impl/guard/files.h"
#include "tempdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static char dir[TEMP_PATH_MAX], store[TEMP_PATH_MAX], licences[TEMP_PATH_MAX], other[TEMP_PATH_MAX];

static int
set_up(void **state)
{
	(void)state;
	temp_make(dir);
	temp_check(mkdir(temp_join(store, dir, "store"), 0700) == 0, store);
	temp_check(mkdir(temp_join(licences, dir, "licences"), 0700) == 0, licences);
	temp_check(mkdir(temp_join(other, dir, "other"), 0700) == 0, other);
	temp_puts(TEMP_PATH(store, "srv.db"), "a store");
	temp_puts(TEMP_PATH(licences, "license.xml"), "a licence");
	temp_puts(TEMP_PATH(other, "secret"), "a secret");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	temp_remove(dir);
	return 0;
}

/* 0, or why not. */
static int
opened(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int
said(int rc)
{
	return rc == 0 ? 0 : errno;
}

static bool
kernel_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

static int
restricted(const void *arg)
{
	const struct files_rule rules[] = {{"/", FILES_LIST}, {store, FILES_WRITE}, {licences, FILES_READ},
	    {"/dev/null", FILES_READ}, {"/nowhere/at/all", FILES_WRITE}};
	struct srv_reason why = {""};
	int abi = 0;
	DIR *list;

	(void)arg;
	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	enum srv_err err = files_restrict(rules, sizeof rules / sizeof *rules, &abi, &why);
	if (!kernel_has_landlock()) {
		CHECK(err == SRV_EVERSION && strncmp(why.text, "landlock: ", 10) == 0);
		return 7;
	}
	CHECK(err == SRV_OK && abi >= 1);

	CHECK(opened(TEMP_PATH(store, "srv.db"), O_RDWR) == 0);
	CHECK(opened(TEMP_PATH(store, "srv.db-wal"), O_RDWR | O_CREAT) == 0);
	CHECK(said(truncate(TEMP_PATH(store, "srv.db-wal"), 0)) == 0);
	CHECK(said(unlink(TEMP_PATH(store, "srv.db-wal"))) == 0);
	CHECK(said(mkdir(TEMP_PATH(store, "new"), 0700)) == EACCES);
	CHECK(said(symlink("/etc", TEMP_PATH(store, "link"))) == EACCES);
	CHECK(said(mkfifo(TEMP_PATH(store, "fifo"), 0600)) == EACCES);

	CHECK(opened(TEMP_PATH(licences, "license.xml"), O_RDONLY) == 0);
	CHECK(opened(TEMP_PATH(licences, "license.xml"), O_WRONLY) == EACCES);
	CHECK(opened(TEMP_PATH(licences, "new"), O_WRONLY | O_CREAT) == EACCES);
	CHECK(said(unlink(TEMP_PATH(licences, "license.xml"))) == EACCES);
	CHECK(said(rename(TEMP_PATH(store, "srv.db"), TEMP_PATH(licences, "license.xml"))) != 0);

	CHECK(opened(TEMP_PATH(other, "secret"), O_RDONLY) == EACCES);
	CHECK(opened("/etc/passwd", O_RDONLY) == EACCES);
	CHECK(opened("/etc/shadow", O_RDONLY) == EACCES);
	CHECK(opened("/dev/null", O_RDONLY) == 0);
	CHECK(opened("/dev/null", O_WRONLY) == EACCES);
	CHECK(said(execl("/bin/true", "true", (char *)NULL)) == EACCES);

	/* Listing and looking is free: warehouses may be anywhere. */
	struct stat st;
	CHECK((list = opendir(other)) != NULL && closedir(list) == 0);
	CHECK(stat(TEMP_PATH(other, "secret"), &st) == 0);
	return 7;
}

static void
files_beyond_the_rules_cannot_be_opened(void **state)
{
	(void)state;
	assert_int_equal(apart(restricted, NULL), 7);
	assert_int_equal(opened(TEMP_PATH(other, "secret"), O_RDONLY), 0);
}

/* A licence or store that an administrator puts in the place of another. */
static int
told_when_replaced(const void *arg)
{
	const struct files_rule rules[] = {{store, FILES_WRITE}, {licences, FILES_READ}};
	const int *pipes = arg;
	struct srv_reason why = {""};
	char byte;
	int abi = 0;

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	enum srv_err err = files_restrict(rules, 2, &abi, &why);
	CHECK(err == (kernel_has_landlock() ? SRV_OK : SRV_EVERSION));
	CHECK(write(pipes[1], "r", 1) == 1 && read(pipes[2], &byte, 1) == 1);
	CHECK(opened(TEMP_PATH(licences, "license.xml"), O_RDONLY) == 0);
	CHECK(opened(TEMP_PATH(store, "srv.db"), O_RDWR) == 0);
	return 7;
}

static void
files_that_are_replaced_in_their_directory_can_still_be_opened(void **state)
{
	int out[2], in[2], status = 0;
	char byte;

	(void)state;
	assert_int_equal(pipe(out) | pipe(in), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(told_when_replaced((const int[]){out[0], out[1], in[0]}));
	assert_int_equal(read(out[0], &byte, 1), 1);
	temp_puts(TEMP_PATH(other, "new"), "another licence");
	assert_int_equal(rename(TEMP_PATH(other, "new"), TEMP_PATH(licences, "license.xml")), 0);
	temp_puts(TEMP_PATH(other, "new.db"), "another store");
	assert_int_equal(rename(TEMP_PATH(other, "new.db"), TEMP_PATH(store, "srv.db")), 0);
	assert_int_equal(write(in[1], "g", 1), 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	for (int i = 0; i < 2; i++) {
		close(out[i]);
		close(in[i]);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(files_beyond_the_rules_cannot_be_opened),
	    T(files_that_are_replaced_in_their_directory_can_still_be_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
