#!/usr/bin/env bash
# make run: serves from the folder given. The first time, makes there a store with an administrator, a sample licence
# and a sample warehouse; later runs find them. LISTEN=ADDR:PORT serves somewhere else than on 127.0.0.1:8080.
set -euo pipefail
folder=${1:?usage: run.sh FOLDER}
build=${SRV_BUILD:-build}
listen=${LISTEN:-127.0.0.1:8080}
here=$(dirname "$0")
umask 077

if [ ! -e "$folder/srvd.ini" ]; then
	rm -rf "$folder.new"
	mkdir -p "$folder.new/warehouse/00"
	cp "$here/license-sample.xml" "$folder.new/license.xml"
	printf 'A sample document.\n' >"$folder.new/warehouse/00/sample.txt"
	cat >"$folder.new/srvd.ini" <<-EOT
		# Made by "make run"; every key is in the manual page srvd(8).
		database = $PWD/$folder/srv.db
		license = $PWD/$folder/license.xml
	EOT
	adm() { "$build/srvadm" --database "$folder.new/srv.db" "$@" >"$folder.new/log" 2>&1 || { cat "$folder.new/log"; exit 1; }; }
	adm init
	password=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
	printf '%s\n' "$password" | adm user add admin --first-name Ada --last-name Admin --email admin@localhost
	adm grant admin FlushApplicationCache ViewServerStatus ViewWarehouseStatus
	adm warehouse set 0 "$PWD/$folder/warehouse/00"
	rm "$folder.new/log"
	mv "$folder.new" "$folder"
	cat <<-EOT

		A new installation is in $folder/. Its administrator, shown this once:
		    user      admin
		    password  $password
		Another password: printf '%s\n' NEW | $build/srvadm --database $folder/srv.db user passwd admin

	EOT
fi
address=$listen
[ "${listen%:*}" != 127.0.0.1 ] || address=localhost:${listen##*:}
echo "Serving on http://$address/srv.asmx (Ctrl-C ends it)"
exec "$build/srvd" --config "$folder/srvd.ini" --listen "$listen"
