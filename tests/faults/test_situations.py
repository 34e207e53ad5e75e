#!/usr/bin/python3 -B
"""What happens to machines, by name: each test brings one situation about, says what callers see, and that it passes."""
import calendar
import contextlib
import os
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import threading
import time

from case import Case
from closing import main
from machine import PASSWORD, USER

HOUR, DAY, YEAR = 3600, 86400, 365 * 86400
ASK = b"GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: x\r\n\r\n"
# How far the clock is from the real one, or, if that is more than a year, what it shows.
CLOCKS = {
    "an hour ahead": HOUR, "an hour behind": -HOUR, "right": 0, "a leap second back": -1, "20 days ahead": 20 * DAY,
    "30 days behind": -30 * DAY, "a year behind": -YEAR, "31 days ahead": 31 * DAY, "2038": (1 << 31) - 1,
    "2100": calendar.timegm((2100, 2, 28, 23, 59, 59)), "back again": 0,
}
LOCKED_S = float(os.environ.get("FAULT_LOCKED_S", "4"))


@contextlib.contextmanager
def small_disk(place, options="size=1m"):
    """The database on a disk of its own, where we may mount one; else None."""
    data = os.path.dirname(place.database)
    kept = place.path("kept")
    shutil.copytree(data, kept)
    mounted = os.geteuid() == 0 and shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", data], capture_output=True).returncode == 0
    if not mounted:
        yield None
        return
    try:
        shutil.copytree(kept, data, dirs_exist_ok=True)
        yield data
    finally:
        place.kill()
        subprocess.run(["umount", "-l", data], check=True)


def fill(folder):
    """Takes every byte that is left."""
    fd = os.open(os.path.join(folder, "filler"), os.O_CREAT | os.O_WRONLY)
    try:
        with contextlib.suppress(OSError):
            while True:
                os.write(fd, bytes(1 << 16))
        with contextlib.suppress(OSError):
            while True:
                os.write(fd, b"x")
    finally:
        os.close(fd)


class Situations(Case):
    # ---- the disk ----

    def test_a_full_disk_stops_logins_and_nothing_else_and_is_over_when_there_is_room(self):
        place = self.place()
        with small_disk(place) as disk:
            caller = place.start()
            ticket = self.login(caller)
            if disk:
                fill(disk)
                for _ in range(200):  # until what the log's file still has room for is used up
                    if not caller.login(USER, PASSWORD).yes:
                        break
            else:
                place.control.arm("pwrite", "ENOSPC", 1, forever=True)
            for _ in range(5):
                self.writes_fail(caller, ticket)
                self.reads_work(caller, ticket)
            place.control.shift(2 * HOUR)  # that the ticket is used would be written now, and is not
            self.reads_work(caller, ticket)
            self.assertIn(" warn ticket_use_not_written ", place.logged())
            place.control.shift(0)
            self.assertTrue(caller.flush(ticket).yes)  # which takes no room
            place.alive()
            self.alarms_once(place, "write", "no space is left on the device" if disk else None)
            if disk:
                os.unlink(os.path.join(disk, "filler"))
            place.control.lift()
            self.recovers(place, caller, "room again")
            self.assertEqual(place.logged().count("info store_write_again"), 1)

    def alarms_once(self, place, what, reason):
        said = re.findall(rf' error store_{what}_fails reason="(.*)"$', place.logged(), re.M)
        self.assertEqual(len(said), 1, said)
        self.assertIn(reason or "", said[0])

    def test_a_disk_that_cannot_be_read_fails_what_needs_it_and_is_told_of_once(self):
        place, caller, ticket = self.served()
        place.control.arm("pread", "EIO", 1, forever=True)
        for name in range(5):  # a commit of another, so that pages are to be read again
            place.rename(str(name))
            self.assertTrue(caller.info().yes)
            for answer in (caller.flush(ticket), caller.login(USER, PASSWORD), caller.jobs(ticket), caller.valid(ticket)):
                self.assertTrue(answer.yes or answer.unavailable, answer)
            self.assertTrue(caller.flush(ticket).unavailable)
        self.assertGreater(place.control.failed, 0)
        self.alarms_once(place, "read", "")
        place.control.lift()
        self.recovers(place, caller, "readable again")

    def test_a_store_that_srvd_may_no_longer_reach_is_a_full_disk_to_callers(self):
        place = self.place()
        place.give_away()
        caller = place.start()
        ticket = self.login(caller)
        folder = os.path.dirname(place.database)
        owner, root = os.stat(folder), os.geteuid() == 0
        changes = [("chmod", folder, 0o500), ("chmod", folder, 0), ("chmod", place.database, 0)]
        changes += [("chown", folder, 0)] if root else []
        for change, path, value in changes:
            with self.subTest(f"{change} {os.path.basename(path)} {value:o}"):
                mode = os.stat(path).st_mode & 0o777
                os.chmod(path, value) if change == "chmod" else os.chown(path, value, value)
                time.sleep(0.4)  # STORE_NOTICE_MS
                # What is open stays so; it is for the kernel to say what can still be written there.
                for answer in (caller.login(USER, PASSWORD), caller.flush(ticket)):
                    self.assertTrue(answer.yes or answer.unavailable, answer)
                for answer in (caller.info(), caller.valid(ticket)):
                    self.assertTrue(answer.yes, answer)
                os.chmod(path, mode) if change == "chmod" else os.chown(path, owner.st_uid, owner.st_gid)
                time.sleep(0.4)
                self.assertTrue(caller.valid(self.login(caller)).yes)
        self.recovers(place, caller, "reached again")

    def test_a_disk_that_is_read_only_stops_logins_and_nothing_else(self):
        place, caller, ticket = self.served()
        place.control.arm("pwrite", "EROFS", 1, forever=True)
        self.writes_fail(caller, ticket)
        self.reads_work(caller, ticket)
        place.control.lift()
        self.recovers(place, caller, "writable again")

    def test_a_database_on_a_read_only_disk_is_refused_at_the_start(self):
        place = self.place()
        with small_disk(place) as disk:
            if disk:
                subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
            else:
                os.chmod(place.database, 0o444)
            self.refuses_to_start(place, r'error start reason="database: [^"]*(is the disk read-only|cannot be written)')

    def test_a_disk_that_cannot_sync_is_not_believed_until_all_was_synced_anew(self):
        place, caller, ticket = self.served()
        place.control.arm("fsync", "EIO", 1, forever=True)
        begun = time.monotonic()
        self.assertTrue(caller.login(USER, PASSWORD).unavailable)
        while time.monotonic() < begun + 1.8:  # what is synced anew would be tried by now, and fails as well
            self.writes_fail(caller, ticket)
            self.reads_work(caller, ticket)
        place.control.lift()
        self.assertEqual(place.logged().count(" error store_sync_failed "), 1)
        self.assertNotIn("store_synced_anew", place.logged())
        self.recovers(place, caller, "believed again")
        self.assertEqual(place.logged().count("store_synced_anew"), 1)

    def test_after_a_sync_that_failed_once_the_next_success_is_not_taken_for_one(self):
        place, caller, ticket = self.served()
        place.control.arm("fsync", "EIO", 1)
        self.assertTrue(caller.login(USER, PASSWORD).unavailable)
        self.assertEqual(place.control.failed, 1)
        self.assertTrue(caller.login(USER, PASSWORD).unavailable)  # though by now the disk would say that it has it
        self.assertTrue(caller.logout(ticket).unavailable)
        place.control.lift()
        self.recovers(place, caller, "believed again")

    # ---- the database's file ----

    def test_a_database_locked_by_another_process_delays_writes_for_two_seconds_and_no_reads(self):
        place, caller, ticket = self.served(pool_threads=4)
        other = sqlite3.connect(place.database, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        begin = time.monotonic()
        end, slowest, wrong = begin + LOCKED_S, [0.0], []
        reads, threads = [], len(os.listdir(f"/proc/{place.process.pid}/task"))

        def write():
            while time.monotonic() < end:
                begun = time.monotonic()
                answer = caller.login(USER, PASSWORD)
                slowest[0] = max(slowest[0], time.monotonic() - begun)
                if not answer.unavailable:
                    wrong.append(answer)

        writers = [threading.Thread(target=write) for _ in range(6)]
        for writer in writers:
            writer.start()
        while time.monotonic() < end:
            begun = time.monotonic()
            self.reads_work(caller, ticket)
            reads.append((begun - begin, time.monotonic() - begun))
            time.sleep(0.05)
        for writer in writers:
            writer.join()
        other.execute("ROLLBACK")
        self.assertEqual(wrong, [])
        self.assertLess(slowest[0], 6)
        self.assertEqual(len(os.listdir(f"/proc/{place.process.pid}/task")), threads)
        # At first all threads may be waiting for the lock; but not again and again.
        self.assertLess(max(took for at, took in reads), 3)
        self.assertLess(max(took for at, took in reads if at > 2.5), 1)
        self.recovers(place, caller, "unlocked")

    def test_a_deleted_database_is_missed_and_found_again(self):
        place, caller, ticket = self.served()
        shutil.copy(place.database, place.path("backup"))
        for name in (place.database, place.database + "-wal", place.database + "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.rename(name, name + ".gone")
        time.sleep(0.4)  # STORE_NOTICE_MS
        self.assertTrue(caller.login(USER, PASSWORD).unavailable)
        flush = caller.flush(ticket)
        self.assertTrue(flush.unavailable, flush)
        self.assertTrue(caller.info().yes)
        self.assertFalse(os.path.exists(place.database))
        self.assertEqual(place.logged().count("store_read_fails"), 1)
        shutil.copy(place.path("backup"), place.path("new"))
        os.rename(place.path("new"), place.database)
        time.sleep(0.4)
        self.recovers(place, caller, "found again")

    # ---- the clock ----

    def test_a_clock_that_jumps_ends_no_connection_and_no_ticket_before_its_time(self):
        place, caller, ticket = self.served()
        kept, half = (socket.create_connection(caller.address.split(":")) for _ in range(2))
        self.addCleanup(kept.close)
        self.addCleanup(half.close)
        begin, ahead = time.time(), 0
        for name, at in CLOCKS.items():
            with self.subTest(name):
                half.sendall(ASK[:20])
                shift = int(at - begin) if at > YEAR else at
                ahead = max(ahead, shift)
                place.control.shift(shift)
                time.sleep(0.1)
                begun = time.monotonic()
                kept.sendall(ASK)
                half.sendall(ASK[20:])
                now = time.time() + shift
                for connection in (kept, half):
                    answer = connection.recv(65536).decode()
                    self.assertRegex(answer, f'Coordinated_Universal_Time="{time.gmtime(now).tm_year}-')
                valid = caller.valid(ticket)
                if ahead < 30 * DAY:
                    self.assertTrue(valid.yes, valid)
                elif shift == ahead:
                    self.assertTrue(valid.error.startswith("[901]"), valid)
                fresh = caller.login(USER, PASSWORD).attributes
                expires = calendar.timegm(time.strptime(fresh["expireOn"], "%Y-%m-%dT%H:%M:%SZ"))
                self.assertAlmostEqual(expires, now + 30 * DAY, delta=10)
                self.assertTrue(caller.valid(fresh["ticket"]).yes)
                self.assertTrue(caller.flush(fresh["ticket"]).yes)
                self.assertTrue(caller.logout(fresh["ticket"]).yes)
                self.assertLess(time.monotonic() - begun, 3)
        self.recovers(place, caller, "on time")

    def test_a_ticket_lives_across_the_second_that_32_bits_cannot_count(self):
        place, caller, _ = self.served()
        place.control.shift(int((1 << 31) - 1 - time.time()))
        before = self.login(caller)
        until = time.monotonic() + 5
        while caller.info().attributes["Coordinated_Universal_Time"] < "2038-01-19T03:14:08Z":
            self.assertTrue(caller.valid(before).yes)
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)
        self.assertTrue(caller.valid(before).yes)
        self.assertTrue(caller.valid(self.login(caller)).yes)
        self.recovers(place, caller, "past it")

    def test_jobs_do_not_run_again_and_again_when_the_clock_jumps(self):
        place, caller, _ = self.served(jobs=True)
        count = "SELECT count(*) FROM maintenance_job_log WHERE success = 1"
        until = time.monotonic() + 10
        while place.sql(count) != [(5,)] and time.monotonic() < until:
            time.sleep(0.02)
        for shift in (HOUR + 60, -HOUR, YEAR, -YEAR, 0):
            place.control.shift(shift)
            time.sleep(0.2)
            self.assertTrue(caller.info().yes)
        self.assertLessEqual(place.sql(count)[0][0], 15)
        self.recovers(place, caller, "on time")

    # ---- what the process may have ----

    def test_without_descriptors_it_waits_without_work_and_serves_who_is_there(self):
        place, caller, ticket = self.served()
        kept = socket.create_connection(caller.address.split(":"))
        kept.sendall(b"GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: x\r\n\r\n")
        self.assertIn(b"200 OK", kept.recv(65536))
        limit = resource.prlimit(place.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(place.process.pid, resource.RLIMIT_NOFILE, (place.descriptors() + 4, limit[1]))
        crowd = [socket.create_connection(caller.address.split(":")) for _ in range(60)]
        for connection in crowd:
            self.addCleanup(connection.close)
        time.sleep(0.5)
        cpu = cpu_s(place.process.pid)
        time.sleep(1.5)
        self.assertLess(cpu_s(place.process.pid) - cpu, 0.3)
        kept.sendall(b"GET /srv.asmx/FlushApplicationCache?authenticationTicket=%b HTTP/1.1\r\nHost: x\r\n\r\n" % ticket.encode())
        self.assertRegex(kept.recv(65536).decode(), r'<response success="(true"|false" error="\[990\][^"]*Too many open files" />)')
        for connection in [*crowd, kept]:
            connection.close()
        self.recovers(place, caller, "room for callers")  # still under the limit

    def test_without_threads_it_does_not_start_and_says_so(self):
        place = self.place(jobs=True)
        place.start()
        threads = place.control.threads
        self.assertEqual(place.stop(), 0)
        for nth in range(1, threads + 1):
            place.control.arm("pthread_create", "EAGAIN", nth, forever=True)
            self.refuses_to_start(place, r"error start reason=.*(thread|limit|jobs)")
        place.control.lift()
        self.recovers(place, place.start(), "threads again")


def cpu_s(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
