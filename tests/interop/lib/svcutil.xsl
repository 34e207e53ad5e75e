<?xml version="1.0" encoding="utf-8"?>
<!-- What dotnet-svcutil makes of a WSDL such as ours: a contract, its channel, and a client class with the bindings of the SOAP
     ports. A result of type s:string is a string, by the DataContractSerializer; one that is any element is an
     XmlElement, by the XmlSerializer. The constructor without arguments is there only if there is one SOAP port. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/">
  <xsl:output method="text"/>
  <xsl:variable name="ports" select="//wsdl:port[soap:address or soap12:address]"/>
  <xsl:variable name="binding" select="//wsdl:binding[@name = substring-after($ports[1]/@binding, ':')]"/>
  <xsl:variable name="type" select="//wsdl:portType[@name = substring-after($binding/@type, ':')]"/>
  <xsl:variable name="client" select="concat($type/@name, 'Client')"/>
  <xsl:variable name="any" select="boolean(//s:element[s:complexType/s:sequence/s:any])"/>
  <xsl:key name="element" match="s:schema/s:element" use="@name"/>
  <xsl:key name="message" match="wsdl:message" use="@name"/>

  <xsl:template name="element-of">
    <xsl:param name="message"/>
    <xsl:value-of select="substring-after(key('message', substring-after($message, ':'))/wsdl:part[@name = 'parameters']/@element, ':')"/>
  </xsl:template>

  <!-- Task<T> NameAsync(string a, string b), or what calls it. -->
  <xsl:template name="signature">
    <xsl:variable name="request">
      <xsl:call-template name="element-of"><xsl:with-param name="message" select="wsdl:input/@message"/></xsl:call-template>
    </xsl:variable>
    <xsl:variable name="response">
      <xsl:call-template name="element-of"><xsl:with-param name="message" select="wsdl:output/@message"/></xsl:call-template>
    </xsl:variable>
    <xsl:variable name="result" select="key('element', $response)/s:complexType/s:sequence/s:element"/>
    <xsl:if test="$result/@name != concat(@name, 'Result')">
      <xsl:message terminate="yes">A result that is not named as WCF expects.</xsl:message>
    </xsl:if>
    <xsl:text>System.Threading.Tasks.Task&lt;</xsl:text>
    <xsl:choose>
      <xsl:when test="$result/@type = 's:string'">string</xsl:when>
      <xsl:when test="$result/s:complexType/s:sequence/s:any">System.Xml.XmlElement</xsl:when>
      <xsl:otherwise><xsl:message terminate="yes">A result of another type.</xsl:message></xsl:otherwise>
    </xsl:choose>
    <xsl:value-of select="concat('> ', @name, 'Async(')"/>
    <xsl:for-each select="key('element', $request)/s:complexType/s:sequence/s:element">
      <xsl:if test="@type != 's:string'"><xsl:message terminate="yes">A parameter of another type.</xsl:message></xsl:if>
      <xsl:if test="position() > 1">, </xsl:if>
      <xsl:value-of select="concat('string ', @name)"/>
    </xsl:for-each>
    <xsl:text>)</xsl:text>
  </xsl:template>

  <xsl:template name="arguments">
    <xsl:variable name="request">
      <xsl:call-template name="element-of"><xsl:with-param name="message" select="wsdl:input/@message"/></xsl:call-template>
    </xsl:variable>
    <xsl:for-each select="key('element', $request)/s:complexType/s:sequence/s:element">
      <xsl:if test="position() > 1">, </xsl:if>
      <xsl:value-of select="@name"/>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="/">
    <xsl:text>using System.ServiceModel;
using System.ServiceModel.Channels;
using System.ServiceModel.Description;

[ServiceContract(Namespace = "</xsl:text>
    <xsl:value-of select="concat(/wsdl:definitions/@targetNamespace, '&quot;, Name = &quot;', $type/@name, '&quot;)]&#10;public interface ', $type/@name)"/>
    <xsl:text>
{</xsl:text>
    <xsl:for-each select="$type/wsdl:operation">
      <xsl:variable name="name" select="@name"/>
      <xsl:text>
    [OperationContract(Action = "</xsl:text>
      <xsl:value-of select="$binding/wsdl:operation[@name = $name]/*/@soapAction"/>
      <xsl:text>", ReplyAction = "*")]</xsl:text>
      <xsl:if test="$any">
        <xsl:text>
    [XmlSerializerFormat(SupportFaults = true)]</xsl:text>
      </xsl:if>
      <xsl:text>
    </xsl:text>
      <xsl:call-template name="signature"/>
      <xsl:text>;
</xsl:text>
    </xsl:for-each>
    <xsl:text>}

public interface </xsl:text>
    <xsl:value-of select="concat($type/@name, 'Channel : ', $type/@name, ', IClientChannel&#10;{&#10;}&#10;&#10;public partial class ', $client, ' : ClientBase&lt;', $type/@name, '>, ', $type/@name)"/>
    <xsl:text>
{
    // For the program that uses the class.
    static partial void ConfigureEndpoint(ServiceEndpoint serviceEndpoint, ClientCredentials clientCredentials);

    public enum EndpointConfiguration
    {
</xsl:text>
    <xsl:for-each select="$ports"><xsl:value-of select="concat('        ', @name, ',&#10;')"/></xsl:for-each>
    <xsl:text>    }
</xsl:text>
    <xsl:if test="count($ports) = 1">
      <xsl:value-of select="concat('&#10;    public ', $client, '() : this(EndpointConfiguration.', $ports/@name, ')&#10;    {&#10;    }&#10;')"/>
    </xsl:if>
    <xsl:value-of select="concat('&#10;    public ', $client, '(EndpointConfiguration endpointConfiguration) :')"/>
    <xsl:text>
        base(GetBindingForEndpoint(endpointConfiguration), GetEndpointAddress(endpointConfiguration))
    {
        this.Endpoint.Name = endpointConfiguration.ToString();
        ConfigureEndpoint(this.Endpoint, this.ClientCredentials);
    }
</xsl:text>
    <xsl:for-each select="$type/wsdl:operation">
      <xsl:text>
    public </xsl:text>
      <xsl:call-template name="signature"/>
      <xsl:value-of select="concat('&#10;    {&#10;        return base.Channel.', @name, 'Async(')"/>
      <xsl:call-template name="arguments"/>
      <xsl:text>);
    }
</xsl:text>
    </xsl:for-each>
    <xsl:text>
    private static Binding GetBindingForEndpoint(EndpointConfiguration endpointConfiguration)
    {</xsl:text>
    <xsl:for-each select="$ports">
      <xsl:value-of select="concat('&#10;        if (endpointConfiguration == EndpointConfiguration.', @name, ')&#10;        {')"/>
      <xsl:choose>
        <xsl:when test="soap:address">
          <xsl:text>
            BasicHttpBinding result = new BasicHttpBinding();
            result.MaxBufferSize = int.MaxValue;
            result.ReaderQuotas = System.Xml.XmlDictionaryReaderQuotas.Max;
            result.MaxReceivedMessageSize = int.MaxValue;
            result.AllowCookies = true;
            return result;
        }</xsl:text>
        </xsl:when>
        <xsl:otherwise>
          <xsl:text>
            CustomBinding result = new CustomBinding();
            TextMessageEncodingBindingElement textBindingElement = new TextMessageEncodingBindingElement();
            textBindingElement.MessageVersion = MessageVersion.CreateVersion(EnvelopeVersion.Soap12, AddressingVersion.None);
            result.Elements.Add(textBindingElement);
            HttpTransportBindingElement httpBindingElement = new HttpTransportBindingElement();
            httpBindingElement.AllowCookies = true;
            httpBindingElement.MaxBufferSize = int.MaxValue;
            httpBindingElement.MaxReceivedMessageSize = int.MaxValue;
            result.Elements.Add(httpBindingElement);
            return result;
        }</xsl:text>
        </xsl:otherwise>
      </xsl:choose>
    </xsl:for-each>
    <xsl:text>
        throw new System.InvalidOperationException();
    }

    private static EndpointAddress GetEndpointAddress(EndpointConfiguration endpointConfiguration)
    {</xsl:text>
    <xsl:for-each select="$ports">
      <xsl:value-of select="concat('&#10;        if (endpointConfiguration == EndpointConfiguration.', @name, ')&#10;            return new EndpointAddress(&quot;', */@location, '&quot;);')"/>
    </xsl:for-each>
    <xsl:text>
        throw new System.InvalidOperationException();
    }
}
</xsl:text>
  </xsl:template>
</xsl:stylesheet>
