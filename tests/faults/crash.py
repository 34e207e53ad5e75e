"""kill -9 at random moments under mixed load: what was answered is true after the restart, and the store is whole.

`make crash` cuts the power as well, CUTS times (power.py)."""
import os
import random
import signal
import subprocess
import threading
import time

from load import Load
from machine import BUILD, WRAP, Place, Wrong, environment
from power import Power

CALLERS = 4
CUTS_EACH = 25  # of one life
PERMISSION, GRANTEE = "ViewServerStatus", "bob"


class Admin(threading.Thread):
    """srvadm, granting and revoking, killed now and then; knows what was done for sure."""

    def __init__(self, place, chance):
        super().__init__()
        self.place, self.chance = place, chance
        self.over = threading.Event()
        self.granted = None  # None: it may be either
        self.runs = 0

    def run(self):
        while not self.over.is_set():
            word = self.chance.choice(["grant", "revoke"])
            process = subprocess.Popen(
                [*WRAP, f"{BUILD}/srvadm", "--database", self.place.database, word, GRANTEE, PERMISSION],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
            self.granted = None
            if self.chance.random() < 0.3:
                time.sleep(self.chance.uniform(0, 0.02))
                process.kill()
            if process.wait() == 0:
                self.granted = word == "grant"
            self.runs += 1

    def check(self):
        rows = self.place.sql(
            "SELECT 1 FROM permissions JOIN users USING (user_id) WHERE username = ? AND permission = ?", GRANTEE, PERMISSION)
        if self.granted is not None and bool(rows) != self.granted:
            raise Wrong(f"srvadm said granted={self.granted}, but the store says {bool(rows)}")


class Crashes:
    def __init__(self, seed):
        self.chance = random.Random(seed)
        self.figures = {"rounds": 0, "kills in the start": 0, "answers": 0, "srvadm": 0, "valid checked": 0, "gone checked": 0,
                        "runs cut off": 0, "stores cut off": 0}
        self.renamed = 0

    def run(self, rounds):
        with Place(jobs=True) as place:
            self.fill(place)
            place.start(shim=False)
            for _ in range(rounds):
                self.round(place)
            place.intact()
            if place.stop() != 0:
                raise Wrong("srvd did not end well")
        return self.figures

    def fill(self, place):
        """Gives the jobs something to do, so that they can be met at it."""
        warehouse = place.path("warehouse")
        place.adm("warehouse", "set", "0", warehouse)
        for i in range(40):
            os.makedirs(f"{warehouse}/{i}")
            for k in range(100):
                open(f"{warehouse}/{i}/{k}", "w").close()

    def round(self, place):
        load = Load(place, CALLERS, may_die=True)
        load.renamed = self.renamed
        admin = Admin(place, random.Random(self.chance.random()))
        load.start()
        admin.start()
        time.sleep(self.chance.uniform(0.02, 0.7))
        place.process.send_signal(signal.SIGKILL)
        place.process.wait()
        admin.over.set()
        load.stop()
        admin.join()
        if load.wrong:
            raise Wrong(f"{load.wrong}")
        self.renamed = load.renamed
        self.restart(place)
        self.check(place, load, admin)
        self.cut_off_migration()
        self.figures["rounds"] += 1
        self.figures["answers"] += sum(load.answers.values())
        self.figures["srvadm"] += admin.runs

    def restart(self, place):
        """Jobs are due, at times; at times the next start is killed as well; and who recovers the log first varies."""
        if self.chance.random() < 0.5:
            place.intact()
        self.figures["runs cut off"] += self.unfinished(place)
        if self.chance.random() < 0.5:
            place.sql("DELETE FROM maintenance_job_log WHERE success IS NOT NULL")
        if self.chance.random() < 0.3:
            place.launch(shim=False)
            time.sleep(self.chance.uniform(0, 0.2))
            place.kill()
            self.figures["kills in the start"] += 1
            self.figures["runs cut off"] += self.unfinished(place)
        place.start(shim=False)

    def unfinished(self, place):
        return place.sql("SELECT count(*) FROM maintenance_job_log WHERE success IS NULL")[0][0]

    def check(self, place, load, admin):
        for ticket in load.valid:
            answer = place.caller.valid(ticket)
            if not answer.yes:
                raise Wrong(f"a login was answered, and after the crash its ticket is {answer}")
        for ticket in load.gone:
            answer = place.caller.valid(ticket)
            if not answer.error.startswith("[901]"):
                raise Wrong(f"a logout was answered, and after the crash its ticket is {answer}")
        self.figures["valid checked"] += len(load.valid)
        self.figures["gone checked"] += len(load.gone)
        admin.check()
        until = time.monotonic() + 10
        while self.unfinished(place):
            if time.monotonic() > until:
                raise Wrong("a job's run stays without an outcome")
            time.sleep(0.01)
        place.intact()

    def cut_off_migration(self):
        """A store that is killed while it is made is finished, or made anew, by the next who tries."""
        with Place.spare() as path:
            command = [*WRAP, f"{BUILD}/srvadm", "--database", path, "init"]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment())
            time.sleep(self.chance.uniform(0, 0.05))
            process.kill()
            self.figures["stores cut off"] += process.wait() != 0
            for word in ("init", "check"):
                done = subprocess.run([*command[:-1], word], capture_output=True, text=True, env=environment())
                if done.returncode != 0:
                    raise Wrong(f"srvadm {word} on a store that was cut off: {done.stderr}")


def main():
    seed = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    rounds, cuts = int(os.environ.get("ROUNDS", "200")), int(os.environ.get("CUTS", "500"))
    print(f"SEED={seed}, {rounds} rounds, {cuts} power cuts", flush=True)
    begun = time.monotonic()
    for figures in (Crashes(seed).run(rounds), Power(seed).run(-(-cuts // CUTS_EACH), CUTS_EACH)):
        for name, value in figures.items():
            print(f"{name:20} {value}", flush=True)
    print(f"nothing wrong in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
