/* Why: that the filter forbids calls is shown by its unit tests in a process made for it; that the real srvd runs under
 * it, on the thread that reads requests, shows only in srvd. These are the first steps of one who can run code there:
 * another program, another process, a way out, another's memory, code of his own, secrets of the system. Called by
 * shim.c on a thread of srvd, when a test says so. */
#define _GNU_SOURCE
#include "trespass.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static long
run_program(void)
{
	char *argv[] = {(char *)"true", NULL}, *env[] = {NULL};

	return syscall(SYS_execve, "/bin/true", argv, env);
}

static long
call_somebody(void)
{
	struct sockaddr_in to = {
	    .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	return syscall(SYS_connect, 0, &to, sizeof(to));
}

static long
make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return syscall(SYS_mprotect, page, 4096, PROT_READ | PROT_EXEC);
}

#define CALLS(X)                                                       \
	X(execve, run_program())                                       \
	X(fork, syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0))               \
	X(socket, syscall(SYS_socket, AF_INET, SOCK_STREAM, 0))        \
	X(connect, call_somebody())                                    \
	X(ptrace, syscall(SYS_ptrace, PTRACE_ATTACH, getppid(), 0, 0)) \
	X(mprotect, make_code())                                       \
	X(bpf, syscall(SYS_bpf, 0, NULL, 0))                           \
	X(mount, syscall(SYS_mount, "none", "/tmp", "tmpfs", 0, NULL)) \
	X(shadow, syscall(SYS_openat, AT_FDCWD, "/etc/shadow", O_RDONLY | O_CLOEXEC))

int
trespass(const char *name)
{
#define X(word, call)                 \
	if (strcmp(name, #word) == 0) \
		return (call) < 0 ? errno : 0;
	CALLS(X)
#undef X
	abort(); /* a test that asks for what there is not would pass */
}
