/* What srvd gives up before it serves: root, files, system calls, cores; and that it serves as well without them. All
 * other end-to-end tests run under the same sandbox. Where the tests do not run as root, what only root can start is
 * refused, which is tested then. */
#define _GNU_SOURCE
#include "../memcheck/left_out.h"
#include "wire_call.h"

#include <errno.h>
#include <linux/landlock.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef SRV_INSTRUMENTED
#define INSTRUMENTED true
#else
#define INSTRUMENTED false
#endif

/* A field of /proc/PID/status as it is at the server. */
static const char *
status_field(const struct wire_srvd *srv, const char *name)
{
	FILE *f = fopen(wire_printf("/proc/%d/status", (int)srv->pid), "r");
	const char *value = NULL;
	char line[256];

	assert_non_null(f);
	while (value == NULL && fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0 && line[strlen(name)] == ':') {
			const char *at = line + strlen(name) + 1;

			at += strspn(at, " \t");
			value = wire_copy(at, strcspn(at, "\n"));
		}
	fclose(f);
	assert_non_null(value);
	return value;
}

static void
expect_status(const struct wire_srvd *srv, const char *name, const char *want)
{
	const char *is = status_field(srv, name);

	if (strncmp(is, want, strlen(want)) != 0)
		fail_msg("%s is `%s`, not `%s`", name, is, want);
}

static void
expect_logged(const struct wire_srvd *srv, const char *text)
{
	if (strstr(wire_log_text(srv), text) == NULL)
		fail_msg("`%s` is not in: %s", text, wire_log_text(srv));
}

static void
expect_flush(const struct wire_srvd *srv, const char *ticket, const char *element)
{
	wire_expect(WIRE_GET, "FlushApplicationCache",
	    wire_call(srv, WIRE_GET, "FlushApplicationCache", "authenticationTicket", ticket, NULL), element);
}

static int
landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* Runs to its end with the server's configuration; what it says must hold this. */
static void
expect_refusal(const struct wire_srvd *srv, int status, const char *says)
{
	const char *argv[] = {wire_program("srvd"), "--config", srv->conf, NULL};
	struct wire_output o = wire_run(NULL, argv);

	if (o.status != status || strstr(o.err, says) == NULL)
		fail_msg("ended with %d, not %d, or without `%s`: %s", o.status, status, says, o.err);
}

static int
begin_with_the_usual_umask(void)
{
	umask(022);
	return 0;
}

static void
the_log_says_what_is_in_force_and_the_kernel_agrees(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "jobs = false");
	srv.before = begin_with_the_usual_umask;
	wire_start(&srv);
	expect_status(&srv, "NoNewPrivs", "1");
	expect_status(&srv, "Umask", "0077");
	if (INSTRUMENTED) {
		expect_logged(&srv, "sandbox lacks=\"this build is instrumented\"");
		expect_logged(&srv, "sandbox mode=best-effort landlock=0 calls=0");
		return;
	}
	expect_status(&srv, "Seccomp", "2");
	int version = landlock_version();
	expect_logged(&srv, wire_printf("sandbox mode=best-effort landlock=%d calls=", version > 0 ? version : 0));
	assert_null(strstr(wire_log_text(&srv), "calls=0"));
}

static void
off_is_off_and_is_warned_of(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, "jobs = false\nsandbox = off");
	expect_status(&srv, "Seccomp", "0");
	expect_status(&srv, "NoNewPrivs", "1");
	expect_logged(&srv, "warn sandbox mode=off");
	wire_expect_alive(&srv);
}

/* Landlock lets directories be listed everywhere; a flush brings a new one. */
static void
warehouses_anywhere_are_measured(void **state)
{
	static struct wire_srvd srv;
	char elsewhere[] = "/var/tmp/srv-wire-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(elsewhere));
	const char *below = wire_printf("%s/00", elsewhere), *file = wire_printf("%s/00/document", elsewhere);
	assert_int_equal(mkdir(below, 0700), 0);
	assert_true(wire_file_write(file, "12345", 5));
	wire_prepare(&srv, NULL);
	wire_srvadm(&srv, NULL, "warehouse", "set", "7", elsewhere, NULL);
	wire_start(&srv);
	bool measured = wire_log_wait(&srv, 0, "message=\"1 paths measured, 1 files\"");
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	struct wire_answer *answer = wire_call(
	    &srv, WIRE_GET, "GetWarehouseStatus", "authenticationTicket", ticket, NULL);
	bool shown = strstr(answer->body, wire_printf("Path=\"%s\"", elsewhere)) != NULL &&
		     strstr(answer->body, "DocCount=\"1\"") != NULL && strstr(answer->body, "<Disk ") != NULL;
	unlink(file);
	rmdir(below);
	rmdir(elsewhere);
	assert_true(measured);
	assert_true(shown);
}

/* Certificates and configurations are often links into a directory of versions. */
static void
a_link_may_lead_to_another_file_where_it_led_before(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "jobs = false");
	const char *versions = wire_printf("%s/versions", srv.dir), *links = wire_printf("%s/links", srv.dir);
	const char *first = wire_printf("%s/1.ini", versions), *second = wire_printf("%s/2.ini", versions);
	assert_int_equal(mkdir(versions, 0700) | mkdir(links, 0700), 0);
	assert_int_equal(rename(srv.conf, first), 0);
	wire_configure(&srv, "jobs = false\nmax_body = 4096");
	assert_int_equal(rename(srv.conf, second), 0);
	snprintf(srv.conf, sizeof srv.conf, "%s/srv.ini", links);
	assert_int_equal(symlink(first, srv.conf), 0);
	wire_start(&srv);
	assert_int_equal(unlink(srv.conf) | symlink(second, srv.conf), 0);
	size_t from = wire_log_size(&srv);
	kill(srv.pid, SIGHUP);
	assert_true(wire_log_wait(&srv, from, "reload key=max_body"));
	assert_true(wire_log_wait(&srv, from, "flush by=SIGHUP outcome=success"));
}

/* ---- root ---- */

static void
give_away(const struct wire_srvd *srv)
{
	const struct passwd *nobody = getpwnam("nobody");
	const char *const paths[] = {srv->dir, srv->db, srv->license, srv->conf};

	assert_non_null(nobody);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		assert_int_equal(chown(paths[i], nobody->pw_uid, nobody->pw_gid), 0);
}

static void
started_by_root_it_serves_as_another_and_reloads_as_far_as_that_one_can(void **state)
{
	static struct wire_srvd srv;
	struct stat st;

	(void)state;
	wire_prepare(&srv, "jobs = false\nuser = nobody");
	if (geteuid() != 0) {
		wire_configure(&srv, "user = root");
		expect_refusal(&srv, 1, "user: only root can become \\\"root\\\"");
		return;
	}
	give_away(&srv);
	srv.drops_root = true;
	wire_start(&srv);
	const struct passwd *nobody = getpwnam("nobody");
	expect_logged(&srv, "privileges user=\"nobody\" root_given_up=1");
	expect_status(
	    &srv, "Uid", wire_printf("%u\t%u\t%u\t%u", nobody->pw_uid, nobody->pw_uid, nobody->pw_uid, nobody->pw_uid));
	expect_status(&srv, "Groups", wire_printf("%u", nobody->pw_gid));
	expect_status(&srv, "CapEff", "0000000000000000");
	expect_status(&srv, "CapPrm", "0000000000000000");

	/* It reads, writes and flushes, and what it makes is its own. */
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	expect_flush(&srv, ticket, "<response success=\"true\" />");
	assert_int_equal(stat(wire_printf("%s-wal", srv.db), &st), 0);
	assert_int_equal(st.st_uid, nobody->pw_uid);
	assert_int_equal(st.st_mode & 0777, 0600);
	/* No other process of that user may look into it. */
	assert_int_equal(stat(wire_printf("/proc/%d/environ", (int)srv.pid), &st), 0);
	assert_int_equal(st.st_uid, 0);

	size_t from = wire_log_size(&srv);
	kill(srv.pid, SIGHUP);
	assert_true(wire_log_wait(&srv, from, "flush by=SIGHUP outcome=success"));
	assert_non_null(strstr(wire_log_text(&srv) + from, "outcome=success"));

	/* A configuration that root has written for itself alone. */
	wire_configure(&srv, "jobs = false\nuser = nobody\nmax_body = 4096");
	from = wire_log_size(&srv);
	kill(srv.pid, SIGHUP);
	assert_true(wire_log_wait(&srv, from, "flush by=SIGHUP outcome=success"));
	assert_non_null(strstr(wire_log_text(&srv) + from, "outcome=failure reason="));
	assert_non_null(strstr(wire_log_text(&srv) + from, "Permission denied"));
	wire_expect_alive(&srv);
	give_away(&srv);
	from = wire_log_size(&srv);
	kill(srv.pid, SIGHUP);
	assert_true(wire_log_wait(&srv, from, "reload key=max_body"));
}

static void
root_is_given_up_unless_it_is_said_otherwise(void **state)
{
	static struct wire_srvd srv;
	bool has_srv = getpwnam("srv") != NULL;

	(void)state;
	wire_prepare(&srv, "jobs = false");
	srv.drops_root = true;
	if (geteuid() != 0) {
		wire_start(&srv);
		expect_logged(&srv, "root_given_up=0");
		return;
	}
	/* Nobody may read what root has made for itself; so it is not root who tries. */
	wire_launch(&srv);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 1);
	expect_logged(&srv, has_srv ? "privileges user=\"srv\"" : "privileges user=\"nobody\"");
	expect_logged(&srv, "start reason=\"database: ");
	wire_configure(&srv, "jobs = false\nuser = root");
	wire_start(&srv);
	expect_logged(&srv, "warn privileges user=root");
	expect_status(&srv, "CapEff", "000000000000000f");
	wire_stop(&srv);
	wire_configure(&srv, "user = no-such-user");
	wire_launch(&srv);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 1);
	expect_logged(&srv, "there is no \\\"no-such-user\\\" on this machine");
}

static void
core_dumps_are_for_who_asks_for_them(void **state)
{
	static struct wire_srvd srv;
	struct stat st;

	(void)state;
	wire_prepare(&srv, "jobs = false\ncore_dumps = true\nuser = nobody");
	if (geteuid() != 0)
		wire_configure(&srv, "jobs = false\ncore_dumps = true");
	else
		give_away(&srv);
	srv.drops_root = true;
	wire_start(&srv);
	/* Its own files in /proc belong to a process that may be looked into, and to root otherwise. */
	assert_int_equal(stat(wire_printf("/proc/%d/environ", (int)srv.pid), &st), 0);
	assert_int_equal(st.st_uid, geteuid() != 0 ? geteuid() : getpwnam("nobody")->pw_uid);
	expect_logged(&srv, "core_dumps=1");
}

#define CANARY "canary-in-a-password"

static char crash_dir[sizeof((struct wire_srvd *)0)->dir];

/* A core would be as large as it likes, and lie where the test looks. */
static int
invite_cores(void)
{
	struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};

	return setrlimit(RLIMIT_CORE, &any) == 0 ? chdir(crash_dir) : -1;
}

/* Has it die with a password in its memory; is a core there? */
static bool
leaves_core(struct wire_srvd *srv, int signal_number)
{
	struct wire_conn *c;
	size_t from;

	srv->before = invite_cores;
	snprintf(crash_dir, sizeof crash_dir, "%s", srv->dir);
	wire_start(srv);
	from = wire_log_size(srv);
	c = wire_connect(srv);
	assert_true(wire_send_text(c, wire_printf("POST /srv.asmx/AuthenticateUser HTTP/1.1\r\nHost: t\r\n"
						  "Content-Type: application/x-www-form-urlencoded\r\n"
						  "Content-Length: 100\r\n\r\nUID=u&PWD=" CANARY)));
	wire_expect_alive(srv);
	assert_int_equal(kill(srv->pid, signal_number), 0);
	assert_int_equal(wire_wait(srv, WIRE_TMO_MS), -signal_number);
	assert_null(strstr(wire_log_text(srv) + from, CANARY));
	const char *list[] = {"/bin/sh", "-c", wire_printf("cd %s && ls | grep -c ^core", srv->dir), NULL};
	return strtol(wire_run(NULL, list).out, NULL, 10) > 0;
}

static void
a_crash_leaves_no_core_and_no_request_in_the_log(void **state)
{
	static const int signals[] = {SIGABRT, SIGSEGV};
	static struct wire_srvd srv;
	char *pattern = wire_file_read("/proc/sys/kernel/core_pattern", NULL);

	(void)state;
	LEFT_OUT_OF_MEMCHECK("valgrind writes cores of its own");
	wire_prepare(&srv, "jobs = false");
	/* A sanitizer takes the second for its own. */
	for (size_t i = 0; i < (INSTRUMENTED ? 1 : 2); i++)
		assert_false(leaves_core(&srv, signals[i]));
	/* Where cores lie in the directory, the one who asks gets one; so the look above was at the right place. */
	wire_configure(&srv, "jobs = false\ncore_dumps = true\nsandbox = off");
	if (geteuid() == 0 && strncmp(pattern, "core", 4) == 0 && !INSTRUMENTED)
		assert_true(leaves_core(&srv, SIGABRT));
}

/* ---- kernels that cannot ---- */

/* As a kernel from before Landlock and seccomp would answer. */
static int
hide_sandbox_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int rc = filter == NULL;

	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
	if (rc == 0)
		rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0);
	if (rc == 0)
		rc = seccomp_rule_add(
		    filter, SCMP_ACT_ERRNO(EINVAL), SCMP_SYS(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_SECCOMP, 0));
	return rc == 0 ? seccomp_load(filter) : rc;
}

static void
a_kernel_without_landlock_or_seccomp_does_for_best_effort_only(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "jobs = false\nsandbox = on");
	srv.before = hide_sandbox_calls;
	wire_launch(&srv);
	assert_int_equal(wire_wait(&srv, WIRE_TMO_MS), 1);
	expect_logged(&srv, "start reason=\"sandbox: ");
	expect_logged(&srv, "best-effort does without");

	wire_configure(&srv, "jobs = false\nsandbox = best-effort");
	wire_start(&srv);
	expect_logged(&srv, "sandbox mode=best-effort landlock=0 calls=0");
	if (!INSTRUMENTED) {
		expect_logged(&srv, "warn sandbox lacks=\"landlock: ");
		expect_logged(&srv, "warn sandbox lacks=\"seccomp: ");
	}
	wire_stop(&srv);
}

static void
on_is_as_good_as_the_kernel_is(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "jobs = false\nsandbox = on");
	if (INSTRUMENTED || landlock_version() < 1) {
		expect_refusal(&srv, 1, "best-effort does without");
		return;
	}
	wire_start(&srv);
	expect_logged(&srv, "sandbox mode=on landlock=");
	wire_expect_alive(&srv);
}

/* ---- files that are open to others ---- */

static void
a_store_or_licence_that_others_may_read_is_refused_at_the_start(void **state)
{
	static const int modes[] = {0644, 0604, 0660, 0620, 0602, 0666, 0601};
	static struct wire_srvd srv;

	(void)state;
	wire_prepare(&srv, "jobs = false");
	for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
		const char *says = wire_printf(": the file is open to others, or its group may write it (mode %03o); "
					       "chmod %03o it",
		    (unsigned)modes[i], (unsigned)modes[i] & 0640u);

		assert_int_equal(chmod(srv.db, (mode_t)modes[i]), 0);
		expect_refusal(&srv, 1, wire_printf("database%s", says));
		assert_int_equal(chmod(srv.db, 0640), 0);
		assert_int_equal(chmod(srv.license, (mode_t)modes[i]), 0);
		expect_refusal(&srv, 1, wire_printf("license%s", says));
		assert_int_equal(chmod(srv.license, 0640), 0);
	}
	wire_start(&srv);
	wire_expect_alive(&srv);
}

static void
a_store_or_licence_that_others_may_read_is_refused_by_a_flush(void **state)
{
	static struct wire_srvd srv;

	(void)state;
	wire_new(&srv, "jobs = false");
	const char *ticket = wire_login(&srv, WIRE_ADMIN, WIRE_ADMIN_PWD);
	assert_int_equal(chmod(srv.license, 0644), 0);
	expect_flush(&srv, ticket,
	    "<response success=\"false\" error=\"[990]Application cache could not be reloaded: license: the file is "
	    "open to "
	    "others, or its group may write it (mode 644); chmod 640 it\" />");
	assert_int_equal(chmod(srv.license, 0600), 0);

	/* A copy that cp and the usual umask made. */
	wire_sql(&srv, "PRAGMA wal_checkpoint(TRUNCATE)");
	size_t len;
	char *bytes = wire_file_read(srv.db, &len);
	assert_non_null(bytes);
	const char *copy = wire_printf("%s/restored.db", srv.dir);
	assert_true(wire_file_write(copy, bytes, len));
	assert_int_equal(chmod(copy, 0644), 0);
	assert_int_equal(rename(copy, srv.db), 0);
	size_t from = wire_log_size(&srv);
	kill(srv.pid, SIGHUP);
	assert_true(
	    wire_log_wait(&srv, from, "flush by=SIGHUP outcome=failure reason=\"database: the file is open to others"));
	wire_expect_alive(&srv);
	assert_int_equal(chmod(srv.db, 0600), 0);
	/* A file that was refused is not looked at again at once. */
	int64_t until = wire_now_ms() + WIRE_TMO_MS;
	do {
		assert_true(wire_now_ms() < until);
		from = wire_log_size(&srv);
		kill(srv.pid, SIGHUP);
		assert_true(wire_log_wait(&srv, from, "flush by=SIGHUP outcome="));
	} while (strstr(wire_log_text(&srv) + from, "flush by=SIGHUP outcome=failure") != NULL);
	expect_flush(&srv, ticket, "<response success=\"true\" />");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    WIRE_TEST(the_log_says_what_is_in_force_and_the_kernel_agrees),
	    WIRE_TEST(off_is_off_and_is_warned_of),
	    WIRE_TEST(on_is_as_good_as_the_kernel_is),
	    WIRE_TEST(a_kernel_without_landlock_or_seccomp_does_for_best_effort_only),
	    WIRE_TEST(warehouses_anywhere_are_measured),
	    WIRE_TEST(a_link_may_lead_to_another_file_where_it_led_before),
	    WIRE_TEST(started_by_root_it_serves_as_another_and_reloads_as_far_as_that_one_can),
	    WIRE_TEST(root_is_given_up_unless_it_is_said_otherwise),
	    WIRE_TEST(core_dumps_are_for_who_asks_for_them),
	    WIRE_TEST(a_crash_leaves_no_core_and_no_request_in_the_log),
	    WIRE_TEST(a_store_or_licence_that_others_may_read_is_refused_at_the_start),
	    WIRE_TEST(a_store_or_licence_that_others_may_read_is_refused_by_a_flush),
	};

	return cmocka_run_group_tests(tests, NULL, wire_group_teardown);
}
