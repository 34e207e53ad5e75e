# For builds that import the WSDL and compile: they are done again when the WSDL or a source changed. The port is another one
# each time, so that the address does not count.

# unchanged WSDL FILE...: is there a build of this WSDL and these files in $INTEROP_WORK?
unchanged() {
	local document
	document=$(curl -sSf "$1") || exit 1
	mkdir -p "$INTEROP_WORK"
	cd "$INTEROP_WORK"
	{ printf '%s\n' "${document//"$SRV_URL"/}" && cat "${@:2}"; } >sources.new || exit 1
	cmp -s sources.new sources
}

# built: it is there now.
built() {
	mv "$INTEROP_WORK/sources.new" "$INTEROP_WORK/sources"
}
