"""What tests of situations have in common: a place that serves, and what callers must see of it meanwhile and afterwards."""
import time
import unittest

from machine import PASSWORD, USER, Place


class Case(unittest.TestCase):
    def place(self, *args, **more):
        place = Place(*args, **more)
        self.addCleanup(place.close)
        return place

    def served(self, *args, **more):
        """A place that serves, its caller and a ticket."""
        place = self.place(*args, **more)
        caller = place.start()
        return place, caller, self.login(caller)

    def login(self, caller):
        answer = caller.login(USER, PASSWORD)
        self.assertTrue(answer.yes, answer)
        return answer.attributes["ticket"]

    def recovers(self, place, caller, name):
        """A login and a flush are right again, at the latest in a moment."""
        until = time.monotonic() + 5
        while not (login := caller.login(USER, PASSWORD)).yes and time.monotonic() < until:
            time.sleep(0.05)
        self.assertTrue(login.yes, login)
        place.rename(name)
        flush = caller.flush(login.attributes["ticket"])
        self.assertTrue(flush.yes, flush)
        self.assertEqual(caller.info().attributes["ServerName"], name)
        place.intact()
        self.assertEqual(place.stop(), 0)

    def reads_work(self, caller, ticket):
        for answer in (caller.info(), caller.valid(ticket), caller.jobs(ticket), caller.warehouse(ticket)):
            self.assertTrue(answer.yes, answer)

    def writes_fail(self, caller, ticket):
        for answer in (caller.login(USER, PASSWORD), caller.login(USER, PASSWORD, soap=True), caller.logout(ticket)):
            self.assertTrue(answer.unavailable, answer)
        self.assertTrue(caller.valid(ticket).yes)

    def refuses_to_start(self, place, reason):
        begun = time.monotonic()
        place.launch()
        self.assertFalse(place.serves(10))
        self.assertNotEqual(place.ended(), 0)
        self.assertRegex(place.logged(), reason)
        self.assertLess(time.monotonic() - begun, 5)
