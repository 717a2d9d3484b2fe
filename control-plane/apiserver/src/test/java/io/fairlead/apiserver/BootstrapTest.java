package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.store.InMemoryStore;
import io.fairlead.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootstrapTest {
    private static final String ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles";

    @TempDir Path folder;

    @Test
    void makesEverythingInAFewTransactions() throws IOException {
        Store<StoredObject> store = new InMemoryStore<>();
        try (TestServer server = TestServer.on(store, folder, NodePorts.usual())) {
            assertThat(server.admin().send(ApiRequest.get(ROLES)).list("items"))
                    .hasSizeGreaterThan(50)
                    .allSatisfy(role -> {
                        assertThat(role.text("metadata", "uid")).hasSize(36);
                        assertThat(role.list("metadata", "managedFields")).hasSize(1);
                    });
            assertThat(store.snapshot().revision()).isLessThan(30);
        }
    }

    @Test
    void writesNothingWhenEverythingIsThere() throws IOException {
        Store<StoredObject> store = new InMemoryStore<>();
        JsonObject role;
        try (TestServer server = TestServer.on(store, folder, NodePorts.usual())) {
            role = server.admin().send(ApiRequest.get(ROLES + "/admin"));
            // What the server does beside its start must be done too.
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (!isShared(server)) {
                assertThat(System.nanoTime()).isLessThan(deadline);
                LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
            }
        }
        long revision = store.snapshot().revision();

        try (TestServer server = TestServer.on(store, folder, NodePorts.usual())) {
            assertThat(server.admin().send(ApiRequest.get(ROLES + "/admin"))).isEqualTo(role);
            assertThat(store.snapshot().revision()).isEqualTo(revision);
        }
    }

    private static boolean isShared(TestServer server) {
        return server
                .admin()
                .send(ApiRequest.get("/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas"))
                .list("items")
                .stream()
                .allMatch(schema -> schema.has("status", "conditions"));
    }

    @Test
    void givesOutTheNodePortsOfItsSettings() throws IOException {
        NodePorts two = new NodePorts(31000, 31001);
        try (TestServer server = TestServer.on(new InMemoryStore<>(), folder, two)) {
            JsonObject service =
                    (JsonObject)
                            JsonReader.read(
                                    "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":\"NodePort\",\"ports\":"
                                            + "[{\"name\":\"a\",\"port\":1},{\"name\":\"b\",\"port\":2}]}}");
            JsonObject made =
                    server.admin()
                            .send(
                                    ApiRequest.post(
                                            ResourceType.SERVICE.collectionPath("default"),
                                            service));

            assertThat(made.list("spec", "ports"))
                    .extracting(port -> port.number(0, "nodePort"))
                    .containsExactlyInAnyOrder(31000L, 31001L);
        }
    }
}
