"""Sweeps: in one phase of srvd's life the n-th call of one function fails, for n = 1, 2, … until none is reached.

Each phase says what is done while the fault is armed and which outcomes are right. Behind each fault it is lifted, srvd must
live (unless it was starting or stopping), the store must be whole, and the next login and flush must be right."""
import re
import time
from collections import Counter

from calls import Answer, Late
from fault import MAY_CUT
from machine import DIED_IN_NSS, PASSWORD, SANITIZED, USER, Place, Wrong

RECOVERY_S = 5
JOBS = 5
GROWTH_KIB = 24 << 10  # a password's hash takes 19 MiB
THREADS_DESCRIPTORS = 24  # each thread of the pools opens store and log once
ONLY_WRITES = {"pwrite", "fsync", "ftruncate"}  # whoever reads the store does without


class Sweep:
    """One function in one phase. next_n maps n to the next n; behind so many faults there is a login, behind each a flush."""

    def __init__(self, phase, function, error, forever=False, next_n=lambda n: n + 1, login_every=1):
        self.phase, self.function, self.error, self.forever = phase, function, error, forever
        self.next_n, self.login_every = next_n, login_every
        self.outcomes, self.wrong = Counter(), []
        self.reached = 0
        self.whole = False  # until none was reached

    def __str__(self):
        return f"{self.phase.__name__.lower()} {self.function} {self.error}{' for ever' if self.forever else ''}"

    def arm(self, place, n, thread=0):
        place.control.arm(self.function, self.error, n, self.forever, thread)

    def run(self):
        n = 1
        with self.phase(self) as phase:
            while True:
                try:
                    self.outcomes[phase.once(n)] += 1
                except Exception as e:
                    self.wrong.append(f"n={n}: {type(e).__name__}: {e}")
                    phase.begin_anew()
                    if len(self.wrong) == 5:
                        break
                if phase.place.control.failed == 0:
                    self.whole = True
                    break
                self.reached = n
                n = self.next_n(n)
        return self


class Phase:
    """A srvd that runs through the whole sweep; what differs is act and judge."""

    soap = False

    def __init__(self, sweep):
        self.sweep = sweep
        self.place = Place()
        self.renamed = self.faults = 0
        self.begin()

    def begin(self):
        self.place.start()
        self.ticket = self.place.caller.login(USER, PASSWORD).attributes["ticket"]
        self.held = self.place.rss_kib(), self.place.descriptors()

    def holds_no_more(self):
        """What failed was given back, to the last descriptor; memory has gaps, and those who hash a password at the time."""
        until = time.monotonic() + RECOVERY_S
        while self.place.descriptors() > self.held[1] + THREADS_DESCRIPTORS:
            if time.monotonic() > until:
                raise Wrong(f"{self.held[1]} descriptors were open, and now {self.place.descriptors()}")
            time.sleep(0.05)
        grown = self.place.rss_kib() - self.held[0]
        if grown > GROWTH_KIB and not SANITIZED:
            raise Wrong(f"{self.held[0]} KiB of memory were in use, and now {grown} more")

    def begin_anew(self):
        self.place.control.lift()
        self.place.kill()
        self.begin()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.place.control.lift()
        try:
            if kind is None and self.place.process.poll() is None:
                self.holds_no_more()
                if self.place.stop() != 0:
                    raise Wrong("srvd did not end well")
        finally:
            self.place.close()

    def once(self, n):
        place = self.place
        self.prepare()
        self.sweep.arm(place, n)
        if self.sweep.forever:  # without locks SQLite takes ten seconds to give up, each time
            place.caller.tmo_s = 2 if self.sweep.function in MAY_CUT else 60
        try:
            answer = self.act()
            if self.sweep.forever and self.sweep.function in ONLY_WRITES:
                self.reads_work()
        except Late:
            if not self.sweep.forever or self.sweep.function not in MAY_CUT:
                raise
            answer = Answer("silence")
        finally:
            place.control.lift()
            place.caller.tmo_s = 20
        place.alive()
        self.judge(answer)
        place.intact()
        self.recovers()
        return answer.kind

    def reads_work(self):
        for answer in (self.place.caller.info(), self.place.caller.valid(self.ticket)):
            if not answer.yes:
                raise Wrong(f"what reads only was answered {answer}")

    def prepare(self):
        pass

    def judge(self, answer):
        if answer.yes:
            self.right(answer)
        elif answer.unavailable:
            pass
        elif answer.kind != "silence" or self.sweep.function not in MAY_CUT:
            raise Wrong(f"the answer was {answer}")

    def right(self, answer):
        pass

    def recovers(self):
        """The next login and the next flush are right."""
        self.faults += 1
        if self.faults % self.sweep.login_every == 0 or not self.place.caller.valid(self.ticket).yes:
            self.log_in()
        self.renamed += 1
        self.place.rename(f"name {self.renamed}")
        flush = self.place.caller.flush(self.ticket)
        if not flush.yes:
            raise Wrong(f"the fault is over, but a flush is answered {flush}")
        self.shows(f"name {self.renamed}")

    def log_in(self):
        until = time.monotonic() + RECOVERY_S
        while not (login := self.place.caller.login(USER, PASSWORD)).yes and time.monotonic() < until:
            time.sleep(0.05)
        if not login.yes:
            raise Wrong(f"the fault is over, but a login is answered {login}")
        self.ticket = login.attributes["ticket"]

    def shows(self, name):
        info = self.place.caller.info()
        if info.attributes.get("ServerName") != name:
            raise Wrong(f"ServerInfo shows {info.attributes.get('ServerName')!r} and not {name!r}: {info}")


class Login(Phase):
    """A ticket that was handed out is good, now and after a crash; what fails says so, and never that a password is wrong."""

    def begin(self):
        self.handed_out = []
        super().begin()

    def act(self):
        return self.place.caller.login(USER, PASSWORD, self.soap)

    def right(self, answer):
        self.handed_out.append(answer.attributes["ticket"])
        self.is_good(self.handed_out[-1])

    def is_good(self, ticket):
        valid = self.place.caller.valid(ticket)
        if not valid.yes:
            raise Wrong(f"the ticket of a login is answered {valid}")

    def __exit__(self, kind, *more):
        try:
            if kind is None:
                self.place.control.lift()
                self.place.kill()
                self.place.start()
                for ticket in self.handed_out:
                    self.is_good(ticket)
        finally:
            super().__exit__(kind, *more)


class LoginSoap(Login):
    soap = True


class FirstLogin(Login):
    """The first of a process, for which files are opened that then stay open."""

    def prepare(self):
        if self.place.stop() != 0:
            raise Wrong("srvd did not end well")
        self.place.start()

    def recovers(self):
        super().recovers()
        self.held = self.place.rss_kib(), self.place.descriptors()


class Logout(Phase):
    """A ticket whose logout was answered is gone."""

    def prepare(self):
        self.old = self.ticket

    def act(self):
        return self.place.caller.logout(self.old)

    def right(self, answer):
        valid = self.place.caller.valid(self.old)
        if valid.yes or not valid.error.startswith("[901]"):
            raise Wrong(f"the ticket of the logout is answered {valid}")


class Flush(Phase):
    """After a flush everything is new; after one that failed everything is old."""

    def prepare(self):
        self.place.rename("before")
        if not self.place.caller.flush(self.ticket).yes:
            raise Wrong("a flush without a fault failed")
        self.place.rename("behind")

    def act(self):
        return self.place.caller.flush(self.ticket, self.soap)

    def judge(self, answer):
        super().judge(answer)
        if answer.kind in ("yes", "no"):  # else it may have failed between the load and the answer
            self.shows("behind" if answer.yes else "before")


class FlushSoap(Flush):
    soap = True


class Status(Phase):
    """The operations that only look: what they answer is the same as without a fault, or no answer."""

    def ask(self):
        caller = self.place.caller
        return [caller.jobs(self.ticket), caller.warehouse(self.ticket), caller.valid(self.ticket), caller.info()]

    def prepare(self):
        self.known = [steady(answer) for answer in self.ask()]

    def act(self):
        answers = self.ask()
        for answer, known in zip(answers, self.known):
            self.judge(answer)
            if answer.yes and steady(answer) != known:
                raise Wrong(f"the answer was {answer.text} and not {known}")
        return min(answers, key=lambda answer: answer.yes)


def steady(answer):
    """An answer without what time and other processes change in it, and what a disk shows that cannot be asked."""
    return re.sub(r'(DiskSize|FreeSpace|DiskType|DriveTypeExplanation|Server_date_time|Coordinated_Universal_Time|expireOn)="[^"]*"', r"\1", answer.text)


class Reload(Phase):
    """SIGHUP: it works or says why not, and the service goes on."""

    def act(self):
        self.place.process.send_signal(1)
        until = time.monotonic() + (0.5 if self.sweep.function == "write" else 60)
        while time.monotonic() < until:
            if "flush by=SIGHUP outcome=" in self.place.logged()[self.read:]:
                return Answer("yes")
            self.place.alive()
            time.sleep(0.005)
        if self.sweep.function != "write":
            raise Wrong("SIGHUP without an outcome")
        return Answer("silence")

    def prepare(self):
        self.read = len(self.place.logged())

    def judge(self, answer):
        pass


class Start(Phase):
    """It serves, or it ends with a reason and a status; and what it leaves is a store that the next start finds whole."""

    def begin(self):
        pass

    def begin_anew(self):
        self.place.control.lift()
        self.place.kill()

    def once(self, n):
        place = self.place
        self.sweep.arm(place, n)
        place.launch()
        try:
            serving = place.serves(logs=self.sweep.function != "write")
        finally:
            place.control.lift()
        if serving:
            self.judge(place.caller.info())
            if place.stop() != 0:
                raise Wrong("srvd did not end well")
        elif (status := place.ended()) == 0:
            raise Wrong("srvd ended with 0 and did not serve")
        elif status != DIED_IN_NSS and self.sweep.function != "write" and not re.search(r" error \w+ reason=|^srvd: ", place.logged(), re.M):
            raise Wrong(f"srvd did not say why: {place.logged()}")
        place.intact()
        return "serves" if serving else "says why"

    def __exit__(self, *_):
        self.place.control.lift()
        try:
            self.place.start()
            self.log_in()
            self.recovers()
            self.place.stop()
        finally:
            self.place.close()


class Stop(Phase):
    """It ends, and the login before it counts."""

    def once(self, n):
        place = self.place
        self.sweep.arm(place, n)
        place.process.send_signal(15)
        try:
            status = place.ended(45)
        finally:
            place.control.lift()
        place.intact()
        old = self.ticket
        self.begin()
        valid = place.caller.valid(old)
        if not valid.yes:
            raise Wrong(f"the ticket of before is answered {valid}")
        return f"status {status}"


class Jobs(Phase):
    """Five jobs are due at the start; each has an outcome at the latest after the next start."""

    def __init__(self, sweep):
        self.sweep = sweep
        self.place = Place(jobs=True)
        self.renamed = self.faults = 0
        self.place.control.forget_threads()
        self.begin()
        self.thread = self.place.control.threads  # the last that is made runs the jobs
        self.through()
        self.place.stop()

    def begin_anew(self):
        self.place.control.lift()
        self.place.kill()

    def through(self):
        """Waits for the end of what is due; true if the log has all outcomes."""
        until = time.monotonic() + (60 if self.sweep.forever else 15)  # without locks SQLite takes ten seconds to give up, each time
        while time.monotonic() < until:
            logged = self.place.logged()
            if len(re.findall(r" job_(?:done|failed) ", logged)) == JOBS:
                return True
            if re.search(" (?:job_not_begun|jobs_wait|jobs_not_recovered) ", logged):
                return False
            if self.sweep.function == "write" and not self.place.sql("SELECT 1 FROM maintenance_job_log WHERE success IS NULL"):
                return False
            self.place.alive()
            time.sleep(0.01)
        raise Wrong(f"jobs do not come to an end: {self.place.logged()[-600:]}")

    def once(self, n):
        place = self.place
        place.sql("DELETE FROM maintenance_job_log")
        place.control.forget_threads()
        self.sweep.arm(place, n, self.thread)
        place.start()
        try:
            through = self.through()
        finally:
            place.control.lift()
        self.judge(place.caller.info())
        if place.stop() != 0:
            raise Wrong("srvd did not end well")
        place.intact()
        self.without_outcome()
        return "done" if through else "waits"

    def without_outcome(self):
        if not self.place.sql("SELECT 1 FROM maintenance_job_log WHERE success IS NULL"):
            return
        self.place.start()
        until = time.monotonic() + RECOVERY_S
        while self.place.sql("SELECT 1 FROM maintenance_job_log WHERE success IS NULL"):
            if time.monotonic() > until:
                raise Wrong("a run stays without an outcome")
            time.sleep(0.02)
        self.place.stop()

    def __exit__(self, *_):
        self.place.close()


PHASES = [Login, LoginSoap, FirstLogin, Logout, Flush, FlushSoap, Status, Reload, Start, Stop, Jobs]
