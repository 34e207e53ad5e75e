#!/usr/bin/python3 -B
"""A few rounds of crash.py, a few bytes of damage.py and a short soak, for every day."""
import contextlib
import os
import signal
import sqlite3
import subprocess
import tempfile
import unittest

from closing import main
from crash import Crashes
from damage import Damage
from load import Load
from machine import Place, Wrong
from power import Power
from soak import Soak


class Crash(unittest.TestCase):
    def test_what_was_answered_before_a_kill_is_true_after_it(self):
        figures = Crashes(seed=6).run(rounds=10)
        self.assertEqual(figures["rounds"], 10)
        self.assertGreater(figures["valid checked"] * figures["gone checked"] * figures["srvadm"], 0, figures)

    def test_what_was_answered_before_the_power_is_cut_is_true_when_it_is_back(self):
        figures = Power(seed=2).run(rounds=2, cuts=25)
        self.assertEqual(figures["cuts"], 50)
        for name in ("served", "alive checked", "ended checked", "names checked"):
            self.assertGreater(figures[name], 0, figures)

    def test_a_disk_that_only_says_that_it_has_synced_is_found_out_by_that(self):
        with self.assertRaises((Wrong, sqlite3.DatabaseError)):
            Power(seed=3, syncs=False).run(rounds=1, cuts=40)

    def test_srvadm_killed_at_any_write_cannot_undo_what_was_said_to_be_done_after_it(self):
        # Frames that a killed writer left in the log come back when the log is read anew, unless they were written over.
        for killed, answered, after in (("grant", "revoke", 0), ("revoke", "grant", 1), ("disable", "enable", 1), ("enable", "disable", 0)):
            for function in ("pwrite", "fsync"):
                with self.subTest(f"{killed} {function}"), Place() as place:
                    self.kill_at_each(place, function, killed, answered, after)

    def kill_at_each(self, place, function, killed, answered, after):
        if answered.endswith("able"):
            ask, words = "SELECT enabled FROM users WHERE username = 'bob'", lambda word: ("user", word, "bob")
        else:
            ask = "SELECT count(*) FROM permissions JOIN users USING (user_id) WHERE username = 'bob'"
            words = lambda word: (word, "bob", "ViewServerStatus")
        place.adm(*words(answered))
        with contextlib.closing(sqlite3.connect(place.database)) as onlooker:  # so that the log outlives the killed
            onlooker.execute(ask).fetchall()
            n = 0
            while n == 0 or place.control.failed:
                n += 1
                place.control.arm(function, "KILLED", n)
                status = place.adm_under_fault(*words(killed))
                self.assertEqual(status, -signal.SIGKILL if place.control.failed else 0)
                place.control.lift()
                place.adm(*words(answered))
                self.assertEqual(self.found_anew(place, ask), [(after,)], f"n={n}")
            self.assertGreater(n, 1)

    def found_anew(self, place, ask):
        """What the next one finds who reads the log from its start. A process that copied the file would lose its locks on it."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["cp", place.database, place.database + "-wal", folder], check=True)
            with contextlib.closing(sqlite3.connect(os.path.join(folder, "srv.db"))) as copy:
                self.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                return copy.execute(ask).fetchall()

    def test_a_changed_byte_of_the_store_is_told_of_or_does_no_harm(self):
        outcomes = Damage(seed=4).run(flips=12)
        self.assertEqual(sum(outcomes.values()), 12)
        self.assertGreater(outcomes["serves as before"] * outcomes["refused at the start"], 0, outcomes)

    def test_a_backup_made_under_load_is_whole_and_serves_what_was_answered_before_it(self):
        with Place() as place:
            place.start(shim=False)
            load = Load(place, callers=4, may_die=False)
            load.start()
            kept = []
            while len(kept) < 4:
                number = len(kept)
                with load.borrowed() as ticket:
                    if ticket is None:
                        continue
                    kept.append((place.path(f"backup{number}"), ticket))
                    self.back_up(place, kept[-1][0], by_sqlite=number % 2 == 1)
                    # Held until here, so nobody logs it out in between.
                    with contextlib.closing(sqlite3.connect(kept[-1][0])) as copy:
                        self.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                        self.assertEqual(copy.execute("PRAGMA foreign_key_check").fetchall(), [])
            load.stop()
            self.assertEqual(load.wrong, [])
            self.assertEqual(place.stop(), 0)
            for path, ticket in kept:
                os.rename(path, place.database)
                valid = place.start(shim=False).valid(ticket)
                self.assertTrue(valid.yes, valid)
                place.intact()
                self.assertEqual(place.stop(), 0)

    def back_up(self, place, path, by_sqlite):
        """As the README says, or as those do who know SQLite's shell: .backup is this."""
        if not by_sqlite:
            place.adm("backup", path)
            return
        with contextlib.closing(sqlite3.connect(place.database)) as db, contextlib.closing(sqlite3.connect(path)) as copy:
            db.backup(copy)

    def test_amid_reloads_and_restores_nothing_is_answered_wrong(self):
        with Place(jobs=True) as place:
            place.start(shim=False)
            soak = Soak(place, seconds=6)
            self.assertEqual(soak.run(), [])
            place.intact()
            self.assertEqual(place.stop(), 0)
        self.assertGreater(soak.load.answers["flush"] * soak.load.answers["logout"], 0)


if __name__ == "__main__":
    main()
