import java.io.StringReader;
import java.net.URL;
import javax.xml.namespace.QName;
import javax.xml.transform.Source;
import javax.xml.transform.stream.StreamSource;
import javax.xml.ws.BindingProvider;
import javax.xml.ws.Dispatch;
import javax.xml.ws.Service;
import javax.xml.ws.soap.SOAPFaultException;
import org.w3c.dom.Element;
import proxy.Srv;
import proxy.SrvSoap;

/** JAX-WS, on what wsimport made. It reads the WSDL once more when it starts, and takes the address from there. */
public class Client implements Steps.Srv {
    private final Srv service;
    private final SrvSoap port;
    private final String name;

    private Client(Srv service, SrvSoap port, String name) {
        this.service = service;
        this.port = port;
        this.name = name;
    }

    @Override
    public Element authenticateUser(String uid, String pwd) {
        return (Element) port.authenticateUser(uid, pwd).getAny();
    }

    @Override
    public Element flushApplicationCache(String ticket) {
        return (Element) port.flushApplicationCache(ticket).getAny();
    }

    @Override
    public Element serverInfo() {
        return (Element) port.serverInfo().getAny();
    }

    @Override
    public Element getMaintenanceJobsStatus(String ticket) {
        return (Element) port.getMaintenanceJobsStatus(ticket).getAny();
    }

    @Override
    public Element getWarehouseStatus(String ticket) {
        return (Element) port.getWarehouseStatus(ticket).getAny();
    }

    @Override
    public Element logOut(String ticket) {
        return (Element) port.logOut(ticket).getAny();
    }

    @Override
    public String catchFault() {
        Dispatch<Source> dispatch =
            service.createDispatch(new QName("http://tempuri.org/", name), Source.class, Service.Mode.PAYLOAD);
        dispatch.getRequestContext().put(BindingProvider.SOAPACTION_USE_PROPERTY, true);
        dispatch.getRequestContext().put(BindingProvider.SOAPACTION_URI_PROPERTY, "http://tempuri.org/NoSuchOperation");
        try {
            dispatch.invoke(new StreamSource(new StringReader("<NoSuchOperation xmlns='http://tempuri.org/'/>")));
        } catch (SOAPFaultException e) {
            return e.getFault().getFaultCodeAsQName().getLocalPart() + ": " + e.getFault().getFaultString();
        }
        return "no fault";
    }

    public static void main(String[] arguments) throws Exception {
        Srv service = new Srv(new URL(Steps.given("SRV_WSDL")));
        Steps steps = new Steps();
        steps.take("SOAP 1.1", new Client(service, service.getSrvSoap(), "SrvSoap"));
        steps.take("SOAP 1.2", new Client(service, service.getSrvSoap12(), "SrvSoap12"));
        steps.report(com.sun.xml.ws.util.RuntimeVersion.VERSION.toString());
    }
}
