"""Spyne, as a WSGI application for uwsgi. BENCH_ELEMENT, a file, is in the environment."""
import os

from lxml import etree
from spyne import AnyXml, Application, ServiceBase, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

with open(os.environ["BENCH_ELEMENT"], encoding="utf-8") as f:
    ELEMENT = etree.fromstring(f.read())


class Srv(ServiceBase):
    @rpc(_returns=AnyXml)
    def ServerInfo(ctx):
        return ELEMENT


application = WsgiApplication(
    Application([Srv], "http://tempuri.org/", name="srv", in_protocol=Soap11(), out_protocol=Soap11())
)
