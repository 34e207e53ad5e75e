"""A real srvd for the clients: a store that srvadm made, a licence, a free port of 127.0.0.1."""
import os
import re
import shutil
import signal
import subprocess
import time

TOP = os.path.abspath(os.environ.get("SRV_TOP", "."))
BUILD = os.path.join(TOP, os.environ.get("SRV_BUILD", "build"))
WRAP = os.environ.get("SRV_TEST_WRAP", "").split()
USER, PLAIN_USER = "ada", "bob"
# Callers have such passwords, and each toolkit must bring them through its own escaping.
PASSWORD, PLAIN_PASSWORD = "Übung & <macht> 100% + Meister", "correct horse battery"
PERMISSIONS = ("FlushApplicationCache", "ViewServerStatus", "ViewWarehouseStatus")
ORDINARY, OLDER = "", "base_path = /InfoRouter\nresult_element = response\n"
# What is started here does not outlive the one who started it.
LEASH = ["setpriv", "--pdeathsig", "KILL"]


class Broken(Exception):
    """srvd or srvadm did not do what they are for."""


def environment(**more):
    """Ours, but for what would configure srvd, or send loopback through a proxy."""
    env = {k: v for k, v in os.environ.items() if k == "SRVD_USER" or not k.startswith(("SRVD_", "SRV_TICKET"))}
    return dict(env, LC_ALL="C.UTF-8", no_proxy="127.0.0.1,localhost", **more)


def adm(database, *args, given=None):
    done = subprocess.run(
        [*WRAP, f"{BUILD}/srvadm", "--database", database, *args],
        input=given, text=True, capture_output=True, env=environment(),
    )
    if done.returncode:
        raise Broken(f"srvadm {' '.join(args)}: {done.stderr.strip()}")


def make_store(folder):
    """The store that each service gets a copy of, since passwords take their time."""
    database = os.path.join(folder, "srv.db")
    warehouse = os.path.join(folder, "warehouse")
    os.makedirs(warehouse)
    with open(os.path.join(warehouse, "document.txt"), "w") as f:
        f.write("A document.\n")
    adm(database, "init")
    adm(database, "user", "add", USER, "--first-name", "Ada", "--last-name", "Söhne & Co", given=PASSWORD + "\n")
    adm(database, "user", "add", PLAIN_USER, given=PLAIN_PASSWORD + "\n")
    adm(database, "grant", USER, *PERMISSIONS)
    adm(database, "warehouse", "set", "0", warehouse)
    adm(database, "setting", "set", "ServerName", "the name before")
    return database


class Service:
    def __init__(self, folder, store, configuration):
        os.makedirs(folder)
        self.database = os.path.join(folder, "srv.db")
        self.log = os.path.join(folder, "log")
        shutil.copy(store, self.database)
        licence = os.path.join(folder, "license.xml")
        shutil.copyfile(f"{TOP}/impl/srvd/license-sample.xml", licence)
        os.chmod(licence, 0o600)
        config = os.path.join(folder, "srvd.ini")
        with open(config, "w") as f:
            f.write(
                f"listen = 127.0.0.1:0\ndatabase = {self.database}\nlog_level = debug\n"
                f"license = {licence}\n{configuration}"
            )
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [*LEASH, *WRAP, f"{BUILD}/srvd", "--config", config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(),
            )
        try:
            self.address = self._listening()
        except BaseException:
            self.stop()
            raise

    def _listening(self):
        until = time.monotonic() + 20
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(r" listen address=(\S+)", self.logged())
            if found:
                return found.group(1)
            time.sleep(0.01)
        raise Broken(f"srvd does not serve: {self.logged()[-600:]}")

    def logged(self):
        with open(self.log, errors="replace") as f:
            return f.read()

    def rename(self, name):
        """Sets ServerName, which callers see after a flush."""
        adm(self.database, "setting", "set", "ServerName", name)

    def stop(self):
        """Ends it, and returns what is wrong with how it ended, or None."""
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return "srvd did not end"
        report = re.search(r"^.*(Sanitizer|runtime error).*$", self.logged(), re.M)
        if report:
            return f"srvd: {report.group()}"
        return f"srvd ended with {status}" if status else None
