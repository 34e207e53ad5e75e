"""Requests a second, latencies and processor time, in short rounds in which all servers take their turn."""
import statistics

import process
from load import Wrong, timed
from machine import QUIET, quiet
from servers import CORES, INFO_SOAP

ROUNDS, ROUNDS_MAX = 5, 8
SECONDS = 2
CONNECTIONS = 32
MAY_FAIL = 0.01  # of the requests to other stacks; of those to the first three, none
FIGURES = ("rate", "p50_ms", "p99_ms", "cpu")


def _medians(runs):
    """[{server: Run} a round] becomes {server: {figure: median}}. A ratio to another server is taken within a round,
    where both had the same neighbours on the machine, and its median is "<figure>/<server>"."""
    result = {}
    runs = [{name: r[name] for name in r if all(name in other for other in runs)} for r in runs]
    for name in sorted(runs[0]):
        result[name] = {f: statistics.median(getattr(r[name], f) for r in runs) for f in FIGURES}
        for other in runs[0]:
            for f in FIGURES:
                ratios = [getattr(r[name], f) / getattr(r[other], f) for r in runs if getattr(r[other], f)]
                result[name][f"{f}/{other}"] = statistics.median(ratios) if ratios else None
    return result


def rounds(main, requests, others, missing, say):
    """{request: {server: figures}} at 32 connections, and how many turns there were and were quiet. A request has a turn
    in each round until it has had ROUNDS quiet ones, or ROUNDS_MAX in all. One of the others that fails goes over to
    missing, with the reason."""
    runs = {request.name: [] for request in requests}
    for n in range(ROUNDS_MAX):
        left = [r for r in requests if sum(_others(turn) <= QUIET for turn in runs[r.name]) < ROUNDS]
        if left:
            say(f"round {n + 1}, {CONNECTIONS} connections: {'; '.join(r.name for r in left)}")
        for request in left:
            servers = main + ([s for s in others if s.name not in missing] if request is INFO_SOAP else [])
            first, turn = n % len(servers), {}
            for server in servers[first:] + servers[:first]:
                try:
                    may_fail = 0 if server in main else MAY_FAIL
                    turn[server.name] = timed(server, request, CONNECTIONS, SECONDS, may_fail=may_fail)
                except Wrong as e:
                    if server in main:
                        raise
                    missing[server.name] = str(e)
            runs[request.name].append(turn)
    turns = [turn for r in runs.values() for turn in r]
    counts = {
        "turns": len(turns), "quiet": sum(_others(turn) <= QUIET for turn in turns),
        "others": statistics.mean(run.others for turn in turns for run in turn.values()),
        "failures": {s.name: sum(t[s.name].failures for t in turns if s.name in t) for s in others},
    }
    return {name: _medians(quiet(r, _others)) for name, r in runs.items()}, counts


def _others(turn):
    return max(run.others for run in turn.values())


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
