#!/usr/bin/env bash
# wrk goes on while srvd is restarted on a socket that outlives it, as under systemd: prints what wrk counted, and fails if
# it counted an error. Once with connections that are kept, once with a new one for each request.
#   tests/bench/restart.sh [SECONDS [RESTARTS]]        of each of the two runs; 10 and 4
# Needs $SRV_BUILD/srvd and $SRV_BUILD/srvadm (build/ by default), wrk, and python3 to hold the socket.
set -euo pipefail

seconds=${1:-10} restarts=${2:-4}
build=${SRV_BUILD:-build}
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/srv-restart-XXXXXX")
trap 'rm -rf "$dir"' EXIT
[ "$(id -u)" -ne 0 ] || export SRVD_USER=root
umask 077
for program in wrk python3; do
	command -v "$program" >/dev/null || { echo "restart.sh: $program is missing" >&2 && exit 1; }
done

"$build/srvadm" --database "$dir/srv.db" init >/dev/null
cp "$here/../../impl/srvd/license-sample.xml" "$dir/license.xml"
printf 'database = %s\nlicense = %s\n' "$dir/srv.db" "$dir/license.xml" >"$dir/srvd.ini"

python3 - "$build/srvd" "$dir" "$seconds" "$restarts" <<'PYTHON'
import os, re, signal, socket, subprocess, sys, time

srvd, folder, seconds, restarts = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
held = socket.create_server(("127.0.0.1", 0), backlog=4096)
port = held.getsockname()[1]
log = open(folder + "/srvd.log", "ab")

def start():
    """What systemd does: the socket becomes descriptor 3, and LISTEN_PID the process itself."""
    at = os.path.getsize(folder + "/srvd.log")
    pid = os.fork()
    if pid == 0:
        os.dup2(log.fileno(), 2)
        os.dup2(held.fileno(), 3)
        os.set_inheritable(3, True)
        os.execve(srvd, [srvd, "--config", folder + "/srvd.ini"],
                  dict(os.environ, LISTEN_FDS="1", LISTEN_PID=str(os.getpid())))
    began = time.monotonic()
    while b"listen address=" not in open(folder + "/srvd.log", "rb").read()[at:]:
        if time.monotonic() - began > 10 or os.waitpid(pid, os.WNOHANG)[0] != 0:
            sys.exit("restart.sh: srvd does not start: " + open(folder + "/srvd.log").read())
        time.sleep(0.005)
    return pid, time.monotonic() - began

def stop(pid):
    began = time.monotonic()
    os.kill(pid, signal.SIGTERM)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if status != 0:
        sys.exit(f"restart.sh: srvd ended with {status}")
    return time.monotonic() - began

bad = False
pid, _ = start()
for name, fields in ("connections kept", []), ("a connection a request", ["-H", "Connection: close"]):
    wrk = subprocess.Popen(["wrk", "-t1", "-c32", f"-d{seconds}s", "--timeout", "10s", "--latency", *fields,
                            f"http://127.0.0.1:{port}/srv.asmx/ServerInfo"], stdout=subprocess.PIPE, text=True)
    stops, starts = [], []
    for _ in range(restarts):
        time.sleep(seconds / (restarts + 1))
        stops.append(stop(pid))
        pid, took = start()
        starts.append(took)
    out = wrk.communicate()[0]
    requests = re.search(r"(\d+) requests in", out)
    rate = re.search(r"Requests/sec: *(\S+)", out)
    worst = re.search(r"Latency +\S+ +\S+ +(\S+)", out)
    errors = re.search(r"Socket errors: (.*)", out)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    if wrk.returncode != 0 or not requests or int(requests[1]) == 0:
        sys.exit("restart.sh: wrk: " + out)
    print(f"{name}: {requests[1]} requests, {rate[1]} a second, longest answer {worst[1]}")
    print(f"    {restarts} restarts: stop {max(stops) * 1000:.0f} ms and start {max(starts) * 1000:.0f} ms at most")
    print(f"    socket errors: {errors[1] if errors else 'none'}; answers that were no success: "
          f"{refused[1] if refused else 'none'}")
    bad |= bool(errors or refused)
stop(pid)
sys.exit(1 if bad else 0)
PYTHON
