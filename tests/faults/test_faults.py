#!/usr/bin/python3 -B
"""The n-th call fails: a selection of the sweeps that faults.py makes whole, for every day.

Each phase has the functions that it reaches, and for each how n grows: 0 is every n, 0.5 each half as large again as the one before."""
import unittest

import sweep
from closing import main
from fault import ERRORS
from machine import SANITIZED


class Faults(unittest.TestCase):
    def sweep(self, phase, forever=False, **functions):
        for function, growth in functions.items():
            if function == "malloc" and SANITIZED:  # which bring an allocator of their own; there test_nomem makes it fail
                continue
            for error in ERRORS[function]:
                with self.subTest(f"{phase.__name__} {function} {error}"):
                    done = sweep.Sweep(phase, function, error, forever, next_n=lambda n: n + max(1, int(n * growth)),
                                       login_every=4).run()
                    self.assertEqual(done.wrong, [])
                    self.assertTrue(done.whole)
                    self.assertGreater(done.reached, 0, "nothing has failed")

    def test_in_a_login_each_is_answered_and_none_is_called_a_wrong_password(self):
        self.sweep(sweep.Login, malloc=0, mmap=0, pread=0, pwrite=0, fsync=0, stat=0, lock=0.5, write=0, getrandom=0,
                   recv=0, send=0, accept=0, epoll=0, epoll_wait=0)

    def test_in_a_login_on_a_disk_that_is_full_from_any_write_on_no_ticket_is_handed_out_that_fails_later(self):
        self.sweep(sweep.Login, forever=True, pwrite=0, fsync=0)

    def test_without_memory_from_any_allocation_on_it_lives_and_is_right_again(self):
        self.sweep(sweep.Login, forever=True, malloc=3)
        self.sweep(sweep.Flush, forever=True, malloc=3)

    def test_in_the_first_login_of_a_process_files_that_cannot_be_opened_are_no_wrong_password(self):
        self.sweep(sweep.FirstLogin, open=1)

    def test_in_a_login_by_soap_as_well(self):
        self.sweep(sweep.LoginSoap, malloc=0.15, mmap=0, pwrite=0.5)

    def test_in_a_logout_the_ticket_is_gone_if_that_was_answered(self):
        self.sweep(sweep.Logout, malloc=0.2, pwrite=0, fsync=0, stat=0)

    def test_in_a_flush_all_is_new_or_all_is_old(self):
        self.sweep(sweep.Flush, malloc=0, read=0, pread=0, open=0, stat=0)

    def test_in_a_flush_by_soap_as_well(self):
        self.sweep(sweep.FlushSoap, malloc=0.2, read=0)

    def test_whoever_looks_sees_what_is_or_is_told_that_it_cannot_be_seen(self):
        self.sweep(sweep.Status, malloc=0.2, read=0, open=0, stat=0)

    def test_in_a_reload_the_service_goes_on(self):
        self.sweep(sweep.Reload, malloc=0.2, open=0, read=0)

    def test_in_a_start_it_serves_or_says_why_not(self):
        self.sweep(sweep.Start, malloc=1, mmap=0, pread=0.5, open=0, read=0, stat=0.7, socket=0, epoll=0, getrandom=0)

    def test_in_a_stop_the_store_is_whole_and_the_login_before_it_counts(self):
        self.sweep(sweep.Stop, pwrite=1, fsync=0, epoll=1)

    def test_in_its_jobs_each_run_has_an_outcome(self):
        self.sweep(sweep.Jobs, malloc=4, pwrite=3, fsync=2)


if __name__ == "__main__":
    main()
