<?xml version="1.0" encoding="utf-8"?>
<!-- srv.wsdl as ?wsdl=text publishes it, for toolkits that cannot hand out an XML result: one port (SOAP 1.1), every
     parameter and result a nillable string, and an address where results arrive as text. Each operation says its action in
     the port type too, since there are importers, Mono's svcutil among them, that do not find it in the binding. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl">
  <xsl:output method="xml" encoding="utf-8" indent="yes"/>
  <xsl:strip-space elements="*"/>
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
  <xsl:template match="/comment()"/>
  <xsl:template match="wsdl:message[contains(@name, 'HttpGet') or contains(@name, 'HttpPost')]"/>
  <xsl:template match="wsdl:portType[@name != 'SrvSoap'] | wsdl:binding[@name != 'SrvSoap'] | wsdl:port[@name != 'SrvSoap']"/>
  <xsl:template match="s:element[@type = 's:string' or s:complexType/s:sequence/s:any]">
    <s:element minOccurs="{@minOccurs}" maxOccurs="{@maxOccurs}" name="{@name}" nillable="true" type="s:string"/>
  </xsl:template>
  <xsl:template match="wsdl:portType/wsdl:operation/wsdl:input">
    <xsl:copy>
      <xsl:attribute name="wsaw:Action">
        <xsl:value-of select="//wsdl:binding[@name = 'SrvSoap']/wsdl:operation[@name = current()/../@name]/*/@soapAction"/>
      </xsl:attribute>
      <xsl:apply-templates select="@*|node()"/>
    </xsl:copy>
  </xsl:template>
  <xsl:template match="wsdl:port/*/@location">
    <xsl:attribute name="location">@ADDRESS@?result=text</xsl:attribute>
  </xsl:template>
</xsl:stylesheet>
