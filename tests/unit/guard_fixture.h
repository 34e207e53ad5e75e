/* What the tests of guard/ share: what is given up is given up for ever, so each test does it in a process of its own.
 */
#ifndef SRV_TESTS_GUARD_FIXTURE_H
#define SRV_TESTS_GUARD_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

/* Runs body in a child. Its exit status, or minus the signal that ended it; body's return is the exit status. */
static inline int
apart(int (*body)(const void *arg), const void *arg)
{
	int status = 0;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(body(arg));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* In a child, where cmocka's assertions would run on into the parent's tests: says what does not hold, and ends. */
#define CHECK(holds)                                                                 \
	do {                                                                         \
		if (!(holds)) {                                                      \
			(void)dprintf(2, "%s:%d: %s\n", __FILE__, __LINE__, #holds); \
			_exit(99);                                                   \
		}                                                                    \
	} while (0)

#endif
