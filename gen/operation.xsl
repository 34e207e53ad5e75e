<?xml version="1.0" encoding="utf-8"?>
<!-- The pages that GET /srv.asmx?op=<Operation> shows, one behind the other, each after a comment `op <Operation>`:
     description, parameters, a form for each of GET and POST, a sample request and answer for each of the four forms;
     from srv.wsdl and results.xsd. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" exclude-result-prefixes="wsdl s">
  <xsl:output method="html" encoding="utf-8" indent="no"/>
  <xsl:param name="results"/>
  <xsl:variable name="definitions" select="/wsdl:definitions"/>
  <xsl:variable name="namespace" select="$definitions/@targetNamespace"/>
  <xsl:variable name="result-schema" select="document($results)/s:schema"/>

  <xsl:template match="/">
    <xsl:apply-templates select="wsdl:definitions/wsdl:portType[@name = 'SrvSoap']/wsdl:operation"/>
  </xsl:template>

  <xsl:template match="wsdl:operation">
    <xsl:variable name="name" select="@name"/>
    <xsl:variable name="params" select="$definitions/wsdl:types/s:schema/s:element[@name = $name]//s:element"/>
    <xsl:variable name="element" select="($result-schema/s:element[@name = concat($name, 'Result')]//s:element)[1]"/>
    <xsl:variable name="type" select="substring-after($element/@type, ':')"/>
    <xsl:comment>op <xsl:value-of select="@name"/></xsl:comment>
    <xsl:text disable-output-escaping="yes">&lt;!DOCTYPE html&gt;
</xsl:text>
    <html lang="en">
      <head>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title><xsl:value-of select="concat($definitions/wsdl:service/@name, ': ', $name)"/></title>
      </head>
      <body>
        <main>
          <p><a href="@ADDRESS@">All operations</a></p>
          <h1><xsl:value-of select="$name"/></h1>
          <p><xsl:value-of select="wsdl:documentation"/></p>
          <xsl:if test="$params">
            <h2>Parameters</h2>
            <dl>
              <xsl:for-each select="$params">
                <dt><code><xsl:value-of select="@name"/></code></dt>
                <dd><xsl:value-of select="s:annotation/s:documentation"/></dd>
              </xsl:for-each>
            </dl>
          </xsl:if>
          <h2>Try it</h2>
          <xsl:call-template name="form">
            <xsl:with-param name="name" select="$name"/>
            <xsl:with-param name="params" select="$params"/>
            <xsl:with-param name="method">post</xsl:with-param>
          </xsl:call-template>
          <xsl:call-template name="form">
            <xsl:with-param name="name" select="$name"/>
            <xsl:with-param name="params" select="$params"/>
            <xsl:with-param name="method">get</xsl:with-param>
          </xsl:call-template>

          <xsl:variable name="answer">
            <xsl:text>&lt;</xsl:text>
            <xsl:value-of select="$element/@name"/>
            <xsl:text> success="true"</xsl:text>
            <xsl:for-each select="$result-schema/s:complexType[@name = $type]/*">
              <xsl:for-each select="self::s:attribute |
                  $result-schema/s:attributeGroup[concat('srv:', @name) = current()/@ref][@name != 'Outcome']/s:attribute">
                <xsl:value-of select="concat(' ', @name, '=&quot;', substring-after(@type, ':'), '&quot;')"/>
              </xsl:for-each>
            </xsl:for-each>
            <xsl:choose>
              <xsl:when test="$result-schema/s:complexType[@name = $type]//s:element">
                <xsl:value-of select="concat('&gt;...&lt;/', $element/@name, '&gt;')"/>
              </xsl:when>
              <xsl:otherwise> /&gt;</xsl:otherwise>
            </xsl:choose>
          </xsl:variable>
          <xsl:variable name="query">
            <xsl:for-each select="$params">
              <xsl:if test="position() &gt; 1">&amp;</xsl:if>
              <xsl:value-of select="concat(@name, '=string')"/>
            </xsl:for-each>
          </xsl:variable>
          <xsl:variable name="soap11">http://schemas.xmlsoap.org/soap/envelope/</xsl:variable>
          <xsl:variable name="soap12">http://www.w3.org/2003/05/soap-envelope</xsl:variable>
          <xsl:variable name="plain-head">HTTP/1.1 200 OK
Content-Type: text/xml; charset=utf-8
Content-Length: length

&lt;?xml version="1.0" encoding="utf-8"?&gt;
</xsl:variable>

          <h2>SOAP 1.1</h2>
          <pre>
            <xsl:text>POST @ADDRESS@ HTTP/1.1
Content-Type: text/xml; charset=utf-8
Content-Length: length
SOAPAction: "</xsl:text>
            <xsl:value-of select="concat($namespace, $name, '&quot;&#10;&#10;')"/>
            <xsl:call-template name="envelope">
              <xsl:with-param name="version" select="$soap11"/>
              <xsl:with-param name="name" select="$name"/>
              <xsl:with-param name="params" select="$params"/>
            </xsl:call-template>
          </pre>
          <pre>
            <xsl:text>HTTP/1.1 200 OK
Content-Type: text/xml; charset=utf-8
Content-Length: length

</xsl:text>
            <xsl:call-template name="envelope">
              <xsl:with-param name="version" select="$soap11"/>
              <xsl:with-param name="name" select="concat($name, 'Response')"/>
              <xsl:with-param name="result" select="concat('      &lt;', $name, 'Result&gt;', $answer, '&lt;/', $name, 'Result&gt;&#10;')"/>
            </xsl:call-template>
          </pre>
          <h2>SOAP 1.2</h2>
          <pre>
            <xsl:text>POST @ADDRESS@ HTTP/1.1
Content-Type: application/soap+xml; charset=utf-8
Content-Length: length

</xsl:text>
            <xsl:call-template name="envelope">
              <xsl:with-param name="version" select="$soap12"/>
              <xsl:with-param name="name" select="$name"/>
              <xsl:with-param name="params" select="$params"/>
            </xsl:call-template>
          </pre>
          <pre>
            <xsl:text>HTTP/1.1 200 OK
Content-Type: application/soap+xml; charset=utf-8
Content-Length: length

</xsl:text>
            <xsl:call-template name="envelope">
              <xsl:with-param name="version" select="$soap12"/>
              <xsl:with-param name="name" select="concat($name, 'Response')"/>
              <xsl:with-param name="result" select="concat('      &lt;', $name, 'Result&gt;', $answer, '&lt;/', $name, 'Result&gt;&#10;')"/>
            </xsl:call-template>
          </pre>
          <h2>HTTP GET</h2>
          <pre>
            <xsl:value-of select="concat('GET @ADDRESS@/', $name)"/>
            <xsl:if test="$query != ''"><xsl:value-of select="concat('?', $query)"/></xsl:if>
            <xsl:text> HTTP/1.1</xsl:text>
          </pre>
          <pre><xsl:value-of select="concat($plain-head, $answer)"/></pre>
          <h2>HTTP POST</h2>
          <pre>
            <xsl:value-of select="concat('POST @ADDRESS@/', $name, ' HTTP/1.1')"/>
            <xsl:text>
Content-Type: application/x-www-form-urlencoded
Content-Length: length

</xsl:text>
            <xsl:value-of select="$query"/>
          </pre>
          <pre><xsl:value-of select="concat($plain-head, $answer)"/></pre>
        </main>
      </body>
    </html>
  </xsl:template>

  <xsl:template name="form">
    <xsl:param name="name"/>
    <xsl:param name="params"/>
    <xsl:param name="method"/>
    <form method="{$method}" action="@ADDRESS@/{$name}">
      <xsl:for-each select="$params">
        <p>
          <label for="{$method}-{@name}"><xsl:value-of select="@name"/></label>
          <xsl:text> </xsl:text>
          <input id="{$method}-{@name}" name="{@name}" autocomplete="off">
            <xsl:attribute name="type">
              <xsl:choose><xsl:when test="@name = 'PWD'">password</xsl:when><xsl:otherwise>text</xsl:otherwise></xsl:choose>
            </xsl:attribute>
          </input>
        </p>
      </xsl:for-each>
      <p><button>Invoke by <xsl:value-of select="translate($method, 'getpos', 'GETPOS')"/></button></p>
    </form>
  </xsl:template>

  <xsl:template name="envelope">
    <xsl:param name="version"/>
    <xsl:param name="name"/>
    <xsl:param name="params" select="/.."/>
    <xsl:param name="result"/>
    <xsl:value-of select="concat('&lt;?xml version=&quot;1.0&quot; encoding=&quot;utf-8&quot;?&gt;&#10;&lt;soap:Envelope xmlns:soap=&quot;', $version, '&quot;&gt;&#10;  &lt;soap:Body&gt;&#10;    &lt;', $name, ' xmlns=&quot;', $namespace, '&quot;&gt;&#10;')"/>
    <xsl:for-each select="$params">
      <xsl:value-of select="concat('      &lt;', @name, '&gt;string&lt;/', @name, '&gt;&#10;')"/>
    </xsl:for-each>
    <xsl:value-of select="$result"/>
    <xsl:value-of select="concat('    &lt;/', $name, '&gt;&#10;  &lt;/soap:Body&gt;&#10;&lt;/soap:Envelope&gt;')"/>
  </xsl:template>
</xsl:stylesheet>
