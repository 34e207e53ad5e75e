/* Whose pages may call: what Origin and Sec-Fetch-Site say. Contract: section 3. */
#include "site_fixture.h"

static void
expect_origin(struct fixture *f, const char *origin, const char *fetch_site, enum site_origin want)
{
	struct http_text got = {"untouched", 9};
	size_t had = f->rq.field_count;

	if (origin)
		with(f, "origin", origin);
	if (fetch_site)
		with(f, "sec-fetch-site", fetch_site);
	if (site_origin(f->site, &f->rq, &got) != want)
		fail_msg("Origin %s, Sec-Fetch-Site %s", origin ? origin : "-", fetch_site ? fetch_site : "-");
	if (want == SITE_ALLOWED)
		assert_true(http_text_is(got, origin));
	f->rq.field_count = had;
}

static void
site_no_page_is_ours(void **state)
{
	struct fixture *f = *state;

	CONFIGURE_NOTHING(f);
	request(f, "192.0.2.1", false, "srv.example");
	expect_origin(f, NULL, NULL, SITE_OURS);
	expect_origin(f, NULL, "none", SITE_OURS);
	expect_origin(f, NULL, "same-origin", SITE_OURS);
	expect_origin(f, NULL, "same-site", SITE_OURS);
	request(f, "192.0.2.1", false, NULL);
	expect_origin(f, NULL, NULL, SITE_OURS);
}

static void
site_our_own_page_is_known_by_its_origin(void **state)
{
	static const char *const ours[] = {"http://srv.example:8080", "HTTP://SRV.Example:8080"};
	static const char *const foreign[] = {"https://srv.example:8080", "http://srv.example",
	    "http://srv.example:8081", "http://srv.example:80", "http://srv.example:80800", "http://evil",
	    "https://evil", "null", "", "*", "http://srv.example:8080.evil", "http://evil/srv.example:8080",
	    "http://srv.example:8080/", "srv.example:8080", "http://srv.example:8080@evil", "http://xsrv.example:8080",
	    "file://", "http://"};
	struct fixture *f = *state;

	CONFIGURE_NOTHING(f);
	request(f, "192.0.2.1", false, "srv.example:8080");
	for (size_t i = 0; i < COUNT(ours); i++) {
		expect_origin(f, ours[i], NULL, SITE_OURS);
		expect_origin(f, ours[i], "same-origin", SITE_OURS);
	}
	for (size_t i = 0; i < COUNT(foreign); i++) {
		expect_origin(f, foreign[i], NULL, SITE_FOREIGN);
		expect_origin(f, foreign[i], "same-site", SITE_FOREIGN);
	}
}

static void
site_origin_leaves_out_the_scheme_s_own_port(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--allowed-origins", "https://intranet.example:443 http://old.example");
	request(f, "192.0.2.1", true, "srv.example:443");
	expect_origin(f, "https://srv.example", NULL, SITE_OURS);
	expect_origin(f, "https://srv.example:443", NULL, SITE_OURS);
	expect_origin(f, "http://srv.example", NULL, SITE_FOREIGN);
	expect_origin(f, "https://srv.example:80", NULL, SITE_FOREIGN);
	expect_origin(f, "https://intranet.example", NULL, SITE_ALLOWED);
	expect_origin(f, "http://old.example:80", NULL, SITE_ALLOWED);
	expect_origin(f, "http://old.example:443", NULL, SITE_FOREIGN);
	request(f, "192.0.2.1", false, "srv.example:80");
	expect_origin(f, "http://srv.example", NULL, SITE_OURS);
	expect_origin(f, "https://srv.example", NULL, SITE_FOREIGN);
	request(f, "192.0.2.1", false, "[2001:db8::80]");
	expect_origin(f, "http://[2001:db8::80]", NULL, SITE_OURS);
	expect_origin(f, "http://[2001:db8:]", NULL, SITE_FOREIGN);
	request(f, "192.0.2.1", false, "srv.example:443");
	expect_origin(f, "http://srv.example", NULL, SITE_FOREIGN);
}

static void
site_cross_site_is_foreign_whatever_its_origin(void **state)
{
	struct fixture *f = *state;

	CONFIGURE_NOTHING(f);
	request(f, "192.0.2.1", false, "srv.example");
	expect_origin(f, NULL, "cross-site", SITE_FOREIGN);
	expect_origin(f, NULL, "Cross-Site", SITE_FOREIGN);
	expect_origin(f, "http://srv.example", "cross-site", SITE_FOREIGN);
	expect_origin(f, "null", "cross-site", SITE_FOREIGN);
}

static void
site_allowed_origins_may_call(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--allowed-origins", "https://intranet.example https://other.example:8443");
	request(f, "192.0.2.1", false, "srv.example");
	expect_origin(f, "https://intranet.example", NULL, SITE_ALLOWED);
	expect_origin(f, "https://INTRANET.example", "cross-site", SITE_ALLOWED);
	expect_origin(f, "https://other.example:8443", "same-site", SITE_ALLOWED);
	expect_origin(f, "https://other.example", NULL, SITE_FOREIGN);
	expect_origin(f, "http://intranet.example", NULL, SITE_FOREIGN);
	expect_origin(f, "https://intranet.example.evil", NULL, SITE_FOREIGN);
	expect_origin(f, "https://evil.intranet.example", NULL, SITE_FOREIGN);
	expect_origin(f, "null", NULL, SITE_FOREIGN);
	expect_origin(f, NULL, "cross-site", SITE_FOREIGN);
}

static void
site_public_url_says_what_is_ours_too(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--public-url", "https://dms.example/InfoRouter/srv.asmx");
	request(f, "192.0.2.1", false, "inner:8080");
	expect_origin(f, "https://dms.example", NULL, SITE_OURS);
	expect_origin(f, "http://inner:8080", NULL, SITE_OURS);
	expect_origin(f, "http://dms.example", NULL, SITE_FOREIGN);
	expect_origin(f, "https://dms.example/InfoRouter", NULL, SITE_FOREIGN);
}

static void
site_two_origins_are_foreign(void **state)
{
	struct fixture *f = *state;

	CONFIGURE(f, "--allowed-origins", "https://intranet.example");
	request(f, "192.0.2.1", false, "srv.example");
	with(f, "Origin", "http://srv.example");
	expect_origin(f, "http://srv.example", NULL, SITE_FOREIGN);
	expect_origin(f, "https://intranet.example", NULL, SITE_FOREIGN);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(site_no_page_is_ours),
	    TEST(site_our_own_page_is_known_by_its_origin),
	    TEST(site_origin_leaves_out_the_scheme_s_own_port),
	    TEST(site_cross_site_is_foreign_whatever_its_origin),
	    TEST(site_allowed_origins_may_call),
	    TEST(site_public_url_says_what_is_ours_too),
	    TEST(site_two_origins_are_foreign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
