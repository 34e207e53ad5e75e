// The JAX-WS reference implementation on the JDK's HTTP server, 32 threads. Arguments: the port, and a file with the
// result element. The wrapper elements are classes here, so that none have to be generated at run time.
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
import javax.jws.WebMethod;
import javax.jws.WebParam;
import javax.jws.WebResult;
import javax.jws.WebService;
import javax.jws.soap.SOAPBinding;
import javax.xml.bind.annotation.XmlAnyElement;
import javax.xml.bind.annotation.XmlElement;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.ws.Endpoint;
import org.w3c.dom.Element;

@WebService(name = "SrvSoap", serviceName = "srv", targetNamespace = Srv.NAMESPACE)
@SOAPBinding(parameterStyle = SOAPBinding.ParameterStyle.BARE)
public class Srv {
	static final String NAMESPACE = "http://tempuri.org/";
	private static File file;
	private static final ThreadLocal<Element> element = ThreadLocal.withInitial(Srv::load);

	public static class Request {
	}

	public static class Result {
		@XmlAnyElement public Element any;
	}

	public static class Response {
		@XmlElement(name = "ServerInfoResult", namespace = NAMESPACE) public Result result = new Result();
	}

	private static Element load() {
		try {
			return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file).getDocumentElement();
		} catch (Exception e) {
			throw new IllegalStateException(e);
		}
	}

	@WebMethod(operationName = "ServerInfo", action = NAMESPACE + "ServerInfo")
	@WebResult(name = "ServerInfoResponse", targetNamespace = NAMESPACE)
	public Response serverInfo(@WebParam(name = "ServerInfo", targetNamespace = NAMESPACE) Request request) {
		Response response = new Response();
		response.result.any = element.get();
		return response;
	}

	public static void main(String[] args) throws Exception {
		file = new File(args[1]);
		HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(args[0])), 4096);
		server.setExecutor(Executors.newFixedThreadPool(32));
		Endpoint.create(new Srv()).publish(server.createContext("/srv.asmx"));
		server.start();
	}
}
