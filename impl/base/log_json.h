/* A line of the log as a JSON object. Only log.c includes this. Thread: any; allocates nothing. */
#ifndef SRV_BASE_LOG_JSON_H
#define SRV_BASE_LOG_JSON_H

#include <stddef.h>

#define LOG_JSON_MAX 4096 /* bytes with the line feed: what a pipe that is ready takes whole (PIPE_BUF) */

/* Writes {"time":..,"level":..,"event":..,key:value..} for `event key=value ...`, len bytes of text, and gives its
 * length, less than LOG_JSON_MAX. Quoted values become what they were before log_quote, but that bytes which are no
 * UTF-8 become U+FFFD; `-` becomes null, whole numbers without quotes become numbers, all else strings. A line that
 * does not fit loses its end, and is whole JSON still. */
size_t log_json(char out[LOG_JSON_MAX], const char *time, const char *level, const char *text, size_t len);

#endif
