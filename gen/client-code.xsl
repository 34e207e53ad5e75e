<?xml version="1.0" encoding="utf-8"?>
<!-- srvclient_results.c from srv.wsdl and results.xsd, for impl/client/:
       type_<Type>            where each attribute and list of a result lies in its structure;
       client_operations      name, parameters, result and gSOAP stub of each operation;
       srvclient_<operation>  the library's functions. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema">
  <xsl:import href="client-names.xsl"/>
  <xsl:variable name="quote">"</xsl:variable>

  <xsl:template match="/">
    <xsl:text>/* Made from srv.wsdl and results.xsd by client-code.xsl. */
#include "../../impl/client/operation.h"
#include "../../impl/client/srvclient.h"
#include "soapH.h"
#include &lt;stdint.h&gt;

/* The stubs' parameters are not const, but are only read. */
#define PARAM(i) ((char *)(uintptr_t)params[i])

</xsl:text>
    <xsl:for-each select="$types">
      <xsl:value-of select="concat('static const struct srvclient_type type_', @name, ';&#10;')"/>
    </xsl:for-each>
    <xsl:text>
</xsl:text>
    <xsl:apply-templates select="$types"/>
    <xsl:apply-templates select="$operations"/>
    <xsl:text>const struct client_operation client_operations[] = {
</xsl:text>
    <xsl:for-each select="$operations">
      <xsl:variable name="name" select="@name"/>
      <xsl:variable name="type"><xsl:call-template name="result-type"/></xsl:variable>
      <xsl:value-of select="concat('&#9;{{', $quote, $name, $quote, ', ', $quote)"/>
      <xsl:value-of select="translate(normalize-space(wsdl:documentation), concat($quote, '\'), '')"/>
      <xsl:value-of select="concat($quote, ', params_', $name, ', ',
          count($schema/s:element[@name = $name]/s:complexType/s:sequence/s:element), ', &amp;type_', $type, '}, stub_', $name, '},&#10;')"/>
    </xsl:for-each>
    <xsl:text>};
const size_t client_operation_count = sizeof client_operations / sizeof client_operations[0];

</xsl:text>
    <xsl:for-each select="$operations">
      <xsl:variable name="name" select="@name"/>
      <xsl:variable name="index" select="position() - 1"/>
      <xsl:variable name="type"><xsl:call-template name="result-type"/></xsl:variable>
      <xsl:variable name="any"><xsl:for-each select="$types[@name = $type]"><xsl:call-template name="has-content"/></xsl:for-each></xsl:variable>
      <xsl:call-template name="signature"><xsl:with-param name="between" select="'&#10;'"/></xsl:call-template>
      <xsl:text>
{
	const char *const params[] = {</xsl:text>
      <xsl:for-each select="$schema/s:element[@name = $name]/s:complexType/s:sequence/s:element">
        <xsl:call-template name="c-name"/><xsl:text>, </xsl:text>
      </xsl:for-each>
      <xsl:text>NULL};
</xsl:text>
      <xsl:choose>
        <xsl:when test="$any = ''">
          <xsl:value-of select="concat('&#9;return srvclient_call(c, &amp;client_operations[', $index, '].about, params, NULL);&#10;}&#10;&#10;')"/>
        </xsl:when>
        <xsl:otherwise>
          <xsl:text>	void *result = NULL;
	enum srvclient_err err = srvclient_call(c, &amp;client_operations[</xsl:text>
          <xsl:value-of select="$index"/>
          <xsl:text>].about, params, &amp;result);
	if (err == SRVCLIENT_OK)
		*out = result;
	return err;
}

</xsl:text>
        </xsl:otherwise>
      </xsl:choose>
    </xsl:for-each>
    <xsl:for-each select="$types[s:attributeGroup[substring-after(@ref, ':') = 'Outcome']]">
      <xsl:variable name="any"><xsl:call-template name="has-content"/></xsl:variable>
      <xsl:if test="$any != ''">
        <xsl:variable name="type"><xsl:call-template name="c-name"/></xsl:variable>
        <xsl:value-of select="concat('void&#10;srvclient_', $type, '_free(struct srvclient_', $type, ' **p)&#10;{&#10;')"/>
        <xsl:value-of select="concat('&#9;void *result = *p;&#10;&#9;*p = NULL;&#10;&#9;srvclient_result_free(&amp;type_', @name, ', &amp;result);&#10;}&#10;&#10;')"/>
      </xsl:if>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="s:complexType">
    <xsl:variable name="fields"><xsl:call-template name="members"/></xsl:variable>
    <xsl:variable name="lists"><xsl:call-template name="repeated"/></xsl:variable>
    <xsl:if test="concat($fields, $lists) != ''">
      <xsl:text>#define S struct srvclient_</xsl:text><xsl:call-template name="c-name"/><xsl:text>
</xsl:text>
    </xsl:if>
    <xsl:if test="$fields != ''">
      <xsl:value-of select="concat('static const struct srvclient_field fields_', @name, '[] = {&#10;', $fields, '};&#10;')"/>
    </xsl:if>
    <xsl:if test="$lists != ''">
      <xsl:value-of select="concat('static const struct srvclient_list lists_', @name, '[] = {&#10;', $lists, '};&#10;')"/>
    </xsl:if>
    <xsl:value-of select="concat('static const struct srvclient_type type_', @name, ' = {.name = ', $quote, @name, $quote)"/>
    <xsl:if test="concat($fields, $lists) != ''">, .size = sizeof(S)</xsl:if>
    <xsl:if test="$fields != ''">
      <xsl:value-of select="concat(', .fields = fields_', @name, ', .field_count = sizeof fields_', @name, ' / sizeof *fields_', @name)"/>
    </xsl:if>
    <xsl:if test="$lists != ''">
      <xsl:value-of select="concat(', .lists = lists_', @name, ', .list_count = sizeof lists_', @name, ' / sizeof *lists_', @name)"/>
    </xsl:if>
    <xsl:text>};
</xsl:text>
    <xsl:if test="concat($fields, $lists) != ''">#undef S
</xsl:if>
    <xsl:text>
</xsl:text>
  </xsl:template>

  <xsl:template match="s:attribute" mode="field">
    <xsl:variable name="kind"><xsl:call-template name="kind"/></xsl:variable>
    <xsl:variable name="has"><xsl:call-template name="has"><xsl:with-param name="kind" select="$kind"/></xsl:call-template></xsl:variable>
    <xsl:variable name="name"><xsl:call-template name="c-name"/></xsl:variable>
    <xsl:value-of select="concat('&#9;{', $quote, @name, $quote, ', SRVCLIENT_', $kind)"/>
    <xsl:choose>
      <xsl:when test="@use = 'required'">, true</xsl:when>
      <xsl:otherwise>, false</xsl:otherwise>
    </xsl:choose>
    <xsl:value-of select="concat(', offsetof(S, ', $name, ')')"/>
    <xsl:choose>
      <xsl:when test="$has != ''"><xsl:value-of select="concat(', offsetof(S, has_', $name, ')')"/></xsl:when>
      <xsl:otherwise>, 0</xsl:otherwise>
    </xsl:choose>
    <xsl:text>},
</xsl:text>
  </xsl:template>

  <xsl:template match="s:element" mode="list">
    <xsl:variable name="name"><xsl:call-template name="c-name"/></xsl:variable>
    <xsl:text>	{</xsl:text>
    <xsl:choose>
      <xsl:when test="ancestor::s:element"><xsl:value-of select="concat($quote, ancestor::s:element[1]/@name, $quote)"/></xsl:when>
      <xsl:otherwise>NULL</xsl:otherwise>
    </xsl:choose>
    <xsl:value-of select="concat(', ', $quote, @name, $quote, ', &amp;type_', substring-after(@type, ':'),
        ', offsetof(S, ', $name, '), offsetof(S, ', $name, '_count)},&#10;')"/>
  </xsl:template>

  <xsl:template match="wsdl:operation">
    <xsl:variable name="name" select="@name"/>
    <xsl:variable name="params" select="$schema/s:element[@name = $name]/s:complexType/s:sequence/s:element"/>
    <xsl:value-of select="concat('static const char *const params_', $name, '[] = {')"/>
    <xsl:for-each select="$params"><xsl:value-of select="concat($quote, @name, $quote, ', ')"/></xsl:for-each>
    <xsl:text>NULL};
static int
stub_</xsl:text>
    <xsl:value-of select="concat($name, '(struct soap *soap, const char *endpoint, const char *const params[])&#10;{&#10;')"/>
    <xsl:value-of select="concat('&#9;struct _srv__', $name, ' in = {')"/>
    <xsl:for-each select="$params"><xsl:value-of select="concat('.', @name, ' = PARAM(', position() - 1, '), ')"/></xsl:for-each>
    <xsl:value-of select="concat('};&#10;&#9;struct _srv__', $name, 'Response out = {0};&#10;&#9;(void)params;&#10;&#9;return soap_call___srv__', $name)"/>
    <xsl:text>(soap, endpoint, NULL, &amp;in, &amp;out);
}

</xsl:text>
  </xsl:template>
</xsl:stylesheet>
