<?xml version="1.0" encoding="utf-8"?>
<!-- srv.wsdl as wsdl2h is to read it: one SOAP port (with two, every operation would be made twice; gSOAP answers
     SOAP 1.1 and 1.2 from the same code), and no GET and POST ports (wsdl2h does not survive their untyped Body part).
     Parameters are nillable, because callers may send xsi:nil for any of them. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" exclude-result-prefixes="wsdl s">
  <xsl:output method="xml" encoding="utf-8"/>

  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>

  <xsl:template match="wsdl:message[contains(@name, 'HttpGet') or contains(@name, 'HttpPost')]"/>
  <xsl:template match="wsdl:portType[@name != 'SrvSoap'] | wsdl:binding[@name != 'SrvSoap'] | wsdl:port[@name != 'SrvSoap']"/>

  <xsl:template match="s:element[@type = 's:string']">
    <s:element nillable="true"><xsl:apply-templates select="@*|node()"/></s:element>
  </xsl:template>
</xsl:stylesheet>
