"""Requests: one at a time, looked at closely, or many through wrk, timed."""
import json
import os
import socket
import subprocess
from dataclasses import dataclass, field

from machine import Neighbours
from process import cpu_seconds

HERE = os.path.dirname(os.path.abspath(__file__))


class Wrong(Exception):
    """A server did not answer as it must; figures taken from it would mean nothing."""


@dataclass
class Request:
    name: str
    method: str
    path: str
    headers: dict = field(default_factory=dict)
    body: str = ""


@dataclass
class Run:
    """What a timed run gave; cpu is in processor seconds for 10,000 requests, others the share of the machine that went
    to processes that are no part of it."""
    rate: float
    p50_ms: float
    p99_ms: float
    cpu: float
    requests: int
    failures: int
    bytes_each: float
    others: float


@dataclass
class Answer:
    status: int
    body: str
    size: int  # head and body


def get(name, path):
    return Request(name, "GET", path)


def soap(name, operation, parameters=""):
    body = (
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
        f'<{operation} xmlns="http://tempuri.org/">{parameters}</{operation}></soap:Body></soap:Envelope>'
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"http://tempuri.org/{operation}"'}
    return Request(name, "POST", "/srv.asmx", headers, body)


def _read_chunks(data, stream):
    """The body of a chunked answer, of which data was read already; returns it and its size on the wire."""
    body, size = b"", 0
    while True:
        while b"\r\n" not in data:
            data += _more(stream)
        line, data = data.split(b"\r\n", 1)
        length = int(line.split(b";")[0], 16)
        while len(data) < length + 2:
            data += _more(stream)
        body, data, size = body + data[:length], data[length + 2 :], size + len(line) + 4 + length
        if length == 0:
            return body, size


def _more(stream):
    data = stream.recv(65536)
    if not data:
        raise Wrong("the connection was closed within an answer")
    return data


class Caller:
    """One kept-alive connection."""

    def __init__(self, port, timeout=10):
        self.stream = socket.create_connection(("127.0.0.1", port), timeout)
        self.stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request):
        lines = [f"{request.method} {request.path} HTTP/1.1", "Host: 127.0.0.1"]
        lines += [f"{name}: {value}" for name, value in request.headers.items()]
        if request.body:
            lines.append(f"Content-Length: {len(request.body)}")
        self.stream.sendall(("\r\n".join(lines) + "\r\n\r\n" + request.body).encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += _more(self.stream)
        head, body = data.split(b"\r\n\r\n", 1)
        fields = {}
        for line in head.decode("latin-1").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body, size = _read_chunks(body, self.stream)
        else:
            while len(body) < int(fields["content-length"]):
                body += _more(self.stream)
            size = len(body)
        return Answer(int(head.split()[1]), body.decode(), len(head) + 4 + size)

    def close(self):
        self.stream.close()


def check(server, request, connection=None):
    """The answer, which must be the right one."""
    try:
        caller = connection or Caller(server.port)
        answer = caller.ask(request)
        if not connection:
            caller.close()
    except OSError as e:
        raise Wrong(f"{server.name}, {request.name}: {e}") from e
    if answer.status != 200 or 'success="true"' not in answer.body:
        raise Wrong(f"{server.name}, {request.name}: answered {answer.status}: {answer.body[:200]}")
    return answer


def wrk(server, request, connections, seconds, pause_ms=0, core=None):
    """Times the request. May give a run of no requests, where nobody was answered."""
    env = dict(
        os.environ,
        BENCH_METHOD=request.method,
        BENCH_BODY=request.body,
        BENCH_HEADERS="\n".join(f"{name}: {value}" for name, value in request.headers.items()),
        BENCH_PAUSE_MS=str(pause_ms),
    )
    argv = ["taskset", "-c", str(core)] if core is not None else []
    argv += ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "8s", "-s", f"{HERE}/request.lua"]
    argv.append(f"http://127.0.0.1:{server.port}{request.path}")
    neighbours, before = Neighbours([server]), cpu_seconds(server.pid)
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=seconds + 30)
    cpu = cpu_seconds(server.pid) - before
    line = next((l for l in done.stdout.splitlines() if l.startswith("BENCH ")), None)
    if line is None:
        raise Wrong(f"{server.name}, {request.name}: wrk said {done.stdout}{done.stderr}")
    found = json.loads(line[6:])
    n = found["requests"]
    failures = found["wrong_status"] + found["socket_errors"] + found["timeouts"]
    return Run(
        n / found["seconds"], found["p50_ms"], found["p99_ms"], cpu * 10000 / n if n else 0, n, failures,
        found["bytes"] / n if n else 0, neighbours.share(),
    )


def timed(server, request, connections, seconds, may_fail=0, **more):
    """As wrk, with the answers checked before and after, and those in between by status and size: of them, a share of
    may_fail may be missing or wrong."""
    right = check(server, request)
    run = wrk(server, request, connections, seconds, **more)
    after = check(server, request)
    if run.requests == 0 or run.failures > run.requests * may_fail:
        raise Wrong(f"{server.name}, {request.name}: {run.failures} requests of {run.requests} failed")
    # What was on its way when wrk stopped is counted by its bytes alone, so the sizes agree only nearly.
    slack = 0.01 + connections / run.requests + may_fail
    if abs(after.size - right.size) > 8 or abs(run.bytes_each / right.size - 1) > slack:
        raise Wrong(f"{server.name}, {request.name}: answers of {run.bytes_each:.1f} bytes, not {right.size}")
    return run
