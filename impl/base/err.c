/* The words for the errors, and the one way to say why something failed.
 *
 * A reason is made in a buffer of its own before it is copied, so that a caller may wrap the reason it was
 * given: srv_fail(why, err, "settings: %s", why->text). Controls become blanks, because a reason is one line
 * wherever it ends up. Called by everyone, on any thread. */
#include "err.h"
#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *
srv_err_text(enum srv_err err)
{
	switch (err) {
#define X(name, text) \
	case name:    \
		return text;
		SRV_ERRORS(X)
#undef X
	}
	return "unknown error";
}

enum srv_err
srv_fail(struct srv_reason *why, enum srv_err err, const char *fmt, ...)
{
	char text[sizeof(struct srv_reason)];
	size_t len;
	va_list ap;
	int n;

	if (why == NULL)
		return err;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0) {
		len = (size_t)snprintf(text, sizeof(text), "%s", srv_err_text(err));
	} else if ((size_t)n < sizeof(text)) {
		len = (size_t)n;
	} else {
		len = text_cut(text, sizeof(text) - 1);
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	}
	memcpy(why->text, text, len);
	why->text[len] = '\0';
	return err;
}
