package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditTest {
    private static final String MAPS = "/api/v1/namespaces/default/configmaps";

    @TempDir Path folder;

    @Test
    void tellsByTheFirstRuleThatMatches() throws Exception {
        List<JsonObject> events =
                told(
                        """
                        apiVersion: audit.k8s.io/v1
                        kind: Policy
                        omitStages: [RequestReceived]
                        rules:
                        - level: None
                          users: [quiet]
                        - level: RequestResponse
                          resources: [{group: "", resources: [configmaps]}]
                          verbs: [create]
                        - level: Metadata
                          resources: [{group: "", resources: [configmaps]}]
                        - level: None
                        """,
                        server -> {
                            Transport admin = server.admin();
                            admin.send(ApiRequest.post(MAPS, map("a")));
                            admin.send(ApiRequest.get(MAPS + "/a"));
                            admin.send(ApiRequest.get("/api/v1/nodes"));
                            server.server()
                                    .transport(User.of("quiet", User.MASTERS))
                                    .send(ApiRequest.get(MAPS + "/a"));
                        });

        assertThat(events).extracting(event -> event.text("verb")).containsExactly("create", "get");
        JsonObject created = events.getFirst();
        assertThat(created.text("stage")).isEqualTo("ResponseComplete");
        assertThat(created.text("level")).isEqualTo("RequestResponse");
        assertThat(created.text("requestObject", "data", "k")).isEqualTo("v");
        assertThat(created.text("responseObject", "metadata", "uid")).isNotEmpty();
        assertThat(created.text("objectRef", "name")).isEqualTo("a");
        assertThat(created.text("user", "username")).isEqualTo("admin");
        assertThat(created.number(0, "responseStatus", "code")).isEqualTo(201);
        assertThat(created.text("annotations", "authorization.k8s.io/decision")).isEqualTo("allow");
        assertThat(events.get(1).has("requestObject")).isFalse();
    }

    @Test
    void tellsWhatPoliciesNote() throws Exception {
        List<JsonObject> events =
                told(
                        """
                        apiVersion: audit.k8s.io/v1
                        kind: Policy
                        omitStages: [RequestReceived]
                        rules: [{level: Metadata, resources: [{group: "", resources: [configmaps]}]}]
                        """,
                        server -> {
                            Transport admin = server.admin();
                            String registration = "/apis/admissionregistration.k8s.io/v1/";
                            admin.send(
                                    ApiRequest.post(
                                            registration + "validatingadmissionpolicies",
                                            CustomResourceTest.json(
                                                    "{'metadata':{'name':'p'},'spec':{'matchConstraints':{'resourceRules':[{'apiGroups':[''],'apiVersions':['v1'],'operations':['CREATE'],'resources':['configmaps']}]},'validations':[{'expression':'false','message':'never'}],'auditAnnotations':[{'key':'name','valueExpression':'object.metadata.name + \\\"!\\\"'}]}}")));
                            admin.send(
                                    ApiRequest.post(
                                            registration + "validatingadmissionpolicybindings",
                                            CustomResourceTest.json(
                                                    "{'metadata':{'name':'b'},'spec':{'policyName':'p','validationActions':['Audit']}}")));
                            admin.send(ApiRequest.post(MAPS, map("a")));
                        });

        JsonObject annotations = events.getFirst().object("annotations");
        assertThat(annotations.text("p/name")).isEqualTo("a!");
        assertThat(annotations.text("validation.policy.admission.k8s.io/validation_failure"))
                .contains("\"message\":\"never\"")
                .contains("\"binding\":\"b\"");
    }

    @Test
    void tellsOfRefusals() throws Exception {
        List<JsonObject> events =
                told(
                        """
                        apiVersion: audit.k8s.io/v1
                        kind: Policy
                        rules: [{level: Metadata, users: [jane]}]
                        """,
                        server ->
                                assertThatThrownBy(() ->
                                                server.server()
                                                        .transport(User.of("jane"))
                                                        .send(ApiRequest.get(MAPS)))
                                        .hasMessageContaining("forbidden"));

        assertThat(events)
                .extracting(event -> event.text("stage"))
                .containsExactly("RequestReceived", "ResponseComplete");
        assertThat(events.get(1).number(0, "responseStatus", "code")).isEqualTo(403);
        assertThat(events.get(1).text("annotations", "authorization.k8s.io/decision"))
                .isEqualTo("forbid");
        assertThat(events.get(0).text("auditID")).isEqualTo(events.get(1).text("auditID"));
    }

    @Test
    void putsFullFilesAsideAndForgetsOldOnes() throws Exception {
        Path file = folder.resolve("audit.log");
        Instant[] now = {Instant.parse("2026-05-01T00:00:00Z")};
        AuditSettings settings =
                new AuditSettings(
                        new AuditPolicy(List.of()), Optional.of(file), 100, Duration.ofDays(2), 2);
        try (AuditFile log = new AuditFile(settings, () -> now[0])) {
            for (int i = 0; i < 8; i++) {
                log.write(("x".repeat(59) + "\n").getBytes(StandardCharsets.US_ASCII));
                now[0] = now[0].plusSeconds(3600);
            }
            assertThat(aside()).hasSize(2);
            now[0] = now[0].plus(Duration.ofDays(9));
            log.write(("y".repeat(59) + "\n").getBytes(StandardCharsets.US_ASCII));
        }

        assertThat(aside()).containsExactly("audit-2026-05-10T08-00-00.000.log");
        assertThat(Files.readString(file)).startsWith("y");
    }

    @Test
    void saysWhatIsWrongWithAPolicy() {
        assertThatThrownBy(() -> policy("kind: Policy\napiVersion: v1\nrules: []"))
                .hasMessageContaining("no Policy of audit.k8s.io/v1");
        assertThatThrownBy(() ->
                        policy(
                                "kind: Policy\napiVersion: audit.k8s.io/v1\nrules:"
                                        + " [{level: Loud}]"))
                .hasMessageContaining("level \"Loud\"");
        assertThatThrownBy(() ->
                        policy(
                                "kind: Policy\napiVersion: audit.k8s.io/v1\nrules:"
                                        + " [{level: None, user: [x]}]"))
                .hasMessageContaining("unknown field user");
    }

    @Test
    void matchesSubresourcesAndPaths() {
        AuditPolicy policy =
                policy(
                        """
                        kind: Policy
                        apiVersion: audit.k8s.io/v1
                        rules:
                        - {level: Request, resources: [{group: "", resources: ["pods/*"]}]}
                        - {level: Metadata, nonResourceURLs: ["/healthz*", "/version"]}
                        - {level: None, resources: [{group: "", resources: ["*/status"]}]}
                        - {level: RequestResponse, namespaces: [kube-system]}
                        """);

        assertThat(level(policy, "pods/log", "x")).isEqualTo(AuditPolicy.Level.REQUEST);
        assertThat(level(policy, "pods", "x")).isEqualTo(AuditPolicy.Level.NONE);
        assertThat(level(policy, "services/status", "kube-system"))
                .isEqualTo(AuditPolicy.Level.NONE);
        assertThat(level(policy, "services", "kube-system"))
                .isEqualTo(AuditPolicy.Level.REQUEST_RESPONSE);
        assertThat(
                        policy.of(new AccessRequest.ToPath(User.of("a"), "get", "/healthz/ping"))
                                .level())
                .isEqualTo(AuditPolicy.Level.METADATA);
    }

    private static AuditPolicy.Level level(AuditPolicy policy, String resource, String namespace) {
        return policy.of(
                        new AccessRequest.ToResource(
                                User.of("a"), "get", "", "v1", resource, namespace, "n"))
                .level();
    }

    private static AuditPolicy policy(String text) {
        return AuditPolicy.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    private interface Requests {
        void make(TestServer server) throws Exception;
    }

    private List<JsonObject> told(String policy, Requests requests) throws Exception {
        Path file = folder.resolve("audit.log");
        AccessSettings access =
                new AccessSettings(
                        Map.of(),
                        Optional.empty(),
                        Optional.of(
                                new AuditSettings(
                                        policy(policy),
                                        Optional.of(file),
                                        1 << 20,
                                        Duration.ZERO,
                                        0)));
        try (TestServer server = TestServer.with(access, folder)) {
            requests.make(server);
        }
        return Files.readAllLines(file).stream()
                .map(line -> JsonReader.readObject(line.getBytes(StandardCharsets.UTF_8)))
                .filter(event -> !event.text("user", "username").startsWith("system:"))
                .toList();
    }

    private List<String> aside() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(path -> String.valueOf(path.getFileName()))
                    .filter(name -> name.startsWith("audit-"))
                    .sorted()
                    .toList();
        }
    }

    private static JsonObject map(String name) {
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", Json.of(name)),
                "data",
                JsonObject.of("k", Json.of("v")));
    }
}
