"""A real srvd with a store of its own, and what it publishes."""
import os
import re
import shutil
import subprocess
import time
import urllib.request

BUILD = os.environ.get("SRV_BUILD", "build")
LISTENS = re.compile(r"listen address=http://(127\.0\.0\.1:\d+)")
SECONDS = 30


class Service:
    def __init__(self, folder):
        database, self.log = f"{folder}/srv.db", f"{folder}/srvd.log"
        env = {k: v for k, v in os.environ.items() if k == "SRVD_USER" or not k.startswith("SRVD_")}
        subprocess.run([f"{BUILD}/srvadm", "--database", database, "init"], check=True, env=env,
                       stdout=subprocess.DEVNULL)
        licence = f"{folder}/license.xml"
        shutil.copyfile("impl/srvd/license-sample.xml", licence)
        os.chmod(licence, 0o600)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [f"{BUILD}/srvd", "--listen", "127.0.0.1:0", "--database", database, "--license",
                 licence], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env)
        self.host = self._listening()

    def _listening(self):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            found = LISTENS.search(self.said())
            if found:
                return found.group(1)
            time.sleep(0.02)
        self.process.kill()
        raise RuntimeError(f"srvd does not listen: {self.said()}")

    def said(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def document(self, query):
        """The bytes of /srv.asmx?query for a caller who calls the machine 127.0.0.1."""
        request = urllib.request.Request(f"http://{self.host}/srv.asmx?{query}", headers={"Host": "127.0.0.1"})
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return answer.read()

    def stop(self):
        self.process.terminate()
        if self.process.wait(SECONDS) != 0:
            raise RuntimeError(f"srvd ended with {self.process.returncode}: {self.said()}")
