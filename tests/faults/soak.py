"""Mixed load for a long time, while everything that an administrator may do is done: no wrong answer, and memory stays flat."""
import os
import random
import re
import signal
import statistics
import sys
import time

from load import Load, wait
from machine import LICENSE, Place

CALLERS = 4
SAMPLE_S = 1
FLAT = 0.02
# Of the time that is judged, and before it. The heap has gaps, and each thread's part of it is as large as it will be only after
# everything has happened to it a few times, restores above all, which are rare.
WARM_UP = 1 / 3


class Soak:
    def __init__(self, place, seconds):
        self.place, self.seconds = place, seconds
        self.load = Load(place, CALLERS, may_die=False)
        self.samples, self.done = [], {}  # samples: from the end of the warm-up on
        self.company = 0

    # ---- the administrator ----

    def hang_up(self):
        self.place.process.send_signal(signal.SIGHUP)

    def restore(self):
        """A backup is moved over the store. What writes meanwhile would be lost, and so waits."""
        with self.load.gate.alone():
            if not self.load.valid:
                return
            backup = self.place.path("data/backup")
            self.place.adm("backup", backup)
            os.rename(backup, self.place.database)
            # The old file's log still lies beside the new one until srvd has gone over, so nobody else opens it before.
            with self.load.borrowed() as ticket:
                answer = self.place.caller.flush(ticket)
                if not answer.yes:
                    self.load.wrong.append(f"a flush behind a restore was answered {answer}")

    def license(self):
        """The licence is replaced by one that is right, or by none and back."""
        self.company += 1
        with open(LICENSE) as f:
            text = re.sub("<CompanyName>.*</CompanyName>", f"<CompanyName>Company {self.company}</CompanyName>", f.read())
        with open(self.place.path("license.new"), "w") as f:
            f.write(text)
        os.rename(self.place.path("license.new"), self.place.license)

    def grants(self):
        with self.load.gate.alone():
            for word in ("grant", "revoke"):
                self.place.adm(word, "bob", "ViewServerStatus")

    def check(self):
        with self.load.gate.alone():
            self.place.adm("check")

    def run(self):
        chaos = [(self.hang_up, 5), (self.restore, 2), (self.license, 3), (self.grants, 2), (self.check, 1)]
        self.load.start()
        warm = time.monotonic() + self.seconds * WARM_UP
        end = warm + self.seconds
        try:
            while time.monotonic() < end and not self.load.wrong:
                action = random.choices(*zip(*chaos))[0]
                action()
                self.done[action.__name__] = self.done.get(action.__name__, 0) + 1
                wait(SAMPLE_S, self.load)
                self.place.alive()
                with self.load.gate.alone():  # no password is being hashed, which takes 19 MiB for a moment
                    if time.monotonic() > warm:
                        self.samples.append((self.place.rss_kib(), self.place.descriptors()))
        finally:
            self.load.stop()
        return self.load.wrong

    def growth(self):
        """Memory and descriptors after the warm-up and at the end: medians of a tenth of the time."""
        tenth = max(1, len(self.samples) // 10)
        return [[statistics.median(values) for values in zip(*part)] for part in (self.samples[:tenth], self.samples[-tenth:])]


def main():
    minutes = float(os.environ.get("MINUTES", "30"))
    with Place(jobs=True) as place:
        place.start(shim=False)
        soak = Soak(place, minutes * 60)
        wrong = soak.run()
        if not wrong:
            place.intact()
        status = place.stop()
    print(f"{minutes:g} minutes and {minutes * WARM_UP:g} before: {dict(soak.load.answers)}, {soak.done}")
    for line in wrong:
        print(f"wrong: {line}")
    if wrong:
        sys.exit(1)
    early, late = soak.growth()
    growth = late[0] / early[0] - 1
    print(f"memory {early[0]:.0f} KiB after the warm-up, {late[0]:.0f} KiB at the end: {growth:+.1%}")
    print(f"descriptors {early[1]:.0f} after the warm-up, {late[1]:.0f} at the end")
    if status:
        print(f"srvd ended with {status}")
    if status or growth > FLAT or late[1] > early[1] + CALLERS:
        sys.exit(1)
    print("nothing wrong")


if __name__ == "__main__":
    main()
