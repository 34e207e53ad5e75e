<?xml version="1.0" encoding="utf-8"?>
<!-- The operation table and the seams between gSOAP and the operations, in C, from srv.wsdl and results.xsd:
       op_table             name, result element and parameters of each operation, and its implementation;
       __srv__<Operation>   what gSOAP's skeleton calls: hands the parsed parameters to endpoint/;
       op_put[]             what serialises each operation's response element.
     An operation in the WSDL without op_<Operation> under impl/operations/ does not link. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema">
  <xsl:output method="text" encoding="utf-8"/>
  <xsl:param name="results"/>
  <xsl:variable name="schema" select="/wsdl:definitions/wsdl:types/s:schema"/>
  <xsl:variable name="operations" select="/wsdl:definitions/wsdl:portType[@name = 'SrvSoap']/wsdl:operation"/>
  <xsl:variable name="result-elements" select="document($results)/s:schema/s:element"/>
  <xsl:variable name="letters" select="'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'"/>

  <xsl:template name="check-name">
    <xsl:param name="name"/>
    <xsl:if test="$name = '' or translate($name, $letters, '') != ''">
      <xsl:message terminate="yes">srv.wsdl: the name "<xsl:value-of select="$name"/>" is not made of letters and digits alone</xsl:message>
    </xsl:if>
  </xsl:template>

  <xsl:template match="/">
    <xsl:text>/* Made from srv.wsdl and results.xsd by operations.xsl. */
#include "../../impl/endpoint/wire.h"
#include "SrvSoap.nsmap"
#include "soapH.h"

</xsl:text>
    <xsl:for-each select="$operations">
      <xsl:call-template name="check-name"><xsl:with-param name="name" select="@name"/></xsl:call-template>
      <xsl:variable name="name" select="@name"/>
      <xsl:variable name="params" select="$schema/s:element[@name = $name]/s:complexType/s:sequence/s:element"/>
      <xsl:text>_Static_assert(</xsl:text><xsl:value-of select="count($params)"/><xsl:text> &lt;= OP_PARAMS_MAX, "parameters of </xsl:text><xsl:value-of select="@name"/><xsl:text>");
extern const struct operation op_</xsl:text><xsl:value-of select="@name"/><xsl:text>;

int
__srv__</xsl:text><xsl:value-of select="@name"/><xsl:text>(struct soap *soap, struct _srv__</xsl:text><xsl:value-of select="@name"/>
      <xsl:text> *in, struct _srv__</xsl:text><xsl:value-of select="@name"/><xsl:text>Response *out)
{
	char *const params[OP_PARAMS_MAX] = {</xsl:text>
      <xsl:for-each select="$params">
        <xsl:call-template name="check-name"><xsl:with-param name="name" select="@name"/></xsl:call-template>
        <xsl:text>in ? in-&gt;</xsl:text><xsl:value-of select="@name"/><xsl:text> : 0, </xsl:text>
      </xsl:for-each>
      <xsl:if test="not($params)">0</xsl:if>
      <xsl:text>};
	(void)in;
	(void)out;
	return wire_called(soap, </xsl:text><xsl:value-of select="position() - 1"/><xsl:text>, params);
}

static int
put_</xsl:text><xsl:value-of select="@name"/><xsl:text>(struct soap *soap, char *xml)
{
	struct _srv__</xsl:text><xsl:value-of select="@name"/><xsl:text>Response_</xsl:text><xsl:value-of select="@name"/><xsl:text>Result result = {xml};
	struct _srv__</xsl:text><xsl:value-of select="@name"/><xsl:text>Response response = {&amp;result};
	return soap_put__srv__</xsl:text><xsl:value-of select="@name"/><xsl:text>Response(soap, &amp;response, "srv:</xsl:text><xsl:value-of select="@name"/><xsl:text>Response", "");
}

</xsl:text>
    </xsl:for-each>
    <xsl:text>const struct op_info op_table[] = {
</xsl:text>
    <xsl:for-each select="$operations">
      <xsl:variable name="name" select="@name"/>
      <xsl:variable name="params" select="$schema/s:element[@name = $name]/s:complexType/s:sequence/s:element"/>
      <xsl:variable name="result" select="($result-elements[@name = concat($name, 'Result')]//s:element)[1]/@name"/>
      <xsl:if test="not($result)">
        <xsl:message terminate="yes">results.xsd has no element <xsl:value-of select="$name"/>Result</xsl:message>
      </xsl:if>
      <xsl:text>	{"</xsl:text><xsl:value-of select="$name"/><xsl:text>", "</xsl:text><xsl:value-of select="$result"/><xsl:text>", {</xsl:text>
      <xsl:for-each select="$params">"<xsl:value-of select="@name"/>", </xsl:for-each>
      <xsl:if test="not($params)">0</xsl:if>
      <xsl:text>}, </xsl:text><xsl:value-of select="count($params)"/><xsl:text>, &amp;op_</xsl:text><xsl:value-of select="$name"/><xsl:text>},
</xsl:text>
    </xsl:for-each>
    <xsl:text>};
const int op_count = sizeof op_table / sizeof op_table[0];

int (*const op_put[])(struct soap *, char *) = {
</xsl:text>
    <xsl:for-each select="$operations">
      <xsl:text>	put_</xsl:text><xsl:value-of select="@name"/><xsl:text>,
</xsl:text>
    </xsl:for-each>
    <xsl:text>};
</xsl:text>
  </xsl:template>
</xsl:stylesheet>
