"""Requests a second, latencies and processor time, in short rounds in which all servers take their turn."""
import statistics

import process
from load import Wrong, timed
from servers import CORES, INFO_SOAP

ROUNDS = 5
SECONDS = 2
CONNECTIONS = 32
FIGURES = ("rate", "p50_ms", "p99_ms", "cpu")


def _medians(runs):
    """[{server: Run} a round] becomes {server: {figure: median}}. A ratio to another server is taken within a round,
    where both had the same neighbours on the machine, and its median is "<figure>/<server>"."""
    result = {}
    for name in runs[0]:
        result[name] = {f: statistics.median(getattr(r[name], f) for r in runs) for f in FIGURES}
        for other in runs[0]:
            for f in FIGURES:
                ratios = [getattr(r[name], f) / getattr(r[other], f) for r in runs if getattr(r[other], f)]
                result[name][f"{f}/{other}"] = statistics.median(ratios) if ratios else None
    return result


def rounds(main, requests, others, say):
    """{request: {server: figures}} at 32 connections."""
    runs = {request.name: [] for request in requests}
    for n in range(ROUNDS):
        say(f"round {n + 1} of {ROUNDS}, {CONNECTIONS} connections")
        for request in requests:
            servers = main + (others if request is INFO_SOAP else [])
            turn = n % len(servers)
            runs[request.name].append(
                {s.name: timed(s, request, CONNECTIONS, SECONDS) for s in servers[turn:] + servers[:turn]}
            )
    return {name: _medians(r) for name, r in runs.items()}


def memory(servers):
    return {s.name: process.rss_mib(s.pid) for s in servers}


def one_connection(main, requests, say):
    """{request: {server: figures}} with client and server on the same core: across cores, what is measured is how
    fast the machine wakes one up."""
    say("one connection, client and server on one core")
    core = CORES - 1
    runs = {request.name: [] for request in requests}
    for server in main:
        process.pin(server.pid, {core})
    for _ in range(3):
        for request in requests:
            runs[request.name].append({s.name: timed(s, request, 1, 1, core=core) for s in main})
    for server in main:
        process.pin(server.pid, set(range(CORES)))
    return {name: _medians(r) for name, r in runs.items()}
