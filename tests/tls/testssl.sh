#!/usr/bin/env bash
# Has testssl.sh look at srvd's TLS, on loopback, once with a certificate for elliptic curves and once with one for RSA.
# Fails on any finding above LOW, and if the look was not a whole one. What was found stays in $SRV_BUILD/testssl-*.json.
# Needs $SRV_BUILD/srvd and $SRV_BUILD/srvadm (build/ by default), openssl and testssl.
set -euo pipefail

build=${SRV_BUILD:-build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/srv-testssl-XXXXXX")
srvd_pid=
unset "${!SRVD_@}"
[ "$(id -u)" -ne 0 ] || export SRVD_USER=root
umask 077

stop_srvd() {
	[ -n "$srvd_pid" ] || return 0
	kill -TERM "$srvd_pid"
	wait "$srvd_pid" || { echo "testssl: srvd ended with $?" >&2 && return 1; }
	srvd_pid=
}

clean_up() {
	status=$?
	stop_srvd || status=1
	[ "$status" -eq 0 ] || { echo "testssl: failed; srvd's log ends so:" >&2 && tail -n 20 "$dir/srvd.log" >&2; } || true
	rm -rf "$dir"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	echo "testssl: $*" >&2
	exit 1
}

quietly() {
	"$@" >"$dir/out" 2>&1 || { cat "$dir/out" >&2 && fail "$1 failed"; }
}

"$build/srvadm" --database "$dir/srv.db" init
cp impl/srvd/license-sample.xml "$dir/license.xml"
quietly openssl req -x509 -newkey rsa:3072 -nodes -keyout "$dir/ca.key" -out "$dir/ca.pem" -days 365 \
    -subj '/O=srv/CN=Test Authority' -addext keyUsage=critical,keyCertSign,cRLSign

# A certificate of the kind that an authority would issue today: 90 days, with a place to ask for revocation.
issue() { # NAME OPENSSL-OPTION...
	local name=$1
	shift
	quietly openssl req -x509 -CA "$dir/ca.pem" -CAkey "$dir/ca.key" "$@" -nodes -keyout "$dir/$name.key" \
	    -out "$dir/$name.pem" -days 90 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
	    -addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
	    -addext extendedKeyUsage=serverAuth -addext crlDistributionPoints=URI:http://crl.example.com/ca.crl
}
issue ecdsa -newkey ec -pkeyopt ec_paramgen_curve:prime256v1
issue rsa -newkey rsa:2048

severity() { # SEVERITY FILE: the findings of it, a line each
	awk -v want="\"$1\"" '
		/"id"/ { id = $0; sub(/.*: "/, "", id); sub(/",?$/, "", id) }
		/"severity"/ { severity = $NF; sub(/,$/, "", severity) }
		/"finding"/ && severity == want { sub(/.*"finding" *: "/, ""); sub(/",?$/, ""); print id ": " $0 }' "$2"
}

bad=0
for name in ecdsa rsa; do
	"$build/srvd" --database "$dir/srv.db" --license "$dir/license.xml" --no-jobs --listen 127.0.0.1:0 \
	    --listen-tls 127.0.0.1:0 --tls-certificate "$dir/$name.pem" --tls-key "$dir/$name.key" 2>"$dir/srvd.log" &
	srvd_pid=$!
	port=
	for ((i = 0; i < 100; i++)); do
		port=$(sed -n 's|.*listen address=https://127\.0\.0\.1:\([0-9]*\)$|\1|p' "$dir/srvd.log")
		[ -z "$port" ] || break
		kill -0 "$srvd_pid" 2>/dev/null || fail "srvd did not start"
		sleep 0.1
	done
	[ -n "$port" ] || fail "srvd does not say where it listens"
	json=$build/testssl-$name.json
	rm -f "$json"
	echo "testssl: looking at srvd with a certificate for $name; this takes a minute or two"
	testssl --quiet --warnings batch --color 0 --ip 127.0.0.1 --add-ca "$dir/ca.pem" --jsonfile "$json" \
	    "https://localhost:$port/srv.asmx" >"$build/testssl-$name.txt" 2>&1 || true
	stop_srvd || fail "srvd did not end well"
	# The first and the last thing that a whole look tells.
	for id in SSLv2 TLS1_2 TLS1_3 cipher_order cert_chain_of_trust secure_client_renego RC4 scanTime; do
		grep -q "\"id\" *: \"$id" "$json" || { tail -n 20 "$build/testssl-$name.txt" >&2 && fail "no finding on $id"; }
	done
	for s in CRITICAL HIGH MEDIUM WARN LOW; do
		found=$(severity "$s" "$json")
		[ -n "$found" ] || continue
		sed "s/^/testssl: $name: $s: /" <<<"$found"
		case $s in CRITICAL | HIGH | MEDIUM) bad=1 ;; esac
	done
	printf 'testssl: %s: %d findings, %d of them OK\n' "$name" "$(grep -c '"severity"' "$json")" \
	    "$(severity OK "$json" | wc -l)"
done
[ "$bad" -eq 0 ] || fail "there are findings above LOW"
echo "testssl: nothing above LOW"
