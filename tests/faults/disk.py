"""What a disk may hold after the power was cut: of what tape.c recorded, all that was synced, and any selection of the rest.

A sector is written whole, and may have seen any of the writes to it up to one, and none behind that, each sector for
itself. What was cut off a file, and which names were made and removed, gets to the disk in its order, when it is synced
or sooner. After a sync that failed the kernel does not try again: what it was to write is lost, or is there after all."""
import struct
from collections import defaultdict

HEAD = struct.Struct("=c23sIIQ")  # kind, name, thread, len, at
SECTOR = 512
DIRECTORY = "data"  # the store's
KEPT = ("srv.db", "srv.db-wal")  # srv.db-shm is memory, and made anew


def records(tape):
    """Each record of the tape, behind the offset at which it ends."""
    at = 0
    while at < len(tape):
        kind, name, thread, length, position = HEAD.unpack_from(tape, at)
        begin = at + HEAD.size
        at = begin + length
        yield at, kind.decode(), name.rstrip(b"\0").decode(), thread, position, tape[begin:at]


class File:
    def __init__(self, content=b""):
        self.synced = bytes(content)
        self.since = []  # (position, bytes); with None for bytes it was cut off there
        self.gone = 0  # operations that were in `since` once
        self.syncs = {}  # thread: how many operations there had been when its sync began

    def sync_begins(self, thread):
        self.syncs[thread] = self.gone + len(self.since)

    def sync_ends(self, thread, kept):
        """kept chooses how many of a list of operations got to the disk."""
        count = max(0, self.syncs.pop(thread) - self.gone)
        self.synced = self.held(self.since[:count], kept)
        self.since = self.since[count:]
        self.gone += count

    def held(self, operations, kept):
        parts = [[]]
        for at, data in operations:
            if data is None:
                parts.append([at])
            else:
                parts[-1].append((at, data))
        content = bytearray(self.synced)
        for part in parts[:kept(parts[1:]) + 1]:
            if part and isinstance(part[0], int):
                size = part.pop(0)
                content = content[:size].ljust(size, b"\0")
            self.write(content, part, kept)
        return bytes(content)

    @staticmethod
    def write(content, operations, kept):
        sectors = defaultdict(list)
        for at, data in operations:
            for sector in range(at // SECTOR, (at + len(data) - 1) // SECTOR + 1):
                begin, end = max(at, sector * SECTOR), min(at + len(data), (sector + 1) * SECTOR)
                sectors[sector].append((begin, data[begin - at:end - at]))
        for writes in sectors.values():
            for at, data in writes[:kept(writes)]:
                content.extend(bytes(max(0, at - len(content))))
                content[at:at + len(data)] = data


class Disk:
    def __init__(self, contents, chance):
        """contents maps names to what is certainly there."""
        self.chance = chance
        self.names = {name: File(content) for name, content in contents.items()}  # as the processes see it
        self.synced_names = dict(self.names)
        self.since = []  # (name, file): made; (name, None): removed
        self.syncs = {}

    def feed(self, kind, name, thread, at, data):
        if name == DIRECTORY:
            self.feed_directory(kind, thread)
        elif name not in KEPT:
            return
        elif kind == "U":
            self.names.pop(name, None)
            self.since.append((name, None))
        else:
            self.feed_file(self.named(name), kind, thread, at, data)

    def named(self, name):
        if name not in self.names:
            self.names[name] = File()
            self.since.append((name, self.names[name]))
        return self.names[name]

    def feed_directory(self, kind, thread):
        if kind == "B":
            self.syncs[thread] = len(self.since)
        elif kind == "E":
            count = self.syncs.pop(thread)
            self.rename(self.synced_names, self.since[:count])
            self.since = self.since[count:]

    def feed_file(self, file, kind, thread, at, data):
        if kind == "W":
            file.since.append((at, data))
        elif kind == "T":
            file.since.append((at, None))
        elif kind == "B":
            file.sync_begins(thread)
        else:
            file.sync_ends(thread, len if kind == "E" else self.some)

    @staticmethod
    def rename(names, changes):
        for name, file in changes:
            if file is None:
                names.pop(name, None)
            else:
                names[name] = file

    def some(self, operations):
        return self.chance.randint(0, len(operations))

    def cut(self):
        """The power goes: names and contents as they are found when it is back."""
        kept = self.chance.choice([len, lambda operations: 0, self.some, self.some])
        names = dict(self.synced_names)
        self.rename(names, self.since[:self.some(self.since)])
        return {name: file.held(file.since, kept) for name, file in names.items()}
