package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.ApiException;
import io.fairlead.api.CertificateRequest;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificateRequestTest {
    private static final String PATH = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
    private static final String CLIENT = "kubernetes.io/kube-apiserver-client";

    @TempDir Path folder;
    private TestServer server;
    private final KeyPair pair = CertificateRequests.pair();

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void saysWhoAsked() throws Exception {
        JsonObject made = post(as("jane", "system:masters", "dev"), "a", "jane", List.of(), CLIENT);

        assertThat(made.text("spec", "username")).isEqualTo("jane");
        assertThat(made.list("spec", "groups")).extracting(Json::text).contains("dev");
        assertThat(made.get("status")).isEqualTo(JsonObject.EMPTY);
    }

    @Test
    void refusesWhatIsNoRequest() {
        assertThatThrownBy(() ->
                        server.admin()
                                .send(ApiRequest.post(PATH, object("a", "bm9uc2Vuc2U=", CLIENT))))
                .hasMessageContaining("PEM block type must be CERTIFICATE REQUEST");
    }

    @Test
    void refusesSignaturesOfAnotherKey() throws Exception {
        byte[] der = CertificateRequests.der(pair, "x", List.of());
        der[der.length - 1] ^= 1;
        String pem =
                "-----BEGIN CERTIFICATE REQUEST-----\n"
                        + java.util.Base64.getEncoder().encodeToString(der)
                        + "\n-----END CERTIFICATE REQUEST-----\n";

        assertThatThrownBy(() -> CertificateRequest.parse(pem))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void makesNobodyAMaster() {
        assertThatThrownBy(
                        () -> post(server.admin(), "a", "jane", List.of("system:masters"), CLIENT))
                .hasMessageContaining(
                        "use of kubernetes.io/kube-apiserver-client signer with system:masters"
                                + " group is not allowed");
    }

    @Test
    void letsApproveOnlyWhoMayForThatSigner() throws Exception {
        post(server.admin(), "a", "jane", List.of(), CLIENT);
        allow("certificatesigningrequests/approval", "update", "");
        JsonObject approved = approved("a");

        assertThatThrownBy(() -> as("bob").send(ApiRequest.put(PATH + "/a/approval", approved)))
                .hasMessageContaining(
                        "user not permitted to approve requests with signerName \"" + CLIENT);

        allow("signers", "approve", "kubernetes.io/*");
        JsonObject written = as("bob").send(ApiRequest.put(PATH + "/a/approval", approved));

        assertThat(written.list("status", "conditions")).hasSize(1);
        assertThat(written.list("status", "conditions").getFirst().text("lastUpdateTime"))
                .isNotEmpty();
    }

    @Test
    void keepsTheRequestAndTheJudgement() throws Exception {
        post(server.admin(), "a", "jane", List.of(), CLIENT);
        JsonObject approved =
                server.admin().send(ApiRequest.put(PATH + "/a/approval", approved("a")));

        JsonObject changed =
                server.admin()
                        .send(
                                ApiRequest.put(
                                        PATH + "/a",
                                        approved.withAt(Json.of("mallory"), "spec", "username")
                                                .withAt(JsonArray.EMPTY, "status", "conditions")));

        assertThat(changed.text("spec", "username")).isEqualTo("admin");
        assertThat(changed.list("status", "conditions")).hasSize(1);
        assertThatThrownBy(() ->
                        server.admin()
                                .send(
                                        ApiRequest.put(
                                                PATH + "/a/approval",
                                                changed.withAt(
                                                        JsonArray.EMPTY, "status", "conditions"))))
                .isInstanceOf(ApiException.class)
                .hasMessageContaining("updates may not remove a condition of type \"Approved\"");
    }

    @Test
    void signsWhatOthersMayReadAsThatUser() throws Exception {
        CertificateAuthority authority =
                CertificateAuthority.create("test", Clock.systemUTC(), new SecureRandom());
        String pem =
                authority.sign(
                        CertificateRequest.parse(
                                CertificateRequests.pem(pair, "jane", List.of("dev"), "a.example")),
                        List.of("client auth", "digital signature"),
                        Duration.ofHours(1));
        X509Certificate made = Credential.certificatesFrom(pem).getFirst();

        assertThat(authority.vouchesForClient(made)).isTrue();
        assertThat(made.getPublicKey()).isEqualTo(pair.getPublic());
        assertThat(made.getSubjectX500Principal().getName()).contains("CN=jane").contains("O=dev");
        assertThat(made.getSubjectAlternativeNames()).hasSize(1);
        assertThat(made.getKeyUsage()).startsWith(true, false, false);
        assertThat(made.getBasicConstraints()).isEqualTo(-1);
        assertThat(made.getNotAfter().toInstant())
                .isBetween(
                        Clock.systemUTC().instant().plusSeconds(3500),
                        Clock.systemUTC().instant().plusSeconds(3601));
    }

    private Transport as(String name, String... groups) {
        return server.server().transport(User.of(name, groups));
    }

    private JsonObject approved(String name) {
        return server.admin()
                .send(ApiRequest.get(PATH + "/" + name))
                .withAt(
                        JsonArray.of(
                                JsonObject.of(
                                        "type",
                                        Json.of("Approved"),
                                        "status",
                                        Json.of("True"),
                                        "reason",
                                        Json.of("Test"))),
                        "status",
                        "conditions");
    }

    private void allow(String resource, String verb, String name) {
        String id = "rule-" + verb;
        String rbac = "/apis/rbac.authorization.k8s.io/v1/";
        JsonObject rule =
                JsonObject.builder()
                        .put("apiGroups", JsonArray.of(Json.of("certificates.k8s.io")))
                        .put("resources", JsonArray.of(Json.of(resource)))
                        .put("verbs", JsonArray.of(Json.of(verb)))
                        .putUnlessEmpty(
                                "resourceNames",
                                name.isEmpty() ? JsonArray.EMPTY : JsonArray.of(Json.of(name)))
                        .build();
        JsonObject metadata = JsonObject.of("name", Json.of(id));
        server.admin()
                .send(
                        ApiRequest.post(
                                rbac + "clusterroles",
                                JsonObject.of("metadata", metadata, "rules", JsonArray.of(rule))));
        server.admin()
                .send(
                        ApiRequest.post(
                                rbac + "clusterrolebindings",
                                JsonObject.of(
                                        "metadata",
                                        metadata,
                                        "roleRef",
                                        JsonObject.of(
                                                "apiGroup",
                                                Json.of("rbac.authorization.k8s.io"),
                                                "kind",
                                                Json.of("ClusterRole"),
                                                "name",
                                                Json.of(id)),
                                        "subjects",
                                        JsonArray.of(
                                                JsonObject.of(
                                                        "kind",
                                                        Json.of("User"),
                                                        "name",
                                                        Json.of("bob"))))));
    }

    private JsonObject post(
            Transport transport, String name, String user, List<String> groups, String signer)
            throws Exception {
        return transport.send(
                ApiRequest.post(
                        PATH,
                        object(name, CertificateRequests.encoded(pair, user, groups), signer)));
    }

    private static JsonObject object(String name, String request, String signer) {
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", Json.of(name)),
                "spec",
                JsonObject.of(
                        "request",
                        Json.of(request),
                        "signerName",
                        Json.of(signer),
                        "usages",
                        JsonArray.of(Json.of("client auth"))));
    }
}
