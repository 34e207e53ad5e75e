/* libsrvclient as `make install` leaves it: what the libraries show of themselves, and programs that are compiled with
 * pkg-config against them, shared and static, and run. Contract: section 9; srvclient(3).
 * $SRV_CC is the compiler with what the libraries were compiled with besides (a sanitizer), $SRV_SANITIZE its name. */
#include "shared_fixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char root[160], url[64]; /* where it is installed */

static const char *
setting(const char *name, const char *otherwise)
{
	const char *value = getenv(name);

	return value != NULL ? value : otherwise;
}

/* Runs a line of shell with the installation at hand: $R, pkg-config, $CC, $URL. Gives what it wrote, having succeeded.
 */
static const char *
shell(const char *line)
{
	const char *all = wire_printf("set -eu; R=%s/opt/srv; D=%s; URL=%s; CC='%s -Wall -Wextra -Werror'\n"
				      "export PKG_CONFIG_PATH=$R/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$D\n%s",
	    root, root, url, setting("SRV_CC", "cc"), line);
	const char *argv[] = {"/bin/sh", "-c", all, NULL};
	struct wire_output o = wire_run(WIRE_ADMIN_PWD "\n", argv);

	if (o.status != 0)
		fail_msg("%d: %s\n%s%s", o.status, line, o.out, o.err);
	return o.out;
}

static int
setup(void **state)
{
	setup_admin(state);
	snprintf(root, sizeof root, "%s/root", srv.dir);
	snprintf(url, sizeof url, "http://%s/srv.asmx", srv.host);
	shell(wire_printf("make -C %s --no-print-directory install DESTDIR=$D PREFIX=/opt/srv SANITIZE=%s",
	    setting("SRV_TOP", "."), setting("SRV_SANITIZE", "")));
	return 0;
}

/* ---- names ---- */

static void
the_header_stands_alone_and_names_no_gsoap(void **state)
{
	(void)state;
	shell("for standard in 'c99 -pedantic -xc' 'c17 -pedantic -xc' 'c++11 -xc++'; do\n"
	      "  printf '#include <srvclient.h>\\nint main(void) { return srvclient_version() == 0; }\\n' |\n"
	      "    $CC -D_POSIX_C_SOURCE=200809L -std=$standard $(pkg-config --cflags srvclient) -fsyntax-only -\n"
	      "done");
	const char *text = shell("cat $R/include/srvclient.h $R/include/srvclient_results.h");
	static const char *const names[] = {
	    "struct soap ", "soapH", "stdsoap", "SOAP_OK", "gsoap", "gSOAP", "curl", "CURL"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_null(strstr(text, names[i]));
}

static void
the_libraries_show_the_functions_of_the_headers_and_no_more(void **state)
{
	const char *declared = shell(
	    "cat $R/include/srvclient.h $R/include/srvclient_results.h |\n"
	    "  $CC -fpreprocessed -dD -E -P -xc - | grep -o 'srvclient_[a-z0-9_]*(' | tr -d '(' | sort -u");

	(void)state;
	assert_non_null(strstr(declared, "srvclient_flush_application_cache\n"));
	assert_string_equal(declared, shell("nm -D --defined-only $R/lib/libsrvclient.so | awk '$2 == \"T\" {print "
					    "$3}' | sed 's/@.*//' | sort -u"));
	assert_string_equal(
	    declared, shell("nm -g --defined-only $R/lib/libsrvclient.a | awk '$2 == \"T\" {print $3}' | sort -u"));
	/* Nothing else, of any kind; the version's own name is an A. */
	assert_string_equal(
	    shell("nm -D --defined-only $R/lib/libsrvclient.so | awk '$2 != \"T\" {print $3}'"), "SRVCLIENT_1\n");
	assert_string_equal(shell("nm -g --defined-only $R/lib/libsrvclient.a | awk 'NF == 3 && $2 != \"T\"'"), "");
}

static void
the_shared_library_has_a_soname_and_needs_no_gsoap(void **state)
{
	const char *dynamic = shell("readelf -d $R/lib/libsrvclient.so");

	(void)state;
	assert_non_null(strstr(dynamic, "Library soname: [libsrvclient.so.1]"));
	assert_non_null(strstr(dynamic, "[libcurl.so.4]"));
	assert_null(strstr(dynamic, "gsoap"));
	assert_null(strstr(dynamic, "TEXTREL"));
	assert_string_equal(shell("pkg-config --modversion srvclient"), "1.0.0.0\n");
}

static void
the_manual_page_has_every_error_and_function(void **state)
{
	(void)state;
	shell("for name in $(grep -o 'SRVCLIENT_[A-Z_]*\\b *[=,]' $R/include/srvclient.h | grep -o '[A-Z_]*' |\n"
	      "    grep -v 'OK$\\|SOAP\\|TEXT\\|INTEGER\\|DECIMAL\\|BOOLEAN\\|TIME$' ); do\n"
	      "  grep -q \"Dv $name\" $R/share/man/man3/srvclient.3 || { echo $name; exit 1; }\n"
	      "done\n"
	      "for name in $($CC -fpreprocessed -dD -E -P -xc $R/include/srvclient.h | grep -o 'srvclient_[a-z_]*(' | "
	      "tr -d '('); do\n"
	      "  grep -q \"Fn $name\" $R/share/man/man3/srvclient.3 || { echo $name; exit 1; }\n"
	      "done");
}

/* ---- what the header is made from ---- */

/* The header for this contract, after an edit of it with sed. */
static const char *
header_for(const char *edit)
{
	const char *top = setting("SRV_TOP", ".");

	return shell(wire_printf(
	    "for f in srv.wsdl results.xsd; do sed '%s' %s/wsdl/$f >$D/$f; done\n"
	    "xsltproc --stringparam results $D/results.xsd %s/gen/client-header.xsl $D/srv.wsdl 2>&1 || echo refused",
	    edit, top, top));
}

static void
a_new_operation_or_attribute_is_in_the_contract_alone(void **state)
{
	(void)state;
	/* One that has another name is a new one. */
	const char *text = header_for("s/LogOut/PurgeEverything/g");
	assert_non_null(strstr(text, "enum srvclient_err srvclient_purge_everything(struct srvclient *c, const char *"
				     "authentication_ticket);\n"));
	assert_null(strstr(text, "log_out"));
	text = header_for("s|<xs:attribute name=\"Company\".*|&<xs:attribute name=\"Default\" type=\"xs:int\" />"
			  "<xs:attribute name=\"NextBackupAt\" type=\"srv:UtcTime\" use=\"required\" />|");
	assert_non_null(
	    strstr(text, "\tchar *company;\n\tint64_t default_;\n\tbool has_default_;\n\ttime_t next_backup_at;\n"));
	text = header_for("s|<xs:element name=\"Disks\">|<xs:element name=\"Tape\" type=\"srv:Disk\" "
			  "maxOccurs=\"unbounded\" />&|");
	assert_non_null(
	    strstr(text, "\tstruct srvclient_disk *tape; /* an array of tape_count */\n\tsize_t tape_count;\n"));
}

/* Rather than a type that is wrong. */
static void
what_has_no_type_in_c_stops_the_build(void **state)
{
	static const char *const edits[] = {
	    "s|name=\"Company\" type=\"xs:string\"|name=\"Company\" type=\"xs:dateTime\"|",
	    "s|name=\"Company\" type=\"xs:string\"|name=\"Company\" type=\"xs:base64Binary\"|",
	    "s|name=\"Company\" type=\"xs:string\"|name=\"Company\" type=\"srv:Nothing\"|",
	    "s|name=\"Company\"|name=\"Com-pany\"|",
	    "s|name=\"Disk\" type=\"srv:Disk\" .*|name=\"Disk\" type=\"srv:Disk\" />|",
	    "s|xs:element name=\"LogOutResult\"|xs:element name=\"LogoutResult\"|"};

	(void)state;
	for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
		const char *text = header_for(edits[i]);

		if (strstr(text, "refused") == NULL)
			fail_msg("taken: %s", edits[i]);
	}
	assert_null(strstr(header_for("s|x|x|"), "refused"));
}

/* The structures of results are compiled into srvctl, too; one built for the older ones would read past them. */
static void
what_knows_the_results_is_compiled_anew_with_them(void **state)
{
	static const struct {
		const char *object;
		bool anew;
	} cases[] = {{"pic/impl/client/srvclient.o", true}, {"impl/srvctl/report.o", true},
	    {"pic/gen/out/srvclient_results.o", true}, {"impl/base/buf.o", false}};
	const char *plan = shell(
	    wire_printf("make -C %s --no-print-directory -n -W gen/out/srvclient_results.h programs SANITIZE=%s",
		setting("SRV_TOP", "."), setting("SRV_SANITIZE", "")));

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *command = wire_printf("-c -o %s/%s ", setting("SRV_BUILD", "build"), cases[i].object);

		if ((strstr(plan, command) != NULL) != cases[i].anew)
			fail_msg("%s%s in %s", cases[i].anew ? "no " : "", command, plan);
	}
}

/* ---- programs ---- */

static const char *
example(const char *link, const char *run)
{
	return shell(wire_printf("E=$D/example; rm -f $E\n"
				 "$CC -o $E $R/share/doc/srv/srvclient-example.c $(pkg-config --cflags srvclient) %s\n"
				 "%s $E $URL " WIRE_ADMIN,
	    link, run));
}

#define SHARED "$(pkg-config --libs srvclient)", "LD_LIBRARY_PATH=$R/lib"
#define STATIC "$(pkg-config --static --libs srvclient | sed 's/-lsrvclient/-l:libsrvclient.a/')", ""

static void
expect_flush(const char *out)
{
	static const char line[] = "The application cache was loaded anew.\n";

	assert_int_equal(strncmp(out, line, sizeof line - 1), 0);
	assert_non_null(strstr(out, "Purge of expired tickets       never\n"));
}

static void
the_example_runs_on_the_shared_library(void **state)
{
	(void)state;
	expect_flush(example(SHARED));
	assert_non_null(strstr(shell("LD_LIBRARY_PATH=$R/lib ldd $D/example"), "/root/opt/srv/lib/libsrvclient.so.1"));
}

static void
the_example_runs_on_the_static_library(void **state)
{
	(void)state;
	expect_flush(example(STATIC));
	const char *needed = shell("ldd $D/example");
	assert_null(strstr(needed, "srvclient"));
	assert_null(strstr(needed, "gsoap"));
}

/* With stubs of the same service and another build of gSOAP in the same program; both ways of linking. */
static void
a_program_may_have_a_gsoap_of_its_own(void **state)
{
	const char *top = setting("SRV_TOP", ".");

	(void)state;
	shell(wire_printf(
	    "G=%s/gen/out\n"
	    "for stub in soapC soapClient; do $CC -w -DWITH_OPENSSL -I$G -c -o $D/$stub.o $G/$stub.c; done\n"
	    "for libs in \"$(pkg-config --libs srvclient)\" \\\n"
	    "  \"$(pkg-config --static --libs srvclient | sed 's/-lsrvclient/-l:libsrvclient.a/')\"; do\n"
	    "  $CC -w -DWITH_OPENSSL -I$G -o $D/beside %s/tests/client/beside.c $D/soapC.o $D/soapClient.o \\\n"
	    "    $(pkg-config --cflags srvclient) $libs -lgsoapssl -lssl -lcrypto\n"
	    "  LD_LIBRARY_PATH=$R/lib $D/beside $URL\n"
	    "done",
	    top, top));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_header_stands_alone_and_names_no_gsoap),
	    WIRE_TEST(the_libraries_show_the_functions_of_the_headers_and_no_more),
	    WIRE_TEST(the_shared_library_has_a_soname_and_needs_no_gsoap),
	    WIRE_TEST(the_manual_page_has_every_error_and_function),
	    WIRE_TEST(a_new_operation_or_attribute_is_in_the_contract_alone),
	    WIRE_TEST(what_has_no_type_in_c_stops_the_build),
	    WIRE_TEST(what_knows_the_results_is_compiled_anew_with_them),
	    WIRE_TEST(the_example_runs_on_the_shared_library),
	    WIRE_TEST(the_example_runs_on_the_static_library),
	    WIRE_TEST(a_program_may_have_a_gsoap_of_its_own),
	};

	return cmocka_run_group_tests(tests, setup, wire_group_teardown);
}
