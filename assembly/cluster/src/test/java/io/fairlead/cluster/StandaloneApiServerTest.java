package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.KubeClient;
import io.fairlead.client.RemoteTransport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StandaloneApiServerTest {
    private static final ObjectName MAP = new ObjectName("default", "kept");

    @TempDir Path folder;

    @Test
    void keepsObjectsFromOneLifeToTheNext() {
        try (StandaloneApiServer server = start(ServingOptions.NONE);
                RemoteTransport transport = RemoteTransport.open(server.kubeconfig())) {
            new KubeClient(transport).create(ResourceType.CONFIG_MAP, map());
        }
        try (StandaloneApiServer server = start(ServingOptions.NONE);
                RemoteTransport transport = RemoteTransport.open(server.kubeconfig())) {
            KubeClient client = new KubeClient(transport);

            assertThat(client.find(ResourceType.CONFIG_MAP, MAP)).isPresent();
            assertThat(client.find(ResourceType.SERVICE, new ObjectName("default", "kubernetes")))
                    .isPresent();
        }
    }

    @Test
    void letsInWhomItsOptionsName() throws Exception {
        Path tokens = folder.resolve("tokens");
        Files.writeString(tokens, "word,jane,1,system:masters\n");
        ServingOptions options =
                new ServingOptions(Map.of("token-auth-file", List.of(tokens.toString())));
        try (StandaloneApiServer server = start(options);
                RemoteTransport transport = RemoteTransport.open(server.kubeconfig())) {
            URI uri = transport.server().resolve("/api/v1/namespaces");
            HttpResponse<String> answer =
                    transport
                            .http()
                            .send(
                                    HttpRequest.newBuilder(uri)
                                            .header("Authorization", "Bearer word")
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString());

            assertThat(answer.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void makesABackupABeginningForAnotherCluster() throws Exception {
        Path archive = folder.resolve("backup.zip");
        ClusterFolders first = folders("first");
        ClusterFolders second = folders("second");
        try (StandaloneApiServer server = start(first.data(), ServingOptions.NONE);
                RemoteTransport transport = RemoteTransport.open(server.kubeconfig())) {
            new KubeClient(transport).create(ResourceType.CONFIG_MAP, map());
            byte[] store =
                    transport
                            .http()
                            .send(
                                    HttpRequest.newBuilder(
                                                    transport.server().resolve("/fairlead/backup"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofByteArray())
                            .body();
            ClusterBackup.write(first, store, archive);
        }

        ClusterBackup.restore(archive, second, ClusterBackup.Replacement.REFUSED);

        assertThatThrownBy(() ->
                        ClusterBackup.restore(archive, second, ClusterBackup.Replacement.REFUSED))
                .hasMessageContaining("has state already");
        assertThat(second.pki().resolve("ca.key"))
                .hasSameBinaryContentAs(first.pki().resolve("ca.key"));
        try (StandaloneApiServer server = start(second.data(), ServingOptions.NONE);
                RemoteTransport transport = RemoteTransport.open(server.kubeconfig())) {
            assertThat(new KubeClient(transport).find(ResourceType.CONFIG_MAP, MAP)).isPresent();
        }
        Files.writeString(archive, "something else");
        assertThatThrownBy(() ->
                        ClusterBackup.restore(archive, second, ClusterBackup.Replacement.WANTED))
                .isInstanceOf(ClusterException.class);
        assertThat(second.store()).exists();
    }

    @Test
    void saysWhichOptionIsNotUsable() {
        assertThatThrownBy(() -> options("oidc-issuer-url", "http://plain").check())
                .hasMessageContaining("--oidc-issuer-url http://plain is no https:// URL");
        assertThatThrownBy(() -> options("audit-policy-file", "/none").check())
                .hasMessageContaining("--audit-log-path");
        assertThatThrownBy(() -> options("max-requests-inflight", "many").check())
                .hasMessageContaining("--max-requests-inflight many is not a number");
        assertThatThrownBy(() -> options("encryption-provider-config", "/none").check())
                .hasMessageContaining("/none cannot be read");
    }

    @Test
    void keepsWhatIsNotSaidAnew() {
        ServingOptions before = options("max-connections", "7");

        assertThat(before.with(Map.of("audit-log-maxage", List.of("3"))).flags())
                .containsOnlyKeys("max-connections", "audit-log-maxage");
        assertThat(before.with(Map.of("max-connections", List.of(""))).flags()).isEmpty();
        assertThat(ServingOptions.of(before.tree())).isEqualTo(before);
    }

    private static ServingOptions options(String flag, String value) {
        return new ServingOptions(Map.of(flag, List.of(value)));
    }

    private ClusterFolders folders(String name) {
        return new ClusterFolders(name, folder.resolve(name), folder.resolve("run-" + name));
    }

    private StandaloneApiServer start(ServingOptions options) {
        return start(folder.resolve("data"), options);
    }

    private static StandaloneApiServer start(Path data, ServingOptions options) {
        return StandaloneApiServer.start(
                new StandaloneApiServer.Settings(
                        data,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        new InetSocketAddress("192.0.2.9", 6443),
                        FamilyCidrs.parse("10.96.0.0/12"),
                        30000,
                        32767,
                        options));
    }

    private static JsonObject map() {
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", Json.of(MAP.name()), "namespace", Json.of(MAP.namespace())));
    }
}
