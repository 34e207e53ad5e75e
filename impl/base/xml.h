/* The XML writer: every answer's bytes come from here, so escaping cannot be forgotten and the SOAP and
 * plain forms cannot differ. It writes as ASMX does: attributes in call order, one space before `/>`,
 * no white space between elements. Element and attribute names are constants of ours and are not
 * escaped. Thread: one at a time. Errors are those of the buf beneath (sticky). */
#ifndef SRV_BASE_XML_H
#define SRV_BASE_XML_H

#include "buf.h"
#include <stdbool.h>
#include <stdint.h>

#define XML_DEPTH_MAX 8

struct xml {
	struct buf *out;                 /* borrowed */
	const char *open[XML_DEPTH_MAX]; /* names of the open elements, borrowed until closed */
	int depth;
	bool in_tag; /* the last start tag still takes attributes */
};

void xml_init(struct xml *, struct buf *out);
void xml_open(struct xml *, const char *name);
/* value NULL is written as "". Characters that XML cannot hold become U+FFFD; & < > " and TAB LF CR are
 * escaped (as &amp; &lt; &gt; &quot; &#x9; &#xA; &#xD;, which is what XmlTextWriter does). */
void xml_attr(struct xml *, const char *name, const char *value);
void xml_attr_int(struct xml *, const char *name, int64_t value);
void xml_attr_bool(struct xml *, const char *name, bool value); /* true / false */
void xml_text(struct xml *, const char *text);                  /* & < > escaped, CR as &#xD; */
void xml_close(struct xml *);                                   /* `<a />` if nothing was put inside */

/* The escaping alone, as xml_text does it, for [text, text+len). */
void xml_escape(struct buf *out, const char *text, size_t len);

#endif
