/* Ways to srvd that lead through a proxy: its listener for announced connections, and real proxies with the
 * configurations that the README shows. All asserts. For the test's own thread. */
#ifndef SRV_WIRE_VIA_H
#define SRV_WIRE_VIA_H

#include "harness.h"

/* The same server, as wire_connect reaches it at its first listen_proxy address. */
void wire_via_announced(const struct wire_srvd *, struct wire_srvd *via);

/* The public name that the proxies' certificate is for. */
#define WIRE_PUBLIC_NAME "dms.example.com"

struct wire_proxy {
	const char *name; /* for messages */
	char dir[96];     /* everything of it lies here, owned by whom it runs as */
	char public[64];  /* https://dms.example.com:PORT */
	uint16_t port;
	pid_t pid;   /* 0: not running */
	bool shared; /* the group's, not the running test's */
	struct wire_proxy *next;
};

/* For cmocka: as wire_teardown and wire_group_teardown, with the proxies. */
#define WIRE_VIA_TEST(f) cmocka_unit_test_teardown(f, wire_via_teardown)
int wire_via_teardown(void **state);
int wire_via_group_teardown(void **state);

/* The n-th code block (from 0) of that language in the README's section "Behind a proxy". */
const char *wire_readme_block(const char *language, int n);
/* text with the one place where `from` stands replaced; it is there exactly once. */
const char *wire_put(const char *text, const char *from, const char *to);

/* Starts /usr/sbin/nginx or /usr/sbin/haproxy with the block, in which the addresses of the README are put right: where
 * it listens, where its certificate is, and srvd at backend (127.0.0.1:PORT). Not as root, in the foreground, ended
 * with us; waits until it listens. */
void wire_proxy_nginx(struct wire_proxy *, const char *block, const char *backend);
void wire_proxy_haproxy(struct wire_proxy *, const char *block, const char *backend);
void wire_proxy_stop(struct wire_proxy *);

/* curl through the proxy with TLS, its certificate verified, from that address of 127.0.0.0/8. The arguments end with
 * NULL; `/path` is a URL there. Gives what it wrote, having succeeded. */
const char *wire_curl(const struct wire_proxy *, const char *from, ...);

#endif
