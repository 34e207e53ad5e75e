/* The connection layer: listeners, worker threads with one event loop each, framing, limits, deadlines,
 * and the orderly end. The only folder, with srvd/, that knows libevent.
 * Thread: the main thread; signals belong to the caller. */
#ifndef SRV_NET_SERVER_H
#define SRV_NET_SERVER_H

#include "../base/conf.h"
#include "../endpoint/endpoint.h"
#include "tls.h"

struct server;

/* Reads the certificates, if there is a conf->listen_tls; binds every address of conf->listen, conf->listen_proxy and
 * conf->listen_tls (all of them or none; port 0 picks a free port), or takes the sockets that were handed down instead
 * (sd_listen_fds(3)). Callers may connect then, and wait. Keeps a reference to conf. Errors: as tls_new; SRV_EINVAL,
 * SRV_EBUSY (address in use), SRV_EIO, SRV_ENOMEM; why has the address. */
enum srv_err server_open(const struct conf *, struct server **out, struct srv_reason *why);
/* Starts the workers. If it cannot, nothing is left of the server, and the pointer is NULL. Errors: SRV_ENOMEM,
 * SRV_EIO, SRV_ELIMIT. */
enum srv_err server_start(struct server **, struct endpoint *, struct srv_reason *why);
/* What server_open would say of the certificates, without starting anything. */
enum srv_err server_check_tls(const struct conf *, struct srv_reason *why);
/* Has new connections use what the files hold now; those that are open go on with what they have. On failure nothing
 * changes. Without a conf->listen_tls nothing is done. Errors: as tls_new. */
enum srv_err server_reload_tls(struct server *, const struct tls_files *, struct srv_reason *why);
/* When the certificate stops being valid; only with a conf->listen_tls. */
wall_t server_tls_expires(const struct server *);
/* Another configuration, from the next connection and request on; listeners and workers stay as they were. A request
 * that is half there keeps the limits it began with; a deadline that is running ends no later than it would anew. */
void server_configure(struct server *, const struct conf *);
/* `http://127.0.0.1:8080` for each listener, `proxy+http://` where a PROXY header is awaited, `https://` where TLS is
 * spoken, for the log and for people; NULL past the last. */
const char *server_address(const struct server *, size_t i);
/* Has every loop come round since the last call, which asked them to? Asks again. */
bool server_responds(struct server *);
/* Stops accepting, answers every request received, closes idle connections, joins the workers; at most
 * drain_ms, then what is left is cut off. Returns how many were. NULLs the pointer. */
int server_stop(struct server **, int drain_ms);

#endif
