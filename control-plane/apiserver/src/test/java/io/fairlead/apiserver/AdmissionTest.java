package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the cluster's policies change and refuse.
class AdmissionTest {
    private static final String BASE = "/api/v1/namespaces/default/";

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
        admin = server.admin();
        admin.send(
                ApiRequest.post(BASE + "serviceaccounts", json("{'metadata':{'name':'default'}}")));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void writersTogetherDoNotExceedAQuota() throws Exception {
        admin.send(ApiRequest.post(BASE + "resourcequotas", quota("{'count/configmaps':'5'}")));
        int before = admin.send(ApiRequest.get(BASE + "configmaps")).list("items").size();
        List<Callable<Boolean>> writers = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            String name = "c" + i;
            writers.add(() -> isMade(name));
        }
        long made = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> future : threads.invokeAll(writers)) {
                made += future.get() ? 1 : 0;
            }
        }

        assertThat(before + made).isEqualTo(5);
        assertThat(
                        admin.send(ApiRequest.get(BASE + "resourcequotas/q"))
                                .text("status", "used", "count/configmaps"))
                .isEqualTo("5");
    }

    private boolean isMade(String name) {
        try {
            admin.send(
                    ApiRequest.post(
                            BASE + "configmaps", json("{'metadata':{'name':'" + name + "'}}")));
            return true;
        } catch (ApiException e) {
            assertThat(e.status().message()).contains("exceeded quota: q, requested: ");
            return false;
        }
    }

    @Test
    void aQuotaOfComputingResourcesWantsThemStated() {
        admin.send(ApiRequest.post(BASE + "resourcequotas", quota("{'requests.cpu':'1'}")));

        assertRefused(
                () -> admin.send(ApiRequest.post(BASE + "pods", pod("{}"))),
                403,
                "pods \"p\" is forbidden: failed quota: q: must specify requests.cpu for: c");
    }

    @Test
    void limitRangesFillInAndRefuse() {
        admin.send(
                ApiRequest.post(
                        BASE + "limitranges",
                        json(
                                "{'metadata':{'name':'l'},'spec':{'limits':[{'type':'Container',"
                                        + "'default':{'cpu':'200m'},'defaultRequest':{'cpu':'100m'},"
                                        + "'max':{'cpu':'500m'}}]}}")));

        JsonObject made = admin.send(ApiRequest.post(BASE + "pods", pod("{}")));

        Json container = made.list("spec", "containers").getFirst();
        assertThat(container.text("resources", "requests", "cpu")).isEqualTo("100m");
        assertThat(container.text("resources", "limits", "cpu")).isEqualTo("200m");
        assertThat(made.text("metadata", "annotations", "kubernetes.io/limit-ranger"))
                .isEqualTo(
                        "LimitRanger plugin set: cpu request for container c; cpu limit for"
                                + " container c");
        assertRefused(
                () ->
                        admin.send(
                                ApiRequest.post(
                                        BASE + "pods",
                                        pod("{'resources':{'limits':{'cpu':'1'}}}"))),
                403,
                "pods \"p\" is forbidden: maximum cpu usage per Container is 500m, but limit is 1");
    }

    @Test
    void podsKeepToTheLevelOfTheirNamespace() {
        admin.send(
                ApiRequest.patch(
                        "/api/v1/namespaces/default",
                        ApiRequest.MERGE_PATCH,
                        json(
                                "{'metadata':{'labels':{'pod-security.kubernetes.io/enforce':'restricted'}}}")));

        assertRefused(
                () -> admin.send(ApiRequest.post(BASE + "pods", pod("{}"))),
                403,
                "pods \"p\" is forbidden: violates PodSecurity \"restricted:latest\":"
                        + " allowPrivilegeEscalation != false (container \"c\" must set"
                        + " securityContext.allowPrivilegeEscalation=false), unrestricted"
                        + " capabilities (container \"c\" must set"
                        + " securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod"
                        + " or container \"c\" must set securityContext.runAsNonRoot=true),"
                        + " seccompProfile (pod or container \"c\" must set"
                        + " securityContext.seccompProfile.type to \"RuntimeDefault\" or"
                        + " \"Localhost\")");
        admin.send(
                ApiRequest.post(
                        BASE + "pods",
                        pod(
                                "{'securityContext':{'allowPrivilegeEscalation':false,'runAsNonRoot':true,"
                                        + "'capabilities':{'drop':['ALL']},'seccompProfile':{'type':'RuntimeDefault'}}}")));
    }

    @Test
    void aNodeWritesNoOtherNode() {
        Transport node = server.server().transport(User.of("system:node:n1", "system:nodes"));
        node.send(ApiRequest.post("/api/v1/nodes", json("{'metadata':{'name':'n1'}}")));

        assertRefused(
                () ->
                        node.send(
                                ApiRequest.post(
                                        "/api/v1/nodes", json("{'metadata':{'name':'n2'}}"))),
                403,
                "nodes \"n2\" is forbidden: node \"n1\" is not allowed to modify node \"n2\"");
    }

    @Test
    void claimsGetTheDefaultClass() {
        admin.send(
                ApiRequest.post(
                        "/apis/storage.k8s.io/v1/storageclasses",
                        json(
                                "{'metadata':{'name':'disk','annotations':{'storageclass.kubernetes.io/is-default-class':'true'}},"
                                        + "'provisioner':'example.com/p'}")));

        JsonObject claim =
                admin.send(
                        ApiRequest.post(
                                BASE + "persistentvolumeclaims",
                                json(
                                        "{'metadata':{'name':'v'},'spec':{'accessModes':['ReadWriteOnce'],"
                                                + "'resources':{'requests':{'storage':'1Gi'}}}}")));

        assertThat(claim.text("spec", "storageClassName")).isEqualTo("disk");
    }

    private static JsonObject quota(String hard) {
        return json("{'metadata':{'name':'q'},'spec':{'hard':" + hard + "}}");
    }

    private static JsonObject pod(String more) {
        JsonObject container = json(more).with("name", "c").with("image", "i");
        return json("{'metadata':{'name':'p'}}")
                .withAt(io.fairlead.api.JsonArray.of(container), "spec", "containers");
    }

    private static JsonObject json(String text) {
        return (JsonObject) JsonReader.read(text.replace('\'', '"'));
    }

    private static void assertRefused(Runnable call, int code, String message) {
        assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> {
                            assertThat(e.status().message()).isEqualTo(message);
                            assertThat(e.status().code()).isEqualTo(code);
                        });
    }
}
