package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import io.fairlead.client.Dialer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Posts reviews to webhooks, over HTTPS, to an address or to a Service of the cluster. Safe for use by many threads.
final class WebhookClient {
    private static final int ANSWER_BYTES_MAX = 16 << 20;

    private final ServiceBackends backends;
    private final Dialer dialer;
    private final ExecutorService tasks;

    /// @param dialer reaches nodes, and pods on them
    WebhookClient(ServiceBackends backends, Dialer dialer, ExecutorService tasks) {
        this.backends = backends;
        this.dialer = ServiceBackends.dialer(dialer);
        this.tasks = tasks;
    }

    /// Where a webhook is.
    ///
    /// @param shown the address as messages tell it
    /// @param serverName whose certificate is accepted
    /// @param backend chosen when it is called, because endpoints come and go
    private record Place(String shown, String serverName, String target, Backend backend) {}

    private interface Backend {
        ServiceBackends.Backend choose() throws IOException;
    }

    /// @param clientConfig as webhook configurations and definitions write it
    /// @return the answer's body
    /// @throws IOException when there is no answer in time, or none that is of use; the message is Kubernetes'
    JsonObject call(JsonObject clientConfig, JsonObject review, Duration timeout)
            throws IOException {
        Place place = place(clientConfig, timeout);
        AtomicReference<@Nullable UpstreamConnection> open = new AtomicReference<>();
        Future<JsonObject> answer =
                tasks.submit(() -> exchange(place, clientConfig.text("caBundle"), review, open));
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw failure(place, "context deadline exceeded", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw failure(place, cause == null ? "" : String.valueOf(cause.getMessage()), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(place, "context canceled", e);
        } finally {
            answer.cancel(true);
            UpstreamConnection connection = open.get();
            if (connection != null) {
                connection.close();
            }
        }
    }

    private static IOException failure(Place place, String why, Exception cause) {
        return new IOException("Post \"%s\": %s".formatted(place.shown(), why), cause);
    }

    private Place place(JsonObject config, Duration timeout) {
        String query = "timeout=" + timeout.toSeconds() + "s";
        if (config.has("url")) {
            URI uri = URI.create(config.text("url"));
            int port = uri.getPort() < 0 ? 443 : uri.getPort();
            String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            return new Place(
                    config.text("url") + "?" + query,
                    uri.getHost(),
                    path + "?" + query,
                    () ->
                            new ServiceBackends.Backend(
                                    "",
                                    new InetSocketAddress(
                                            InetAddress.getByName(uri.getHost()), port)));
        }
        JsonObject service = config.object("service");
        ObjectName name = new ObjectName(service.text("namespace"), service.text("name"));
        long port = service.number(443, "port");
        String path = service.text("path").isEmpty() ? "/" : service.text("path");
        String host = name.name() + "." + name.namespace() + ".svc";
        return new Place(
                "https://%s:%d%s?%s".formatted(host, port, path, query),
                host,
                path + "?" + query,
                () -> backends.choose(name, port));
    }

    private JsonObject exchange(
            Place place,
            String bundle,
            JsonObject review,
            AtomicReference<@Nullable UpstreamConnection> open)
            throws IOException {
        ServiceBackends.Backend backend = place.backend().choose();
        String pem =
                bundle.isEmpty()
                        ? ""
                        : new String(Base64.getDecoder().decode(bundle), StandardCharsets.UTF_8);
        Upstream upstream =
                new Upstream(
                        backend.node(),
                        backend.address(),
                        Optional.of(TransportSecurity.verifying(pem)),
                        place.target(),
                        "");
        UpstreamConnection connection =
                UpstreamConnection.open(upstream, dialer, place.serverName());
        open.set(connection);
        connection.send(
                "POST",
                upstream,
                List.of(
                        Map.entry("Content-Type", "application/json"),
                        Map.entry("Accept", "application/json"),
                        Map.entry("Connection", "close")),
                JsonWriter.bytes(review));
        UpstreamConnection.Head head = connection.readHead();
        byte[] body;
        try (InputStream in = connection.body(head, "POST")) {
            body = in.readNBytes(ANSWER_BYTES_MAX);
        }
        if (head.code() / 100 != 2) {
            throw new IOException(
                    "the server answered %d %s: %s"
                            .formatted(
                                    head.code(),
                                    head.reason(),
                                    new String(body, StandardCharsets.UTF_8).strip()));
        }
        try {
            Json answer = JsonReader.read(body);
            return answer instanceof JsonObject object ? object : JsonObject.EMPTY;
        } catch (JsonSyntaxException e) {
            throw new IOException("the answer is no JSON: " + e.getMessage(), e);
        }
    }
}
