"""What one caller sees of a server that thousands of others are connected to."""
import json
import os
import subprocess
import sys

import process
from load import Wrong, check, wrk
from servers import HERE, INFO_GET

IDLE = 10000
SLOW = 1000
VISITS = 1000
PAUSE_MS = 2


class Crowd:
    def __init__(self, server, count, kind):
        argv = [sys.executable, f"{HERE}/crowd.py", str(server.port), str(count), kind]
        self.running = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready = self._read()

    def _read(self):
        line = self.running.stdout.readline()
        if not line:
            self.running.wait()
            raise Wrong(f"the crowd ended with {self.running.returncode}")
        return json.loads(line)

    def end(self):
        """What became of the connections."""
        self.running.stdin.close()
        result = self._read()
        self.running.wait()
        return result


def _caller(server, seconds):
    """One caller on one connection that pauses between requests; requests is 0 if nobody answered it. One that did not
    would show, through wrk's reckoning, any stall of the machine as thousands of slow answers."""
    run = wrk(server, INFO_GET, 1, seconds, pause_ms=PAUSE_MS)
    return {"requests": run.requests, "p99_ms": run.p99_ms, "failures": run.failures}


def _amid(server, count, kind, seconds, say):
    say(f"{server.name}: {count:,} {kind}")
    before = process.rss_mib(server.pid)
    crowd = Crowd(server, count, kind)
    with_crowd = process.rss_mib(server.pid)
    found = _caller(server, seconds)
    found.update(memory_mib=with_crowd - before, answered=crowd.ready["answered"], crowd=crowd.end())
    return found


def measure(main, say):
    """{server: {"quiet", "idle", "visits", "dribble"}}. Whoever passes a crowd by is checked again afterwards."""
    found = {}
    for server in main:
        mine = found[server.name] = {"quiet": _caller(server, 2)}
        mine["visits"] = _amid(server, VISITS, "visits", 3, say)
        mine["idle"] = _amid(server, IDLE, "idle", 4, say)
        server.wait(INFO_GET, seconds=90)
        mine["dribble"] = _amid(server, SLOW, "dribble", 12, say)
        server.wait(INFO_GET, seconds=90)
    return found
