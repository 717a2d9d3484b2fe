package io.fairlead.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.testkit.Requirement;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreLinuxTest {
    @TempDir private Path folder = Path.of("");
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable LoopbackRegistry started;

    @BeforeEach
    void begin() throws IOException {
        Requirement.root();
        started = new LoopbackRegistry();
    }

    @AfterEach
    void end() {
        if (started != null) {
            started.close();
        }
        workers.close();
    }

    private LoopbackRegistry registry() {
        if (started == null) {
            throw new IllegalStateException();
        }
        return started;
    }

    private ImageStore store() {
        return store(RegistryOptions.USUAL);
    }

    private ImageStore store(RegistryOptions options) {
        return new ImageStore(folder.resolve("images"), options, workers);
    }

    private ImageReference name(String rest) {
        return ImageReference.parse(registry().host() + "/" + rest);
    }

    private static LocalImage pull(ImageStore store, ImageReference name) throws ImageException {
        return store.pull(name, RegistryCredentials.ANONYMOUS);
    }

    private static byte[] gzip(byte[] bytes) {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return packed.toByteArray();
    }

    private static byte[] layer(String name) throws IOException {
        return new Tars().file(name, name.repeat(1000)).bytes();
    }

    @Test
    void pullsLayersOfEveryCompression() throws Exception {
        registry().image("a", "plain", Function.identity(), layer("one"), layer("two"));
        registry().image("a", "gzip", ImageStoreLinuxTest::gzip, layer("one"), layer("two"));
        registry().image("a", "zstd", Zstd::compress, layer("one"), layer("two"));
        for (String tag : List.of("plain", "gzip", "zstd")) {
            ImageStore store = new ImageStore(folder.resolve(tag), RegistryOptions.USUAL, workers);
            LocalImage image = pull(store, name("a:" + tag));
            assertThat(image.layers().getFirst().resolve("one")).hasContent("one".repeat(1000));
            assertThat(image.layers().getLast().resolve("two")).exists();
            assertThat(image.config().command()).containsExactly("/run");
        }
    }

    @Test
    void fetchesEachLayerOnceAlsoForManyAtATime() throws Exception {
        registry().image("a", "1", ImageStoreLinuxTest::gzip, layer("one"));
        ImageStore store = store();
        List<Future<LocalImage>> pulls =
                Stream.generate(() -> workers.submit(() -> pull(store, name("a:1"))))
                        .limit(8)
                        .toList();
        for (Future<LocalImage> pull : pulls) {
            assertThat(pull.get()).isEqualTo(pulls.getFirst().get());
        }
        String blob = "/v2/a/blobs/" + ContentDigest.of(gzip(layer("one")));
        assertThat(registry().asked.stream().filter(blob::equals)).hasSize(1);
    }

    @Test
    void choosesThisMachineFromAnIndex() throws Exception {
        String wanted = registry().image("a", "x", Function.identity(), layer("mine"));
        JsonObject other = platform("sha256:" + "0".repeat(64), "s390x");
        JsonObject mine = platform(wanted, Manifest.architecture());
        registry().manifest("a", "many", JsonObject.of("manifests", JsonArray.of(other, mine)));
        assertThat(pull(store(), name("a:many")).layers().getFirst().resolve("mine")).exists();
        registry().manifest("a", "foreign", JsonObject.of("manifests", JsonArray.of(other)));
        assertThatThrownBy(() -> pull(store(), name("a:foreign")))
                .isInstanceOf(ImageException.class)
                .hasMessageEndingWith(
                        "it is not made for linux/%s, only for linux/s390x"
                                .formatted(Manifest.architecture()));
    }

    private static JsonObject platform(String digest, String architecture) {
        return JsonObject.builder()
                .put("digest", Json.of(digest))
                .put("size", Json.of(100))
                .put(
                        "platform",
                        JsonObject.of(
                                "os", Json.of("linux"), "architecture", Json.of(architecture)))
                .build();
    }

    @Test
    void pullsByDigestAndFindsItSo() throws Exception {
        String digest = registry().image("a", "1", Function.identity(), layer("one"));
        ImageStore store = store();
        LocalImage image = pull(store, name("a@" + digest));
        assertThat(store.find(name("a:1@" + digest))).contains(image);
        assertThat(store.find(name("a:1"))).isEmpty();
    }

    @Test
    void refusesOtherBytesThanThoseNamed() throws Exception {
        String digest = registry().image("a", "1", ImageStoreLinuxTest::gzip, layer("one"));
        String blob = "/v2/a/blobs/" + ContentDigest.of(gzip(layer("one")));
        registry().serve(blob, gzip(layer("bad")));
        assertThatThrownBy(() -> pull(store(), name("a:1"))).isInstanceOf(ImageException.class);
        registry().serve("/v2/a/manifests/" + digest, "{}".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> pull(store(), name("a@" + digest)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("another digest");
        assertThat(store().list()).isEmpty();
        assertNothingIsHalfDone();
    }

    private void assertNothingIsHalfDone() throws IOException {
        for (String name : List.of("images/unpacking", "images/layers/sha256")) {
            try (Stream<Path> files = Files.list(folder.resolve(name))) {
                assertThat(files).isEmpty();
            }
        }
    }

    @Test
    void triesAgainAfterPassingFaults() throws Exception {
        registry().image("a", "1", Function.identity(), layer("one"));
        Map<String, AtomicInteger> tries = new ConcurrentHashMap<>();
        registry().meddler =
                exchange -> {
                    String path = exchange.getRequestURI().getPath();
                    if (tries.computeIfAbsent(path, each -> new AtomicInteger()).getAndIncrement()
                            > 1) {
                        return false;
                    }
                    LoopbackRegistry.answer(exchange, 503, new byte[0]);
                    return true;
                };
        assertThat(pull(store(), name("a:1")).layers()).hasSize(1);
    }

    @Test
    void fetchesATokenWithItsCredentialsAndKeepsThemToTheRegistry() throws Exception {
        registry().image("team/a", "1", Function.identity(), layer("one"));
        try (LoopbackRegistry storage = new LoopbackRegistry()) {
            String blob = ContentDigest.of(layer("one")).toString();
            storage.serve("/signed", layer("one"));
            Map<String, String> seen = new HashMap<>();
            storage.meddler =
                    exchange -> {
                        seen.put("storage", LoopbackRegistry.authorization(exchange));
                        return false;
                    };
            registry().meddler =
                    exchange -> {
                        String path = exchange.getRequestURI().getPath();
                        if (path.equals("/token")) {
                            seen.put("query", exchange.getRequestURI().getQuery());
                            seen.put("token", LoopbackRegistry.authorization(exchange));
                            LoopbackRegistry.answer(
                                    exchange,
                                    200,
                                    "{\"token\":\"open\"}".getBytes(StandardCharsets.UTF_8));
                        } else if (!LoopbackRegistry.authorization(exchange)
                                .equals("Bearer open")) {
                            exchange.getResponseHeaders()
                                    .set(
                                            "WWW-Authenticate",
                                            "Bearer realm=\"http://%s/token\",service=\"reg\",scope=\"repository:team/a:pull\""
                                                    .formatted(registry().host()));
                            LoopbackRegistry.answer(exchange, 401, new byte[0]);
                        } else if (path.endsWith(blob)) {
                            LoopbackRegistry.redirect(
                                    exchange, "http://" + storage.host() + "/signed");
                        } else {
                            return false;
                        }
                        return true;
                    };
            store().pull(name("team/a:1"), new RegistryCredentials("me", "secret"));
            assertThat(seen)
                    .containsEntry("query", "service=reg&scope=repository:team/a:pull")
                    .containsEntry(
                            "token",
                            "Basic "
                                    + Base64.getEncoder()
                                            .encodeToString(
                                                    "me:secret".getBytes(StandardCharsets.UTF_8)))
                    .containsEntry("storage", "");
        }
    }

    @Test
    void signsInWithBasicAndSaysWhenThatIsRefused() throws Exception {
        registry().image("a", "1", Function.identity(), layer("one"));
        registry().meddler =
                exchange -> {
                    if (LoopbackRegistry.authorization(exchange).equals("Basic bWU6c2VjcmV0")) {
                        return false;
                    }
                    exchange.getResponseHeaders().set("WWW-Authenticate", "Basic realm=\"x\"");
                    LoopbackRegistry.answer(exchange, 401, new byte[0]);
                    return true;
                };
        assertThatThrownBy(() -> pull(store(), name("a:1")))
                .isInstanceOf(ImageException.class)
                .hasMessageEndingWith("answers 401");
        assertThat(store().pull(name("a:1"), new RegistryCredentials("me", "secret")).layers())
                .hasSize(1);
    }

    @Test
    void asksMirrorsFirstAndTheRegistryWhenTheyFail() throws Exception {
        registry().image("library/web", "1", Function.identity(), layer("mirrored"));
        URI dead = URI.create("http://127.0.0.1:1");
        URI mirror = URI.create("http://" + registry().host());
        ImageStore store =
                store(new RegistryOptions(Map.of("docker.io", List.of(dead, mirror)), Set.of()));
        assertThat(pull(store, ImageReference.parse("web:1")).layers()).hasSize(1);
        assertThat(store.find(ImageReference.parse("docker.io/library/web:1"))).isPresent();
    }

    @Test
    void aMissingLayerMakesAnImageAbsentUntilItIsPulledAgain() throws Exception {
        registry().image("a", "1", Function.identity(), layer("one"));
        ImageStore store = store();
        LocalImage image = pull(store, name("a:1"));
        LayerUnpacker.deleteTree(image.layers().getFirst());
        assertThat(store.find(name("a:1"))).isEmpty();
        assertThat(pull(store, name("a:1"))).isEqualTo(image);
        assertThat(store.find(name("a:1"))).contains(image);
    }

    @Test
    void pruneKeepsWhatIsNamedOrInUse() throws Exception {
        registry().image("a", "1", Function.identity(), layer("base"), layer("one"));
        registry().image("a", "2", Function.identity(), layer("base"), layer("two"));
        registry().image("a", "3", Function.identity(), layer("three"));
        ImageStore store = store();
        LocalImage one = pull(store, name("a:1"));
        LocalImage two = pull(store, name("a:2"));
        LocalImage three = pull(store, name("a:3"));
        for (StoredImage each : store.list()) {
            if (!each.image().equals(one)) {
                assertThat(store.remove(each.reference())).isTrue();
            }
        }
        assertThat(store.remove(name("a:2"))).isFalse();
        store.prune(Set.copyOf(three.layers()));
        assertThat(store.find(name("a:1"))).contains(one);
        assertThat(store.find(name("a:2"))).isEmpty();
        assertThat(two.layers().getFirst()).exists();
        assertThat(two.layers().getLast()).doesNotExist();
        assertThat(three.layers().getFirst()).exists();
    }

    @Test
    void leftoversOfADeadProcessAreRemoved() throws Exception {
        Path dead = folder.resolve("images/unpacking/999999999-1");
        Path alive = folder.resolve("images/unpacking/" + ProcessHandle.current().pid() + "-1");
        Files.createDirectories(dead.resolve("half"));
        Files.createDirectories(alive);
        store().prune(Set.of());
        assertThat(dead).doesNotExist();
        assertThat(alive).exists();
    }

    @Test
    void saysWhichRegistryCannotBeReached() {
        assertThatThrownBy(() -> pull(store(), ImageReference.parse("127.0.0.1:1/a:1")))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith(
                        "Cannot pull 127.0.0.1:1/a:1: 127.0.0.1:1 cannot be reached: ");
    }
}
