<?xml version="1.0" encoding="utf-8"?>
<!-- The discovery document that ?disco publishes, from srv.wsdl. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"
    xmlns:scl="http://schemas.xmlsoap.org/disco/scl/" xmlns:ds="http://schemas.xmlsoap.org/disco/soap/"
    exclude-result-prefixes="wsdl soap soap12 ds">
  <xsl:output method="xml" encoding="utf-8" indent="yes"/>
  <xsl:template match="/wsdl:definitions">
    <xsl:variable name="namespace" select="@targetNamespace"/>
    <discovery xmlns="http://schemas.xmlsoap.org/disco/">
      <contractRef ref="@ADDRESS@?wsdl" docRef="@ADDRESS@" xmlns="http://schemas.xmlsoap.org/disco/scl/"/>
      <xsl:for-each select="wsdl:service/wsdl:port[soap:address or soap12:address]">
        <soap address="@ADDRESS@" binding="q1:{@name}" xmlns="http://schemas.xmlsoap.org/disco/soap/">
          <xsl:copy-of select="document('')/xsl:stylesheet/q1:holder/namespace::q1" xmlns:q1="http://tempuri.org/"/>
        </soap>
      </xsl:for-each>
    </discovery>
  </xsl:template>
  <q1:holder xmlns:q1="http://tempuri.org/"/>
</xsl:stylesheet>
