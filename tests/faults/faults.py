"""All sweeps: each function in each phase, once and for ever, for every n. PHASES and FUNCTIONS choose; it takes its time.

Where a call for ever fails there is often nobody left to ask, so those sweeps are of a few n. Then bytes of the store are
changed, FLIPS of them, by the SEED."""
import os
import random
import sys
import time

from damage import Damage
from fault import ERRORS
from sweep import PHASES, Sweep


def chosen(variable, all_of):
    names = os.environ.get(variable, "").replace(",", " ").split()
    unknown = set(names) - set(all_of)
    if unknown:
        sys.exit(f"{variable} knows {' '.join(all_of)}, and not {' '.join(unknown)}")
    return {name: all_of[name] for name in names or all_of}


def main():
    phases = chosen("PHASES", {phase.__name__.lower(): phase for phase in PHASES})
    functions = chosen("FUNCTIONS", ERRORS)
    begun, calls, wrong = time.monotonic(), 0, 0
    for phase in phases.values():
        for function, errors in functions.items():
            for error in errors:
                for forever in (False, True):
                    if forever and function == "epoll_wait":
                        continue  # interrupted for ever is no fault of a machine
                    sweep = Sweep(phase, function, error, forever, lambda n: n + (n // 2 + 1 if forever else 1)).run()
                    if sweep.reached or sweep.wrong:
                        print(f"{str(sweep):44} {sweep.reached:6} {dict(sweep.outcomes)}", flush=True)
                    for line in sweep.wrong:
                        print(f"  wrong: {line}", flush=True)
                    calls += sum(sweep.outcomes.values())
                    wrong += len(sweep.wrong)
    print(f"{calls} faults in {time.monotonic() - begun:.0f} s, {wrong} wrong", flush=True)
    seed, flips = int(os.environ.get("SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32), int(os.environ.get("FLIPS", "1000"))
    print(f"SEED={seed}, {flips} bytes of the store changed: {dict(Damage(seed).run(flips))}")
    sys.exit(wrong != 0)


if __name__ == "__main__":
    main()
