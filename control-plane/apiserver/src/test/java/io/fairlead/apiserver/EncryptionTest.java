package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.client.ApiRequest;
import io.fairlead.store.SqliteStore;
import io.fairlead.store.Store;
import io.fairlead.store.StoreException;
import io.fairlead.store.Stored;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncryptionTest {
    private static final String SECRETS = "/api/v1/namespaces/default/secrets";
    private static final String KEY = "/registry/secrets/default/a";
    private static final String FIRST = "Zmlyc3RmaXJzdGZpcnN0Zmlyc3RmaXJzdGZpcnN0MTI=";
    private static final String SECOND = "c2Vjb25kc2Vjb25kc2Vjb25kc2Vjb25kc2Vjb25kMTI=";
    private static final String WORD = "a-very-secret-word";

    @TempDir Path folder;

    @Test
    void keepsSecretsUnreadableAndOthersAsTheyAre() {
        EncryptedObjects codec = codec("- aesgcm: {keys: [{name: one, secret: " + FIRST + "}]}");
        StoredObject secret = new StoredObject(secret());

        byte[] kept = codec.encode(KEY, secret);

        assertThat(text(kept)).startsWith("k8s:enc:aesgcm:v1:one:").doesNotContain(WORD);
        assertThat(codec.decode(KEY, kept).tree()).isEqualTo(secret.tree());
        assertThat(codec.encode(KEY, secret)).isNotEqualTo(kept);
        assertThat(text(codec.encode("/registry/configmaps/default/a", secret))).contains(WORD);
    }

    @Test
    void noticesValuesThatWereChangedOrMoved() {
        EncryptedObjects codec = codec("- aesgcm: {keys: [{name: one, secret: " + FIRST + "}]}");
        byte[] kept = codec.encode(KEY, new StoredObject(secret()));

        assertThatThrownBy(() -> codec.decode("/registry/secrets/default/b", kept))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("cannot be read with key \"one\"");
        kept[kept.length - 1] ^= 1;
        assertThatThrownBy(() -> codec.decode(KEY, kept)).isInstanceOf(StoreException.class);
    }

    @Test
    void saysWhichKeyIsMissing() {
        byte[] kept =
                codec("- aesgcm: {keys: [{name: one, secret: " + FIRST + "}]}")
                        .encode(KEY, new StoredObject(secret()));

        assertThatThrownBy(() ->
                        codec("- aesgcm: {keys: [{name: two, secret: " + SECOND + "}]}")
                                .decode(KEY, kept))
                .hasMessageContaining("is encrypted with key \"one\"");
    }

    @Test
    void refusesProvidersItDoesNotKnow() {
        assertThatThrownBy(() -> codec("- kms: {name: x}")).hasMessageContaining("[kms]");
        assertThatThrownBy(() -> codec("- aesgcm: {keys: [{name: one, secret: c2hvcnQ=}]}"))
                .hasMessageContaining("16, 24 or 32 bytes");
    }

    @Test
    void keepsAnewWhatWasKeptWithAnOldKeyOrNone() throws Exception {
        try (Store<StoredObject> store = open("- identity: {}");
                TestServer server =
                        TestServer.on(store, folder.resolve("keys"), NodePorts.usual())) {
            server.admin().send(ApiRequest.post(SECRETS, secret()));
        }
        String first = "- aesgcm: {keys: [{name: one, secret: " + FIRST + "}]}\n  - identity: {}";
        restartUntilRenewed(first);
        assertThatThrownBy(() -> open("- identity: {}").close()).isInstanceOf(StoreException.class);

        String both =
                "- aesgcm: {keys: [{name: two, secret: %s}, {name: one, secret: %s}]}"
                        .formatted(SECOND, FIRST);
        restartUntilRenewed(both);
        try (Store<StoredObject> store =
                open("- aesgcm: {keys: [{name: two, secret: " + SECOND + "}]}")) {
            store.compact(store.snapshot().revision());
            assertThat(store.snapshot().get(KEY).orElseThrow().value().tree().text("data", "k"))
                    .isNotEmpty();
        }
        for (Path file : java.util.List.of(folder.resolve("store.db"))) {
            assertThat(text(Files.readAllBytes(file))).doesNotContain(encoded());
        }
    }

    private void restartUntilRenewed(String providers) throws Exception {
        try (Store<StoredObject> store = open(providers);
                TestServer server =
                        TestServer.on(store, folder.resolve("keys"), NodePorts.usual())) {
            long deadline = System.nanoTime() + 20_000_000_000L;
            while (store.snapshot().list("").stream()
                    .map(Stored::value)
                    .anyMatch(StoredObject::isStale)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                LockSupport.parkNanos(5_000_000);
            }
            assertThat(server.admin().send(ApiRequest.get(SECRETS + "/a")).text("data", "k"))
                    .isEqualTo(encoded());
            store.compact(store.snapshot().revision());
        }
    }

    private Store<StoredObject> open(String providers) {
        Path file = folder.resolve("store.db");
        return SqliteStore.open(
                file,
                codec(providers),
                Thread.ofPlatform().daemon().factory(),
                SqliteStore.Options.beside(file));
    }

    private static EncryptedObjects codec(String providers) {
        return EncryptedObjects.parse(
                """
                apiVersion: apiserver.config.k8s.io/v1
                kind: EncryptionConfiguration
                resources:
                - resources: [secrets]
                  providers:
                  %s
                """
                        .formatted(providers)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static JsonObject secret() {
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", Json.of("a")),
                "data",
                JsonObject.of("k", Json.of(encoded())),
                "word",
                Json.of(WORD));
    }

    private static String encoded() {
        return java.util.Base64.getEncoder()
                .encodeToString(WORD.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
