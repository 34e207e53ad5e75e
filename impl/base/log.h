/* The log: standard error, one line an event, `time level event key=value ...`, or the same as a JSON object.
 * Thread: any. errno survives every call. Values that come from the wire pass through LOG_STR, which
 * quotes them and escapes controls, quotes, backslashes and what is not printable UTF-8. No secret, no
 * payload is ever logged. */
#ifndef SRV_BASE_LOG_H
#define SRV_BASE_LOG_H

#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Lines below this level are dropped. Default LOG_LEVEL_INFO. Again for another level. */
void log_init(enum log_level level);

/* "error" "warn" "info" "debug"; -1 if the word is none of them. */
int log_level_parse(const char *word);

enum log_format { LOG_TEXT, LOG_JSON };
/* "text" "json"; -1 if the word is neither. */
int log_format_parse(const char *word);
/* How lines are written from now on. Default LOG_TEXT. */
void log_set_format(enum log_format);

/* fmt is `event key=value ...` without a line feed. log_warn adds errno's text as reason="...";
 * log_warnx does not. A value without quotes holds no blank; one that is text is quoted, so that whole numbers without
 * quotes are numbers. A line is written with one write(2), cut at LOG_LINE_MAX bytes; JSON has escapes on top. */
#define LOG_LINE_MAX 2048
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* srvd cannot do its work */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* with errno */
void log_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Who did what to the service, and what came of it: written at every level, and before the answer is. */
void log_audit(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));  /* for the operator */
void log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* for the developer */

/* Quotes s for a log line into buf and returns buf; s may be NULL (gives -). Cut if it does not fit. */
const char *log_quote(char *buf, size_t size, const char *s);
#define LOG_STR(s) log_quote((char[256]){0}, 256, (s))

#endif
