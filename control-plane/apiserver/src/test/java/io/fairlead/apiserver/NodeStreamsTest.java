package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is passed on to nodes, against a node that is only a socket.
class NodeStreamsTest {
    @TempDir Path folder;
    private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
    private final AtomicInteger nodePort = new AtomicInteger();
    private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
    private TestServer server;
    private SSLServerSocket node;
    private SSLContext admin;

    @BeforeEach
    void start() throws IOException {
        server =
                new TestServer(
                        folder,
                        0,
                        (name, address) -> {
                            assertThat(name).isEqualTo("node-1");
                            assertThat(address)
                                    .isEqualTo(new InetSocketAddress("192.0.2.11", 10250));
                            return SocketChannel.open(
                                    new InetSocketAddress(
                                            InetAddress.getLoopbackAddress(), nodePort.get()));
                        });
        Credential serving =
                server.authority().issueServer("system:node:node-1", List.of("node-1"), List.of());
        node =
                (SSLServerSocket)
                        TransportSecurity.client(serving, server.authority())
                                .getServerSocketFactory()
                                .createServerSocket(0, 5, InetAddress.getLoopbackAddress());
        node.setNeedClientAuth(true);
        nodePort.set(node.getLocalPort());
        admin =
                TransportSecurity.client(
                        server.authority().issueClient("admin", List.of(User.MASTERS)),
                        server.authority());
        Transport transport = server.admin();
        transport.send(
                ApiRequest.post(
                        "/api/v1/nodes",
                        json(
                                "{'metadata':{'name':'node-1'},'status':{'addresses':[{'type':'InternalIP','address':'192.0.2.11'}]}}")));
        transport.send(
                ApiRequest.post(
                        "/api/v1/namespaces/default/serviceaccounts",
                        json("{'metadata':{'name':'default'}}")));
        transport.send(
                ApiRequest.post(
                        "/api/v1/namespaces/default/pods",
                        json(
                                "{'metadata':{'name':'p'},'spec':{'nodeName':'node-1','containers':[{'name':'main','image':'example.com/a:1'}]}}")));
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        server.close();
        tasks.shutdownNow();
    }

    @Test
    void findsTheProxyBehindANamespaceOfThatName() {
        String proxy = "/api/v1/namespaces/proxy-1/pods/proxy/proxy";
        assertThat(NodeStreams.upToProxy(proxy + "/proxy/a", 7)).isEqualTo(proxy);
        assertThat(NodeStreams.upToProxy(proxy, 7)).isEqualTo(proxy);
        assertThat(NodeStreams.upToProxy("/api/v1/nodes/n/proxy/x", 5))
                .isEqualTo("/api/v1/nodes/n/proxy");
    }

    @Test
    void passesLogsOnAsTheyCome() throws Exception {
        answer(
                """
                HTTP/1.1 200 OK
                Content-Type: text/plain
                Transfer-Encoding: chunked

                6
                hello\s
                5
                world
                0

                """);

        HttpResponse<String> log;
        try (HttpClient client = HttpClient.newBuilder().sslContext(admin).build()) {
            log =
                    client.send(
                            HttpRequest.newBuilder(
                                            URI.create(
                                                    "https://localhost:"
                                                            + server.port()
                                                            + "/api/v1/namespaces/default/pods/p/log?tailLines=3"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
        }

        assertThat(log.statusCode()).isEqualTo(200);
        assertThat(log.body()).isEqualTo("hello world");
        assertThat(asked.poll(5, TimeUnit.SECONDS))
                .isEqualTo("GET /containerLogs/default/p/main?tailLines=3 HTTP/1.1");
    }

    @Test
    void pipesBytesBothWaysAfterAnUpgrade() throws Exception {
        answer(
                """
                HTTP/1.1 101 Switching Protocols
                Upgrade: SPDY/3.1
                Connection: Upgrade

                """);

        try (SSLSocket socket =
                (SSLSocket)
                        admin.getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), server.port())) {
            OutputStream out = socket.getOutputStream();
            out.write(
                    """
                    POST /api/v1/namespaces/default/pods/p/exec?command=ls&command=-l&stdout=true HTTP/1.1
                    Host: x
                    Connection: Upgrade
                    Upgrade: SPDY/3.1
                    Content-Length: 0

                    """
                            .replace("\n", "\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            assertThat(line(in)).isEqualTo("HTTP/1.1 101 Switching Protocols");
            String header = line(in);
            while (!header.isEmpty()) {
                header = line(in);
            }
            out.write("ping\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
            assertThat(line(in)).isEqualTo("ping");
        }
        assertThat(asked.poll(5, TimeUnit.SECONDS))
                .isEqualTo("POST /exec/default/p/main?stdout=true&command=ls&command=-l HTTP/1.1");
    }

    /// Answers one request with the text, then echoes.
    private void answer(String text) {
        tasks.execute(() -> {
            try (SSLSocket socket = (SSLSocket) node.accept()) {
                BufferedReader in =
                        new BufferedReader(
                                new InputStreamReader(
                                        socket.getInputStream(), StandardCharsets.ISO_8859_1));
                asked.add(in.readLine());
                String header = in.readLine();
                while (!header.isEmpty()) {
                    header = in.readLine();
                }
                OutputStream out = socket.getOutputStream();
                out.write(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
                out.flush();
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    out.write((line + "\n").getBytes(StandardCharsets.ISO_8859_1));
                    out.flush();
                }
            } catch (IOException e) {
                asked.add("node: " + e);
            }
        });
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString().strip();
    }

    private static Json json(String text) {
        return JsonReader.read(text.replace('\'', '"'));
    }
}
