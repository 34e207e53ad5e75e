/* The parameters of a GET query and of a POST form. Contract: section 3; what each hostile form comes to is in the
 * names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "../../impl/endpoint/form.h"
#include "../../impl/endpoint/wire.h"
#include "op_named.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static const struct form_limits limits = {.parameters = 64, .name = 64, .value = 4096};

/* From memory of exactly its size. */
static enum srv_err
decode_bytes(const char *op, const char *bytes, size_t len, struct gsoap_parsed *out)
{
	char *exact = malloc(len ? len : 1);
	enum srv_err err;

	assert_non_null(exact);
	memcpy(exact, bytes, len);
	*out = (struct gsoap_parsed){.op = op_named(op)};
	err = form_decode(&limits, (struct http_text){exact, len}, &op_table[out->op], out);
	free(exact);
	return err;
}

/* The form gives AuthenticateUser1 these: uid, pwd, lang; NULL is absent. */
static void
expect(const char *form, const char *uid, const char *pwd, const char *lang)
{
	const char *const want[] = {uid, pwd, lang};
	struct gsoap_parsed got;

	assert_int_equal(decode_bytes("AuthenticateUser1", form, strlen(form), &got), SRV_OK);
	for (size_t i = 0; i < COUNT(want); i++) {
		if ((got.param[i] == NULL) != (want[i] == NULL))
			fail_msg("%s: parameter %zu is %s", form, i, got.param[i] ? got.param[i] : "absent");
		if (want[i])
			assert_string_equal(got.param[i], want[i]);
	}
	for (size_t i = COUNT(want); i < OP_PARAMS_MAX; i++)
		assert_null(got.param[i]);
	gsoap_parsed_fini(&got);
	for (size_t i = 0; i < OP_PARAMS_MAX; i++)
		assert_null(got.param[i]);
}

static void
expect_err_bytes(const char *form, size_t len, enum srv_err want)
{
	struct gsoap_parsed got;
	enum srv_err err = decode_bytes("AuthenticateUser1", form, len, &got);

	if (err != want)
		fail_msg("%s for %.*s", srv_err_text(err), len > 200 ? 200 : (int)len, form);
	gsoap_parsed_fini(&got);
}

static void
expect_err(const char *form, enum srv_err want)
{
	expect_err_bytes(form, strlen(form), want);
}

static void
form_gives_parameters_by_name(void **state)
{
	(void)state;
	expect("UID=u&PWD=p&Lang=tr", "u", "p", "tr");
	expect("Lang=tr&PWD=p&UID=u", "u", "p", "tr");
	expect("UID=u", "u", NULL, NULL);
	expect("PWD=p=q==", NULL, "p=q==", NULL);
	expect("", NULL, NULL, NULL);
}

static void
form_without_bytes_at_all_gives_nothing(void **state)
{
	struct gsoap_parsed got = {.op = op_named("AuthenticateUser1")};

	(void)state;
	assert_int_equal(form_decode(&limits, (struct http_text){NULL, 0}, &op_table[got.op], &got), SRV_OK);
	for (size_t i = 0; i < OP_PARAMS_MAX; i++)
		assert_null(got.param[i]);
}

static void
form_absent_is_null_and_empty_is_empty(void **state)
{
	(void)state;
	expect("UID=&PWD=p", "", "p", NULL);
	expect("UID&PWD", "", "", NULL);
	expect("=x&PWD=p", NULL, "p", NULL);
	expect("&&UID=u&&&PWD=p&", "u", "p", NULL);
	expect("&", NULL, NULL, NULL);
}

static void
form_names_match_in_any_case(void **state)
{
	struct gsoap_parsed got;

	(void)state;
	expect("uid=u&pwd=p&LANG=tr", "u", "p", "tr");
	expect("uId=u&%50wd=p", "u", "p", NULL);
	assert_int_equal(decode_bytes("FlushApplicationCache", "AUTHENTICATIONTICKET=t", 22, &got), SRV_OK);
	assert_string_equal(got.param[0], "t");
	gsoap_parsed_fini(&got);
	assert_int_equal(decode_bytes("LogOut", "authenticationTicket=t", 22, &got), SRV_OK);
	assert_string_equal(got.param[0], "t");
	gsoap_parsed_fini(&got);
}

static void
form_ignores_names_it_does_not_know(void **state)
{
	(void)state;
	expect("op=x&UID=u&UIDs=x&UI=x&x%20=y&PWD=p&Ticket=t&%C3%BC=x", "u", "p", NULL);
	expect("UID%20=x& UID=x&+UID=x&UID[]=x&UID;PWD=x", NULL, NULL, NULL);
}

static void
form_joins_a_repeated_parameter_with_commas(void **state)
{
	struct gsoap_parsed got;
	const char *twice = "authenticationTicket=a&authenticationTicket=b";

	(void)state;
	expect("UID=a&UID=b", "a,b", NULL, NULL);
	expect("UID=a&uid=b&PWD=p&UiD=c", "a,b,c", "p", NULL);
	expect("UID=&UID=", ",", NULL, NULL);
	expect("UID&UID=b", ",b", NULL, NULL);
	assert_int_equal(decode_bytes("FlushApplicationCache", twice, strlen(twice), &got), SRV_OK);
	assert_string_equal(got.param[0], "a,b");
	gsoap_parsed_fini(&got);
}

static void
form_decodes_escapes_and_blanks(void **state)
{
	(void)state;
	expect("UID=a+b%20c%2B&PWD=%26%3D%25%2f%2F", "a b c+", "&=%//", NULL);
	expect(
	    "UID=%C3%A9%E2%82%AC%F0%9F%94%91&PWD=\xC3\xA9", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x94\x91", "\xC3\xA9", NULL);
	expect("UID=%09%0A%0D&PWD=%3Cx%3E", "\t\n\r", "<x>", NULL);
	expect("UID=abc123%2Ddef456", "abc123-def456", NULL, NULL);
	expect("UID=%2525", "%25", NULL, NULL);
	expect("UID=' OR '1'='1;--#?/\\\"<>", "' OR '1'='1;--#?/\\\"<>", NULL, NULL);
}

static void
form_refuses_bad_escapes_and_what_is_no_text(void **state)
{
	static const char *const bad[] = {"%zz", "%", "%4", "%u0041", "%00", "a%00b", "%C0%AF", "%C0%80", "%ED%A0%80",
	    "%FF", "%E2%82", "%F4%90%80%80", "%EF%BF%BE", "%EF%BF%BF", "%01", "%1B", "\xFF", "\xC3", "\x01", "%%41",
	    "%-1", "% 1", "%4%31", "%0x"};
	char form[64];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		snprintf(form, sizeof form, "UID=%s&PWD=p", bad[i]);
		expect_err(form, SRV_EINVAL);
		/* At the end, in a name, and in a parameter that no one reads. */
		snprintf(form, sizeof form, "PWD=p&UID=%s", bad[i]);
		expect_err(form, SRV_EINVAL);
		snprintf(form, sizeof form, "PWD=p&other=%s", bad[i]);
		expect_err(form, SRV_EINVAL);
		snprintf(form, sizeof form, "PWD=p&%s=x", bad[i]);
		expect_err(form, SRV_EINVAL);
		snprintf(form, sizeof form, "%s", bad[i]);
		expect_err(form, SRV_EINVAL);
	}
	expect_err_bytes("UID=a\0b", 7, SRV_EINVAL);
	expect_err_bytes("UID\0=a", 6, SRV_EINVAL);
	expect_err_bytes("\0", 1, SRV_EINVAL);
	/* An escape is not completed by what follows the value. */
	expect_err("UID=%4&1=x", SRV_EINVAL);
	expect_err("UID=%C3&PWD=%A9", SRV_EINVAL);
}

/* count times unit, joined by `&`; owned. */
static char *
many(const char *unit, int count)
{
	struct buf form;

	buf_init(&form, 0);
	for (int i = 0; i < count; i++)
		buf_printf(&form, "%s%s", i ? "&" : "", unit);
	assert_int_equal(form.err, SRV_OK);
	return buf_take(&form);
}

static void
form_limits_the_number_of_parameters(void **state)
{
	static const struct {
		int count;
		enum srv_err err;
	} rows[] = {{64, SRV_OK}, {65, SRV_ELIMIT}, {1000, SRV_ELIMIT}, {2000, SRV_ELIMIT}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		static const char *const units[] = {"a=b", "UID=x", "Aa=1", "x"};
		for (size_t u = 0; u < COUNT(units); u++) {
			char *form = many(units[u], rows[i].count);
			expect_err(form, rows[i].err);
			free(form);
		}
	}
	char *nothing = many("", 5000); /* what is between two & and empty is no parameter */
	expect_err(nothing, SRV_OK);
	free(nothing);
}

/* prefix, then unit so many times. */
static void
expect_long(const char *prefix, const char *unit, size_t count, const char *behind, enum srv_err want)
{
	size_t p = strlen(prefix), n = strlen(unit), b = strlen(behind);
	char *form = malloc(p + n * count + b + 1);

	assert_non_null(form);
	memcpy(form, prefix, p);
	for (size_t i = 0; i < count; i++)
		memcpy(form + p + i * n, unit, n);
	memcpy(form + p + n * count, behind, b + 1);
	expect_err(form, want);
	free(form);
}

static void
form_limits_names_and_values_decoded(void **state)
{
	(void)state;
	expect_long("", "n", 64, "=x", SRV_OK);
	expect_long("", "n", 65, "=x", SRV_ELIMIT);
	expect_long("", "%41", 64, "=x", SRV_OK);
	expect_long("", "%41", 65, "=x", SRV_ELIMIT);
	expect_long("", "%C3%A9", 32, "=x", SRV_OK);
	expect_long("", "%C3%A9", 33, "=x", SRV_ELIMIT);
	expect_long("UID=", "n", 4096, "", SRV_OK);
	expect_long("UID=", "n", 4097, "", SRV_ELIMIT);
	expect_long("UID=", "%41", 4096, "&PWD=p", SRV_OK);
	expect_long("UID=", "%41", 4097, "&PWD=p", SRV_ELIMIT);
	expect_long("other=", "n", 4096, "", SRV_OK);
	expect_long("other=", "n", 4097, "", SRV_ELIMIT);
	expect_long("UID=", "n", 60000, "", SRV_ELIMIT);
}

static void
form_limits_what_repeated_values_come_to(void **state)
{
	(void)state;
	expect_long("UID=a&UID=", "n", 4094, "", SRV_OK); /* a, the comma, 4094 */
	expect_long("UID=a&UID=", "n", 4095, "", SRV_ELIMIT);
	expect_long("UID=a", "&UID=n", 63, "", SRV_OK);
}

static void
form_limits_are_the_callers(void **state)
{
	static const struct form_limits small = {.parameters = 2, .name = 3, .value = 4};
	static const struct {
		const char *form;
		enum srv_err err;
	} rows[] = {
	    {"UID=abcd&PWD=p", SRV_OK}, {"UID=abcde", SRV_ELIMIT}, {"Lang=x", SRV_ELIMIT}, {"a&b&c", SRV_ELIMIT}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct gsoap_parsed got = {.op = op_named("AuthenticateUser")};
		assert_int_equal(form_decode(&small, (struct http_text){rows[i].form, strlen(rows[i].form)},
				     &op_table[got.op], &got),
		    rows[i].err);
		gsoap_parsed_fini(&got);
	}
}

static void
form_operation_without_parameters_ignores_all(void **state)
{
	struct gsoap_parsed got;

	(void)state;
	assert_int_equal(decode_bytes("ServerInfo", "UID=u&authenticationTicket=t", 28, &got), SRV_OK);
	for (size_t i = 0; i < OP_PARAMS_MAX; i++)
		assert_null(got.param[i]);
	assert_int_equal(decode_bytes("ServerInfo", "a=%", 3, &got), SRV_EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(form_gives_parameters_by_name),
	    cmocka_unit_test(form_without_bytes_at_all_gives_nothing),
	    cmocka_unit_test(form_absent_is_null_and_empty_is_empty),
	    cmocka_unit_test(form_names_match_in_any_case),
	    cmocka_unit_test(form_ignores_names_it_does_not_know),
	    cmocka_unit_test(form_joins_a_repeated_parameter_with_commas),
	    cmocka_unit_test(form_decodes_escapes_and_blanks),
	    cmocka_unit_test(form_refuses_bad_escapes_and_what_is_no_text),
	    cmocka_unit_test(form_limits_the_number_of_parameters),
	    cmocka_unit_test(form_limits_names_and_values_decoded),
	    cmocka_unit_test(form_limits_what_repeated_values_come_to),
	    cmocka_unit_test(form_limits_are_the_callers),
	    cmocka_unit_test(form_operation_without_parameters_ignores_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
