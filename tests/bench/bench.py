"""make bench: srvd side by side with nginx, stock gSOAP and other SOAP stacks; the figures go to RESULTS.md.
Unattended, under ten minutes, on the loopback interface alone. Run by make, which has installed and built what it takes."""
import os
import resource
import shutil
import sys
import tempfile
import time

import crowds
import machine
import peers
import report
import speed
import store
from load import Wrong, check
from servers import INFO_GET, element, start_main

BEGIN = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - BEGIN:4.0f} s] {text}", flush=True)


def measure(folder):
    """All sections, in the order of the report."""
    found = {"commit": machine.commit()}
    say("starting srvd, nginx and stock gSOAP")
    main, requests = start_main(f"{folder}/main")
    others, missing = [], {}
    try:
        others, missing = peers.start(f"{folder}/peers", element(check(main[0], INFO_GET).body), say)
        found["speed"], found["turns"] = speed.rounds(main, requests, others, missing, say)
        found["memory"] = speed.memory(main + others)
        for server in others:
            server.stop()
        if main[0].complaints():
            raise Wrong(f"srvd logged: {main[0].complaints()[:500]}")
        found["one"] = speed.one_connection(main, requests, say)
        found["crowds"] = crowds.measure(main, say)
    finally:
        for server in others + main:
            server.stop()
    found["missing"] = missing
    found["store"] = store.measure(f"{folder}/store", say)
    found["start"] = store.start_and_rest(f"{folder}/rest", say)
    return found


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    files = min(hard, 65536) if hard != resource.RLIM_INFINITY else 65536
    if files < 12000:
        sys.exit(f"bench: 10,000 connections take 12,000 open files a process, and the limit is {files} (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    folder = tempfile.mkdtemp(prefix="srv-bench-")
    try:
        found = measure(folder)
        text = report.write(found, time.monotonic() - BEGIN)
        print(text)
        say(f"written to {report.PATH}")
    except Wrong as e:
        sys.exit(f"bench: {e}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
