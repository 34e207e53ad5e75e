"""Mono's System.Web.Services: what ASMX publishes for the same class, what differs from that, and what it says of a WSDL."""
import fnmatch
import glob
import os
import re
import shutil
import subprocess

from lxml import etree

HERE = os.path.dirname(os.path.abspath(__file__))
# Prefixes for the lines below, whatever those of the documents are.
PREFIXES = {
    "http://schemas.xmlsoap.org/wsdl/": "wsdl", "http://schemas.xmlsoap.org/wsdl/soap/": "soap",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "soap12", "http://schemas.xmlsoap.org/wsdl/http/": "http",
    "http://schemas.xmlsoap.org/wsdl/mime/": "mime", "http://www.w3.org/2001/XMLSchema": "s",
    "http://schemas.xmlsoap.org/disco/": "disco", "http://schemas.xmlsoap.org/disco/scl/": "scl",
    "http://schemas.xmlsoap.org/disco/soap/": "dsoap", "http://tempuri.org/": "tns",
}
QNAMES = {"element", "type", "message", "binding", "ref", "base"}


def _run(folder, *command):
    """What the command prints. ASP.NET keeps what it makes of a service for another time; here, until the folder goes."""
    env = os.environ | {"TMPDIR": folder}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=env)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def published(folder):
    """{"wsdl": tree, "disco": tree} of srv.asmx, hosted in the folder."""
    os.makedirs(f"{folder}/bin")
    for name in ("srv.asmx", "web.config"):
        shutil.copy(f"{HERE}/asmx/{name}", folder)
    program = f"{folder}/bin/publish.exe"
    sources = sorted(glob.glob(f"{HERE}/asmx/*.cs"))
    _run(folder, "mcs", f"-out:{program}", "-r:System.Web", "-r:System.Web.Services", *sources)
    # ASP.NET looks for classes in libraries.
    shutil.copy(program, f"{folder}/bin/publish.dll")
    _run(folder, "mono", program, folder)
    return {query: etree.parse(f"{folder}/{query}.xml") for query in ("wsdl", "disco")}


def judged(folder, trees):
    """{name: [what System.Web.Services says of it]} for {name: tree}."""
    program = f"{folder}/judge.exe"
    _run(folder, "mcs", f"-out:{program}", "-r:System.Web.Services", "-r:System.Xml", f"{HERE}/Judge.cs")
    files = {f"{folder}/{i}.wsdl": name for i, name in enumerate(trees)}
    for file, name in files.items():
        trees[name].write(file, encoding="utf-8", xml_declaration=True)
    said = {name: [] for name in trees}
    for line in _run(folder, "mono", program, *files).splitlines():
        file, _, text = line.partition(": ")
        if file in files:
            said[files[file]].append(text)
    return said


# ---- differences ----


def _name(tag):
    namespace, local = etree.QName(tag).namespace, etree.QName(tag).localname
    return local if namespace is None else f"{PREFIXES.get(namespace, '{' + namespace + '}')}:{local}"


def _value(element, key, value):
    prefix, colon, local = value.partition(":")
    known = key in QNAMES and colon and prefix in element.nsmap
    return _name(f"{{{element.nsmap[prefix]}}}{local}") if known else value


def lines(tree):
    """The document without its choice of prefixes, order of attributes and white space: a line an element, an attribute, a
    text, in the order of the document."""
    found = []

    def walk(element, path):
        path = f"{path}/{_name(element.tag)}"
        found.append(path)
        found.extend(f"{path}/@{_name(k)} = {_value(element, k, v)}" for k, v in sorted(element.attrib.items()))
        if element.text and element.text.strip():
            found.append(f"{path} = {element.text.strip()}")
        for child in element.iterchildren(tag=etree.Element):
            walk(child, path)

    walk(tree.getroot(), "")
    return found


def expected():
    """The entries of differences.txt: [whose line, pattern]."""
    with open(f"{HERE}/differences.txt", encoding="utf-8") as file:
        entries = [line.split(None, 2) for line in file if line.strip() and not line.startswith("#")]
    for whose, section, _ in entries:
        if whose not in ("srv", "ASMX") or not re.fullmatch(r"\d+", section):
            raise RuntimeError(f"differences.txt: {whose} {section}")
    return [(whose, pattern.strip()) for whose, _, pattern in entries]


def without_expected(ours, theirs, unused):
    """The lines of both trees less those that are expected to differ. Entries that matched are taken from unused."""
    left = {"srv": lines(ours), "ASMX": lines(theirs)}
    for whose, pattern in expected():
        kept = [line for line in left[whose] if not fnmatch.fnmatchcase(line, pattern)]
        if len(kept) < len(left[whose]):
            unused.discard((whose, pattern))
        left[whose] = kept
    return left["srv"], left["ASMX"]
