<?xml version="1.0" encoding="utf-8"?>
<!-- The OpenAPI 3.1 description that ?openapi publishes, of the GET and POST forms: operations and parameters from
     srv.wsdl, results and errors from results.xsd, whose types become schemas. Attributes of the result element are
     properties with xml.attribute. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:srv="http://tempuri.org/">
  <xsl:import href="samples.xsl"/>
  <xsl:output method="text" encoding="utf-8"/>
  <xsl:param name="version"/>

  <!-- ==== strings ==== -->
  <xsl:template name="escaped">
    <xsl:param name="text"/>
    <xsl:param name="what"/>
    <xsl:choose>
      <xsl:when test="contains($text, $what)">
        <xsl:value-of select="concat(substring-before($text, $what), '\', $what)"/>
        <xsl:call-template name="escaped">
          <xsl:with-param name="text" select="substring-after($text, $what)"/>
          <xsl:with-param name="what" select="$what"/>
        </xsl:call-template>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$text"/></xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template name="string">
    <xsl:param name="text"/>
    <xsl:variable name="backslashes">
      <xsl:call-template name="escaped">
        <xsl:with-param name="text" select="normalize-space($text)"/>
        <xsl:with-param name="what" select="'\'"/>
      </xsl:call-template>
    </xsl:variable>
    <xsl:text>"</xsl:text>
    <xsl:call-template name="escaped">
      <xsl:with-param name="text" select="$backslashes"/>
      <xsl:with-param name="what" select="'&quot;'"/>
    </xsl:call-template>
    <xsl:text>"</xsl:text>
  </xsl:template>

  <xsl:template name="comma"><xsl:if test="position() &gt; 1">, </xsl:if></xsl:template>

  <!-- ==== the whole ==== -->
  <xsl:template match="/">
    <xsl:text>{&#10;"openapi": "3.1.0",&#10;"info": {"title": </xsl:text>
    <xsl:call-template name="string"><xsl:with-param name="text" select="$definitions/wsdl:service/@name"/></xsl:call-template>
    <xsl:text>, "version": </xsl:text>
    <xsl:call-template name="string"><xsl:with-param name="text" select="$version"/></xsl:call-template>
    <xsl:text>, "description": </xsl:text>
    <xsl:call-template name="string"><xsl:with-param name="text" select="$definitions/wsdl:service/wsdl:documentation"/></xsl:call-template>
    <xsl:text>},&#10;"servers": [{"url": "@ADDRESS@"}],&#10;"paths": {</xsl:text>
    <xsl:for-each select="$operations">
      <xsl:if test="position() &gt; 1">,</xsl:if>
      <xsl:value-of select="concat('&#10;&quot;/', @name, '&quot;: {&#10;  &quot;get&quot;: ')"/>
      <xsl:apply-templates select="." mode="method"><xsl:with-param name="method">Get</xsl:with-param></xsl:apply-templates>
      <xsl:text>,&#10;  "post": </xsl:text>
      <xsl:apply-templates select="." mode="method"><xsl:with-param name="method">Post</xsl:with-param></xsl:apply-templates>
      <xsl:text>&#10;}</xsl:text>
    </xsl:for-each>
    <xsl:text>&#10;},&#10;"components": {&#10;"responses": {
  "BadRequest": {"description": "The parameters are not well formed, or over a limit.", "content": {"text/plain": {"schema": {"type": "string"}}}},
  "Forbidden": {"description": "A page of another site is asking.", "content": {"text/plain": {"schema": {"type": "string"}}}}
},
"schemas": {</xsl:text>
    <xsl:for-each select="$result-schema/s:simpleType | $result-schema/s:complexType">
      <xsl:if test="position() &gt; 1">,</xsl:if>
      <xsl:value-of select="concat('&#10;  &quot;', @name, '&quot;: ')"/>
      <xsl:apply-templates select="." mode="schema"/>
    </xsl:for-each>
    <xsl:text>&#10;}&#10;}&#10;}&#10;</xsl:text>
  </xsl:template>

  <!-- ==== operations ==== -->
  <xsl:template match="wsdl:operation" mode="method">
    <xsl:param name="method"/>
    <xsl:variable name="parameters" select="$definitions/wsdl:types/s:schema/s:element[@name = current()/@name]//s:element"/>
    <xsl:variable name="result" select="$result-schema/s:element[@name = concat(current()/@name, 'Result')]"/>
    <xsl:variable name="about" select="$result/s:annotation/s:appinfo/srv:operation"/>
    <xsl:value-of select="concat('{&quot;operationId&quot;: &quot;', @name, $method, '&quot;,&#10;    &quot;description&quot;: ')"/>
    <xsl:call-template name="string">
      <xsl:with-param name="text" select="concat(wsdl:documentation, ' (Needs ', $about/@needs, '.)')"/>
    </xsl:call-template>
    <xsl:if test="$parameters and $method = 'Get'">
      <xsl:text>,&#10;    "parameters": [</xsl:text>
      <xsl:for-each select="$parameters">
        <xsl:call-template name="comma"/>
        <xsl:value-of select="concat('{&quot;name&quot;: &quot;', @name, '&quot;, &quot;in&quot;: &quot;query&quot;, &quot;description&quot;: ')"/>
        <xsl:call-template name="string"><xsl:with-param name="text" select="s:annotation/s:documentation"/></xsl:call-template>
        <xsl:text>, "schema": {"type": "string"}, "example": </xsl:text>
        <xsl:apply-templates select="." mode="quoted"/>
        <xsl:text>}</xsl:text>
      </xsl:for-each>
      <xsl:text>]</xsl:text>
    </xsl:if>
    <xsl:if test="$method = 'Post'">
      <xsl:text>,&#10;    "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {</xsl:text>
      <xsl:for-each select="$parameters">
        <xsl:call-template name="comma"/>
        <xsl:value-of select="concat('&quot;', @name, '&quot;: {&quot;type&quot;: &quot;string&quot;, &quot;description&quot;: ')"/>
        <xsl:call-template name="string"><xsl:with-param name="text" select="s:annotation/s:documentation"/></xsl:call-template>
        <xsl:text>, "examples": [</xsl:text>
        <xsl:apply-templates select="." mode="quoted"/>
        <xsl:text>]}</xsl:text>
      </xsl:for-each>
      <xsl:text>}}}}}</xsl:text>
    </xsl:if>
    <xsl:text>,&#10;    "responses": {"200": {"description": </xsl:text>
    <xsl:variable name="errors">
      <xsl:text>Success, or success="false" with an error</xsl:text>
      <xsl:for-each select="$info/srv:error[contains(concat(' ', $about/@errors, ' '), concat(' ', @name, ' '))]">
        <xsl:value-of select="concat(substring(';:', 2 - number(position() &gt; 1), 1), ' ', @text)"/>
      </xsl:for-each>
      <xsl:text>.</xsl:text>
    </xsl:variable>
    <xsl:call-template name="string"><xsl:with-param name="text" select="$errors"/></xsl:call-template>
    <xsl:text>,&#10;      "content": {"text/xml": {"schema": </xsl:text>
    <xsl:variable name="element" select="($result//s:element)[1]"/>
    <xsl:value-of select="concat('{&quot;$ref&quot;: &quot;#/components/schemas/', substring-after($element/@type, ':'), '&quot;, &quot;xml&quot;: {&quot;name&quot;: &quot;')"/>
    <xsl:choose>
      <xsl:when test="$element/@name = 'response'">response</xsl:when>
      <xsl:otherwise>
        <xsl:value-of select="concat('&lt;!--if documented--&gt;', $element/@name, '&lt;!--fi documented--&gt;&lt;!--if renamed--&gt;response&lt;!--fi renamed--&gt;')"/>
      </xsl:otherwise>
    </xsl:choose>
    <xsl:text>"}}</xsl:text>
    <xsl:text>}}},&#10;      "400": {"$ref": "#/components/responses/BadRequest"}, "403": {"$ref": "#/components/responses/Forbidden"}}}</xsl:text>
  </xsl:template>

  <xsl:template match="s:element" mode="quoted">
    <xsl:text>"</xsl:text><xsl:apply-templates select="." mode="value"/><xsl:text>"</xsl:text>
  </xsl:template>

  <!-- ==== types ==== -->
  <xsl:template match="s:complexType" mode="schema">
    <xsl:variable name="groups" select="$result-schema/s:attributeGroup[concat('srv:', @name) = current()/s:attributeGroup/@ref]"/>
    <xsl:variable name="required" select="$groups/s:attribute[@use = 'required'] | s:attribute[@use = 'required']"/>
    <xsl:text>{"type": "object", "properties": {</xsl:text>
    <xsl:for-each select="$groups/s:attribute | s:attribute | s:sequence/s:element">
      <xsl:call-template name="comma"/>
      <xsl:value-of select="concat('&quot;', @name, '&quot;: ')"/>
      <xsl:apply-templates select="." mode="schema"/>
    </xsl:for-each>
    <xsl:text>}</xsl:text>
    <xsl:if test="$required">
      <xsl:text>, "required": [</xsl:text>
      <xsl:for-each select="$required">
        <xsl:call-template name="comma"/>
        <xsl:value-of select="concat('&quot;', @name, '&quot;')"/>
      </xsl:for-each>
      <xsl:text>]</xsl:text>
    </xsl:if>
    <xsl:text>}</xsl:text>
  </xsl:template>

  <xsl:template match="s:attribute" mode="schema">
    <xsl:text>{</xsl:text>
    <xsl:apply-templates select="@type" mode="schema"/>
    <xsl:for-each select="s:annotation/s:documentation">
      <xsl:text>, "description": </xsl:text>
      <xsl:call-template name="string"><xsl:with-param name="text" select="."/></xsl:call-template>
    </xsl:for-each>
    <xsl:text>, "xml": {"attribute": true}}</xsl:text>
  </xsl:template>

  <xsl:template match="s:element" mode="schema">
    <xsl:if test="@maxOccurs = 'unbounded'">{"type": "array", "items": </xsl:if>
    <xsl:choose>
      <xsl:when test="@type">{<xsl:apply-templates select="@type" mode="schema"/>}</xsl:when>
      <xsl:otherwise><xsl:apply-templates select="s:complexType" mode="schema"/></xsl:otherwise>
    </xsl:choose>
    <xsl:if test="@maxOccurs = 'unbounded'">}</xsl:if>
  </xsl:template>

  <!-- A type's name, of results.xsd or of XML Schema, as the keywords for it. -->
  <xsl:template match="@type | @base" mode="schema">
    <xsl:choose>
      <xsl:when test="starts-with(., 'srv:')">
        <xsl:value-of select="concat('&quot;$ref&quot;: &quot;#/components/schemas/', substring-after(., ':'), '&quot;')"/>
      </xsl:when>
      <xsl:when test=". = 'xs:boolean'">"type": "boolean"</xsl:when>
      <xsl:when test=". = 'xs:long'">"type": "integer", "format": "int64"</xsl:when>
      <xsl:when test=". = 'xs:decimal'">"type": "number"</xsl:when>
      <xsl:when test=". = 'xs:string' or . = 'xs:dateTime'">"type": "string"</xsl:when>
      <xsl:otherwise>
        <xsl:message terminate="yes">openapi.xsl does not know the type <xsl:value-of select="."/></xsl:message>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <xsl:template match="s:simpleType[s:union]" mode="schema">{"type": "string"}</xsl:template>

  <xsl:template match="s:simpleType" mode="schema">
    <xsl:text>{</xsl:text>
    <xsl:apply-templates select="s:restriction/@base" mode="schema"/>
    <xsl:for-each select="s:restriction/s:pattern">
      <xsl:text>, "pattern": </xsl:text>
      <xsl:call-template name="string"><xsl:with-param name="text" select="concat('^(?:', @value, ')$')"/></xsl:call-template>
    </xsl:for-each>
    <xsl:if test="s:restriction/s:enumeration">
      <xsl:text>, "enum": [</xsl:text>
      <xsl:for-each select="s:restriction/s:enumeration">
        <xsl:call-template name="comma"/>
        <xsl:call-template name="string"><xsl:with-param name="text" select="@value"/></xsl:call-template>
      </xsl:for-each>
      <xsl:text>]</xsl:text>
    </xsl:if>
    <xsl:text>}</xsl:text>
  </xsl:template>
</xsl:stylesheet>
