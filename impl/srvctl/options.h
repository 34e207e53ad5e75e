/* srvctl's command line. main.c includes this. */
#ifndef SRV_SRVCTL_OPTIONS_H
#define SRV_SRVCTL_OPTIONS_H

#include "print.h"
#include <stdbool.h>

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_UNREACHED };

enum report { REPORT_FIELDS, REPORT_TICKET, REPORT_JOBS, REPORT_WAREHOUSE };

struct command {
	const char *name, *operand; /* operand: what must follow, or NULL */
	const char *operation;      /* as the contract names it */
	bool needs_ticket;
	enum report report; /* how people get the result */
	const char *said;   /* to people, when the result has nothing to show */
	const char *help;
};

struct options {
	const char *url, *ticket, *language, *user;
	const char *ca_file, *ca_directory, *certificate, *key;
	bool insecure;
	enum print_format format;
	enum srvclient_soap soap;
	int tmo_s;
	int watch_s; /* seconds between two looks; 0: one look */
	const struct command *command;
};

/* EXIT_DONE with *o filled in; or *over is set, what there was to say is said, and the program ends with what is
 * returned. */
int options_read(int argc, char **argv, struct options *o, bool *over);

/* One line on standard error; returns EXIT_USAGE. which may be NULL. */
int options_wrong(const char *what, const char *which);

#endif
