/* What the tests of srvadm share: the program itself ($SRV_BUILD/srvadm, by default build/srvadm) is run, and its
 * output and exit status are looked at. */
#ifndef SRV_TESTS_SRVADM_FIXTURE_H
#define SRV_TESTS_SRVADM_FIXTURE_H

#include "store_help.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#define ARGS_MAX 16

struct result {
	int status;
	char out[16384], err[4096];
};

static inline const char *
program(void)
{
	static char path[512];
	const char *build = getenv("SRV_BUILD");
	snprintf(path, sizeof path, "%s/srvadm", build != NULL ? build : "build");
	return path;
}

static inline void
become(const char *const *args)
{
	char *argv[ARGS_MAX + 2] = {(char *)(uintptr_t)program()};
	const char *build = getenv("SRV_BUILD");
	char shim[512];
	for (int i = 0; i < ARGS_MAX && args[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)args[i];
	/* Not to the machine's own log. AddressSanitizer minds who comes before it. */
	snprintf(shim, sizeof shim, "%s/tests/unit/syslog_file.so", build != NULL ? build : "build");
	setenv("LD_PRELOAD", shim, 1);
	setenv("ASAN_OPTIONS", "verify_asan_link_order=0", 1);
	execv(argv[0], argv);
	_exit(127);
}

/* The exit status, or minus the signal; a program that does not end is a failure. */
static inline int
wait_for(pid_t pid)
{
	int status = 0;
	pid_t ended = 0;
	for (int i = 0; ended == 0 && i < 30000; i++) {
		ended = waitpid(pid, &status, WNOHANG);
		if (ended == 0)
			nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	if (ended != pid) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		fail_msg("srvadm does not end");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Runs srvadm with exactly these arguments. */
static inline struct result *
run_plain(const char *input, size_t input_len, const char *const *args)
{
	static struct result r;
	FILE *in = tmpfile(), *out = tmpfile(), *err = tmpfile();
	assert_true(in != NULL && out != NULL && err != NULL);
	assert_int_equal(fwrite(input, 1, input_len, in), input_len);
	rewind(in);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(fileno(in), 0);
		dup2(fileno(out), 1);
		dup2(fileno(err), 2);
		become(args);
	}
	r.status = wait_for(pid);
	rewind(out);
	rewind(err);
	r.out[fread(r.out, 1, sizeof r.out - 1, out)] = '\0';
	r.err[fread(r.err, 1, sizeof r.err - 1, err)] = '\0';
	fclose(in);
	fclose(out);
	fclose(err);
	return &r;
}

/* Runs srvadm --database FILE with the arguments, the last being NULL. */
static inline struct result *
run(const struct place *p, const char *input, ...)
{
	const char *args[ARGS_MAX + 1] = {"--database", p->db};
	int n = 2;
	va_list list;
	va_start(list, input);
	while (n < ARGS_MAX && (args[n] = va_arg(list, const char *)) != NULL)
		n++;
	va_end(list);
	return run_plain(input, strlen(input), args);
}

static inline void
one_line(const char *text)
{
	const char *end = strchr(text, '\n');
	if (end == NULL || end[1] != '\0')
		fail_msg("not one line: %s", text);
}

/* It failed with this status, said so in one line that holds the words, and printed nothing else. */
static inline void
failed(const struct result *r, int status, const char *words)
{
	if (r->status != status || strstr(r->err, words) == NULL)
		fail_msg("status %d: %s", r->status, r->err);
	assert_int_equal(strncmp(r->err, "srvadm: ", 8), 0);
	one_line(r->err);
	assert_string_equal(r->out, "");
}

static inline void
said(const struct result *r, const char *out)
{
	if (r->status != 0)
		fail_msg("status %d: %s", r->status, r->err);
	assert_string_equal(r->out, out);
}

static inline int
store_setup(void **state)
{
	if (place_make(state) != 0)
		return -1;
	struct place *p = *state;
	struct store *s = store_made(p->db);
	store_close(&s);
	return 0;
}

static inline int64_t
count(const struct place *p, const char *sql)
{
	return ask(p->db, sql);
}

#endif
