<?xml version="1.0" encoding="utf-8"?>
<!-- The page that GET /srv.asmx shows, and what an unknown ?op= comes to: the operations, each with a link to its own page
     (operation.xsl), the documents, and the service as it is, for who may see that; from srv.wsdl and results.xsd. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:srv="http://tempuri.org/" exclude-result-prefixes="wsdl s srv">
  <xsl:import href="page.xsl"/>

  <xsl:template match="/">
    <xsl:call-template name="page">
      <xsl:with-param name="title" select="concat($definitions/wsdl:service/@name, ' Web Service')"/>
      <xsl:with-param name="main">
        <xsl:comment>if unknown</xsl:comment>
        <div class="alert" role="alert">
          <p><strong>There is no such operation.</strong> These are the ones there are.</p>
        </div>
        <xsl:comment>fi unknown</xsl:comment>
        <h1>Operations</h1>
        <p class="lead">Each takes SOAP 1.1, SOAP 1.2, HTTP GET and form POST at this address:</p>
        <figure class="sample address"><pre>@ADDRESS@</pre></figure>
        <ul class="operations">
          <xsl:for-each select="$operations">
            <li>
              <h2><a href="?op={@name}"><xsl:value-of select="@name"/></a></h2>
              <p><xsl:value-of select="wsdl:documentation"/></p>
              <p class="needs">
                <span class="pill">
                  <xsl:text>needs </xsl:text>
                  <xsl:value-of select="$result-schema/s:element[@name = concat(current()/@name, 'Result')]/s:annotation/s:appinfo/srv:operation/@needs"/>
                </span>
              </p>
            </li>
          </xsl:for-each>
        </ul>
      </xsl:with-param>
      <xsl:with-param name="beside">
        <div class="beside">
          <section aria-labelledby="status">
            <h2 id="status">This service</h2>
            <xsl:call-template name="with-forms">
              <xsl:with-param name="forms">
                <p>Administrators who log in see its version, since when its settings are loaded, and how many flushes
                  there were.</p>
                <xsl:call-template name="login-form"/>
                <details>
                  <summary>Show it for a ticket</summary>
                  <form class="status" method="post" action="?status">
                    <div class="field">
                      <label for="status-ticket">authenticationTicket</label>
                      <input id="status-ticket" class="ticket" name="authenticationTicket" type="text" autocomplete="off"
                          autocapitalize="none" spellcheck="false"/>
                    </div>
                    <div class="actions"><button>Show the status</button></div>
                  </form>
                </details>
              </xsl:with-param>
            </xsl:call-template>
          </section>
          <xsl:call-template name="documents"/>
        </div>
      </xsl:with-param>
    </xsl:call-template>
  </xsl:template>
</xsl:stylesheet>
