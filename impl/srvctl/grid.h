/* A table on a terminal. For report.c. */
#ifndef SRV_SRVCTL_GRID_H
#define SRV_SRVCTL_GRID_H

#include "../base/buf.h"
#include <stdbool.h>

#define GRID_COLUMNS_MAX 8
/* Characters. What is longer stands out of its column; else one long text would take its length in blanks in each row.
 */
#define GRID_WIDTH_MAX 200

enum grid_style { GRID_PLAIN, GRID_GOOD, GRID_BAD };

struct grid_column {
	const char *heading;
	bool right; /* numbers end under one another */
};
struct grid {
	const struct grid_column *columns; /* borrowed */
	size_t column_count;
	struct buf cells; /* struct grid_cell, one behind the other, row by row */
	struct buf text;  /* theirs */
};

void grid_init(struct grid *, const struct grid_column *columns, size_t count);
void grid_fini(struct grid *);
/* Begins the next cell, in the style; what is appended to the text then (grid_text) is in it. Rows are complete. */
void grid_cell(struct grid *, enum grid_style);
struct buf *grid_text(struct grid *);
/* Appends the headings and the rows; colour: styles are shown. out->err says whether that went well. */
void grid_print(struct buf *out, struct grid *, bool colour);

/* Appends text in a style. */
void grid_styled(struct buf *out, enum grid_style, const char *text, size_t len, bool colour);

#endif
