"""The other side of shim.c: the page on which a test says what is to fail, and reads what was counted."""
import errno
import mmap
import os
import struct

# armed, forever, error, thread, threads, delay_ms, nth, seen, failed, shift_s, mono_shift_s, cheap_hashes, unused, function
LAYOUT = struct.Struct("=IIiIIIQQQqqII32s")
ERROR, SEEN, FAILED, SHIFT, MONO_SHIFT, CHEAP, THREADS = 8, 32, 40, 48, 56, 64, 16
# In place of an error: the process dies of the call, as of kill -9; a sync that is none is called a success.
NO_ERRNO = {"KILLED": -1, "IGNORED": -2, "": 0}

# Each name that shim.c knows, with the errors that such a call can have.
ERRORS = {
    "malloc": ["ENOMEM"],
    "mmap": ["ENOMEM"],
    "read": ["EIO"],
    "pread": ["EIO"],
    "write": ["ENOSPC"],
    "pwrite": ["ENOSPC", "EIO"],
    "fsync": ["EIO", "ENOSPC"],
    "ftruncate": ["EIO"],
    "open": ["EMFILE", "EACCES"],
    "stat": ["EIO"],
    "lock": ["ENOLCK", "EIO"],
    "unlink": ["EIO"],
    "recv": ["ECONNRESET"],
    "send": ["EPIPE"],
    "accept": ["EMFILE", "ECONNABORTED"],
    "socket": ["EADDRINUSE"],
    "epoll": ["ENOMEM"],
    "epoll_wait": ["EINTR"],
    "getrandom": ["EIO"],
    "pthread_create": ["EAGAIN"],
}
# What these break may break the connection itself, and then there may be no answer.
MAY_CUT = {"malloc", "recv", "send", "accept", "epoll"}


class Control:
    def __init__(self, path):
        self.path = path
        with open(path, "wb") as f:
            f.write(bytes(LAYOUT.size))
        fd = os.open(path, os.O_RDWR)
        try:
            self.page = mmap.mmap(fd, LAYOUT.size)
        finally:
            os.close(fd)

    def environment(self, shim):
        return {"LD_PRELOAD": shim, "FAULT_CONTROL": self.path}

    def arm(self, function, error, nth, forever=False, thread=0, delay_ms=0):
        self.lift()
        number = NO_ERRNO[error] if error in NO_ERRNO else getattr(errno, error)
        LAYOUT.pack_into(
            self.page, 0, 0, forever, number, thread, self._get("I", THREADS), delay_ms, nth, 0, 0, self._get("q", SHIFT),
            self._get("q", MONO_SHIFT), self._get("I", CHEAP), 0, function.encode(),
        )
        struct.pack_into("=I", self.page, 0, 1)

    def delay(self, function, seconds):
        """Each call takes so much longer."""
        self.arm(function, "", 1, forever=True, delay_ms=int(seconds * 1000))

    def trespass(self, name):
        """The next thread that waits for callers makes this call (trespass.c)."""
        self.arm(f"trespass {name}", "", 1)

    def lift(self):
        struct.pack_into("=I", self.page, 0, 0)

    def shift(self, seconds):
        """Moves the wall clock of the process to so far from the real one."""
        struct.pack_into("=q", self.page, SHIFT, seconds)

    def pass_time(self, seconds):
        """So much time goes by for the process, on both of its clocks."""
        for at in (SHIFT, MONO_SHIFT):
            struct.pack_into("=q", self.page, at, self._get("q", at) + seconds)

    def cheap_hashes(self, cheap):
        """Logins cost nothing; but no password is right then."""
        struct.pack_into("=I", self.page, CHEAP, cheap)

    def _get(self, kind, at):
        return struct.unpack_from("=" + kind, self.page, at)[0]

    @property
    def seen(self):
        return self._get("Q", SEEN)

    @property
    def failed(self):
        return self._get("Q", FAILED)

    @property
    def error(self):
        """The errno of a call that was made as a trespass."""
        return self._get("i", ERROR)

    @property
    def threads(self):
        return self._get("I", THREADS)

    def forget_threads(self):
        struct.pack_into("=I", self.page, THREADS, 0)
