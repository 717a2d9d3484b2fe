package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.YamlReader;
import java.util.List;
import org.junit.jupiter.api.Test;

class LoadBalancerManifestTest {
    private static List<JsonObject> objects() {
        return YamlReader.readObjects(
                LoadBalancerManifest.text(
                        "example/fairlead:1",
                        "192.0.2.1:6443",
                        LoadBalancerPool.parse("192.0.2.0/28,2001:db8::/120")));
    }

    @Test
    void installsTheRightsThePoolAndAProcessOnEachNode() {
        List<JsonObject> objects = objects();
        assertThat(objects.stream().map(it -> it.text("kind")))
                .containsExactly(
                        "ServiceAccount",
                        "ClusterRole",
                        "ClusterRoleBinding",
                        "Role",
                        "RoleBinding",
                        "ConfigMap",
                        "DaemonSet");
        assertThat(objects.get(5).text("data", "pools")).isEqualTo("192.0.2.0/28,2001:db8::/120");
        JsonObject pod = objects.getLast().object("spec", "template", "spec");
        assertThat(pod.flag("hostNetwork")).isTrue();
        Json container = pod.list("containers").getFirst();
        assertThat(container.text("image")).isEqualTo("example/fairlead:1");
        assertThat(container.list("env").stream().map(it -> it.text("name")))
                .containsExactly("NODE_NAME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT");
    }

    @Test
    void readsNoSecretsAndWritesOnlyStatusEventsAndItsLease() {
        List<String> writable =
                objects().stream()
                        .flatMap(object -> object.list("rules").stream())
                        .filter(rule ->
                                rule.list("verbs").stream()
                                        .map(Json::text)
                                        .anyMatch(verb ->
                                                !List.of("get", "list", "watch").contains(verb)))
                        .flatMap(rule -> rule.list("resources").stream())
                        .map(Json::text)
                        .toList();
        assertThat(writable).containsExactly("services/status", "events", "leases", "leases");
    }
}
