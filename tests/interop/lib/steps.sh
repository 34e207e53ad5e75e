# The steps, for the clients in shell: what they have in common but the program that sends. A client defines
#   get ADDRESS [NAME VALUE]...            prints the answer's body, whatever its status
#   post_form ADDRESS [NAME VALUE]...
#   post_xml ADDRESS BODY HEADER...
# and calls steps_run VERSION, with all four forms; a step is only said to be right when it was in each.
set -u
bad=00000000-0000-0000-0000-000000000000

escape() { # TEXT: as XML has it
	printf '%s' "$1" | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
}
unescape() {
	sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\"/g; s/&apos;/'/g; s/&amp;/\&/g"
}
envelope() { # NAMESPACE OPERATION [NAME VALUE]...
	printf '<s:Envelope xmlns:s="%s"><s:Body><%s xmlns="http://tempuri.org/">' "$1" "$2"
	local operation=$2
	shift 2
	while [ $# -gt 0 ]; do
		printf '<%s>%s</%s>' "$1" "$(escape "$2")" "$1"
		shift 2
	done
	printf '</%s></s:Body></s:Envelope>' "$operation"
}
call() { # FORM OPERATION [NAME VALUE]...: prints the answer
	local form=$1 operation=$2 body
	case $form in
	GET) get "$SRV_URL/$operation" "${@:3}" ;;
	POST) post_form "$SRV_URL/$operation" "${@:3}" ;;
	"SOAP 1.1")
		body=$(envelope http://schemas.xmlsoap.org/soap/envelope/ "${@:2}")
		post_xml "$SRV_URL" "$body" 'Content-Type: text/xml; charset=utf-8' "SOAPAction: \"http://tempuri.org/$operation\""
		;;
	"SOAP 1.2")
		body=$(envelope http://www.w3.org/2003/05/soap-envelope "${@:2}")
		post_xml "$SRV_URL" "$body" "Content-Type: application/soap+xml; charset=utf-8; action=\"http://tempuri.org/$operation\""
		;;
	esac
}
attribute() { # NAME ANSWER: its first value
	printf '%s' "$2" | grep -o " $1=\"[^\"]*\"" | head -n 1 | sed 's/^[^"]*"//; s/"$//' | unescape
}

wrong=()
expect() { # STEP FORM CONDITION...: notes what is not so
	"${@:3}" || wrong+=("$1: in $2: $(printf '%s' "${*:3}" | tr '\n' ' ')")
}
succeeds() { [ "$(attribute success "$1")" = true ]; }
says() { [ "$(attribute error "$2")" = "$1" ] && [ "$(attribute success "$2")" = false ]; }
is() { [ "$1" = "$2" ]; }
has() { [[ $2 =~ $1 ]]; }
log_in() { attribute ticket "$(call "$1" AuthenticateUser UID "$2" PWD "$3")"; }

take_steps() { # FORM
	local form=$1 ticket plain answer
	ticket=$(log_in "$form" "$SRV_USER" "$SRV_PASSWORD")
	plain=$(log_in "$form" "$SRV_PLAIN_USER" "$SRV_PLAIN_PASSWORD")
	expect login "$form" has '^[0-9a-f-]{36}$' "$ticket"
	answer=$(call "$form" AuthenticateUser UID "$SRV_USER" PWD "not $SRV_PASSWORD")
	expect login_refused "$form" says '[900] Authentication failed' "$answer"
	expect flush "$form" succeeds "$(call "$form" FlushApplicationCache authenticationTicket "$ticket")"
	answer=$(call "$form" FlushApplicationCache authenticationTicket "$bad")
	expect flush_bad_ticket "$form" says '[901]Session expired or Invalid ticket' "$answer"
	answer=$(call "$form" FlushApplicationCache authenticationTicket "$plain")
	expect flush_denied "$form" says '[921]Insufficient rights' "$answer"
	expect serverinfo "$form" is "$SRV_SERVER_NAME" "$(attribute ServerName "$(call "$form" ServerInfo)")"
	answer=$(call "$form" GetMaintenanceJobsStatus authenticationTicket "$ticket")
	expect jobs "$form" has '<MaintenanceJob [^>]*JobName="[^"]' "$answer"
	answer=$(call "$form" GetWarehouseStatus authenticationTicket "$ticket")
	expect warehouse "$form" has '<WarehousePath WhNo="00" .*<Disk VolumeName="/' "$answer"
	expect logout "$form" succeeds "$(call "$form" LogOut AuthenticationTicket "$ticket")"
	answer=$(call "$form" FlushApplicationCache authenticationTicket "$ticket")
	expect logout "$form" says '[901]Session expired or Invalid ticket' "$answer"
	answer=$(call "$form" NoSuchOperation)
	case $form in
	GET | POST) expect fault "$form" is "$answer" "NoSuchOperation Web Service method name is not valid." ;;
	"SOAP 1.1") expect fault "$form" has '<faultcode>[A-Za-z-]*:Client</faultcode><faultstring>Server did not recognize' "$answer" ;;
	"SOAP 1.2") expect fault "$form" has 'Sender</.*Server did not recognize' "$answer" ;;
	esac
}

steps_run() { # VERSION
	local form step reason
	for form in GET POST "SOAP 1.1" "SOAP 1.2"; do take_steps "$form"; done
	echo "version $1"
	for step in login login_refused flush flush_bad_ticket flush_denied serverinfo jobs warehouse logout fault; do
		reason=$(printf '%s\n' ${wrong[@]+"${wrong[@]}"} | sed -n "s/^$step: //p" | tr '\n' ' ')
		if [ -z "$reason" ]; then echo "ok $step"; else echo "not ok $step - $reason"; fi
	done
}
