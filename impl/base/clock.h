/* Time. Wall time and monotonic time are different types and never mix. Thread: any.
 * Tests put a clock of their own in place with clock_override. */
#ifndef SRV_BASE_CLOCK_H
#define SRV_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
	int64_t s;
} wall_t; /* seconds since 1970-01-01 UTC */
typedef struct {
	int64_t ms;
} mono_t; /* milliseconds since some start, never steps */

wall_t clock_wall(void);
mono_t clock_mono(void);

/* For tests: from now on both clocks read what these functions return; NULL puts the real ones back. */
void clock_override(wall_t (*wall)(void), mono_t (*mono)(void));

/* ISO 8601. buf holds CLOCK_TEXT_MAX bytes. utc: `2026-03-20T14:35:00Z`; local: `2026-03-20T16:35:00`
 * in the host's time zone. Both return buf. Years 0 to 9999; others are clamped. */
#define CLOCK_TEXT_MAX 24
const char *clock_format_utc(wall_t, char buf[CLOCK_TEXT_MAX]);
const char *clock_format_local(wall_t, char buf[CLOCK_TEXT_MAX]);

/* Reads `YYYY-MM-DDTHH:MM:SSZ`, a space for the T, with the Z absent, with a fraction, or a bare date
 * `YYYY-MM-DD` (midnight): all UTC. False if it is none of these or no such date exists. */
bool clock_parse_utc(const char *text, wall_t *out);

/* Seconds east of UTC that hold at the given moment in the host's time zone. */
int clock_utc_offset_s(wall_t);

#endif
