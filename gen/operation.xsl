<?xml version="1.0" encoding="utf-8"?>
<!-- The pages that GET /srv.asmx?op=<Operation> shows, one behind the other, each after a comment `op <Operation>`:
     description, parameters, errors, a form, and a sample request and answer in each of the four forms, with the same call
     by curl and by srvctl; from srv.wsdl and results.xsd. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:srv="http://tempuri.org/" exclude-result-prefixes="wsdl s srv">
  <xsl:import href="page.xsl"/>

  <xsl:template match="/">
    <xsl:for-each select="$operations">
      <xsl:comment>op <xsl:value-of select="@name"/></xsl:comment>
      <xsl:call-template name="page">
        <xsl:with-param name="title" select="concat(@name, ' - ', $definitions/wsdl:service/@name, ' Web Service')"/>
        <xsl:with-param name="main"><xsl:apply-templates select="." mode="main"/></xsl:with-param>
        <xsl:with-param name="beside">
          <div class="beside">
          <nav aria-label="Operations">
            <h2><a href="?">Operations</a></h2>
            <ul>
              <xsl:variable name="this" select="@name"/>
              <xsl:for-each select="$operations">
                <li>
                  <a href="?op={@name}">
                    <xsl:if test="@name = $this"><xsl:attribute name="aria-current">page</xsl:attribute></xsl:if>
                    <xsl:value-of select="@name"/>
                  </a>
                </li>
              </xsl:for-each>
            </ul>
          </nav>
          <xsl:call-template name="documents"/>
          </div>
        </xsl:with-param>
      </xsl:call-template>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="wsdl:operation" mode="main">
    <xsl:variable name="parameters" select="$definitions/wsdl:types/s:schema/s:element[@name = current()/@name]//s:element"/>
    <xsl:variable name="result" select="$result-schema/s:element[@name = concat(current()/@name, 'Result')]"/>
    <xsl:variable name="about" select="$result/s:annotation/s:appinfo/srv:operation"/>
    <p class="up"><a href="?">All operations</a></p>
    <h1 class="operation"><xsl:value-of select="@name"/></h1>
    <p class="lead"><xsl:value-of select="wsdl:documentation"/></p>
    <dl class="facts">
      <div><dt>Needs</dt><dd><xsl:value-of select="$about/@needs"/></dd></div>
      <div><dt>Answers</dt><dd><code>
        <xsl:text>&lt;</xsl:text>
        <xsl:call-template name="either">
          <xsl:with-param name="documented" select="($result//s:element)[1]/@name"/>
          <xsl:with-param name="renamed">response</xsl:with-param>
        </xsl:call-template>
        <xsl:text>&gt;</xsl:text>
      </code></dd></div>
    </dl>

    <section aria-labelledby="parameters">
      <h2 id="parameters">Parameters</h2>
      <xsl:choose>
        <xsl:when test="$parameters">
          <table>
            <thead><tr><th scope="col">Name</th><th scope="col">Meaning</th></tr></thead>
            <tbody>
              <xsl:for-each select="$parameters">
                <tr><th scope="row"><code><xsl:value-of select="@name"/></code></th><td id="about-{@name}"><xsl:value-of select="s:annotation/s:documentation"/></td></tr>
              </xsl:for-each>
            </tbody>
          </table>
        </xsl:when>
        <xsl:otherwise><p>None.</p></xsl:otherwise>
      </xsl:choose>
    </section>

    <section aria-labelledby="try">
      <h2 id="try">Try it</h2>
      <xsl:call-template name="with-forms">
        <xsl:with-param name="forms">
          <xsl:if test="$parameters[contains(@name, 'icket')]">
            <details>
              <summary>Log in for a ticket</summary>
              <xsl:call-template name="login-form"/>
            </details>
          </xsl:if>
          <xsl:apply-templates select="." mode="form"/>
        </xsl:with-param>
      </xsl:call-template>
    </section>

    <section aria-labelledby="errors">
      <h2 id="errors">Errors</h2>
      <xsl:choose>
        <xsl:when test="$about/@errors">
          <p>An error is an answer, not a fault: HTTP 200, <code>success="false"</code>, and one of these texts as
            <code>error</code>.</p>
          <table>
            <thead><tr><th scope="col">Text</th><th scope="col">When</th></tr></thead>
            <tbody>
              <xsl:for-each select="$info/srv:error[contains(concat(' ', $about/@errors, ' '), concat(' ', @name, ' '))]">
                <tr><th scope="row"><code><xsl:value-of select="@text"/></code></th><td><xsl:value-of select="."/></td></tr>
              </xsl:for-each>
            </tbody>
          </table>
        </xsl:when>
        <xsl:otherwise><p>None of its own.</p></xsl:otherwise>
      </xsl:choose>
    </section>

    <section aria-labelledby="samples">
      <h2 id="samples">Samples</h2>
      <p>With your address and lengths that are right. Ticket, user and password are placeholders.</p>
      <nav class="jump" aria-label="Samples">
        <a href="#soap11">SOAP 1.1</a>
        <a href="#soap12">SOAP 1.2</a>
        <a href="#get">HTTP GET</a>
        <a href="#post">HTTP POST</a>
        <a href="#srvctl">srvctl</a>
      </nav>
      <xsl:apply-templates select="." mode="samples"/>
    </section>
  </xsl:template>

  <!-- ==== samples ==== -->
  <xsl:template match="wsdl:operation" mode="samples">
    <xsl:variable name="query"><xsl:apply-templates select="." mode="query"/></xsl:variable>
    <xsl:variable name="srvctl"><xsl:apply-templates select="." mode="srvctl"/></xsl:variable>
    <xsl:variable name="answer"><xsl:value-of select="$declaration"/><xsl:apply-templates select="." mode="result"/></xsl:variable>
    <xsl:call-template name="soap">
      <xsl:with-param name="id">soap11</xsl:with-param>
      <xsl:with-param name="title">SOAP 1.1</xsl:with-param>
      <xsl:with-param name="version" select="$soap11"/>
      <xsl:with-param name="type">text/xml; charset=utf-8</xsl:with-param>
      <xsl:with-param name="action" select="concat('SOAPAction: &quot;', $namespace, @name, '&quot;')"/>
    </xsl:call-template>
    <xsl:call-template name="soap">
      <xsl:with-param name="id">soap12</xsl:with-param>
      <xsl:with-param name="title">SOAP 1.2</xsl:with-param>
      <xsl:with-param name="version" select="$soap12"/>
      <xsl:with-param name="type">application/soap+xml; charset=utf-8</xsl:with-param>
    </xsl:call-template>
    <xsl:variable name="question"><xsl:if test="$query != ''"><xsl:value-of select="concat('?', $query)"/></xsl:if></xsl:variable>
    <xsl:call-template name="form-samples">
      <xsl:with-param name="id">get</xsl:with-param>
      <xsl:with-param name="title">HTTP GET</xsl:with-param>
      <xsl:with-param name="request" select="concat('GET @PATH@/', @name, $question, ' HTTP/1.1&#10;Host: @HOST@&#10;&#10;')"/>
      <xsl:with-param name="answer" select="$answer"/>
      <xsl:with-param name="curl" select="concat(&quot;curl '@ADDRESS@/&quot;, @name, $question, &quot;'&quot;)"/>
    </xsl:call-template>
    <xsl:call-template name="form-samples">
      <xsl:with-param name="id">post</xsl:with-param>
      <xsl:with-param name="title">HTTP POST</xsl:with-param>
      <xsl:with-param name="request" select="concat('POST @PATH@/', @name, ' HTTP/1.1&#10;Host: @HOST@&#10;Content-Type: application/x-www-form-urlencoded&#10;Content-Length: ', string-length($query), '&#10;&#10;', $query)"/>
      <xsl:with-param name="answer" select="$answer"/>
      <xsl:with-param name="curl" select="concat(&quot;curl '@ADDRESS@/&quot;, @name, &quot;' \&#10;  --data '&quot;, $query, &quot;'&quot;)"/>
    </xsl:call-template>
    <section class="form" aria-labelledby="srvctl">
      <h3 id="srvctl">srvctl</h3>
      <xsl:choose>
        <xsl:when test="$srvctl != ''">
          <xsl:call-template name="block">
            <xsl:with-param name="id">srvctl-command</xsl:with-param>
            <xsl:with-param name="title">Command</xsl:with-param>
            <xsl:with-param name="text" select="$srvctl"/>
          </xsl:call-template>
        </xsl:when>
        <xsl:otherwise><p>None of its commands makes this call.</p></xsl:otherwise>
      </xsl:choose>
    </section>
  </xsl:template>

  <xsl:template name="soap">
    <xsl:param name="id"/>
    <xsl:param name="title"/>
    <xsl:param name="version"/>
    <xsl:param name="type"/>
    <xsl:param name="action"/>
    <xsl:variable name="body">
      <xsl:apply-templates select="." mode="envelope"><xsl:with-param name="version" select="$version"/></xsl:apply-templates>
    </xsl:variable>
    <xsl:variable name="answer">
      <xsl:apply-templates select="." mode="answered"><xsl:with-param name="version" select="$version"/></xsl:apply-templates>
    </xsl:variable>
    <xsl:variable name="field"><xsl:if test="$action"><xsl:value-of select="concat($action, '&#10;')"/></xsl:if></xsl:variable>
    <xsl:variable name="option"><xsl:if test="$action"><xsl:value-of select="concat(&quot;  -H '&quot;, $action, &quot;' \&#10;&quot;)"/></xsl:if></xsl:variable>
    <xsl:call-template name="form-samples">
      <xsl:with-param name="id" select="$id"/>
      <xsl:with-param name="title" select="$title"/>
      <xsl:with-param name="type" select="$type"/>
      <xsl:with-param name="request" select="concat('POST @PATH@ HTTP/1.1&#10;Host: @HOST@&#10;Content-Type: ', $type, '&#10;', $field, 'Content-Length: ', string-length($body), '&#10;&#10;', $body)"/>
      <xsl:with-param name="answer" select="concat($answer, '&#10;')"/>
      <xsl:with-param name="length" select="string-length($answer) + 2"/>
      <xsl:with-param name="curl" select="concat(&quot;curl '@ADDRESS@' \&#10;  -H 'Content-Type: &quot;, $type, &quot;' \&#10;&quot;, $option, &quot;  --data '&quot;, $body, &quot;'&quot;)"/>
    </xsl:call-template>
  </xsl:template>

  <xsl:template name="form-samples">
    <xsl:param name="id"/>
    <xsl:param name="title"/>
    <xsl:param name="type">text/xml; charset=utf-8</xsl:param>
    <xsl:param name="request"/>
    <xsl:param name="answer"/>
    <xsl:param name="length" select="string-length($answer)"/>
    <xsl:param name="curl"/>
    <section class="form" aria-labelledby="{$id}">
      <h3 id="{$id}"><xsl:value-of select="$title"/></h3>
      <xsl:call-template name="block">
        <xsl:with-param name="id" select="concat($id, '-request')"/>
        <xsl:with-param name="title">Request</xsl:with-param>
        <xsl:with-param name="text" select="$request"/>
      </xsl:call-template>
      <xsl:call-template name="answer">
        <xsl:with-param name="id" select="concat($id, '-answer')"/>
        <xsl:with-param name="type" select="$type"/>
        <xsl:with-param name="length" select="$length"/>
        <xsl:with-param name="answer" select="$answer"/>
      </xsl:call-template>
      <xsl:call-template name="block">
        <xsl:with-param name="id" select="concat($id, '-curl')"/>
        <xsl:with-param name="title">With curl</xsl:with-param>
        <xsl:with-param name="text" select="$curl"/>
      </xsl:call-template>
    </section>
  </xsl:template>

  <!-- An answer, whose result element, and with it the length, depends on the configuration (result_element). -->
  <xsl:template name="answer">
    <xsl:param name="id"/>
    <xsl:param name="type"/>
    <xsl:param name="length"/>
    <xsl:param name="answer"/>
    <xsl:variable name="element" select="($result-schema/s:element[@name = concat(current()/@name, 'Result')]//s:element)[1]/@name"/>
    <xsl:variable name="open" select="concat('&lt;', $element)"/>
    <xsl:variable name="close" select="concat('&lt;/', $element, '&gt;')"/>
    <xsl:variable name="more" select="(string-length('response') - string-length($element)) * (1 + contains($answer, $close))"/>
    <xsl:variable name="name">
      <xsl:call-template name="either">
        <xsl:with-param name="documented" select="$element"/>
        <xsl:with-param name="renamed">response</xsl:with-param>
      </xsl:call-template>
    </xsl:variable>
    <xsl:variable name="behind" select="substring-after($answer, $open)"/>
    <figure class="sample">
      <figcaption>Answer</figcaption>
      <pre id="{$id}">
        <xsl:value-of select="concat('HTTP/1.1 200 OK&#10;Content-Type: ', $type, '&#10;Cache-Control: no-store&#10;Content-Length: ')"/>
        <xsl:call-template name="either">
          <xsl:with-param name="documented" select="$length"/>
          <xsl:with-param name="renamed" select="$length + $more"/>
        </xsl:call-template>
        <xsl:value-of select="concat('&#10;&#10;', substring-before($answer, $open), '&lt;')"/>
        <xsl:copy-of select="$name"/>
        <xsl:choose>
          <xsl:when test="contains($behind, $close)">
            <xsl:value-of select="concat(substring-before($behind, $close), '&lt;/')"/>
            <xsl:copy-of select="$name"/>
            <xsl:value-of select="concat('&gt;', substring-after($behind, $close))"/>
          </xsl:when>
          <xsl:otherwise><xsl:value-of select="$behind"/></xsl:otherwise>
        </xsl:choose>
      </pre>
    </figure>
  </xsl:template>

  <xsl:template name="block">
    <xsl:param name="id"/>
    <xsl:param name="title"/>
    <xsl:param name="text"/>
    <figure class="sample">
      <figcaption><xsl:value-of select="$title"/></figcaption>
      <pre id="{$id}"><xsl:value-of select="$text"/></pre>
    </figure>
  </xsl:template>
</xsl:stylesheet>
