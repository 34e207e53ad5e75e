/* The documents made from the WSDL, and the pages' style and script, as bytes in the program: a NUL is behind
 * each, and its length, which does not count that, beside it. */
.macro document name, file
	.section .rodata
	.global document_\name
	.global document_\name\()_len
document_\name:
	.incbin "\file"
1:	.byte 0
	.balign 8
document_\name\()_len:
	.quad 1b - document_\name
.endm
document wsdl, "gen/out/wsdl.xml"
document wsdl_text, "gen/out/wsdl-text.xml"
document disco, "gen/out/disco.xml"
document openapi, "gen/out/openapi.json"
document index, "gen/out/index.html"
document operations, "gen/out/operations.html"
document style, "gen/page.css"
document script, "gen/page.js"
.section .note.GNU-stack, "", %progbits
