"""The power is cut under load: whatever was answered before is true when it is back, and the store is whole.

A round is one life of srvd, on a tape, with callers, srvadm, jobs, at times a sync that fails, and an end by SIGTERM or SIGKILL.
Then the tape is cut at many places, and each disk that is possible there is looked at: by SQLite, and now and then by srvd."""
import hashlib
import os
import random
import sqlite3
import threading
import time

from disk import KEPT, Disk, records
from machine import PASSWORD, USER, Place, Wrong

CALLERS = 3
SERVED_EACH = 20  # cuts
NEVER = float("inf")


class Ticket:
    """Where on the tape its login was answered, its logout asked for and answered."""

    def __init__(self, text, answered):
        self.text = text
        self.hash = hashlib.sha256(bytes.fromhex(text.replace("-", ""))).hexdigest()
        self.answered, self.ending, self.ended = answered, NEVER, NEVER


def contents(place):
    found = {}
    for name in KEPT:
        if os.path.exists(path := place.path(f"data/{name}")):
            with open(path, "rb") as f:
                found[name] = f.read()
    return found


class Life:
    """Callers and an administrator, until it ends; what each was told, and where on the tape that was."""

    def __init__(self, place, chance):
        self.place = place
        self.lock, self.over = threading.Lock(), threading.Event()
        self.tickets, self.wrong = [], []
        self.names = [(0, 0, 0)]  # number, where it was asked for, where it was answered
        bodies = [(self.call, random.Random(chance.random())) for _ in range(CALLERS)] + [(self.administer, None)]
        self.threads = [threading.Thread(target=body, args=(own,)) for body, own in bodies]

    def call(self, chance):
        while not self.over.is_set():
            try:
                self.log_in()
                if chance.random() < 0.6:
                    self.log_out(chance)
            except Exception as e:
                self.wrong.append(f"{type(e).__name__}: {e}")
                return

    def log_in(self):
        answer = self.place.caller.login(USER, PASSWORD)
        if answer.yes:
            with self.lock:
                self.tickets.append(Ticket(answer.attributes["ticket"], self.place.recorded()))
        elif answer.kind != "silence" and not answer.unavailable:
            raise Wrong(f"a login was answered {answer}")

    def log_out(self, chance):
        with self.lock:
            alive = [ticket for ticket in self.tickets if ticket.ending == NEVER]
            if not alive:
                return
            ticket = chance.choice(alive)
            ticket.ending = self.place.recorded()
        if self.place.caller.logout(ticket.text).yes:
            ticket.ended = self.place.recorded()

    def administer(self, _):
        while not self.over.is_set():
            number, begun = len(self.names), self.place.recorded()
            status = self.place.adm_under_fault("setting", "set", "ServerName", str(number))
            self.names.append((number, begun, self.place.recorded() if status == 0 else NEVER))


class Power:
    def __init__(self, seed, syncs=True):
        """syncs: False is a disk that only says that it has synced."""
        self.chance = random.Random(seed)
        self.syncs = syncs
        self.figures = {"rounds": 0, "cuts": 0, "served": 0, "alive checked": 0, "ended checked": 0, "names checked": 0,
                        "records": 0, "failed syncs": 0}

    def run(self, rounds, cuts):
        for _ in range(rounds):
            with Place(jobs=True) as place:
                self.round(place, cuts)
            self.figures["rounds"] += 1
        return self.figures

    def round(self, place, cuts):
        place.rename("0")
        before = contents(place)
        place.record()
        place.start()
        life = Life(place, self.chance)
        for thread in life.threads:
            thread.start()
        if not self.syncs:
            place.control.arm("fsync", "IGNORED", 1, forever=True)
        elif self.chance.random() < 0.5:
            time.sleep(self.chance.uniform(0.1, 0.4))
            place.control.arm("fsync", "EIO", self.chance.randint(1, 4))
        time.sleep(self.chance.uniform(0.5, 2.0))
        if self.chance.random() < 0.5:
            place.kill()
        else:
            place.process.terminate()
        life.over.set()
        for thread in life.threads:
            thread.join()
        place.process.wait()
        if life.wrong:
            raise Wrong(life.wrong[0])
        self.figures["failed syncs"] += place.control.failed if self.syncs else 0
        self.cut(place, before, life, cuts)

    def cut(self, place, before, life, cuts):
        with open(place.tape, "rb") as f:
            tape = list(records(f.read()))
        self.figures["records"] += len(tape)
        at = sorted(self.chance.choices(range(len(tape)), k=cuts - 1)) + [len(tape) - 1]
        disk, fed = Disk(before, self.chance), 0
        for number, last in enumerate(at):
            for end, *record in tape[fed:last + 1]:
                disk.feed(*record)
            fed = max(fed, last + 1)
            for name in (*KEPT, "srv.db-shm"):
                if os.path.exists(path := place.path(f"data/{name}")):
                    os.unlink(path)
            for name, content in disk.cut().items():
                with open(place.path(f"data/{name}"), "wb") as f:
                    f.write(content)
            self.figures["cuts"] += 1
            if number % SERVED_EACH == SERVED_EACH - 1:
                self.serve(place, life, tape[last][0])
            self.look(place, life, tape[last][0])

    def serve(self, place, life, now):
        """srvd has the first look at it."""
        caller = place.start(shim=False)
        for ticket in life.tickets:
            answer = caller.valid(ticket.text)
            if ticket.answered <= now and ticket.ending > now and not answer.yes:
                raise Wrong(f"a login was answered, and when the power is back its ticket is {answer}")
            if ticket.ended <= now and not answer.error.startswith("[901]"):
                raise Wrong(f"a logout was answered, and when the power is back its ticket is {answer}")
        if not caller.login(USER, PASSWORD).yes or place.stop() != 0:
            raise Wrong("when the power is back it does not serve")
        self.figures["served"] += 1

    def look(self, place, life, now):
        place.intact()
        with sqlite3.connect(place.database) as db:
            held = {row[0] for row in db.execute("SELECT ticket_hash FROM tickets")}
            name = int(db.execute("SELECT value FROM settings WHERE name = 'ServerName'").fetchone()[0])
        db.close()
        for ticket in life.tickets:
            if ticket.answered <= now and ticket.ending > now:
                self.figures["alive checked"] += 1
                if ticket.hash not in held:
                    raise Wrong("a login was answered, and when the power is back its ticket is not in the store")
            if ticket.ended <= now:
                self.figures["ended checked"] += 1
                if ticket.hash in held:
                    raise Wrong("a logout was answered, and when the power is back its ticket is in the store")
        least = max(number for number, _, answered in life.names if answered <= now)
        most = max(number for number, begun, _ in life.names if begun <= now)
        self.figures["names checked"] += least > 0
        if not least <= name <= most:
            raise Wrong(f"srvadm had set the name {least}, and when the power is back it is {name}")
