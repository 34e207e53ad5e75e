/* Small text helpers: UTF-8, ASCII case, numbers. Thread: any. Nothing here depends on the locale. */
#ifndef SRV_BASE_TEXT_H
#define SRV_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Wipes a string from memory and frees it; NULLs the pointer. */
void text_wipe(char **s);
/* True if the bytes are well-formed UTF-8 (RFC 3629: no overlong form, no surrogate, up to U+10FFFF). */
bool text_is_utf8(const char *s, size_t len);
/* True if, besides, each character is one that XML 1.0 may hold (section 2.2 Char). */
bool text_is_xml(const char *s, size_t len);
/* Reads one character of [s, s+len), len > 0: gives the bytes it takes, *ch the code point. Ill-formed bytes
 * give -1 in *ch and the length of the piece that one U+FFFD stands for (Unicode, table 3-8). */
size_t text_next(const char *s, size_t len, int32_t *ch);
/* len, less the bytes of a last character that is begun and not complete: where a cut string ends well. */
size_t text_cut(const char *s, size_t len);
/* True for the code points XML 1.0 may hold. */
bool text_is_xml_char(int32_t ch);
/* ASCII case is folded, other bytes compare as they are. */
bool text_ieq(const char *a, const char *b);
bool text_ieq_n(const char *a, size_t a_len, const char *b); /* a need not end in NUL */
char text_lower(char c);
/* The value of a hexadecimal digit in either case, or -1. */
int text_hex(char c);
/* A decimal number, digits only, in [min, max]; false otherwise. */
bool text_parse_int(const char *s, int64_t min, int64_t max, int64_t *out);
/* "true" "yes" "on" "1" / "false" "no" "off" "0", any case; false if neither. */
bool text_parse_bool(const char *s, bool *out);
/* Decodes %XX and + in [s, s+len) into out (room for len + 1 bytes), appends a NUL, gives the length.
 * False for a bad escape, a NUL, or what is then not XML text (text_is_xml). */
bool text_url_decode(const char *s, size_t len, char *out, size_t *out_len);

/* False for -1 and for characters that do not show or change how others show: controls, line and paragraph
 * separators, directional overrides, zero-width marks, tags. */
bool text_is_visible(int32_t ch);

#endif
