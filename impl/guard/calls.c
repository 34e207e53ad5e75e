/* Why: whoever gets srvd to run his code still talks to the kernel through srvd's system calls, and srvd needs few.
 * There is no running of programs among them, no new process, no connection to anywhere, no memory that is written and
 * then executed, no look at another process.
 * Model: the list is what strace(1) counted over the whole of the end-to-end tests, and what the C library, SQLite and
 * libevent do where the tests do not get them to: on an error, on a file system of another kind, with another timer.
 * Arguments are looked at where a call can be two things. A call that is new in some later C library shows as SIGSYS in
 * the tests, since they run under the filter; the kernel's log names it (type=1326).
 * The filter is made by libseccomp in a process of its own, and only loaded here: where memory fails it at the wrong
 * moment libseccomp 2.5.4 frees twice, follows null pointers, goes round for ever, or makes another filter without a
 * word. So it is made twice, and must come out the same. Called by srvd's sandbox.c. */
/* the flags of clone(2) */
#define _GNU_SOURCE
#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const int allowed[] = {
    /* connections */
    SCMP_SYS(accept4), SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt), SCMP_SYS(setsockopt),
    SCMP_SYS(recvfrom), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg), SCMP_SYS(sendto), SCMP_SYS(shutdown),
    /* loops, and threads that wait for one another */
    SCMP_SYS(epoll_create), SCMP_SYS(epoll_create1), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_wait), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(select), SCMP_SYS(pselect6), SCMP_SYS(eventfd2),
    SCMP_SYS(pipe2), SCMP_SYS(futex), SCMP_SYS(sched_yield), SCMP_SYS(sched_getaffinity), SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(time),
    /* files; which ones is for their modes and files.c to say */
    SCMP_SYS(openat), SCMP_SYS(open), SCMP_SYS(close), SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64),
    SCMP_SYS(preadv), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(pwrite64), SCMP_SYS(pwritev), SCMP_SYS(lseek),
    SCMP_SYS(fcntl), SCMP_SYS(fsync), SCMP_SYS(fdatasync), SCMP_SYS(ftruncate), SCMP_SYS(fallocate), SCMP_SYS(fchmod),
    SCMP_SYS(fchown), SCMP_SYS(unlink), SCMP_SYS(unlinkat), SCMP_SYS(rename), SCMP_SYS(renameat), SCMP_SYS(getdents64),
    SCMP_SYS(newfstatat), SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(statx), SCMP_SYS(statfs),
    SCMP_SYS(fstatfs), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(readlink),
    SCMP_SYS(readlinkat), SCMP_SYS(getcwd),
    /* memory */
    SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
    /* who and where we are, and randomness */
    SCMP_SYS(getrandom), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid),
    SCMP_SYS(getegid), SCMP_SYS(uname), SCMP_SYS(sysinfo),
    /* signals, the beginning and the end of a thread */
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group)};

#define MAKE_S 5
#define API_KILLS_PROCESS 3 /* seccomp_api_get(3) */

#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

/* A call that may be made if an argument, of which mask's bits are looked at, is this one. */
struct condition {
	int call;
	unsigned argument;
	scmp_datum_t mask, value;
};

static const struct condition conditions[] = {
    /* A thread of ours, and no process. clone3 hides its flags from a filter; see deny_clone3. */
    {SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD},
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    /* Word to the supervisor. What we serve on is bound by now. */
    {SCMP_SYS(socket), 0, ~(scmp_datum_t)0, AF_UNIX},
    /* The limit of descriptors, ours. */
    {SCMP_SYS(prlimit64), 0, ~(scmp_datum_t)0, 0},
    {SCMP_SYS(prctl), 0, ~(scmp_datum_t)0, PR_SET_NAME},
    /* A thread that steps back behind the others; not another process. */
    {SCMP_SYS(setpriority), 1, ~(scmp_datum_t)0, 0},
};

#define CONDITIONS (sizeof(conditions) / sizeof(conditions[0]))

/* Where there is no clone3 the C library takes clone. */
static int
deny_clone3(scmp_filter_ctx filter)
{
	return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
}

/* abort(3) and raise(3), so that a crash says what it was; our own process only. */
static int
allow_own_signals(scmp_filter_ctx filter, pid_t own)
{
	return seccomp_rule_add(
	    filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)own, 0));
}

static int
add_rules(scmp_filter_ctx filter, pid_t own)
{
	int rc = deny_clone3(filter);

	if (rc == 0)
		rc = allow_own_signals(filter, own);
	for (size_t i = 0; rc == 0 && i < ALLOWED; i++)
		rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; rc == 0 && i < CONDITIONS; i++) {
		const struct condition *c = &conditions[i];
		struct scmp_arg_cmp is = SCMP_CMP(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value);

		rc = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, c->call, 1, &is);
	}
	return rc;
}

/* ---- the filter, made in a process of its own ---- */

static int
write_filter(int fd, pid_t own)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int rc;

	if (filter == NULL)
		return -ENOMEM;
	rc = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = add_rules(filter, own);
	if (rc == 0)
		rc = seccomp_export_bpf(filter, fd);
	return rc;
}

/* Ends with 0, or with the number of the error. */
static _Noreturn void
make(int fd, pid_t own)
{
	(void)signal(SIGALRM, SIG_DFL);
	(void)alarm(MAKE_S);
	_exit(-write_filter(fd, own) & 0xff);
}

struct program {
	struct sock_filter step[BPF_MAXINSNS];
	size_t size; /* bytes */
};

static bool
read_program(int fd, struct program *p)
{
	char *at = (char *)p->step;
	ssize_t n = 1;

	p->size = 0;
	while (n != 0 && p->size < sizeof(p->step)) {
		n = read(fd, at + p->size, sizeof(p->step) - p->size);
		if (n > 0)
			p->size += (size_t)n;
		else if (n < 0 && errno != EINTR)
			return false;
	}
	return p->size > 0 && p->size % sizeof(p->step[0]) == 0;
}

static int
ended(pid_t maker)
{
	int status = 0;

	while (waitpid(maker, &status, 0) < 0)
		if (errno != EINTR)
			return EIO;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
}

/* 0, or the number of an error. */
static int
make_program(struct program *out)
{
	pid_t own = getpid(), maker;
	bool whole;
	int fd[2], rc;

	if (pipe2(fd, O_CLOEXEC) != 0)
		return errno;
	maker = fork();
	if (maker == 0)
		make(fd[1], own);
	rc = maker < 0 ? errno : 0;
	close(fd[1]);
	if (maker > 0) {
		whole = read_program(fd[0], out);
		rc = ended(maker);
		if (rc == 0 && !whole)
			rc = EIO;
	}
	close(fd[0]);
	return rc;
}

/* On every thread there is; from there on it is inherited. 0, or the number of an error. */
static int
load(const struct program *p)
{
	struct sock_fprog program = {
	    (unsigned short)(p->size / sizeof(p->step[0])), (struct sock_filter *)(uintptr_t)p->step};
	long rc;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return errno;
	rc = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
	return rc == 0 ? 0 : rc < 0 ? errno : EIO; /* positive: the thread that has another filter */
}

enum srv_err
calls_restrict(int *count, struct srv_reason *why)
{
	static struct program program, again;
	int rc;

	if (seccomp_api_get() < API_KILLS_PROCESS)
		return srv_fail(why, SRV_EVERSION, "seccomp: this kernel has none that ends a process");
	rc = make_program(&program);
	if (rc == 0)
		rc = make_program(&again);
	if (rc == 0 && (program.size != again.size || memcmp(program.step, again.step, program.size) != 0))
		rc = EIO;
	if (rc == 0)
		rc = load(&program);
	if (rc == ENOMEM)
		return srv_fail(why, SRV_ENOMEM, "seccomp: out of memory");
	if (rc == EIO)
		return srv_fail(why, SRV_EIO, "seccomp: libseccomp made no filter");
	if (rc != 0)
		return srv_fail(why, SRV_EIO, "seccomp: %s", strerror(rc));
	*count = (int)(ALLOWED + CONDITIONS) + 1; /* tgkill */
	return SRV_OK;
}
