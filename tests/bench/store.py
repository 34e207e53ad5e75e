"""Flushes of a large store and those who read meanwhile; start, and what srvd takes at rest."""
import statistics
import threading
import time

import process
from load import Caller, check, timed
from machine import QUIET, quiet
from servers import INFO_GET, Srvd

SETTINGS = 100000
READERS = 32
SECONDS = 3
ROUNDS, ROUNDS_MAX = 3, 5


class Flusher(threading.Thread):
    """Flushes, one after the other, until it is told to stop; a flush that fails is kept for stop() to raise."""

    def __init__(self, server, request):
        super().__init__()
        self.server, self.request, self.ended, self.took_ms, self.failure = server, request, threading.Event(), [], None

    def run(self):
        try:
            caller = Caller(self.server.port)
            while not self.ended.is_set():
                begin = time.perf_counter()
                check(self.server, self.request, caller)
                self.took_ms.append((time.perf_counter() - begin) * 1000)
            caller.close()
        except Exception as e:
            self.failure = e

    def stop(self):
        self.ended.set()
        self.join()
        if self.failure:
            raise self.failure
        return self.took_ms


def _readers(server, flush, pause_ms):
    """p99 of readers without flushes and with them, in turns, and how long the flushes took meanwhile."""
    turns, flushes = [], []
    while len(turns) < ROUNDS_MAX and sum(_others(t) <= QUIET for t in turns) < ROUNDS:
        without = timed(server, INFO_GET, READERS, SECONDS, pause_ms=pause_ms)
        flusher = Flusher(server, flush)
        flusher.start()
        try:
            during = timed(server, INFO_GET, READERS, SECONDS, pause_ms=pause_ms)
        finally:
            flushes += flusher.stop()
        turns.append((without, during))
    turns = quiet(turns, _others)
    return {
        "without_ms": statistics.median(w.p99_ms for w, _ in turns),
        "during_ms": statistics.median(d.p99_ms for _, d in turns),
        "ratio": statistics.median(d.p99_ms / w.p99_ms for w, d in turns),
        "flush_ms": statistics.median(flushes), "flushes": len(flushes),
    }


def _others(turn):
    return max(run.others for run in turn)


def measure(folder, say):
    say(f"a store of {SETTINGS:,} settings")
    server = Srvd(folder, SETTINGS).start()
    try:
        server.wait(INFO_GET)
        flush = server.flush_request()
        flusher = Flusher(server, flush)
        flusher.start()
        time.sleep(2)
        alone = flusher.stop()
        return {
            "alone_ms": statistics.median(alone), "alone_worst_ms": max(alone),
            "thinking": _readers(server, flush, 10), "full": _readers(server, flush, 0),
            "memory_mib": process.rss_mib(server.pid),
        }
    finally:
        server.stop()


def start_and_rest(folder, say):
    """From exec to the first right answer, five times; then memory and wake-ups while nobody asks."""
    say("start, and at rest")
    server = Srvd(folder)
    first_ms = []
    for n in range(5):
        begin = time.perf_counter()
        server.start().wait(INFO_GET, pause=0.001)
        first_ms.append((time.perf_counter() - begin) * 1000)
        if n < 4:
            server.stop()
    try:
        time.sleep(1)
        before = process.switches(server.pid)
        time.sleep(4)
        woken = process.switches(server.pid) - before
        return {"first_ms": statistics.median(first_ms), "rss_mib": process.rss_mib(server.pid), "wakeups": woken / 4}
    finally:
        server.stop()
