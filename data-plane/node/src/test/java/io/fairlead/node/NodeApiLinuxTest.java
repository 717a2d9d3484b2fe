package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.linux.IpPrefix;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NodeApiLinuxTest {
    private static TestNode node;
    private static NodeApi api;
    private static NetworkNamespace namespace;
    private static Relay relay;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        Requirement.program("keytool");
        node = TestNode.start();
        namespace = NetworkNamespace.open(node.settings.namespace());
        try (NetworkStack stack = NetworkStack.open(namespace)) {
            stack.addresses()
                    .add(stack.links().require("lo"), IpPrefix.host(node.settings.address()));
        }
        api =
                new NodeApi(
                        node.agent, serverSecurity(), node.loops, node.tasks, node.processThreads);
        api.start();
        relay = new Relay(namespace, new InetSocketAddress(node.settings.address(), 10250));
        SSLContext trusting = SSLContext.getInstance("TLS");
        trusting.init(null, new TrustManager[] {new TrustsAnybody()}, null);
        client = HttpClient.newBuilder().sslContext(trusting).build();
        JsonObject talker =
                TestNode.container(
                        "main",
                        "echo one; echo two; echo three; while :; do nc -l -p 7000 -e cat; done");
        JsonObject typing =
                TestNode.container("typing", "while read -r l; do echo got $l; done")
                        .with("stdin", Json.of(true));
        node.create(node.pod("web", TestNode.spec(talker, typing)));
        node.awaitReady("web");
    }

    @AfterAll
    static void stop() {
        if (node != null) {
            relay.close();
            api.close();
            namespace.close();
            client.close();
            node.close();
        }
    }

    @Test
    void tellsWhatContainersUse() throws Exception {
        JsonObject summary =
                JsonReader.readObject(get("/stats/summary").getBytes(StandardCharsets.UTF_8));
        assertThat(summary.text("node", "nodeName")).isEqualTo(TestNode.NODE);
        Json pod = summary.list("pods").getFirst();
        assertThat(pod.text("podRef", "name")).isEqualTo("web");
        assertThat(pod.list("containers"))
                .hasSize(2)
                .allSatisfy(container -> {
                    assertThat(container.number(0, "cpu", "usageCoreNanoSeconds")).isPositive();
                    assertThat(container.number(0, "memory", "workingSetBytes")).isPositive();
                });
        assertThat(get("/metrics/resource").lines())
                .anyMatch(line ->
                        line.matches(
                                "container_cpu_usage_seconds_total\\{container=\"typing\",namespace=\"default\",pod=\"web\"} 0\\.\\d+ \\d+"))
                .anyMatch(line ->
                        line.startsWith(
                                "pod_memory_working_set_bytes{namespace=\"default\",pod=\"web\"} "))
                .anyMatch(line -> line.startsWith("node_cpu_usage_seconds_total "))
                .contains("resource_scrape_error 0");
        assertThat(get("/metrics"))
                .contains("kubelet_running_containers{container_state=\"running\"} 2\n");
    }

    @Test
    void servesLogs() throws Exception {
        Await.untilAsserted(
                TestNode.LIMIT,
                () ->
                        assertThat(get("/containerLogs/default/web/main"))
                                .isEqualTo("one\ntwo\nthree\n"));
        assertThat(get("/containerLogs/default/web/main?tailLines=1")).isEqualTo("three\n");
        assertThat(get("/containerLogs/default/web/main?limitBytes=5")).isEqualTo("one\nt");
        assertThat(get("/containerLogs/default/web/main?timestamps=true&tailLines=1"))
                .matches("\\d{4}-.*Z three\n");
        assertThat(get("/containerLogs/default/web/main?previous=true"))
                .contains("previous terminated container");
        assertThat(get("/healthz")).isEqualTo("ok");
    }

    @Test
    void servesLogsAsMessages() throws Exception {
        assertThat(messages("binary.k8s.io")).isEqualTo("one\ntwo\nthree\n");
        assertThat(Base64.getMimeDecoder().decode(messages("base64.binary.k8s.io")))
                .asString()
                .isEqualTo("one\ntwo\nthree\n");
    }

    /// All messages of a log, one behind the other.
    private static String messages(String version) throws Exception {
        StringBuilder all = new StringBuilder();
        CompletableFuture<Integer> closed = new CompletableFuture<>();
        WebSocket.Listener listener =
                new WebSocket.Listener() {
                    @Override
                    public @Nullable CompletionStage<?> onBinary(
                            WebSocket socket, ByteBuffer data, boolean isLast) {
                        all.append(StandardCharsets.UTF_8.decode(data));
                        socket.request(1);
                        return null;
                    }

                    @Override
                    public @Nullable CompletionStage<?> onText(
                            WebSocket socket, CharSequence data, boolean isLast) {
                        all.append(data);
                        socket.request(1);
                        return null;
                    }

                    @Override
                    public @Nullable CompletionStage<?> onClose(
                            WebSocket socket, int code, String reason) {
                        closed.complete(code);
                        return null;
                    }
                };
        client.newWebSocketBuilder()
                .subprotocols(version)
                .buildAsync(
                        URI.create(
                                "wss://localhost:"
                                        + relay.port()
                                        + "/containerLogs/default/web/main"),
                        listener)
                .get(20, TimeUnit.SECONDS);
        assertThat(closed.get(20, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
        return all.toString();
    }

    @Test
    void runsCommandsWithTheirExitCodes() throws Exception {
        Streams streams =
                open(
                        "/exec/default/web/main?output=1&error=1&command=sh&command=-c&command=echo%20out%3B%20echo%20err%20%3E%262%3B%20exit%203",
                        "v5.channel.k8s.io");
        streams.closed.get(20, TimeUnit.SECONDS);
        assertThat(streams.text(1)).isEqualTo("out\n");
        assertThat(streams.text(2)).isEqualTo("err\n");
        assertThat(streams.text(3))
                .contains("NonZeroExitCode")
                .contains("\"ExitCode\",\"message\":\"3\"");
    }

    @Test
    void speaksTheFirstVersionTooWhichTellsOnlyOfFailures() throws Exception {
        Streams well =
                open("/exec/default/web/main?output=1&command=echo&command=hi", "channel.k8s.io");
        well.closed.get(20, TimeUnit.SECONDS);
        assertThat(well.text(1)).isEqualTo("hi\n");
        assertThat(well.text(3)).isEmpty();
        Streams badly = open("/exec/default/web/main?output=1&command=false", "channel.k8s.io");
        badly.closed.get(20, TimeUnit.SECONDS);
        assertThat(badly.text(3)).contains("exit code 1");
    }

    @Test
    void passesInputAndItsEnd() throws Exception {
        Streams streams =
                open("/exec/default/web/main?input=1&output=1&command=cat", "v5.channel.k8s.io");
        streams.send(0, "hello");
        streams.socket().sendBinary(ByteBuffer.wrap(new byte[] {(byte) 255, 0}), true).join();
        streams.closed.get(20, TimeUnit.SECONDS);
        assertThat(streams.text(1)).isEqualTo("hello");
        assertThat(streams.text(3)).contains("Success");
    }

    @Test
    void givesCommandsATerminal() throws Exception {
        Streams streams =
                open(
                        "/exec/default/web/main?input=1&output=1&tty=1&command=sh",
                        "v5.channel.k8s.io");
        streams.send(4, "{\"Width\":91,\"Height\":33}");
        streams.send(0, "stty size; tty; exit 4\n");
        streams.closed.get(20, TimeUnit.SECONDS);
        assertThat(streams.text(1)).contains("33 91").contains("/dev/pts/");
        assertThat(streams.text(3)).contains("\"message\":\"4\"");
    }

    @Test
    void attachesToAContainer() throws Exception {
        Streams streams = open("/attach/default/web/typing?input=1&output=1", "v4.channel.k8s.io");
        streams.send(0, "hello\n");
        Await.untilAsserted(
                TestNode.LIMIT, () -> assertThat(streams.text(1)).isEqualTo("got hello\n"));
        streams.socket().abort();
    }

    private static String get(String path) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("https://localhost:" + relay.port() + path))
                        .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }

    private static Streams open(String path, String protocol) throws Exception {
        Streams streams = new Streams();
        streams.socket =
                client.newWebSocketBuilder()
                        .subprotocols(protocol)
                        .buildAsync(URI.create("wss://localhost:" + relay.port() + path), streams)
                        .get(20, TimeUnit.SECONDS);
        assertThat(streams.socket().getSubprotocol()).isEqualTo(protocol);
        return streams;
    }

    private static SslContext serverSecurity() throws Exception {
        Path store = Files.createTempDirectory("fairlead-node").resolve("keys.p12");
        Command.run(
                        "keytool",
                        "-genkeypair",
                        "-alias",
                        "n",
                        "-keyalg",
                        "EC",
                        "-dname",
                        "CN=localhost",
                        "-ext",
                        "san=dns:localhost",
                        "-storepass",
                        "secret",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        store.toString())
                .succeeded();
        KeyStore keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
        Files.delete(store);
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(keys, "secret".toCharArray());
        return SslContextBuilder.forServer(factory).build();
    }

    private static final class Streams implements WebSocket.Listener {
        final Map<Integer, String> texts = new ConcurrentHashMap<>();
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        @Nullable WebSocket socket;

        WebSocket socket() {
            return Objects.requireNonNull(socket);
        }

        String text(int stream) {
            return texts.getOrDefault(stream, "");
        }

        void send(int stream, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            ByteBuffer message =
                    ByteBuffer.allocate(bytes.length + 1).put((byte) stream).put(bytes).flip();
            socket().sendBinary(message, true).join();
        }

        @Override
        public @Nullable CompletionStage<?> onBinary(
                WebSocket webSocket, ByteBuffer data, boolean last) {
            int stream = data.get();
            texts.merge(stream, StandardCharsets.UTF_8.decode(data).toString(), String::concat);
            webSocket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
            closed.complete(code);
            return null;
        }

        @Override
        public void onError(WebSocket webSocket, Throwable error) {
            closed.completeExceptionally(error);
        }
    }

    private static final class TrustsAnybody extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
