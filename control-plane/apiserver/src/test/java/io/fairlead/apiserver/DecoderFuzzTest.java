package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CertificateRequest;
import io.fairlead.api.FieldSelector;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectDecoder;
import io.fairlead.api.ResourceType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Bytes from outside make refusals, never anything else. `-Drounds=N` and `-Dseed=N` say how many and which; a failure prints its input.
class DecoderFuzzTest {
    private static final int ROUNDS = Integer.getInteger("rounds", 2000);
    private static final long SEED = Long.getLong("seed", 1);
    private static final Origin NOWHERE = new Origin(User.UNKNOWN, "", "/", List.of(), "");

    private static final String POD =
            """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":{"a":"b"}},"spec":
            {"containers":[{"name":"c","image":"i","ports":[{"containerPort":80}],"env":[{"name":"A","value":"x"}],
            "resources":{"limits":{"cpu":"100m","memory":"1Gi"}}}],"tolerations":[{"operator":"Exists"}]}}\
            """;
    private static final String SERVICE =
            """
            apiVersion: v1
            kind: Service
            metadata: {name: s, annotations: {a: "1"}}
            spec:
              type: NodePort
              selector: {app: web}
              ports:
              - {name: http, port: 80, targetPort: http}
              - &second {name: dns, port: 53, protocol: UDP}
            """;
    private static final String JSON_PATCH =
            "[{\"op\":\"add\",\"path\":\"/metadata/labels/x~1y\",\"value\":{\"a\":[1,2]}},"
                    + "{\"op\":\"test\",\"path\":\"/spec\",\"value\":null},"
                    + "{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b/-\"}]";
    private static final String STRATEGIC =
            "{\"spec\":{\"containers\":[{\"name\":\"c\",\"$patch\":\"delete\"}],"
                    + "\"$setElementOrder/containers\":[{\"name\":\"c\"}],"
                    + "\"tolerations\":[{\"$patch\":\"replace\"}]},\"metadata\":{\"$retainKeys\":[\"a\"],"
                    + "\"$deleteFromPrimitiveList/finalizers\":[\"x\"]}}";

    @Test
    void bodiesOfAnyKind() {
        List<byte[]> seeds = new ArrayList<>(Mutations.ofTexts(POD, SERVICE, JSON_PATCH, "", "{}"));
        seeds.add(protobuf());
        for (String type :
                List.of(
                        "application/json",
                        "application/yaml",
                        "application/vnd.kubernetes.protobuf")) {
            fuzz(
                    "body of " + type,
                    seeds,
                    bytes -> {
                        Call call = call(type, bytes);
                        JsonObject object = BodyDecoder.object(call);
                        ObjectDecoder.decode(object, resource(ResourceType.POD).schema());
                    });
        }
    }

    @Test
    void patchesOfAnyKind() {
        JsonObject present = JsonReader.readObject(POD.getBytes(StandardCharsets.UTF_8));
        List<byte[]> seeds = Mutations.ofTexts(JSON_PATCH, STRATEGIC, POD, "{\"spec\":null}");
        for (String type :
                List.of(
                        "application/json-patch+json",
                        "application/merge-patch+json",
                        "application/strategic-merge-patch+json")) {
            fuzz(
                    "patch of " + type,
                    seeds,
                    bytes ->
                            assertThat(
                                            Patch.parse(
                                                            call(type, bytes),
                                                            resource(ResourceType.POD))
                                                    .apply(present))
                                    .isNotNull());
        }
    }

    @Test
    void selectors() {
        fuzz(
                "label selector",
                Mutations.ofTexts(
                        "a=b,c!=d", "x in (a,b),!y,z notin (c)", "k8s.io/name==v", "a>1,b<2"),
                bytes -> LabelSelector.parse(text(bytes)));
        fuzz(
                "field selector",
                Mutations.ofTexts("metadata.name=a", "spec.nodeName!=x\\,y,status.phase==Running"),
                bytes -> {
                    FieldSelector.parse(text(bytes), ResourceType.POD);
                    FieldSelector.required(text(bytes), "metadata.name");
                });
    }

    @Test
    void requestsForCertificates() throws Exception {
        byte[] der =
                CertificateRequests.der(
                        CertificateRequests.pair(), "jane", List.of("dev", "ops"), "a.example");
        // Signatures take their time.
        fuzz(
                "certificate request",
                ROUNDS / 4,
                List.of(der),
                bytes -> CertificateRequest.parse(pem(bytes)));
        fuzz(
                "certificate request in PEM",
                ROUNDS / 4,
                Mutations.ofTexts(pem(der)),
                bytes -> CertificateRequest.parse(text(bytes)));
    }

    @Test
    void tokensAndHeaders() {
        String token =
                "eyJhbGciOiJFUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJhIiwiYXVkIjpbImIiXSwiZXhwIjo5OX0.AAAA";
        fuzz("token", Mutations.ofTexts(token), bytes -> JsonWebToken.parse(text(bytes)));
        fuzz(
                "accept",
                Mutations.ofTexts(
                        "application/json;as=Table;g=meta.k8s.io;v=v1,application/json;q=0.5,*/*"),
                bytes -> Accepted.parse(text(bytes)));
        fuzz(
                "path",
                Mutations.ofTexts(
                        "/apis/apps/v1/namespaces/a/deployments/b/status",
                        "/api/v1/watch/namespaces/x/pods/y/proxy//z"),
                bytes -> RequestTarget.parse(text(bytes)));
        fuzz(
                "key",
                Mutations.ofTexts(
                        "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"Ag\",\"kid\":\"a\"}",
                        "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}"),
                bytes -> JsonWebKey.of(JsonReader.readObject(bytes)));
    }

    @Test
    void wholeRequestsNeverBreakTheServer(@TempDir Path folder) throws Exception {
        try (TestServer server = TestServer.start(folder)) {
            Credential admin = server.authority().issueClient("admin", List.of(User.MASTERS));
            try (HttpClient client =
                    HttpClient.newBuilder()
                            .sslContext(TransportSecurity.client(admin, server.authority()))
                            .build()) {
                client.send(
                        request(server, "/api/v1/namespaces/default/pods", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(POD))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                Mutations mutations =
                        new Mutations(SEED, Mutations.ofTexts(POD, SERVICE, JSON_PATCH, STRATEGIC));
                List<String> paths =
                        List.of(
                                "pods",
                                "services",
                                "configmaps",
                                "pods/a",
                                "serviceaccounts/x/token");
                List<String> types =
                        List.of(
                                "application/json",
                                "application/yaml",
                                "application/json-patch+json",
                                "application/strategic-merge-patch+json",
                                "application/apply-patch+yaml");
                for (int round = 0; round < Math.min(ROUNDS, 150); round++) {
                    byte[] body = mutations.next();
                    String path = paths.get(round % paths.size());
                    String type = types.get(round / paths.size() % types.size());
                    String method = type.contains("patch") ? "PATCH" : "POST";
                    HttpResponse<String> answer =
                            client.send(
                                    request(
                                                    server,
                                                    "/api/v1/namespaces/default/"
                                                            + path
                                                            + "?fieldManager=f",
                                                    type)
                                            .method(
                                                    method,
                                                    HttpRequest.BodyPublishers.ofByteArray(body))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString());
                    boolean isKnown =
                            answer.body().contains("resourceVersion should not be set on objects");
                    if (answer.statusCode() >= 500 && !isKnown) {
                        fail(
                                "%s %s of %s: %s%nbody in base64: %s"
                                        .formatted(
                                                method,
                                                path,
                                                type,
                                                answer.body(),
                                                Base64.getEncoder().encodeToString(body)));
                    }
                }
            }
            assertThat(server.store().snapshot().count("")).isPositive();
        }
    }

    private static HttpRequest.Builder request(TestServer server, String path, String type) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + path))
                .header("Content-Type", type);
    }

    private static void fuzz(String what, List<byte[]> seeds, Consumer<byte[]> decoder) {
        fuzz(what, ROUNDS, seeds, decoder);
    }

    private static void fuzz(
            String what, int rounds, List<byte[]> seeds, Consumer<byte[]> decoder) {
        Mutations mutations = new Mutations(SEED, seeds);
        for (int round = 0; round < rounds; round++) {
            byte[] bytes = mutations.next();
            byte[] kept = bytes.clone();
            try {
                decoder.accept(bytes);
            } catch (ApiException
                    | JsonSyntaxException
                    | io.fairlead.api.DecodingException
                    | IllegalArgumentException refused) {
                assertThat(refused.getMessage()).isNotNull();
            } catch (RuntimeException | StackOverflowError | OutOfMemoryError broken) {
                throw new AssertionError(
                        "%s breaks with %s in round %d of seed %d; input in base64: %s"
                                .formatted(
                                        what,
                                        broken,
                                        round,
                                        SEED,
                                        Base64.getEncoder().encodeToString(kept)),
                        broken);
            }
        }
    }

    private static ApiResource resource(ResourceType type) {
        return ApiCatalog.builtIn().of(type).orElseThrow();
    }

    private static Call call(String type, byte[] body) {
        return new Call(
                User.UNKNOWN,
                "POST",
                "/",
                Map.of(),
                "",
                new Call.Body.Bytes(type, body),
                "fuzz",
                NOWHERE,
                new ArrayList<>());
    }

    /// An envelope with a Pod in it, as Kubernetes' protobuf has it: kind and version, then metadata with a name.
    private static byte[] protobuf() {
        byte[] head = {'k', '8', 's', 0};
        byte[] type = {0x0a, 9, 0x0a, 2, 'v', '1', 0x12, 3, 'P', 'o', 'd'};
        byte[] raw = {0x12, 5, 0x0a, 3, 0x0a, 1, 'a'};
        byte[] whole = java.util.Arrays.copyOf(head, head.length + type.length + raw.length);
        System.arraycopy(type, 0, whole, head.length, type.length);
        System.arraycopy(raw, 0, whole, head.length + type.length, raw.length);
        return whole;
    }

    private static String pem(byte[] der) {
        return "-----BEGIN CERTIFICATE REQUEST-----\n"
                + Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END CERTIFICATE REQUEST-----\n";
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
