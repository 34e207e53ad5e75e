<?xml version="1.0" encoding="utf-8"?>
<!-- srvclient_results.h from srv.wsdl and results.xsd: a structure for each result, a function for each operation. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema">
  <xsl:import href="client-names.xsl"/>

  <xsl:template match="/">
    <xsl:text>/* Made from srv.wsdl and results.xsd by client-header.xsl: what each operation of the service takes and answers.
 * Include srvclient.h, which includes this.
 *
 * Strings are UTF-8 and belong to their structure; NULL is an attribute that is absent. A number, a bool or a time
 * that may be absent has a has_ beside it and is then 0. A time_t is an instant; a struct tm is the server's wall clock,
 * with tm_isdst -1. Parameters may be NULL, which is a parameter that is not sent.
 *
 * Errors of every function: all of enum srvclient_err. Owns: *out is the caller's on SRVCLIENT_OK. */
#ifndef SRVCLIENT_RESULTS_H
#define SRVCLIENT_RESULTS_H

</xsl:text>
    <xsl:for-each select="$types">
      <xsl:variable name="any"><xsl:call-template name="has-content"/></xsl:variable>
      <xsl:if test="$any != ''">
        <xsl:text>struct srvclient_</xsl:text>
        <xsl:call-template name="c-name"/>
        <xsl:text> {
</xsl:text>
        <xsl:call-template name="members"/>
        <xsl:call-template name="repeated"/>
        <xsl:text>};

</xsl:text>
      </xsl:if>
    </xsl:for-each>
    <xsl:for-each select="$operations">
      <xsl:variable name="name" select="@name"/>
      <xsl:variable name="params" select="$schema/s:element[@name = $name]/s:complexType/s:sequence/s:element"/>
      <xsl:value-of select="concat('/* ', @name, '. ', normalize-space(wsdl:documentation))"/>
      <xsl:for-each select="$params">
        <xsl:text>&#10; *   </xsl:text>
        <xsl:call-template name="c-name"/>
        <xsl:value-of select="concat(': ', normalize-space(s:annotation/s:documentation))"/>
      </xsl:for-each>
      <xsl:text> */
</xsl:text>
      <xsl:call-template name="signature"><xsl:with-param name="between" select="' '"/></xsl:call-template>
      <xsl:text>;
</xsl:text>
    </xsl:for-each>
    <xsl:text>
/* Each frees a result and NULLs the caller's pointer; NULL in it is fine. */
</xsl:text>
    <xsl:for-each select="$types[s:attributeGroup[substring-after(@ref, ':') = 'Outcome']]">
      <xsl:variable name="any"><xsl:call-template name="has-content"/></xsl:variable>
      <xsl:if test="$any != ''">
        <xsl:variable name="type"><xsl:call-template name="c-name"/></xsl:variable>
        <xsl:value-of select="concat('void srvclient_', $type, '_free(struct srvclient_', $type, ' **);&#10;')"/>
      </xsl:if>
    </xsl:for-each>
    <xsl:text>
#endif
</xsl:text>
  </xsl:template>

  <xsl:template match="s:attribute" mode="field">
    <xsl:variable name="kind"><xsl:call-template name="kind"/></xsl:variable>
    <xsl:variable name="has"><xsl:call-template name="has"><xsl:with-param name="kind" select="$kind"/></xsl:call-template></xsl:variable>
    <xsl:variable name="name"><xsl:call-template name="c-name"/></xsl:variable>
    <xsl:text>	</xsl:text>
    <xsl:choose>
      <xsl:when test="$kind = 'TEXT'">char *</xsl:when>
      <xsl:when test="$kind = 'INTEGER'">int64_t </xsl:when>
      <xsl:when test="$kind = 'DECIMAL'">double </xsl:when>
      <xsl:when test="$kind = 'BOOLEAN'">bool </xsl:when>
      <xsl:when test="$kind = 'UTC_TIME'">time_t </xsl:when>
      <xsl:when test="$kind = 'LOCAL_TIME'">struct tm </xsl:when>
    </xsl:choose>
    <xsl:value-of select="concat($name, ';')"/>
    <xsl:if test="s:annotation">
      <xsl:value-of select="concat(' /* ', normalize-space(s:annotation/s:documentation), ' */')"/>
    </xsl:if>
    <xsl:text>
</xsl:text>
    <xsl:if test="$has != ''"><xsl:value-of select="concat('&#9;bool has_', $name, ';&#10;')"/></xsl:if>
  </xsl:template>

  <xsl:template match="s:element" mode="list">
    <xsl:variable name="name"><xsl:call-template name="c-name"/></xsl:variable>
    <xsl:text>	struct srvclient_</xsl:text>
    <xsl:call-template name="c-name"><xsl:with-param name="name" select="substring-after(@type, ':')"/></xsl:call-template>
    <xsl:value-of select="concat(' *', $name, '; /* an array of ', $name, '_count */&#10;&#9;size_t ', $name, '_count;&#10;')"/>
  </xsl:template>
</xsl:stylesheet>
