import java.util.LinkedHashMap;
import java.util.Map;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The steps, for the clients in Java: what they have in common but the toolkit. A client takes them once in each form that it
 *  speaks; a step is right when it was in each. */
public class Steps {
    public interface Srv {
        Element authenticateUser(String uid, String pwd) throws Exception;
        Element flushApplicationCache(String ticket) throws Exception;
        Element serverInfo() throws Exception;
        Element getMaintenanceJobsStatus(String ticket) throws Exception;
        Element getWarehouseStatus(String ticket) throws Exception;
        Element logOut(String ticket) throws Exception;

        /** Makes the service answer a fault, catches it as the toolkit's own type, and returns "code: text". */
        String catchFault() throws Exception;
    }

    private interface What {
        void happens() throws Exception;
    }

    private static final String NO_TICKET = "00000000-0000-0000-0000-000000000000";
    private static final String GONE = "[901]Session expired or Invalid ticket";
    private final Map<String, String> wrong = new LinkedHashMap<>();
    private String ticket = "", plain = "";

    static String given(String name) {
        return System.getenv(name);
    }

    private static void expect(boolean right, String otherwise) {
        if (!right)
            throw new AssertionError(otherwise);
    }

    private static void succeeded(Element answer) {
        expect(answer.getAttribute("success").equals("true"), answer.getAttribute("error"));
    }

    private static void failed(Element answer, String error) {
        expect(answer.getAttribute("success").equals("false"), "success");
        expect(answer.getAttribute("error").equals(error), answer.getAttribute("error"));
    }

    private static boolean some(Element answer, String name, String attribute) {
        NodeList found = answer.getElementsByTagName(name);
        return found.getLength() > 0 && !((Element) found.item(0)).getAttribute(attribute).isEmpty();
    }

    private void step(String name, String form, What what) {
        wrong.putIfAbsent(name, "");
        try {
            what.happens();
        } catch (Exception | AssertionError e) {
            e.printStackTrace();
            wrong.merge(name, (form + ": " + e).replaceAll("\\s+", " ") + " ", String::concat);
        }
    }

    private static String logIn(Srv srv, String user, String password) throws Exception {
        Element answer = srv.authenticateUser(given(user), given(password));
        succeeded(answer);
        return java.util.UUID.fromString(answer.getAttribute("ticket")).toString();
    }

    void take(String form, Srv srv) {
        step("login", form, () -> {
            ticket = logIn(srv, "SRV_USER", "SRV_PASSWORD");
            plain = logIn(srv, "SRV_PLAIN_USER", "SRV_PLAIN_PASSWORD");
        });
        step("login_refused", form, () ->
            failed(srv.authenticateUser(given("SRV_USER"), "not " + given("SRV_PASSWORD")), "[900] Authentication failed"));
        step("flush", form, () -> succeeded(srv.flushApplicationCache(ticket)));
        step("flush_bad_ticket", form, () -> failed(srv.flushApplicationCache(NO_TICKET), GONE));
        step("flush_denied", form, () -> failed(srv.flushApplicationCache(plain), "[921]Insufficient rights"));
        step("serverinfo", form, () -> {
            String name = srv.serverInfo().getAttribute("ServerName");
            expect(name.equals(given("SRV_SERVER_NAME")), name);
        });
        step("jobs", form, () -> expect(some(srv.getMaintenanceJobsStatus(ticket), "MaintenanceJob", "JobName"), "no job"));
        step("warehouse", form, () -> {
            Element answer = srv.getWarehouseStatus(ticket);
            expect(some(answer, "WarehousePath", "Path"), "no path");
            expect(some(answer, "Disk", "VolumeName"), "no disk");
        });
        step("logout", form, () -> {
            succeeded(srv.logOut(ticket));
            failed(srv.flushApplicationCache(ticket), GONE);
        });
        step("fault", form, () -> {
            String fault = srv.catchFault();
            expect(fault.matches("(Client|Sender): .*NoSuchOperation.*"), fault);
        });
    }

    void report(String version) {
        System.out.println("version " + version);
        wrong.forEach((name, why) -> System.out.println(why.isEmpty() ? "ok " + name : "not ok " + name + " - " + why));
    }
}
