"""Programs that are run for so long and no longer, and leave nothing behind."""
import os
import signal
import subprocess
import tempfile
import threading

from service import LEASH, Broken


class Bounded:
    """Programs that run now, each the leader of a process group, so that all can be ended at once."""

    lock, leaders, ended = threading.Lock(), set(), False

    @classmethod
    def start(cls, argv, **more):
        with cls.lock:
            if cls.ended:
                raise Broken("interrupted")
            child = subprocess.Popen([*LEASH, *argv], stdin=subprocess.DEVNULL, start_new_session=True, **more)
            cls.leaders.add(child.pid)
        return child

    @classmethod
    def end(cls, child):
        """And what it has left behind."""
        with cls.lock:
            cls.leaders.remove(child.pid)
        kill_group(child.pid)
        child.wait()

    @classmethod
    def end_all(cls):
        with cls.lock:
            cls.ended = True
            for leader in cls.leaders:
                kill_group(leader)


def kill_group(leader):
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        pass


def run_bounded(argv, seconds, folder, env):
    """Exit status (None if it took too long), standard output and standard error. Nothing that it started is left."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = Bounded.start(argv, stdout=out, stderr=err, cwd=folder, env=env)
        try:
            status = child.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            Bounded.end(child)
        texts = []
        for f in (out, err):
            f.seek(0)
            texts.append(f.read().decode(errors="replace"))
    return status, *texts
