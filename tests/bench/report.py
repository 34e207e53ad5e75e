"""The figures as Markdown: RESULTS.md, and the lines of it that the README quotes."""
from math import ceil, floor

import machine
from crowds import IDLE, SLOW, VISITS
from machine import ENOUGH, QUIET
from servers import INFO_SOAP, WORKERS
from speed import CONNECTIONS, ROUNDS, ROUNDS_MAX, SECONDS
from store import READERS, SETTINGS

PATH = "tests/bench/RESULTS.md"
README = "README.md"
MARKS = ("<!-- from make bench -->", "<!-- end -->")
SRVD, NGINX, STOCK = "srvd", "nginx", "stock gSOAP"
INFO_GET, FLUSH = "ServerInfo, GET", "FlushApplicationCache, GET"


def _table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def _speed_table(figures):
    """A row a server; srvd's ratio to it is above 1 where srvd does more."""
    rows = []
    for request, servers in figures.items():
        mine = servers[SRVD]
        for name, s in sorted(servers.items(), key=lambda item: -item[1]["rate"]):
            ratios = ("", "") if name == SRVD else (f"{mine['rate/' + name]:.2f}", f"{_work(mine, name):.2f}")
            rows.append(
                (request, name, f"{s['rate']:,.0f}", f"{s['p50_ms']:.2f}", f"{s['p99_ms']:.2f}", f"{s['cpu']:.3f}", *ratios)
            )
    head = ("request", "server", "requests/s", "p50 ms", "p99 ms", "cpu s/10,000", "srvd to it", "by cpu second")
    return _table(head, rows)


def _work(mine, other):
    """How much more srvd does with a processor second than the other."""
    return 1 / mine["cpu/" + other] if mine["cpu/" + other] else float("inf")


def _one_table(figures):
    rows = []
    for request, servers in figures.items():
        for name in (SRVD, NGINX, STOCK):
            ratio = "" if name == SRVD else f"{servers[SRVD]['p50_ms/' + name]:.2f}"
            rows.append((request, name, f"{servers[name]['p50_ms'] * 1000:.0f}", ratio))
    return _table(("request", "server", "median µs", "srvd's to it"), rows)


def _seen(found):
    if not found["requests"]:
        return "no answer"
    return f"{found['p99_ms']:.2f}" + (f" ({found['failures']} failures)" if found["failures"] else "")


def _crowd_table(crowds):
    rows = []
    for name, c in crowds.items():
        visits, idle = c["visits"], c["idle"]
        rows.append(
            (name, _seen(c["quiet"]), _seen(visits), f"{visits['crowd']['answered']:,} of {visits['crowd']['made']:,}",
             _seen(idle), f"{idle['answered']:,}", f"{idle['memory_mib']:.1f}", _seen(c["dribble"]),
             f"{c['dribble']['crowd']['cut_off']:,}")
        )
    head = ("server", "p99 ms alone", f"amid {VISITS:,} visits/s", "visits answered", f"amid {IDLE:,} idle",
            "of them answered first", "MiB for them", f"amid {SLOW:,} dribbling", "of them cut off or answered")
    return _table(head, rows)


def _goals(found):
    """(what, measured, goal, met) for each figure that srv promises."""
    speed, one, crowd = found["speed"], found["one"], found["crowds"][SRVD]
    store, start = found["store"], found["start"]
    rows = []

    def least(what, value, goal):
        rows.append((what, f"{floor(value * 100) / 100:.2f}", f"at least {goal}", value >= goal))

    def most(what, value, goal, unit=""):
        rows.append((what, f"{ceil(value * 100) / 100:.2f}{unit}", f"at most {goal}{unit}", value <= goal))

    for request, to_nginx, to_stock in ((INFO_GET, 0.7, 1.8), (INFO_SOAP.name, 0.55, 1.7), (FLUSH, None, 1.0)):
        mine = speed[request][SRVD]
        for other, goal in ((NGINX, to_nginx), (STOCK, to_stock)):
            if goal:
                least(f"{request}: requests/s to {other}'s", mine[f"rate/{other}"], goal)
                least(f"{request}: requests a cpu second to {other}'s", _work(mine, other), goal)
    for request in (INFO_GET, INFO_SOAP.name):
        most(f"{request}, one connection: median to {NGINX}'s", one[request][SRVD][f"p50_ms/{NGINX}"], 1.2)
    most(f"{IDLE:,} idle connections: memory", crowd["idle"]["memory_mib"], 64, " MiB")
    most(f"a caller's p99 amid {IDLE:,} idle connections", crowd["idle"]["p99_ms"], 20, " ms")
    most(f"a caller's p99 amid {SLOW:,} that dribble", crowd["dribble"]["p99_ms"], 20, " ms")
    for kind, what in (("thinking", "unhurried readers"), ("full", "readers at full speed")):
        most(f"{what}: p99 during flushes of {SETTINGS:,} settings to p99 without", store[kind]["ratio"], 1.5)
    most(f"a flush of {SETTINGS:,} settings, median", store["alone_ms"], 150, " ms")
    most("memory at rest", start["rss_mib"], 16, " MiB")
    most("wake-ups a second at rest", start["wakeups"], 1)
    most("first right answer after start", start["first_ms"], 100, " ms")
    return rows


def _goal_table(goals):
    rows = [(what, value, goal, "yes" if met else "**no**") for what, value, goal, met in goals]
    return _table(("what", "measured", "goal", "met"), rows)


def _store_lines(store):
    rows = [
        (what, f"{store[k]['without_ms']:.2f}", f"{store[k]['during_ms']:.2f}", f"{store[k]['ratio']:.2f}",
         store[k]["flushes"], f"{store[k]['flush_ms']:.0f}")
        for k, what in (("thinking", "pausing 5 to 15 ms"), ("full", "at full speed"))
    ]
    return _table(
        (f"{READERS} readers", "p99 ms without", "p99 ms during", "ratio", "flushes", "median flush ms meanwhile"), rows
    )


def _text(found, seconds):
    others = "; ".join(f"{title} ({why})" for title, why in found["missing"].items())
    failures = ", ".join(f"{n} of {name}'s" for name, n in found["turns"]["failures"].items() if n)
    turns, goals = found["turns"], _goals(found)
    return f"""# What `make bench` measured

Written by `make bench` ({seconds / 60:.1f} minutes) at {found['commit']}; run it on your own machine before you quote it.

- The machine: {machine.describe()}.
- On average, {turns['others']:.0%} of it went to processes that are no part of this. In {turns['quiet']} of {turns['turns']} turns it was at
  most {QUIET:.0%}; where a request had at least {ENOUGH} such turns, only they count. What is left of the noise is in both sides of a
  ratio, and least in the processor seconds.
- wrk with 1 thread on the loopback interface. srvd and nginx have {WORKERS} event loop{'s' if WORKERS > 1 else ''} (a core is
  wrk's), stock gSOAP 64 threads.
- srvd runs as installed, with real authentication, real parsing and real answers, but for `log_level = warn` (an operator would not
  log tens of thousands of flushes a second), the number of `workers`, and `max_connections_per_address`, since all callers
  have one address here.
- nginx answers a fixed body of the same size whatever is asked. Stock gSOAP is srvd's own generated code under `soap_serve`; its
  operations do nothing. The other stacks answer ServerInfo with a constant.
- {ROUNDS} to {ROUNDS_MAX} rounds in which all take turns of {SECONDS} s; medians. A ratio is taken within each round, and its median
  given. Every server's answer is checked before and after each timing, and in between the status and the size of all.

## {CONNECTIONS} connections

{_speed_table(found['speed'])}

"srvd to it" is srvd's requests a second to that server's, "by cpu second" the same for requests a processor second (user and system,
children included). {f'Not measured here: {others}.' if others else 'Every stack that was tried could be installed.'}{f' Requests that failed: {failures}.' if failures else ''}

Memory after these rounds (MiB, what processes share counted for each):
{'; '.join(f'{name}: {mib:.0f}' for name, mib in found['memory'].items())}.

## Goals

{_goal_table(goals)}

{sum(g[3] for g in goals)} of {len(goals)} are met.

## One connection

Client and server on the same core.

{_one_table(found['one'])}

## Crowds

What one caller on one connection, who pauses 1 to 3 ms, sees while others are connected too. The dribbling ones send a byte a
second, half of them of a request's head, half of its body, and come again when they are cut off. Each cell is one run of some
seconds, on a machine as quiet as said above.

{_crowd_table(found['crowds'])}

## A store of {SETTINGS:,} settings

A flush of it takes {found['store']['alone_ms']:.0f} ms (median; the slowest {found['store']['alone_worst_ms']:.0f} ms), srvd then has
{found['store']['memory_mib']:.0f} MiB. Readers of ServerInfo by GET, without flushes and during a loop of them:

{_store_lines(found['store'])}

## Start and rest

The first right answer comes {found['start']['first_ms']:.0f} ms after start. At rest srvd has {found['start']['rss_mib']:.1f} MiB and
wakes up {found['start']['wakeups']:.2f} times a second.
"""


def _quote(found):
    speed, rows = found["speed"], []
    for request, servers in speed.items():
        mine = servers[SRVD]
        ratios = [f"{mine['rate/' + o]:.2f} / {_work(mine, o):.2f}" for o in (NGINX, STOCK)]
        rows.append((request, f"{mine['rate']:,.0f}", f"{mine['p99_ms']:.1f}", f"{mine['cpu']:.3f}", *ratios))
    head = ("request", "requests/s", "p99 ms", "cpu s/10,000", "to nginx's / by cpu second", "to stock gSOAP's / by cpu second")
    return _table(head, rows)


def _quote_in_readme(found):
    with open(README) as f:
        text = f.read()
    before, found_mark, rest = text.partition(MARKS[0])
    _, end_mark, after = rest.partition(MARKS[1])
    if not (found_mark and end_mark):
        raise OSError(f"{README} has no place for the figures")
    with open(README, "w") as f:
        f.write(f"{before}{MARKS[0]}\n\n{_quote(found)}\n\n{MARKS[1]}{after}")


def write(found, seconds):
    """Writes both, and returns the report's text."""
    text = _text(found, seconds)
    with open(PATH, "w") as f:
        f.write(text)
    _quote_in_readme(found)
    return text
