<?xml version="1.0" encoding="utf-8"?>
<!-- srv.wsdl as ?wsdl publishes it: itself, with @ADDRESS@ where the caller's address goes. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/">
  <xsl:output method="xml" encoding="utf-8"/>
  <xsl:template match="@*|node()">
    <xsl:copy><xsl:apply-templates select="@*|node()"/></xsl:copy>
  </xsl:template>
  <xsl:template match="/comment()"/>
  <xsl:template match="wsdl:port/*/@location">
    <xsl:attribute name="location">@ADDRESS@</xsl:attribute>
  </xsl:template>
</xsl:stylesheet>
