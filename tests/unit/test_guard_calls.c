/* The filter of system calls: what serving takes goes through, and anything else ends the process. Each call is made by
 * a child under the real filter. */
#define _GNU_SOURCE
#include "guard_fixture.h"
#include "../../impl/guard/calls.h"
#include "tempdir.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

struct forbidden {
	const char *name;
	void (*call)(void);
};

static int before_fd = -1; /* an Internet socket from before the filter */
static void *page;

static void
call_execve(void)
{
	char *argv[] = {(char *)"true", NULL};

	execve("/bin/true", argv, NULL);
}

static void
call_fork(void)
{
	syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static void
call_vfork(void)
{
	syscall(SYS_clone, CLONE_VM | SIGCHLD, 0, 0, 0, 0);
}

static void
call_connect(void)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	connect(before_fd, (struct sockaddr *)&to, sizeof to);
}

static void
call_bind(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	bind(before_fd, (struct sockaddr *)&at, sizeof at);
}

#define FORBIDDEN(X)                                                                              \
	X(listen, listen(before_fd, 1))                                                           \
	X(socket_inet, socket(AF_INET, SOCK_STREAM, 0))                                           \
	X(socket_inet6, socket(AF_INET6, SOCK_DGRAM, 0))                                          \
	X(socket_netlink, socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE))                            \
	X(socket_packet, socket(AF_PACKET, SOCK_RAW, 0))                                          \
	X(ptrace, ptrace(PTRACE_TRACEME, 0, NULL, NULL))                                          \
	X(process_vm_readv, syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0))        \
	X(kill, kill(getppid(), 0))                                                               \
	X(tgkill_other, syscall(SYS_tgkill, getppid(), getppid(), 0))                             \
	X(mprotect_exec, mprotect(page, 4096, PROT_READ | PROT_EXEC))                             \
	X(mmap_exec, mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) \
	X(pkey_mprotect, syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1))       \
	X(personality, personality(READ_IMPLIES_EXEC))                                            \
	X(bpf, syscall(SYS_bpf, 0, NULL, 0))                                                      \
	X(mount, syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL))                            \
	X(unshare, unshare(CLONE_NEWUSER))                                                        \
	X(setuid, syscall(SYS_setuid, 0))                                                         \
	X(chmod, syscall(SYS_fchmodat, AT_FDCWD, "/tmp/none", 04755))                             \
	X(io_uring_setup, syscall(SYS_io_uring_setup, 1, NULL))                                   \
	X(userfaultfd, syscall(SYS_userfaultfd, 0))                                               \
	X(keyctl, syscall(SYS_keyctl, 0, 0, 0, 0, 0))                                             \
	X(perf_event_open, syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0))                        \
	X(memfd_create, syscall(SYS_memfd_create, "x", 0))                                        \
	X(ioctl, syscall(SYS_ioctl, 0, 0x5412 /* TIOCSTI */, "x"))                                \
	X(prctl_dumpable, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))                                     \
	X(setpriority_other, syscall(SYS_setpriority, 0, getppid(), 10))                          \
	X(prlimit_other, syscall(SYS_prlimit64, getppid(), 0, NULL, NULL))                        \
	X(number_beyond_all, syscall(100000))

#define X(name, expression)           \
	static void call_##name(void) \
	{                             \
		(void)!(expression);  \
	}
FORBIDDEN(X)
#undef X

static const struct forbidden forbidden[] = {
    {"execve", call_execve}, {"fork", call_fork}, {"vfork", call_vfork}, {"connect", call_connect}, {"bind", call_bind},
#define X(name, expression) {#name, call_##name},
    FORBIDDEN(X)
#undef X
};

static void
restrict_calls(void)
{
	struct srv_reason why = {""};
	int count = 0;

	CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (calls_restrict(&count, &why) != SRV_OK)
		(void)dprintf(2, "%s\n", why.text);
	CHECK(count > 0);
}

static int
make_forbidden(const void *arg)
{
	const struct forbidden *f = arg;

	restrict_calls();
	f->call();
	return 0;
}

static int
make_unfiltered(const void *arg)
{
	const struct forbidden *f = arg;

	f->call();
	return 0;
}

static void
calls_that_serving_does_not_take_end_the_process(void **state)
{
	(void)state;
	before_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(before_fd >= 0 && page != MAP_FAILED);
	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
		int ended = apart(make_forbidden, &forbidden[i]);

		if (ended != -SIGSYS)
			fail_msg("%s: ended with %d, not SIGSYS", forbidden[i].name, ended);
	}
	munmap(page, 4096);
	close(before_fd);
}

/* Without the filter the same calls do not end a process: it is the filter that does. */
static void
calls_end_no_process_by_themselves(void **state)
{
	static const struct forbidden harmless[] = {{"socket_netlink", call_socket_netlink}, {"kill", call_kill},
	    {"number_beyond_all", call_number_beyond_all}, {"bpf", call_bpf}};

	(void)state;
	for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
		assert_int_equal(apart(make_unfiltered, &harmless[i]), 0);
}

static void *
add_one(void *arg)
{
	++*(int *)arg;
	return NULL;
}

static int
serve(const void *arg)
{
	const char *path = arg;
	char text[4] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), sum = 0, pair[2];
	pthread_t thread;

	CHECK(fd >= 0);
	restrict_calls();
	/* a thread, though clone3 is hidden from it */
	CHECK(pthread_create(&thread, NULL, add_one, &sum) == 0 && pthread_join(thread, NULL) == 0 && sum == 1);
	CHECK(write(fd, "abc", 3) == 3 && fdatasync(fd) == 0 && pread(fd, text, 3, 0) == 3 && strcmp(text, "abc") == 0);
	CHECK(close(fd) == 0 && unlink(path) == 0);
	CHECK((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0 && close(fd) == 0);
	CHECK(pipe(pair) == 0 && write(pair[1], "x", 1) == 1 && read(pair[0], text, 1) == 1);
	CHECK((fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0 && close(fd) == 0);
	CHECK(mprotect(NULL, 0, PROT_READ) == 0);
	return 7;
}

static void
calls_that_serving_takes_go_through(void **state)
{
	char dir[TEMP_PATH_MAX];

	(void)state;
	temp_make(dir);
	assert_int_equal(apart(serve, TEMP_PATH(dir, "file")), 7);
	temp_remove(dir);
}

static int
abort_itself(const void *arg)
{
	(void)arg;
	restrict_calls();
	abort();
}

static void
calls_let_a_crash_be_the_crash_it_is(void **state)
{
	(void)state;
	assert_int_equal(apart(abort_itself, NULL), -SIGABRT);
}

static void *
wait_and_fork(void *arg)
{
	while (!__atomic_load_n((int *)arg, __ATOMIC_ACQUIRE))
		sched_yield();
	call_fork();
	return NULL;
}

static int
restrict_with_a_thread(const void *arg)
{
	pthread_t thread;
	int go = 0;

	(void)arg;
	CHECK(pthread_create(&thread, NULL, wait_and_fork, &go) == 0);
	restrict_calls();
	__atomic_store_n(&go, 1, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	return 0;
}

static void
calls_are_forbidden_to_threads_that_ran_before(void **state)
{
	(void)state;
	assert_int_equal(apart(restrict_with_a_thread, NULL), -SIGSYS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_that_serving_takes_go_through),
	    cmocka_unit_test(calls_that_serving_does_not_take_end_the_process),
	    cmocka_unit_test(calls_end_no_process_by_themselves),
	    cmocka_unit_test(calls_let_a_crash_be_the_crash_it_is),
	    cmocka_unit_test(calls_are_forbidden_to_threads_that_ran_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
