"""WS-I's Basic Profile as basic-profile.sch has it: which of its assertions a WSDL offends."""
import copy
import os

from lxml import etree, isoschematron

HERE = os.path.dirname(os.path.abspath(__file__))
WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"
SCHEMATRON = "{http://purl.oclc.org/dsdl/schematron}"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"

_rules = etree.parse(f"{HERE}/basic-profile.sch")
_checker = isoschematron.Schematron(_rules, store_report=True)


def assertions():
    return {a.get("id") for a in _rules.iter(f"{SCHEMATRON}assert")}


def offences(wsdl):
    """{number: what and where} for a tree."""
    _checker.validate(wsdl)
    return {
        failed.get("id"): f"{' '.join(failed.findtext(f'{SVRL}text').split())}, but not {failed.get('location')}"
        for failed in _checker.validation_report.iter(f"{SVRL}failed-assert")
    }


def as_soap11(wsdl):
    """The tree with its SOAP 1.2 binding, if it has one, in place of that of SOAP 1.1."""
    tree = copy.deepcopy(wsdl)
    for kind in ("binding", "port"):
        for e in tree.findall(f".//{{{WSDL}}}{kind}"):
            if any(child.tag.startswith(f"{{{SOAP}}}") for child in e):
                e.getparent().remove(e)
    for e in tree.iter(f"{{{SOAP12}}}*"):
        e.tag = e.tag.replace(SOAP12, SOAP)
    return tree
