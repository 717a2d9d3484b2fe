package io.fairlead.images;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/// A registry of a few lines, which can be made to misbehave.
final class LoopbackRegistry implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, byte[]> content = new ConcurrentHashMap<>();
    final List<String> asked = new CopyOnWriteArrayList<>();

    /// Answers instead of the registry, when it returns true.
    volatile Meddler meddler = exchange -> false;

    interface Meddler {
        boolean answers(HttpExchange exchange) throws IOException;
    }

    LoopbackRegistry() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    String host() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            asked.add(path);
            if (meddler.answers(exchange)) {
                return;
            }
            Optional<byte[]> found = Optional.ofNullable(content.get(path));
            answer(exchange, found.isPresent() ? 200 : 404, found.orElse(new byte[0]));
        }
    }

    static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    static void redirect(HttpExchange exchange, String location) throws IOException {
        exchange.getResponseHeaders().set("Location", location);
        answer(exchange, 307, new byte[0]);
    }

    static String authorization(HttpExchange exchange) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization"))
                .orElse("");
    }

    void serve(String path, byte[] bytes) {
        content.put(path, bytes);
    }

    /// Serves an image with these layers, and returns its manifest's digest.
    ///
    /// @param packing compresses a layer
    String image(String repository, String tag, Function<byte[], byte[]> packing, byte[]... tars) {
        JsonArray diffIds = JsonArray.EMPTY;
        JsonArray layers = JsonArray.EMPTY;
        for (byte[] tar : tars) {
            diffIds = diffIds.plus(Json.of(ContentDigest.of(tar).toString()));
            layers = layers.plus(blob(repository, packing.apply(tar)));
        }
        JsonObject config =
                JsonObject.of(
                        "config",
                        JsonObject.of("Cmd", JsonArray.ofStrings(List.of("/run"))),
                        "rootfs",
                        JsonObject.of("type", Json.of("layers"), "diff_ids", diffIds));
        JsonObject manifest =
                JsonObject.builder()
                        .put("schemaVersion", Json.of(2))
                        .put("mediaType", Json.of(Manifest.OCI_MANIFEST))
                        .put("config", blob(repository, JsonWriter.bytes(config)))
                        .put("layers", layers)
                        .build();
        return manifest(repository, tag, manifest);
    }

    String manifest(String repository, String tag, JsonObject manifest) {
        byte[] bytes = JsonWriter.bytes(manifest);
        String digest = ContentDigest.of(bytes).toString();
        serve("/v2/" + repository + "/manifests/" + tag, bytes);
        serve("/v2/" + repository + "/manifests/" + digest, bytes);
        return digest;
    }

    private JsonObject blob(String repository, byte[] bytes) {
        String digest = ContentDigest.of(bytes).toString();
        serve("/v2/" + repository + "/blobs/" + digest, bytes);
        return JsonObject.of("digest", Json.of(digest), "size", Json.of(bytes.length));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
