<?xml version="1.0" encoding="utf-8"?>
<!-- The page that GET /srv.asmx shows: the operations, each with a link to its own page (operation.xsl), from srv.wsdl. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    exclude-result-prefixes="wsdl">
  <xsl:output method="html" encoding="utf-8" indent="yes" doctype-system="about:legacy-compat"/>
  <xsl:template match="/wsdl:definitions">
    <html lang="en">
      <head>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title><xsl:value-of select="wsdl:service/@name"/> Web Service</title>
      </head>
      <body>
        <main>
          <h1><xsl:value-of select="wsdl:service/@name"/></h1>
          <p><xsl:value-of select="wsdl:service/wsdl:documentation"/></p>
          <p>Documents: <a href="@ADDRESS@?wsdl">WSDL</a>, <a href="@ADDRESS@?wsdl=text">WSDL with text results</a>,
            <a href="@ADDRESS@?disco">discovery</a>.</p>
          <h2>Operations</h2>
          <dl>
            <xsl:for-each select="wsdl:portType[@name = 'SrvSoap']/wsdl:operation">
              <dt><a href="@ADDRESS@?op={@name}"><xsl:value-of select="@name"/></a></dt>
              <dd><xsl:value-of select="wsdl:documentation"/></dd>
            </xsl:for-each>
          </dl>
        </main>
      </body>
    </html>
  </xsl:template>
</xsl:stylesheet>
