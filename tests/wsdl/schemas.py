"""The schemas of WSDL 1.1 and its SOAP bindings, as Debian's python3-xmlschema has them, and what libxml2 says by them.

Nothing that can be installed carries the schema of the SOAP 1.2 binding. That binding is the one of SOAP 1.1 in another
namespace, with one attribute more (soapActionRequired, which srv does without), so its schema is made from that one by
putting the namespace in."""
import os

import xmlschema
from lxml import etree

from basic_profile import SOAP, SOAP12, WSDL

INSTALLED = os.path.join(os.path.dirname(xmlschema.__file__), "schemas", "WSDL")
XSD = "http://www.w3.org/2001/XMLSchema"


def _all_in_one(folder):
    """A schema that imports the three; the one of SOAP 1.2 is put into the folder."""
    with open(f"{INSTALLED}/wsdl-soap.xsd", encoding="utf-8") as file:
        soap = file.read()
    if f'targetNamespace="{SOAP}"' not in soap:
        raise RuntimeError(f"{INSTALLED}/wsdl-soap.xsd is not of {SOAP}")
    with open(f"{folder}/wsdl-soap12.xsd", "w", encoding="utf-8") as file:
        file.write(soap.replace(f'"{SOAP}"', f'"{SOAP12}"'))
    imports = {WSDL: f"{INSTALLED}/wsdl.xsd", SOAP: f"{INSTALLED}/wsdl-soap.xsd", SOAP12: f"{folder}/wsdl-soap12.xsd"}
    root = etree.Element(f"{{{XSD}}}schema")
    for namespace, location in imports.items():
        etree.SubElement(root, f"{{{XSD}}}import", namespace=namespace, schemaLocation=location)
    return etree.XMLSchema(root)


class Schemas:
    def __init__(self, folder):
        self.schema = _all_in_one(folder)

    def complaints(self, wsdl):
        """What is wrong with the WSDL itself, and with the schemas that it holds."""
        self.schema.validate(wsdl)
        found = [e.message for e in self.schema.error_log]
        for inner in wsdl.iter(f"{{{XSD}}}schema"):
            try:
                etree.XMLSchema(etree.ElementTree(inner))
            except etree.XMLSchemaParseError as e:
                found.append(str(e))
        return found
