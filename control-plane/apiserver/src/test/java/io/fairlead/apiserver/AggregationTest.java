package io.fairlead.apiserver;

import static io.fairlead.apiserver.CustomResourceTest.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AggregationTest {
    private static final String SERVICES = "/apis/apiregistration.k8s.io/v1/apiservices";
    private static final String NAME = "v1alpha1.wardle.example.com";
    private static final String BASE = "/apis/wardle.example.com/v1alpha1";
    private static final String SLICES =
            "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;
    private SSLServerSocket remote;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws IOException {
        server =
                new TestServer(
                        folder,
                        0,
                        (node, address) -> {
                            assertThat(node).isEqualTo("node-1");
                            assertThat(address.getPort()).isEqualTo(8443);
                            return SocketChannel.open(
                                    new InetSocketAddress(
                                            InetAddress.getLoopbackAddress(),
                                            remote.getLocalPort()));
                        });
        admin = server.admin();
        Credential credential =
                server.authority().issueServer("wardle", Set.of("wardle.default.svc"), Set.of());
        remote =
                (SSLServerSocket)
                        TransportSecurity.unverified(credential)
                                .getServerSocketFactory()
                                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
        remote.setNeedClientAuth(true);
        Thread.ofVirtual().start(this::accept);
    }

    @AfterEach
    void stop() throws IOException {
        remote.close();
        server.close();
    }

    @Test
    void saysWhyAServerIsNotAvailable() {
        register();
        assertThat(condition("ServiceNotFound").text("message"))
                .isEqualTo("service/wardle in \"default\" is not present");
        admin.send(
                ApiRequest.post(
                        "/api/v1/namespaces/default/services",
                        json(
                                "{'metadata':{'name':'wardle'},'spec':{'ports':[{'port':443,'targetPort':8443}]}}")));
        condition("EndpointsNotFound");
        assertThatThrownBy(() -> admin.send(ApiRequest.get(BASE + "/flunders")))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status().code()).isEqualTo(503));
        serve();
        assertThat(condition("Passed").text("status")).isEqualTo("True");
    }

    @Test
    void passesRequestsOnInTheSendersName() {
        ready();

        JsonObject list =
                server.server()
                        .transport(User.of("jane", User.MASTERS, "a"))
                        .send(ApiRequest.get(BASE + "/namespaces/x/flunders").with("limit", "5"));

        assertThat(list.text("kind")).isEqualTo("FlunderList");
        String head = heads.getLast();
        assertThat(head)
                .startsWith("GET " + BASE + "/namespaces/x/flunders?limit=5 HTTP/1.1")
                .contains("X-Remote-User: jane\r\n")
                .contains("X-Remote-Group: a\r\n")
                .contains("peer CN=front-proxy-client");
    }

    @Test
    void tellsOfOtherServersInDiscovery() {
        ready();

        JsonObject groups = admin.send(ApiRequest.get("/apis"));
        List<String> names =
                groups.list("groups").stream().map(group -> group.text("name")).toList();
        assertThat(names).endsWith("wardle.example.com");
        assertThat(
                        admin.send(ApiRequest.get("/apis/wardle.example.com"))
                                .text("preferredVersion", "version"))
                .isEqualTo("v1alpha1");
        assertThat(admin.send(ApiRequest.get(BASE)).list("resources")).hasSize(2);
    }

    @Test
    void refusesServersOfAnotherName() {
        register();
        admin.send(
                ApiRequest.post(
                        "/api/v1/namespaces/default/services",
                        json(
                                "{'metadata':{'name':'wardle'},'spec':{'ports':[{'port':443,'targetPort':8443}]}}")));
        admin.send(
                ApiRequest.patch(
                        SERVICES + "/" + NAME,
                        "application/merge-patch+json",
                        json("{'spec':{'caBundle':'" + otherBundle() + "'}}")));
        serve();
        assertThat(condition("FailedDiscoveryCheck").text("message"))
                .startsWith(
                        "failing or missing response from https://wardle.default.svc:443" + BASE);
    }

    @Test
    void passesStreamsAndUpgradesThrough() throws Exception {
        ready();
        try (SSLSocket client = client()) {
            client.getOutputStream().write(request("GET " + BASE + "/flunders?watch=true", ""));
            InputStream in = new BufferedInputStream(client.getInputStream());
            assertThat(head(in)).startsWith("HTTP/1.1 200");
            events.add("one");
            assertThat(chunk(in)).isEqualTo("one");
            events.add("two");
            assertThat(chunk(in)).isEqualTo("two");
        }
        try (SSLSocket client = client()) {
            client.getOutputStream()
                    .write(
                            request(
                                    "GET " + BASE + "/namespaces/x/flunders/a/exec",
                                    "Connection: Upgrade\r\nUpgrade: echo\r\nX-Remote-User: root\r\n"));
            InputStream in = new BufferedInputStream(client.getInputStream());
            assertThat(head(in)).startsWith("HTTP/1.1 101");
            assertThat(heads.getLast()).doesNotContain("root");
            client.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
            assertThat(new String(in.readNBytes(5), StandardCharsets.UTF_8)).isEqualTo("hello");
        }
    }

    @Test
    void keepsAnApiServiceForEveryVersionOfItsOwn() {
        assertThat(
                        admin.send(ApiRequest.get(SERVICES + "/v1.apps"))
                                .list("status", "conditions")
                                .getFirst()
                                .text("reason"))
                .isEqualTo("Local");
        admin.send(
                ApiRequest.post(
                        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                        json(
                                "{'metadata':{'name':'limits.example.com'},'spec':{'group':'example.com','scope':'Namespaced','names':{'plural':'limits','kind':'Limit'},'versions':[{'name':'v1','served':true,'storage':true,'schema':{'openAPIV3Schema':{'type':'object'}}}]}}")));
        await(() -> exists("v1.example.com"));
        admin.send(
                ApiRequest.delete(
                        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/limits.example.com"));
        await(() -> !exists("v1.example.com"));
    }

    @Test
    void introducesItself() {
        JsonObject map =
                admin.send(
                        ApiRequest.get(
                                "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"));

        assertThat(map.text("data", "requestheader-allowed-names"))
                .isEqualTo("[\"front-proxy-client\"]");
        assertThat(map.text("data", "client-ca-file"))
                .isEqualTo(server.authority().certificatePem());
    }

    private boolean exists(String name) {
        try {
            admin.send(ApiRequest.get(SERVICES + "/" + name));
            return true;
        } catch (ApiException e) {
            return false;
        }
    }

    private void ready() {
        register();
        admin.send(
                ApiRequest.post(
                        "/api/v1/namespaces/default/services",
                        json(
                                "{'metadata':{'name':'wardle'},'spec':{'ports':[{'port':443,'targetPort':8443}]}}")));
        serve();
        condition("Passed");
    }

    private void register() {
        String bundle =
                Base64.getEncoder()
                        .encodeToString(
                                server.authority()
                                        .certificatePem()
                                        .getBytes(StandardCharsets.US_ASCII));
        admin.send(
                ApiRequest.post(
                        SERVICES,
                        json(
                                "{'metadata':{'name':'%s'},'spec':{'group':'wardle.example.com','version':'v1alpha1','groupPriorityMinimum':2000,'versionPriority':15,'caBundle':'%s','service':{'namespace':'default','name':'wardle'}}}"
                                        .formatted(NAME, bundle))));
    }

    private String otherBundle() {
        return Base64.getEncoder()
                .encodeToString(
                        CertificateAuthority.create(
                                        "other",
                                        java.time.Clock.systemUTC(),
                                        new java.security.SecureRandom())
                                .certificatePem()
                                .getBytes(StandardCharsets.US_ASCII));
    }

    private void serve() {
        admin.send(
                ApiRequest.post(
                        SLICES,
                        json(
                                "{'metadata':{'name':'wardle-a','labels':{'kubernetes.io/service-name':'wardle'}},'addressType':'IPv4','ports':[{'name':'','port':8443}],'endpoints':[{'addresses':['10.244.1.9'],'nodeName':'node-1'}]}")));
    }

    private Json condition(String reason) {
        Json[] found = new Json[1];
        await(() -> {
            for (Json each :
                    admin.send(ApiRequest.get(SERVICES + "/" + NAME))
                            .list("status", "conditions")) {
                found[0] = each;
            }
            return found[0] != null && found[0].text("reason").equals(reason);
        });
        return found[0];
    }

    private static void await(Supplier<Boolean> condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.get()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    private SSLSocket client() throws IOException {
        Credential credential = server.authority().issueClient("jane", List.of(User.MASTERS));
        return (SSLSocket)
                TransportSecurity.client(credential, server.authority())
                        .getSocketFactory()
                        .createSocket(InetAddress.getLoopbackAddress(), server.port());
    }

    private static byte[] request(String line, String headers) {
        return (line + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private void accept() {
        while (!remote.isClosed()) {
            try {
                SSLSocket socket = (SSLSocket) remote.accept();
                Thread.ofVirtual().start(() -> answer(socket));
            } catch (IOException e) {
                // Closed.
            }
        }
    }

    private void answer(SSLSocket socket) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            String head = head(in) + "peer " + socket.getSession().getPeerPrincipal();
            heads.add(head);
            OutputStream out = socket.getOutputStream();
            String path = head.split(" ")[1];
            if (path.endsWith("watch=true")) {
                out.write(
                        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                while (true) {
                    String event = events.take();
                    out.write(
                            "%x\r\n%s\r\n"
                                    .formatted(event.length(), event)
                                    .getBytes(StandardCharsets.US_ASCII));
                    out.flush();
                }
            } else if (path.endsWith("/exec")) {
                out.write(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                in.transferTo(out);
            } else {
                String body = body(path);
                String status = body.isEmpty() ? "404 Not Found" : "200 OK";
                out.write(
                        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                                .formatted(status, body.length(), body)
                                .getBytes(StandardCharsets.US_ASCII));
            }
        } catch (IOException e) {
            // The other side went away.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String body(String path) {
        String text =
                switch (path.replaceAll("\\?.*", "")) {
                    case BASE ->
                            "{'kind':'APIResourceList','apiVersion':'v1','groupVersion':'wardle.example.com/v1alpha1','resources':[{'name':'flunders','singularName':'flunder','namespaced':true,'kind':'Flunder','verbs':['get','list']},{'name':'flunders/exec','singularName':'','namespaced':true,'kind':'Flunder','verbs':['get']}]}";
                    case BASE + "/namespaces/x/flunders" ->
                            "{'kind':'FlunderList','apiVersion':'wardle.example.com/v1alpha1','items':[]}";
                    default -> "";
                };
        return text.replace('\'', '"');
    }

    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new IOException("ended after " + head);
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static String chunk(InputStream in) throws IOException {
        StringBuilder size = new StringBuilder();
        while (size.indexOf("\r\n") < 0) {
            size.append((char) in.read());
        }
        byte[] content = in.readNBytes(Integer.parseInt(size.toString().strip(), 16));
        in.readNBytes(2);
        return new String(content, StandardCharsets.UTF_8);
    }
}
