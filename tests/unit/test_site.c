/* The service as seen from outside: which path is whose, and under which address callers know it. Contract: sections 3
 * and 4. */
#include "site_fixture.h"

/* ---- paths */

static void
expect_place(struct fixture *f, const char *path, enum site_place want, const char *want_name, bool want_based)
{
	size_t len = strlen(path);
	char name[32] = "untouched", *exact = malloc(len ? len : 1);
	bool based = false;
	enum site_place got;

	assert_non_null(exact);
	memcpy(exact, path, len);
	got = site_find(f->site, (struct http_text){exact, len}, name, sizeof name, &based);
	free(exact);
	if (got != want || (want == SITE_OPERATION && strcmp(name, want_name) != 0))
		fail_msg("%s is place %d, name %s", path, (int)got, name);
	if (got == SITE_SERVICE || got == SITE_OPERATION)
		assert_int_equal(based, want_based);
}

static void
site_finds_the_service_and_its_operations(void **state)
{
	struct fixture *f = *state;

	CONFIGURE_NOTHING(f);
	expect_place(f, "/", SITE_ROOT, NULL, false);
	expect_place(f, "/srv.asmx", SITE_SERVICE, NULL, false);
	expect_place(f, "/srv.asmx/", SITE_SERVICE, NULL, false);
	expect_place(f, "/srv.asmx/ServerInfo", SITE_OPERATION, "ServerInfo", false);
	expect_place(f, "/srv.asmx/serverinfo", SITE_OPERATION, "serverinfo", false);
	expect_place(f, "/srv.asmx/No such+one", SITE_OPERATION, "No such+one", false);
	expect_place(f, "/srv.asmx/mex", SITE_OPERATION, "mex", false);
}

static void
site_ignores_the_case_of_the_path(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--base-path", "/InfoRouter");
	expect_place(f, "/SRV.ASMX", SITE_SERVICE, NULL, false);
	expect_place(f, "/Srv.Asmx/ServerInfo", SITE_OPERATION, "ServerInfo", false);
	expect_place(f, "/inforouter/srv.asmx/LogOut", SITE_OPERATION, "LogOut", true);
	expect_place(f, "/INFOROUTER/SRV.ASMX", SITE_SERVICE, NULL, true);
	/* Only ASCII has a case. */
	expect_place(f, "/\xC5\xBFrv.asmx", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/srv\xCE\x9C.asmx", SITE_UNKNOWN, NULL, false);
}

static void
site_takes_repeated_slashes_as_one(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--base-path", "/a/b");
	expect_place(f, "//", SITE_ROOT, NULL, false);
	expect_place(f, "//srv.asmx", SITE_SERVICE, NULL, false);
	expect_place(f, "///srv.asmx////ServerInfo", SITE_OPERATION, "ServerInfo", false);
	expect_place(f, "//a///b//srv.asmx//", SITE_SERVICE, NULL, true);
	/* One behind a name is part of what is asked for, and no operation is called so. */
	expect_place(f, "/srv.asmx/ServerInfo//", SITE_OPERATION, "ServerInfo/", false);
}

static void
site_takes_the_base_path_or_none(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--base-path", "/InfoRouter");
	expect_place(f, "/InfoRouter/srv.asmx", SITE_SERVICE, NULL, true);
	expect_place(f, "/InfoRouter/srv.asmx/ServerInfo", SITE_OPERATION, "ServerInfo", true);
	expect_place(f, "/srv.asmx/ServerInfo", SITE_OPERATION, "ServerInfo", false);
	expect_place(f, "/InfoRouter", SITE_ROOT, NULL, false);
	expect_place(f, "/InfoRouter/", SITE_ROOT, NULL, false);
	expect_place(f, "/", SITE_ROOT, NULL, false);
	expect_place(f, "/InfoRouter2/srv.asmx", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/InfoRoute/srv.asmx", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/InfoRoutersrv.asmx", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/InfoRouter/InfoRouter/srv.asmx", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/x/InfoRouter/srv.asmx", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/srv.asmx/InfoRouter", SITE_OPERATION, "InfoRouter", false);
	CONFIGURE_NOTHING(f);
	expect_place(f, "/InfoRouter/srv.asmx", SITE_UNKNOWN, NULL, false);
}

static void
site_decodes_escapes_in_a_path(void **state)
{
	static const char *const bad[] = {"%", "/%", "/%4", "/srv.asmx/%zz", "/srv.asmx/%0", "/srv.asmx/%%41",
	    "/%u0041", "/srv.asmx%", "/%G0", "/%0G", "/srv.asmx/% 1"};
	struct fixture *f = *state;

	CONFIGURE_NOTHING(f);
	expect_place(f, "/%73rv%2Easmx/Server%49nfo", SITE_OPERATION, "ServerInfo", false);
	expect_place(f, "/srv.asmx/Server%69nfo", SITE_OPERATION, "Serverinfo", false);
	expect_place(f, "%2f%2Fsrv.asmx%2fLogOut", SITE_OPERATION, "LogOut", false);
	expect_place(f, "/srv.asmx/%2541", SITE_OPERATION, "%41", false);
	expect_place(f, "/srv.asmx/a+b", SITE_OPERATION, "a+b", false);
	for (size_t i = 0; i < COUNT(bad); i++)
		expect_place(f, bad[i], SITE_BAD, NULL, false);
}

static void
site_zero_byte_ends_nothing(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--base-path", "/a");
	expect_place(f, "/srv.asmx%00", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/srv.asmx/ServerInfo%00", SITE_OPERATION, "ServerInfo\x01", false);
	expect_place(f, "/srv.asmx/%00ServerInfo", SITE_OPERATION, "\x01ServerInfo", false);
	expect_place(f, "/%00", SITE_UNKNOWN, NULL, false);
	expect_place(f, "/a%00/srv.asmx", SITE_UNKNOWN, NULL, false);
}

static void
site_knows_no_other_path(void **state)
{
	static const char *const unknown[] = {"", "*", "srv.asmx", "/srv.asm", "/srv.asmxx", "/srv.asmx;x",
	    "/srv.asmx.", "/srv.asmx\\ServerInfo", "/../../../../etc/passwd", "/%2e%2e%2fetc/passwd", "/..%5c..%5cx",
	    "/./srv.asmx", "/x/../srv.asmx", "/favicon.ico", "/srv.asmx%20", "/ srv.asmx", "/srv%00.asmx"};
	struct fixture *f = *state;

	CONFIGURE_NOTHING(f);
	for (size_t i = 0; i < COUNT(unknown); i++)
		expect_place(f, unknown[i], SITE_UNKNOWN, NULL, false);
	/* Dots go nowhere: this asks for an operation of that name. */
	expect_place(f, "/srv.asmx/../../x", SITE_OPERATION, "../../x", false);
	expect_place(f, "/srv.asmx/..%2f..%2fx", SITE_OPERATION, "../../x", false);
	expect_place(f, "/srv.asmx/../srv.asmx", SITE_OPERATION, "../srv.asmx", false);
}

static void
site_cuts_a_name_that_is_too_long(void **state)
{
	struct fixture *f = *state;
	char *path = malloc(8192 + 1);
	char name[16];
	bool based = false;

	assert_non_null(path);
	CONFIGURE_NOTHING(f);
	memset(path, 'x', 8192);
	memcpy(path, "/srv.asmx/", 10);
	path[8192] = '\0';
	for (size_t len = 20; len <= 8192; len += 17) {
		assert_int_equal(
		    site_find(f->site, (struct http_text){path, len}, name, sizeof name, &based), SITE_OPERATION);
		assert_int_equal(strlen(name), len - 10 > 15 ? 15 : len - 10);
	}
	/* What is too long is not cut to what is known, and is still looked through. */
	memcpy(path, "/srv.asmx/ServerInfo", 20);
	assert_int_equal(site_find(f->site, (struct http_text){path, 8192}, name, sizeof name, &based), SITE_OPERATION);
	assert_string_not_equal(name, "ServerInfo");
	path[8191] = '%';
	assert_int_equal(site_find(f->site, (struct http_text){path, 8192}, name, sizeof name, &based), SITE_BAD);
	memset(path, 'x', 8192);
	path[0] = '/';
	assert_int_equal(site_find(f->site, (struct http_text){path, 8192}, name, sizeof name, &based), SITE_UNKNOWN);
	memset(path, '/', 8192);
	assert_int_equal(site_find(f->site, (struct http_text){path, 8192}, name, sizeof name, &based), SITE_ROOT);
	free(path);
}

/* ---- addresses */

static void
expect_address(struct fixture *f, bool based, const char *want)
{
	struct buf out;

	buf_init(&out, 0);
	site_address(f->site, &f->rq, based, &out);
	assert_string_equal(buf_str(&out), want);
	buf_fini(&out);
}

static void
site_address_is_what_the_caller_used(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--base-path", "/InfoRouter");
	request(f, "192.0.2.1", false, "srv.example:8080");
	expect_address(f, false, "http://srv.example:8080/srv.asmx");
	expect_address(f, true, "http://srv.example:8080/InfoRouter/srv.asmx");
	request(f, "192.0.2.1", true, "[::1]:8443");
	expect_address(f, false, "https://[::1]:8443/srv.asmx");
	request(f, "192.0.2.1", false, NULL);
	expect_address(f, false, "http://localhost/srv.asmx");
}

static void
site_address_is_the_public_url_if_there_is_one(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--public-url", "https://dms.example/x/srv.asmx", "--base-path", "/y");
	request(f, "192.0.2.1", false, "other");
	expect_address(f, false, "https://dms.example/x/srv.asmx");
	expect_address(f, true, "https://dms.example/x/srv.asmx");
}

static void
site_is_local_to_this_host_s_own_callers_but_not_behind_a_stranger(void **state)
{
	static const struct {
		const char *peer, *field;
		bool forwarded, from_here, local;
	} rows[] = {
	    {"127.0.0.1", NULL, false, false, true},
	    {"::1", NULL, false, false, true},
	    {"192.0.2.7", NULL, false, true, true},
	    {"192.0.2.7", NULL, false, false, false},
	    {"nobody", NULL, false, true, false},
	    {NULL, NULL, false, false, false},
	    {"127.0.0.1", "x-forwarded-for", false, true, false},
	    {"192.0.2.7", "Forwarded", false, true, false},
	    {"127.0.0.1", "Via", false, true, false},
	    {"127.0.0.1", "X-Forwarded-Proto", false, false, true},
	    {"127.0.0.1", "X-Forwarded-For", true, false, true},
	    {"127.0.0.1", "Forwarded", true, false, true},
	    {"203.0.113.9", "X-Forwarded-For", true, false, false},
	    /* A trusted proxy that does not say for whom it asks. */
	    {"127.0.0.1", "Via", true, true, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *name = rows[i].field ? rows[i].field : "Host";
		struct http_field field = {{name, strlen(name)}, {"127.0.0.1", 9}};
		const struct http_request rq = {
		    .peer = rows[i].peer, .from_here = rows[i].from_here, .fields = &field, .field_count = 1};
		if (site_is_local(&rq, rows[i].forwarded) != rows[i].local)
			fail_msg("%s with %s", rows[i].peer ? rows[i].peer : "(none)", name);
	}
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(site_finds_the_service_and_its_operations),
	    TEST(site_ignores_the_case_of_the_path),
	    TEST(site_takes_repeated_slashes_as_one),
	    TEST(site_takes_the_base_path_or_none),
	    TEST(site_decodes_escapes_in_a_path),
	    TEST(site_zero_byte_ends_nothing),
	    TEST(site_knows_no_other_path),
	    TEST(site_cuts_a_name_that_is_too_long),
	    TEST(site_address_is_what_the_caller_used),
	    TEST(site_address_is_the_public_url_if_there_is_one),
	    TEST(site_is_local_to_this_host_s_own_callers_but_not_behind_a_stranger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
