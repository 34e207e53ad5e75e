/* HTTP as bytes on a socket: a connection, what is sent exactly as written, and a strict reader of answers.
 * Nothing asserts here, so the stress tests may call from any thread; a connection belongs to one. */
#ifndef SRV_WIRE_HTTP_H
#define SRV_WIRE_HTTP_H

#include "harness.h"

struct wire_conn;

/* NULL if nobody listens. from: the address to come from, any of 127.0.0.0/8, or NULL. Connections still
 * open are closed behind the test. */
struct wire_conn *wire_connect(const struct wire_srvd *);
struct wire_conn *wire_connect_from(const struct wire_srvd *, const char *from);
void wire_close(struct wire_conn *);
void wire_forget(struct wire_conn *); /* closes it and frees it, for a test with very many */
bool wire_send(struct wire_conn *, struct wire_bytes);
bool wire_send_text(struct wire_conn *, const char *);
void wire_end_sending(struct wire_conn *); /* shutdown(SHUT_WR) */

struct wire_answer {
	int minor; /* HTTP/1.minor */
	int status;
	const char *head; /* status line and fields, each ending in CR LF */
	const char *body; /* NUL behind it */
	size_t body_len;
};
/* The next answer, or NULL if the connection ended, stayed silent for WIRE_TMO_MS, or sent what is none.
 * head_only: it answers a HEAD. */
struct wire_answer *wire_read(struct wire_conn *, bool head_only);
/* The connection ends within tmo_ms with no further byte. */
bool wire_ends(struct wire_conn *, int tmo_ms);
/* No byte and no end for so long. */
bool wire_is_silent(struct wire_conn *, int ms);

/* A field's value, or NULL; its name in any case. */
const char *wire_field(const struct wire_answer *, const char *name);
bool wire_field_is(const struct wire_answer *, const char *name, const char *value);

/* One request's bytes. fields: further lines, each ending in CR LF, or NULL. A Host of the server's is
 * added; a Content-Length too unless body.p is NULL. */
struct wire_bytes wire_request(
    const struct wire_srvd *, const char *method, const char *target, const char *fields, struct wire_bytes body);
struct wire_bytes wire_get(const struct wire_srvd *, const char *target, const char *fields);
extern const struct wire_bytes wire_no_body;
/* The body in chunks of so many bytes, with the last chunk. */
struct wire_bytes wire_chunks(struct wire_bytes body, size_t chunk);

/* One request on a connection of its own. */
struct wire_answer *wire_ask(const struct wire_srvd *, struct wire_bytes request);
struct wire_answer *wire_ask_text(const struct wire_srvd *, const char *request);

void wire_http_close_all(void); /* for the teardown */

#endif
