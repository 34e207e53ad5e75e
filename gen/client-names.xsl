<?xml version="1.0" encoding="utf-8"?>
<!-- What the client library's header and code have in common: how names and types of the contract are spelt in C.
       names     WhNo is wh_no, UTC_Offset is utc_offset
       kinds     a simple type is followed to what XML Schema builds it from: TEXT, INTEGER, DECIMAL, BOOLEAN (also the
                 words True and False), UTC_TIME (a dateTime whose pattern ends in Z), LOCAL_TIME (one whose does not)
       presence  all attributes but strings that need not be there, or may be empty, have a has_<name> beside them
     The group Outcome (success and error) is not in the structures: a call's own error says it. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema">
  <xsl:output method="text" encoding="utf-8"/>
  <xsl:param name="results"/>
  <xsl:variable name="schema" select="/wsdl:definitions/wsdl:types/s:schema"/>
  <xsl:variable name="operations" select="/wsdl:definitions/wsdl:portType[@name = 'SrvSoap']/wsdl:operation"/>
  <xsl:variable name="result-schema" select="document($results)/s:schema"/>
  <xsl:variable name="types" select="$result-schema/s:complexType"/>
  <xsl:variable name="upper" select="'ABCDEFGHIJKLMNOPQRSTUVWXYZ'"/>
  <xsl:variable name="lower" select="'abcdefghijklmnopqrstuvwxyz'"/>
  <xsl:variable name="keywords" select="' auto bool break case char const continue default do double else enum extern false float for goto if inline int long register restrict return short signed sizeof static struct switch true typedef union unsigned void volatile while class delete new operator private public this throw '"/>

  <xsl:template name="snake">
    <xsl:param name="name"/>
    <xsl:param name="before" select="'_'"/>
    <xsl:if test="$name != ''">
      <xsl:variable name="c" select="substring($name, 1, 1)"/>
      <xsl:if test="contains($upper, $c) and $before != '_' and not(contains($upper, $before))">_</xsl:if>
      <xsl:value-of select="translate($c, $upper, $lower)"/>
      <xsl:call-template name="snake">
        <xsl:with-param name="name" select="substring($name, 2)"/>
        <xsl:with-param name="before" select="$c"/>
      </xsl:call-template>
    </xsl:if>
  </xsl:template>

  <!-- A name in C; a word of the language gets an underscore behind it. -->
  <xsl:template name="c-name">
    <xsl:param name="name" select="@name"/>
    <xsl:if test="$name = '' or translate($name, concat($upper, $lower, '0123456789_'), '') != ''">
      <xsl:message terminate="yes">"<xsl:value-of select="$name"/>" is no name for C</xsl:message>
    </xsl:if>
    <xsl:variable name="word"><xsl:call-template name="snake"><xsl:with-param name="name" select="$name"/></xsl:call-template></xsl:variable>
    <xsl:value-of select="$word"/>
    <xsl:if test="contains($keywords, concat(' ', $word, ' '))">_</xsl:if>
  </xsl:template>

  <!-- The kind of a simple type; utc: a pattern on the way here ended in Z. -->
  <xsl:template name="kind">
    <xsl:param name="type" select="@type"/>
    <xsl:param name="pattern" select="''"/>
    <xsl:variable name="local" select="substring-after($type, ':')"/>
    <xsl:variable name="simple" select="$result-schema/s:simpleType[@name = $local]"/>
    <xsl:choose>
      <xsl:when test="starts-with($type, 'xs:')">
        <xsl:variable name="word" select="concat(' ', $local, ' ')"/>
        <xsl:choose>
          <xsl:when test="contains(' string normalizedString token anyURI ', $word)">TEXT</xsl:when>
          <xsl:when test="contains(' long int short byte unsignedInt unsignedShort unsignedByte ', $word)">INTEGER</xsl:when>
          <xsl:when test="contains(' decimal ', $word)">DECIMAL</xsl:when>
          <xsl:when test="contains(' boolean ', $word)">BOOLEAN</xsl:when>
          <xsl:when test="$local = 'dateTime' and substring($pattern, string-length($pattern)) = 'Z'">UTC_TIME</xsl:when>
          <xsl:when test="$local = 'dateTime' and $pattern != ''">LOCAL_TIME</xsl:when>
          <xsl:otherwise>
            <xsl:message terminate="yes">results.xsd: <xsl:value-of select="$type"/> has no type in C (a dateTime needs a pattern that says whether it ends in Z)</xsl:message>
          </xsl:otherwise>
        </xsl:choose>
      </xsl:when>
      <xsl:when test="not($simple)">
        <xsl:message terminate="yes">results.xsd: there is no simple type <xsl:value-of select="$type"/></xsl:message>
      </xsl:when>
      <xsl:when test="count($simple/s:restriction/s:enumeration) = 2 and $simple/s:restriction/s:enumeration/@value = 'True'
          and $simple/s:restriction/s:enumeration/@value = 'False'">BOOLEAN</xsl:when>
      <xsl:otherwise>
        <xsl:call-template name="kind">
          <xsl:with-param name="type" select="$simple/s:restriction/@base | $simple/s:union/@memberTypes"/>
          <xsl:with-param name="pattern" select="concat($pattern, $simple/s:restriction/s:pattern/@value)"/>
        </xsl:call-template>
      </xsl:otherwise>
    </xsl:choose>
  </xsl:template>

  <!-- For an attribute: 1 if a value that is absent or empty must be told from one that is there. -->
  <xsl:template name="has">
    <xsl:param name="kind"/>
    <xsl:variable name="simple" select="$result-schema/s:simpleType[@name = substring-after(current()/@type, ':')]"/>
    <xsl:if test="$kind != 'TEXT' and (not(@use = 'required') or $simple/s:union)">1</xsl:if>
  </xsl:template>

  <!-- The result type of an operation, without its prefix. -->
  <xsl:template name="result-type">
    <xsl:variable name="element" select="$result-schema/s:element[@name = concat(current()/@name, 'Result')]//s:element[1]"/>
    <xsl:if test="not($element)">
      <xsl:message terminate="yes">results.xsd has no element <xsl:value-of select="@name"/>Result</xsl:message>
    </xsl:if>
    <xsl:value-of select="substring-after($element[1]/@type, ':')"/>
  </xsl:template>

  <!-- `enum srvclient_err` and the function of an operation with its parameters, up to the closing parenthesis. -->
  <xsl:template name="signature">
    <xsl:param name="between"/>
    <xsl:variable name="name" select="@name"/>
    <xsl:variable name="type"><xsl:call-template name="result-type"/></xsl:variable>
    <xsl:value-of select="concat('enum srvclient_err', $between, 'srvclient_')"/>
    <xsl:call-template name="c-name"/>
    <xsl:text>(struct srvclient *c</xsl:text>
    <xsl:for-each select="$schema/s:element[@name = $name]/s:complexType/s:sequence/s:element">
      <xsl:text>, const char *</xsl:text>
      <xsl:call-template name="c-name"/>
    </xsl:for-each>
    <xsl:for-each select="$types[@name = $type]">
      <xsl:variable name="any"><xsl:call-template name="has-content"/></xsl:variable>
      <xsl:if test="$any != ''">
        <xsl:text>, struct srvclient_</xsl:text>
        <xsl:call-template name="c-name"/>
        <xsl:text> **out</xsl:text>
      </xsl:if>
    </xsl:for-each>
    <xsl:text>)</xsl:text>
  </xsl:template>

  <!-- For a complex type: not empty if it has anything besides its outcome. -->
  <xsl:template name="has-content">
    <xsl:if test="s:attribute or s:attributeGroup[substring-after(@ref, ':') != 'Outcome'] or .//s:element">1</xsl:if>
  </xsl:template>

  <!-- Its attributes in order, in the mode field; then its repeated elements, in the mode list. -->
  <xsl:template name="members">
    <xsl:for-each select="s:attribute | s:attributeGroup[substring-after(@ref, ':') != 'Outcome']">
      <xsl:variable name="group" select="substring-after(@ref, ':')"/>
      <xsl:apply-templates select="self::s:attribute | $result-schema/s:attributeGroup[@name = $group]/s:attribute" mode="field"/>
    </xsl:for-each>
  </xsl:template>
  <xsl:template name="repeated">
    <xsl:for-each select=".//s:element[not(s:complexType)]">
      <xsl:if test="not(@maxOccurs = 'unbounded') or not($types[@name = substring-after(current()/@type, ':')])">
        <xsl:message terminate="yes">results.xsd: <xsl:value-of select="@name"/> is neither repeated elements of a named type nor an element around such</xsl:message>
      </xsl:if>
      <xsl:apply-templates select="." mode="list"/>
    </xsl:for-each>
  </xsl:template>
</xsl:stylesheet>
