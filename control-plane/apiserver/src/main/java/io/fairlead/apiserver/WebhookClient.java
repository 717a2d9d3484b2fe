package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Posts reviews to webhooks, over HTTPS, to an address or to a Service of the cluster. Safe for use by many threads.
final class WebhookClient {
    private static final List<Map.Entry<String, String>> HEADERS =
            List.of(
                    Map.entry("Content-Type", "application/json"),
                    Map.entry("Accept", "application/json"),
                    Map.entry("Connection", "close"));

    private final ServiceBackends backends;
    private final UpstreamCalls calls;

    WebhookClient(ServiceBackends backends, UpstreamCalls calls) {
        this.backends = backends;
        this.calls = calls;
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
        try {
            UpstreamCalls.Reply reply =
                    calls.call(
                            "POST",
                            () -> upstream(place, clientConfig.text("caBundle")),
                            HEADERS,
                            JsonWriter.bytes(review),
                            timeout);
            return read(reply);
        } catch (IOException e) {
            throw new IOException("Post \"%s\": %s".formatted(place.shown(), e.getMessage()), e);
        }
    }

    private static JsonObject read(UpstreamCalls.Reply reply) throws IOException {
        if (!reply.isGood()) {
            throw new IOException(
                    "the server answered %d %s: %s"
                            .formatted(
                                    reply.code(),
                                    reply.reason(),
                                    new String(reply.body(), StandardCharsets.UTF_8).strip()));
        }
        try {
            Json answer = JsonReader.read(reply.body());
            return answer instanceof JsonObject object ? object : JsonObject.EMPTY;
        } catch (JsonSyntaxException e) {
            throw new IOException("the answer is no JSON: " + e.getMessage(), e);
        }
    }

    private static Upstream upstream(Place place, String bundle) throws IOException {
        ServiceBackends.Backend backend = place.backend().choose();
        String pem =
                bundle.isEmpty()
                        ? ""
                        : new String(Base64.getDecoder().decode(bundle), StandardCharsets.UTF_8);
        return new Upstream(
                backend.node(),
                backend.address(),
                Optional.of(TransportSecurity.verifying(pem)),
                place.serverName(),
                place.target(),
                "",
                List.of());
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
}
