#!/usr/bin/python3 -B
"""The WSDLs and the discovery document that a running srvd publishes, by the judgement of others: the schemas, WS-I's
Basic Profile 1.1, Mono's System.Web.Services. Each check is also made on documents that are broken in one place, to
see that it notices. Contract: section 4."""
import difflib
import os
import sys
import tempfile
import unittest

from lxml import etree

import asmx
import basic_profile
import broken
import schemas
from service import Service

os.chdir(os.environ.get("SRV_TOP", "."))
# The assertions of basic-profile.sch that Mono makes, too.
KNOWN_TO_MONO = set("""R2007 R2105 R2201 R2203 R2204 R2210 R2303 R2304 R2306 R2701 R2702 R2705 R2706 R2710 R2716 R2717 R2718
    R2720 R2721 R2726 R2754 R2803""".split())
# And the schemas that it carries.
SCHEMAS_OF_MONO = ("WSDL", "SOAP")


class Published(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="srv-wsdl-")
        cls.addClassCleanup(folder.cleanup)
        service = Service(folder.name)
        try:
            cls.bytes = {query: service.document(query) for query in ("wsdl", "wsdl=text", "disco")}
        finally:
            service.stop()
        trees = {query: etree.ElementTree(etree.fromstring(b)) for query, b in cls.bytes.items()}
        cls.wsdl, cls.disco, cls.wsdls = trees["wsdl"], trees["disco"], {q: trees[q] for q in ("wsdl", "wsdl=text")}
        cls.schemas = schemas.Schemas(folder.name)
        # Each by a name of its own, as several may break one assertion.
        cls.unprofiled = {f"{name}, {i}": broken.made(cls.wsdl, edit) for i, (name, edit) in enumerate(broken.PROFILE)}
        cls.invalid = {f"{name}, {i}": broken.made(cls.wsdl, edit) for i, (name, edit, _) in enumerate(broken.SCHEMAS)}
        cls.judged = asmx.judged(folder.name, cls.wsdls | cls.unprofiled | cls.invalid)
        cls.theirs = asmx.published(f"{folder.name}/asmx")

    # ---- schemas: R2028 and R2029 of the profile ----

    def test_the_wsdls_are_valid_by_the_schemas_of_wsdl_and_both_soap_bindings(self):
        for query, tree in self.wsdls.items():
            self.assertEqual(self.schemas.complaints(tree), [], query)

    def test_the_schemas_refuse_what_is_broken(self):
        for (name, tree), (_, _, word) in zip(self.invalid.items(), broken.SCHEMAS):
            found = self.schemas.complaints(tree)
            self.assertTrue(any(word in complaint for complaint in found), f"{name}, {word}: {found}")

    # ---- the Basic Profile ----

    def test_the_wsdls_keep_the_basic_profile(self):
        for query, tree in self.wsdls.items():
            self.assertEqual(basic_profile.offences(tree), {}, query)

    def test_the_soap_1_2_binding_would_keep_it_if_it_were_of_soap_1_1(self):
        tree = basic_profile.as_soap11(self.wsdl)
        bodies = f".//{{{basic_profile.SOAP12}}}body"
        self.assertEqual(len(tree.findall(bodies.replace("soap12", "soap"))), len(self.wsdl.findall(bodies)))
        self.assertEqual(basic_profile.offences(tree), {})

    def test_every_assertion_of_the_profile_notices_what_offends_it(self):
        self.assertEqual(basic_profile.assertions(), {name for name, _ in broken.PROFILE})
        for name, tree in self.unprofiled.items():
            self.assertIn(name.split(",")[0], basic_profile.offences(tree))

    def test_the_documents_are_xml_1_0_in_utf_8_and_do_not_declare_the_prefix_xml(self):
        # R4003, R4004, R4005
        for query, document in self.bytes.items():
            self.assertTrue(document.startswith(b'<?xml version="1.0" encoding="utf-8"?>'), query)
            document.decode("utf-8")
            self.assertNotIn(b"xmlns:xml=", document, query)

    # ---- System.Web.Services ----

    def test_mono_finds_nothing_wrong(self):
        for query in self.wsdls:
            self.assertEqual(self.judged[query], [], query)

    def test_mono_would_have_found_what_it_knows_of(self):
        found = {name.split(",")[0] for name in self.unprofiled if name.split(",")[0] in self.judged[name]}
        self.assertEqual(KNOWN_TO_MONO - found, set())
        for name in self.invalid:
            if name.split(",")[0] in SCHEMAS_OF_MONO:
                self.assertNotEqual(self.judged[name], [], name)

    def test_the_documents_are_those_of_asmx_but_for_what_the_contract_names(self):
        unused = set(asmx.expected())
        for query, tree in (("wsdl", self.wsdl), ("disco", self.disco)):
            ours, theirs = asmx.without_expected(tree, self.theirs[query], unused)
            self.assertGreater(len(theirs), 5)
            self.assertEqual("\n".join(difflib.unified_diff(theirs, ours, "ASMX", "srv", lineterm="", n=1)), "", query)
        self.assertEqual(unused, set(), "differences.txt names what is none")

    def test_any_other_difference_from_asmx_is_seen(self):
        for name, edit in broken.DIFFERENCES:
            ours, theirs = asmx.without_expected(broken.made(self.wsdl, edit), self.theirs["wsdl"], set())
            self.assertNotEqual(ours, theirs, name)


def main():
    """Closes with the lines that tests/run counts."""
    result = unittest.main(exit=False, verbosity=2).result
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped)
    if result.testsRun > failed + skipped:
        print(f"[  PASSED  ] {result.testsRun - failed - skipped} test(s).")
    if skipped:
        print(f"[  SKIPPED ] {skipped} test(s), listed below:")
    if failed:
        print(f"[  FAILED  ] {failed} test(s), listed below:")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
