"""Calls, and what an answer is: yes, no with a reason, a failure in the right form, or silence. Anything else is wrong."""
import http.client
import re
import urllib.parse
from xml.etree import ElementTree

TMO_S = 20
ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><{0} xmlns="http://tempuri.org/">'
    "{1}</{0}></s:Body></s:Envelope>"
)
RESULT = {
    "FlushApplicationCache": "response", "GetMaintenanceJobsStatus": "response", "GetWarehouseStatus": "response",
}
FAULT = re.compile(r"<faultcode>[\w-]*:?Server</faultcode>")
# What no answer shows: what srvd is made of, and where; statements, places in code. Paths are what GetWarehouseStatus is for.
INSIDE = re.compile(r"gsoap|sqlite|openssl|libevent|expat|debian|argon2|\bSELECT |\bINSERT |\.[ch]:\d|/proc/|/tmp/|srv\.db", re.I)


class Unlike(Exception):
    """An answer in none of the forms that the contract has."""


class Late(Unlike):
    """No answer in time."""


class Answer:
    """kind is yes, no, failure or silence; attributes are the result's, error is why not."""

    def __init__(self, kind, attributes=None, text=""):
        self.kind, self.attributes, self.text = kind, attributes or {}, text
        self.error = self.attributes.get("error", "")

    yes = property(lambda self: self.kind == "yes")

    @property
    def unavailable(self):
        """It says that the service cannot, and nothing about the caller."""
        return self.kind == "failure" or (self.kind == "no" and self.error.startswith(("[991]", "[990]")))

    def __repr__(self):
        return f"{self.kind} {self.error or self.text[:200]}"


def escaped(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


class Caller:
    """One address; each call has a connection of its own, as the callers of a flush have. source: where it comes from."""

    def __init__(self, address, tmo_s=TMO_S, source="127.0.0.1"):
        self.address, self.tmo_s, self.source = address, tmo_s, source

    def exchange(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=self.tmo_s, source_address=(self.source, 0))
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type", ""), response.read().decode("utf-8")
        finally:
            connection.close()

    def call(self, operation, soap=False, **parameters):
        if soap:
            fields = "".join(f"<{name}>{escaped(value)}</{name}>" for name, value in parameters.items())
            body = ENVELOPE.format(operation, fields).encode()
            path, kind = "/srv.asmx", "text/xml; charset=utf-8"
        else:
            body = urllib.parse.urlencode(parameters).encode()
            path, kind = f"/srv.asmx/{operation}", "application/x-www-form-urlencoded"
        try:
            status, content, text = self.exchange("POST", path, body, {"Content-Type": kind})
        except TimeoutError:
            raise Late(f"{operation}: no answer in {self.tmo_s} s") from None
        except (OSError, http.client.HTTPException):
            return Answer("silence")
        return judged(operation, soap, status, content, text)

    # ---- the operations ----

    def login(self, user, password, soap=False):
        return self.call("AuthenticateUser", soap, UID=user, PWD=password)

    def valid(self, ticket):
        return self.call("isValidTicket", AuthenticationTicket=ticket)

    def logout(self, ticket, soap=False):
        return self.call("LogOut", soap, AuthenticationTicket=ticket)

    def flush(self, ticket, soap=False):
        return self.call("FlushApplicationCache", soap, authenticationTicket=ticket)

    def jobs(self, ticket):
        return self.call("GetMaintenanceJobsStatus", authenticationTicket=ticket)

    def warehouse(self, ticket):
        return self.call("GetWarehouseStatus", authenticationTicket=ticket)

    def info(self):
        return self.call("ServerInfo")


def judged(operation, soap, status, content, text):
    unlike = Unlike(f"{operation}: {status} {content}: {text[:400]!r}")
    if operation != "GetWarehouseStatus" and INSIDE.search(text):
        raise unlike
    if status in (500, 503):
        right = content.startswith("text/plain") or (soap and status == 500 and FAULT.search(text))
        if not right or not text:
            raise unlike
        return Answer("failure", text=text)
    if status != 200 or not content.startswith("text/xml"):
        raise unlike
    try:
        root = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError:
        raise unlike from None
    name = RESULT.get(operation, "root")
    if soap:
        root = root.find(f".//{{http://tempuri.org/}}{operation}Result/{name}")
    if root is None or root.tag != name:
        raise unlike
    success = root.get("success")
    if success not in ("true", "false") or (success == "false") != ("error" in root.attrib):
        raise unlike
    return Answer("yes" if success == "true" else "no", dict(root.attrib), text)
