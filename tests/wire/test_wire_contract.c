/* One contract, told in many places: the WSDL, the schema of the results, the code, the pages that srvd serves, what
 * srvctl offers, the manual pages and the README. Here they are held against one another, so that an operation, a
 * command or a configuration key that is added in one place and forgotten in another is found. Source files are read
 * below $SRV_TOP (by default the working directory). */
#include "wire_call.h"

#include "../../impl/base/conf.h"
#include "../../impl/endpoint/wire.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WSDL "{http://schemas.xmlsoap.org/wsdl/}"
#define XSD "{http://www.w3.org/2001/XMLSchema}"
#define COUNT(a) (sizeof(a) / sizeof *(a))

static char *
source(const char *path)
{
	const char *top = getenv("SRV_TOP");
	char *text = wire_file_read(wire_printf("%s/%s", top != NULL ? top : ".", path), NULL);

	if (text == NULL)
		fail_msg("%s cannot be read; SRV_TOP names the source tree", path);
	return text;
}

/* ---- lists of names, a line each ---- */

static const char *
with(const char *list, const char *name)
{
	return wire_printf("%s%s\n", list, name);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *
sorted(const char *list)
{
	const char *names[256], *out = "";
	size_t n = 0;

	for (char *rest = wire_printf("%s", list), *name; (name = strtok_r(rest, "\n", &rest)) != NULL;) {
		assert_true(n < COUNT(names));
		names[n++] = name;
	}
	qsort(names, n, sizeof *names, compare_names);
	for (size_t i = 0; i < n; i++)
		out = with(out, names[i]);
	return out;
}

/* ---- the WSDL, which is the measure ---- */

static const struct wire_node *
xml_source(const char *path)
{
	const char *text = source(path);
	const struct wire_node *n = wire_xml_parse(text, strlen(text));

	if (n == NULL)
		fail_msg("%s is not well-formed", path);
	return n;
}

/* The operations in one portType or binding, in their order. */
static const char *
operations_in(const struct wire_node *wsdl, const char *kind, const char *name)
{
	const struct wire_node *n = wire_child_with(wsdl, kind, "name", name);
	const char *list = "";

	if (n == NULL)
		fail_msg("the WSDL has no %s %s", kind, name);
	for (n = n->first; n != NULL; n = n->next) {
		if (strcmp(n->name, WSDL "operation") == 0)
			list = with(list, wire_attr(n, "name"));
	}
	return list;
}

static const char *
wsdl_operations(void)
{
	const char *list = operations_in(xml_source("wsdl/srv.wsdl"), WSDL "portType", "SrvSoap");

	assert_true(strlen(list) > 0);
	return list;
}

/* The elements that an operation's request holds. */
static const struct wire_node *
first_parameter(const struct wire_node *wsdl, const char *op)
{
	const struct wire_node *schema = wire_child(wire_child(wsdl, WSDL "types"), XSD "schema");
	const struct wire_node *n = wire_child_with(schema, XSD "element", "name", op);

	if (n == NULL)
		fail_msg("the WSDL's schema has no element %s", op);
	n = wire_child(wire_child(n, XSD "complexType"), XSD "sequence");
	return n != NULL ? n->first : NULL;
}

#define EACH_NAME(name, list) \
	for (char *rest_ = wire_printf("%s", list), *name; (name = strtok_r(rest_, "\n", &rest_)) != NULL;)

/* ---- tests ---- */

static void
the_wsdl_has_the_same_operations_in_every_port(void **state)
{
	static const char *const types[] = {"SrvHttpGet", "SrvHttpPost"};
	static const char *const bindings[] = {"SrvSoap", "SrvSoap12", "SrvHttpGet", "SrvHttpPost"};
	const struct wire_node *wsdl = xml_source("wsdl/srv.wsdl");

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++)
		assert_string_equal(operations_in(wsdl, WSDL "portType", types[i]), wsdl_operations());
	for (size_t i = 0; i < COUNT(bindings); i++)
		assert_string_equal(operations_in(wsdl, WSDL "binding", bindings[i]), wsdl_operations());
}

static void
every_operation_and_parameter_is_documented_alike_everywhere(void **state)
{
	static const char *const types[] = {"SrvSoap", "SrvHttpGet", "SrvHttpPost"};
	const struct wire_node *wsdl = xml_source("wsdl/srv.wsdl");

	(void)state;
	EACH_NAME(op, wsdl_operations())
	{
		const char *first = NULL;

		for (size_t i = 0; i < COUNT(types); i++) {
			const struct wire_node *n = wire_child_with(wsdl, WSDL "portType", "name", types[i]);

			n = wire_child(wire_child_with(n, WSDL "operation", "name", op), WSDL "documentation");
			if (n == NULL || strlen(n->text) < 10)
				fail_msg("%s is not documented in %s", op, types[i]);
			if (first == NULL)
				first = n->text;
			assert_string_equal(n->text, first);
		}
		for (const struct wire_node *p = first_parameter(wsdl, op); p != NULL; p = p->next) {
			const struct wire_node *n = wire_child(wire_child(p, XSD "annotation"), XSD "documentation");

			if (n == NULL || strlen(n->text) < 10)
				fail_msg("%s of %s is not documented", wire_attr(p, "name"), op);
		}
	}
}

static void
the_generated_table_has_the_operations_and_their_parameters(void **state)
{
	const struct wire_node *wsdl = xml_source("wsdl/srv.wsdl");
	const char *list = "";

	(void)state;
	for (int i = 0; i < op_count; i++) {
		const struct wire_node *p = first_parameter(wsdl, op_table[i].name);
		int n = 0;

		list = with(list, op_table[i].name);
		assert_non_null(op_table[i].operation);
		assert_non_null(op_table[i].operation->run);
		for (; p != NULL; p = p->next, n++) {
			assert_true(n < op_table[i].param_count);
			assert_string_equal(op_table[i].params[n], wire_attr(p, "name"));
		}
		assert_int_equal(n, op_table[i].param_count);
	}
	assert_string_equal(list, wsdl_operations());
}

/* No operation without its WSDL, and each in the file of its name. */
static void
each_operation_is_a_file_of_its_name_and_there_are_no_others(void **state)
{
	static const char mark[] = "\nconst struct operation op_";
	const char *top = getenv("SRV_TOP"), *list = "";
	DIR *dir = opendir(wire_printf("%s/impl/operations", top != NULL ? top : "."));

	(void)state;
	assert_non_null(dir);
	for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
		size_t len = strlen(e->d_name);

		if (len < 3 || strcmp(e->d_name + len - 2, ".c") != 0)
			continue;
		char *at = strstr(source(wire_printf("impl/operations/%s", e->d_name)), mark);
		if (at == NULL)
			continue; /* what operations stand on */
		at += sizeof mark - 1;
		const char *name = wire_copy(at, strcspn(at, " ="));
		assert_string_equal(e->d_name, wire_printf("%s.c", name));
		assert_null(strstr(at, mark)); /* one a file */
		list = with(list, name);
	}
	closedir(dir);
	assert_string_equal(sorted(list), sorted(wsdl_operations()));
}

static void
the_schema_types_the_result_of_each_operation(void **state)
{
	const struct wire_node *schema = xml_source("wsdl/results.xsd");
	const char *found = "", *wanted = "";

	(void)state;
	for (const struct wire_node *n = schema->first; n != NULL; n = n->next) {
		if (strcmp(n->name, XSD "element") == 0)
			found = with(found, wire_attr(n, "name"));
	}
	EACH_NAME(op, wsdl_operations())
	wanted = with(wanted, wire_printf("%sResult", op));
	assert_string_equal(found, wanted);
	/* The first choice is the documented name, which the code has from there. */
	for (int i = 0; i < op_count; i++) {
		const struct wire_node *n = wire_child_with(
		    schema, XSD "element", "name", wire_printf("%sResult", op_table[i].name));

		n = wire_child(wire_child(n, XSD "complexType"), XSD "choice") != NULL
			? wire_child(wire_child(n, XSD "complexType"), XSD "choice")
			: wire_child(wire_child(n, XSD "complexType"), XSD "sequence");
		n = wire_child(n, XSD "element");
		assert_non_null(n);
		assert_string_equal(wire_attr(n, "name"), op_table[i].result);
		assert_string_equal(op_table[i].result, wire_result_name(op_table[i].name));
	}
}

/* ---- what the schema tells besides, for the pages ---- */

#define SRV "{http://tempuri.org/}"

static const struct wire_node *
appinfo(const struct wire_node *n)
{
	return wire_child(wire_child(n, XSD "annotation"), XSD "appinfo");
}

static const struct wire_node *
about(const struct wire_node *schema, const char *op)
{
	const struct wire_node *n = wire_child_with(schema, XSD "element", "name", wire_printf("%sResult", op));

	n = wire_child(appinfo(n), SRV "operation");
	if (n == NULL)
		fail_msg("results.xsd does not tell what %s needs", op);
	return n;
}

static bool
has_word(const char *words, const char *word)
{
	return words != NULL && strstr(wire_printf(" %s ", words), wire_printf(" %s ", word)) != NULL;
}

static void
what_an_operation_needs_is_what_the_code_asks_for(void **state)
{
	static const char *const permissions[] = {NULL,
#define X(name, text) text,
	    SESSION_PERMISSIONS(X)
#undef X
	};
	const struct wire_node *schema = xml_source("wsdl/results.xsd");
	const char *readme = source("README.md");

	(void)state;
	for (int i = 0; i < op_count; i++) {
		const struct operation *o = op_table[i].operation;
		const struct wire_node *n = about(schema, op_table[i].name);
		const char *errors = wire_attr(n, "errors"), *row;

		if (o->permission != SESSION_MAY_ANYTHING)
			assert_string_equal(
			    wire_attr(n, "needs"), wire_printf("permission %s", permissions[o->permission]));
		else
			assert_string_equal(wire_attr(n, "needs"), o->access == OP_TICKET ? "a ticket" : "nothing");
		assert_int_equal(has_word(errors, "ticket"), o->access == OP_TICKET);
		assert_int_equal(has_word(errors, "rights"), o->permission != SESSION_MAY_ANYTHING);
		row = strstr(readme, wire_printf("\n| `%s` |", op_table[i].name));
		assert_non_null(row);
		row = wire_copy(row + 1, strcspn(row + 1, "\n"));
		if (strstr(row, wire_printf("| %s |", wire_attr(n, "needs"))) == NULL)
			fail_msg("README.md has \"%s\", and results.xsd %s", row, wire_attr(n, "needs"));
	}
}

static void
the_errors_are_those_of_the_code_and_each_is_some_operations(void **state)
{
	const struct wire_node *schema = xml_source("wsdl/results.xsd");
	const char *code = source("impl/operations/operation.c"), *used = "", *named = "";

	(void)state;
	EACH_NAME(op, wsdl_operations())
	{
		const char *errors = wire_attr(about(schema, op), "errors");
		used = wire_printf("%s %s", used, errors != NULL ? errors : "");
	}
	for (const struct wire_node *n = appinfo(schema)->first; n != NULL; n = n->next) {
		if (strcmp(n->name, SRV "error") != 0)
			continue;
		const char *text = wire_attr(n, "text"), *rest = strstr(text, " <source>");
		if (strstr(code, wire_printf("\"%.*s", (int)(rest != NULL ? rest - text : (long)strlen(text)), text)) ==
		    NULL)
			fail_msg("operation.c does not have %s", text);
		assert_true(has_word(used, wire_attr(n, "name")));
		named = wire_printf("%s %s", named, wire_attr(n, "name"));
	}
	for (char *rest = wire_printf("%s", used), *name; (name = strtok_r(rest, " ", &rest)) != NULL;)
		if (!has_word(named, name))
			fail_msg("results.xsd has no error %s", name);
}

/* ---- what srvd serves ---- */

static const char *
html_escape(const char *s)
{
	const char *out = "";

	for (; *s != '\0'; s++)
		out = *s == '&'   ? wire_printf("%s&amp;", out)
		      : *s == '<' ? wire_printf("%s&lt;", out)
		      : *s == '>' ? wire_printf("%s&gt;", out)
				  : wire_printf("%s%c", out, *s);
	return out;
}

static void
the_pages_show_each_operation_with_the_words_of_the_wsdl(void **state)
{
	static struct wire_srvd srv;
	const struct wire_node *wsdl = xml_source("wsdl/srv.wsdl");
	const struct wire_node *type = wire_child_with(wsdl, WSDL "portType", "name", "SrvSoap");
	const char *listed = "";

	(void)state;
	wire_new(&srv, "jobs = false");
	struct wire_answer *all = wire_ask(&srv, wire_get(&srv, "/srv.asmx", NULL));
	assert_non_null(all);
	for (const char *at = all->body; (at = strstr(at, "?op=")) != NULL;) {
		at += 4;
		listed = with(listed, wire_copy(at, strcspn(at, "\"&")));
	}
	assert_string_equal(listed, wsdl_operations());
	EACH_NAME(op, wsdl_operations())
	{
		const struct wire_node *n = wire_child_with(type, WSDL "operation", "name", op);
		const char *words = html_escape(wire_child(n, WSDL "documentation")->text);
		struct wire_answer *a = wire_ask(&srv, wire_get(&srv, wire_printf("/srv.asmx?op=%s", op), NULL));

		assert_non_null(a);
		if (strstr(all->body, words) == NULL || strstr(a->body, words) == NULL)
			fail_msg("the pages do not say of %s: %s", op, words);
		for (const struct wire_node *p = first_parameter(wsdl, op); p != NULL; p = p->next) {
			const char *want = wire_printf("<code>%s</code></th><td id=\"about-%s\">%s</td>",
			    wire_attr(p, "name"), wire_attr(p, "name"),
			    html_escape(wire_child(wire_child(p, XSD "annotation"), XSD "documentation")->text));

			if (strstr(a->body, want) == NULL)
				fail_msg("the page of %s does not have %s", op, want);
		}
	}
}

/* ---- srvctl ---- */

/* What each command calls. There is none for RenewTicket: a login and a logout do the same. */
static const struct {
	const char *command, *option, *operation;
} commands[] = {
    {"login", NULL, "AuthenticateUser"},
    {"login", "--language=de", "AuthenticateUser1"},
    {"flush", NULL, "FlushApplicationCache"},
    {"info", NULL, "ServerInfo"},
    {"jobs", NULL, "GetMaintenanceJobsStatus"},
    {"warehouse", NULL, "GetWarehouseStatus"},
    {"valid", NULL, "isValidTicket"},
    {"logout", NULL, "LogOut"},
};

static void
srvctl_reaches_every_operation_but_renewal(void **state)
{
	static struct wire_srvd srv;
	const char *reached = "RenewTicket\n";

	(void)state;
	wire_new(&srv, "jobs = false\nlog_level = debug");
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	for (size_t i = 0; i < COUNT(commands); i++) {
		bool login = strcmp(commands[i].command, "login") == 0;
		const char *argv[] = {wire_program("srvctl"), "--url", wire_printf("http://%s/srv.asmx", srv.host),
		    "--ticket", ticket, commands[i].command, login ? WIRE_ADMIN : commands[i].option,
		    login ? commands[i].option : NULL, NULL};
		size_t from = wire_log_size(&srv);
		struct wire_output o = wire_run(WIRE_ADMIN_PWD "\n", argv);

		if (o.status != 0)
			fail_msg("srvctl %s: %d %s", commands[i].command, o.status, o.err);
		if (!wire_log_wait(&srv, from, wire_printf(" op name=%s form=", commands[i].operation)))
			fail_msg("%s does not call %s", commands[i].command, commands[i].operation);
		reached = with(reached, commands[i].operation);
	}
	assert_string_equal(sorted(reached), sorted(wsdl_operations()));
}

static void
the_pages_name_the_command_that_calls_an_operation(void **state)
{
	const struct wire_node *schema = xml_source("wsdl/results.xsd");

	(void)state;
	EACH_NAME(op, wsdl_operations())
	{
		const char *command = wire_attr(about(schema, op), "srvctl"), *want = NULL;

		for (size_t i = 0; i < COUNT(commands); i++)
			if (strcmp(commands[i].operation, op) == 0)
				want = commands[i].command;
		if (want == NULL)
			assert_null(command);
		else
			assert_string_equal(command, want);
	}
}

/* The words that begin the lines behind a heading, up to an empty line. */
static const char *
words_below(const char *text, const char *heading)
{
	const char *at = strstr(text, heading), *list = "";

	if (at == NULL)
		fail_msg("no \"%s\" in %s", heading, text);
	for (at += strlen(heading); *at == ' '; at = strchr(at, '\n') + 1) {
		const char *word = at + strspn(at, " ");

		assert_non_null(strchr(at, '\n'));
		list = with(list, wire_copy(word, strcspn(word, " \n")));
	}
	return list;
}

static const char *
manual_commands(const char *page)
{
	static const char mark[] = "\n.It Cm ";
	const char *list = "";

	for (const char *at = page; (at = strstr(at, mark)) != NULL;) {
		at += sizeof mark - 1;
		list = with(list, wire_copy(at, strcspn(at, " \n")));
	}
	return list;
}

static void
srvctls_help_and_manual_page_have_its_commands(void **state)
{
	const char *argv[] = {wire_program("srvctl"), "--help", NULL}, *want = "";

	(void)state;
	for (size_t i = 0; i < COUNT(commands); i++) {
		if (commands[i].option == NULL)
			want = with(want, commands[i].command);
	}
	assert_string_equal(words_below(wire_run(NULL, argv).out, "\ncommands:\n"), want);
	assert_string_equal(manual_commands(source("impl/srvctl/srvctl.1")), want);
}

/* ---- the README ---- */

/* The rows of the table that has these headings. */
static const char *
readme_table(const char *headings)
{
	char *readme = source("README.md"), *at = strstr(readme, headings);

	if (at == NULL)
		fail_msg("README.md has no table %s", headings);
	at = strchr(at + strlen(headings) + 1, '\n'); /* behind |---| */
	assert_non_null(at);
	const char *end = strstr(at, "\n\n");
	assert_non_null(end);
	return wire_copy(at + 1, (size_t)(end - at));
}

static void
the_readme_has_each_operation_with_its_parameters(void **state)
{
	const struct wire_node *wsdl = xml_source("wsdl/srv.wsdl");
	const char *rows = readme_table("| operation | parameters | needs |"), *names = "";

	(void)state;
	EACH_NAME(row, rows)
	{
		char *op = wire_copy(row + 3, strcspn(row + 3, "`"));
		const char *params = "";

		for (const struct wire_node *p = first_parameter(wsdl, op); p != NULL; p = p->next)
			params = wire_printf("%s%s%s", params, *params != '\0' ? ", " : "", wire_attr(p, "name"));
		const char *want = wire_printf("| `%s` | %s%s|", op, params, *params != '\0' ? " " : "");
		if (strncmp(row, want, strlen(want)) != 0)
			fail_msg("README.md has \"%s\" where \"%s\" belongs", row, want);
		names = with(names, op);
	}
	assert_string_equal(names, wsdl_operations());
}

static void
the_readme_has_each_key_with_its_default_and_meaning(void **state)
{
	static const struct {
		const char *name, *fallback, *help;
	} keys[] = {
#define X(key, kind, fallback, min, max, help) {#key, fallback, help},
	    CONF_KEYS(X)
#undef X
	};
	const char *want = "";

	(void)state;
	for (size_t i = 0; i < COUNT(keys); i++) {
		const char *d = keys[i].fallback != NULL ? keys[i].fallback : "";

		d = *d != '\0' ? wire_printf("`%s`", d) : "";
		want = with(want, wire_printf("| `%s` | %s | %s |", keys[i].name, d, keys[i].help));
	}
	assert_string_equal(readme_table("| key | default | what it is |"), want);
}

static void
srvds_help_has_the_keys_of_the_readme(void **state)
{
	const char *argv[] = {wire_program("srvd"), "--help", NULL};
	const char *help = wire_run(NULL, argv).out;

	(void)state;
	EACH_NAME(row, readme_table("| key | default | what it is |"))
	{
		char *flag = wire_copy(row + 3, strcspn(row + 3, "`"));

		for (char *p = flag; *p != '\0'; p++)
			*p = *p == '_' ? '-' : *p;
		if (strstr(help, wire_printf("--%s=", flag)) == NULL)
			fail_msg("srvd --help does not have --%s", flag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_wsdl_has_the_same_operations_in_every_port),
	    WIRE_TEST(every_operation_and_parameter_is_documented_alike_everywhere),
	    WIRE_TEST(the_generated_table_has_the_operations_and_their_parameters),
	    WIRE_TEST(each_operation_is_a_file_of_its_name_and_there_are_no_others),
	    WIRE_TEST(the_schema_types_the_result_of_each_operation),
	    WIRE_TEST(what_an_operation_needs_is_what_the_code_asks_for),
	    WIRE_TEST(the_errors_are_those_of_the_code_and_each_is_some_operations),
	    WIRE_TEST(the_pages_show_each_operation_with_the_words_of_the_wsdl),
	    WIRE_TEST(srvctl_reaches_every_operation_but_renewal),
	    WIRE_TEST(the_pages_name_the_command_that_calls_an_operation),
	    WIRE_TEST(srvctls_help_and_manual_page_have_its_commands),
	    WIRE_TEST(the_readme_has_each_operation_with_its_parameters),
	    WIRE_TEST(the_readme_has_each_key_with_its_default_and_meaning),
	    WIRE_TEST(srvds_help_has_the_keys_of_the_readme),
	};

	return cmocka_run_group_tests(tests, NULL, wire_group_teardown);
}
