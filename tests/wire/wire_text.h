/* Memory and strings of the wire tests. All of it belongs to the running test and is freed behind it by
 * wire_text_free_all, so that a test reads as a list of questions and answers. Thread: any. */
#ifndef SRV_WIRE_TEXT_H
#define SRV_WIRE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes with a NUL behind them that is not counted. */
struct wire_bytes {
	char *p;
	size_t len;
};

void *wire_alloc(size_t size); /* zeroed; ends the program if there is none */
char *wire_copy(const char *s, size_t len);
char *wire_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
struct wire_bytes wire_bytes(const char *s, size_t len);
struct wire_bytes wire_bytes_text(const char *s);
struct wire_bytes wire_join(struct wire_bytes a, struct wire_bytes b);
char *wire_repeat(const char *s, size_t n);
void wire_text_free_all(void);

/* Percent-encodes all but letters, digits and -._~ ; escapes & < > " for XML. */
char *wire_url_encode(const char *s);
char *wire_xml_escape(const char *s);

/* The whole file, or NULL with errno. wire_file_write goes by a temporary name and a rename. */
char *wire_file_read(const char *path, size_t *len);
bool wire_file_write(const char *path, const char *bytes, size_t len);

/* Monotonic milliseconds, and a short rest between two looks at something. */
int64_t wire_now_ms(void);
void wire_rest_ms(int ms);

/* Eight-four-four-four-twelve lower-case hexadecimal digits. */
bool wire_is_guid(const char *s);

#endif
