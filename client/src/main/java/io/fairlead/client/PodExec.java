package io.fairlead.client;

import io.fairlead.api.Json;
import io.fairlead.api.JsonReader;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs a command in a container over a WebSocket with subprotocol `v5.channel.k8s.io`: each message's first byte names the stream.
public final class PodExec {
    private static final int STDOUT = 1;
    private static final int STDERR = 2;
    private static final int ERROR = 3;

    private final HttpClient http;
    private final URI server;

    /// @param http knows the server's certificate authority and carries the caller's client certificate
    /// @param server the API server, such as `https://127.0.0.1:6443`
    public PodExec(HttpClient http, URI server) {
        this.http = http;
        this.server = server;
    }

    /// What a finished command left.
    public record Outcome(int exitStatus, String output, String errors) {}

    /// Runs the command without standard input and waits for its end.
    ///
    /// @param container empty for the pod's only or default container
    /// @throws TransportException when the server refuses, or the command does not end within `limit`
    public Outcome run(ObjectName pod, String container, List<String> command, Duration limit) {
        StringBuilder query = new StringBuilder("stdout=true&stderr=true");
        if (!container.isEmpty()) {
            query.append("&container=").append(encoded(container));
        }
        command.forEach(word -> query.append("&command=").append(encoded(word)));
        URI uri =
                URI.create(
                        server.toString().replaceFirst("^http", "ws")
                                + ResourceType.POD.path(pod)
                                + "/exec?"
                                + query);
        Collector collector = new Collector();
        try {
            http.newWebSocketBuilder()
                    .subprotocols("v5.channel.k8s.io", "v4.channel.k8s.io")
                    .connectTimeout(limit)
                    .buildAsync(uri, collector)
                    .get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return collector.outcome.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | CompletionException e) {
            throw new TransportException(
                    "%s cannot be run in pod %s: %s".formatted(command, pod, e.getCause()), e);
        } catch (TimeoutException e) {
            throw new TransportException(
                    "%s in pod %s did not end in time".formatted(command, pod), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TransportException("interrupted while running " + command, e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /// Called by one thread at a time, as [WebSocket.Listener] promises.
    private static final class Collector implements WebSocket.Listener {
        private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        private final ByteArrayOutputStream message = new ByteArrayOutputStream();
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final ByteArrayOutputStream err = new ByteArrayOutputStream();
        private int exitStatus;

        @Override
        public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer part, boolean isLast) {
            byte[] bytes = new byte[part.remaining()];
            part.get(bytes);
            message.writeBytes(bytes);
            if (isLast) {
                take(message.toByteArray());
                message.reset();
            }
            socket.request(1);
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            outcome.complete(
                    new Outcome(
                            exitStatus,
                            out.toString(StandardCharsets.UTF_8),
                            err.toString(StandardCharsets.UTF_8)));
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            outcome.completeExceptionally(failure);
        }

        private void take(byte[] bytes) {
            if (bytes.length == 0) {
                return;
            }
            switch (bytes[0]) {
                case STDOUT -> out.write(bytes, 1, bytes.length - 1);
                case STDERR -> err.write(bytes, 1, bytes.length - 1);
                case ERROR ->
                        exitStatus =
                                exitStatusOf(
                                        JsonReader.read(
                                                new String(
                                                        bytes,
                                                        1,
                                                        bytes.length - 1,
                                                        StandardCharsets.UTF_8)));
                default -> {
                    // Streams that were not asked for.
                }
            }
        }

        private static int exitStatusOf(Json status) {
            if ("Success".equals(status.text("status"))) {
                return 0;
            }
            for (Json cause : status.list("details", "causes")) {
                if ("ExitCode".equals(cause.text("reason"))) {
                    return Integer.parseInt(cause.text("message"));
                }
            }
            return -1;
        }
    }
}
