/* What the values of the configuration may be, and the words in which others are refused. */
#include <inttypes.h>
#include "conf_fixture.h"

static void
conf_numbers_end_at_their_limits(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < KEYS; i++) {
		char number[64], flag[64], want[256];
		const int64_t out_of_range[] = {keys[i].max + 1, keys[i].min - 1};

		if (keys[i].kind != KIND_INT)
			continue;
		flag_of(&keys[i], flag);
		(void)snprintf(number, sizeof(number), "%" PRId64, keys[i].min);
		assert_loads(f, ARGS(flag, number), NONE);
		assert_printed(f, keys[i].name, number);
		(void)snprintf(number, sizeof(number), "%" PRId64, keys[i].max);
		assert_loads(f, ARGS(flag, number), NONE);
		assert_printed(f, keys[i].name, number);
		for (size_t k = 0; k < 2; k++) {
			(void)snprintf(number, sizeof(number), "%" PRId64, out_of_range[k]);
			(void)snprintf(want, sizeof(want), "%s: \"%s\" is not a number from %" PRId64 " to %" PRId64,
			    flag, number, keys[i].min, keys[i].max);
			assert_refused(f, ARGS(flag, number), NONE, want);
		}
	}
}

static void
conf_a_refused_number_is_quoted(void **state)
{
	struct fixture *f = *state;

	assert_refused(f, NONE, ENV("SRVD_WORKERS=x"), "SRVD_WORKERS: \"x\" is not a number from 0 to 256");
	assert_refused(f, ARGS("--workers="), NONE, "--workers: \"\" is not a number from 0 to 256");
	assert_refused(f, ARGS("--workers", "1 "), NONE, "--workers: \"1 \" is not a number from 0 to 256");
	assert_refused(f, ARGS("--workers=+1"), NONE, "--workers: \"+1\" is not a number from 0 to 256");
	assert_refused(f, ARGS("--workers", "-1"), NONE, "--workers: \"-1\" is not a number from 0 to 256");
	assert_refused(
	    f, ARGS("--workers=\"\n\x1b"), NONE, "--workers: \"\\\"\\n\\x1b\" is not a number from 0 to 256");
}

static void
conf_long_values_leave_room_for_the_reason(void **state)
{
	struct fixture *f = *state;
	char value[4000], arg[4100];

	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	(void)snprintf(arg, sizeof(arg), "--max-connections-per-address=%s", value);
	assert_int_equal(load(f, ARGS(arg), NONE), SRV_EINVAL);
	assert_non_null(strstr(f->why.text, "x\" is not a number from 1 to 1000000"));
}

struct sample {
	const char *text;
	bool good;
};

static void
assert_samples(struct fixture *f, const char *flag, const struct sample *s, const char *wanted)
{
	for (; s->text != NULL; s++) {
		char arg[256], end[128];

		(void)snprintf(arg, sizeof(arg), "%s=%s", flag, s->text);
		if (s->good) {
			assert_loads(f, ARGS(arg), NONE);
			continue;
		}
		if (load(f, ARGS(arg), NONE) == SRV_OK)
			fail_msg("%s was taken", arg);
		(void)snprintf(end, sizeof(end), "\" is not %s", wanted);
		assert_memory_equal(f->why.text, flag, strlen(flag));
		assert_non_null(strstr(f->why.text, end));
		assert_null(f->conf);
	}
}

static void
conf_listen_is_a_numeric_address_and_a_port(void **state)
{
	static const struct sample s[] = {{"127.0.0.1:8080", true}, {"0.0.0.0:0", true}, {"[::]:65535", true},
	    {"[2001:db8::1]:80", true}, {"[::ffff:1.2.3.4]:80", true}, {"8080", false}, {":8080", false},
	    {"127.0.0.1", false}, {"127.0.0.1:", false}, {"127.0.0.1:65536", false}, {"127.0.0.1:-1", false},
	    {"127.0.0.1:80x", false}, {"127.0.0.1:http", false}, {"127.1:80", false}, {"256.0.0.1:80", false},
	    {"localhost:80", false}, {"*:80", false}, {"::1:80", false}, {"[::1]", false}, {"[::1]80", false},
	    {"[::1:80", false}, {"[]:80", false}, {"[127.0.0.1]:80", false}, {"http://127.0.0.1:80", false},
	    {"[00000000000000000000000000000000000000000000000000000000001]:80", false}, {NULL, false}};

	assert_samples(*state, "--listen", s, "ADDR:PORT, as 127.0.0.1:8080 or [::1]:8080");
	assert_samples(*state, "--listen-proxy", s, "ADDR:PORT, as 127.0.0.1:8081 or [::1]:8081");
	assert_samples(*state, "--listen-tls", s, "ADDR:PORT, as 127.0.0.1:8443 or [::1]:8443");
}

static void
conf_base_path_begins_with_a_slash_and_ends_in_none(void **state)
{
	static const struct sample s[] = {{"", true}, {"/InfoRouter", true}, {"/a/b-c_d.e~f", true}, {"/", false},
	    {"InfoRouter", false}, {"/a/", false}, {"//a", false}, {"/a//b", false}, {"/a?b", false}, {"/a#b", false},
	    {"/a%20b", false}, {"/a b", false}, {"/a\"b", false}, {"/a<b", false}, {"/caf\xc3\xa9", false},
	    {NULL, false}};

	assert_samples(*state, "--base-path", s, "a path that begins with / and does not end in one");
}

static void
conf_public_url_is_http_or_https(void **state)
{
	static const struct sample s[] = {{"", true}, {"http://dms", true}, {"https://dms.example.com", true},
	    {"https://dms.example.com:8443/x/", true}, {"http://[::1]:80/", true}, {"http://10.0.0.1", true},
	    {"dms.example.com", false}, {"ftp://dms", false}, {"HTTP//dms", false}, {"http://", false},
	    {"https:///x", false}, {"http://:80", false}, {"http://a:", false}, {"http://a:0", false},
	    {"http://a:65536", false}, {"http://a:123456789", false}, {"http://[::1", false}, {"http://[x]", false},
	    {"http://u:p@a", false}, {"http://a/?x", false}, {"http://a/#x", false}, {"http://a\"><x", false},
	    {"http://a b", false}, {"http://a//b", false}, {NULL, false}};
	struct fixture *f = *state;

	assert_samples(f, "--public-url", s, "a URL that begins with http:// or https://");
	assert_loads(f, ARGS("--public-url="), ENV("SRVD_PUBLIC_URL=http://a"));
	assert_null(f->conf->public_url);
}

static void
conf_trusted_proxies_are_addresses_or_networks(void **state)
{
	static const struct sample s[] = {{"", true}, {"10.0.0.7", true}, {"10.0.0.0/8 ::1,fd00::/8", true},
	    {"0.0.0.0/0", true}, {"10.0.0.1/32", true}, {"::/128", true}, {"10.0.0.0/33", false}, {"::/129", false},
	    {"10.0.0.0/", false}, {"10.0.0.0/x", false}, {"10.0.0", false}, {"[::1]", false}, {"proxy", false},
	    {"10.0.0.1:80", false}, {"10.0.0.7 proxy", false}, {NULL, false}};

	assert_samples(*state, "--trusted-proxies", s, "an address or network, as 10.0.0.7 or 10.0.0.0/8");
}

static void
conf_allowed_origins_are_origins(void **state)
{
	static const struct sample s[] = {{"", true}, {"https://a.example.com", true}, {"http://a:81, https://b", true},
	    {"http://[::1]:8080", true}, {"https://a/", false}, {"https://a/b", false}, {"*", false}, {"null", false},
	    {"a.example.com", false}, {"https://*.example.com", false}, {NULL, false}};

	assert_samples(*state, "--allowed-origins", s, "an origin, as https://intranet.example.com");
}

static void
conf_words_are_of_their_set(void **state)
{
	static const struct sample level[] = {{"error", true}, {"warn", true}, {"info", true}, {"debug", true},
	    {"", false}, {"INFO", false}, {"verbose", false}, {NULL, false}};
	static const struct sample element[] = {
	    {"documented", true}, {"response", true}, {"", false}, {"root", false}, {"Response", false}, {NULL, false}};

	assert_samples(*state, "--log-level", level, "error, warn, info or debug");
	assert_samples(*state, "--result-element", element, "documented or response");
}

static void
conf_files_have_names(void **state)
{
	static const struct sample s[] = {
	    {"srv.db", true}, {"/a b/c;d.db", true}, {"", false}, {"a\nb", false}, {"a\x7f", false}, {NULL, false}};

	assert_samples(*state, "--database", s, "a file's name");
	assert_samples(*state, "--license", s, "a file's name");
}

static void
conf_a_wrong_value_counts_even_where_it_would_be_overridden(void **state)
{
	struct fixture *f = *state;

	assert_refused(
	    f, ARGS("--workers=1"), ENV("SRVD_WORKERS=x"), "SRVD_WORKERS: \"x\" is not a number from 0 to 256");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(conf_numbers_end_at_their_limits),
	    T(conf_a_refused_number_is_quoted),
	    T(conf_long_values_leave_room_for_the_reason),
	    T(conf_listen_is_a_numeric_address_and_a_port),
	    T(conf_base_path_begins_with_a_slash_and_ends_in_none),
	    T(conf_public_url_is_http_or_https),
	    T(conf_trusted_proxies_are_addresses_or_networks),
	    T(conf_allowed_origins_are_origins),
	    T(conf_words_are_of_their_set),
	    T(conf_files_have_names),
	    T(conf_a_wrong_value_counts_even_where_it_would_be_overridden),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
