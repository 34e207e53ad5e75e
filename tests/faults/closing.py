"""How a test program of unittest closes: with the lines that tests/run counts."""
import sys
import unittest


def main():
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    if result.testsRun > failed + skipped:
        print(f"[  PASSED  ] {result.testsRun - failed - skipped} test(s).")
    if skipped:
        print(f"[  SKIPPED ] {skipped} test(s), listed below:")
    if failed:
        print(f"[  FAILED  ] {failed} test(s), listed below:")
    sys.exit(failed != 0)
