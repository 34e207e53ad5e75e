/* srvadm: the store's local administration. It works on the file itself and needs no running service; if
 * one runs on the same file, both go on, and SQLite keeps them apart.
 *
 * This file takes the command line apart, by one table of commands and one of options, opens the store and
 * calls the command. Single-threaded. */
#include "srvadm.h"

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATABASE_DEFAULT "/var/lib/srv/srv.db" /* srvd's, too */

enum { OPT_FIRST_NAME = 1, OPT_LAST_NAME = 2, OPT_EMAIL = 4, OPT_LANGUAGE = 8, OPT_ALL = 16 };
#define OPT_USER (OPT_FIRST_NAME | OPT_LAST_NAME | OPT_EMAIL | OPT_LANGUAGE)

enum { NOT = -1, ALL = 1000 };

static const struct command {
	const char *words[2]; /* the second may be NULL */
	int min, max;         /* arguments that follow; max -1: any number */
	unsigned options;     /* those it takes besides --database */
	int told;             /* NOT, or how many of its arguments the audit tells at most */
	int (*run)(struct adm *);
	const char *usage, *help;
} commands[] = {
    {{"init", NULL}, 0, 0, 0, ALL, adm_init, "", "make the store; one that exists is left as it is"},
    {{"user", "add"}, 1, 1, OPT_USER, ALL, adm_user_add,
	"NAME [--first-name TEXT] [--last-name TEXT] [--email TEXT] [--language TAG]",
	"add a user; the password is one line of standard input"},
    {{"user", "passwd"}, 1, 1, 0, ALL, adm_user_passwd, "NAME", "set a password, and end the user's tickets"},
    {{"user", "enable"}, 1, 1, 0, ALL, adm_user_enable, "NAME", "let a user log in again"},
    {{"user", "disable"}, 1, 1, 0, ALL, adm_user_disable, "NAME", "refuse a user's logins and tickets"},
    {{"user", "allow-tickets"}, 1, 1, 0, ALL, adm_user_allow_tickets, "NAME", "let a user have tickets again"},
    {{"user", "deny-tickets"}, 1, 1, 0, ALL, adm_user_deny_tickets, "NAME",
	"give a user no more tickets; those that there are live on"},
    {{"user", "list"}, 0, 0, 0, NOT, adm_user_list, "", "list the users with their permissions"},
    {{"grant", NULL}, 2, -1, 0, ALL, adm_grant, "NAME PERMISSION...", "give a user permissions"},
    {{"revoke", NULL}, 2, -1, 0, ALL, adm_revoke, "NAME PERMISSION...", "take permissions from a user"},
    {{"ticket", "list"}, 0, 0, 0, NOT, adm_ticket_list, "", "list the tickets"},
    {{"ticket", "revoke"}, 0, 1, OPT_ALL, ALL, adm_ticket_revoke, "USER | --all",
	"end the tickets of a user, or of all"},
    {{"setting", "get"}, 1, 1, 0, NOT, adm_setting_get, "NAME", "print a setting's value"},
    {{"setting", "set"}, 2, 2, 0, 1, adm_setting_set, "NAME VALUE", "set a setting"},
    {{"setting", "list"}, 0, 0, 0, NOT, adm_setting_list, "", "list the settings"},
    {{"warehouse", "set"}, 2, 2, 0, ALL, adm_warehouse_set, "NO PATH", "set the path of warehouse 0 to 99"},
    {{"warehouse", "list"}, 0, 0, 0, NOT, adm_warehouse_list, "", "list the warehouse paths"},
    {{"backup", NULL}, 1, 1, 0, ALL, adm_backup, "FILE", "copy the store, whole, while it is in use"},
    {{"check", NULL}, 0, 0, 0, NOT, adm_check, "", "check the whole store for damage"},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static const struct option {
	const char *name;
	unsigned bit; /* 0: any command */
	bool takes_value;
} options[] = {
    {"--database", 0, true},
    {"--first-name", OPT_FIRST_NAME, true},
    {"--last-name", OPT_LAST_NAME, true},
    {"--email", OPT_EMAIL, true},
    {"--language", OPT_LANGUAGE, true},
    {"--all", OPT_ALL, false},
    {"--help", 0, false},
    {"--version", 0, false},
};
#define OPTIONS (sizeof options / sizeof options[0])

struct line {
	struct adm adm;
	unsigned options;  /* bits of those given */
	const char **word; /* what is no option */
	int word_count;
	bool help, version;
};

static char said[512];

static void
say(const char *fmt, va_list args)
{
	vsnprintf(said, sizeof said, fmt, args);
	fprintf(stderr, "srvadm: %s\n", said);
}

const char *
adm_said(void)
{
	return said;
}

int
adm_failed(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	return ADM_FAILED;
}

int
adm_usage(const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	say(fmt, args);
	va_end(args);
	return ADM_USAGE;
}

int
adm_store_failed(const struct adm *a, enum srv_err err, const struct srv_reason *why)
{
	const char *reason = why != NULL && why->text[0] != '\0' ? why->text : NULL;
	if (reason == NULL && err == SRV_EBUSY)
		reason = "another process holds a lock on the file";
	return adm_failed("%s: %s", a->database, reason != NULL ? reason : srv_err_text(err));
}

void
adm_print_field(const char *text, char after)
{
	if (*text == '\0')
		putchar('-');
	for (const char *p = text; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		/* U+0080 to U+009F, which some terminals obey */
		if (c == 0xc2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] <= 0x9f)
			printf("\\x%02x", (unsigned)(unsigned char)*++p);
		else if (c == '\\')
			fputs("\\\\", stdout);
		else if (c == '\n')
			fputs("\\n", stdout);
		else if (c == '\t')
			fputs("\\t", stdout);
		else if (c < 0x20 || c == 0x7f)
			printf("\\x%02x", (unsigned)c);
		else
			putchar(c);
	}
	if (after != '\0')
		putchar(after);
}

int
adm_user_find(const struct adm *a, const char *name, struct store_user *out)
{
	enum srv_err err = store_user_find(a->store, name, out);
	if (err == SRV_ENOENT)
		return adm_failed("there is no user %s", name);
	return err == SRV_OK ? ADM_OK : adm_store_failed(a, err, NULL);
}

bool
adm_is_plain(const char *text, size_t max)
{
	size_t len = strlen(text);
	if (len > max || !text_is_xml(text, len))
		return false;
	for (const char *p = text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	return true;
}

bool
adm_is_language(const char *text)
{
	size_t group = 0;
	bool first = true;
	if (strlen(text) > 35)
		return false;
	for (const char *p = text;; p++) {
		char c = text_lower(*p);
		if ((c >= 'a' && c <= 'z') || (!first && c >= '0' && c <= '9'))
			group++;
		else if (c == '-' || c == '\0') {
			if (group < (first ? 2 : 1) || group > 8)
				return false;
			if (c == '\0')
				return true;
			first = false;
			group = 0;
		} else
			return false;
	}
}

void
adm_hint_flush(void)
{
	fputs("A running service sees this after FlushApplicationCache (srvctl flush) or SIGHUP.\n", stderr);
}

static void
usage_print(void)
{
	puts("Usage: srvadm [--database FILE] COMMAND\n\nThe store's local administration.\n\nCommands:");
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];
		printf("  %s%s%s%s%s\n        %s\n", c->words[0], c->words[1] != NULL ? " " : "",
		    c->words[1] != NULL ? c->words[1] : "", c->usage[0] != '\0' ? " " : "", c->usage, c->help);
	}
	puts("\nOptions:\n"
	     "  --database FILE   the store; default $SRVD_DATABASE, else " DATABASE_DEFAULT "\n"
	     "  --help            show this\n"
	     "  --version         show the version\n"
	     "  --                what follows is no option\n"
	     "\nExit status: 0 done, 1 it could not be done, 2 the command line is wrong.");
}

static int
option_take(struct line *l, const struct option *o, const char *value)
{
	if (strcmp(o->name, "--help") == 0)
		l->help = true;
	else if (strcmp(o->name, "--version") == 0)
		l->version = true;
	else if (strcmp(o->name, "--database") == 0)
		l->adm.database = value;
	else if (o->bit == OPT_ALL)
		l->adm.all = true;
	else if (o->bit == OPT_FIRST_NAME)
		l->adm.first_name = value;
	else if (o->bit == OPT_LAST_NAME)
		l->adm.last_name = value;
	else if (o->bit == OPT_EMAIL)
		l->adm.email = value;
	else
		l->adm.language = value;
	l->options |= o->bit;
	return ADM_OK;
}

/* Options may stand anywhere; `--` ends them. */
static int
line_read(struct line *l, int argc, const char *const argv[])
{
	bool ended = false;
	for (int i = 1; i < argc; i++) {
		const char *arg = argv[i], *value = NULL;
		const struct option *o = NULL;
		size_t name_len = strcspn(arg, "=");
		if (ended || arg[0] != '-' || arg[1] == '\0') {
			l->word[l->word_count++] = arg;
			continue;
		}
		if (strcmp(arg, "--") == 0) {
			ended = true;
			continue;
		}
		for (size_t k = 0; k < OPTIONS && o == NULL; k++)
			if (strlen(options[k].name) == name_len && strncmp(options[k].name, arg, name_len) == 0)
				o = &options[k];
		if (o == NULL)
			return adm_usage("unknown option %.*s; see srvadm --help", (int)name_len, arg);
		if (arg[name_len] == '=')
			value = arg + name_len + 1;
		if (!o->takes_value && value != NULL)
			return adm_usage("option %s takes no value", o->name);
		if (o->takes_value && value == NULL && ++i < argc)
			value = argv[i];
		if (o->takes_value && (value == NULL || (o->bit == 0 && value[0] == '\0')))
			return adm_usage("option %s needs a value", o->name);
		option_take(l, o, value);
	}
	return ADM_OK;
}

static const struct command *
command_find(const struct line *l, bool *first_known)
{
	*first_known = false;
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *c = &commands[i];
		if (strcmp(c->words[0], l->word[0]) != 0)
			continue;
		*first_known = true;
		if (c->words[1] == NULL || (l->word_count > 1 && strcmp(c->words[1], l->word[1]) == 0))
			return c;
	}
	return NULL;
}

static int
command_choose(const struct line *l, const struct command **out)
{
	bool first_known = false;
	if (l->word_count == 0)
		return adm_usage("no command is given; see srvadm --help");
	const struct command *c = command_find(l, &first_known);
	if (c == NULL && !first_known)
		return adm_usage("unknown command %s; see srvadm --help", l->word[0]);
	if (c == NULL && l->word_count == 1)
		return adm_usage("%s needs another word; see srvadm --help", l->word[0]);
	if (c == NULL)
		return adm_usage("unknown command %s %s; see srvadm --help", l->word[0], l->word[1]);
	int words = c->words[1] != NULL ? 2 : 1, count = l->word_count - words;
	const char *second = c->words[1] != NULL ? c->words[1] : "", *blank = c->words[1] != NULL ? " " : "";
	if (count < c->min || (c->max >= 0 && count > c->max))
		return adm_usage(
		    "usage: srvadm %s%s%s%s%s", c->words[0], blank, second, c->usage[0] != '\0' ? " " : "", c->usage);
	for (size_t k = 0; k < OPTIONS; k++)
		if ((options[k].bit & l->options & ~c->options) != 0)
			return adm_usage(
			    "option %s does not go with %s%s%s", options[k].name, c->words[0], blank, second);
	*out = c;
	return ADM_OK;
}

static int
with_store(struct adm *a, const struct command *c)
{
	struct srv_reason why = {{0}};
	if (c->run != adm_init) {
		enum srv_err err = store_open(a->database, false, 1, &a->store, &why);
		if (err != SRV_OK)
			return adm_store_failed(a, err, &why);
	}
	int status = c->run(a);
	store_close(&a->store);
	return status;
}

static int
command_run(struct line *l, const struct command *c)
{
	struct adm *a = &l->adm;
	int words = c->words[1] != NULL ? 2 : 1;
	mono_t began = clock_mono();
	char name[32];
	a->arg = l->word + words;
	a->arg_count = l->word_count - words;
	if (a->database == NULL)
		a->database = getenv("SRVD_DATABASE");
	if (a->database == NULL || a->database[0] == '\0')
		a->database = DATABASE_DEFAULT;
	int status = with_store(a, c);
	if (c->told != NOT) {
		snprintf(
		    name, sizeof name, "%s%s%s", c->words[0], words == 2 ? " " : "", words == 2 ? c->words[1] : "");
		adm_audit(a, name, a->arg_count < c->told ? a->arg_count : c->told, status, clock_mono().ms - began.ms);
	}
	return status;
}

int
main(int argc, char *argv[])
{
	struct line l = {0};
	const struct command *c = NULL;
	int status = ADM_FAILED;
	log_init(LOG_LEVEL_WARN);
	/* What is done is in the system's log before it is said, on a terminal, too. */
	setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
	l.word = calloc((size_t)argc + 1, sizeof *l.word);
	if (l.word == NULL)
		return adm_failed("%s", srv_err_text(SRV_ENOMEM));
	status = line_read(&l, argc, (const char *const *)argv);
	if (status == ADM_OK && l.help)
		usage_print();
	else if (status == ADM_OK && l.version)
		puts("srvadm " SRV_VERSION);
	else {
		if (status == ADM_OK)
			status = command_choose(&l, &c);
		if (c != NULL)
			status = command_run(&l, c);
	}
	free(l.word);
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && status == ADM_OK)
		status = adm_failed("the output cannot be written");
	return status;
}
