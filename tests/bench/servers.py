"""The servers side by side: srvd, and what it is measured against. Each listens on a free port of 127.0.0.1."""
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time

import process
from load import Caller, Wrong, check, get, soap

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("SRV_BUILD", "build")
CORES = os.cpu_count()
# wrk takes a core, so the event-loop servers get the others, and as many loops.
WORKERS = max(1, CORES - 1)
PASSWORD = "correct horse battery staple"
INFO_GET = get("ServerInfo, GET", "/srv.asmx/ServerInfo")
INFO_SOAP = soap("ServerInfo, SOAP 1.1", "ServerInfo")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """A process that answers on self.port. Its output goes to a log in the folder that it is given."""

    def __init__(self, name, folder):
        self.name, self.folder, self.port, self.running = name, folder, free_port(), None
        os.makedirs(folder, exist_ok=True)
        self.log = os.path.join(folder, "log")

    def run(self, *argv, env=None):
        with open(self.log, "ab") as log:
            self.running = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, start_new_session=True
            )
        return self

    @property
    def pid(self):
        return self.running.pid

    def wait(self, request, seconds=30, pause=0.05):
        """Until it answers right, by the clock; returns the answer."""
        until = time.monotonic() + seconds
        while True:
            try:
                return check(self, request)
            except Wrong as e:
                if self.running.poll() is not None or time.monotonic() > until:
                    raise Wrong(f"{self.name} does not serve: {e}; {self.tail()}") from e
            time.sleep(pause)

    def tail(self):
        with open(self.log, errors="replace") as f:
            return " ".join(f.read()[-600:].split())

    def stop(self):
        """Ends it and all that it started, and waits for that."""
        if self.running is None:
            return
        left = process.tree(self.pid)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in left:
                process.send(pid, number)
            until = time.monotonic() + 10
            while left and time.monotonic() < until:
                self.running.poll()
                left = [pid for pid in left if process.send(pid, 0)]
                time.sleep(0.02)
        if left:
            raise Wrong(f"{self.name} does not end")
        self.running = None


# ---- srvd ----


class Srvd(Server):
    """srvd as an operator runs it, but for what the configuration below says."""

    def __init__(self, folder, settings=0):
        super().__init__("srvd", folder)
        self.database = os.path.join(folder, "srv.db")
        self.config = os.path.join(folder, "srvd.ini")
        self._adm("init")
        self._adm("user", "add", "admin", "--first-name", "Ada", "--last-name", "Admin", given=PASSWORD + "\n")
        self._adm("grant", "admin", "FlushApplicationCache")
        self._adm("setting", "set", "ServerName", "bench")
        if settings:
            with sqlite3.connect(self.database) as db:
                rows = ((f"Setting{i:06}", f"the value of setting {i}") for i in range(settings))
                db.executemany("INSERT INTO settings (name, value) VALUES (?, ?)", rows)
            db.close()
        licence = os.path.join(folder, "license.xml")
        shutil.copyfile(f"{HERE}/../../impl/srvd/license-sample.xml", licence)
        os.chmod(licence, 0o600)
        with open(self.config, "w") as f:
            f.write(
                f"listen = 127.0.0.1:{self.port}\ndatabase = {self.database}\n"
                f"license = {licence}\nlog_level = warn\nworkers = {WORKERS}\n"
                "max_connections = 20000\nmax_connections_per_address = 20000\n"
            )

    def _adm(self, *args, given=None):
        subprocess.run(
            [f"{BUILD}/srvadm", "--database", self.database, *args],
            input=given, text=True, check=True, capture_output=True,
        )

    def start(self):
        env = {k: v for k, v in os.environ.items() if k == "SRVD_USER" or not k.startswith("SRVD_")}
        return self.run(f"{BUILD}/srvd", "--config", self.config, env=env)

    def flush_request(self):
        """A flush by GET, with a ticket from a login."""
        answer = check(self, get("login", f"/srv.asmx/AuthenticateUser?UID=admin&PWD={PASSWORD.replace(' ', '+')}"))
        ticket = re.search(r'ticket="([0-9a-f-]{36})"', answer.body).group(1)
        return get("FlushApplicationCache, GET", f"/srv.asmx/FlushApplicationCache?authenticationTicket={ticket}")

    def complaints(self):
        """What it has logged at warn or error: a flush that failed, say. That it stays root, it was told to."""
        with open(self.log, errors="replace") as f:
            lines = [line for line in f if re.search(r"^\S+ (warn|error) (?!privileges user=root )", line)]
        return "".join(lines).strip()


# ---- nginx ----

NGINX = """
{user}
daemon off;
worker_processes {workers};
worker_rlimit_nofile {files};
pid {folder}/nginx.pid;
error_log {folder}/log warn;
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    # As srvd is set up.
    keepalive_requests 10000; keepalive_timeout 60; client_header_timeout 10; client_body_timeout 10;
    default_type "text/xml; charset=utf-8";
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        {locations}
    }}
}}
"""


def nginx_conf(server, locations):
    path = os.path.join(server.folder, "nginx.conf")
    with open(path, "w") as f:
        f.write(
            NGINX.format(
                user="user root;" if os.geteuid() == 0 else "",
                workers=WORKERS, files=20000, connections=16384, folder=os.path.abspath(server.folder),
                port=server.port, locations=locations,
            )
        )
    return path


class Nginx(Server):
    """nginx, answering what srvd answered, without looking at the request beyond its path."""

    def __init__(self, folder, answers):
        super().__init__("nginx", folder)
        self.locations = ""
        for path, body in answers.items():
            text = body.replace("\\", "\\\\").replace("'", "\\'")
            if "$" in text:
                raise Wrong("nginx cannot be made to answer a $")
            self.locations += f"location = {path} {{ return 200 '{text}'; }}\n"

    def start(self):
        conf = nginx_conf(self, self.locations)
        return self.run("/usr/sbin/nginx", "-p", os.path.abspath(self.folder), "-e", self.log, "-c", os.path.abspath(conf))


# ---- stock gSOAP ----


class Stock(Server):
    def __init__(self, folder, info, flush):
        super().__init__("stock gSOAP", folder)
        self.elements = (info, flush)

    def start(self):
        return self.run(f"{BUILD}/bench/stock", str(self.port), *self.elements)


def element(body):
    """The result element of a GET form's answer."""
    return body.split("?>", 1)[1].strip()


def start_main(folder):
    """srvd, nginx and stock, running, and the three requests that they are measured with."""
    srvd = Srvd(f"{folder}/srvd").start()
    try:
        info_get = srvd.wait(INFO_GET).body
        flush = srvd.flush_request()
        flush_get, info_soap = check(srvd, flush).body, check(srvd, INFO_SOAP).body
        nginx = Nginx(
            f"{folder}/nginx",
            {"/srv.asmx/ServerInfo": info_get, "/srv.asmx/FlushApplicationCache": flush_get, "/srv.asmx": info_soap},
        )
        stock = Stock(f"{folder}/stock", element(info_get), element(flush_get))
        requests = [INFO_GET, INFO_SOAP, flush]
        servers = [srvd]
        for server in (nginx, stock):
            servers.append(server.start())
            for request in requests:
                server.wait(request)
    except BaseException:
        for server in [srvd, *([nginx, stock] if "stock" in locals() else [])]:
            server.stop()
        raise
    return servers, requests
