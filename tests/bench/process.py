"""What /proc says of a server: the figures are of the process that was started and all that it started."""
import os

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields of /proc/PID/stat behind the name: [1] is the parent, [11] to [14] are the times."""
    with open(f"/proc/{pid}/stat") as f:
        return f.read().rpartition(")")[2].split()


def tree(root):
    """The process and its descendants, as they are now."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(name)] = int(_stat(name)[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def send(pid, number):
    """Sends a signal; false if the process is gone."""
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def cpu_seconds(root):
    """Processor seconds of all of them, and of the children that have ended."""
    ticks = 0
    for pid in tree(root):
        fields = _stat(pid)
        ticks += int(fields[11]) + int(fields[12])
        if pid == root:
            ticks += int(fields[13]) + int(fields[14])
    return ticks / TICK


def rss_mib(root):
    """Resident memory of all of them; what they share is counted for each."""
    kib = 0
    for pid in tree(root):
        with open(f"/proc/{pid}/status") as f:
            kib += sum(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))
    return kib / 1024


def switches(root):
    """How often their threads have gone to sleep: how often they woke, over a span."""
    count = 0
    for pid in tree(root):
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/status") as f:
                count += sum(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt_switches:"))
    return count


def pin(root, cores):
    """Lets them run on these cores only."""
    for pid in tree(root):
        for task in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(task), cores)
