/* The real srvd as the wire tests need it: its life as a process, its files, its store.
 *
 * The store is made once by srvadm for a test program and copied for each server, because each password
 * costs an Argon2id hash. srvd logs into a file, which is read for the port it got, for what a test waits for
 * and, at the end, for the reports of a sanitizer. Every server that lives is on one list, so that the
 * teardown behind a failed test finds what it left running. All of this is for the test's main thread, but
 * for wire_try_sql. */
#define _GNU_SOURCE /* nftw, personality */
#include "harness.h"
#include "wire_crowd.h"
#include "wire_http.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static struct wire_srvd *servers;
static char template_dir[96];

/* ---- files ---- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
remove_template(void)
{
	remove_tree(template_dir);
}

static void
make_dir(char out[96])
{
	const char *tmp = getenv("TMPDIR");

	snprintf(out, 96, "%s/srv-wire-XXXXXX", tmp != NULL && strlen(tmp) < 70 ? tmp : "/tmp");
	umask(077); /* a store or licence that others may read is refused */
	assert_non_null(mkdtemp(out));
}

/* ---- programs ---- */

const char *
wire_program(const char *name)
{
	const char *build = getenv("SRV_BUILD");
	char whole[PATH_MAX]; /* so that it may be started elsewhere */

	if (build == NULL || *build == '\0')
		build = "build";
	return wire_printf("%s/%s", realpath(build, whole) != NULL ? whole : build, name);
}

static bool
begins_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

#define LISTEN_PID "LISTEN_PID="
#define LISTEN_PID_ROOM "LISTEN_PID=          "

/* Ours, without what would configure srvd behind the test's back, and with the server's time zone and what a supervisor
 * tells it. */
char **
wire_environment(const struct wire_srvd *srv)
{
	size_t n = 0, kept = 0;

	while (environ[n] != NULL)
		n++;
	char **env = wire_alloc((n + 7) * sizeof *env);
	for (size_t i = 0; i < n; i++) {
		bool ours = begins_with(environ[i], "SRVD_") || begins_with(environ[i], "SRV_TICKET=") ||
			    begins_with(environ[i], "LISTEN_") || begins_with(environ[i], "NOTIFY_SOCKET=") ||
			    begins_with(environ[i], "WATCHDOG_");

		if (!ours && !(srv != NULL && begins_with(environ[i], "TZ=")))
			env[kept++] = environ[i];
	}
	/* Who owns the test's files is who serves them. */
	if (geteuid() == 0 && !(srv != NULL && srv->drops_root))
		env[kept++] = wire_printf("SRVD_USER=root");
	/* Who is not root counts another process's descriptors only where that may be looked into. */
	if (geteuid() != 0)
		env[kept++] = wire_printf("SRVD_CORE_DUMPS=true");
	if (srv != NULL)
		env[kept++] = wire_printf("TZ=%s", srv->tz);
	if (srv != NULL && srv->notify_name != NULL)
		env[kept++] = wire_printf("NOTIFY_SOCKET=%s", srv->notify_name);
	if (srv != NULL && srv->watchdog_us > 0)
		env[kept++] = wire_printf("WATCHDOG_USEC=%jd", (intmax_t)srv->watchdog_us);
	if (srv != NULL && srv->listen_fd > 0) {
		env[kept++] = wire_printf("LISTEN_FDS=1");
		env[kept++] = wire_printf(LISTEN_PID_ROOM);
	}
	return env;
}

/* Between fork and exec: the socket goes where it is looked for, and the process is named that it is meant for. */
static void
inherit(int fd, char *const env[])
{
	size_t i = 0;

	if (fd == 3 ? fcntl(fd, F_SETFD, 0) != 0 : dup2(fd, 3) != 3)
		_exit(126);
	while (env[i] != NULL && !begins_with(env[i], LISTEN_PID))
		i++;
	if (env[i] != NULL)
		snprintf(env[i], sizeof LISTEN_PID_ROOM, LISTEN_PID "%d", (int)getpid());
}

/* Between fork and exec. The thread sanitizer wants the addresses of a machine without randomisation. */
static void
become(const char *const argv[], char *const env[], int in, int out, int err)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (strstr(argv[0], "thread") != NULL)
		personality(ADDR_NO_RANDOMIZE);
	signal(SIGINT, SIG_DFL); /* who runs the tests in the background ignores it */
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(126);
	execve(argv[0], (char *const *)(uintptr_t)argv, env);
	dprintf(2, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

static int
reap(pid_t pid, int tmo_ms)
{
	int64_t until = wire_now_ms() + tmo_ms;

	for (;;) {
		int status;
		pid_t got = waitpid(pid, &status, WNOHANG);

		if (got == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
		if ((got < 0 && errno != EINTR) || wire_now_ms() >= until)
			return INT_MIN;
		wire_rest_ms(3);
	}
}

static char *
drain(FILE *f)
{
	long size = (fseek(f, 0, SEEK_END), ftell(f));
	char *p = wire_alloc((size_t)(size < 0 ? 0 : size) + 1);

	rewind(f);
	size_t n = fread(p, 1, (size_t)(size < 0 ? 0 : size), f);
	p[n] = '\0';
	fclose(f);
	return p;
}

pid_t
wire_spawn(const char *setting, const char *const argv[], int in, int out, int err)
{
	char **ours = wire_environment(NULL);
	size_t n = 0;

	while (ours[n] != NULL)
		n++;
	char **env = wire_alloc((n + 2) * sizeof *env);
	memcpy(env, ours, n * sizeof *env);
	if (setting != NULL)
		env[n] = wire_printf("%s", setting);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		become(argv, env, in, out, err);
	return pid;
}

int
wire_spawned_wait(pid_t pid, int tmo_ms)
{
	return reap(pid, tmo_ms);
}

struct wire_output
wire_run_with(const char *setting, const char *input, const char *const argv[])
{
	FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
	struct wire_output result;

	assert_true(in != NULL && out != NULL && err != NULL);
	fputs(input != NULL ? input : "", in);
	rewind(in);
	pid_t pid = wire_spawn(setting, argv, fileno(in), fileno(out), fileno(err));
	result.status = reap(pid, WIRE_TMO_MS);
	if (result.status == INT_MIN) {
		kill(pid, SIGKILL);
		reap(pid, WIRE_TMO_MS);
	}
	fclose(in);
	result.out = drain(out);
	result.err = drain(err);
	if (result.status == INT_MIN)
		fail_msg("%s does not end; it said: %s%s", argv[0], result.out, result.err);
	return result;
}

struct wire_output
wire_run(const char *input, const char *const argv[])
{
	return wire_run_with(NULL, input, argv);
}

static void
srvadm_on(const char *db, const char *input, const char *const *args, size_t count)
{
	const char **argv = wire_alloc((count + 4) * sizeof *argv);

	argv[0] = wire_program("srvadm");
	argv[1] = "--database";
	argv[2] = db;
	memcpy(argv + 3, args, count * sizeof *argv);
	struct wire_output o = wire_run(input, argv);
	if (o.status != 0)
		fail_msg("srvadm %s %s: status %d, %s%s", args[0], count > 1 ? args[1] : "", o.status, o.out, o.err);
}

void
wire_srvadm(struct wire_srvd *srv, const char *input, ...)
{
	const char *args[16];
	size_t count = 0;
	va_list ap;

	va_start(ap, input);
	while (count < 16 && (args[count] = va_arg(ap, const char *)) != NULL)
		count++;
	va_end(ap);
	srvadm_on(srv->db, input, args, count);
}

/* ---- the store ---- */

#define SRVADM(input, ...) \
	srvadm_on(db, input, (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static const char *
template_store(void)
{
	const char *db;

	if (template_dir[0] != '\0')
		return wire_printf("%s/template.db", template_dir);
	make_dir(template_dir);
	atexit(remove_template);
	db = wire_printf("%s/template.db", template_dir);
	SRVADM(NULL, "init");
	SRVADM(WIRE_ADMIN_PWD "\n", "user", "add", WIRE_ADMIN, "--first-name", "Ada", "--last-name", "Admin", "--email",
	    "ada@example.com");
	SRVADM(WIRE_USER_PWD "\n", "user", "add", WIRE_USER, "--first-name", "John", "--last-name", "Smith", "--email",
	    "john.smith@example.com");
	SRVADM(WIRE_OTHER_PWD "\n", "user", "add", WIRE_OFF);
	SRVADM(WIRE_OTHER_PWD "\n", "user", "add", WIRE_ROBOT);
	SRVADM(WIRE_OTHER_PWD "\n", "user", "add", WIRE_BOSS);
	SRVADM(NULL, "user", "disable", WIRE_OFF);
	SRVADM(NULL, "grant", WIRE_ADMIN, "FlushApplicationCache", "ViewServerStatus", "ViewWarehouseStatus");
	return db;
}

static bool
sql_run(const char *path, const char *sql, char **first, char *why, size_t why_size)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	bool ok = false;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK)
		goto out;
	sqlite3_busy_timeout(db, WIRE_TMO_MS);
	if (first == NULL) {
		ok = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
		goto out;
	}
	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		goto out;
	int rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		*first = wire_printf("%s", (const char *)sqlite3_column_text(stmt, 0));
	ok = rc == SQLITE_ROW || rc == SQLITE_DONE;
out:
	snprintf(why, why_size, "%s", ok ? "" : db != NULL ? sqlite3_errmsg(db) : "out of memory");
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return ok;
}

bool
wire_try_sql(const struct wire_srvd *srv, const char *sql)
{
	char why[256];

	return sql_run(srv->db, sql, NULL, why, sizeof why);
}

/* The text of one statement from a format and its arguments. */
#define FORMATTED(out, fmt)                           \
	do {                                          \
		va_list ap;                           \
		va_start(ap, fmt);                    \
		vsnprintf(out, sizeof(out), fmt, ap); \
		va_end(ap);                           \
	} while (0)

void
wire_sql(const struct wire_srvd *srv, const char *fmt, ...)
{
	char sql[4096], why[256];

	FORMATTED(sql, fmt);
	if (!sql_run(srv->db, sql, NULL, why, sizeof why))
		fail_msg("%s: %s", sql, why);
}

char *
wire_sql_text(const struct wire_srvd *srv, const char *fmt, ...)
{
	char sql[4096], why[256], *first = NULL;

	FORMATTED(sql, fmt);
	if (!sql_run(srv->db, sql, &first, why, sizeof why))
		fail_msg("%s: %s", sql, why);
	return first;
}

void
wire_license(const struct wire_srvd *srv, const char *company)
{
	char *xml = wire_printf("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<License>\n"
				"  <CompanyName>%s</CompanyName>\n  <UserCount>25</UserCount>\n"
				"  <SubscriptionEndDate>2031-05-06</SubscriptionEndDate>\n  <Workflow>true</Workflow>\n"
				"  <AnonymousAccess>false</AnonymousAccess>\n"
				"  <ComplianceModule>true</ComplianceModule>\n  <Serial>A-1</Serial>\n</License>\n",
	    wire_xml_escape(company));

	assert_true(wire_file_write(srv->license, xml, strlen(xml)));
}

/* ---- a server's life ---- */

void
wire_configure(struct wire_srvd *srv, const char *conf_lines)
{
	char *text = wire_printf("database = %s\nlicense = %s\nlisten = 127.0.0.1:0\n%s\n", srv->db, srv->license,
	    conf_lines != NULL ? conf_lines : "");

	assert_true(wire_file_write(srv->conf, text, strlen(text)));
}

void
wire_prepare(struct wire_srvd *srv, const char *conf_lines)
{
	const char *template = template_store();
	size_t len;
	char *bytes = wire_file_read(template, &len);

	memset(srv, 0, sizeof *srv);
	make_dir(srv->dir);
	srv->next = servers;
	servers = srv;
	snprintf(srv->db, sizeof srv->db, "%s/srv.db", srv->dir);
	snprintf(srv->license, sizeof srv->license, "%s/license.xml", srv->dir);
	snprintf(srv->conf, sizeof srv->conf, "%s/srv.ini", srv->dir);
	snprintf(srv->log, sizeof srv->log, "%s/srvd.log", srv->dir);
	snprintf(srv->tz, sizeof srv->tz, "IST-5:30");
	assert_non_null(bytes);
	assert_true(wire_file_write(srv->db, bytes, len));
	wire_sql(srv, "UPDATE users SET may_have_ticket = 0 WHERE username = '" WIRE_ROBOT "'");
	wire_license(srv, "Contoso & Sons");
	wire_configure(srv, conf_lines);
}

static bool
read_port(struct wire_srvd *srv, size_t from)
{
	static const char mark[] = "listen address=http://127.0.0.1:";
	char *log = wire_log_text(srv), *at = strlen(log) > from ? strstr(log + from, mark) : NULL;

	if (at == NULL || strchr(at, '\n') == NULL)
		return false;
	unsigned long port = strtoul(at + sizeof mark - 1, NULL, 10);
	if (port == 0 || port > 65535)
		fail_msg("no port in the log: %.80s", at);
	srv->port = (uint16_t)port;
	snprintf(srv->host, sizeof srv->host, "127.0.0.1:%lu", port);
	return true;
}

void
wire_launch(struct wire_srvd *srv)
{
	const char *argv[] = {wire_program("srvd"), "--config", srv->conf, NULL};
	char **env = wire_environment(srv);
	int log = open(srv->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(log >= 0 && null >= 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* Descriptor 3 may be one of these two. */
		if (srv->listen_fd > 0) {
			log = fcntl(log, F_DUPFD_CLOEXEC, 4);
			null = fcntl(null, F_DUPFD_CLOEXEC, 4);
			inherit(srv->listen_fd, env);
		}
		if (srv->before != NULL && srv->before() != 0)
			_exit(126);
		become(argv, env, null, null, log);
	}
	close(log);
	close(null);
	srv->pid = pid;
}

void
wire_start(struct wire_srvd *srv)
{
	size_t from = wire_log_size(srv);

	wire_launch(srv);
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	while (!read_port(srv, from)) {
		int status = wire_wait(srv, 5);

		if (status != INT_MIN)
			fail_msg("srvd ended with %d before it listened: %s", status, wire_log_text(srv) + from);
		if (wire_now_ms() > until)
			fail_msg("srvd does not say that it listens: %s", wire_log_text(srv) + from);
	}
}

void
wire_new(struct wire_srvd *srv, const char *conf_lines)
{
	wire_prepare(srv, conf_lines);
	wire_start(srv);
}

int
wire_wait(struct wire_srvd *srv, int tmo_ms)
{
	int status = reap(srv->pid, tmo_ms);

	if (status != INT_MIN)
		srv->pid = 0;
	return status;
}

void
wire_kill(struct wire_srvd *srv)
{
	if (srv->pid == 0)
		return;
	kill(srv->pid, SIGKILL);
	(void)wire_wait(srv, WIRE_TMO_MS);
	srv->pid = 0;
}

static const char *
sanitizer_report(const struct wire_srvd *srv)
{
	static const char *const marks[] = {
	    "AddressSanitizer", "ThreadSanitizer", "LeakSanitizer", "runtime error:", "UndefinedBehaviorSanitizer"};
	char *log = wire_log_text(srv);

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
		char *at = strstr(log, marks[i]);

		if (at != NULL)
			return at;
	}
	return NULL;
}

/* Whatever a test was about, and whoever was rude in it: no password, ticket or hash is in the log. */
static const char *
told_secret(const struct wire_srvd *srv)
{
	static const char *const secrets[] = {WIRE_ADMIN_PWD, WIRE_USER_PWD, WIRE_OTHER_PWD, "argon2id", "canary"};
	char *log = wire_log_text(srv);

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
		const char *as_form = wire_url_encode(secrets[i]), *at = strstr(log, secrets[i]);

		if (at == NULL)
			at = strstr(log, as_form);
		if (at != NULL)
			return at;
	}
	for (const char *at = log; (at = strchr(at, '-')) != NULL; at++)
		if (at - log >= 8 && wire_is_guid(wire_copy(at - 8, strnlen(at - 8, 36))))
			return at - 8;
	return NULL;
}

void
wire_stop(struct wire_srvd *srv)
{
	if (srv->pid == 0)
		return;
	kill(srv->pid, SIGTERM);
	int status = wire_wait(srv, 2 * WIRE_TMO_MS);
	if (status == INT_MIN)
		wire_kill(srv);
	const char *report = sanitizer_report(srv);
	if (report != NULL)
		fail_msg("srvd: %.4000s", report);
	if ((report = told_secret(srv)) != NULL)
		fail_msg("the log tells a secret: %.200s", report);
	if (status != 0)
		fail_msg("srvd ended with %d after SIGTERM: %s", status, wire_log_text(srv));
}

/* Ends and forgets the servers of one kind; the end of each is judged as wire_stop judges it. Killing
 * first what would be left if that judgement fails keeps the list true. */
static int
end_servers(bool shared)
{
	int bad = 0;

	wire_http_close_all();
	wire_crowd_close_all();
	for (struct wire_srvd **link = &servers; *link != NULL;) {
		struct wire_srvd *srv = *link;

		if (srv->shared != shared) {
			link = &srv->next;
			continue;
		}
		*link = srv->next;
		if (srv->pid != 0) {
			kill(srv->pid, SIGTERM);
			int status = wire_wait(srv, 2 * WIRE_TMO_MS);

			if (status != 0) {
				print_error("srvd ended with %d after SIGTERM\n", status);
				wire_kill(srv);
				bad = -1;
			}
		}
		const char *report = sanitizer_report(srv);
		if (report != NULL) {
			print_error("srvd: %.4000s\n", report);
			bad = -1;
		}
		if ((report = told_secret(srv)) != NULL) {
			print_error("the log tells a secret: %.200s\n", report);
			bad = -1;
		}
		if (getenv("WIRE_KEEP") == NULL)
			remove_tree(srv->dir);
	}
	wire_text_free_all();
	return bad;
}

int
wire_teardown(void **state)
{
	(void)state;
	return end_servers(false);
}

/* cmocka tells of the end of a group that failed, and exits with 0 all the same: so this one ends the program. */
int
wire_group_teardown(void **state)
{
	int bad = wire_teardown(state);

	if (end_servers(true) != 0 || bad != 0)
		exit(EXIT_FAILURE);
	return 0;
}

/* ---- the log ---- */

char *
wire_log_text(const struct wire_srvd *srv)
{
	char *text = wire_file_read(srv->log, NULL);

	return text != NULL ? text : wire_copy("", 0);
}

size_t
wire_log_size(const struct wire_srvd *srv)
{
	struct stat st;

	return stat(srv->log, &st) == 0 ? (size_t)st.st_size : 0;
}

bool
wire_log_wait(const struct wire_srvd *srv, size_t from, const char *text)
{
	int64_t until = wire_now_ms() + WIRE_TMO_MS;

	while (wire_now_ms() < until) {
		char *log = wire_log_text(srv);

		if (strlen(log) > from && strstr(log + from, text) != NULL)
			return true;
		wire_rest_ms(10);
	}
	return false;
}
