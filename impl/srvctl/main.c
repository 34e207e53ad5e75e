/* srvctl: the service's remote client. Reads the command line, calls the service with libsrvclient, prints the result
 * and says by the exit status how it went. CONTRACT section 9, srvctl.1. */
#include "../base/text.h"
#include "options.h"
#include "report.h"
#include "../base/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PWD_MAX 1024 /* bytes; the service takes no longer one */

static int
written(void)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return EXIT_DONE;
	fprintf(stderr, "srvctl: the result cannot be written: %s\n", strerror(errno));
	return EXIT_UNREACHED;
}

static int
give(const struct buf *out)
{
	if (out->err != SRV_OK) {
		fprintf(stderr, "srvctl: %s\n", srv_err_text(out->err));
		return EXIT_UNREACHED;
	}
	(void)fwrite(buf_str(out), 1, out->len, stdout);
	return written();
}

/* A line on standard error. about may be NULL. */
static void
complain(const char *about, const char *text)
{
	struct buf line;

	buf_init(&line, 0);
	buf_puts(&line, "srvctl: ");
	if (about != NULL) {
		print_clean(&line, about);
		buf_puts(&line, ": ");
	}
	print_clean(&line, text);
	fprintf(stderr, "%s\n", buf_str(&line));
	buf_fini(&line);
}

/* https://no-color.org/ */
static bool
wants_colour(void)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) == 1 && (no == NULL || *no == '\0') && (term == NULL || strcmp(term, "dumb") != 0);
}

/* ---- what comes of a call ---- */

static void
put_text(struct buf *out, const struct command *c, const struct srvclient_type *type, const void *result)
{
	switch (c->report) {
	case REPORT_TICKET:
		print_clean(out, ((const struct srvclient_login *)result)->ticket);
		buf_putc(out, '\n');
		break;
	case REPORT_JOBS:
		report_jobs(out, result, wants_colour());
		break;
	case REPORT_WAREHOUSE:
		report_warehouse(out, result, wants_colour());
		break;
	case REPORT_FIELDS:
		if (!print_fields(out, type, result) && c->said != NULL)
			buf_printf(out, "%s\n", c->said);
		break;
	}
}

static void
put_result(struct buf *out, const struct options *o, const struct srvclient *client, const struct srvclient_type *type,
    const void *result)
{
	switch (o->format) {
	case PRINT_TEXT:
		put_text(out, o->command, type, result);
		break;
	case PRINT_XML:
		print_xml(out, srvclient_xml(client));
		break;
	case PRINT_JSON:
		print_json(out, type, result);
		break;
	}
}

/* Programs get a refusal in the format they asked for; people are told on standard error, and so are the programs'. */
static int
refused(const struct options *o, const struct srvclient *client)
{
	struct buf out;
	int status;

	buf_init(&out, 0);
	if (o->format == PRINT_XML)
		print_xml(&out, srvclient_xml(client));
	else if (o->format == PRINT_JSON)
		print_json_refusal(&out, srvclient_text(client));
	status = give(&out);
	buf_fini(&out);
	complain(NULL, srvclient_text(client));
	return status == EXIT_DONE ? EXIT_REFUSED : status;
}

/* The error of a call, said and as an exit status. */
static int
failed(const struct options *o, const struct srvclient *client, enum srvclient_err err)
{
	if (srvclient_is_refusal(err))
		return refused(o, client);
	complain(o->url, srvclient_text(client));
	if (err == SRVCLIENT_FAULT)
		return EXIT_REFUSED; /* a fault is an answer */
	return err == SRVCLIENT_USAGE ? EXIT_USAGE : EXIT_UNREACHED;
}

/* ---- the call ---- */

/* The ticket goes to the one parameter that there is, or the user, the password and the language to theirs. */
static int
call_once(const struct options *o, struct srvclient *client, const char *pwd, const char *before)
{
	const char *name = o->language != NULL ? "AuthenticateUser1" : o->command->operation;
	const struct srvclient_operation *operation = srvclient_operation(name);
	const char *const login[] = {o->user, pwd, o->language}, *const ticket[] = {o->ticket};
	void *result = NULL;
	enum srvclient_err err = srvclient_call(client, operation, o->user != NULL ? login : ticket, &result);
	struct buf out;
	int status;

	if (err != SRVCLIENT_OK)
		return failed(o, client, err);
	buf_init(&out, 0);
	buf_puts(&out, before);
	put_result(&out, o, client, operation->type, result);
	status = give(&out);
	buf_fini(&out);
	srvclient_result_free(operation->type, &result);
	return status;
}

static int
call_login(const struct options *o, struct srvclient *client)
{
	char pwd[PWD_MAX + 1];
	struct srv_reason why;
	int status;

	if (secret_read("Password: ", pwd, sizeof pwd, &why) != SRV_OK) {
		complain(NULL, why.text);
		return EXIT_USAGE;
	}
	if (text_is_xml(pwd, strlen(pwd)))
		status = call_once(o, client, pwd, "");
	else
		status = options_wrong("the password", "is no valid UTF-8 text");
	explicit_bzero(pwd, sizeof pwd);
	return status;
}

/* Until a signal ends it, the service refuses, or there is nowhere to write to. A terminal shows the last look only. */
static int
watch(const struct options *o, struct srvclient *client)
{
	const char *before = isatty(STDOUT_FILENO) == 1 ? "\033[H\033[2J" : "";
	int status;

	while ((status = call_once(o, client, NULL, before)) == EXIT_DONE ||
	       (status == EXIT_UNREACHED && ferror(stdout) == 0))
		sleep((unsigned)o->watch_s);
	return status;
}

static enum srvclient_err
set_up(const struct options *o, struct srvclient *client)
{
	const long ms = o->tmo_s * 1000L;
	enum srvclient_err err = srvclient_set_timeouts(client, ms, ms);

	if (err == SRVCLIENT_OK)
		err = srvclient_set_soap(client, o->soap);
	if (err == SRVCLIENT_OK)
		err = srvclient_set_ca(client, o->ca_file, o->ca_directory);
	if (err == SRVCLIENT_OK)
		err = srvclient_set_certificate(client, o->certificate, o->key);
	if (err == SRVCLIENT_OK)
		err = srvclient_set_insecure(client, o->insecure);
	return err;
}

static int
run(const struct options *o)
{
	struct srvclient *client = NULL;
	enum srvclient_err err = srvclient_new(o->url, &client);
	int status;

	if (err == SRVCLIENT_USAGE)
		return options_wrong("--url must be http://HOST[:PORT]/PATH or https://HOST[:PORT]/PATH, not", o->url);
	if (err == SRVCLIENT_OK)
		err = set_up(o, client);
	if (err != SRVCLIENT_OK) {
		complain(NULL, srvclient_err_text(err));
		status = EXIT_UNREACHED;
	} else if (o->user != NULL) {
		status = call_login(o, client);
	} else if (o->watch_s > 0) {
		status = watch(o, client);
	} else {
		status = call_once(o, client, NULL, "");
	}
	srvclient_free(&client);
	return status;
}

/* A descriptor that the caller had closed would be the connection's, which would then be written to, or read from, as
 * if it were standard input, output or error. One that can be neither takes its place. */
static bool
hold_closed_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct options o;
	bool over;
	int status;

	if (!hold_closed_descriptors())
		return EXIT_UNREACHED;
	status = options_read(argc, argv, &o, &over);
	if (!over)
		return run(&o);
	return status == EXIT_DONE ? written() : status;
}
