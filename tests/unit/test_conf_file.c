/* The configuration file: its layout, and the file, line and words of each error. */
#include "conf_fixture.h"

/* The file holds text; the error is that of the file, whose directory is left out of the comparison. */
static void
assert_file_refused(struct fixture *f, const char *text, const char *why)
{
	write_file(f, text);
	assert_int_equal(load(f, ARGS("--config", f->file), NONE), SRV_EINVAL);
	assert_memory_equal(f->why.text, f->dir, strlen(f->dir));
	assert_string_equal(f->why.text + strlen(f->dir) + 1, why);
	assert_null(f->conf);
}

static void
conf_file_may_be_laid_out_freely(void **state)
{
	struct fixture *f = *state;

	write_file(f, "\xef\xbb\xbf  ; a comment\r\n# another\n\n   \n[srvd]   ; ours\n\tworkers=3\r\n  log_level   =  "
		      " warn   ; why\n"
		      "  database = /a b;c#d.db\npublic_url: http://[::1]:80/x\n[srvd]\nmax_body = 1");
	assert_loads(f, ARGS("--config", f->file), NONE);
	assert_int_equal(f->conf->workers, 3);
	assert_string_equal(f->conf->log_level, "warn");
	assert_string_equal(f->conf->database, "/a b;c#d.db");
	assert_string_equal(f->conf->public_url, "http://[::1]:80/x");
	assert_int_equal(f->conf->max_body, 1);
	write_file(f, "");
	assert_loads(f, ARGS("--config", f->file), NONE);
}

static void
conf_file_errors_have_file_and_line(void **state)
{
	struct fixture *f = *state;

	assert_file_refused(f, "workers = 1\n\nlisen = 1\n", "srv.ini:3: unknown key \"lisen\"");
	assert_file_refused(f, "Workers = 1\n", "srv.ini:1: unknown key \"Workers\"");
	assert_file_refused(f, "base-path = /x\n", "srv.ini:1: unknown key \"base-path\"");
	assert_file_refused(f, " = 1\n", "srv.ini:1: unknown key \"\"");
	assert_file_refused(f, "# x\n[server]\n", "srv.ini:2: unknown section \"[server]\"");
	assert_file_refused(f, "[SRVD]\n", "srv.ini:1: unknown section \"[SRVD]\"");
	assert_file_refused(f, "[srvd", "srv.ini:1: unknown section \"[srvd\"");
	assert_file_refused(f, "[srvd]workers=1\n", "srv.ini:1: unknown section \"[srvd]workers=1\"");
	assert_file_refused(f, "[srvd] workers=1\n", "srv.ini:1: unknown section \"[srvd] workers=1\"");
	assert_file_refused(f, "workers\n", "srv.ini:1: not of the form key = value");
	assert_file_refused(f, "jobs = no\nnonsense\nlisen = 1\n", "srv.ini:2: not of the form key = value");
	assert_file_refused(f, "nonsense\n[other]\n", "srv.ini:1: not of the form key = value");
	assert_file_refused(f, "workers = 1\nlisen = 2\nnonsense\n", "srv.ini:2: unknown key \"lisen\"");
	assert_file_refused(f, "workers = many\n", "srv.ini:1: workers: \"many\" is not a number from 0 to 256");
	assert_file_refused(f, "\n\njobs = \n", "srv.ini:3: jobs: \"\" is not true or false");
	assert_file_refused(f, "listen = 127.0.0.1:1\nlisten = here\n",
	    "srv.ini:2: listen: \"here\" is not ADDR:PORT, as 127.0.0.1:8080 or [::1]:8080");
	assert_file_refused(
	    f, "workers = 1\njobs = no\nworkers = 1\n", "srv.ini:3: \"workers\" was given before, in line 1");
	assert_file_refused(f, "database = /caf\xe9.db\n", "srv.ini:1: not UTF-8 text");
	assert_file_refused(f, "\ndatabase = a\x01\n", "srv.ini:2: not UTF-8 text");
}

static void
conf_indented_keys_do_not_go_on_with_the_one_before(void **state)
{
	struct fixture *f = *state;

	write_file(f, "[srvd]\nlisten = 127.0.0.1:1\n  database = x.db\n    workers = 2\n");
	assert_loads(f, ARGS("--config", f->file), NONE);
	assert_list(&f->conf->listen, ARGS("127.0.0.1:1"));
	assert_string_equal(f->conf->database, "x.db");
	assert_int_equal(f->conf->workers, 2);
	assert_file_refused(f, "listen = 127.0.0.1:1\n  127.0.0.1\n", "srv.ini:2: not of the form key = value");
}

static void
conf_file_with_a_nul_is_refused(void **state)
{
	static const char text[] = "workers = 1\ndatabase = /a\0b\n";
	struct fixture *f = *state;

	write_file_n(f, text, sizeof(text) - 1);
	assert_int_equal(load(f, ARGS("--config", f->file), NONE), SRV_EINVAL);
	assert_string_equal(f->why.text + strlen(f->dir) + 1, "srv.ini:2: a NUL byte");
}

static void
conf_long_lines_are_taken_whole_or_refused(void **state)
{
	struct fixture *f = *state;
	char text[9000];

	memset(text, 'x', sizeof(text));
	memcpy(text, "database = ", 11);
	text[4000] = '\0';
	write_file(f, text);
	assert_loads(f, ARGS("--config", f->file), NONE);
	assert_string_equal(f->conf->database, text + 11);
	text[4000] = 'x';
	for (size_t len = 8185; len < 8200; len++) {
		write_file_n(f, text, len);
		if (load(f, ARGS("--config", f->file), NONE) == SRV_OK) {
			assert_int_equal(strlen(f->conf->database), len - 11);
			assert_true(len <= 8190);
		} else {
			assert_string_equal(f->why.text + strlen(f->dir) + 1, "srv.ini:1: the line is too long");
			assert_true(len > 8190);
		}
	}
}

static void
conf_file_that_is_not_there_is_not_found(void **state)
{
	struct fixture *f = *state;
	char want[256];

	assert_int_equal(load(f, ARGS("--config", f->file), NONE), SRV_ENOENT);
	(void)snprintf(want, sizeof(want), "%s: No such file or directory", f->file);
	assert_string_equal(f->why.text, want);
	assert_int_equal(load(f, ARGS("--config="), NONE), SRV_ENOENT);
	assert_null(f->conf);
}

static void
conf_file_that_cannot_be_read_says_so(void **state)
{
	struct fixture *f = *state;
	char want[256];

	assert_int_equal(load(f, ARGS("--config", f->dir), NONE), SRV_EIO);
	(void)snprintf(want, sizeof(want), "%s: Is a directory", f->dir);
	assert_string_equal(f->why.text, want);
	assert_null(f->conf);
}

static void
conf_long_file_names_leave_room_for_the_reason(void **state)
{
	struct fixture *f = *state;
	char name[400];

	memset(name, 'x', sizeof(name) - 1);
	memcpy(name + sizeof(name) - 1 - 8, "/srv.ini", 9);
	assert_int_equal(load(f, ARGS("--config", name), NONE), SRV_EIO);
	assert_non_null(strstr(f->why.text, "xx/srv.ini: File name too long"));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(conf_file_may_be_laid_out_freely),
	    T(conf_file_errors_have_file_and_line),
	    T(conf_indented_keys_do_not_go_on_with_the_one_before),
	    T(conf_file_with_a_nul_is_refused),
	    T(conf_long_lines_are_taken_whole_or_refused),
	    T(conf_file_that_is_not_there_is_not_found),
	    T(conf_file_that_cannot_be_read_says_so),
	    T(conf_long_file_names_leave_room_for_the_reason),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
