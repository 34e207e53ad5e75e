/* libsrvclient: the srv administration service, called from C. srvclient(3) is its manual.
 *
 *     struct srvclient *c;
 *     struct srvclient_login *login;
 *     enum srvclient_err err = srvclient_new("https://dms.example.com/srv.asmx", &c);
 *     ...
 *     err = srvclient_authenticate_user(c, "jsmith", password, &login);
 *     if (err == SRVCLIENT_OK)
 *             err = srvclient_flush_application_cache(c, login->ticket);
 *     if (err != SRVCLIENT_OK)
 *             fprintf(stderr, "%s\n", srvclient_text(c));
 *
 * What each operation takes and answers is in srvclient_results.h, which is made from the service's contract and
 * included here.
 *
 * Thread: a handle and what it lends belong to one thread at a time; different handles are independent. No signal is
 * raised (SIGPIPE neither), none is waited for, and no state of the process is changed.
 * Errors: on any but SRVCLIENT_OK outputs are untouched and nothing is left to free. */
#ifndef SRVCLIENT_H
#define SRVCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__ /* the library is made with everything else hidden */
#pragma GCC visibility push(default)
#endif

enum srvclient_err {
	SRVCLIENT_OK = 0,
	/* Wrong here. */
	SRVCLIENT_USAGE,  /* a URL, an option or a parameter that cannot be */
	SRVCLIENT_MEMORY, /* there is none left */
	/* There is no answer. A request may have arrived all the same. */
	SRVCLIENT_TRANSPORT, /* no connection, or it ended before the answer did */
	SRVCLIENT_TIMEOUT,   /* no connection, or no whole answer, in time */
	SRVCLIENT_TLS,       /* the server is not trusted, does not trust us, or a certificate's file is no good */
	/* There is one, but not of the service as it should be. */
	SRVCLIENT_HTTP,      /* an HTTP status other than 200, without a fault: srvclient_code has it */
	SRVCLIENT_MALFORMED, /* not HTTP, not XML, not SOAP, or not what the operation answers */
	SRVCLIENT_LIMIT,     /* too large or too deep */
	SRVCLIENT_FAULT,     /* a SOAP fault */
	/* The service answered that it will not; numbered as the service numbers it. */
	SRVCLIENT_REFUSED = 100,            /* without a number, or with one that is not here: srvclient_code */
	SRVCLIENT_LOGIN_FAILED = 900,       /* wrong user or password, or too many attempts */
	SRVCLIENT_TICKET_INVALID = 901,     /* missing, malformed, unknown or expired */
	SRVCLIENT_TICKET_NOT_ALLOWED = 902, /* the account may not have tickets */
	SRVCLIENT_NO_RIGHTS = 921,          /* a permission is missing */
	SRVCLIENT_RELOAD_FAILED = 990,      /* nothing was flushed: a source could not be loaded */
	SRVCLIENT_UNAVAILABLE = 991         /* for the time being */
};

/* The words for an error: a constant, for any thread. */
const char *srvclient_err_text(enum srvclient_err);
/* True if the service itself said no. */
bool srvclient_is_refusal(enum srvclient_err);
/* The library's version, a constant. */
const char *srvclient_version(void);

/* ---- a handle: one service, with connections that are kept open between calls ---- */

struct srvclient;

/* url is http:// or https://, in ASCII, without user, query and fragment; it is copied. Errors: SRVCLIENT_USAGE,
 * SRVCLIENT_MEMORY. Owns: *out is the caller's (srvclient_free). */
enum srvclient_err srvclient_new(const char *url, struct srvclient **out);
/* NULLs the caller's pointer; NULL in it is fine. */
void srvclient_free(struct srvclient **);

/* Options count from the next call on. Strings are copied; NULL is the default again. Errors, with srvclient_text:
 * SRVCLIENT_USAGE, SRVCLIENT_MEMORY. Files are opened when a connection is made, not before. */

/* How long connecting (name, TCP and TLS) and a whole call may take: milliseconds, 1 or more; 10,000 and 60,000. */
enum srvclient_err srvclient_set_timeouts(struct srvclient *, long connect_ms, long total_ms);
/* Who may have signed the server's certificate: a PEM file, a directory as of openssl-rehash(1), or both. The
 * system's authorities count only if neither is given. */
enum srvclient_err srvclient_set_ca(struct srvclient *, const char *file, const char *directory);
/* What we show if the server asks: PEM files; key NULL: it is in the certificate's file. It has no passphrase. */
enum srvclient_err srvclient_set_certificate(struct srvclient *, const char *certificate, const char *key);
/* true: whoever answers is believed to be the server. A password or ticket is then anybody's. */
enum srvclient_err srvclient_set_insecure(struct srvclient *, bool insecure);
/* Bytes of an answer, 1 KiB or more; 16 MiB. */
enum srvclient_err srvclient_set_answer_max(struct srvclient *, size_t bytes);

enum srvclient_soap { SRVCLIENT_SOAP_11, SRVCLIENT_SOAP_12 };
/* The version of SOAP, by default 1.1. */
enum srvclient_err srvclient_set_soap(struct srvclient *, enum srvclient_soap);

/* Of the last call or option, lent until the next one: what the service said, or why there is no answer; "" after
 * SRVCLIENT_OK. One line, but a service's text is as it came. */
const char *srvclient_text(const struct srvclient *);
/* The number in a refusal's text, or the HTTP status; 0 if there is none. */
int srvclient_code(const struct srvclient *);
/* The result element of the last call if it was answered, refusals included, as the service writes it in the GET form,
 * without a declaration; else NULL. Lent until the next call. */
const char *srvclient_xml(const struct srvclient *);

/* ---- results without knowing them: for programs that show whatever a service's contract names ---- */

enum srvclient_kind {
	SRVCLIENT_TEXT,      /* char *, NULL if it is absent */
	SRVCLIENT_INTEGER,   /* int64_t */
	SRVCLIENT_DECIMAL,   /* double */
	SRVCLIENT_BOOLEAN,   /* bool */
	SRVCLIENT_UTC_TIME,  /* time_t */
	SRVCLIENT_LOCAL_TIME /* struct tm, the server's wall clock; tm_isdst is -1 */
};
struct srvclient_field {
	const char *name; /* the attribute's, as the service spells it */
	enum srvclient_kind kind;
	bool required;
	size_t offset;     /* of the value in the structure */
	size_t has_offset; /* of the bool that says whether it is there; 0: none is needed */
};
struct srvclient_type;
struct srvclient_list {
	const char *wrapper; /* the element around the items, or NULL */
	const char *name;    /* an item's */
	const struct srvclient_type *item;
	size_t offset, count_offset; /* of the pointer to the first item, and of their number, a size_t */
};
struct srvclient_type {
	const char *name;
	size_t size; /* bytes; 0: the operation has nothing to say but that it succeeded */
	const struct srvclient_field *fields;
	size_t field_count;
	const struct srvclient_list *lists;
	size_t list_count;
};
struct srvclient_operation {
	const char *name;
	const char *documentation;
	const char *const *params; /* their names */
	size_t param_count;
	const struct srvclient_type *type;
};

/* NULL if there is none of that name, or not so many. */
const struct srvclient_operation *srvclient_operation(const char *name);
const struct srvclient_operation *srvclient_operation_at(size_t index);
/* params: as many as the operation has, each may be NULL. *out, which may not be NULL unless the type's size is 0, is
 * the caller's (srvclient_result_free), a structure of that type. */
enum srvclient_err srvclient_call(
    struct srvclient *, const struct srvclient_operation *, const char *const params[], void **out);
void srvclient_result_free(const struct srvclient_type *, void **result); /* NULLs the caller's pointer */

#include "srvclient_results.h"

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
