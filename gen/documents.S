/* The documents made from the WSDL, and the pages' style and script, as bytes in the program. */
.macro document name, file
	.section .rodata
	.global document_\name
	.global document_\name\()_end
document_\name:
	.incbin "\file"
document_\name\()_end:
	.byte 0
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
