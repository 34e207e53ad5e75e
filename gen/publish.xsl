<?xml version="1.0" encoding="utf-8"?>
<!-- srv.wsdl as ?wsdl publishes it: itself, with @ADDRESS@ where the caller's address goes, and without what it says of
     the parameters, which is for the pages: ASMX annotates no parameter. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema">
  <xsl:output method="xml" encoding="utf-8"/>
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
  <xsl:template match="/comment()"/>
  <xsl:template match="s:element[s:annotation]">
    <xsl:copy><xsl:copy-of select="@*"/></xsl:copy>
  </xsl:template>
  <xsl:template match="wsdl:port/*/@location">
    <xsl:attribute name="location">@ADDRESS@</xsl:attribute>
  </xsl:template>
</xsl:stylesheet>
