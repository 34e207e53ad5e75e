"""The machine, as the report describes it: no names of hosts or folders."""
import os
import platform
import resource
import subprocess
import time

import process


def _first(path, start):
    with open(path) as f:
        return next((line.split(":", 1)[1].strip() for line in f if line.startswith(start)), "unknown")


def _version(package):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return done.stdout or "not from a package"


def describe():
    memory = int(_first("/proc/meminfo", "MemTotal").split()[0]) / 1024 / 1024
    return (
        f"{os.cpu_count()} cores ({_first('/proc/cpuinfo', 'model name')}), {memory:.0f} GiB, "
        f"{platform.system()} {platform.release()} on {platform.machine()}; nginx {_version('nginx')}, "
        f"gSOAP {_version('libgsoap-dev')}, wrk {_version('wrk')}"
    )


def commit():
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


QUIET = 0.10  # of the machine; figures taken while others had more are set aside if there are enough without
ENOUGH = 3


class Neighbours:
    """How much of the machine went elsewhere between start and share: to processes that are no part of what is measured,
    or to whoever else the host of a virtual machine serves."""

    def __init__(self, servers):
        self.servers, self.begin = servers, time.monotonic()
        self.ours, self.busy, self.stolen = self._ours(), *self._all()

    def _ours(self):
        mine = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(u.ru_utime + u.ru_stime for u in mine) + sum(process.cpu_seconds(s.pid) for s in self.servers)

    @staticmethod
    def _all():
        with open("/proc/stat") as f:
            user, nice, system, _, _, irq, softirq, steal = map(int, f.readline().split()[1:9])
        return (user + nice + system + irq + softirq) / process.TICK, steal / process.TICK

    def share(self):
        whole = (time.monotonic() - self.begin) * os.cpu_count()
        busy, stolen = self._all()
        others = busy - self.busy - (self._ours() - self.ours)
        return (max(0, others) + stolen - self.stolen) / whole


def quiet(turns, share):
    """Those during which share(turn) of the machine at most QUIET went elsewhere; all of them if these are too few."""
    kept = [t for t in turns if share(t) <= QUIET]
    return kept if len(kept) >= ENOUGH else turns
