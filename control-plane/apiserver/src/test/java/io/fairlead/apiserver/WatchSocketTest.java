package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WatchSocketTest {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    @TempDir Path folder;
    private TestServer server;
    private HttpClient client;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
        Credential admin = server.authority().issueClient("admin", List.of(User.MASTERS));
        client =
                HttpClient.newBuilder()
                        .sslContext(TransportSecurity.client(admin, server.authority()))
                        .build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void sendsEachEventAsOneMessage() throws Exception {
        Heard heard = new Heard();
        WebSocket socket = open(CONFIG_MAPS + "?watch=true", heard);
        create("a", "x".repeat(100_000));
        create("b", "y");

        assertThat(heard.event().text("object", "metadata", "name")).isEqualTo("a");
        JsonObject second = heard.event();
        assertThat(second.text("type")).isEqualTo("ADDED");
        assertThat(second.text("object", "metadata", "name")).isEqualTo("b");
        socket.abort();
    }

    @Test
    void answersPingsAndClosings() throws Exception {
        Heard heard = new Heard();
        WebSocket socket = open(CONFIG_MAPS + "?watch=true", heard);
        socket.sendPing(ByteBuffer.wrap("are you there".getBytes(StandardCharsets.UTF_8))).join();

        assertThat(heard.message()).isEqualTo("pong are you there");
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
        assertThat(heard.closed.get(10, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
    }

    @Test
    void closesWhenTheTimeIsOver() throws Exception {
        Heard heard = new Heard();
        open(CONFIG_MAPS + "?watch=true&timeoutSeconds=1", heard);

        assertThat(heard.closed.get(10, TimeUnit.SECONDS)).isEqualTo(WebSocket.NORMAL_CLOSURE);
    }

    @Test
    void refusesInPlainHttp() {
        assertThatThrownBy(() -> open("/apis/apps/v7/deployments?watch=true", new Heard()))
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        WebSocketHandshakeException.class,
                        e -> assertThat(e.getResponse().statusCode()).isEqualTo(404));
    }

    private WebSocket open(String path, Heard heard) {
        return client.newWebSocketBuilder()
                .buildAsync(URI.create("wss://localhost:" + server.port() + path), heard)
                .join();
    }

    private void create(String name, String text) {
        JsonObject map =
                JsonObject.of(
                        "metadata",
                        JsonObject.of("name", Json.of(name)),
                        "data",
                        JsonObject.of("k", Json.of(text)));
        server.admin()
                .send(ApiRequest.post(ResourceType.CONFIG_MAP.collectionPath("default"), map));
    }

    /// Collects what the server says.
    private static final class Heard implements WebSocket.Listener {
        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private final StringBuilder text = new StringBuilder();

        String message() throws InterruptedException {
            String message = messages.poll(10, TimeUnit.SECONDS);
            assertThat(message).as("a message within ten seconds").isNotNull();
            return message;
        }

        JsonObject event() throws InterruptedException {
            return (JsonObject) JsonReader.read(message());
        }

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
            text.append(part);
            if (isLast) {
                messages.add(text.toString());
                text.setLength(0);
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onPong(WebSocket socket, ByteBuffer payload) {
            messages.add("pong " + StandardCharsets.UTF_8.decode(payload));
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            closed.complete(code);
            return CompletableFuture.completedFuture(null);
        }
    }
}
