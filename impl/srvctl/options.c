/* Why: what may stand on the command line, and what is wrong with what does, apart from what is done then.
 * Model: one table of commands, one of options; --help is made from them.
 * Callers: main(). */
#include "options.h"
#include "../base/text.h"
#include <getopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define URL_DEFAULT "http://localhost:8080/srv.asmx"
#define TIMEOUT_DEFAULT_S 60
#define TIMEOUT_MAX_S 3600
#define WATCH_DEFAULT_S 5
#define WATCH_MAX_S 86400

static const struct command commands[] = {
    {"login", "USER", "AuthenticateUser", false, REPORT_TICKET, NULL,
	"print a new ticket; the password comes from standard input or is asked for"},
    {"flush", NULL, "FlushApplicationCache", true, REPORT_FIELDS, "The application cache was loaded anew.",
	"have the service load its application cache anew"},
    {"info", NULL, "ServerInfo", false, REPORT_FIELDS, NULL, "show the server's version, time and licence"},
    {"jobs", NULL, "GetMaintenanceJobsStatus", true, REPORT_JOBS, NULL,
	"show the maintenance jobs and their last runs"},
    {"warehouse", NULL, "GetWarehouseStatus", true, REPORT_WAREHOUSE, NULL, "show the warehouse paths and disks"},
    {"valid", NULL, "isValidTicket", true, REPORT_FIELDS, NULL, "show whose ticket it is, and until when"},
    {"logout", NULL, "LogOut", true, REPORT_FIELDS, "The ticket has ended.", "end the ticket"},
};
#define COMMANDS (sizeof commands / sizeof *commands)

/* Letter, name, whether a value follows, its name, help. */
#define OPTIONS(X)                                                                                             \
	X('u', "url", required_argument, "URL", "address of the service (" URL_DEFAULT ")")                    \
	X('t', "ticket", required_argument, "TICKET", "the ticket to show; else the environment's SRV_TICKET") \
	X('o', "output", required_argument, "FORMAT", "text (the default), xml or json")                       \
	X('w', "watch", optional_argument, "[=SECONDS]", "with jobs: look again every 5 seconds, or so many")  \
	X('l', "language", required_argument, "LANG", "with login: the session's language")                    \
	X('s', "timeout", required_argument, "SECONDS", "how long to wait for the service (60)")               \
	X('S', "soap", required_argument, "VERSION", "1.1 (the default) or 1.2")                               \
	X('c', "ca", required_argument, "FILE",                                                                \
	    "https: who may have signed the server's certificate, instead of the system's")                    \
	X('d', "ca-path", required_argument, "DIRECTORY", "https: the same, a directory")                      \
	X('C', "certificate", required_argument, "FILE", "https: a certificate to show to the server")         \
	X('k', "key", required_argument, "FILE", "https: its private key, if that is in another file")         \
	X('i', "insecure", no_argument, NULL, "https: believe whoever answers")                                \
	X('h', "help", no_argument, NULL, "print this")                                                        \
	X('v', "version", no_argument, NULL, "print the version")

static void
usage(FILE *to)
{
	fputs("usage: srvctl [OPTION...] COMMAND\n\ncommands:\n", to);
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];
		fprintf(to, "  %s%s%-*s  %s\n", c->name, c->operand != NULL ? " " : "",
		    (int)(11 - strlen(c->name) - (c->operand != NULL)), c->operand != NULL ? c->operand : "", c->help);
	}
	fputs("\noptions:\n", to);
	static const struct {
		const char *name, *value, *help;
	} lines[] = {
#define X(letter, name, argument, value, help) {(name), (value), (help)},
	    OPTIONS(X)
#undef X
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		const char *value = lines[i].value != NULL ? lines[i].value : "";
		const char *between = *value != '\0' && *value != '[' ? " " : "";
		fprintf(to, "  --%s%s%-*s  %s\n", lines[i].name, between,
		    (int)(21 - strlen(lines[i].name) - strlen(between)), value, lines[i].help);
	}
	fputs("\nexit status: 0 done, 1 the service refused, 2 wrong usage, 3 the service could not be reached\n", to);
}

int
options_wrong(const char *what, const char *which)
{
	fprintf(
	    stderr, "srvctl: %s%s%s (see srvctl --help)\n", what, which != NULL ? " " : "", which != NULL ? which : "");
	return EXIT_USAGE;
}

static int
read_command(int argc, char **argv, struct options *o)
{
	if (argc == 0)
		return options_wrong("a command is missing", NULL);
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[0], commands[i].name) == 0)
			o->command = &commands[i];
	}
	if (o->command == NULL)
		return options_wrong("unknown command", argv[0]);
	if (o->command->operand != NULL) {
		if (argc < 2)
			return options_wrong("a user's name must follow", argv[0]);
		o->user = argv[1];
		argc--;
	}
	if (argc > 1)
		return options_wrong("too much on the command line:", argv[o->user != NULL ? 2 : 1]);
	return EXIT_DONE;
}

/* What goes into the request must be text that XML can carry. */
static int
check_text(const char *what, const char *value)
{
	if (value != NULL && !text_is_xml(value, strlen(value)))
		return options_wrong(what, "is no valid UTF-8 text");
	return EXIT_DONE;
}

static int
check(const struct options *o)
{
	const struct command *c = o->command;
	int status = check_text("the user's name", o->user);

	if (status == EXIT_DONE)
		status = check_text("the ticket", o->ticket);
	if (status == EXIT_DONE)
		status = check_text("the language", o->language);
	if (status != EXIT_DONE)
		return status;
	if (o->language != NULL && c->report != REPORT_TICKET)
		return options_wrong("--language is for login only, not for", c->name);
	if (o->watch_s != 0 && c->report != REPORT_JOBS)
		return options_wrong("--watch is for jobs only, not for", c->name);
	if (o->key != NULL && o->certificate == NULL)
		return options_wrong("--key needs --certificate", NULL);
	if (c->needs_ticket && (o->ticket == NULL || *o->ticket == '\0'))
		return options_wrong("a ticket is needed: give --ticket or set SRV_TICKET for", c->name);
	return EXIT_DONE;
}

/* Whole seconds from 1 to max. */
static int
read_seconds(const char *text, int max, int *out, const char *otherwise)
{
	int64_t seconds;

	if (!text_parse_int(text, 1, max, &seconds))
		return options_wrong(otherwise, text);
	*out = (int)seconds;
	return EXIT_DONE;
}

/* The word that getopt_long stumbled over. That is the one it is at, as long as there are letters behind the wrong one,
 * else the one before; and it must be no other, as that may be a ticket. */
static const char *
unknown(char **argv)
{
	const char *at = argv[optind];

	if (optopt != 0 && at != NULL && at[0] == '-' && at[1] != '-' && strchr(at + 1, optopt) != NULL)
		return at;
	return argv[optind - 1];
}

static int
read_option(int option, char **argv, struct options *o)
{
	static const struct {
		int letter;
		size_t offset;
	} texts[] = {{'u', offsetof(struct options, url)}, {'t', offsetof(struct options, ticket)},
	    {'l', offsetof(struct options, language)}, {'c', offsetof(struct options, ca_file)},
	    {'d', offsetof(struct options, ca_directory)}, {'C', offsetof(struct options, certificate)},
	    {'k', offsetof(struct options, key)}};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (texts[i].letter == option) {
			*(const char **)((char *)o + texts[i].offset) = optarg;
			return EXIT_DONE;
		}
	}
	switch (option) {
	case 'o':
		return print_format_parse(optarg, &o->format)
			   ? EXIT_DONE
			   : options_wrong("--output must be text, xml or json, not", optarg);
	case 's':
		return read_seconds(optarg, TIMEOUT_MAX_S, &o->tmo_s, "--timeout must be a number from 1 to 3600, not");
	case 'w':
		o->watch_s = WATCH_DEFAULT_S;
		return optarg == NULL ? EXIT_DONE
				      : read_seconds(optarg, WATCH_MAX_S, &o->watch_s,
					    "--watch must be a number from 1 to 86400, not");
	case 'S':
		o->soap = strcmp(optarg, "1.2") == 0 ? SRVCLIENT_SOAP_12 : SRVCLIENT_SOAP_11;
		return o->soap == SRVCLIENT_SOAP_12 || strcmp(optarg, "1.1") == 0
			   ? EXIT_DONE
			   : options_wrong("--soap must be 1.1 or 1.2, not", optarg);
	case 'i':
		o->insecure = true;
		return EXIT_DONE;
	case ':':
		return options_wrong("a value must follow", argv[optind - 1]);
	default:
		return options_wrong("unknown option", unknown(argv));
	}
}

int
options_read(int argc, char **argv, struct options *o, bool *over)
{
	static const struct option known[] = {
#define X(letter, name, argument, value, help) {(name), (argument), NULL, (letter)},
	    OPTIONS(X)
#undef X
		{0}};
	int option, status;

	*o = (struct options){.url = URL_DEFAULT, .ticket = getenv("SRV_TICKET"), .tmo_s = TIMEOUT_DEFAULT_S};
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
	if ((status = read_command(argc - optind, argv + optind, o)) != EXIT_DONE || (status = check(o)) != EXIT_DONE)
		return status;
	*over = false;
	return EXIT_DONE;
}
