/* What each step asks and what it expects, told in XPath of the result element. */
#include "steps.h"
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMS_MAX 4
#define FAILED_WITH(error) "/*[@success='false' and @error='" error "']"
#define NO_TICKET "00000000-0000-0000-0000-000000000000"
#define GONE FAILED_WITH("[901]Session expired or Invalid ticket")
#define SUCCEEDED "/*[@success='true']"

struct caller {
	const struct steps_form *form;
	char *ticket, *plain;
};

static const char *
given(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* The text of what the expression finds in the answer, empty if it finds nothing; the answer is freed. */
static char *
find(char *answer, const char *expression)
{
	xmlDoc *doc = answer ? xmlReadMemory(answer, (int)strlen(answer), "answer", NULL, XML_PARSE_NONET) : NULL;
	xmlXPathContext *context = doc ? xmlXPathNewContext(doc) : NULL;
	xmlXPathObject *found = context ? xmlXPathEvalExpression(BAD_CAST expression, context) : NULL;
	char *text = found ? (char *)xmlXPathCastToString(found) : strdup("");

	xmlXPathFreeObject(found);
	xmlXPathFreeContext(context);
	xmlFreeDoc(doc);
	free(answer);
	return text;
}

static bool
holds(char *answer, const char *expression)
{
	char *copy = strdup(answer ? answer : "no answer");
	char condition[200];
	char *result;
	bool right;

	snprintf(condition, sizeof condition, "boolean(%s)", expression);
	result = find(answer, condition);
	right = strcmp(result, "true") == 0;
	if (!right)
		fprintf(stderr, "not %s: %s\n", expression, copy);
	free(result);
	free(copy);
	return right;
}

static bool
login(struct caller *c)
{
	const struct steps_form *f = c->form;

	c->ticket = find(
	    f->authenticate_user(f->toolkit, given("SRV_USER"), given("SRV_PASSWORD")), SUCCEEDED "/@ticket");
	c->plain = find(f->authenticate_user(f->toolkit, given("SRV_PLAIN_USER"), given("SRV_PLAIN_PASSWORD")),
	    SUCCEEDED "/@ticket");
	return *c->ticket && *c->plain;
}

static bool
login_refused(struct caller *c)
{
	return holds(c->form->authenticate_user(c->form->toolkit, given("SRV_USER"), "wrong"),
	    FAILED_WITH("[900] Authentication failed"));
}

static bool
flush(struct caller *c)
{
	return holds(c->form->flush_application_cache(c->form->toolkit, c->ticket), SUCCEEDED);
}

static bool
flush_bad_ticket(struct caller *c)
{
	return holds(c->form->flush_application_cache(c->form->toolkit, NO_TICKET), GONE);
}

static bool
flush_denied(struct caller *c)
{
	return holds(
	    c->form->flush_application_cache(c->form->toolkit, c->plain), FAILED_WITH("[921]Insufficient rights"));
}

static bool
serverinfo(struct caller *c)
{
	char *name = find(c->form->server_info(c->form->toolkit), SUCCEEDED "/@ServerName");
	bool right = strcmp(name, given("SRV_SERVER_NAME")) == 0;

	if (!right)
		fprintf(stderr, "ServerName is '%s'\n", name);
	free(name);
	return right;
}

static bool
jobs(struct caller *c)
{
	return holds(c->form->get_maintenance_jobs_status(c->form->toolkit, c->ticket),
	    SUCCEEDED "/MaintenanceJob[@JobName!='']");
}

static bool
warehouse(struct caller *c)
{
	return holds(c->form->get_warehouse_status(c->form->toolkit, c->ticket),
	    SUCCEEDED "[WarehousePaths/WarehousePath/@Path!='']/Disks/Disk[@DiskSize > 0]");
}

static bool
logout(struct caller *c)
{
	return holds(c->form->log_out(c->form->toolkit, c->ticket), SUCCEEDED) &&
	       holds(c->form->flush_application_cache(c->form->toolkit, c->ticket), GONE);
}

static bool
fault(struct caller *c)
{
	static const char text[] = ": A parameter is too long.";
	char *said = c->form->catch_fault(c->form->toolkit);
	bool right = said && strstr(said, text) != NULL &&
		     (strncmp(said, "SOAP-ENV:Client", 15) == 0 || strncmp(said, "SOAP-ENV:Sender", 15) == 0);

	if (!right)
		fprintf(stderr, "the fault: %s\n", said ? said : "none");
	free(said);
	return right;
}

int
steps_run(const char *version, const struct steps_form *forms, int count)
{
	static const struct {
		const char *name;
		bool (*what)(struct caller *);
	} steps[] = {
	    {"login", login},
	    {"login_refused", login_refused},
	    {"flush", flush},
	    {"flush_bad_ticket", flush_bad_ticket},
	    {"flush_denied", flush_denied},
	    {"serverinfo", serverinfo},
	    {"jobs", jobs},
	    {"warehouse", warehouse},
	    {"logout", logout},
	    {"fault", fault},
	};
	struct caller callers[FORMS_MAX] = {{0}};

	printf("version %s\n", version);
	for (int i = 0; i < count; i++)
		callers[i].form = &forms[i];
	for (size_t n = 0; n < sizeof steps / sizeof steps[0]; n++) {
		const char *wrong = NULL;
		for (int i = 0; i < count; i++)
			if (!steps[n].what(&callers[i]))
				wrong = forms[i].form;
		if (wrong)
			printf("not ok %s - in %s, see below\n", steps[n].name, wrong);
		else
			printf("ok %s\n", steps[n].name);
	}
	for (int i = 0; i < count; i++) {
		free(callers[i].ticket);
		free(callers[i].plain);
	}
	return 0;
}
