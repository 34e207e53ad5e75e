#!/usr/bin/env bash
# What srv is for, shown with the real programs and curl: the settings and the licence are cached, a change to
# them is not seen until somebody flushes, and a flush may come in any of the four forms. Prints each request
# and each answer, checks every one, and ends by itself: 0 if all was as promised.
# Needs $SRV_BUILD/srvd and $SRV_BUILD/srvadm (build/ by default), curl and the sqlite3 shell.
set -euo pipefail

build=${SRV_BUILD:-build}
dir=$(mktemp -d "${TMPDIR:-/tmp}/srv-demo-XXXXXX")
srvd_pid=
unset "${!SRVD_@}"
[ "$(id -u)" -ne 0 ] || export SRVD_USER=root
umask 077

clean_up() {
	status=$?
	if [ -n "$srvd_pid" ] && kill -TERM "$srvd_pid" 2>/dev/null; then
		wait "$srvd_pid" || { status=$? && echo "demo: srvd ended with $status" >&2; }
	fi
	[ "$status" -eq 0 ] || { echo "demo: failed; srvd's log:" >&2 && cat "$dir/srvd.log" >&2 2>/dev/null; } || true
	rm -rf "$dir"
	exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

fail() {
	echo "demo: $*" >&2
	exit 1
}

step() {
	printf '\n=== %s\n' "$*"
}

# ask METHOD TARGET [FIELD...] [--data BODY]: prints the request and the answer; $answer gets the body.
ask() {
	local method=$1 target=$2 body= data=() fields=()
	shift 2
	while [ $# -gt 0 ]; do
		if [ "$1" = --data ]; then
			body=$2 data=(--data-binary "$2")
			shift 2
		else
			fields+=(-H "$1")
			shift
		fi
	done
	printf '\n> %s %s HTTP/1.1\n' "$method" "$target"
	local i
	for ((i = 1; i < ${#fields[@]}; i += 2)); do printf '> %s\n' "${fields[i]}"; done
	[ -z "$body" ] || printf '>\n%s\n' "$body" | sed '2,$s/^/> /'
	curl -sS --max-time 30 -X "$method" -D "$dir/head" -o "$dir/body" \
	    ${fields[@]+"${fields[@]}"} ${data[@]+"${data[@]}"} "$url$target" || fail "no answer to $method $target"
	tr -d '\r' <"$dir/head" | grep -iE '^(HTTP/|content-type:)' | sed 's/^/< /'
	printf '<\n'
	sed 's/^/< /' "$dir/body"
	printf '\n'
	answer=$(cat "$dir/body")
	head -n 1 "$dir/head" | grep -q ' 200 ' || fail "$method $target was not answered 200"
}

envelope() { # NAMESPACE BODY
	printf '<soap:Envelope xmlns:soap="%s"><soap:Body>%s</soap:Body></soap:Envelope>' "$1" "$2"
}
soap11=http://schemas.xmlsoap.org/soap/envelope/
soap12=http://www.w3.org/2003/05/soap-envelope

# attribute NAME: its value in the last answer.
attribute() {
	printf '%s' "$answer" | sed -n "s/.* $1=\"\([^\"]*\)\".*/\1/p" | head -n 1
}

expect() { # ATTRIBUTE VALUE
	local value
	value=$(attribute "$1")
	[ "$value" = "$2" ] || fail "$1 is \"$value\" and should be \"$2\""
	printf '    %s is "%s", as it should be\n' "$1" "$value"
}

expect_flushed() {
	printf '%s' "$answer" | grep -qE '<([A-Za-z0-9]+:)?response[^>]* ?success="true"' || fail "the flush failed"
	printf '    flushed\n'
}

# What an administrator edits.
write_licence() { # COMPANY
	cat >"$dir/license.xml.new" <<LICENCE
<?xml version="1.0" encoding="utf-8"?>
<License>
  <CompanyName>$1</CompanyName>
  <UserCount>25</UserCount>
  <SubscriptionEndDate>2031-05-06</SubscriptionEndDate>
  <Workflow>true</Workflow>
  <AnonymousAccess>false</AnonymousAccess>
  <ComplianceModule>true</ComplianceModule>
</License>
LICENCE
	mv "$dir/license.xml.new" "$dir/license.xml"
	printf '$ vi license.xml        # CompanyName is now %s\n' "$1"
}
set_server_name() { # NAME
	local sql="INSERT OR REPLACE INTO settings (name, value) VALUES ('ServerName', '$1')"
	printf '$ sqlite3 srv.db "%s"\n' "$sql"
	sqlite3 -cmd '.timeout 10000' "$dir/srv.db" "$sql" >/dev/null
}

[ -x "$build/srvd" ] && [ -x "$build/srvadm" ] || fail "no srvd and srvadm in $build; make builds them"

step "A fresh store with one administrator, and a licence"
adm() {
	printf '$ srvadm --database srv.db %s\n' "$*"
	"$build/srvadm" --database "$dir/srv.db" "$@"
}
password='correct horse battery staple'
adm init
printf '%s\n' "$password" | adm user add admin --first-name Ada --last-name Admin --email ada@example.com
adm grant admin FlushApplicationCache
set_server_name first
write_licence Contoso

step "srvd on a free port"
printf '$ srvd --listen 127.0.0.1:0 --database srv.db --license license.xml\n'
"$build/srvd" --listen 127.0.0.1:0 --database "$dir/srv.db" --license "$dir/license.xml" 2>"$dir/srvd.log" </dev/null &
srvd_pid=$!
url=
for _ in $(seq 600); do
	url=$(sed -n 's/.*listen address=\(http:\/\/127\.0\.0\.1:[0-9]*\).*/\1/p' "$dir/srvd.log" | head -n 1)
	[ -z "$url" ] || break
	kill -0 "$srvd_pid" 2>/dev/null || fail "srvd did not start"
	sleep 0.05
done
[ -n "$url" ] || fail "srvd does not say where it listens"
printf 'It serves %s/srv.asmx\n' "$url"

step "Log in, by SOAP 1.1"
ask POST /srv.asmx 'Content-Type: text/xml; charset=utf-8' 'SOAPAction: "http://tempuri.org/AuthenticateUser"' \
    --data "$(envelope $soap11 "<AuthenticateUser xmlns=\"http://tempuri.org/\"><UID>admin</UID><PWD>$password</PWD></AuthenticateUser>")"
expect success true
expect isAuthenticated True
ticket=$(attribute ticket)
[[ $ticket =~ ^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$ ]] || fail "no ticket: $ticket"

step "What the server shows now"
ask GET /srv.asmx/ServerInfo
expect ServerName first
expect Company Contoso

flush_xml="<FlushApplicationCache xmlns=\"http://tempuri.org/\"><authenticationTicket>$ticket</authenticationTicket></FlushApplicationCache>"
name=first company=Contoso
for form in "SOAP 1.1" "SOAP 1.2" GET "a POST form"; do
	step "A setting in the database and the licence change"
	new_name="changed before $form" new_company="Company before $form"
	set_server_name "$new_name"
	write_licence "$new_company"

	step "ServerInfo still shows the old values"
	ask GET /srv.asmx/ServerInfo
	expect ServerName "$name"
	expect Company "$company"

	step "Flush, by $form"
	case $form in
	"SOAP 1.1")
		ask POST /srv.asmx 'Content-Type: text/xml; charset=utf-8' \
		    'SOAPAction: "http://tempuri.org/FlushApplicationCache"' --data "$(envelope $soap11 "$flush_xml")"
		;;
	"SOAP 1.2")
		ask POST /srv.asmx \
		    'Content-Type: application/soap+xml; charset=utf-8; action="http://tempuri.org/FlushApplicationCache"' \
		    --data "$(envelope $soap12 "$flush_xml")"
		;;
	GET)
		ask GET "/srv.asmx/FlushApplicationCache?authenticationTicket=$ticket"
		;;
	*)
		ask POST /srv.asmx/FlushApplicationCache 'Content-Type: application/x-www-form-urlencoded' \
		    --data "authenticationTicket=$ticket"
		;;
	esac
	expect_flushed

	step "ServerInfo shows the new values"
	ask GET /srv.asmx/ServerInfo
	expect ServerName "$new_name"
	expect Company "$new_company"
	name=$new_name company=$new_company
done

step "Log out, and stop the server"
ask GET "/srv.asmx/LogOut?AuthenticationTicket=$ticket"
expect success true
kill -TERM "$srvd_pid"
wait "$srvd_pid" || fail "srvd ended with $?"
srvd_pid=
printf '\nAll of it was as promised.\n'
