"""Ways to break a WSDL of ours, each with the assertion that must notice: a check that passes all of these is none."""
import copy

from lxml import etree

NS = {
    "wsdl": "http://schemas.xmlsoap.org/wsdl/", "soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "soap12": "http://schemas.xmlsoap.org/wsdl/soap12/", "s": "http://www.w3.org/2001/XMLSchema",
}
BINDING = "wsdl:binding[@name='SrvSoap']"
OPERATION = f"{BINDING}/wsdl:operation[1]"
BODY = f"{OPERATION}/wsdl:input/soap:body"
PORT_TYPE = "wsdl:portType[@name='SrvSoap']"
ASKED = f"{PORT_TYPE}/wsdl:operation[1]"
OUT = "wsdl:message[@name='FlushApplicationCacheSoapOut']"
IN = "wsdl:message[@name='FlushApplicationCacheSoapIn']"
SCHEMA = "wsdl:types/s:schema"
TYPED_PART = "<wsdl:part name='more' type='s:string'/>"


def _all(tree, path):
    found = tree.getroot().xpath(path, namespaces=NS)
    if not found:
        raise AssertionError(f"there is no {path} to break")
    return found


def put(path, **attributes):
    """Gives elements attributes; None takes one away, and wsdl__ begins one of WSDL's namespace."""
    def edit(tree):
        for name, value in attributes.items():
            key = name.replace("wsdl__", "{%s}" % NS["wsdl"])
            for e in _all(tree, path):
                e.attrib.pop(key, None) if value is None else e.set(key, value)
    return edit


def add(path, xml, at=None):
    """Puts an element into another, last or at a place."""
    def edit(tree):
        declared = " ".join(f'xmlns:{p}="{u}"' for p, u in NS.items())
        new = etree.fromstring(f'<x {declared} xmlns:tns="http://tempuri.org/">{xml}</x>')[0]
        parent = _all(tree, path)[0]
        parent.insert(len(parent) if at is None else at, new)
    return edit


def drop(path):
    def edit(tree):
        for e in _all(tree, path):
            e.getparent().remove(e)
    return edit


def last(path):
    """Moves an element behind its siblings."""
    def edit(tree):
        e = _all(tree, path)[0]
        e.getparent().append(e)
    return edit


def after(*edits):
    def edit(tree):
        for one in edits:
            one(tree)
    return edit


def made(tree, edit):
    broken = copy.deepcopy(tree)
    edit(broken)
    return broken


RPC = put(f"{BINDING}/wsdl:operation/soap:operation", style="rpc")
HEADER = "<soap:header message='tns:FlushApplicationCacheSoapIn' part='parameters' use='literal'/>"
KNOWN_FAULT = add(ASKED, "<wsdl:fault name='refused' message='tns:FlushApplicationCacheSoapIn'/>")
BOUND_FAULT = after(
    KNOWN_FAULT, add(OPERATION, "<wsdl:fault name='refused'><soap:fault name='refused' use='literal'/></wsdl:fault>"))
HEADED = add(f"{OPERATION}/wsdl:input", HEADER)
SECOND = add(IN, "<wsdl:part name='more' element='tns:LogOut'/>")

PROFILE = [
    ("R2007", add(".", "<wsdl:import namespace='http://other.example/' location=''/>", at=0)),
    ("R2803", add(".", "<wsdl:import namespace='other' location='other.wsdl'/>", at=0)),
    ("R2022", add(".", "<wsdl:import namespace='http://other.example/' location='other.wsdl'/>")),
    ("R2023", last("wsdl:types")),
    ("R2026", put(f"{BINDING}/soap:binding", wsdl__required="true")),
    ("R2003", add("wsdl:types", "<s:import namespace='http://other.example/'/>")),
    ("R2105", put(SCHEMA, targetNamespace=None)),
    ("R2110", add(SCHEMA, "<s:complexType name='Many' xmlns:e='http://schemas.xmlsoap.org/soap/encoding/'><s:complexContent>"
                  "<s:restriction base='e:Array'/></s:complexContent></s:complexType>")),
    ("R2111", add(SCHEMA, "<s:complexType name='Many'><s:attribute name='a' wsdl:arrayType='s:string[]'/></s:complexType>")),
    ("R2112", add(SCHEMA, "<s:complexType name='ArrayOfString'/>")),
    ("R2102", add(SCHEMA, "<s:element name='more' type='o:Type' xmlns:o='http://other.example/'/>")),
    ("R2101", add(IN, "<wsdl:part name='more' element='o:LogOut' xmlns:o='http://other.example/'/>")),
    ("R2101", put("wsdl:service/wsdl:port[1]", binding="soap:SrvSoap")),
    ("R2306", put(f"{IN}/wsdl:part", type="s:string")),
    ("R2206", put(f"{IN}/wsdl:part", element="tns:Nope")),
    ("R2303", last(f"{ASKED}/wsdl:input")),
    ("R2303", drop(f"{ASKED}/wsdl:input")),
    ("R2304", put(f"{PORT_TYPE}/wsdl:operation[2]", name="FlushApplicationCache")),
    ("R2305", after(put(ASKED, parameterOrder="nothing"), add(OUT, TYPED_PART))),
    ("R2701", put(f"{BINDING}/soap:binding", transport=None)),
    ("R2702", put(f"{BINDING}/soap:binding", transport="http://schemas.xmlsoap.org/soap/smtp")),
    ("R2705", put(f"{OPERATION}/soap:operation", style="rpc")),
    ("R2718", drop(OPERATION)),
    ("R2718", put(OPERATION, name="Nope")),
    ("R2711", add("wsdl:service", "<wsdl:port name='Again' binding='tns:SrvSoap'><soap:address "
                  "location='http://127.0.0.1/srv.asmx'/></wsdl:port>")),
    ("R2706", put(BODY, use="encoded")),
    ("R2716", put(BODY, namespace="http://tempuri.org/")),
    ("R2717", RPC),
    ("R2726", after(RPC, HEADED, put(f"{OPERATION}/wsdl:input/soap:header", namespace="http://tempuri.org/"))),
    ("R2720", after(HEADED, put(f"{OPERATION}/wsdl:input/soap:header", part=None))),
    ("R2749", after(HEADED, put(f"{OPERATION}/wsdl:input/soap:header", parts="parameters"))),
    ("R2205", after(HEADED, add(IN, TYPED_PART), put(f"{OPERATION}/wsdl:input/soap:header", part="more"))),
    ("R2205", after(BOUND_FAULT, put(f"{ASKED}/wsdl:fault", message="tns:FlushApplicationCacheHttpGetIn"))),
    ("R2201", after(SECOND, put(BODY, parts="parameters more"))),
    ("R2209", after(SECOND, put(BODY, parts="parameters"))),
    ("R2210", SECOND),
    ("R2204", put(f"{IN}/wsdl:part", element=None, type="s:string")),
    ("R2204", put(f"{ASKED}/wsdl:input", message="tns:Nope")),
    ("R2203", RPC),
    ("R2710", put(f"{IN}/wsdl:part", element="tns:LogOut")),
    ("R2721", after(BOUND_FAULT, put(f"{OPERATION}/wsdl:fault/soap:fault", name=None))),
    ("R2754", after(BOUND_FAULT, put(f"{OPERATION}/wsdl:fault/soap:fault", name="other"))),
    ("R2740", KNOWN_FAULT),
]

# For the schemas: which of them is offended, how, and what libxml2 says of it.
SCHEMAS = [
    ("WSDL", put(BINDING, type=None), "type"),
    ("WSDL", put(f"{ASKED}/wsdl:input", nonsense="1"), "nonsense"),
    ("WSDL", put(f"{PORT_TYPE}/wsdl:operation[1]", name="not a name"), "not a name"),
    ("WSDL", put("wsdl:message[1]", name="LogOutSoapIn"), "Duplicate key"),
    ("WSDL", add(OPERATION, "<wsdl:nonsense/>"), "nonsense"),
    ("WSDL", last(f"{ASKED}/wsdl:documentation"), "documentation"),
    ("SOAP", put(f"{BINDING}/soap:binding", transport=None), "transport"),
    ("SOAP", put(BODY, use="figurative"), "figurative"),
    ("SOAP", put(f"{OPERATION}/soap:operation", style="rococo"), "rococo"),
    ("SOAP", put("wsdl:service/wsdl:port/soap:address", location=None), "location"),
    ("SOAP", put("wsdl:service/wsdl:port/soap:address", nonsense="1"), "nonsense"),
    ("SOAP 1.2", put("wsdl:binding/soap12:binding", transport=None), "transport"),
    ("SOAP 1.2", put("wsdl:binding/wsdl:operation/wsdl:input/soap12:body", use="figurative"), "figurative"),
    ("SOAP 1.2", put("wsdl:binding/wsdl:operation/soap12:operation", style="rococo"), "rococo"),
    ("SOAP 1.2", put("wsdl:service/wsdl:port/soap12:address", location=None), "location"),
    ("XML Schema", put(f"{SCHEMA}/s:element[1]/s:complexType/s:sequence/s:element", type="s:strong"), "strong"),
    ("XML Schema", put(f"{SCHEMA}/s:element[2]", name="FlushApplicationCache"), "FlushApplicationCache"),
]

# What every check of validity lets through, but ASMX would not have published.
DIFFERENCES = [
    ("a port renamed", put("wsdl:service/wsdl:port[1]", name="srvSoap")),
    ("an operation less", drop("wsdl:portType/wsdl:operation[@name='LogOut']")),
    ("a parameter that must be there", put(f"{SCHEMA}//s:element[@name='OldTicket']", minOccurs="1")),
    ("a parameter of another type", put(f"{SCHEMA}//s:element[@name='UID']", type="s:token")),
    ("results of one namespace only", put(f"{SCHEMA}//s:any", namespace="##local")),
    ("another action", put(f"{OPERATION}/soap:operation", soapAction="http://tempuri.org/Flush")),
    ("operations in another order", last(f"{SCHEMA}/s:element[1]")),
    ("a name of another namespace", put("wsdl:service/wsdl:port[1]", binding="soap:SrvSoap")),
    ("an address of its own", put("wsdl:service/wsdl:port/soap:address", location="http://127.0.0.1/srv.asmx/")),
]
