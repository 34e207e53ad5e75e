/* srvd's configuration: one list of keys, from which the INI reader, the flags, the environment
 * variables, the defaults, --help and the check of the manual page follow. A key `base_path` is the flag
 * --base-path, the variable SRVD_BASE_PATH and the INI line `base_path = ...` (no section, or [srvd]).
 * A flag beats a variable, a variable beats the file, the file beats the default. */
#ifndef SRV_BASE_CONF_H
#define SRV_BASE_CONF_H

#include "err.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONF_MAX_FIELDS 1024 /* what max_fields may be at most */

/* LIST: may be given more than once; also separated by blanks or commas.
 * TEXT, INT(min, max), BOOL. A default of NULL for a TEXT is NULL.
 *   X(key, kind, default, min, max, help) */
#define CONF_KEYS(X)                                                                                                   \
	X(listen, LIST, "127.0.0.1:8080", 0, 0,                                                                        \
	    "ADDR:PORT to serve on; may be given more than once; port 0 picks a free one")                             \
	X(listen_proxy, LIST, "", 0, 0, "ADDR:PORT to serve on, for trusted proxies that send a PROXY header first")   \
	X(listen_tls, LIST, "", 0, 0, "ADDR:PORT to serve HTTPS on; given as listen is")                               \
	X(tls_certificate, TEXT, NULL, 0, 0, "certificate for listen_tls, with its chain: a PEM file")                 \
	X(tls_key, TEXT, NULL, 0, 0, "its private key: a PEM file that only its owner can read")                       \
	X(tls_client_ca, TEXT, NULL, 0, 0, "who must have signed each TLS caller's certificate: a PEM file")           \
	X(database, TEXT, "/var/lib/srv/srv.db", 0, 0, "the SQLite store")                                             \
	X(license, TEXT, "/etc/srv/license.xml", 0, 0, "the licence file")                                             \
	X(base_path, TEXT, "", 0, 0, "prefix in front of /srv.asmx, as /InfoRouter")                                   \
	X(public_url, TEXT, NULL, 0, 0, "address of the service as callers see it, for ?wsdl and ?disco")              \
	X(trusted_proxies, LIST, "", 0, 0, "addresses or networks of proxies that are believed who calls, and how")    \
	X(allowed_origins, LIST, "", 0, 0, "origins, besides our own, whose pages may call the service")               \
	X(result_element, TEXT, "documented", 0, 0, "documented, or response: every result element is named response") \
	X(invoke_forms, TEXT, "local", 0, 0,                                                                           \
	    "who gets forms on the pages: always, local (callers from this host) or off")                              \
	X(session_max_days, INT, "90", 0, 36500, "days a ticket lives at most from its login; 0 is no cap")            \
	X(session_idle_days, INT, "30", 1, 3650, "days a ticket lives from its last use")                              \
	X(workers, INT, "0", 0, 256, "event loops; 0 is one for each processor")                                       \
	X(pool_threads, INT, "4", 1, 64, "threads for what may block")                                                 \
	X(pool_queue, INT, "64", 1, 65536, "slow jobs that may wait")                                                  \
	X(login_queue, INT, "16", 1, 65536, "logins that may wait for their password to be hashed")                    \
	X(jobs, BOOL, "true", 0, 0, "run the maintenance jobs")                                                        \
	X(job_log_days, INT, "90", 1, 36500, "days a row of maintenance_job_log is kept")                              \
	X(log_level, TEXT, "info", 0, 0, "error, warn, info or debug")                                                 \
	X(log_format, TEXT, "text", 0, 0, "text, or json: an object a line")                                           \
	X(drain_timeout, INT, "30", 0, 3600, "seconds that SIGTERM waits for requests in flight")                      \
	X(user, TEXT, NULL, 0, 0, "whom srvd becomes when root starts it; without it srv, or nobody")                  \
	X(sandbox, TEXT, "best-effort", 0, 0, "on, best-effort or off: forbid calls and files that serving takes not") \
	X(core_dumps, BOOL, "false", 0, 0, "a crash may leave a core, with all secrets in it")                         \
	X(max_request_line, INT, "8192", 64, 1048576, "bytes of a request line")                                       \
	X(max_field_line, INT, "8192", 64, 1048576, "bytes of one header field line")                                  \
	X(max_head, INT, "16384", 256, 4194304, "bytes of a whole request head")                                       \
	X(max_fields, INT, "64", 1, CONF_MAX_FIELDS, "header fields of a request")                                     \
	X(max_body, INT, "65536", 1, 1073741824, "bytes of a request body")                                            \
	X(max_chunks, INT, "1024", 1, 1048576, "chunks of a chunked body")                                             \
	X(max_trailers, INT, "1024", 0, 1048576, "bytes of trailer fields")                                            \
	X(max_pipelined, INT, "65536", 0, 16777216, "bytes read ahead of the request being answered")                  \
	X(max_requests, INT, "10000", 1, 1000000000, "requests a connection")                                          \
	X(max_connections, INT, "20000", 1, 1000000, "connections")                                                    \
	X(max_connections_per_address, INT, "1000", 1, 1000000, "connections from one address")                        \
	X(tls_handshake_timeout, INT, "5", 1, 3600, "seconds until a TLS handshake is complete")                       \
	X(head_timeout, INT, "10", 1, 3600, "seconds until a request head is complete")                                \
	X(body_timeout, INT, "10", 1, 3600, "seconds until a request body is complete")                                \
	X(answer_timeout, INT, "10", 1, 3600, "seconds until an answer is taken")                                      \
	X(idle_timeout, INT, "60", 1, 86400, "seconds a connection may wait for its next request")                     \
	X(xml_max_depth, INT, "16", 4, 256, "levels of XML elements")                                                  \
	X(xml_max_elements, INT, "256", 4, 65536, "elements of a SOAP request")                                        \
	X(xml_max_attributes, INT, "128", 4, 65536, "attributes of a SOAP request; 16 an element")                     \
	X(xml_max_namespaces, INT, "32", 4, 1024, "namespace declarations of a SOAP request")                          \
	X(xml_max_name, INT, "128", 32, 1024, "bytes of an XML name")                                                  \
	X(xml_max_attribute, INT, "1024", 64, 65536, "bytes of an XML attribute value")                                \
	X(max_parameter, INT, "4096", 64, 1048576, "bytes of a parameter, decoded")                                    \
	X(max_parameters, INT, "64", 2, 4096, "parameters of a form")

/* The keys that only a start reads: a reload that finds one of them changed can but say so. All others are read through
 * the configuration of the moment (conf_ref.h), and what a reload changes of them counts from the next connection or
 * request on.  X(key) */
#define CONF_FIXED_KEYS(X) \
	X(listen)          \
	X(listen_proxy)    \
	X(listen_tls)      \
	X(database)        \
	X(license)         \
	X(workers)         \
	X(pool_threads)    \
	X(pool_queue)      \
	X(login_queue)     \
	X(jobs)            \
	X(user)            \
	X(sandbox)         \
	X(core_dumps)

struct conf_list {
	char **item; /* owned strings */
	size_t count;
};

#define CONF_TYPE_TEXT char *
#define CONF_TYPE_INT int64_t
#define CONF_TYPE_BOOL bool
#define CONF_TYPE_LIST struct conf_list

struct conf {
#define X(key, kind, ...) CONF_TYPE_##kind key;
	CONF_KEYS(X)
#undef X
	char *config_file; /* what --config named, or NULL */
	bool test_config;  /* --test-config was given */
	bool print_config; /* --print-config */
	bool help;         /* --help */
	bool version;      /* --version */
	atomic_uint refs;  /* of conf_ref.h; conf_load gives the first */
};

/* Reads flags, environment and file into *out. Owns: *out is the caller's (conf_free) on SRV_OK.
 * Errors: SRV_EINVAL with one clear line in why (`srv.ini:12: unknown key "lisen"`, `unknown option
 * --lisen`, `SRVD_WORKERS: "x" is not a number from 0 to 256`); SRV_ENOENT if --config names no file,
 * SRV_EIO if it cannot be read; SRV_ENOMEM. env is an environ-like array. Cross-checks too (log_level, result_element,
 * base_path begins with / and does not end in one, public_url is http:// or https://, listen is ADDR:PORT). */
enum srv_err conf_load(int argc, char *const argv[], char *const env[], struct conf **out, struct srv_reason *why);
/* Gives up the caller's reference; the last one (conf_ref.h) frees it. */
void conf_free(struct conf **);
/* Writes a flag a line, each with its help text and default, for srvd --help. */
void conf_usage(FILE *);
/* Writes the effective configuration as INI lines. */
void conf_print(const struct conf *, FILE *);

#endif
