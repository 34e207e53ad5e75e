/* The documents made from the WSDL: which query gets which, the caller's address in it, and what the published contract
 * promises to toolkits. Contract: section 4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <expat.h>
#include <sodium.h>

#include "../../impl/base/text.h"
#include "../../impl/endpoint/documents.h"
#include "../../impl/endpoint/wire.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define ADDRESS "http://srv.example:8080/srv.asmx"
#define XML_TYPE "text/xml; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"

static struct documents *documents;

static int
make_documents(void **state)
{
	(void)state;
	return sodium_init() < 0 || documents_new(&documents) != SRV_OK;
}

static int
free_documents(void **state)
{
	(void)state;
	documents_free(&documents);
	return 0;
}

static int
set_up(void **state)
{
	*state = calloc(1, sizeof(struct http_response));
	http_response_init(*state);
	return 0;
}

static int
tear_down(void **state)
{
	http_response_fini(*state);
	free(*state);
	return 0;
}

/* query NULL: there is no `?`. From memory of exactly its size. */
static const char *
ask(struct http_response *r, const char *query, const char *address)
{
	size_t len = query ? strlen(query) : 0;
	char *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	if (query)
		memcpy(exact, query, len);
	http_response_fini(r);
	http_response_init(r);
	const struct http_request rq = {.path = {"/srv.asmx", 9}, .query = {query ? exact : NULL, len}};
	const struct documents_reader reader = {address, DOCUMENTS_FORMS, false};
	documents_answer(documents, &rq, &reader, r);
	free(exact);
	assert_int_equal(r->body.err, SRV_OK);
	assert_int_equal(r->headers.err, SRV_OK);
	return buf_str(&r->body);
}

static void
expect_type(const struct http_response *r, const char *type)
{
	assert_int_equal(r->status, 200);
	assert_string_equal(r->content_type, type);
	assert_non_null(strstr(buf_str(&r->headers), "X-Content-Type-Options: nosniff\r\n"));
}

static char *
copy_of(struct http_response *r, const char *query)
{
	char *copy = strdup(ask(r, query, ADDRESS));

	assert_non_null(copy);
	return copy;
}

static int
occurrences(const char *text, const char *what)
{
	int n = 0;

	for (const char *at = text; (at = strstr(at, what)) != NULL; at += strlen(what))
		n++;
	return n;
}

static void
documents_wsdl_is_the_same_however_it_is_asked_for(void **state)
{
	static const char *const rows[] = {"WSDL", "Wsdl", "wsdl=", "wsdl=1", "WSDL&x=y", "wsdl&wsdl=text",
	    "singleWsdl", "singlewsdl", "SINGLEWSDL=x"};
	struct http_response *r = *state;
	char *wsdl = copy_of(r, "wsdl"), *longer = malloc(8008);

	assert_non_null(longer);
	expect_type(r, XML_TYPE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(ask(r, rows[i], ADDRESS), wsdl);
		expect_type(r, XML_TYPE);
	}
	memset(longer, 'a', 8007);
	memcpy(longer, "WSDL&x=", 7);
	longer[8007] = '\0';
	assert_string_equal(ask(r, longer, ADDRESS), wsdl);
	free(longer);
	free(wsdl);
}

static void
documents_each_query_has_its_document(void **state)
{
	struct http_response *r = *state;

	assert_non_null(strstr(ask(r, "wsdl=text", ADDRESS), "location=\"" ADDRESS "?result=text\""));
	expect_type(r, XML_TYPE);
	assert_non_null(strstr(ask(r, "WSDL=Text&x", ADDRESS), "location=\"" ADDRESS "?result=text\""));
	assert_null(strstr(ask(r, "wsdl", ADDRESS), "result=text"));
	assert_non_null(strstr(ask(r, "disco", ADDRESS), "ref=\"" ADDRESS "?wsdl\""));
	expect_type(r, XML_TYPE);
	assert_non_null(strstr(ask(r, "DISCO", ADDRESS), "docRef=\"" ADDRESS "\""));
}

static void
documents_anything_else_is_the_service_s_page(void **state)
{
	static const char *const rows[] = {"", "x", "x=1&wsdl", "wsd", "wsdll", "=wsdl", "&wsdl", "wsdl2=text",
	    "result=text", "%77sdl", "authenticationTicket=t"};
	struct http_response *r = *state;
	char *index = copy_of(r, NULL);

	expect_type(r, HTML_TYPE);
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_string_equal(ask(r, rows[i], ADDRESS), index);
		expect_type(r, HTML_TYPE);
	}
	free(index);
}

static void
documents_page_names_every_operation_and_runs_its_own_script_alone(void **state)
{
	struct http_response *r = *state;
	const char *page = ask(r, NULL, ADDRESS), *headers = buf_str(&r->headers);
	char name[64];

	for (int i = 0; i < op_count; i++) {
		snprintf(name, sizeof name, ">%s<", op_table[i].name);
		assert_non_null(strstr(page, name));
	}
	assert_int_equal(strncmp(page, "<!DOCTYPE html>", 15), 0);
	assert_int_equal(occurrences(page, "<script"), 1);
	assert_null(strstr(page, "unsafe-inline"));
	assert_null(strstr(headers, "unsafe-"));
	assert_null(strstr(page, "javascript:"));
	assert_non_null(strstr(page, "width=device-width"));
	assert_non_null(strstr(page, "lang=\"en\""));
	assert_non_null(strstr(headers, "Content-Security-Policy: default-src 'none'"));
	assert_non_null(strstr(headers, "frame-ancestors 'none'"));
	/* no-referrer would have the page's own forms come as from another site. */
	assert_non_null(strstr(headers, "Referrer-Policy: same-origin\r\n"));
}

static void
documents_op_shows_a_page_and_an_unknown_one_none(void **state)
{
	static const char *const unknown[] = {"op=", "op", "op=Nope", "op=serverinfo", "op=ServerInfo2", "op=ServerInf",
	    "op=%53erverInfo", "op=<script>", "OP=x&op=ServerInfo"};
	struct http_response *r = *state;
	char query[64];

	for (int i = 0; i < op_count; i++) {
		snprintf(query, sizeof query, "%s=%s", i % 2 ? "op" : "OP", op_table[i].name);
		assert_non_null(strstr(ask(r, query, ADDRESS), op_table[i].name));
		expect_type(r, HTML_TYPE);
	}
	for (size_t i = 0; i < COUNT(unknown); i++) {
		const char *text = ask(r, unknown[i], ADDRESS);
		assert_int_equal(r->status, 404);
		assert_string_equal(r->content_type, HTML_TYPE);
		assert_non_null(strstr(text, "There is no such operation."));
		assert_non_null(strstr(text, "?op=ServerInfo\""));
		assert_null(strstr(text, "<script>alert"));
	}
}

static void
documents_hold_the_caller_s_address_and_differ_in_nothing_else(void **state)
{
	static const char *const queries[] = {"wsdl", "wsdl=text", "disco", NULL};
	static const char other[] = "https://dms.example/InfoRouter/srv.asmx";
	struct http_response *r = *state;

	for (size_t i = 0; i < COUNT(queries); i++) {
		char *one = copy_of(r, queries[i]);
		const char *two = ask(r, queries[i], other), *a = one, *b = two;
		assert_null(strstr(one, "@ADDRESS@"));
		assert_int_equal(occurrences(one, ADDRESS), occurrences(two, other));
		while (*a) {
			if (strncmp(a, ADDRESS, strlen(ADDRESS)) == 0) {
				assert_int_equal(strncmp(b, other, strlen(other)), 0);
				a += strlen(ADDRESS);
				b += strlen(other);
			} else {
				assert_int_equal(*a++, *b++);
			}
		}
		assert_int_equal(*b, '\0');
		free(one);
	}
	assert_int_equal(occurrences(ask(r, "wsdl", ADDRESS), "location=\"" ADDRESS "\""), 4);
	assert_int_equal(occurrences(ask(r, "wsdl=text", ADDRESS), "location=\"" ADDRESS "?result=text\""), 1);
	assert_int_equal(occurrences(ask(r, "disco", ADDRESS), "\"" ADDRESS "\""), 3);
}

/* ---- who has one already, and who takes it compressed */

/* With fields, which end in NULL, as name and value in turn. */
static void
ask_with(struct http_response *r, const char *query, const struct documents_reader *reader, const char *const *fields)
{
	struct http_field list[4];
	struct http_request rq = {.path = {"/srv.asmx", 9}, .query = {query, strlen(query)}, .fields = list};

	for (; *fields; fields += 2)
		list[rq.field_count++] = (struct http_field){
		    {fields[0], strlen(fields[0])}, {fields[1], strlen(fields[1])}};
	http_response_fini(r);
	http_response_init(r);
	documents_answer(documents, &rq, reader, r);
}

static void
copy_etag(const struct http_response *r, char out[64])
{
	const char *at = strstr(buf_str(&r->headers), "ETag: ");

	assert_non_null(at);
	assert_int_equal(sscanf(at, "ETag: %63s", out), 1);
}

static void
documents_a_reader_who_has_one_is_told_so(void **state)
{
	static const char *const queries[] = {"wsdl", "wsdl=text", "disco", "openapi", "op=LogOut", ""};
	static const struct documents_reader reader = {ADDRESS, DOCUMENTS_FORMS, false};
	struct http_response *r = *state;
	char etag[64], gzip_etag[64];

	for (size_t i = 0; i < COUNT(queries); i++) {
		ask_with(r, queries[i], &reader, (const char *const[]){NULL});
		copy_etag(r, etag);
		assert_non_null(strstr(buf_str(&r->headers), "Vary: Accept-Encoding\r\n"));
		assert_null(strstr(buf_str(&r->headers), "Content-Encoding"));
		ask_with(r, queries[i], &reader, (const char *const[]){"Accept-Encoding", "gzip", NULL});
		copy_etag(r, gzip_etag);
		assert_non_null(strstr(buf_str(&r->headers), "Content-Encoding: gzip\r\n"));
		assert_memory_equal(r->body.data, "\x1f\x8b", 2);
		assert_string_not_equal(etag, gzip_etag);
		ask_with(r, queries[i], &reader, (const char *const[]){"If-None-Match", etag, NULL});
		assert_int_equal(r->status, 304);
		assert_int_equal(r->body.len, 0);
		assert_non_null(strstr(buf_str(&r->headers), etag));
		/* Not the same bytes, so not had. */
		ask_with(r, queries[i], &reader,
		    (const char *const[]){"If-None-Match", etag, "Accept-Encoding", "gzip", NULL});
		assert_int_equal(r->status, 200);
	}
	/* What is not there stays so. */
	ask_with(r, "op=Nope", &reader, (const char *const[]){"If-None-Match", "*", NULL});
	assert_int_equal(r->status, 404);
}

/* Each sample answer's length is that of its body as a reader copies it: line ends as shown, but for the CR LF behind
 * an envelope, of which the page shows one character. */
static void
assert_sample_lengths(const char *page, const char *element)
{
	static const char length[] = "HTTP/1.1 200 OK";
	int answers = 0;

	for (const char *at = strstr(page, length); at; at = strstr(at + 1, length)) {
		const char *field = strstr(at, "Content-Length: ");
		const char *body = strstr(at, "\n\n") + 2;
		const char *end = strstr(body, "</pre>");
		size_t len = 0;
		char start[64];
		snprintf(start, sizeof start, "&lt;%s success=", element);
		assert_true(strstr(body, start) != NULL && strstr(body, start) < end);
		for (const char *c = body; c < end; c++, len++)
			if (*c == '&')
				c = strchr(c, ';');
		if (end[-1] == '\n') /* an envelope */
			len++;
		assert_int_equal(strtoul(field + 16, NULL, 10), len);
		answers++;
	}
	assert_int_equal(answers, 4);
}

static void
documents_samples_name_the_result_as_the_configuration_does(void **state)
{
	static const struct documents_reader readers[] = {
	    {ADDRESS, DOCUMENTS_FORMS, false}, {ADDRESS, DOCUMENTS_FORMS, true}};
	struct http_response *r = *state;
	char query[64];

	for (int op = 0; op < op_count; op++) {
		snprintf(query, sizeof query, "op=%s", op_table[op].name);
		ask_with(r, query, &readers[0], (const char *const[]){NULL});
		assert_sample_lengths(buf_str(&r->body), op_table[op].result);
		ask_with(r, query, &readers[1], (const char *const[]){NULL});
		assert_sample_lengths(buf_str(&r->body), "response");
		assert_null(strstr(buf_str(&r->body), "&lt;root"));
	}
	ask_with(r, "openapi", &readers[0], (const char *const[]){NULL});
	assert_non_null(strstr(buf_str(&r->body), "{\"name\": \"root\"}"));
	ask_with(r, "openapi", &readers[1], (const char *const[]){NULL});
	assert_null(strstr(buf_str(&r->body), "root"));
}

static void
documents_tags_tell_readers_apart(void **state)
{
	static const struct documents_reader readers[] = {{ADDRESS, DOCUMENTS_FORMS, false},
	    {ADDRESS, DOCUMENTS_FORMS_OFF, false}, {ADDRESS, DOCUMENTS_FORMS_REMOTE, false},
	    {ADDRESS "x", DOCUMENTS_FORMS, false}, {ADDRESS, DOCUMENTS_FORMS, true}};
	struct http_response *r = *state;
	char etag[COUNT(readers)][64];

	/* The second round comes from memory, and is the same. */
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < COUNT(readers); i++) {
			char again[64];
			ask_with(r, "op=LogOut", &readers[i], (const char *const[]){NULL});
			copy_etag(r, again);
			if (round == 0)
				memcpy(etag[i], again, sizeof again);
			assert_string_equal(again, etag[i]);
			for (size_t j = 0; j < i; j++)
				assert_string_not_equal(etag[j], etag[i]);
			assert_int_equal(
			    strstr(buf_str(&r->body), "<form") != NULL, readers[i].forms == DOCUMENTS_FORMS);
			assert_int_equal(
			    strstr(buf_str(&r->body), "switched off") != NULL, readers[i].forms == DOCUMENTS_FORMS_OFF);
			assert_int_equal(strstr(buf_str(&r->body), "only to callers") != NULL,
			    readers[i].forms == DOCUMENTS_FORMS_REMOTE);
			assert_null(strstr(buf_str(&r->body), "<!--if"));
			assert_null(strstr(buf_str(&r->body), "<!--fi"));
		}
}

static void
documents_a_hostile_address_breaks_out_of_nothing(void **state)
{
	static const char hostile[] = "http://hostile\"'><script>alert(1)</script>&y;/srv.asmx";
	static const char *const queries[] = {"op=LogOut", "wsdl", "openapi", ""};
	struct http_response *r = *state;

	for (size_t i = 0; i < COUNT(queries); i++) {
		const char *text = ask(r, queries[i], hostile);
		assert_null(strstr(text, "<script>alert"));
		assert_non_null(strstr(text, "hostile%22%27%3E%3Cscript%3E"));
		assert_null(strstr(text, "hostile\""));
		assert_null(strstr(text, "hostile'"));
	}
}

/* ---- what the documents say */

/* The elements of a document, one a line: `wsdl/port name="SrvSoap"`, the namespace cut to its last part. */
static void
list_start(void *arg, const char *name, const char **atts)
{
	struct buf *out = arg;
	const char *bar = strrchr(name, '|'), *from = bar;

	while (from && from > name && (bar - from < 2 || from[-1] != '/'))
		from--;
	buf_printf(out, "%.*s/%s", bar ? (int)(bar - from) : 0, bar ? from : "", bar ? bar + 1 : name);
	for (; *atts; atts += 2)
		buf_printf(out, " %s=\"%s\"", atts[0], atts[1]);
	buf_putc(out, '\n');
}

static void
list(struct http_response *r, const char *query, const char *address, struct buf *out)
{
	XML_Parser p = XML_ParserCreateNS("UTF-8", '|');
	const char *document = ask(r, query, address);

	assert_non_null(p);
	buf_reset(out);
	buf_putc(out, '\n');
	XML_SetUserData(p, out);
	XML_SetStartElementHandler(p, list_start);
	if (XML_Parse(p, document, (int)r->body.len, 1) != XML_STATUS_OK)
		fail_msg("?%s: %s", query, XML_ErrorString(XML_GetErrorCode(p)));
	XML_ParserFree(p);
	assert_int_equal(out->err, SRV_OK);
}

static void
assert_listed(const struct buf *elements, const char *line, int times)
{
	struct buf whole;
	int n;

	buf_init(&whole, 0);
	buf_printf(&whole, "/%s", line);
	n = occurrences(buf_str(elements), buf_str(&whole));
	if (n != times)
		fail_msg("%s: %d times, not %d", line, n, times);
	buf_fini(&whole);
}

static void
documents_are_well_formed_whatever_the_address(void **state)
{
	static const char *const addresses[] = {ADDRESS, "", "http://[::1]/srv.asmx", "http://x/a&b<c>d'e/srv.asmx"};
	static const char *const queries[] = {"wsdl", "wsdl=text", "disco"};
	struct http_response *r = *state;
	struct buf elements;

	buf_init(&elements, 0);
	for (size_t a = 0; a < COUNT(addresses); a++)
		for (size_t q = 0; q < COUNT(queries); q++)
			list(r, queries[q], addresses[a], &elements);
	buf_fini(&elements);
}

static void
documents_wsdl_has_the_ports_in_order(void **state)
{
	static const char *const ports[] = {"port name=\"SrvSoap\"", "port name=\"SrvSoap12\"",
	    "port name=\"SrvHttpGet\"", "port name=\"SrvHttpPost\""};
	struct http_response *r = *state;
	struct buf elements;
	const char *at;

	buf_init(&elements, 0);
	list(r, "wsdl", ADDRESS, &elements);
	at = buf_str(&elements);
	assert_listed(&elements, "service name=\"srv\"\n", 1);
	assert_listed(&elements, "port name=", 4);
	for (size_t i = 0; i < COUNT(ports); i++) {
		at = strstr(at, ports[i]);
		assert_non_null(at);
	}
	assert_listed(&elements, "portType name=", 3);
	assert_listed(&elements, "portType name=\"SrvSoap\"\n", 1);
	assert_listed(&elements, "portType name=\"SrvHttpGet\"\n", 1);
	assert_listed(&elements, "portType name=\"SrvHttpPost\"\n", 1);
	assert_listed(&elements, "binding verb=\"GET\"\n", 1);
	assert_listed(&elements, "binding verb=\"POST\"\n", 1);
	buf_fini(&elements);
}

static void
documents_wsdl_describes_every_operation(void **state)
{
	struct http_response *r = *state;
	struct buf elements;
	char line[128];

	buf_init(&elements, 0);
	list(r, "wsdl", ADDRESS, &elements);
	/* A result is whatever element there is: no namespace= at the s:any. */
	assert_listed(&elements, "any\n", op_count);
	assert_listed(&elements, "any ", 0);
	assert_listed(&elements, "part name=\"parameters\"", 2 * op_count);
	for (int i = 0; i < op_count; i++) {
		/* Three port types and four bindings. */
		snprintf(line, sizeof line, "operation name=\"%s\"\n", op_table[i].name);
		assert_listed(&elements, line, 7);
		snprintf(line, sizeof line, "operation soapAction=\"http://tempuri.org/%s\"", op_table[i].name);
		assert_listed(&elements, line, 2);
		snprintf(line, sizeof line, "operation location=\"/%s\"\n", op_table[i].name);
		assert_listed(&elements, line, 2);
		snprintf(line, sizeof line, "message name=\"%sSoapIn\"\n", op_table[i].name);
		assert_listed(&elements, line, 1);
		snprintf(line, sizeof line, "message name=\"%sSoapOut\"\n", op_table[i].name);
		assert_listed(&elements, line, 1);
		snprintf(line, sizeof line, "element name=\"%sResponse\"\n", op_table[i].name);
		assert_listed(&elements, line, 1);
	}
	/* Under each operation of each port type. */
	assert_true(occurrences(buf_str(&elements), "/documentation\n") >= 3 * op_count);
	buf_fini(&elements);
}

static void
documents_wsdl_for_text_has_one_port_and_strings(void **state)
{
	struct http_response *r = *state;
	struct buf elements;
	int params = 0;

	buf_init(&elements, 0);
	list(r, "wsdl=text", ADDRESS, &elements);
	for (int i = 0; i < op_count; i++)
		params += op_table[i].param_count;
	assert_listed(&elements, "port name=", 1);
	assert_listed(&elements, "port name=\"SrvSoap\"", 1);
	assert_listed(&elements, "portType name=", 1);
	assert_listed(&elements, "binding name=", 1);
	assert_listed(&elements, "any", 0);
	assert_int_equal(occurrences(buf_str(&elements), "nillable=\"true\" type=\"s:string\"\n"), params + op_count);
	assert_int_equal(occurrences(buf_str(&elements), " type=\"s:"), params + op_count);
	buf_fini(&elements);
}

int
main(void)
{
#define TEST(t) cmocka_unit_test_setup_teardown(t, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(documents_wsdl_is_the_same_however_it_is_asked_for),
	    TEST(documents_each_query_has_its_document),
	    TEST(documents_anything_else_is_the_service_s_page),
	    TEST(documents_page_names_every_operation_and_runs_its_own_script_alone),
	    TEST(documents_op_shows_a_page_and_an_unknown_one_none),
	    TEST(documents_hold_the_caller_s_address_and_differ_in_nothing_else),
	    TEST(documents_are_well_formed_whatever_the_address),
	    TEST(documents_wsdl_has_the_ports_in_order),
	    TEST(documents_wsdl_describes_every_operation),
	    TEST(documents_wsdl_for_text_has_one_port_and_strings),
	    TEST(documents_a_reader_who_has_one_is_told_so),
	    TEST(documents_samples_name_the_result_as_the_configuration_does),
	    TEST(documents_tags_tell_readers_apart),
	    TEST(documents_a_hostile_address_breaks_out_of_nothing),
	};

	return cmocka_run_group_tests(tests, make_documents, free_documents);
}
