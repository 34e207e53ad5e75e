"""A client: a folder with `about`, `run` and maybe `build`. Here it is built and run, and what it says is judged."""
import os
import re
import secrets
import time

import service
from bounded import run_bounded
from service import Broken, Service, environment

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD_SECONDS, RUN_SECONDS = 300, 60
NOT_HERE = 77

# What each step makes srvd log. A client is not believed that says "ok" of what it never asked for.
WITNESS = {
    "login": ("AuthenticateUser1?", "success"),
    "login_refused": ("AuthenticateUser1?", r'"\[900\]'),
    "flush": ("FlushApplicationCache", "success"),
    "flush_bad_ticket": ("FlushApplicationCache", r'"\[901\]'),
    "flush_denied": ("FlushApplicationCache", r'"\[921\]'),
    "serverinfo": ("ServerInfo", "success"),
    "jobs": ("GetMaintenanceJobsStatus", "success"),
    "warehouse": ("GetWarehouseStatus", "success"),
    "logout": ("LogOut", "success"),
    "fault": None,
}
FORMS = {"SOAP 1.1": "soap11", "SOAP 1.2": "soap12", "GET": "get", "POST": "post"}


class Client:
    def __init__(self, name, why_absent=None):
        self.name, self.why_absent = name, why_absent
        self.folder, self.work = os.path.join(HERE, name), os.path.join(service.TOP, "build/interop", name)
        self.version, self.passed, self.failures, self.absent, self.seconds = "", set(), [], None, 0.0
        self.about, self.without = {}, {}
        if not os.path.isdir(self.folder):
            self.absent = why_absent
            return
        with open(os.path.join(self.folder, "about")) as f:
            for line in f:
                key, equals, value = (part.strip() for part in line.partition("="))
                if key == "without":
                    step, _, reason = value.partition(":")
                    self.without[step.strip()] = reason.strip()
                elif equals and not key.startswith("#"):
                    self.about[key] = value

    @property
    def title(self):
        return self.about.get("toolkit", self.name)

    @property
    def steps(self):
        return [step for step in WITNESS if step not in self.without]

    def attempt(self, folder, store):
        """Builds and runs it before services of its own; afterwards the fields say how that went."""
        began, services = time.monotonic(), []
        try:
            for name, configuration in (("ordinary", service.ORDINARY), ("older", service.OLDER)):
                services.append(Service(os.path.join(folder, name), store, configuration))
            env = self._environment(*services)
            os.makedirs(self.work, exist_ok=True)
            if self._build(env):
                for each in services:
                    each.rename(env["SRV_SERVER_NAME"])
                self._run(env)
                self._ask_witness("".join(each.logged() for each in services))
        except Broken as e:
            self.failures.append(str(e))
        finally:
            self.failures += filter(None, [each.stop() for each in services])
            self.seconds = time.monotonic() - began
        return self

    def _environment(self, ordinary, older):
        url = f"{ordinary.address}/srv.asmx"
        return environment(
            SRV_URL=url, SRV_WSDL=f"{url}?wsdl", SRV_WSDL_TEXT=f"{url}?wsdl=text",
            SRV_LEGACY_URL=f"{older.address}/InfoRouter//srv.asmx",
            SRV_USER=service.USER, SRV_PASSWORD=service.PASSWORD,
            SRV_PLAIN_USER=service.PLAIN_USER, SRV_PLAIN_PASSWORD=service.PLAIN_PASSWORD,
            SRV_SERVER_NAME=f"Größe <{secrets.token_hex(8)}> & Co", INTEROP_WORK=self.work,
        )

    def _build(self, env):
        program = os.path.join(self.folder, "build")
        if not os.path.exists(program):
            return True
        status, out, err = run_bounded([program], BUILD_SECONDS, self.folder, env)
        if status == 0:
            return True
        if status == NOT_HERE and self.why_absent:
            self.absent = f"{self.why_absent} ({out.strip()})"
        elif status == NOT_HERE:
            self.failures.append(f"cannot be installed, and is not named in tests/interop/unavailable: {out.strip()}")
        else:
            self.failures.append(f"its build {ending(status, BUILD_SECONDS)}\n{(out + err)[-4000:]}")
        return False

    def _run(self, env):
        status, out, err = run_bounded([os.path.join(self.folder, "run")], RUN_SECONDS, self.folder, env)
        said = {}
        for line in out.splitlines():
            found = re.fullmatch(r"(ok|not ok) (\w+)(?: - (.*))?", line)
            if line.startswith("version "):
                self.version = line.removeprefix("version ").strip()
            elif found:
                outcome, step, reason = found.groups()
                said.setdefault(step, []).append(None if outcome == "ok" else reason or "no reason given")
        for step in self.steps:
            answers = said.pop(step, [])
            if answers == [None]:
                self.passed.add(step)
            else:
                self.failures += [f"{step}: {why}" for why in answers if why] or [f"{step} is said {len(answers)} times"]
        self.failures += [f"{step} is no step of this client" for step in said]
        if not self.version:
            self.failures.append("it says no version")
        if status != 0:
            self.failures.append(f"it {ending(status, RUN_SECONDS)}")
        if self.failures:
            self.failures.append((out + err)[-4000:])

    def _ask_witness(self, log):
        """Each step must be in srvd's log, in each form that the client is said to speak."""
        for title in self.about["versions"].split(","):
            form = FORMS[title.strip()]
            for step in self.steps:
                if step not in self.passed or WITNESS[step] is None:
                    continue
                name, outcome = WITNESS[step]
                if not re.search(rf" op name={name} form={form} .*outcome={outcome}", log):
                    self.failures.append(f"{step}: srvd saw nothing of it in {title.strip()}")
        if "fault" in self.passed and "SOAP" in self.about["versions"] and " request refused " not in log:
            self.failures.append("fault: srvd answered none")

    @property
    def row(self):
        """Its line of the table, the same on every machine where it works."""
        if self.absent:
            return [self.title, "", self.about.get("imports", ""), self.about.get("versions", ""), "not here", self.absent]
        found = re.search(r"\d+\.\d+", self.version)
        notes = [self.about.get("note", ""), *(f"No {step}: {why}" for step, why in self.without.items())]
        result = f"{len(self.passed)} of {len(self.steps)}" if not self.failures else "**fails**"
        return [self.title, found.group() if found else self.version, self.about.get("imports", ""),
                self.about.get("versions", ""), result, " ".join(filter(None, notes))]


def ending(status, seconds):
    return f"did not end in {seconds} s" if status is None else f"ended with {status}"
