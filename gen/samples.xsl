<?xml version="1.0" encoding="utf-8"?>
<!-- Sample values, requests and answers of an operation, as text, for the pages. Values come from results.xsd, by name or
     by type. A request may be sent as it stands, and an answer is what srvd answers, byte for byte behind its head, so
     that the lengths in both are right; that is why samples are plain ASCII, and the build ends if one is not. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:srv="http://tempuri.org/" exclude-result-prefixes="wsdl s srv">
  <xsl:param name="results"/>
  <xsl:variable name="definitions" select="/wsdl:definitions"/>
  <xsl:variable name="namespace" select="$definitions/@targetNamespace"/>
  <xsl:variable name="operations" select="$definitions/wsdl:portType[@name = 'SrvSoap']/wsdl:operation"/>
  <xsl:variable name="result-schema" select="document($results)/s:schema"/>
  <xsl:variable name="info" select="$result-schema/s:annotation/s:appinfo"/>
  <xsl:variable name="plain" select="'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._'"/>
  <xsl:variable name="soap11" select="'http://schemas.xmlsoap.org/soap/envelope/'"/>
  <xsl:variable name="soap12" select="'http://www.w3.org/2003/05/soap-envelope'"/>
  <xsl:variable name="declaration" select="'&lt;?xml version=&quot;1.0&quot; encoding=&quot;utf-8&quot;?&gt;&#10;'"/>

  <!-- ==== values ==== -->
  <!-- The value for what has that name and type; empty: it is not there in an answer that says success. -->
  <xsl:template name="sample">
    <xsl:param name="name"/>
    <xsl:param name="type"/>
    <xsl:variable name="named" select="$info/srv:sample[contains(concat(' ', @of, ' '), concat(' ', $name, ' '))]"/>
    <xsl:variable name="typed" select="$info/srv:sample[contains(concat(' ', @of, ' '), concat(' ', $type, ' '))]"/>
    <xsl:variable name="values" select="$result-schema/s:simpleType[concat('srv:', @name) = $type]//s:enumeration/@value"/>
    <xsl:variable name="value">
      <xsl:choose>
        <xsl:when test="$named"><xsl:value-of select="$named"/></xsl:when>
        <xsl:when test="$values"><xsl:value-of select="$values"/></xsl:when>
        <xsl:when test="$typed"><xsl:value-of select="$typed"/></xsl:when>
        <xsl:otherwise>string</xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <xsl:if test="translate($value, concat($plain, ' :/@'), '') != ''">
      <xsl:message terminate="yes">results.xsd: the sample "<xsl:value-of select="$value"/>" would have to be escaped</xsl:message>
    </xsl:if>
    <xsl:value-of select="$value"/>
  </xsl:template>

  <xsl:template match="s:element" mode="value">
    <xsl:variable name="value">
      <xsl:call-template name="sample">
        <xsl:with-param name="name" select="@name"/>
        <xsl:with-param name="type" select="@type"/>
      </xsl:call-template>
    </xsl:variable>
    <xsl:if test="translate($value, $plain, '') != ''">
      <xsl:message terminate="yes">results.xsd: the sample of the parameter <xsl:value-of select="@name"/> would have to be escaped in a URL</xsl:message>
    </xsl:if>
    <xsl:value-of select="$value"/>
  </xsl:template>

  <!-- ==== the result element, as impl/base/xml.h writes it ==== -->
  <xsl:template match="s:element" mode="result">
    <xsl:variable name="type" select="s:complexType | $result-schema/s:complexType[concat('srv:', @name) = current()/@type]"/>
    <xsl:value-of select="concat('&lt;', @name)"/>
    <xsl:apply-templates select="$type/s:attributeGroup | $type/s:attribute" mode="result"/>
    <xsl:choose>
      <xsl:when test="$type//s:element">
        <xsl:text>&gt;</xsl:text>
        <xsl:apply-templates select="$type/s:sequence/s:element" mode="result"/>
        <xsl:value-of select="concat('&lt;/', @name, '&gt;')"/>
      </xsl:when>
      <xsl:otherwise> /&gt;</xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match="s:attributeGroup" mode="result">
    <xsl:apply-templates select="$result-schema/s:attributeGroup[concat('srv:', @name) = current()/@ref]/s:attribute" mode="result"/>
  </xsl:template>

  <xsl:template match="s:attribute" mode="result">
    <xsl:variable name="value">
      <xsl:call-template name="sample">
        <xsl:with-param name="name" select="@name"/>
        <xsl:with-param name="type" select="@type"/>
      </xsl:call-template>
    </xsl:variable>
    <xsl:if test="$value != ''"><xsl:value-of select="concat(' ', @name, '=&quot;', $value, '&quot;')"/></xsl:if>
  </xsl:template>

  <!-- ==== bodies; each of these is called at the operation ==== -->
  <xsl:template match="wsdl:operation" mode="result">
    <xsl:apply-templates select="($result-schema/s:element[@name = concat(current()/@name, 'Result')]//s:element)[1]" mode="result"/>
  </xsl:template>

  <xsl:template match="wsdl:operation" mode="query">
    <xsl:for-each select="$definitions/wsdl:types/s:schema/s:element[@name = current()/@name]//s:element">
      <xsl:if test="position() &gt; 1">&amp;</xsl:if>
      <xsl:value-of select="concat(@name, '=')"/>
      <xsl:apply-templates select="." mode="value"/>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="wsdl:operation" mode="envelope">
    <xsl:param name="version"/>
    <xsl:value-of select="concat($declaration, '&lt;soap:Envelope xmlns:soap=&quot;', $version, '&quot;&gt;&#10;  &lt;soap:Body&gt;&#10;    &lt;', @name, ' xmlns=&quot;', $namespace, '&quot;&gt;&#10;')"/>
    <xsl:for-each select="$definitions/wsdl:types/s:schema/s:element[@name = current()/@name]//s:element">
      <xsl:value-of select="concat('      &lt;', @name, '&gt;')"/>
      <xsl:apply-templates select="." mode="value"/>
      <xsl:value-of select="concat('&lt;/', @name, '&gt;&#10;')"/>
    </xsl:for-each>
    <xsl:value-of select="concat('    &lt;/', @name, '&gt;&#10;  &lt;/soap:Body&gt;&#10;&lt;/soap:Envelope&gt;&#10;')"/>
  </xsl:template>

  <!-- The envelope as gSOAP writes it around a result, without the CR LF behind it. -->
  <xsl:template match="wsdl:operation" mode="answered">
    <xsl:param name="version"/>
    <xsl:variable name="encoding">
      <xsl:choose>
        <xsl:when test="$version = $soap11">http://schemas.xmlsoap.org/soap/encoding/</xsl:when>
        <xsl:otherwise>http://www.w3.org/2003/05/soap-encoding</xsl:otherwise>
      </xsl:choose>
    </xsl:variable>
    <xsl:value-of select="concat('&lt;?xml version=&quot;1.0&quot; encoding=&quot;UTF-8&quot;?&gt;&#10;&lt;SOAP-ENV:Envelope xmlns:SOAP-ENV=&quot;', $version, '&quot; xmlns:SOAP-ENC=&quot;', $encoding)"/>
    <xsl:value-of select="concat('&quot; xmlns:xsi=&quot;http://www.w3.org/2001/XMLSchema-instance&quot; xmlns:xsd=&quot;http://www.w3.org/2001/XMLSchema&quot; xmlns:srv=&quot;', $namespace, '&quot;&gt;')"/>
    <xsl:value-of select="concat('&lt;SOAP-ENV:Body&gt;&lt;srv:', @name, 'Response&gt;&lt;srv:', @name, 'Result&gt;')"/>
    <xsl:apply-templates select="." mode="result"/>
    <xsl:value-of select="concat('&lt;/srv:', @name, 'Result&gt;&lt;/srv:', @name, 'Response&gt;&lt;/SOAP-ENV:Body&gt;&lt;/SOAP-ENV:Envelope&gt;')"/>
  </xsl:template>

  <!-- ==== commands ==== -->
  <!-- The call with srvctl, if one of its commands makes it: a user's name is its argument, a password comes through a
       pipe, a ticket in the environment. -->
  <xsl:template match="wsdl:operation" mode="srvctl">
    <xsl:variable name="parameters" select="$definitions/wsdl:types/s:schema/s:element[@name = current()/@name]//s:element"/>
    <xsl:variable name="command" select="$result-schema/s:element[@name = concat(current()/@name, 'Result')]/s:annotation/s:appinfo/srv:operation/@srvctl"/>
    <xsl:if test="$command">
      <xsl:for-each select="$parameters[@name = 'PWD']">
        <xsl:text>printf '%s\n' '</xsl:text><xsl:apply-templates select="." mode="value"/><xsl:text>' | </xsl:text>
      </xsl:for-each>
      <xsl:for-each select="$parameters[contains(@name, 'icket')]">
        <xsl:text>SRV_TICKET='</xsl:text><xsl:apply-templates select="." mode="value"/><xsl:text>' </xsl:text>
      </xsl:for-each>
      <xsl:value-of select="concat('srvctl --url ', &quot;'@ADDRESS@' &quot;, $command)"/>
      <xsl:for-each select="$parameters[@name = 'UID']">
        <xsl:text> '</xsl:text><xsl:apply-templates select="." mode="value"/><xsl:text>'</xsl:text>
      </xsl:for-each>
      <xsl:for-each select="$parameters[@name = 'Lang']">
        <xsl:text> --language '</xsl:text><xsl:apply-templates select="." mode="value"/><xsl:text>'</xsl:text>
      </xsl:for-each>
    </xsl:if>
  </xsl:template>
</xsl:stylesheet>
