/* Operations in their four forms: requests made, answers taken apart and compared. */
#ifndef SRV_WIRE_CALL_H
#define SRV_WIRE_CALL_H

#include "wire_http.h"
#include "wire_xml.h"

enum wire_form { WIRE_SOAP11, WIRE_SOAP12, WIRE_GET, WIRE_POST, WIRE_FORMS };
extern const char *const wire_form_name[WIRE_FORMS];
#define WIRE_EACH_FORM(f) for (enum wire_form f = WIRE_SOAP11; f < WIRE_FORMS; f++)
#define WIRE_EACH_SOAP(f) for (enum wire_form f = WIRE_SOAP11; f <= WIRE_SOAP12; f++)

#define WIRE_NS "http://tempuri.org/"
#define WIRE_DECLARATION "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
#define WIRE_901 "[901]Session expired or Invalid ticket"
#define WIRE_921 "[921]Insufficient rights"
#define WIRE_900 "[900] Authentication failed"

/* ---- requests ---- */

/* `<Operation xmlns="http://tempuri.org/"><name>value</name>...</Operation>`; names and values end with NULL. */
const char *wire_op_xml(const char *op, ...);
/* The envelope of that version around header blocks (NULL: no Header) and the body's content. */
const char *wire_envelope(enum wire_form, const char *header, const char *body);
/* A SOAP request. action: the SOAPAction field's value, or that of action= in the content type, as it shall
 * stand there, quotes and all; NULL leaves it out. fields: further lines, or NULL. */
struct wire_bytes wire_soap(
    const struct wire_srvd *, enum wire_form, const char *action, const char *fields, struct wire_bytes body);
/* Any form; fields: further lines or NULL; names and values end with NULL. */
struct wire_bytes wire_call_request(const struct wire_srvd *, enum wire_form, const char *fields, const char *op, ...);
struct wire_answer *wire_call(const struct wire_srvd *, enum wire_form, const char *op, ...);

/* ---- answers ---- */

/* The result element, or NULL with the reason in *why. Does not assert. */
struct wire_node *wire_result_of(enum wire_form, const char *op, const struct wire_answer *, const char **why);
struct wire_node *wire_result(enum wire_form, const char *op, const struct wire_answer *); /* asserts */
/* Asserts that the answer is this result element: byte for byte in GET and POST, the whole envelope as a tree
 * in SOAP; with the right content type and the fields that every operation's answer carries. */
void wire_expect(enum wire_form, const char *op, const struct wire_answer *, const char *element);
void wire_expect_error(enum wire_form, const char *op, const struct wire_answer *, const char *text);
const char *wire_result_name(const char *op); /* root or response */

/* Asserts a fault of that version's shape. status 0: 400 or 500. code: Client, Server, MustUnderstand or
 * VersionMismatch, also for 1.2, where the first two are called otherwise. reason: exact, or NULL. */
void wire_expect_fault(enum wire_form, const struct wire_answer *, int status, const char *code, const char *reason);
/* Asserts a plain answer of that status; kept or closed is what the Connection field says. */
void wire_expect_plain(const struct wire_answer *, int status);

/* ---- what many tests do ---- */

const char *wire_login(const struct wire_srvd *, const char *uid, const char *pwd);     /* the ticket; asserts */
const char *wire_try_login(const struct wire_srvd *, const char *uid, const char *pwd); /* or NULL */
bool wire_ticket_works(const struct wire_srvd *, const char *ticket);                   /* asserts an answer */
const char *wire_server_name(const struct wire_srvd *);                                 /* ServerInfo's; asserts */
/* A copy without the values that differ between two calls: times, free space, tickets. Asserts that none was empty. */
char *wire_masked(const char *xml);
/* Asserts that a fresh connection gets a right ServerInfo. */
void wire_expect_alive(const struct wire_srvd *);
/* One request on a connection of its own. Asserts that there is an answer and that the connection is kept: the next
 * request on it is answered right. */
struct wire_answer *wire_ask_kept(const struct wire_srvd *, struct wire_bytes request);
/* The same, and that it is closed: the answer says so, no byte follows, and a fresh connection is served. */
struct wire_answer *wire_ask_closed(const struct wire_srvd *, struct wire_bytes request);
/* Asserts that since the log had this size (wire_log_size) nothing was changed and nobody was told no by an operation:
 * what does either has its line there before its answer. */
void wire_expect_nothing_ran(const struct wire_srvd *, size_t from);
/* How many lines of the log since then hold this text. */
size_t wire_log_count(const struct wire_srvd *, size_t from, const char *text);

#endif
