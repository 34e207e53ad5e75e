/* Why: a body's end must be known without doubt, and chunks are where senders and readers have disagreed
 * most. So this is a byte machine that takes the grammar and nothing else: no sign, no 0x, no blank in front
 * of a size, CR LF behind size and data, extensions and trailers read for their form and dropped.
 * The one leniency is the blank before a `;`, which RFC 9112 section 7.1.1 says must be read.
 * Called by http1 on the connection's loop. */
#include "chunked.h"

#include "../base/text.h"
#include "http1_class.h"

#include <string.h>

enum { SIZE_FIRST, SIZE, BLANK, EXT, SIZE_LF, DATA, DATA_CR, DATA_LF, LINE, NAME, VALUE, VALUE_LF, END_LF };

void
chunked_init(struct chunked *c)
{
	*c = (struct chunked){.state = SIZE_FIRST};
}

static enum chunked_result
refuse(int *status, const char **why, int with, const char *word)
{
	*status = with;
	*why = word;
	return CHUNKED_ERROR;
}

/* One byte of a chunk's size line. Returns 0, or the status to refuse with. */
static int
size_line(struct chunked *c, const struct chunked_limits *limits, char byte)
{
	int digit = text_hex(byte);

	switch (c->state) {
	case SIZE_FIRST:
	case SIZE:
		if (digit >= 0) {
			if (++c->line > CHUNKED_SIZE_MAX)
				return 400;
			c->state = SIZE;
			/* body is at most limits->body here, which is far below what left * 16 could wrap. */
			c->left = c->left * 16 + (size_t)digit;
			return c->left > limits->body - c->body ? 413 : 0;
		}
		if (c->state == SIZE_FIRST)
			return 400;
		c->line = 0;
		break;
	case BLANK:
		break;
	case EXT:
		if (byte == '\r')
			break;
		/* No obs-text: there are readers to whom 0xFF is the end of input, gSOAP among them, and what stands
		 * behind it the next request. */
		if (!http1_is(byte, HTTP1_VALUE) || (byte & 0x80) != 0 || ++c->line > CHUNKED_EXT_MAX)
			return 400;
		return 0;
	case SIZE_LF:
		if (byte != '\n')
			return 400;
		if (c->left > 0 && ++c->count > limits->chunks)
			return 400;
		c->state = c->left > 0 ? DATA : LINE;
		return 0;
	default:
		return 400;
	}
	if (byte == '\r' && c->state != BLANK) {
		c->state = SIZE_LF;
		return 0;
	}
	if ((byte != ';' && byte != ' ' && byte != '\t') || ++c->line > CHUNKED_EXT_MAX)
		return 400;
	c->state = byte == ';' ? EXT : BLANK;
	return 0;
}

/* One byte behind the last chunk. Returns 0, the status to refuse with, or -1 at the end. */
static int
trailer(struct chunked *c, const struct chunked_limits *limits, char byte)
{
	if (c->state == END_LF)
		return byte == '\n' ? -1 : 400;
	if (c->state == LINE && byte == '\r') {
		c->state = END_LF;
		return 0;
	}
	if (++c->trailer > limits->trailers)
		return 431;
	switch (c->state) {
	case LINE:
		c->state = NAME;
		return http1_is(byte, HTTP1_TOKEN) ? 0 : 400;
	case NAME:
		if (byte == ':')
			c->state = VALUE;
		else if (!http1_is(byte, HTTP1_TOKEN))
			return 400;
		return 0;
	case VALUE:
		if (byte == '\r')
			c->state = VALUE_LF;
		else if (!http1_is(byte, HTTP1_VALUE))
			return 400;
		return 0;
	default:
		c->state = LINE;
		return byte == '\n' ? 0 : 400;
	}
}

enum chunked_result
chunked_feed(struct chunked *c, const struct chunked_limits *limits, char *data, size_t at, size_t *pos, size_t len,
    int *status, const char **why)
{
	while (*pos < len) {
		int with;

		if (c->state == DATA) {
			size_t n = len - *pos < c->left ? len - *pos : c->left;

			memmove(data + at + c->body, data + *pos, n);
			c->body += n;
			c->left -= n;
			*pos += n;
			if (c->left == 0)
				c->state = DATA_CR;
			continue;
		}
		if (c->state == DATA_CR || c->state == DATA_LF) {
			if (data[*pos] != (c->state == DATA_CR ? '\r' : '\n'))
				return refuse(status, why, 400, "chunk");
			c->line = 0;
			c->state = c->state == DATA_CR ? DATA_LF : SIZE_FIRST;
			(*pos)++;
			continue;
		}
		if (c->state < DATA) {
			with = size_line(c, limits, data[*pos]);
			if (with != 0)
				return refuse(status, why, with, with == 413 ? "body-size" : "chunk");
		} else {
			with = trailer(c, limits, data[*pos]);
			if (with > 0)
				return refuse(status, why, with, with == 431 ? "trailer-size" : "trailer");
		}
		(*pos)++;
		if (with < 0)
			return CHUNKED_DONE;
	}
	return CHUNKED_MORE;
}
