# For clients from npm's registry: installs what package-lock.json says into $INTEROP_WORK, once. Node.js is Debian's, so of
# each toolkit the newest version is taken that runs on it.
install_locked() {
	local said
	cmp -s package-lock.json "$INTEROP_WORK/installed" && return
	cp package.json package-lock.json "$INTEROP_WORK"
	if ! said=$(cd "$INTEROP_WORK" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error 2>&1); then
		printf 'npm: %s\n' "$(printf '%s' "$said" | head -n 3 | tr '\n' ' ')"
		exit 77
	fi
	cp package-lock.json "$INTEROP_WORK/installed"
}
