/* The log: lines to standard error, for the journal or a file to keep.
 *
 * Logging must never hold up a request. A reader that stopped would block write(2), and a non-blocking
 * standard error would be so for every process that shares it; so under a lock we ask poll(2) first, and drop
 * the line when there is no room. (A pipe or a Unix socket that is ready takes a line of LOG_LINE_MAX bytes
 * whole, because no one else of ours writes meanwhile.) What was dropped is counted, and said in front of the
 * next line that goes out. A disk that is full takes a part of a line; that is dropped too, and the next begins on a
 * line of its own. Called by everyone, on any thread. */
#include "log.h"
#include "clock.h"
#include "log_json.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const level_word[] = {"error", "warn", "info", "debug"};
#define LEVELS (sizeof(level_word) / sizeof(level_word[0]))
enum { AUDIT = -1 }; /* below every level that can be asked for */

static const char *const format_word[] = {[LOG_TEXT] = "text", [LOG_JSON] = "json"};

static atomic_int level_max = LOG_LEVEL_INFO;
static atomic_int format = LOG_TEXT;
static pthread_mutex_t write_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long dropped; /* lines, under write_lock */
static bool torn;             /* a part of a line is the last that went out; under write_lock */

void
log_init(enum log_level level)
{
	atomic_store(&level_max, (int)level);
}

int
log_level_parse(const char *word)
{
	for (size_t i = 0; i < LEVELS; i++) {
		if (strcmp(word, level_word[i]) == 0)
			return (int)i;
	}
	return -1;
}

void
log_set_format(enum log_format f)
{
	atomic_store(&format, (int)f);
}

int
log_format_parse(const char *word)
{
	for (size_t i = 0; i < sizeof(format_word) / sizeof(format_word[0]); i++) {
		if (strcmp(word, format_word[i]) == 0)
			return (int)i;
	}
	return -1;
}

static bool
write_bytes_locked(const char *line, size_t len)
{
	struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t n;
	int ready;

	do {
		ready = poll(&fd, 1, 0);
	} while (ready < 0 && errno == EINTR);
	if (ready <= 0 || fd.revents != POLLOUT) /* a reader that is gone would be SIGPIPE */
		return false;
	do {
		n = write(STDERR_FILENO, line, len);
	} while (n < 0 && errno == EINTR);
	if (n > 0)
		torn = n != (ssize_t)len;
	return n == (ssize_t)len;
}

static bool
write_line_locked(const char *line, size_t len)
{
	return (!torn || write_bytes_locked("\n", 1)) && write_bytes_locked(line, len);
}

/* What goes out for this event, with its line feed; gives the length. */
static size_t
finish_line(char line[LOG_JSON_MAX], int level, const char *text, size_t len)
{
	char when[CLOCK_TEXT_MAX];
	const char *word = level == AUDIT ? "audit" : level_word[level];
	int n;

	clock_format_utc(clock_wall(), when);
	if (atomic_load_explicit(&format, memory_order_relaxed) == LOG_JSON) {
		len = log_json(line, when, word, text, len);
	} else {
		n = snprintf(line, LOG_LINE_MAX, "%s %s %.*s", when, word, (int)len, text);
		len = n < LOG_LINE_MAX ? (size_t)n : text_cut(line, LOG_LINE_MAX - 1);
	}
	line[len++] = '\n';
	return len;
}

static void
write_line(int level, const char *text, size_t len)
{
	char line[LOG_JSON_MAX], note[64];

	pthread_mutex_lock(&write_lock);
	if (dropped > 0) {
		int n = snprintf(note, sizeof(note), "log.dropped lines=%lu", dropped);

		if (write_line_locked(line, finish_line(line, LOG_LEVEL_WARN, note, (size_t)n)))
			dropped = 0;
	}
	if (dropped > 0 || !write_line_locked(line, finish_line(line, level, text, len)))
		dropped++;
	pthread_mutex_unlock(&write_lock);
}

/* A line is one line whatever its arguments held: LOG_STR escapes, this only makes sure. */
static void
blank_controls(char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			s[i] = '?';
	}
}

static void
log_line(int level, int error, const char *fmt, va_list ap)
{
	char line[LOG_LINE_MAX], text[128], quoted[160];
	const size_t max = sizeof(line) - 1; /* the line feed */
	size_t len = 0;
	int n;

	if (level > atomic_load_explicit(&level_max, memory_order_relaxed))
		return;
	n = vsnprintf(line, sizeof(line), fmt, ap);
	if (n > 0)
		len = (size_t)n > max ? text_cut(line, max) : (size_t)n;
	if (error >= 0) {
		if (strerror_r(error, text, sizeof(text)) != 0)
			(void)snprintf(text, sizeof(text), "error %d", error);
		n = snprintf(line + len, sizeof(line) - len, " reason=%s", log_quote(quoted, sizeof(quoted), text));
		if (n > 0)
			len = len + (size_t)n > max ? text_cut(line, max) : len + (size_t)n;
	}
	blank_controls(line, len);
	write_line(level, line, len);
}

#define LOG_FUNCTION(name, level, with_errno)                         \
	void name(const char *fmt, ...)                               \
	{                                                             \
		int before = errno;                                   \
		va_list ap;                                           \
                                                                      \
		va_start(ap, fmt);                                    \
		log_line(level, (with_errno) ? before : -1, fmt, ap); \
		va_end(ap);                                           \
		errno = before;                                       \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR, false)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN, true)
LOG_FUNCTION(log_warnx, LOG_LEVEL_WARN, false)
LOG_FUNCTION(log_audit, AUDIT, false)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO, false)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG, false)

/* Writes what stands for the character [s, s+len) in a quoted value into out, and gives its length. What does not show
 * is escaped like controls: a name in the log must look like what it is. */
static size_t
quote_char(const char *s, size_t len, int32_t ch, char out[16])
{
	static const char hex[] = "0123456789abcdef";
	size_t n = 0;

	if (ch == '"' || ch == '\\' || ch == '\n' || ch == '\r' || ch == '\t') {
		out[n++] = '\\';
		out[n++] = ch == '\n' ? 'n' : ch == '\r' ? 'r' : ch == '\t' ? 't' : (char)ch;
		return n;
	}
	for (size_t i = 0; i < len; i++) {
		if (text_is_visible(ch)) {
			out[n++] = s[i];
		} else {
			out[n++] = '\\';
			out[n++] = 'x';
			out[n++] = hex[(unsigned char)s[i] >> 4];
			out[n++] = hex[(unsigned char)s[i] & 15];
		}
	}
	return n;
}

const char *
log_quote(char *buf, size_t size, const char *s)
{
	size_t len, n = 0;

	if (size < 3) {
		if (size > 0)
			buf[0] = '\0';
		return buf;
	}
	if (s == NULL) {
		memcpy(buf, "-", 2);
		return buf;
	}
	len = strlen(s);
	buf[n++] = '"';
	for (size_t i = 0; i < len;) {
		char as[16];
		int32_t ch;
		size_t took = text_next(s + i, len - i, &ch);
		size_t more = quote_char(s + i, took, ch, as);

		if (n + more + 2 > size)
			break;
		memcpy(buf + n, as, more);
		n += more;
		i += took;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return buf;
}
