"""Many connections that do no harm, or do it slowly, from a process of its own.

    crowd.py PORT COUNT idle      each makes a request, gets its answer, and then keeps the connection open
    crowd.py PORT COUNT dribble   each sends a byte a second of a request, and comes again when it is cut off
    crowd.py PORT COUNT visits    COUNT a second connect, ask, get their answer and go

Says "ready" and how many were answered, goes on until its standard input ends, and then says what became of them.
"""
import json
import resource
import select
import socket
import sys
import time

REQUEST = b"GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SLOW_HEAD = b"GET /srv.asmx/ServerInfo HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: " + b"a" * 4000
SLOW_BODY_HEAD = (
    b"POST /srv.asmx HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\n"
    b'SOAPAction: "http://tempuri.org/ServerInfo"\r\nContent-Length: 4000\r\n\r\n'
)
SLOW_BODY = b"<" + b" " * 3999
TICK = 0.01  # seconds


def say(**what):
    print(json.dumps(what), flush=True)


def told_to_stop():
    return bool(select.select([sys.stdin], [], [], 0)[0])


def dial(port):
    return socket.create_connection(("127.0.0.1", port), 10)


def idle(port, count):
    poll = select.epoll()
    streams = {}
    for _ in range(count):
        stream = dial(port)
        stream.sendall(REQUEST)
        streams[stream.fileno()] = stream
        poll.register(stream, select.EPOLLIN | select.EPOLLET)
    answered = closed = 0
    quiet_since = time.monotonic()
    ready = False
    while not (ready and told_to_stop()):
        for number, _ in poll.poll(0.1):
            quiet_since = time.monotonic()
            try:
                data = streams[number].recv(65536)
            except OSError:
                data = b""
            if data.startswith(b"HTTP/1.1 200 "):
                answered += 1
            elif not data:
                closed += 1
                streams.pop(number).close()
        if not ready and (answered + closed >= count or time.monotonic() > quiet_since + 2):
            say(ready=True, answered=answered)
            ready = True
    say(answered=answered, closed=closed)


class Slow:
    """A connection that sends a byte at a time: of a head, or of a body."""

    def __init__(self, port, with_body):
        self.stream, self.at = dial(port), 0
        self.text = SLOW_BODY if with_body else SLOW_HEAD
        if with_body:
            self.stream.sendall(SLOW_BODY_HEAD)
        self.stream.setblocking(False)

    def step(self):
        """Sends a byte. False once the server has had enough of it: it has answered, or closed."""
        try:
            self.stream.sendall(self.text[self.at : self.at + 1])
            self.at += 1
            self.stream.recv(1)
            return False
        except BlockingIOError:
            return True
        except OSError:
            return False


def dribble(port, count):
    slow = [Slow(port, i % 2 == 1) for i in range(count)]
    say(ready=True, answered=0)
    begin, sent, cut_off = time.monotonic(), 0, 0
    while not told_to_stop():
        due = int((time.monotonic() - begin) * count)
        for i in range(sent, due):
            if not slow[i % count].step():
                cut_off += 1
                slow[i % count].stream.close()
                slow[i % count] = Slow(port, i % 2 == 1)
        sent = max(sent, due)
        time.sleep(TICK)
    say(sent=sent, cut_off=cut_off)


def visits(port, count):
    say(ready=True, answered=0)
    begin, made, answered = time.monotonic(), 0, 0
    while not told_to_stop():
        due = int((time.monotonic() - begin) * count)
        for _ in range(made, due):
            with dial(port) as stream:
                stream.sendall(REQUEST)
                answered += stream.recv(65536).startswith(b"HTTP/1.1 200 ")
        made = max(made, due)
        time.sleep(TICK)
    say(made=made, answered=answered, seconds=round(time.monotonic() - begin, 2))


def main():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    socket.setdefaulttimeout(10)
    {"idle": idle, "dribble": dribble, "visits": visits}[sys.argv[3]](int(sys.argv[1]), int(sys.argv[2]))


main()
