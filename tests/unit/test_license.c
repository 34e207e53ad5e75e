/* The licence reader: what it takes, and everything it must refuse, each with the reason. */
#include "../../impl/cache/license.h"
#include "tempdir.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>

#define GOOD_CHILDREN                                                                              \
	"<CompanyName>Acme &amp; Söhne</CompanyName><UserCount>250</UserCount>"                   \
	"<SubscriptionEndDate>2027-06-30T12:00:00Z</SubscriptionEndDate><Workflow>true</Workflow>" \
	"<AnonymousAccess>0</AnonymousAccess><ComplianceModule>yes</ComplianceModule>"
#define GOOD "<License>" GOOD_CHILDREN "</License>"

static char dir[TEMP_PATH_MAX];
static char path[TEMP_PATH_MAX];

static int
setup(void **state)
{
	(void)state;
	temp_make(dir);
	temp_join(path, dir, "license.xml");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	temp_remove(dir);
	return 0;
}

static void
assert_refused_bytes(const void *bytes, size_t len, enum srv_err err, const char *reason)
{
	struct license l;
	struct srv_reason why = {""};

	memset(&l, 0x5a, sizeof l);
	struct license untouched = l;

	temp_write(path, bytes, len);
	assert_int_equal(license_read(path, &l, &why), err);
	assert_non_null(strstr(why.text, reason));
	assert_null(strstr(why.text, dir));
	assert_memory_equal(&l, &untouched, sizeof l);
	/* why may be left out */
	assert_int_equal(license_read(path, &l, NULL), err);
}

static void
assert_refused(const char *text, enum srv_err err, const char *reason)
{
	assert_refused_bytes(text, strlen(text), err, reason);
}

static void
assert_good(void)
{
	struct license l;
	struct srv_reason why = {""};
	wall_t end;

	assert_int_equal(license_read(path, &l, &why), SRV_OK);
	assert_string_equal(l.company_name, "Acme & Söhne");
	assert_int_equal(l.user_count, 250);
	assert_true(clock_parse_utc("2027-06-30T12:00:00Z", &end));
	assert_int_equal(l.subscription_end.s, end.s);
	assert_true(l.workflow);
	assert_false(l.anonymous_access);
	assert_true(l.compliance_module);
	assert_int_equal(l.extra_count, 0);
	license_fini(&l);
	assert_null(l.company_name);
}

static void
license_is_read(void **state)
{
	(void)state;
	temp_puts(path, "<?xml version=\"1.0\"?>\n<!-- c --><License version='3'>" GOOD_CHILDREN "</License>\n");
	assert_good();
}

static void
license_values_may_stand_on_lines_of_their_own(void **state)
{
	struct license l;

	(void)state;
	temp_puts(path, "<License>\n<CompanyName>\n\tAcme\n Ltd \n</CompanyName><UserCount> 0 </UserCount>\n"
			"<SubscriptionEndDate>\n2027-06-30\n</SubscriptionEndDate><Workflow> FALSE\n</Workflow>"
			"<AnonymousAccess>on</AnonymousAccess><ComplianceModule>off</ComplianceModule></License>");
	assert_int_equal(license_read(path, &l, NULL), SRV_OK);
	assert_string_equal(l.company_name, "Acme\n Ltd");
	assert_int_equal(l.user_count, 0);
	assert_false(l.workflow);
	assert_true(l.anonymous_access);
	license_fini(&l);
}

static void
license_sample_is_a_licence(void **state)
{
	struct license l;

	(void)state;
	/* Beside this source file, wherever the tree is. */
	snprintf(path, sizeof path, "%.*s../../impl/srvd/license-sample.xml",
	    (int)(strrchr("/" __FILE__, '/') - ("/" __FILE__)), __FILE__);
	FILE *f = fopen(path, "rb");
	char bytes[LICENSE_BYTES_MAX];

	assert_non_null(f);
	size_t len = fread(bytes, 1, sizeof bytes, f);
	fclose(f);
	/* As it is installed: the repository's own is for everybody to read. */
	temp_write(TEMP_PATH(dir, "sample.xml"), bytes, len);
	assert_int_equal(license_read(TEMP_PATH(dir, "sample.xml"), &l, NULL), SRV_OK);
	assert_string_equal(l.company_name, "Example Company");
	license_fini(&l);
}

static void
license_extras_are_kept_in_order(void **state)
{
	struct license l;

	(void)state;
	temp_puts(path,
	    "<License><Edition> Gold </Edition>" GOOD_CHILDREN
	    "<Signature><Method>none</Method>-<Value><![CDATA[a<b]]></Value></Signature><Edition/></License>");
	assert_int_equal(license_read(path, &l, NULL), SRV_OK);
	assert_int_equal(l.extra_count, 3);
	assert_string_equal(l.extra[0].name, "Edition");
	assert_string_equal(l.extra[0].value, "Gold");
	assert_string_equal(l.extra[1].name, "Signature");
	assert_string_equal(l.extra[1].value, "none-a<b");
	assert_string_equal(l.extra[2].name, "Edition");
	assert_string_equal(l.extra[2].value, "");
	license_fini(&l);
}

/* UTF-16 of UTF-8 text with characters up to U+07FF. */
static size_t
utf16(const char *text, bool big, uint8_t *out)
{
	size_t n = 0;
	const unsigned char *s = (const unsigned char *)text;

	out[n++] = big ? 0xfe : 0xff;
	out[n++] = big ? 0xff : 0xfe;
	while (*s != 0) {
		unsigned c = *s++;

		if (c >= 0xc0)
			c = (c & 0x1fu) << 6 | (*s++ & 0x3fu);
		out[n++] = (uint8_t)(big ? c >> 8 : c);
		out[n++] = (uint8_t)(big ? c : c >> 8);
	}
	return n;
}

static void
license_in_utf16_is_read(void **state)
{
	uint8_t bytes[4096];

	(void)state;
	temp_write(path, bytes, utf16("<?xml version=\"1.0\" encoding=\"utf-16\"?>" GOOD, false, bytes));
	assert_good();
	temp_write(path, bytes, utf16(GOOD, true, bytes));
	assert_good();
}

static void
license_in_latin1_and_with_a_utf8_mark_is_read(void **state)
{
	static const char latin1[] = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><License><CompanyName>S\xf6hne"
				     "</CompanyName><UserCount>1</UserCount><SubscriptionEndDate>2027-01-01"
				     "</SubscriptionEndDate><Workflow>1</Workflow><AnonymousAccess>1</AnonymousAccess>"
				     "<ComplianceModule>1</ComplianceModule></License>";
	struct license l;

	(void)state;
	temp_puts(path, "\xef\xbb\xbf" GOOD);
	assert_good();
	temp_puts(path, latin1);
	assert_int_equal(license_read(path, &l, NULL), SRV_OK);
	assert_string_equal(l.company_name, "Söhne");
	license_fini(&l);
}

static void
license_missing_file_is_said(void **state)
{
	struct license l;
	struct srv_reason why;

	(void)state;
	assert_int_equal(license_read(path, &l, &why), SRV_ENOENT);
	assert_string_equal(why.text, "the file does not exist");
	temp_puts(path, GOOD);
	assert_int_equal(license_read(TEMP_PATH(path, "x"), &l, &why), SRV_ENOENT);
}

static void
license_empty_file_is_refused(void **state)
{
	(void)state;
	assert_refused("", SRV_EINVAL, "the file is empty");
}

static void
license_fifo_directory_device_and_link_are_refused_without_waiting(void **state)
{
	char other[TEMP_PATH_MAX];
	struct license l;
	struct srv_reason why;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(license_read(path, &l, &why), SRV_EINVAL);
	assert_string_equal(why.text, "not a regular file");
	assert_int_equal(license_read(dir, &l, &why), SRV_EINVAL);
	assert_string_equal(why.text, "not a regular file");
	assert_int_equal(license_read("/dev/zero", &l, &why), SRV_EINVAL);
	assert_string_equal(why.text, "not a regular file");

	temp_puts(temp_join(other, dir, "real.xml"), GOOD);
	unlink(path);
	assert_int_equal(symlink(other, path), 0);
	assert_int_equal(license_read(path, &l, &why), SRV_EINVAL);
	assert_string_equal(why.text, "the file is a symbolic link");
	unlink(path);
	assert_int_equal(symlink("license.xml", path), 0);
	assert_int_equal(license_read(path, &l, &why), SRV_EINVAL);
}

static void
license_closed_file_is_said(void **state)
{
	struct license l;
	struct srv_reason why;

	(void)state;
	bool root = geteuid() == 0;

	temp_puts(path, GOOD);
	chmod(path, 0);
	/* root may read everything, so it is somebody else for a moment. */
	if (root)
		assert_int_equal(seteuid(65534), 0);
	enum srv_err err = license_read(path, &l, &why);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(err, SRV_EIO);
	assert_non_null(strstr(why.text, "cannot be opened"));
}

static void
license_size_is_limited(void **state)
{
	char *text = malloc(LICENSE_BYTES_MAX + 2);
	size_t len = strlen(GOOD);

	(void)state;
	memset(text, ' ', LICENSE_BYTES_MAX + 2);
	memcpy(text, GOOD, len);
	temp_write(path, text, LICENSE_BYTES_MAX);
	assert_good();
	assert_refused_bytes(text, LICENSE_BYTES_MAX + 1, SRV_ELIMIT, "larger than 65536 bytes");
	free(text);
	temp_puts(path, GOOD);
	assert_int_equal(truncate(path, 1 << 30), 0);

	struct license l;
	struct srv_reason why;

	assert_int_equal(license_read(path, &l, &why), SRV_ELIMIT);
}

static void
license_document_type_is_refused(void **state)
{
	(void)state;
	assert_refused("<!DOCTYPE License>" GOOD, SRV_EINVAL, "a document type is not allowed");
	assert_refused("<!DOCTYPE l [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;&a;&a;\">]><License>&b;</License>", SRV_EINVAL,
	    "a document type is not allowed");
	assert_refused("<!DOCTYPE l SYSTEM \"file:///etc/passwd\">" GOOD, SRV_EINVAL, "a document type");
}

static void
license_that_is_not_well_formed_is_refused_with_its_line(void **state)
{
	(void)state;
	assert_refused("<License>\n<CompanyName>\n</License>", SRV_EINVAL, "line 3 is not well-formed");
	assert_refused("x", SRV_EINVAL, "line 1 is not well-formed");
	assert_refused("\n", SRV_EINVAL, "not well-formed");
	assert_refused(GOOD GOOD, SRV_EINVAL, "not well-formed");
	assert_refused(GOOD "junk", SRV_EINVAL, "not well-formed");
	assert_refused("<License>&nbsp;</License>", SRV_EINVAL, "not well-formed");
	assert_refused("<License><CompanyName>\xc0\xaf</CompanyName></License>", SRV_EINVAL, "not well-formed");
	assert_refused("<?xml version=\"1.0\" encoding=\"cp1252\"?>" GOOD, SRV_EINVAL, "not well-formed");
	assert_refused_bytes("<License>\0</License>", 20, SRV_EINVAL, "not well-formed");
}

static void
license_of_another_shape_is_refused(void **state)
{
	(void)state;
	assert_refused(
	    "<Licence>" GOOD_CHILDREN "</Licence>", SRV_EINVAL, "not a licence: the root element is Licence");
	assert_refused("<License>text" GOOD_CHILDREN "</License>", SRV_EINVAL, "text between the elements");
	assert_refused(
	    "<License><CompanyName>a<b/>c</CompanyName></License>", SRV_EINVAL, "CompanyName may hold text only");
	assert_refused("<License><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></a>"
		       "</a></a></a></a></a></a></a></License>",
	    SRV_ELIMIT, "nested more than 16 deep");
}

static void
license_missing_element_is_named(void **state)
{
	(void)state;
	assert_refused("<License/>", SRV_EINVAL, "CompanyName is missing");
	assert_refused("<License><CompanyName>a</CompanyName></License>", SRV_EINVAL, "UserCount is missing");
	assert_refused("<License><CompanyName>a</CompanyName><UserCount>1</UserCount><SubscriptionEndDate>2027-01-01"
		       "</SubscriptionEndDate><Workflow>1</Workflow><AnonymousAccess>1</AnonymousAccess></License>",
	    SRV_EINVAL, "ComplianceModule is missing");
	/* Names are compared exactly. */
	assert_refused("<License><companyname>a</companyname></License>", SRV_EINVAL, "CompanyName is missing");
}

static void
license_element_given_twice_is_named(void **state)
{
	(void)state;
	assert_refused(
	    "<License>" GOOD_CHILDREN "<UserCount>9</UserCount></License>", SRV_EINVAL, "UserCount is given twice");
	assert_refused(
	    "<License><Workflow>1</Workflow><Workflow>1</Workflow></License>", SRV_EINVAL, "Workflow is given twice");
}

static void
license_value_of_the_wrong_type_is_named(void **state)
{
	static const char *const counts[] = {
	    "", "-1", "1.5", "ten", "2147483648", "99999999999999999999", "0x10", "1 0"};
	static const char *const dates[] = {"", "tomorrow", "2027-02-30", "31.12.2027", "2027-01-01T25:00:00Z"};
	static const char *const booleans[] = {"", "maybe", "2", "truefalse"};
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		snprintf(text, sizeof text, "<License><UserCount>%s</UserCount></License>", counts[i]);
		assert_refused(text, SRV_EINVAL, "UserCount is not a number");
	}
	for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
		snprintf(
		    text, sizeof text, "<License><SubscriptionEndDate>%s</SubscriptionEndDate></License>", dates[i]);
		assert_refused(text, SRV_EINVAL, "SubscriptionEndDate is not a date");
	}
	for (size_t i = 0; i < sizeof booleans / sizeof booleans[0]; i++) {
		snprintf(text, sizeof text, "<License><AnonymousAccess>%s</AnonymousAccess></License>", booleans[i]);
		assert_refused(text, SRV_EINVAL, "AnonymousAccess is neither true nor false");
	}
	assert_refused("<License><Workflow>x</Workflow></License>", SRV_EINVAL, "Workflow is neither");
	assert_refused(
	    "<License><ComplianceModule>x</ComplianceModule></License>", SRV_EINVAL, "ComplianceModule is neither");
	assert_refused("<License><CompanyName> </CompanyName></License>", SRV_EINVAL, "CompanyName is empty");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(license_is_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_values_may_stand_on_lines_of_their_own, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_sample_is_a_licence, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_extras_are_kept_in_order, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_in_utf16_is_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_in_latin1_and_with_a_utf8_mark_is_read, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_missing_file_is_said, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_empty_file_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		license_fifo_directory_device_and_link_are_refused_without_waiting, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_closed_file_is_said, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_size_is_limited, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_document_type_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_that_is_not_well_formed_is_refused_with_its_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_of_another_shape_is_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_missing_element_is_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_element_given_twice_is_named, setup, teardown),
	    cmocka_unit_test_setup_teardown(license_value_of_the_wrong_type_is_named, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
