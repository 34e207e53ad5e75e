#!/usr/bin/python3 -B
"""What a flush loads may be anything: a licence that is none, or an unusual one, settings past all measure."""
import os
import re
import shutil
import time

from case import Case
from closing import main
from machine import LICENSE, SANITIZED


def sparse(path):
    with open(path, "wb") as f:
        f.truncate(1 << 30)


def write(path, content):
    with open(path, "wb") as f:
        f.write(content)


def cut_off(path):
    shutil.copyfile(LICENSE, path)
    os.truncate(path, os.path.getsize(path) - 20)


def elsewhere(path):
    """A link to a licence that is right, in a folder of somebody else's."""
    folder = os.path.join(os.path.dirname(path), "elsewhere")
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile(LICENSE, os.path.join(folder, "license.xml"))
    os.symlink(os.path.join(folder, "license.xml"), path)


LICENSES = {
    "a byte": lambda path: write(path, b"<"),
    "bytes": lambda path: write(path, bytes(range(256)) * 64),
    "cut off": cut_off,
    "open to others": lambda path: (shutil.copyfile(LICENSE, path), os.chmod(path, 0o644)),
    "a link": elsewhere,
    "a directory": os.mkdir,
    "a FIFO": os.mkfifo,
    "1 GiB": sparse,
    "empty": lambda path: open(path, "w").close(),
    "missing": lambda path: None,
    "itself": lambda path: os.symlink(path, path),
    "a device": lambda path: os.symlink("/dev/zero", path),
}


def replace(path, make):
    """Puts something else where a file was."""
    if os.path.isdir(path) and not os.path.islink(path):
        os.rmdir(path)
    elif os.path.lexists(path):
        os.unlink(path)
    make(path)


class Sources(Case):
    # ---- the licence ----

    def test_a_licence_that_is_none_fails_a_flush_at_once_and_changes_nothing(self):
        place, caller, ticket = self.served()
        before = caller.info().attributes["Company"]
        for name, make in LICENSES.items():
            with self.subTest(name):
                replace(place.license, make)
                place.rename(name)
                begun = time.monotonic()
                flush = caller.flush(ticket)
                self.assertLess(time.monotonic() - begun, 2)
                self.assertTrue(flush.error.startswith("[990]Application cache could not be reloaded: license: "), flush)
                info = caller.info().attributes
                self.assertEqual(info["Company"], before)
                self.assertNotEqual(info["ServerName"], name)
        self.assertLess(place.rss_kib(), 200 * 1024)
        replace(place.license, lambda path: shutil.copyfile(LICENSE, path))
        self.recovers(place, caller, "licensed again")

    def test_a_licence_that_is_none_is_refused_at_the_start(self):
        place = self.place()
        for name, make in LICENSES.items():
            with self.subTest(name):
                replace(place.license, make)
                self.refuses_to_start(place, r'error start reason="license: ')

    def test_a_licence_that_is_unusual_and_right_is_taken_as_it_is(self):
        place, caller, ticket = self.served()
        with open(LICENSE) as f:
            text = re.sub("<CompanyName>.*</CompanyName>", "<CompanyName>Söhne &amp; Co</CompanyName>", f.read())
        unusual = {
            "UTF-16": re.sub("encoding=.utf-8.", 'encoding="utf-16"', text, flags=re.I).encode("utf-16"),
            "expired": re.sub("(<SubscriptionEndDate>)[^<]*", r"\g<1>2001-02-03T04:05:06Z", text).encode(),
            "later": text.replace("</License>", "<Version>99</Version><Signature>none</Signature></License>").encode(),
        }
        for name, content in unusual.items():
            with self.subTest(name):
                replace(place.license, lambda path: write(path, content))
                self.assertTrue(caller.flush(ticket).yes)
                info = caller.info().attributes
                self.assertEqual(info["Company"], "Söhne & Co")
                self.assertEqual(info["SubscriptionEndDate"] == "2001-02-03T04:05:06Z", name == "expired")
        self.recovers(place, caller, "licensed")

    # ---- settings ----

    def test_settings_past_all_measure_fail_a_flush_by_name_and_change_nothing(self):
        place, caller, ticket = self.served()
        place.rename("before")
        self.assertTrue(caller.flush(ticket).yes)
        million = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
        for name, value, statement in (
            ("Many", "v", million + "INSERT INTO settings SELECT 'Many' || i, 'v' FROM n"),
            ("K" * (1 << 20), "v", None), ("LongValue", "v" * ((1 << 20) + 1), None), ("LoginDelay", "99999999999999999999", None),
            ("LoginDelay", "-1", None), ("LoginDelay", "NaN", None), ("LoginDelay", "1e3", None), ("WindowsAuthenticationIsOn", "2", None),
        ):
            with self.subTest(f"{name[:40]} {value[:20]}"):
                if statement:
                    place.sql(statement)
                else:
                    place.sql("INSERT INTO settings VALUES (?, ?)", name, value)
                place.rename("behind")
                flush = caller.flush(ticket)
                self.assertRegex(flush.error, rf"^\[990\]Application cache could not be reloaded: settings: .*{name[:40]}")
                self.assertLess(len(flush.error), 400)
                self.assertEqual(caller.info().attributes["ServerName"], "before")
                place.sql("DELETE FROM settings WHERE name LIKE ?", f"{name[:40]}%")
        self.assertLess(place.rss_kib(), (2000 if SANITIZED else 200) * 1024)
        self.recovers(place, caller, "in measure")


if __name__ == "__main__":
    main()
