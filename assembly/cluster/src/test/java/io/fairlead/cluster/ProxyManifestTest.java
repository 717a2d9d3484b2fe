package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.YamlReader;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProxyManifestTest {
    @Test
    void installsAnAccountItsRightsAndAPodOnEveryNode() {
        List<JsonObject> objects =
                YamlReader.readObjects(ProxyManifest.text("example/fairlead:1", ""));
        assertThat(objects)
                .extracting(object -> object.text("kind"))
                .containsExactly(
                        "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "DaemonSet");
        assertThat(container(objects).text("image")).isEqualTo("example/fairlead:1");
        assertThat(variables(objects)).containsExactly("NODE_NAME");
    }

    @Test
    void asksForNoMoreThanItReads() {
        JsonObject role = YamlReader.readObjects(ProxyManifest.text("i", "")).get(1);
        assertThat(role.list("rules"))
                .allSatisfy(rule ->
                        assertThat(rule.list("verbs").stream().map(Json::text))
                                .containsExactly("get", "list", "watch"));
        assertThat(
                        role.list("rules").stream()
                                .flatMap(rule -> rule.list("resources").stream())
                                .map(Json::text))
                .containsExactly("services", "nodes", "endpointslices", "servicecidrs");
    }

    @Test
    void mayNameTheServerThatNoServiceIsNeededFor() {
        List<JsonObject> objects =
                YamlReader.readObjects(ProxyManifest.text("i", "[fd00::1]:6443"));
        assertThat(variables(objects))
                .containsExactly("NODE_NAME", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT");
        assertThat(container(objects).list("env").get(1).text("value")).isEqualTo("fd00::1");
        assertThatThrownBy(() -> ProxyManifest.text("i", "somewhere"))
                .isInstanceOf(ClusterException.class)
                .hasMessageContaining("HOST:PORT");
    }

    private static Json container(List<JsonObject> objects) {
        return objects.getLast().list("spec", "template", "spec", "containers").getFirst();
    }

    private static List<String> variables(List<JsonObject> objects) {
        return container(objects).list("env").stream().map(it -> it.text("name")).toList();
    }
}
