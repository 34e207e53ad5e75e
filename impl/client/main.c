/* srvctl: the service's remote client. Reads the command line, makes one call, prints its result and says by
 * the exit status how it went. CONTRACT section 9, srvctl.1. */
#include "../base/buf.h"
#include "../base/text.h"
#include "call.h"
#include "print.h"
#include "result.h"
#include "secret.h"
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_DEFAULT "http://localhost:8080/srv.asmx"
#define TIMEOUT_DEFAULT_S 60
#define TIMEOUT_MAX_S 3600
#define PWD_MAX 1024 /* bytes; the service takes no longer one */

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_UNREACHED };

struct command {
	const char *name, *operand; /* operand: what must follow, or NULL */
	enum call_operation operation;
	bool needs_ticket;
	const char *said; /* in text, when the result has nothing to show */
	const char *help;
};
static const struct command commands[] = {
    {"login", "USER", CALL_LOGIN, false, NULL,
	"print a new ticket; the password comes from standard input or is asked for"},
    {"flush", NULL, CALL_FLUSH, true, "The application cache was loaded anew.",
	"have the service load its application cache anew"},
    {"info", NULL, CALL_INFO, false, NULL, "show the server's version, time and licence"},
    {"jobs", NULL, CALL_JOBS, true, "There are no maintenance jobs.", "show the maintenance jobs and their last runs"},
    {"warehouse", NULL, CALL_WAREHOUSE, true, NULL, "show the warehouse paths and disks"},
    {"valid", NULL, CALL_VALID, true, NULL, "show whose ticket it is, and until when"},
    {"logout", NULL, CALL_LOGOUT, true, "The ticket has ended.", "end the ticket"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

struct options {
	const char *url, *ticket, *language, *user;
	enum print_format format;
	int tmo_s;
	const struct command *command;
};

static void
usage(FILE *to)
{
	fputs("usage: srvctl [--url URL] [--ticket TICKET] [--output text|xml|json] [--timeout SECONDS] COMMAND\n"
	      "\ncommands:\n",
	    to);
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];
		fprintf(to, "  %s%s%-*s  %s\n", c->name, c->operand != NULL ? " " : "",
		    (int)(11 - strlen(c->name) - (c->operand != NULL)), c->operand != NULL ? c->operand : "", c->help);
	}
	fputs("\noptions:\n"
	      "  --url URL          address of the service (" URL_DEFAULT ")\n"
	      "  --ticket TICKET    the ticket to show; else the environment's SRV_TICKET\n"
	      "  --language LANG    with login: the session's language\n"
	      "  --output FORMAT    text (the default), xml or json\n"
	      "  --timeout SECONDS  how long to wait for the service (60)\n"
	      "  --help, --version\n"
	      "\nexit status: 0 done, 1 the service refused, 2 wrong usage, 3 the service could not be reached\n",
	    to);
}

static int
wrong(const char *what, const char *which)
{
	fprintf(
	    stderr, "srvctl: %s%s%s (see srvctl --help)\n", what, which != NULL ? " " : "", which != NULL ? which : "");
	return EXIT_USAGE;
}

/* ---- the command line ---- */

static int
check_url(const char *url)
{
	if (strncmp(url, "https://", 8) == 0)
		return wrong("https is not supported: reach the service through a local TLS tunnel, not by", url);
	if (strncmp(url, "http://", 7) != 0 || url[7] == '\0' || url[7] == '/' || !text_is_xml(url, strlen(url)) ||
	    strpbrk(url, " \t\r\n?#") != NULL)
		return wrong("--url must be http://HOST[:PORT]/PATH, not", url);
	if (strlen(url) > 1000) /* gSOAP keeps it in an array of 1,024 */
		return wrong("--url is too long", NULL);
	return EXIT_DONE;
}

static int
read_command(int argc, char **argv, struct options *o)
{
	if (argc == 0)
		return wrong("a command is missing", NULL);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name) == 0)
			o->command = &commands[i];
	}
	if (o->command == NULL)
		return wrong("unknown command", argv[0]);
	if (o->command->operand != NULL) {
		if (argc < 2)
			return wrong("a user's name must follow", argv[0]);
		o->user = argv[1];
		argc--;
	}
	if (argc > 1)
		return wrong("too much on the command line:", argv[o->user != NULL ? 2 : 1]);
	return EXIT_DONE;
}

/* What goes into the request must be text that XML can carry. */
static int
check_text(const char *what, const char *value)
{
	if (value != NULL && !text_is_xml(value, strlen(value)))
		return wrong(what, "is no valid UTF-8 text");
	return EXIT_DONE;
}

static int
check_options(struct options *o)
{
	int status = check_url(o->url);

	if (status == EXIT_DONE)
		status = check_text("the user's name", o->user);
	if (status == EXIT_DONE)
		status = check_text("the ticket", o->ticket);
	if (status == EXIT_DONE)
		status = check_text("the language", o->language);
	if (status != EXIT_DONE)
		return status;
	if (o->language != NULL && o->command->operation != CALL_LOGIN)
		return wrong("--language is for login only, not for", o->command->name);
	if (o->command->needs_ticket && (o->ticket == NULL || *o->ticket == '\0'))
		return wrong("a ticket is needed: give --ticket or set SRV_TICKET for", o->command->name);
	return EXIT_DONE;
}

static int
read_option(int option, char **argv, struct options *o)
{
	int64_t seconds;

	switch (option) {
	case 'u':
		o->url = optarg;
		return EXIT_DONE;
	case 't':
		o->ticket = optarg;
		return EXIT_DONE;
	case 'l':
		o->language = optarg;
		return EXIT_DONE;
	case 'o':
		return print_format_parse(optarg, &o->format)
			   ? EXIT_DONE
			   : wrong("--output must be text, xml or json, not", optarg);
	case 's':
		if (!text_parse_int(optarg, 1, TIMEOUT_MAX_S, &seconds))
			return wrong("--timeout must be a number from 1 to 3600, not", optarg);
		o->tmo_s = (int)seconds;
		return EXIT_DONE;
	case ':':
		return wrong("a value must follow", argv[optind - 1]);
	default:
		return wrong("unknown option", argv[optind - 1]);
	}
}

/* EXIT_DONE with *o filled in; or *over is set, and the program ends with what is returned. */
static int
read_options(int argc, char **argv, struct options *o, bool *over)
{
	static const struct option known[] = {{"url", required_argument, NULL, 'u'},
	    {"ticket", required_argument, NULL, 't'}, {"language", required_argument, NULL, 'l'},
	    {"output", required_argument, NULL, 'o'}, {"timeout", required_argument, NULL, 's'},
	    {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'v'}, {0}};
	int option, status;

	*over = true;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", known, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return EXIT_DONE;
		}
		if (option == 'v') {
			puts("srvctl " SRV_VERSION);
			return EXIT_DONE;
		}
		if ((status = read_option(option, argv, o)) != EXIT_DONE)
			return status;
	}
	if ((status = read_command(argc - optind, argv + optind, o)) != EXIT_DONE ||
	    (status = check_options(o)) != EXIT_DONE)
		return status;
	*over = false;
	return EXIT_DONE;
}

/* ---- the call ---- */

static int
give(const struct buf *out)
{
	if (out->err != SRV_OK) {
		fprintf(stderr, "srvctl: %s\n", srv_err_text(out->err));
		return EXIT_UNREACHED;
	}
	if (fwrite(buf_str(out), 1, out->len, stdout) != out->len || fflush(stdout) != 0) {
		fprintf(stderr, "srvctl: the result cannot be written: %s\n", strerror(errno));
		return EXIT_UNREACHED;
	}
	return EXIT_DONE;
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

static int
show(const struct options *o, const struct result *r)
{
	const char *ticket = result_get(r, "ticket");
	bool done = result_succeeded(r);
	struct buf out;
	int status;

	buf_init(&out, 0);
	if (o->format != PRINT_TEXT)
		print_result(&out, r, o->format);
	else if (done && o->command->operation == CALL_LOGIN && ticket != NULL)
		buf_printf(&out, "%s\n", ticket);
	else if (done)
		print_result(&out, r, PRINT_TEXT);
	if (o->format == PRINT_TEXT && done && out.len == 0 && o->command->said != NULL)
		buf_printf(&out, "%s\n", o->command->said);
	status = give(&out);
	buf_fini(&out);
	if (!done) {
		const char *error = result_get(r, "error");
		complain(NULL, error != NULL ? error : "the service reported a failure");
		return EXIT_REFUSED;
	}
	return status;
}

static int
run(const struct options *o)
{
	struct call c = {.url = o->url,
	    .tmo_s = o->tmo_s,
	    .operation = o->command->operation,
	    .ticket = o->ticket,
	    .uid = o->user,
	    .language = o->language};
	char pwd[PWD_MAX + 1], *escaped = NULL;
	struct result *result = NULL;
	struct srv_reason why;
	enum srv_err err;
	int status = EXIT_UNREACHED;

	if (c.operation == CALL_LOGIN) {
		if (secret_read("Password: ", pwd, sizeof pwd, &why) != SRV_OK) {
			complain(NULL, why.text);
			return EXIT_USAGE;
		}
		if (check_text("the password", pwd) != EXIT_DONE) {
			explicit_bzero(pwd, sizeof pwd);
			return EXIT_USAGE;
		}
		c.pwd = pwd;
	}
	err = call_run(&c, &escaped, &why);
	if (c.pwd != NULL)
		explicit_bzero(pwd, sizeof pwd);
	if (err == SRV_OK)
		err = result_parse_text(escaped, &result, &why);
	if (err == SRV_OK) {
		status = show(o, result);
	} else {
		complain(o->url, why.text);
		if (err == SRV_ECORRUPT)
			status = EXIT_REFUSED; /* a fault is an answer */
	}
	result_free(&result);
	free(escaped);
	return status;
}

int
main(int argc, char **argv)
{
	struct options o = {.url = URL_DEFAULT, .ticket = getenv("SRV_TICKET"), .tmo_s = TIMEOUT_DEFAULT_S};
	bool over;
	int status = read_options(argc, argv, &o, &over);

	return over ? status : run(&o);
}
