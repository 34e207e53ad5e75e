/* A ticket as text, as its 16 bytes, and as the hash under which the store keeps it. Only session/
 * includes this. Thread: any. */
#ifndef SRV_SESSION_TICKET_H
#define SRV_SESSION_TICKET_H

#include "../base/err.h"
#include <stdbool.h>
#include <stdint.h>

#define TICKET_BYTES 16
#define TICKET_TEXT_LEN 36
#define TICKET_HASH_BYTES 32
#define TICKET_SHORT_LEN 8

/* Lower-case GUID, with a NUL. */
void ticket_format(const uint8_t bytes[TICKET_BYTES], char text[TICKET_TEXT_LEN + 1]);
/* Exactly 36 characters, 8-4-4-4-12 hexadecimal digits of either case; text may be NULL. False, and out
 * untouched, for anything else. */
bool ticket_parse(const char *text, uint8_t out[TICKET_BYTES]);
/* SHA-256 of the 16 bytes, so one hash for every spelling. */
void ticket_hash(const uint8_t bytes[TICKET_BYTES], uint8_t hash[TICKET_HASH_BYTES]);
/* Both; the bytes are nowhere afterwards. False, and hash untouched, if text is no ticket. */
bool ticket_hash_text(const char *text, uint8_t hash[TICKET_HASH_BYTES]);
/* Eight hexadecimal digits that name a ticket in the log and give nothing of it away. Returns text. */
const char *ticket_short(const uint8_t hash[TICKET_HASH_BYTES], char text[TICKET_SHORT_LEN + 1]);

#endif
