package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeAuthorizationTest {
    private static final String CORE = "/api/v1/namespaces/default/";

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
        admin = server.admin();
        make("serviceaccounts", "metadata: {name: default}");
        make("serviceaccounts", "metadata: {name: other}");
        make("secrets", "metadata: {name: needed}");
        make("secrets", "metadata: {name: foreign}");
        make("configmaps", "metadata: {name: settings}");
        for (String node : new String[] {"one", "two"}) {
            admin.send(ApiRequest.post("/api/v1/nodes", yaml("metadata: {name: " + node + "}")));
        }
        make(
                "pods",
                """
                metadata: {name: web}
                spec:
                  nodeName: one
                  serviceAccountName: default
                  containers:
                  - {name: c, image: i, envFrom: [{configMapRef: {name: settings}}]}
                  volumes: [{name: v, secret: {secretName: needed}}]
                """);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void showsNodesWhatTheirOwnPodsNeed() {
        assertThat(node("one").send(ApiRequest.get(CORE + "secrets/needed"))).isNotNull();
        assertThat(node("one").send(ApiRequest.get(CORE + "configmaps/settings"))).isNotNull();
        refuses("one", CORE + "secrets/foreign");
        refuses("two", CORE + "secrets/needed");
    }

    @Test
    void listsOneNamedObjectAndNoMore() {
        assertThatCode(() ->
                        node("one")
                                .send(
                                        ApiRequest.get(CORE + "secrets")
                                                .with("fieldSelector", "metadata.name=needed")))
                .doesNotThrowAnyException();
        refuses("one", CORE + "secrets");
    }

    @Test
    void forgetsTheNeedWithThePod() {
        admin.send(ApiRequest.delete(CORE + "pods/web").with("gracePeriodSeconds", "0"));

        refuses("one", CORE + "secrets/needed");
    }

    @Test
    void showsNodesThemselvesAndTheirPods() {
        assertThat(node("one").send(ApiRequest.get("/api/v1/nodes/one"))).isNotNull();
        refuses("one", "/api/v1/nodes/two");
        refuses("one", "/api/v1/pods");
        assertThat(
                        node("one")
                                .send(
                                        ApiRequest.get("/api/v1/pods")
                                                .with("fieldSelector", "spec.nodeName=one"))
                                .list("items"))
                .hasSize(1);
        refuses("two", CORE + "pods/web");
    }

    @Test
    void givesTokensForPodsOfTheNodeOnly() {
        JsonObject pod = admin.send(ApiRequest.get(CORE + "pods/web"));
        JsonObject bound =
                yaml(
                        "spec: {boundObjectRef: {kind: Pod, apiVersion: v1, name: web, uid: %s}}"
                                .formatted(pod.text("metadata", "uid")));

        assertThat(
                        node("one")
                                .send(
                                        ApiRequest.post(
                                                CORE + "serviceaccounts/default/token", bound))
                                .text("status", "token"))
                .isNotEmpty();
        assertThatThrownBy(() ->
                        node("one")
                                .send(
                                        ApiRequest.post(
                                                CORE + "serviceaccounts/default/token",
                                                yaml("spec: {}"))))
                .hasMessageContaining("node requested token not bound to a pod");
        assertThatThrownBy(() ->
                        node("one")
                                .send(ApiRequest.post(CORE + "serviceaccounts/other/token", bound)))
                .hasMessageContaining("no relationship found between node 'one' and this object");
    }

    private void refuses(String node, String path) {
        assertThatThrownBy(() -> node(node).send(ApiRequest.get(path)))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("is forbidden: User \"system:node:" + node);
    }

    private Transport node(String name) {
        return server.server().transport(User.of("system:node:" + name, "system:nodes"));
    }

    private void make(String plural, String text) {
        admin.send(ApiRequest.post(CORE + plural, yaml(text)));
    }

    private static JsonObject yaml(String text) {
        return (JsonObject) YamlReader.read(text.getBytes(StandardCharsets.UTF_8));
    }
}
