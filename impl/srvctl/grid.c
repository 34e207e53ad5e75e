/* Why: columns that stand under one another, whatever is in them, with what is amiss in colour.
 * Model: the cells' texts lie behind one another in one buffer, and a cell is where its text begins. Widths are counted
 * in characters. Callers: report.c, on the only thread. */
#include "grid.h"
#include <assert.h>
#include <string.h>

struct grid_cell {
	size_t begin; /* of its text */
	enum grid_style style;
};

void
grid_init(struct grid *t, const struct grid_column *columns, size_t count)
{
	assert(count <= GRID_COLUMNS_MAX);
	*t = (struct grid){.columns = columns, .column_count = count};
	buf_init(&t->cells, 0);
	buf_init(&t->text, 0);
}

void
grid_fini(struct grid *t)
{
	buf_fini(&t->cells);
	buf_fini(&t->text);
}

void
grid_cell(struct grid *t, enum grid_style style)
{
	struct grid_cell cell = {.begin = t->text.len, .style = style};

	buf_put(&t->cells, &cell, sizeof cell);
}

struct buf *
grid_text(struct grid *t)
{
	return &t->text;
}

static size_t
width(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

static size_t
cell_count(const struct grid *t)
{
	return t->cells.len / sizeof(struct grid_cell);
}

static const char *
cell_get(const struct grid *t, size_t i, size_t *len, enum grid_style *style)
{
	struct grid_cell cell, next = {.begin = t->text.len};

	memcpy(&cell, t->cells.data + i * sizeof cell, sizeof cell);
	if (i + 1 < cell_count(t))
		memcpy(&next, t->cells.data + (i + 1) * sizeof next, sizeof next);
	*len = next.begin - cell.begin;
	*style = cell.style;
	return buf_str(&t->text) + cell.begin;
}

void
grid_styled(struct buf *out, enum grid_style style, const char *text, size_t len, bool colour)
{
	static const char *const codes[] = {[GRID_GOOD] = "\033[32m", [GRID_BAD] = "\033[1;31m"};

	if (!colour || style == GRID_PLAIN || len == 0) {
		buf_put(out, text, len);
		return;
	}
	buf_puts(out, codes[style]);
	buf_put(out, text, len);
	buf_puts(out, "\033[0m");
}

static void
widen(size_t *wide, size_t to)
{
	if (to > GRID_WIDTH_MAX)
		to = GRID_WIDTH_MAX;
	if (to > *wide)
		*wide = to;
}

static void
put_blanks(struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_putc(out, ' ');
}

/* owed: blanks that come before the next text of the line, so that no line ends in blanks. */
static void
put_cell(struct buf *out, const struct grid_column *c, size_t wide, const char *text, size_t len, enum grid_style style,
    bool colour, size_t *owed)
{
	size_t own = width(text, len), blanks = own < wide ? wide - own : 0;

	if (len > 0) {
		put_blanks(out, *owed + (c->right ? blanks : 0));
		grid_styled(out, style, text, len, colour);
		*owed = c->right ? 0 : blanks;
	} else {
		*owed += wide;
	}
	*owed += 2;
}

void
grid_print(struct buf *out, struct grid *t, bool colour)
{
	size_t wide[GRID_COLUMNS_MAX], len, owed = 0;
	enum grid_style style;
	const char *text;

	if (t->cells.err != SRV_OK || t->text.err != SRV_OK) {
		out->err = SRV_ENOMEM;
		return;
	}
	assert(cell_count(t) % t->column_count == 0);
	for (size_t c = 0; c < t->column_count; c++)
		wide[c] = width(t->columns[c].heading, strlen(t->columns[c].heading));
	for (size_t i = 0; i < cell_count(t); i++) {
		text = cell_get(t, i, &len, &style);
		widen(&wide[i % t->column_count], width(text, len));
	}
	for (size_t c = 0; c < t->column_count; c++)
		put_cell(out, &t->columns[c], wide[c], t->columns[c].heading, strlen(t->columns[c].heading), GRID_PLAIN,
		    colour, &owed);
	buf_putc(out, '\n');
	for (size_t i = 0; i < cell_count(t); i++) {
		size_t c = i % t->column_count;

		if (c == 0)
			owed = 0;
		text = cell_get(t, i, &len, &style);
		put_cell(out, &t->columns[c], wide[c], text, len, style, colour, &owed);
		if (c + 1 == t->column_count)
			buf_putc(out, '\n');
	}
}
