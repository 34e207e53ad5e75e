"""Other SOAP stacks, with the same operation doing nothing: as many of them as this machine can install. One that
cannot be had is left out, and the report says why."""
import glob
import os
import shutil
import subprocess

from load import Wrong, wrk
from servers import CORES, HERE, INFO_SOAP, Server, nginx_conf

WSDL = os.path.abspath("gen/out/srv-soap.wsdl")
DOWNLOAD_SECONDS = 90


class Missing(Exception):
    """Why a stack cannot be had here."""


def _command(argv, seconds, **more):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL, **more)
    except subprocess.TimeoutExpired as e:
        raise Missing(f"{argv[0]} did not end in {seconds} s") from e
    except FileNotFoundError as e:
        raise Missing(f"there is no {argv[0]}") from e
    if done.returncode:
        last = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()][-1:]
        raise Missing(f"{argv[0]}: {' '.join(last)}")
    return done.stdout


def _installed(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True)
    return "ok installed" in done.stdout


def install(kinds):
    """Their packages from Debian, as far as they can be had; returns {title: why not}. Only the download is cut off when
    it takes too long: an interrupted installation would leave the system in pieces."""
    missing, wanted = {}, set()
    apt = [] if os.geteuid() == 0 else ["sudo", "-n"]
    apt += ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60"]
    for kind in kinds:
        packages = {p for p in kind.packages if not _installed(p)}
        try:
            if packages and not wanted and not missing:
                _command([*apt, "update"], DOWNLOAD_SECONDS)
            if packages:
                _command([*apt, "-y", "--no-install-recommends", "--download-only", "install", *packages], DOWNLOAD_SECONDS)
            wanted |= packages
        except Missing as e:
            missing[kind.title] = str(e)
    if wanted:
        try:
            _command(["make", "--no-print-directory", "bench-packages", f"PACKAGES={' '.join(sorted(wanted))}"], None)
        except Missing as e:
            missing.update((kind.title, str(e)) for kind in kinds if wanted.intersection(kind.packages))
    return missing


class Peer(Server):
    """title says what it is and with how many processes or threads; packages are Debian's."""

    title, packages = "", ()

    def __init__(self, folder, element):
        super().__init__(self.title, folder)
        self.element = os.path.abspath(os.path.join(folder, "info.xml"))
        with open(self.element, "w") as f:
            f.write(element)

    def env(self, **more):
        return dict(os.environ, BENCH_WSDL=WSDL, BENCH_ELEMENT=self.element, **more)


class Behind(Peer):
    """A stack behind nginx: the shell runs both and waits, so that they are one tree of processes."""

    def start_behind(self, backend, locations):
        folder = os.path.abspath(self.folder)
        conf = nginx_conf(self, locations)
        script = f'"$@" & exec /usr/sbin/nginx -p {folder} -e {folder}/log -c {os.path.abspath(conf)}'
        return self.run("sh", "-c", script, "sh", *backend, env=self.env())


class Php(Behind):
    title, packages = "PHP SoapServer, fpm 4 + nginx", ("nginx", "php-fpm", "php-soap")

    def start(self):
        program = next(iter(sorted(glob.glob("/usr/sbin/php-fpm*"))), None)
        if program is None:
            raise Missing("there is no php-fpm")
        folder = os.path.abspath(self.folder)
        root = os.geteuid() == 0
        with open(f"{folder}/fpm.conf", "w") as f:
            f.write(
                f"[global]\nerror_log = {folder}/log\ndaemonize = no\n[bench]\nlisten = {folder}/fpm.sock\n"
                + ("user = root\ngroup = root\n" if root else "")
                + "pm = static\npm.max_children = 4\n"
            )
        conf = "/etc/nginx/fastcgi_params"
        locations = (
            f"location = /srv.asmx {{ include {conf}; fastcgi_pass unix:{folder}/fpm.sock;"
            f" fastcgi_param SCRIPT_FILENAME {HERE}/peers/srv.php;"
            f" fastcgi_param BENCH_WSDL {WSDL}; fastcgi_param BENCH_ELEMENT {self.element}; }}"
        )
        return self.start_behind([program, "-F", *(["-R"] if root else []), "-y", f"{folder}/fpm.conf"], locations)


class Spyne(Behind):
    title = "Spyne, uwsgi 2 + nginx"
    packages = ("nginx", "python3-spyne", "python3-lxml", "uwsgi-core", "uwsgi-plugin-python3")

    def start(self):
        socket = os.path.abspath(f"{self.folder}/uwsgi.sock")
        backend = ["uwsgi-core", "--plugin", "python3", "--master", "--processes", "2", "--socket", socket]
        backend += ["--chdir", f"{HERE}/peers", "--module", "srv_spyne", "--disable-logging", "--die-on-term"]
        return self.start_behind(backend, f"location = /srv.asmx {{ include /etc/nginx/uwsgi_params; uwsgi_pass unix:{socket}; }}")


class Asmx(Behind):
    title = "ASMX (Mono, fastcgi + nginx)"
    packages = ("nginx", "mono-fastcgi-server4", "mono-mcs", "libmono-system-web-services4.0-cil")

    def start(self):
        folder = os.path.abspath(self.folder)
        shutil.copy(f"{HERE}/peers/srv.asmx", folder)
        backend = ["fastcgi-mono-server4", f"/applications=/:{folder}", f"/socket=unix:{folder}/mono.sock", "/multiplex=True"]
        return self.start_behind(
            backend,
            "location / { include /etc/nginx/fastcgi_params;"
            f" fastcgi_param SCRIPT_FILENAME {folder}$fastcgi_script_name; fastcgi_param PATH_INFO '';"
            f" fastcgi_pass unix:{folder}/mono.sock; }}",
        )


class Node(Peer):
    title = f"node soap, {CORES} processes"
    packages = () if shutil.which("npm") and shutil.which("node") else ("nodejs", "npm")

    def start(self):
        modules = os.path.abspath("build/bench/node")
        os.makedirs(modules, exist_ok=True)
        if not os.path.exists(f"{modules}/node_modules/soap"):
            npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", modules, "soap@1.13.0"]
            _command(npm, DOWNLOAD_SECONDS)
        return self.run("sh", "-c", f"cd {modules} && exec node {HERE}/peers/srv.js",
                        env=self.env(PORT=str(self.port), BENCH_PROCESSES=str(CORES)))


class JaxWs(Peer):
    title = "JAX-WS RI, JDK server, 32 threads"
    packages = ("libjaxws-java",) if shutil.which("javac") else ("default-jdk-headless", "libjaxws-java")
    JARS = (
        "jaxws-rt jaxws-api jws-api jaxb-api jaxb-impl jaxb-core jaxb-runtime javax.activation saaj-impl saaj-api stax-ex "
        "streambuffer metro-policy gmbal gmbal-api-only glassfish-management-api FastInfoset mimepull asm "
        "geronimo-annotation-1.3-spec woodstox-core-lgpl woodstox-core stax2-api txw2 istack-commons-runtime xml-resolver "
        "javax.annotation-api"
    ).split()

    def start(self):
        jars = [f"/usr/share/java/{name}.jar" for name in self.JARS if os.path.exists(f"/usr/share/java/{name}.jar")]
        classpath = ":".join([os.path.abspath(self.folder), *jars])
        _command(["javac", "-nowarn", "-cp", classpath, "-d", self.folder, f"{HERE}/peers/Srv.java"], 60)
        return self.run("java", "-Dsun.net.httpserver.nodelay=true", "-cp", classpath, "Srv", str(self.port), self.element)


PEERS = (Php, Node, JaxWs, Spyne, Asmx)


def start(folder, element, say):
    """The servers that run, and {title: why not} for the others."""
    say("installing what other stacks need")
    running, missing = [], install(PEERS)
    for n, kind in enumerate(k for k in PEERS if k.title not in missing):
        say(f"starting {kind.title}")
        server = None
        try:
            server = kind(f"{folder}/{n}", element)
            server.start().wait(INFO_SOAP, seconds=30, pause=0.2)
            wrk(server, INFO_SOAP, 32, 1)  # it may have to warm up
            running.append(server)
        except (Missing, Wrong, OSError) as e:
            missing[kind.title] = str(e)
            if server:
                server.stop()
    for title, why in missing.items():
        say(f"{title} is left out: {why}")
    return running, missing
