#!/usr/bin/python3 -B
"""The log goes to a pipe, a socket or a file: whoever reads it may stop, be gone or have no room, and callers must not notice."""
import contextlib
import os
import re
import resource
import signal
import time

from case import Case
from closing import main
from machine import SANITIZED

CALLS = 1500


class LogReader(Case):
    def served_into_a_pipe(self):
        """A place whose log is read by nobody after the start; the pipe's end, and what came so far."""
        place = self.place()
        reading, writing = os.pipe()
        place.launch(stderr=writing)
        os.close(writing)
        text = b""
        while b" listen address=" not in text or not text.endswith(b"\n"):
            text += os.read(reading, 65536)
        with open(place.log, "ab") as log:
            log.write(text)
        self.assertTrue(place.serves())
        return place, reading, text

    def test_a_reader_of_the_log_who_stops_holds_nobody_up_and_is_told_later_how_much_it_missed(self):
        place, reading, text = self.served_into_a_pipe()
        self.call_often(place.caller)
        os.set_blocking(reading, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                text += os.read(reading, 65536)
        self.call_once(place.caller)
        place.process.send_signal(signal.SIGTERM)
        os.set_blocking(reading, True)
        while part := os.read(reading, 65536):
            text += part
        os.close(reading)
        self.assertEqual(place.process.wait(20), 0)
        self.all_accounted_for(text.decode(), "a reader who stops")

    def test_a_reader_of_the_log_who_is_gone_is_missed_by_nobody(self):
        place, reading, _ = self.served_into_a_pipe()
        os.close(reading)
        self.recovers(place, place.caller, "without a log")

    def test_a_log_on_a_full_disk_is_gone_on_with_where_there_is_room_again_and_says_what_it_lacks(self):
        place = self.place()
        with open(place.log, "wb") as log:  # larger than the store, so that only the log has no room
            log.truncate(256 << 20)
        caller = place.start()
        for more in (50, 450):  # the last line that finds some room finds too little
            room = os.path.getsize(place.log) + more
            resource.prlimit(place.process.pid, resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            self.call_often(caller, CALLS // 2)
            self.assertEqual(os.path.getsize(place.log), room)
            resource.prlimit(place.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            self.call_once(caller)
        text = place.logged()
        self.assertEqual(place.stop(), 0)
        self.all_accounted_for(text, "a full disk", extra=2, torn=2)

    def call_once(self, caller):
        self.assertTrue(caller.call("LogOut", AuthenticationTicket="none").error.startswith("[901]"))

    def call_often(self, caller, calls=0):
        begun = time.monotonic()
        for _ in range(calls or CALLS):
            self.call_once(caller)
        if not SANITIZED:
            self.assertLess((time.monotonic() - begun) / CALLS, 0.1)

    def all_accounted_for(self, text, what, extra=1, torn=0):
        """Each call has its line, or is among those that a later line says were dropped."""
        lines = text.splitlines()
        broken = [line for line in lines if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (error|warn|audit|info|debug) \S.*", line)
                  or (" op " in line and " ms=" not in line)]
        self.assertEqual(len(broken), torn, broken)
        told = sum(int(number) for number in re.findall(r" warn log\.dropped lines=(\d+)$", text, re.M))
        seen = len(re.findall(r" audit op name=LogOut .* ms=", text))
        print(f"\nfigures: {CALLS} calls before {what}: {seen} lines, and {told} were told to be dropped")
        self.assertGreater(told, 0)
        self.assertEqual(seen + told, CALLS + extra, "lines are missing and nobody says so")


if __name__ == "__main__":
    main()
