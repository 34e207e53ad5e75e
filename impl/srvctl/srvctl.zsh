#compdef srvctl
# Completion of srvctl(1) for zsh.
local -a commands
commands=(
	'login:print a new ticket'
	'flush:have the service load its application cache anew'
	"info:show the server's version, time and licence"
	'jobs:show the maintenance jobs and their last runs'
	'warehouse:show the warehouse paths and disks'
	'valid:show whose ticket it is, and until when'
	'logout:end the ticket'
)
_arguments \
	'--url=[address of the service]:URL:_urls' \
	'--ticket=[the ticket to show]:ticket:' \
	'--output=[format of the result]:format:(text xml json)' \
	'--watch=-[with jobs\: look again and again]::seconds:' \
	"--language=[with login\: the session's language]:language:" \
	'--timeout=[how long to wait for the service]:seconds:' \
	'--soap=[version of SOAP]:version:(1.1 1.2)' \
	"--ca=[who may have signed the server's certificate]:file:_files" \
	'--ca-path=[the same, a directory]:directory:_directories' \
	'--certificate=[a certificate to show to the server]:file:_files' \
	'--key=[its private key]:file:_files' \
	'--insecure[believe whoever answers]' \
	'(- *)--help[print a summary]' \
	'(- *)--version[print the version]' \
	"1:command:{_describe command commands}" \
	'2:user: '
