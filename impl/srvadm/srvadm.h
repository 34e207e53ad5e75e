/* What the files of srvadm share: the command line, taken apart, and the ways to end. A command is one
 * function; it prints to standard output what was asked for, one line on standard error if it fails, and
 * returns the exit status. For impl/srvadm only. Single-threaded. */
#ifndef SRV_SRVADM_H
#define SRV_SRVADM_H

#include "../base/err.h"
#include "../store/store.h"
#include <stdbool.h>

enum { ADM_OK = 0, ADM_FAILED = 1, ADM_USAGE = 2 };

struct adm {
	const char *database;
	struct store *store;    /* NULL for init, which opens it itself */
	const char *const *arg; /* what follows the command's words; borrowed */
	int arg_count;
	const char *first_name, *last_name, *email, *language; /* options; NULL: not given */
	bool all;
};

/* One line `srvadm: ...`; they return the status of the same name. */
int adm_failed(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int adm_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* The store refused: says so with its path. why may be NULL or empty. */
int adm_store_failed(const struct adm *, enum srv_err, const struct srv_reason *why);
/* Prints a field that may hold anything: controls and backslashes become \t \n \\ \xNN, so that a row
 * stays a line and a terminal is safe. Empty text is printed as `-`. after follows, unless it is NUL. */
void adm_print_field(const char *text, char after);
/* Finds a user by name and says so if there is none: ADM_OK, and the user is the caller's. */
int adm_user_find(const struct adm *, const char *name, struct store_user *out);
/* Text that a caller of the service will see: UTF-8, no control characters, at most max bytes. */
bool adm_is_plain(const char *text, size_t max);
/* `en`, `de-AT`: letters, then groups of letters and digits, at most 35 characters. */
bool adm_is_language(const char *text);
/* The last line of adm_failed or adm_usage, without its beginning. */
const char *adm_said(void);
/* Tells the system's log of a change, made or not (audit.c): its command, the first arg_count of its arguments, who,
 * where, what came of it, and how long it took. */
void adm_audit(const struct adm *, const char *command, int arg_count, int status, int64_t ms);
/* Says that a running service does not see the change yet. */
void adm_hint_flush(void);

/* Reads a password into *out (password.c): one line of standard input, or asked for twice on a terminal,
 * without echo. Judges it, as the password of the user whom the command names. The caller wipes it (text_wipe). */
int adm_password_read(const struct adm *, char **out);

/* ---- the commands ---- */
int adm_init(struct adm *); /* upkeep.c */
int adm_backup(struct adm *);
int adm_check(struct adm *);
int adm_user_add(struct adm *); /* user.c */
int adm_user_passwd(struct adm *);
int adm_user_enable(struct adm *);
int adm_user_disable(struct adm *);
int adm_user_allow_tickets(struct adm *);
int adm_user_deny_tickets(struct adm *);
int adm_user_list(struct adm *);
int adm_grant(struct adm *); /* permission.c */
int adm_revoke(struct adm *);
int adm_ticket_list(struct adm *); /* ticket.c */
int adm_ticket_revoke(struct adm *);
int adm_setting_get(struct adm *); /* setting.c */
int adm_setting_set(struct adm *);
int adm_setting_list(struct adm *);
int adm_warehouse_set(struct adm *);
int adm_warehouse_list(struct adm *);

#endif
