/* Why: a ticket is shown as a GUID, compared without regard to case and stored as a hash only, so that a
 * copy of the store lets nobody in; the three forms and the ways between them are here and nowhere else.
 * Model: 16 bytes are the ticket; the text is one spelling of them, the hash is SHA-256 over them. A plain
 * hash is enough because 128 random bits cannot be tried through.
 * Callers: session.c and login.c, on event loops and pool threads. */
#include "ticket.h"
#include "../base/text.h"
#include <sodium.h>
#include <string.h>

_Static_assert(TICKET_HASH_BYTES == crypto_hash_sha256_BYTES, "a ticket's hash is SHA-256");

static bool
is_hyphen_place(size_t i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

void
ticket_format(const uint8_t bytes[TICKET_BYTES], char text[TICKET_TEXT_LEN + 1])
{
	static const char digit[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < TICKET_BYTES; i++) {
		if (is_hyphen_place(at))
			text[at++] = '-';
		text[at++] = digit[bytes[i] >> 4];
		text[at++] = digit[bytes[i] & 15];
	}
	text[at] = '\0';
}

static bool
is_ticket(const char *text)
{
	/* A NUL is no digit, so a short text ends here. */
	for (size_t i = 0; i < TICKET_TEXT_LEN; i++)
		if (is_hyphen_place(i) ? text[i] != '-' : text_hex(text[i]) < 0)
			return false;
	return text[TICKET_TEXT_LEN] == '\0';
}

/* In two passes, so that there is no copy of the bytes but the caller's. */
bool
ticket_parse(const char *text, uint8_t out[TICKET_BYTES])
{
	size_t at = 0;

	if (text == NULL || !is_ticket(text))
		return false;
	for (size_t i = 0; i < TICKET_BYTES; i++) {
		if (is_hyphen_place(at))
			at++;
		out[i] = (uint8_t)(text_hex(text[at]) << 4 | text_hex(text[at + 1]));
		at += 2;
	}
	return true;
}

void
ticket_hash(const uint8_t bytes[TICKET_BYTES], uint8_t hash[TICKET_HASH_BYTES])
{
	crypto_hash_sha256(hash, bytes, TICKET_BYTES);
}

bool
ticket_hash_text(const char *text, uint8_t hash[TICKET_HASH_BYTES])
{
	uint8_t bytes[TICKET_BYTES];

	if (!ticket_parse(text, bytes))
		return false;
	ticket_hash(bytes, hash);
	sodium_memzero(bytes, sizeof bytes);
	return true;
}

const char *
ticket_short(const uint8_t hash[TICKET_HASH_BYTES], char text[TICKET_SHORT_LEN + 1])
{
	uint8_t again[TICKET_HASH_BYTES];

	/* Hashed once more, so that the log does not hold a piece of what the store looks tickets up by. */
	crypto_hash_sha256(again, hash, TICKET_HASH_BYTES);
	return sodium_bin2hex(text, TICKET_SHORT_LEN + 1, again, TICKET_SHORT_LEN / 2);
}
