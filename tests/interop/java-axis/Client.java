import java.net.URL;
import javax.xml.namespace.QName;
import org.apache.axis.AxisFault;
import org.apache.axis.client.Call;
import org.apache.axis.message.MessageElement;
import org.w3c.dom.Element;
import proxy.SrvLocator;
import proxy.SrvSoap_PortType;

/** Apache Axis 1, on what WSDL2Java made. */
public class Client implements Steps.Srv {
    private final SrvLocator service = new SrvLocator();
    private final SrvSoap_PortType port;

    private Client() throws Exception {
        port = service.getSrvSoap(new URL(Steps.given("SRV_URL")));
    }

    private static Element result(MessageElement[] any) throws Exception {
        return any[0].getAsDOM();
    }

    @Override
    public Element authenticateUser(String uid, String pwd) throws Exception {
        return result(port.authenticateUser(uid, pwd).get_any());
    }

    @Override
    public Element flushApplicationCache(String ticket) throws Exception {
        return result(port.flushApplicationCache(ticket).get_any());
    }

    @Override
    public Element serverInfo() throws Exception {
        return result(port.serverInfo().get_any());
    }

    @Override
    public Element getMaintenanceJobsStatus(String ticket) throws Exception {
        return result(port.getMaintenanceJobsStatus(ticket).get_any());
    }

    @Override
    public Element getWarehouseStatus(String ticket) throws Exception {
        return result(port.getWarehouseStatus(ticket).get_any());
    }

    @Override
    public Element logOut(String ticket) throws Exception {
        return result(port.logOut(ticket).get_any());
    }

    @Override
    public String catchFault() throws Exception {
        Call call = (Call) service.createCall();
        call.setTargetEndpointAddress(new URL(Steps.given("SRV_URL")));
        call.setUseSOAPAction(true);
        call.setSOAPActionURI("http://tempuri.org/NoSuchOperation");
        call.setOperationName(new QName("http://tempuri.org/", "NoSuchOperation"));
        try {
            call.invoke(new Object[0]);
        } catch (AxisFault e) {
            return e.getFaultCode().getLocalPart() + ": " + e.getFaultString();
        }
        return "no fault";
    }

    public static void main(String[] arguments) throws Exception {
        Steps steps = new Steps();
        steps.take("SOAP 1.1", new Client());
        steps.report(org.apache.axis.Version.getVersionText().replaceAll("(?s).*?([0-9]+\\.[0-9]+).*", "$1"));
    }
}
