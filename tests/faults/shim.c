/* Why: disks fill up, memory runs out and clocks jump, but seldom when a test asks for it. Loaded in front of the C
 * library (LD_PRELOAD), this makes the n-th call of one function fail, once or from then on, moves the wall clock and
 * the monotonic one, and makes hashes of passwords cheap where a test needs more logins than there is time for. Model:
 * what is to be done stands in a file that the test and the process map both ($FAULT_CONTROL), so a fault can be armed
 * and lifted at any moment, and the test can read how many calls were counted. fault.py is its other side and has the
 * same layout. A name stands for what the machine does and not for one symbol: open is open, open64, openat and fopen's
 * like. Reads and writes are told apart by what they reach: files (read, write, pread, pwrite) and connections (recv,
 * send). Eventfds, pipes and socket pairs are left alone: with them a process wakes itself, and no machine loses that.
 * With `thread` set, only calls on the thread that was the process's n-th to be made are counted. Instead of failing a
 * call may take `delay_ms` longer, as on a disk that is slow. What happens to files goes on a tape (tape.h), if a test
 * wants to cut the power. Called by whatever runs in the process, on any thread, from its first moment. */
#define _GNU_SOURCE
#include "tape.h"
#include "trespass.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define KILLED (-1)
#define IGNORED (-2)
#define TRESPASS "trespass " /* and what it is to do */

struct control {
	_Atomic uint32_t armed;
	uint32_t forever; /* from the n-th on; else just that one */
	/* For errno; KILLED: the process dies of that call, as of kill -9; IGNORED, for a sync: nothing is done, and
	 * that is called a success. What came of a trespass is left here. */
	int32_t error;
	uint32_t thread; /* 0: any */
	_Atomic uint32_t threads;
	uint32_t delay_ms; /* instead of an error */
	uint64_t nth;
	_Atomic uint64_t seen, failed;
	_Atomic int64_t shift_s;      /* of the wall clock */
	_Atomic int64_t mono_shift_s; /* of the monotonic clock, forward only */
	_Atomic uint32_t cheap_hashes, unused_too;
	char function[32];
};

static struct control *control;
static _Thread_local uint32_t ordinal; /* of this thread, 0 is the first */

/* The C library's own, which are there before symbols can be looked up. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void __libc_free(void *);

/* The function that we stand in front of. */
#define NEXT(name)                     \
	static __typeof__(&name) next; \
	if (next == NULL)              \
	*(void **)(void *)&next = dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void
take_control(void)
{
	const char *path = getenv("FAULT_CONTROL");
	NEXT(open);
	int fd = path == NULL ? -1 : next(path, O_RDWR | O_CLOEXEC);
	void *at = MAP_FAILED;

	if (fd >= 0) {
		__typeof__(&mmap) map;
		*(void **)(void *)&map = dlsym(RTLD_NEXT, "mmap");
		at = map(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		close(fd);
	}
	if (at == MAP_FAILED)
		abort(); /* a test without its faults would pass */
	control = at;
	tape_open();
}

/* True if this call is to fail; errno is set then. */
static bool
hit(const char *function)
{
	struct control *c = control;
	uint64_t call;

	if (c == NULL || atomic_load(&c->armed) == 0 || strcmp(c->function, function) != 0 ||
	    (c->thread != 0 && c->thread != ordinal))
		return false;
	call = atomic_fetch_add(&c->seen, 1) + 1;
	if (c->forever ? call < c->nth : call != c->nth)
		return false;
	atomic_fetch_add(&c->failed, 1);
	if (c->delay_ms != 0) {
		nanosleep(&(struct timespec){c->delay_ms / 1000, c->delay_ms % 1000 * 1000000L}, NULL);
		return false;
	}
	if (c->error == KILLED)
		kill(getpid(), SIGKILL);
	errno = c->error;
	return true;
}

/* What a descriptor reaches: a file or the log, a caller, or only ourselves. */
static bool
hit_io(int fd, const char *file, const char *connection)
{
	struct stat st;
	int domain = 0, saved = errno;
	socklen_t len = sizeof(domain);
	const char *function = NULL;
	__typeof__(&fstat) look;

	if (control == NULL || atomic_load(&control->armed) == 0)
		return false;
	*(void **)(void *)&look = dlsym(RTLD_NEXT, "fstat");
	if (look(fd, &st) == 0 && S_ISREG(st.st_mode))
		function = file;
	else if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain != AF_UNIX)
		function = connection;
	errno = saved;
	return function != NULL && hit(function);
}

/* ---- memory, where it is not a sanitizer's ---- */

#ifndef SANITIZED

void *
malloc(size_t size)
{
	return hit("malloc") ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return hit("malloc") ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *p, size_t size)
{
	return hit("malloc") ? NULL : __libc_realloc(p, size);
}

int
posix_memalign(void **out, size_t alignment, size_t size)
{
	NEXT(posix_memalign);
	return hit("malloc") ? ENOMEM : next(out, alignment, size);
}

#endif

void *
mmap(void *at, size_t len, int prot, int flags, int fd, off_t offset)
{
	NEXT(mmap);
	return hit("mmap") ? MAP_FAILED : next(at, len, prot, flags, fd, offset);
}

void *
mmap64(void *at, size_t len, int prot, int flags, int fd, off64_t offset)
{
	NEXT(mmap64);
	return hit("mmap") ? MAP_FAILED : next(at, len, prot, flags, fd, offset);
}

/* ---- files and connections: the same shape over and over ---- */

/* Always false. Wherever a thread waits for callers, it may be told to do something else first. */
static bool
step_aside(void)
{
	struct control *c = control;

	if (c != NULL && atomic_load(&c->armed) != 0 && strncmp(c->function, TRESPASS, strlen(TRESPASS)) == 0 &&
	    hit(c->function))
		c->error = trespass(c->function + strlen(TRESPASS));
	return false;
}

#define FAIL_IF(cond, type, name, params, args) \
	type name params                        \
	{                                       \
		NEXT(name);                     \
		if (cond)                       \
			return (type)-1;        \
		return next args;               \
	}

FAIL_IF(hit_io(fd, "read", "recv"), ssize_t, read, (int fd, void *p, size_t n), (fd, p, n))
FAIL_IF(hit_io(fd, "read", "recv"), ssize_t, readv, (int fd, const struct iovec *v, int n), (fd, v, n))
FAIL_IF(hit("pread"), ssize_t, pread, (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
FAIL_IF(hit("pread"), ssize_t, pread64, (int fd, void *p, size_t n, off64_t at), (fd, p, n, at))
FAIL_IF(hit_io(fd, "read", "recv"), ssize_t, recv, (int fd, void *p, size_t n, int flags), (fd, p, n, flags))
FAIL_IF(hit_io(fd, "read", "recv"), ssize_t, recvmsg, (int fd, struct msghdr *m, int flags), (fd, m, flags))
FAIL_IF(hit_io(fd, "write", "send"), ssize_t, write, (int fd, const void *p, size_t n), (fd, p, n))
FAIL_IF(hit_io(fd, "write", "send"), ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
FAIL_IF(hit("pwrite") || (tape_put(TAPE_WRITE, fd, at, p, n), false), ssize_t, pwrite,
    (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
FAIL_IF(hit("pwrite") || (tape_put(TAPE_WRITE, fd, at, p, n), false), ssize_t, pwrite64,
    (int fd, const void *p, size_t n, off64_t at), (fd, p, n, at))
FAIL_IF(hit_io(fd, "write", "send"), ssize_t, send, (int fd, const void *p, size_t n, int flags), (fd, p, n, flags))
FAIL_IF(hit_io(fd, "write", "send"), ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
FAIL_IF(hit("ftruncate") || (tape_put(TAPE_TRUNCATE, fd, size, NULL, 0), false), int, ftruncate, (int fd, off_t size),
    (fd, size))
FAIL_IF(hit("ftruncate") || (tape_put(TAPE_TRUNCATE, fd, size, NULL, 0), false), int, ftruncate64,
    (int fd, off64_t size), (fd, size))
FAIL_IF(hit("stat"), int, stat, (const char *path, struct stat *st), (path, st))
FAIL_IF(hit("stat"), int, stat64, (const char *path, struct stat64 *st), (path, st))
FAIL_IF(hit("stat"), int, fstat, (int fd, struct stat *st), (fd, st))
FAIL_IF(hit("stat"), int, fstat64, (int fd, struct stat64 *st), (fd, st))
FAIL_IF(hit("stat"), int, lstat, (const char *path, struct stat *st), (path, st))
FAIL_IF(hit("stat"), int, lstat64, (const char *path, struct stat64 *st), (path, st))
FAIL_IF(hit("stat"), int, fstatat, (int fd, const char *path, struct stat *st, int flags), (fd, path, st, flags))
FAIL_IF(hit("stat"), int, statvfs, (const char *path, struct statvfs *st), (path, st))
FAIL_IF(hit("unlink") || (tape_unlink(path), false), int, unlink, (const char *path), (path))
FAIL_IF(hit("accept"), int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags), (fd, a, n, flags))
FAIL_IF(hit("socket"), int, socket, (int domain, int type, int protocol), (domain, type, protocol))
FAIL_IF(hit("socket"), int, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
FAIL_IF(hit("socket"), int, listen, (int fd, int backlog), (fd, backlog))
FAIL_IF(hit("epoll"), int, epoll_create1, (int flags), (flags))
FAIL_IF(hit("epoll"), int, epoll_ctl, (int fd, int op, int on, struct epoll_event *e), (fd, op, on, e))
FAIL_IF(step_aside() || hit("epoll_wait"), int, epoll_wait, (int fd, struct epoll_event *e, int n, int tmo),
    (fd, e, n, tmo))
FAIL_IF(hit("getrandom"), ssize_t, getrandom, (void *p, size_t n, unsigned flags), (p, n, flags))

static int
sync_by(int (*next)(int), int fd)
{
	bool failed = hit("fsync"), ignored = failed && control->error == IGNORED;
	int rc;

	if (ignored)
		return 0;
	tape_put(TAPE_SYNC_BEGIN, fd, 0, NULL, 0);
	rc = failed ? -1 : next(fd);
	tape_put(rc == 0 ? TAPE_SYNC_END : TAPE_SYNC_FAILED, fd, 0, NULL, 0);
	return rc;
}

int
fsync(int fd)
{
	NEXT(fsync);
	return sync_by(next, fd);
}

int
fdatasync(int fd)
{
	NEXT(fdatasync);
	return sync_by(next, fd);
}

#define OPEN(name, params, args)                       \
	int name params                                \
	{                                              \
		NEXT(name);                            \
		unsigned mode = 0;                     \
		if (flags & (O_CREAT | O_TMPFILE)) {   \
			va_list more;                  \
			va_start(more, flags);         \
			mode = va_arg(more, unsigned); \
			va_end(more);                  \
		}                                      \
		return hit("open") ? -1 : next args;   \
	}

OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
OPEN(openat, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))
OPEN(openat64, (int dir, const char *path, int flags, ...), (dir, path, flags, mode))

/* Only what takes a lock: giving one back needs nothing that could be missing, nor does changing a flag. */
static bool
takes_lock(int cmd, const void *arg)
{
	return (cmd == F_SETLK || cmd == F_SETLKW) && ((const struct flock *)arg)->l_type != F_UNLCK;
}

#define FCNTL(name)                                                                   \
	int name(int fd, int cmd, ...)                                                \
	{                                                                             \
		NEXT(name);                                                           \
		va_list more;                                                         \
		va_start(more, cmd);                                                  \
		void *arg = va_arg(more, void *);                                     \
		va_end(more);                                                         \
		return takes_lock(cmd, arg) && hit("lock") ? -1 : next(fd, cmd, arg); \
	}

FCNTL(fcntl)
FCNTL(fcntl64)

/* ---- threads ---- */

struct begin {
	void *(*body)(void *);
	void *arg;
	uint32_t ordinal;
};

static void *
begin(void *arg)
{
	struct begin b = *(struct begin *)arg;

	__libc_free(arg);
	ordinal = b.ordinal;
	return b.body(b.arg);
}

int
pthread_create(pthread_t *out, const pthread_attr_t *attr, void *(*body)(void *), void *arg)
{
	NEXT(pthread_create);
	struct begin *b;

	if (hit("pthread_create"))
		return control->error;
	if (control == NULL || (b = __libc_malloc(sizeof(*b))) == NULL)
		return EAGAIN;
	*b = (struct begin){body, arg, atomic_fetch_add(&control->threads, 1) + 1};
	return next(out, attr, begin, b);
}

/* ---- passwords ---- */

/* libsodium's Argon2id. A cheap one is the same for each password, and so no password is right meanwhile. */
int
crypto_pwhash(unsigned char *const out, unsigned long long out_len, const char *const pwd, unsigned long long pwd_len,
    const unsigned char *const salt, unsigned long long passes, size_t memory, int algorithm)
{
	static int (*next)(unsigned char *, unsigned long long, const char *, unsigned long long, const unsigned char *,
	    unsigned long long, size_t, int);

	if (next == NULL)
		*(void **)(void *)&next = dlsym(RTLD_NEXT, "crypto_pwhash");
	if (control == NULL || atomic_load(&control->cheap_hashes) == 0)
		return next(out, out_len, pwd, pwd_len, salt, passes, memory, algorithm);
	memset(out, 0, out_len);
	return 0;
}

/* ---- the clocks ---- */

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	NEXT(clock_gettime);
	int rc = next(clock, ts);

	if (rc == 0 && control != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		ts->tv_sec += atomic_load(&control->shift_s);
	if (rc == 0 && control != NULL && (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE))
		ts->tv_sec += atomic_load(&control->mono_shift_s);
	return rc;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	*tv = (struct timeval){.tv_sec = ts.tv_sec, .tv_usec = (suseconds_t)(ts.tv_nsec / 1000)};
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec ts = {0};

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}
