/* Real proxies in front of the real srvd.
 *
 * They run the configurations of the README, so that these are known to work: only addresses and files are replaced,
 * each of which must be there. Where the tests run as root the proxies do not: they become nobody, in a directory that
 * is nobody's. A free port is found by binding one and letting it go, so a start is tried again if somebody else was
 * faster. Proxies are on a list, so that a failed test's are ended by its teardown. */
#define _GNU_SOURCE /* setgroups */
#include "wire_via.h"
#include "wire_http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534
#define TRIES 5

static struct wire_proxy *running;

void
wire_via_announced(const struct wire_srvd *srv, struct wire_srvd *via)
{
	static const char mark[] = "listen address=proxy+http://127.0.0.1:";

	assert_true(wire_log_wait(srv, 0, mark));
	*via = *srv;
	via->port = (uint16_t)strtoul(strstr(wire_log_text(srv), mark) + sizeof mark - 1, NULL, 10);
	assert_true(via->port != 0);
	snprintf(via->host, sizeof via->host, "127.0.0.1:%u", via->port);
}

/* ---- the README's configurations ---- */

const char *
wire_readme_block(const char *language, int n)
{
	const char *top = getenv("SRV_TOP"), *text, *at, *end;
	const char *fence = wire_printf("\n```%s\n", language);

	text = wire_file_read(wire_printf("%s/README.md", top != NULL && *top != '\0' ? top : "."), NULL);
	assert_non_null(text);
	at = strstr(text, "\n## Behind a proxy\n");
	assert_non_null(at);
	end = strstr(at + 1, "\n## ");
	assert_non_null(end);
	at = strstr(at, fence);
	while (n-- > 0 && at != NULL)
		at = strstr(at + 1, fence);
	if (at == NULL || at > end)
		fail_msg("the README shows no such %s configuration", language);
	at += strlen(fence);
	end = strstr(at, "\n```\n");
	assert_non_null(end);
	return wire_copy(at, (size_t)(end - at) + 1);
}

const char *
wire_put(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (at == NULL || strstr(at + 1, from) != NULL)
		fail_msg("\"%s\" is not there once: %s", from, text);
	return wire_printf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* ---- what a proxy needs ---- */

static void
give_away(const char *path)
{
	if (geteuid() == 0)
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
}

/* A directory whose parents nobody can pass, too. */
static void
make_dir(struct wire_proxy *p)
{
	const char *tmp = getenv("TMPDIR");
	char path[96];

	if (tmp == NULL || *tmp != '/' || strlen(tmp) > 60)
		tmp = "/tmp";
	snprintf(path, sizeof path, "%s", tmp);
	for (char *slash = path + strlen(path); slash != path; slash = strrchr(path, '/')) {
		struct stat st;

		*slash = '\0';
		if (*path != '\0' && (stat(path, &st) != 0 || (st.st_mode & S_IXOTH) == 0))
			tmp = "/tmp";
	}
	snprintf(p->dir, sizeof p->dir, "%s/srv-proxy-XXXXXX", tmp);
	assert_non_null(mkdtemp(p->dir));
	give_away(p->dir);
}

static const char *
in_dir(const struct wire_proxy *p, const char *name)
{
	return wire_printf("%s/%s", p->dir, name);
}

static void
write_file(const struct wire_proxy *p, const char *name, const char *text)
{
	const char *path = in_dir(p, name);

	assert_true(wire_file_write(path, text, strlen(text)));
	give_away(path);
}

/* A key and a certificate for the public name, signed by itself, in one file. */
static void
make_certificate(const struct wire_proxy *p)
{
	const char *key = in_dir(p, "key.pem"), *cert = in_dir(p, "cert.pem");
	const char *argv[] = {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
	    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj",
	    "/CN=" WIRE_PUBLIC_NAME, "-addext", "subjectAltName=DNS:" WIRE_PUBLIC_NAME, NULL};
	struct wire_output o = wire_run(NULL, argv);

	if (o.status != 0)
		fail_msg("openssl: %s", o.err);
	write_file(p, "dms.pem", wire_printf("%s%s", wire_file_read(cert, NULL), wire_file_read(key, NULL)));
}

static uint16_t
free_port(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof sa;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof sa), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	close(fd);
	return ntohs(sa.sin_port);
}

/* ---- its life ---- */

/* Between fork and exec. The order matters: losing privileges takes the death signal back. */
static void
become(const char *const argv[], char *const env[], const char *dir, int log)
{
	int null = open("/dev/null", O_RDONLY);

	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		_exit(126);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir(dir) != 0 || dup2(null, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0)
		_exit(126);
	execve(argv[0], (char *const *)(uintptr_t)argv, env);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static bool
listens(const struct wire_proxy *p)
{
	struct wire_srvd there = {.port = p->port};
	struct wire_conn *c = wire_connect(&there);

	wire_close(c);
	return c != NULL;
}

/* False if it ended before it listened. */
static bool
run(struct wire_proxy *p, const char *const argv[])
{
	int log = open(in_dir(p, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char **env = wire_environment(NULL);
	int64_t until = wire_now_ms() + WIRE_TMO_MS;

	assert_true(log >= 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0)
		become(argv, env, p->dir, log);
	close(log);
	while (!listens(p)) {
		if (waitpid(p->pid, NULL, WNOHANG) != 0) {
			p->pid = 0;
			return false;
		}
		if (wire_now_ms() > until)
			fail_msg("%s does not listen: %s", p->name, wire_file_read(in_dir(p, "log"), NULL));
		wire_rest_ms(10);
	}
	return true;
}

static void
prepare(struct wire_proxy *p, const char *name)
{
	memset(p, 0, sizeof *p);
	p->name = name;
	p->next = running;
	running = p;
	make_dir(p);
	make_certificate(p);
}

static void
pick_port(struct wire_proxy *p)
{
	p->port = free_port();
	snprintf(p->public, sizeof p->public, "https://" WIRE_PUBLIC_NAME ":%u", p->port);
}

static void
cannot_start(const struct wire_proxy *p)
{
	fail_msg("%s does not start: %s", p->name, wire_file_read(in_dir(p, "log"), NULL));
}

void
wire_proxy_nginx(struct wire_proxy *p, const char *block, const char *backend)
{
	prepare(p, "nginx");
	block = wire_put(block, "server 127.0.0.1:8080;", wire_printf("server %s;", backend));
	block = wire_put(
	    block, "ssl_certificate /etc/ssl/dms.pem;", wire_printf("ssl_certificate %s/dms.pem;", p->dir));
	block = wire_put(
	    block, "ssl_certificate_key /etc/ssl/dms.key;", wire_printf("ssl_certificate_key %s/dms.pem;", p->dir));
	for (int i = 0; i < TRIES; i++) {
		const char *argv[] = {"/usr/sbin/nginx", "-e", "stderr", "-p", p->dir, "-c", in_dir(p, "conf"), NULL};

		pick_port(p);
		write_file(p, "conf",
		    wire_printf("daemon off;\nmaster_process off;\nworker_processes 1;\npid nginx.pid;\n"
				"error_log stderr;\nevents { worker_connections 512; }\nhttp {\naccess_log off;\n"
				"client_body_temp_path body;\nproxy_temp_path proxy;\nfastcgi_temp_path fastcgi;\n"
				"uwsgi_temp_path uwsgi;\nscgi_temp_path scgi;\n%s}\n",
			wire_put(block, "listen 443 ssl;", wire_printf("listen 127.0.0.1:%u ssl;", p->port))));
		if (run(p, argv))
			return;
	}
	cannot_start(p);
}

void
wire_proxy_haproxy(struct wire_proxy *p, const char *block, const char *backend)
{
	prepare(p, "haproxy");
	block = wire_put(block, strstr(block, "mode tcp") != NULL ? "127.0.0.1:8081" : "127.0.0.1:8080", backend);
	block = wire_put(block, "crt /etc/ssl/dms.pem", wire_printf("crt %s/dms.pem", p->dir));
	for (int i = 0; i < TRIES; i++) {
		const char *argv[] = {"/usr/sbin/haproxy", "-db", "-f", in_dir(p, "conf"), NULL};

		pick_port(p);
		write_file(p, "conf",
		    wire_printf("global\n    maxconn 200\n    nbthread 1\ndefaults\n    timeout connect 10s\n"
				"    timeout client 60s\n    timeout server 60s\n%s",
			wire_put(block, "bind :443 ", wire_printf("bind 127.0.0.1:%u ", p->port))));
		if (run(p, argv))
			return;
	}
	cannot_start(p);
}

void
wire_proxy_stop(struct wire_proxy *p)
{
	struct wire_proxy **at = &running;

	while (*at != NULL && *at != p)
		at = &(*at)->next;
	if (*at != NULL)
		*at = p->next;
	if (p->pid > 0) {
		kill(p->pid, SIGTERM);
		for (int64_t until = wire_now_ms() + WIRE_TMO_MS; waitpid(p->pid, NULL, WNOHANG) == 0;) {
			if (wire_now_ms() > until)
				kill(p->pid, SIGKILL);
			wire_rest_ms(5);
		}
	}
	p->pid = 0;
	if (p->dir[0] != '\0') {
		const char *argv[] = {"/bin/rm", "-rf", p->dir, NULL};

		wire_run(NULL, argv);
	}
	p->dir[0] = '\0';
}

static void
stop_all(bool shared)
{
	struct wire_proxy *p = running, *next;

	for (; p != NULL; p = next) {
		next = p->next;
		if (p->shared == shared)
			wire_proxy_stop(p);
	}
}

int
wire_via_teardown(void **state)
{
	stop_all(false);
	return wire_teardown(state);
}

int
wire_via_group_teardown(void **state)
{
	stop_all(true);
	return wire_group_teardown(state);
}

/* ---- a caller ---- */

const char *
wire_curl(const struct wire_proxy *p, const char *from, ...)
{
	const char *argv[48] = {"/usr/bin/curl", "-sS", "--max-time", "30", "--cacert", in_dir(p, "cert.pem"),
	    "--resolve", wire_printf(WIRE_PUBLIC_NAME ":%u:127.0.0.1", p->port), "--interface", from};
	size_t n = 10;
	const char *arg;
	va_list ap;

	va_start(ap, from);
	while ((arg = va_arg(ap, const char *)) != NULL) {
		assert_true(n + 1 < sizeof argv / sizeof *argv);
		argv[n++] = *arg == '/' ? wire_printf("%s%s", p->public, arg) : arg;
	}
	va_end(ap);
	struct wire_output o = wire_run(NULL, argv);
	if (o.status != 0)
		fail_msg("%s: curl ends with %d: %s%s; the proxy says %s", p->name, o.status, o.err, o.out,
		    wire_file_read(in_dir(p, "log"), NULL));
	return o.out;
}
