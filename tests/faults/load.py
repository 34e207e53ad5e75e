"""Mixed load by callers who remember what they were told: whatever was answered must stay true, through crashes and restores."""
import contextlib
import random
import threading
import time
from collections import Counter

from calls import Unlike
from machine import PASSWORD, USER

TICKETS_MAX = 60  # a caller that has so many would rather log out


class Gate:
    """Many may pass; but whoever shuts it is alone."""

    def __init__(self):
        self.changed = threading.Condition()
        self.inside, self.shut = 0, False

    @contextlib.contextmanager
    def passing(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.shut)
            self.inside += 1
        try:
            yield
        finally:
            with self.changed:
                self.inside -= 1
                self.changed.notify_all()

    @contextlib.contextmanager
    def alone(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.shut)
            self.shut = True
            self.changed.wait_for(lambda: self.inside == 0)
        try:
            yield
        finally:
            with self.changed:
                self.shut = False
                self.changed.notify_all()


class Load:
    """Callers in threads. With may_die set the server may be gone at any time, and silence is no wrong answer."""

    def __init__(self, place, callers, may_die):
        self.place, self.may_die = place, may_die
        self.lock = threading.Lock()
        self.gate = Gate()
        self.valid, self.gone = [], []  # tickets whose login, whose logout was answered
        self.renamed = 0
        self.answers, self.wrong = Counter(), []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self._call, args=(random.Random(i),)) for i in range(callers)]

    def start(self):
        """One login and one logout are certain, however slow the machine is."""
        self._login()
        self._login()
        self._logout()
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _call(self, chance):
        kinds = [(self._login, 20), (self._logout, 15), (self._valid, 25), (self._gone, 10), (self._flush, 8), (self._look, 22)]
        actions, weights = zip(*kinds)
        while not self.over.is_set() and len(self.wrong) < 20:
            action = chance.choices(actions, weights)[0]
            if action == self._login and len(self.valid) >= TICKETS_MAX:
                action = self._logout
            try:
                action()
            except Exception as e:
                self.wrong.append(f"{action.__name__}: {type(e).__name__}: {e}")

    def _count(self, name, answer, expected=""):
        """Is the answer the one that is expected: yes, or no with that error? False: there was none."""
        self.answers[name] += 1
        if answer.kind == "silence" and self.may_die:
            return False
        if answer.yes if expected == "" else answer.error.startswith(expected):
            return True
        raise Unlike(f"{name} was answered {answer}")

    @contextlib.contextmanager
    def borrowed(self):
        """A ticket that nobody else uses meanwhile; None if there is none."""
        with self.lock:
            ticket = self.valid.pop(random.randrange(len(self.valid))) if self.valid else None
        try:
            yield ticket
        finally:
            if ticket:
                with self.lock:
                    self.valid.append(ticket)

    def _login(self):
        with self.gate.passing():
            answer = self.place.caller.login(USER, PASSWORD, soap=random.random() < 0.5)
            if self._count("login", answer):
                with self.lock:
                    self.valid.append(answer.attributes["ticket"])

    def _logout(self):
        with self.gate.passing():
            with self.lock:
                if not self.valid:
                    return
                ticket = self.valid.pop(random.randrange(len(self.valid)))
            if self._count("logout", self.place.caller.logout(ticket, soap=random.random() < 0.5)):
                with self.lock:
                    self.gone = [*self.gone[-200:], ticket]

    def _valid(self):
        with self.borrowed() as ticket:
            if ticket:
                self._count("valid", self.place.caller.valid(ticket))

    def _gone(self):
        with self.lock:
            ticket = random.choice(self.gone) if self.gone else None
        if ticket:
            self._count("gone", self.place.caller.valid(ticket), "[901]")

    def _flush(self):
        """Behind a flush everyone sees what was there before it, or what came later."""
        with self.gate.passing(), self.borrowed() as ticket:
            if not ticket:
                return
            with self.lock:
                self.renamed += 1
                number = self.renamed
                self.place.rename(str(number))
            if self._count("flush", self.place.caller.flush(ticket, soap=random.random() < 0.5)):
                info = self.place.caller.info()
                if self._count("info", info) and int(info.attributes["ServerName"]) < number:
                    raise Unlike(f"after flush {number} ServerInfo shows {info.attributes['ServerName']}")

    def _look(self):
        with self.borrowed() as ticket:
            if ticket:
                self._count("jobs", self.place.caller.jobs(ticket))
                self._count("warehouse", self.place.caller.warehouse(ticket))
        self._count("info", self.place.caller.info())


def wait(seconds, load):
    """Waits, but not if something was wrong already."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and not load.wrong:
        time.sleep(min(0.05, max(0, until - time.monotonic())))
