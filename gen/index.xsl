<?xml version="1.0" encoding="utf-8"?>
<!-- The page that GET /srv.asmx shows: what the service can do, from srv.wsdl. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" exclude-result-prefixes="wsdl s">
  <xsl:output method="html" encoding="utf-8" indent="yes" doctype-system="about:legacy-compat"/>
  <xsl:template match="/wsdl:definitions">
    <xsl:variable name="schema" select="wsdl:types/s:schema"/>
    <html lang="en">
      <head>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title><xsl:value-of select="wsdl:service/@name"/> Web Service</title>
      </head>
      <body>
        <main>
          <h1><xsl:value-of select="wsdl:service/@name"/></h1>
          <p><xsl:value-of select="wsdl:service/wsdl:documentation"/></p>
          <p>Documents: <a href="?wsdl">WSDL</a>, <a href="?wsdl=text">WSDL with text results</a>, <a href="?disco">discovery</a>.</p>
          <h2>Operations</h2>
          <dl>
            <xsl:for-each select="wsdl:portType[@name = 'SrvSoap']/wsdl:operation">
              <xsl:variable name="name" select="@name"/>
              <dt id="{@name}"><strong><xsl:value-of select="@name"/></strong></dt>
              <dd>
                <p><xsl:value-of select="wsdl:documentation"/></p>
                <xsl:if test="$schema/s:element[@name = $name]//s:element">
                  <ul>
                    <xsl:for-each select="$schema/s:element[@name = $name]//s:element">
                      <li><code><xsl:value-of select="@name"/></code>: <xsl:value-of select="s:annotation/s:documentation"/></li>
                    </xsl:for-each>
                  </ul>
                </xsl:if>
              </dd>
            </xsl:for-each>
          </dl>
        </main>
      </body>
    </html>
  </xsl:template>
</xsl:stylesheet>
