"""A real srvd that can be killed, started again, and made to suffer: one place with a store, a licence and a log for each test."""
import contextlib
import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "interop"))
from service import BUILD, LEASH, PASSWORD, PLAIN_PASSWORD, TOP, USER, WRAP, Broken, adm, environment, make_store  # noqa: E402

from calls import Caller, escaped  # noqa: E402
from fault import Control  # noqa: E402

SANITIZED = os.environ.get("SRV_SANITIZE", "") != ""
START_S = 45  # without locks SQLite takes ten seconds to give up, and is asked twice
LICENSE = f"{TOP}/impl/srvd/license-sample.xml"
DIED_IN_NSS = -1  # in place of an exit status
# Passwords as they are, and as forms and SOAP bring them; tickets; the hashes of both.
SECRET = re.compile("|".join([*(re.escape(form) for word in (PASSWORD, PLAIN_PASSWORD) for form in (
    word, urllib.parse.quote(word), urllib.parse.quote_plus(word), escaped(word))),
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "argon2", "[0-9a-f]{64}"]), re.I)
os.umask(0o077)  # srvd refuses a store or a licence that others may read


class Wrong(Exception):
    """srvd did what it never may."""


def preloaded():
    """The shim; but a sanitizer insists on being the first of all."""
    first = []
    if SANITIZED:
        needed = subprocess.run(["ldd", f"{BUILD}/srvd"], capture_output=True, text=True, check=True).stdout
        first = re.findall(r"=> (\S*/lib[at]san\S*)", needed)
    return " ".join([*first, f"{BUILD}/tests/faults/shim.so"])


def no_cores():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Place:
    """A folder with all that belongs to one installation."""

    template = None

    def __init__(self, jobs=False, pool_threads=2, more=""):
        if Place.template is None:
            Place.template = tempfile.TemporaryDirectory(prefix="srv-faults-")
            make_store(Place.template.name)
        self.folder = tempfile.TemporaryDirectory(prefix="srv-faults-")
        os.mkdir(self.path("data"))
        self.database = self.path("data/srv.db")
        self.license = self.path("license.xml")
        shutil.copy(os.path.join(Place.template.name, "srv.db"), self.database)
        shutil.copyfile(LICENSE, self.license)
        with open(self.path("srvd.ini"), "w") as f:
            f.write(
                f"listen = 127.0.0.1:0\ndatabase = {self.database}\nlicense = {self.license}\nworkers = 1\n"
                f"pool_threads = {pool_threads}\njobs = {'true' if jobs else 'false'}\nlog_level = debug\n{more}\n"
            )
        self.control = Control(self.path("control"))
        self.tape = None  # or a file: what processes under faults do to files is recorded there
        self.user = None  # whom srvd is to become; else it stays who the tests are
        self.log = self.path("log")
        self.process = None
        self.caller = None
        self.begun = 0

    def path(self, name):
        return os.path.join(self.folder.name, name)

    @staticmethod
    @contextlib.contextmanager
    def spare():
        """Where a store could be, and none is."""
        with tempfile.TemporaryDirectory(prefix="srv-faults-") as folder:
            yield os.path.join(folder, "srv.db")

    def give_away(self):
        """Where the tests are root's, srvd serves as one who owns the place and nothing else."""
        if os.geteuid() == 0:
            self.user = "nobody"
            for folder, _, names in os.walk(self.folder.name):
                for name in (".", *names):
                    shutil.chown(os.path.join(folder, name), self.user)

    def record(self):
        self.tape = self.path("tape")
        open(self.tape, "wb").close()

    def recorded(self):
        """How much is on the tape by now."""
        return os.path.getsize(self.tape)

    def faulty(self):
        """The environment of a process that is to suffer."""
        return dict(self.control.environment(preloaded()), **({"FAULT_TAPE": self.tape} if self.tape else {}))

    # ---- srvd's life ----

    def launch(self, shim=True, before=no_cores, stderr=None):
        """Starts srvd and does not wait for it."""
        more = self.faulty() if shim else {}
        if self.user:
            more["SRVD_USER"] = self.user
        self.begun = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*LEASH, *WRAP, "env", *(f"{k}={v}" for k, v in more.items()), f"{BUILD}/srvd", "--config", self.path("srvd.ini")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=stderr or log, env=environment(), preexec_fn=before,
            )

    def serves(self, seconds=START_S, logs=True):
        """Waits until it serves: True; or has given up: False. logs: its log can be written, and says where."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = re.search(r" listen address=http://(\S+)", self.logged())
            if found:
                self.caller = Caller(found.group(1))
                return True
            if not logs and (address := self.listening()):
                self.caller = Caller(address)
                return self.caller.info().yes  # which waits until it serves
            if self.process.poll() is not None:
                return False
            time.sleep(0.005)
        raise Wrong(f"srvd neither serves nor ends: {self.logged()[-600:]}")

    def listening(self):
        """The address that it has bound, as the system tells it; or None."""
        folder = f"/proc/{self.process.pid}"
        try:
            held = {os.readlink(f"{folder}/fd/{fd}") for fd in os.listdir(f"{folder}/fd")}
            with open(f"{folder}/net/tcp") as f:
                rows = [line.split() for line in f]
        except OSError:  # not yet, or not any more
            return None
        for row in rows[1:]:
            if row[3] == "0A" and f"socket:[{row[9]}]" in held:
                return f"127.0.0.1:{int(row[1].split(':')[1], 16)}"
        return None

    def start(self, **how):
        self.launch(**how)
        if not self.serves():
            raise Broken(f"srvd does not start: {self.logged()[-600:]}")
        return self.caller

    def logged(self):
        """What this srvd has logged."""
        with open(self.log, errors="replace") as f:
            f.seek(self.begun)
            return f.read()

    def ended(self, seconds=20):
        """Waits for its end and returns the exit status, or DIED_IN_NSS; a crash or a sanitizer's report is wrong."""
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Wrong(f"srvd does not end: {self.logged()[-600:]}") from None
        if status < 0:
            if self.died_in_nss(-status):
                return DIED_IN_NSS
            raise Wrong(f"srvd died of {signal.Signals(-status).name}: {self.logged()[-600:]}")
        report = re.search(r"^.*(Sanitizer|runtime error).*$", self.logged(), re.M)
        if report:
            raise Wrong(report.group())
        self.keeps_secrets()
        return status

    def keeps_secrets(self):
        secret = SECRET.search(self.logged())
        if secret:
            raise Wrong(f"the log tells {secret.group()}")

    def died_in_nss(self, number):
        """Without memory Debian 12's C library ends the process that looks for a user, by an assertion or in a null pointer. It
        looks at the start only, before anything is served."""
        log = self.logged()
        return (number == signal.SIGABRT and "nss_database.c:" in log) or (number == signal.SIGSEGV and not log)

    def alive(self):
        if self.process.poll() is not None:
            self.ended()
            raise Wrong(f"srvd ended with {self.process.returncode}: {self.logged()[-600:]}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait()

    def close(self):
        self.control.lift()
        self.kill()
        self.folder.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # ---- the administrator's hand, and the judge ----

    def sql(self, statement, *values):
        with sqlite3.connect(self.database, timeout=10) as db:
            rows = db.execute(statement, values).fetchall()
        db.close()
        return rows

    def intact(self):
        """The store is whole, by SQLite's own judgement."""
        if self.sql("PRAGMA integrity_check") != [("ok",)]:
            raise Wrong(f"the store is damaged: {self.sql('PRAGMA integrity_check')}")
        if self.sql("PRAGMA foreign_key_check"):
            raise Wrong(f"foreign keys: {self.sql('PRAGMA foreign_key_check')}")

    def rename(self, name):
        self.sql("INSERT INTO settings VALUES ('ServerName', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name)

    def adm(self, *args, given=None):
        adm(self.database, *args, given=given)

    def adm_under_fault(self, *args):
        """srvadm with the faults that are armed; its exit status."""
        return subprocess.run([*WRAP, f"{BUILD}/srvadm", "--database", self.database, *args], stdin=subprocess.DEVNULL,
                              capture_output=True, env=environment(**self.faulty())).returncode

    def rss_kib(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            return int(re.search(r"^VmRSS:\s*(\d+)", f.read(), re.M).group(1))

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
