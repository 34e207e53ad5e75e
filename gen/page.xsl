<?xml version="1.0" encoding="utf-8"?>
<!-- What the service's pages share: the frame around them, the forms, and what stands where forms are switched off. srvd
     puts in what it knows only when asked (impl/endpoint/template.h): marks as @ADDRESS@, and what stands between the
     comments `if X` and `fi X` only where X holds. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:srv="http://tempuri.org/" exclude-result-prefixes="wsdl s srv">
  <xsl:import href="samples.xsl"/>
  <xsl:output method="html" encoding="utf-8" indent="no"/>

  <!-- The operation that gives tickets: the first whose result has an attribute of that type. -->
  <xsl:variable name="ticket-groups" select="$result-schema/s:complexType[s:attribute/@type = 'srv:Ticket']"/>
  <xsl:variable name="login" select="$operations[@name = substring-before(($result-schema/s:element[.//s:element/@type = concat('srv:', $ticket-groups/@name)]/@name)[1], 'Result')]"/>

  <xsl:template name="page">
    <xsl:param name="title"/>
    <xsl:param name="main"/>
    <xsl:param name="beside"/>
    <xsl:text disable-output-escaping="yes">&lt;!DOCTYPE html&gt;
</xsl:text>
    <html lang="en">
      <head>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <title><xsl:value-of select="$title"/></title>
        <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' fill='%230b6475'/%3E%3Cpath d='M4 8h8M9 5l3 3-3 3' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"/>
        <style>@STYLE@</style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <a class="brand" href="?"><xsl:value-of select="$definitions/wsdl:service/@name"/></a>
          <p><xsl:value-of select="$definitions/wsdl:service/wsdl:documentation"/></p>
        </header>
        <div class="frame">
          <main id="main" tabindex="-1"><xsl:copy-of select="$main"/></main>
          <xsl:copy-of select="$beside"/>
        </div>
        <script>@SCRIPT@</script>
      </body>
    </html>
  </xsl:template>

  <xsl:template name="documents">
    <section aria-labelledby="documents">
      <h2 id="documents">Documents</h2>
      <ul class="documents">
        <li><a href="?wsdl">WSDL</a><span>for SOAP toolkits</span></li>
        <li><a href="?wsdl=text">WSDL with text results</a><span>for .NET, and who wants strings</span></li>
        <li><a href="?openapi">OpenAPI 3.1</a><span>the GET and POST forms</span></li>
        <li><a href="?disco">Discovery</a><span>for who looks for services</span></li>
      </ul>
    </section>
  </xsl:template>

  <!-- What holds where each result element has the name that is documented, and where all are named response. -->
  <xsl:template name="either">
    <xsl:param name="documented"/>
    <xsl:param name="renamed"/>
    <xsl:choose>
      <xsl:when test="$documented = $renamed"><xsl:value-of select="$documented"/></xsl:when>
      <xsl:otherwise>
        <xsl:comment>if documented</xsl:comment>
        <xsl:value-of select="$documented"/>
        <xsl:comment>fi documented</xsl:comment>
        <xsl:comment>if renamed</xsl:comment>
        <xsl:value-of select="$renamed"/>
        <xsl:comment>fi renamed</xsl:comment>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- What is to be shown where forms are, and in their place elsewhere. -->
  <xsl:template name="with-forms">
    <xsl:param name="forms"/>
    <xsl:comment>if forms</xsl:comment>
    <xsl:copy-of select="$forms"/>
    <xsl:comment>fi forms</xsl:comment>
    <xsl:comment>if remote</xsl:comment>
    <p class="note">Forms are shown only to callers from the host that the service runs on. Its administrator can change that
      with <code>invoke_forms</code>.</p>
    <xsl:comment>fi remote</xsl:comment>
    <xsl:comment>if off</xsl:comment>
    <p class="note">Forms are switched off on this installation. Its administrator can change that with
      <code>invoke_forms</code>.</p>
    <xsl:comment>fi off</xsl:comment>
  </xsl:template>

  <!-- A form for the operation: a field for each parameter, two ways to send it. -->
  <xsl:template match="wsdl:operation" mode="form">
    <xsl:variable name="name" select="@name"/>
    <xsl:variable name="parameters" select="$definitions/wsdl:types/s:schema/s:element[@name = $name]//s:element"/>
    <form class="invoke" method="post" action="@HERE@/{$name}">
      <xsl:apply-templates select="$parameters" mode="field">
        <xsl:with-param name="prefix">invoke</xsl:with-param>
      </xsl:apply-templates>
      <div class="actions">
        <button>Invoke by POST</button>
        <button class="second" formmethod="get">Invoke by GET</button>
      </div>
      <xsl:if test="$parameters">
        <p class="hint">GET puts what you typed into the address, where histories and logs may keep it.</p>
      </xsl:if>
    </form>
  </xsl:template>

  <xsl:template name="login-form">
    <form class="login" method="post" action="@HERE@/{$login/@name}">
      <xsl:apply-templates select="$definitions/wsdl:types/s:schema/s:element[@name = $login/@name]//s:element" mode="field">
        <xsl:with-param name="prefix">login</xsl:with-param>
      </xsl:apply-templates>
      <div class="actions"><button>Log in</button></div>
      <p class="hint">The ticket is remembered until you leave or reload this page, and nowhere else.</p>
    </form>
  </xsl:template>

  <xsl:template match="s:element" mode="field">
    <xsl:param name="prefix"/>
    <div class="field">
      <label for="{$prefix}-{@name}">
        <xsl:value-of select="@name"/>
        <xsl:if test="$prefix != 'invoke'"><xsl:text> </xsl:text><span><xsl:value-of select="s:annotation/s:documentation"/></span></xsl:if>
      </label>
      <input id="{$prefix}-{@name}" name="{@name}" type="text" autocapitalize="none" spellcheck="false" autocomplete="off">
        <xsl:if test="@name = 'UID'"><xsl:attribute name="autocomplete">username</xsl:attribute></xsl:if>
        <xsl:if test="@name = 'PWD'">
          <xsl:attribute name="type">password</xsl:attribute>
          <xsl:attribute name="autocomplete">current-password</xsl:attribute>
        </xsl:if>
        <xsl:if test="contains(@name, 'icket')"><xsl:attribute name="class">ticket</xsl:attribute></xsl:if>
        <xsl:if test="$prefix = 'invoke'">
          <xsl:attribute name="aria-describedby"><xsl:value-of select="concat('about-', @name)"/></xsl:attribute>
        </xsl:if>
      </input>
    </div>
  </xsl:template>
</xsl:stylesheet>
