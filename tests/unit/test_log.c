/* The log's lines, read back from a pipe that stands in for standard error. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "../../impl/base/clock.h"
#include "../../impl/base/log.h"
#include "../../impl/base/text.h"

#define STAMP "2026-03-20T14:35:00Z "

static int pipe_fd[2];
static int real_stderr;

static wall_t
the_moment(void)
{
	return (wall_t){1774017300};
}

static int
set_up(void **state)
{
	(void)state;
	if (pipe(pipe_fd) != 0 || fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK) != 0)
		return -1;
	(void)fflush(stderr);
	real_stderr = dup(STDERR_FILENO);
	if (dup2(pipe_fd[1], STDERR_FILENO) < 0)
		return -1;
	clock_override(the_moment, NULL);
	log_init(LOG_LEVEL_DEBUG);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	(void)dup2(real_stderr, STDERR_FILENO);
	(void)close(real_stderr);
	if (pipe_fd[0] >= 0)
		(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
	clock_override(NULL, NULL);
	log_init(LOG_LEVEL_INFO);
	log_set_format(LOG_TEXT);
	return 0;
}

/* What was logged since the last call, with its NUL. */
static const char *
logged(char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(pipe_fd[0], text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}
#define LOGGED() logged((char[8192]){0}, 8192)

static void
log_line_is_time_level_event(void **state)
{
	(void)state;
	log_error("start.failed code=%d", 7);
	assert_string_equal(LOGGED(), STAMP "error start.failed code=7\n");
	log_warnx("a.b");
	assert_string_equal(LOGGED(), STAMP "warn a.b\n");
	log_info("c.d x=%s", LOG_STR("y z"));
	assert_string_equal(LOGGED(), STAMP "info c.d x=\"y z\"\n");
	log_debug("e.f");
	assert_string_equal(LOGGED(), STAMP "debug e.f\n");
}

static void
log_warn_says_why_in_the_words_of_errno(void **state)
{
	(void)state;
	errno = ENOENT;
	log_warn("file.open name=%s", LOG_STR("x"));
	assert_string_equal(LOGGED(), STAMP "warn file.open name=\"x\" reason=\"No such file or directory\"\n");
}

static void
log_keeps_errno(void **state)
{
	(void)state;
	errno = EXDEV;
	log_error("a");
	log_warn("a");
	log_warnx("a");
	log_info("a");
	log_debug("a");
	assert_int_equal(errno, EXDEV);
	(void)LOGGED();
}

static void
log_below_the_level_is_silent(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_WARN);
	log_info("no");
	log_debug("no");
	assert_string_equal(LOGGED(), "");
	log_warnx("yes");
	assert_string_equal(LOGGED(), STAMP "warn yes\n");
	log_init(LOG_LEVEL_ERROR);
	errno = 0;
	log_warn("no");
	log_warnx("no");
	assert_string_equal(LOGGED(), "");
	log_error("yes");
	assert_string_equal(LOGGED(), STAMP "error yes\n");
}

static void
log_audit_is_written_at_every_level(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_ERROR);
	log_audit("op name=%s", "LogOut");
	assert_string_equal(LOGGED(), STAMP "audit op name=LogOut\n");
	assert_int_equal(log_level_parse("audit"), -1);
}

#define JSON(level) "{\"time\":\"2026-03-20T14:35:00Z\",\"level\":\"" level "\",\"event\":"

static void
log_json_has_a_member_for_each_key(void **state)
{
	(void)state;
	log_set_format(LOG_JSON);
	log_info("conn error class=%s ms=%d neg=%d zero=%d who=%s code=007 big=%s empty=", "slow", 12, -3, 0,
	    LOG_STR(NULL), "1234567890123456");
	assert_string_equal(LOGGED(),
	    JSON("info") "\"conn error\",\"class\":\"slow\",\"ms\":12,\"neg\":-3,\"zero\":0,"
			 "\"who\":null,\"code\":\"007\",\"big\":\"1234567890123456\",\"empty\":\"\"}\n");
	log_audit("stopped");
	assert_string_equal(LOGGED(), JSON("audit") "\"stopped\"}\n");
	errno = ENOENT;
	log_warn("accept paused");
	assert_string_equal(LOGGED(), JSON("warn") "\"accept paused\",\"reason\":\"No such file or directory\"}\n");
	/* A quoted number is text. */
	log_info("a id=%s last=1", LOG_STR("12345678"));
	assert_string_equal(LOGGED(), JSON("info") "\"a\",\"id\":\"12345678\",\"last\":1}\n");
}

static void
log_json_holds_what_was_quoted_exactly(void **state)
{
	static const char *const cases[][2] = {{"", ""}, {"a b=c", "a b=c"}, {"\"\\", "\\\"\\\\"},
	    {"a\r\n\t\x1b[2J", "a\\u000d\\u000a\\u0009\\u001b[2J"}, {"\\x41", "\\\\x41"},
	    {"M\xc3\xbcller \xf0\x9f\x98\x80", "M\xc3\xbcller \xf0\x9f\x98\x80"},
	    {"\xe2\x80\xae\xc2\x85\xf3\xa0\x80\x81", "\\u202e\\u0085\\udb40\\udc01"},
	    {"\xff"
	     "a\xc0\x80",
		"\\ufffd"
		"a\\ufffd\\ufffd"},
	    {"\" z=\"1", "\\\" z=\\\"1"}};
	char want[256];

	(void)state;
	log_set_format(LOG_JSON);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		log_info("e v=%s end=1", LOG_STR(cases[i][0]));
		(void)snprintf(want, sizeof want, JSON("info") "\"e\",\"v\":\"%s\",\"end\":1}\n", cases[i][1]);
		assert_string_equal(LOGGED(), want);
	}
}

/* Cut anywhere, it still is one object on one line, for the braces and quotes at its end find room. */
static void
log_json_that_is_too_long_is_whole_json(void **state)
{
	char text[LOG_LINE_MAX], quoted[8 * LOG_LINE_MAX];
	static const char *const fills[] = {"x", "\x01", "\xe2\x80\xae", "\"", "\xc2\x85"};

	(void)state;
	log_set_format(LOG_JSON);
	for (size_t i = 0; i < sizeof fills / sizeof *fills; i++) {
		for (size_t n = 0; n + 1 < sizeof text; n++)
			text[n] = fills[i][n % strlen(fills[i])];
		text[sizeof text - 1] = '\0';
		log_info("e v=%s a=1 b=2", log_quote(quoted, sizeof quoted, text));
		const char *line = LOGGED();
		size_t len = strlen(line), bare = 0;

		assert_true(len > LOG_LINE_MAX / 2 && len <= 4096);
		assert_string_equal(line + len - 3, "\"}\n");
		assert_ptr_equal(strchr(line, '\n'), line + len - 1);
		for (const char *p = line; *p != '\0'; p++) {
			if (*p == '\\')
				p++;
			else
				bare += *p == '"';
		}
		assert_int_equal(bare % 2, 0);
	}
	/* So many keys that not all find room. */
	for (size_t n = 0; n + 4 < sizeof text; n += 3)
		memcpy(text + n, "a= ", 4);
	log_info("e %s", text);
	const char *line = LOGGED();
	assert_true(strlen(line) <= 4096 && strlen(line) > 4000);
	assert_string_equal(line + strlen(line) - 3, "\"}\n");
}

static void
log_format_words_are_exact(void **state)
{
	(void)state;
	assert_int_equal(log_format_parse("text"), LOG_TEXT);
	assert_int_equal(log_format_parse("json"), LOG_JSON);
	assert_int_equal(log_format_parse("JSON"), -1);
	assert_int_equal(log_format_parse(""), -1);
}

static void
log_level_words_are_exact(void **state)
{
	(void)state;
	assert_int_equal(log_level_parse("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_parse("warn"), LOG_LEVEL_WARN);
	assert_int_equal(log_level_parse("info"), LOG_LEVEL_INFO);
	assert_int_equal(log_level_parse("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_parse("Error"), -1);
	assert_int_equal(log_level_parse(""), -1);
	assert_int_equal(log_level_parse("trace"), -1);
}

static void
log_quote_escapes_what_could_forge_or_hide(void **state)
{
	(void)state;
	assert_string_equal(LOG_STR(NULL), "-");
	assert_string_equal(LOG_STR(""), "\"\"");
	assert_string_equal(LOG_STR("a b=\"c\" \\d"), "\"a b=\\\"c\\\" \\\\d\"");
	assert_string_equal(LOG_STR("a\r\n2030-01-01 admin login OK"), "\"a\\r\\n2030-01-01 admin login OK\"");
	assert_string_equal(LOG_STR("\x1b[2J\t\x01\x7f"), "\"\\x1b[2J\\t\\x01\\x7f\"");
	assert_string_equal(
	    LOG_STR("\xe2\x80\xa8\xe2\x80\xae\xc2\x85"), "\"\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xc2\\x85\"");
	assert_string_equal(LOG_STR("\xef\xbb\xbf\xe2\x80\x8b"), "\"\\xef\\xbb\\xbf\\xe2\\x80\\x8b\"");
	assert_string_equal(LOG_STR("\xff\xc0\x80\xed\xa0\x80"), "\"\\xff\\xc0\\x80\\xed\\xa0\\x80\"");
	assert_string_equal(LOG_STR("M\xc3\xbcller \xf0\x9f\x98\x80"), "\"M\xc3\xbcller \xf0\x9f\x98\x80\"");
}

static void
log_quote_is_cut_whole_characters_at_a_time(void **state)
{
	char small[8];

	(void)state;
	for (size_t size = 3; size <= sizeof(small); size++) {
		size_t len = strlen(log_quote(small, size, "\xc3\xa9\n\x01z"));

		assert_true(len < size);
		assert_int_equal(small[0], '"');
		assert_int_equal(small[len - 1], '"');
		assert_true(text_is_utf8(small, len));
	}
	assert_string_equal(log_quote(small, 6, "\xc3\xa9\n"), "\"\xc3\xa9\"");
	assert_string_equal(log_quote(small, 7, "\xc3\xa9\n"), "\"\xc3\xa9\\n\"");
	assert_string_equal(log_quote(small, 2, "abc"), "");
}

static void
log_line_stays_one_line_whatever_it_is_given(void **state)
{
	(void)state;
	log_info("a b=%s", "x\ny\x1b[0m");
	assert_string_equal(LOGGED(), STAMP "info a b=x?y?[0m\n");
}

static void
log_long_line_is_cut_at_the_limit(void **state)
{
	char text[4000];
	const char *line;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info("a b=%s", text);
	line = LOGGED();
	assert_int_equal(strlen(line), LOG_LINE_MAX);
	assert_int_equal(line[LOG_LINE_MAX - 1], '\n');
	assert_int_equal(line[LOG_LINE_MAX - 2], 'x');

	for (size_t i = 0; i + 1 < sizeof(text); i++)
		text[i] = "\xe2\x82\xac"[i % 3];
	errno = EIO;
	log_warn("a b=%s", text);
	line = LOGGED();
	assert_true(strlen(line) <= LOG_LINE_MAX && strlen(line) >= LOG_LINE_MAX - 3);
	assert_true(text_is_utf8(line, strlen(line)));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
log_reader_that_stops_holds_nobody_up_and_learns_what_it_missed(void **state)
{
	char text[1000], all[1 << 18], want[128];
	unsigned long written = 0, missed;
	char *note;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int i = 0; i < 1000; i++)
		log_info("flood x=%s", text);
	logged(all, sizeof(all));
	for (char *p = all; (p = strchr(p, '\n')) != NULL; p++)
		written++;
	assert_true(written > 0 && written < 1000);
	missed = 1000 - written;
	log_info("after");
	logged(all, sizeof(all));
	(void)snprintf(want, sizeof(want), STAMP "warn log.dropped lines=%lu\n" STAMP "info after\n", missed);
	assert_string_equal(all, want);
	log_info("again");
	note = strstr(logged(all, sizeof(all)), "dropped");
	assert_null(note);
}

static void
log_reader_that_is_gone_kills_nobody(void **state)
{
	struct sigaction was;

	(void)state;
	(void)sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_DFL}, &was);
	(void)close(pipe_fd[0]);
	pipe_fd[0] = -1;
	log_info("nobody reads this");
	(void)sigaction(SIGPIPE, &was, NULL);

	/* What is missing is said to the next reader; take it here, so that no later test meets it. */
	(void)close(pipe_fd[1]);
	assert_int_equal(pipe(pipe_fd), 0);
	assert_int_equal(fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK), 0);
	assert_true(dup2(pipe_fd[1], STDERR_FILENO) >= 0);
	log_info("a");
	assert_string_equal(LOGGED(), STAMP "warn log.dropped lines=1\n" STAMP "info a\n");
}

#define WRITERS 4
#define LINES 20

static void *
writer(void *arg)
{
	for (int i = 0; i < LINES; i++)
		log_info("thread n=%d line=%d end", *(int *)arg, i);
	return NULL;
}

static void
log_lines_of_threads_do_not_mix(void **state)
{
	pthread_t thread[WRITERS];
	int number[WRITERS], next[WRITERS] = {0}, lines = 0;
	char all[16384];

	(void)state;
	for (int i = 0; i < WRITERS; i++) {
		number[i] = i;
		assert_int_equal(pthread_create(&thread[i], NULL, writer, &number[i]), 0);
	}
	for (int i = 0; i < WRITERS; i++)
		(void)pthread_join(thread[i], NULL);
	logged(all, sizeof(all));
	for (char *line = strtok(all, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		int n = -1, i = -1, end = 0;

		assert_int_equal(sscanf(line, STAMP "info thread n=%d line=%d end%n", &n, &i, &end), 2);
		assert_int_equal(end, strlen(line));
		assert_true(n >= 0 && n < WRITERS);
		assert_int_equal(i, next[n]++);
		lines++;
	}
	assert_int_equal(lines, WRITERS * LINES);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    T(log_line_is_time_level_event),
	    T(log_warn_says_why_in_the_words_of_errno),
	    T(log_keeps_errno),
	    T(log_below_the_level_is_silent),
	    T(log_audit_is_written_at_every_level),
	    T(log_json_has_a_member_for_each_key),
	    T(log_json_holds_what_was_quoted_exactly),
	    T(log_json_that_is_too_long_is_whole_json),
	    T(log_format_words_are_exact),
	    T(log_level_words_are_exact),
	    T(log_quote_escapes_what_could_forge_or_hide),
	    T(log_quote_is_cut_whole_characters_at_a_time),
	    T(log_line_stays_one_line_whatever_it_is_given),
	    T(log_long_line_is_cut_at_the_limit),
	    T(log_reader_that_stops_holds_nobody_up_and_learns_what_it_missed),
	    T(log_reader_that_is_gone_kills_nobody),
	    T(log_lines_of_threads_do_not_mix),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
