"""How a test program of unittest closes: with the lines that tests/run counts."""
import sys
import unittest


def main():
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    failed = len(result.failures) + len(result.errors)
    if result.testsRun > failed:
        print(f"[  PASSED  ] {result.testsRun - failed} test(s).")
    if failed:
        print(f"[  FAILED  ] {failed} test(s), listed below:")
    sys.exit(failed != 0)
