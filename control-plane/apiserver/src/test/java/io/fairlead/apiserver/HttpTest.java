package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HttpTest {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";

    @TempDir Path folder;
    private TestServer server;
    private HttpClient client;
    private HttpClient stranger;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
        Credential admin = server.authority().issueClient("admin", java.util.List.of(User.MASTERS));
        client =
                HttpClient.newBuilder()
                        .sslContext(TransportSecurity.client(admin, server.authority()))
                        .build();
        stranger = HttpClient.newBuilder().sslContext(TransportSecurity.unverified()).build();
    }

    @AfterEach
    void stop() {
        client.close();
        stranger.close();
        server.close();
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void answersOverBothVersionsOfHttp(HttpClient.Version version) throws Exception {
        HttpResponse<String> response =
                client.send(get("/version").version(version).build(), text());

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.version()).isEqualTo(version);
        assertThat(json(response).text("gitVersion")).isEqualTo("v1.36.0+fairlead");
    }

    @Test
    void letsStrangersSeeHealthAndVersionOnly() throws Exception {
        assertThat(stranger.send(get("/readyz").build(), text()).body()).isEqualTo("ok");
        assertThat(stranger.send(get("/version").build(), text()).statusCode()).isEqualTo(200);

        HttpResponse<String> refused = stranger.send(get(CONFIG_MAPS).build(), text());
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(json(refused).text("message"))
                .startsWith("configmaps is forbidden: User \"system:anonymous\" cannot list");
    }

    @Test
    void refusesBadTokens() throws Exception {
        HttpResponse<String> refused =
                stranger.send(
                        get(CONFIG_MAPS).header("Authorization", "Bearer nonsense").build(),
                        text());

        assertThat(refused.statusCode()).isEqualTo(401);
    }

    @Test
    void knowsServiceAccountsByTheirTokens() throws Exception {
        String accounts = "/api/v1/namespaces/default/serviceaccounts";
        post(accounts, "{\"metadata\":{\"name\":\"bot\"}}", "application/json");
        String token =
                json(post(accounts + "/bot/token", "{\"spec\":{}}", "application/json"))
                        .text("status", "token");

        HttpResponse<String> refused =
                stranger.send(
                        get(CONFIG_MAPS).header("Authorization", "Bearer " + token).build(),
                        text());

        assertThat(json(refused).text("message"))
                .contains("User \"system:serviceaccount:default:bot\"");
    }

    @Test
    void letsAnybodyWithAnAccountVerifyTokens() throws Exception {
        String accounts = "/api/v1/namespaces/default/serviceaccounts";
        post(accounts, "{\"metadata\":{\"name\":\"bot\"}}", "application/json");
        String token =
                json(post(accounts + "/bot/token", "{\"spec\":{}}", "application/json"))
                        .text("status", "token");

        HttpResponse<String> keys =
                stranger.send(
                        get("/openid/v1/jwks").header("Authorization", "Bearer " + token).build(),
                        text());
        JsonObject key = (JsonObject) json(keys).list("keys").getFirst();
        String[] parts = token.split("\\.");
        java.security.Signature signature =
                java.security.Signature.getInstance("SHA256withECDSAinP1363Format");
        signature.initVerify(JsonWebKey.of(key).key());
        signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));

        assertThat(keys.headers().firstValue("content-type")).hasValue("application/jwk-set+json");
        assertThat(signature.verify(java.util.Base64.getUrlDecoder().decode(parts[2]))).isTrue();
        assertThat(stranger.send(get("/openid/v1/jwks").build(), text()).statusCode())
                .isEqualTo(403);
    }

    @Test
    void takesYamlAndGivesYaml() throws Exception {
        HttpResponse<String> made =
                post(CONFIG_MAPS, "metadata:\n  name: a\ndata:\n  k: v\n", "application/yaml");
        assertThat(made.statusCode()).isEqualTo(201);

        HttpResponse<String> shown =
                client.send(
                        get(CONFIG_MAPS + "/a").header("Accept", "application/yaml").build(),
                        text());
        assertThat(shown.body()).contains("data:\n  k: v\n");
    }

    @Test
    void refusesBodiesThatAreTooLong() throws Exception {
        String body = "{\"data\":{\"k\":\"" + "x".repeat(BodyCollector.BODY_BYTES_MAX) + "\"}}";

        HttpResponse<String> refused = post(CONFIG_MAPS, body, "application/json");

        assertThat(refused.statusCode()).isEqualTo(413);
    }

    @Test
    void refusesWhatItCannotGive() throws Exception {
        HttpResponse<String> refused =
                client.send(
                        get(CONFIG_MAPS)
                                .header("Accept", "application/vnd.kubernetes.protobuf")
                                .build(),
                        text());

        assertThat(refused.statusCode()).isEqualTo(406);
    }

    @Test
    void compressesLargeAnswers() throws Exception {
        String large =
                "{\"metadata\":{\"name\":\"a\"},\"data\":{\"k\":\"" + "x".repeat(300_000) + "\"}}";
        post(CONFIG_MAPS, large, "application/json");

        HttpResponse<byte[]> compressed =
                client.send(
                        get(CONFIG_MAPS + "/a").header("Accept-Encoding", "gzip").build(),
                        HttpResponse.BodyHandlers.ofByteArray());

        assertThat(compressed.headers().firstValue("content-encoding")).hasValue("gzip");
        assertThat(compressed.body().length).isLessThan(10_000);
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(compressed.body()))) {
            assertThat(JsonReader.readObject(in.readAllBytes()).text("data", "k")).hasSize(300_000);
        }
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void streamsWatchEventsAsTheyHappen(HttpClient.Version version) throws Exception {
        HttpResponse<InputStream> watch =
                client.send(
                        get(CONFIG_MAPS + "?watch=1&fieldSelector=metadata.name%3Da")
                                .version(version)
                                .build(),
                        HttpResponse.BodyHandlers.ofInputStream());
        post(CONFIG_MAPS, "{\"metadata\":{\"name\":\"a\"}}", "application/json");

        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
            JsonObject event = (JsonObject) JsonReader.read(lines.readLine());
            assertThat(event.text("type")).isEqualTo("ADDED");
            assertThat(event.text("object", "kind")).isEqualTo("ConfigMap");
            assertThat(event.text("object", "metadata", "name")).isEqualTo("a");
        }
    }

    @Test
    void endsWatchesInTime() throws Exception {
        HttpResponse<String> watch =
                client.send(get(CONFIG_MAPS + "?watch=1&timeoutSeconds=1").build(), text());

        assertThat(watch.statusCode()).isEqualTo(200);
        assertThat(watch.body()).isEmpty();
    }

    @Test
    void warnsOfUnknownFields() throws Exception {
        HttpResponse<String> made =
                post(
                        CONFIG_MAPS,
                        "{\"metadata\":{\"name\":\"a\"},\"colour\":1}",
                        "application/json");

        assertThat(made.headers().firstValue("warning"))
                .hasValue("299 - \"unknown field \\\"colour\\\"\"");
    }

    @Test
    void tellsProblemsInTheOrderInWhichTheyAreWritten() throws Exception {
        HttpResponse<String> refused =
                post(
                        CONFIG_MAPS + "?fieldValidation=Strict",
                        "{\"metadata\":{\"name\":\"a\"},\"colour\":1,\"data\":{\"a\":\"1\"},\"data\":{\"b\":\"2\"}}",
                        "*/*");

        assertThat(json(refused).text("message"))
                .endsWith(
                        "strict decoding error: unknown field \"colour\", duplicate field \"data\"");
    }

    @Test
    void refusesRepeatedKeysOfAppliedYaml() throws Exception {
        HttpResponse<String> refused =
                client.send(
                        get(CONFIG_MAPS + "/a?fieldManager=m&fieldValidation=Strict")
                                .header("Content-Type", "application/apply-patch+yaml")
                                .method(
                                        "PATCH",
                                        HttpRequest.BodyPublishers.ofString(
                                                """
                                                apiVersion: v1
                                                kind: ConfigMap
                                                metadata:
                                                  name: a
                                                data:
                                                  x: "1"
                                                  x: "2"
                                                """))
                                .build(),
                        text());

        assertThat(json(refused).text("message"))
                .isEqualTo(
                        "error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 7: key \"x\" already set in map");
    }

    private HttpResponse<String> post(String path, String body, String contentType)
            throws Exception {
        return client.send(
                get(path)
                        .header("Content-Type", contentType)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                text());
    }

    private HttpRequest.Builder get(String path) {
        return HttpRequest.newBuilder(URI.create("https://localhost:" + server.port() + path));
    }

    private static HttpResponse.BodyHandler<String> text() {
        return HttpResponse.BodyHandlers.ofString();
    }

    private static JsonObject json(HttpResponse<String> response) {
        return (JsonObject) JsonReader.read(response.body());
    }
}
