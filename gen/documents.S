/* The documents made from the WSDL, as bytes in the program. */
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
document index, "gen/out/index.html"
document operations, "gen/out/operations.html"
.section .note.GNU-stack, "", %progbits
