#!/usr/bin/python3 -B
"""What takes days, or more callers than a day has: the ends of tickets to the second, and a throttle that is under attack."""
import calendar
import concurrent.futures
import os
import socket
import time
import unittest

from calls import Caller
from closing import main
from machine import PASSWORD, SANITIZED, USER, Place

DAY = 86400
REFUSED = "[900] Authentication failed"
ENDED = "[901]Session expired or Invalid ticket"
HOME, STRANGER, ELSEWHERE = "127.0.0.1", "127.9.9.9", "127.8.8.8"
LONGEST_DELAY_S = 60
FREE = 5  # failures in a row before an account is held
TABLE = 65536  # counters that the throttle keeps
FLOOD, AT_ONCE, AN_ADDRESS = 100000, 8, 29
FAILED = b'<root success="false" error="[900] Authentication failed" />'


def seconds(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))


class Years(unittest.TestCase):
    def place(self, **how):
        place = Place(**how)
        self.addCleanup(place.close)
        place.start()
        return place

    def caller(self, place, source):
        return Caller(place.caller.address, source=source)

    def login(self, caller):
        answer = caller.login(USER, PASSWORD)
        self.assertTrue(answer.yes, answer)
        return answer.attributes["ticket"], seconds(answer.attributes["expireOn"])

    def fails(self, caller, times=1, user=USER, password="wrong"):
        for _ in range(times):
            self.assertEqual(caller.login(user, password).error, REFUSED)

    # ---- tickets ----

    def it_is(self, place, second):
        """That second has just begun for srvd."""
        while time.time() % 1 > 0.5:
            time.sleep(0.02)
        place.control.shift(second - int(time.time()))

    def ends_at(self, place, ticket, second):
        caller = place.caller
        self.it_is(place, second - 1)
        self.assertTrue(caller.valid(ticket).yes)
        for late in (0, 1):
            self.it_is(place, second + late)
            self.assertEqual(caller.valid(ticket).error, ENDED)
            self.assertEqual(caller.flush(ticket).error, ENDED)

    def used(self, place, ticket, second):
        self.it_is(place, second)
        answer = place.caller.warehouse(ticket)
        self.assertTrue(answer.yes, answer)

    def test_a_ticket_ends_thirty_days_from_its_last_use_to_the_second(self):
        place = self.place()
        unused, end = self.login(place.caller)
        self.assertAlmostEqual(end, time.time() + 30 * DAY, delta=3)
        used, _ = self.login(place.caller)
        day_29 = end - DAY
        self.used(place, used, day_29)
        self.ends_at(place, unused, end)
        self.assertTrue(place.caller.valid(used).yes)
        self.ends_at(place, used, day_29 + 30 * DAY)
        self.assertEqual(place.stop(), 0)

    def test_a_ticket_that_is_used_every_day_ends_with_its_ninetieth(self):
        place = self.place()
        ticket, end = self.login(place.caller)
        begin = end - 30 * DAY
        for day in range(1, 90):
            self.used(place, ticket, begin + day * DAY)
        self.ends_at(place, ticket, begin + 90 * DAY)
        self.assertEqual(place.stop(), 0)

    def test_without_a_cap_a_ticket_that_is_used_never_ends(self):
        place = self.place(more="session_max_days = 0")
        ticket, end = self.login(place.caller)
        for day in range(25, 1000, 25):
            self.used(place, ticket, end - 30 * DAY + day * DAY)
        self.ends_at(place, ticket, end - 30 * DAY + 975 * DAY + 30 * DAY)
        self.assertEqual(place.stop(), 0)

    def test_without_random_numbers_nobody_gets_a_ticket(self):
        place = self.place()
        place.control.arm("getrandom", "EIO", 1, forever=True)
        for soap in (False, True):
            answer = place.caller.login(USER, PASSWORD, soap)
            self.assertTrue(answer.unavailable, answer)
            self.assertNotIn("ticket", answer.attributes)
        self.assertEqual(place.sql("SELECT count(*) FROM tickets"), [(0,)])
        place.control.lift()
        self.login(place.caller)
        self.assertEqual(place.stop(), 0)

    # ---- the throttle ----

    def test_a_stranger_who_fails_for_hours_holds_up_nobody_at_home(self):
        place = self.place()
        home, stranger, elsewhere = (self.caller(place, source) for source in (HOME, STRANGER, ELSEWHERE))
        self.login(home)
        place.control.cheap_hashes(True)
        self.fails(stranger, FREE)
        for _ in range(100 - FREE):
            place.control.pass_time(LONGEST_DELAY_S + 1)
            self.fails(stranger)
        self.assertEqual(place.logged().count('reason="wrong password"'), 100)
        place.control.cheap_hashes(False)
        self.login(home)
        # From a network of which the account knows nothing the right password is not looked at, for a minute at most.
        self.fails(elsewhere, password=PASSWORD)
        place.control.pass_time(LONGEST_DELAY_S - 10)
        self.fails(elsewhere, password=PASSWORD)
        self.assertEqual(place.logged().count('reason="account throttled"'), 2)
        self.login(home)
        place.control.pass_time(11)
        self.login(elsewhere)
        # And an hour without a failure is as if there had been none.
        self.fails(stranger, FREE + 1)
        self.assertEqual(place.logged().count('reason="account throttled"'), 3)
        place.control.pass_time(3601)
        self.fails(stranger, FREE)
        self.assertEqual(place.logged().count('reason="account throttled"'), 3)
        self.assertEqual(place.logged().count('reason="wrong password"'), 100 + 2 * FREE)
        self.assertEqual(place.stop(), 0)

    def flood(self, place, source, first):
        """As many names as an address may fail with in a minute, and a few bytes of each answer."""
        host, _, port = place.caller.address.partition(":")
        with socket.create_connection((host, int(port)), timeout=30, source_address=(source, 0)) as c:
            c.sendall(b"".join(b"GET /srv.asmx/AuthenticateUser?UID=name-%d&PWD=x HTTP/1.1\r\nHost: t\r\n\r\n" % n
                               for n in range(first, first + AN_ADDRESS)))
            c.shutdown(socket.SHUT_WR)
            answers = b""
            while piece := c.recv(65536):
                answers += piece
        return answers.count(FAILED)

    def test_a_flood_of_names_fills_no_memory_and_drives_out_no_attacker(self):
        place = self.place()
        stranger, other = self.caller(place, STRANGER), self.caller(place, ELSEWHERE)
        self.login(self.caller(place, HOME))
        place.control.cheap_hashes(True)
        self.fails(other, FREE - 1, user="light")
        self.fails(stranger, FREE)
        for _ in range(8):  # until the delay is at its longest
            place.control.pass_time(LONGEST_DELAY_S + 1)
            self.fails(stranger)
        before = place.rss_kib()
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as crowd:
            failed = sum(crowd.map(lambda i: self.flood(place, f"127.{20 + i // 40000}.{i // 200 % 200}.{1 + i % 200}", i * AN_ADDRESS),
                                   range(FLOOD // AN_ADDRESS + 1)))
        took = time.monotonic() - begun
        print(f"\nfigures: {failed} logins with as many names in {took:.1f} s: resident KiB {before}, then {place.rss_kib()}", flush=True)
        self.assertEqual(failed, (FLOOD // AN_ADDRESS + 1) * AN_ADDRESS)
        self.assertGreater(failed, TABLE)
        if not SANITIZED:
            self.assertLess(place.rss_kib() - before, 8 * 1024)
        kept = [name for name in os.listdir(place.path("data")) if "throttle" in name]
        self.assertEqual(len(kept), 1)
        self.assertLess(os.path.getsize(place.path("data/" + kept[0])), TABLE * 64)
        # What had few failures is forgotten, longest ago first; who is held stays so, and who is at home comes in.
        logged = len(place.logged())
        self.fails(other, FREE - 1, user="light")
        self.assertEqual(place.logged()[logged:].count('reason="unknown user"'), FREE - 1)
        place.control.cheap_hashes(False)
        if took < LONGEST_DELAY_S - 5:
            self.fails(stranger, password=PASSWORD)
            self.assertIn('reason="account throttled"', place.logged()[logged:])
        self.login(self.caller(place, HOME))
        self.assertEqual(place.stop(), 0)


if __name__ == "__main__":
    main()
