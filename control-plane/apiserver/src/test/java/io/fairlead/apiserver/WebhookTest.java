package io.fairlead.apiserver;

import static io.fairlead.apiserver.CustomResourceTest.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebhookTest {
    private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
    private static final String REGISTRATION = "/apis/admissionregistration.k8s.io/v1/";

    @TempDir Path folder;
    private TestServer server;
    private Transport admin;
    private HttpsServer hook;
    private final List<JsonObject> reviews = new CopyOnWriteArrayList<>();
    private volatile Function<JsonObject, String> reply = request -> "'allowed':true";

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
        admin = server.admin();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        hook = HttpsServer.create(new InetSocketAddress(loopback, 0), 0);
        Credential credential =
                server.authority().issueServer("hook", Set.of("localhost"), Set.of(loopback));
        hook.setHttpsConfigurator(
                new HttpsConfigurator(TransportSecurity.client(credential, server.authority())));
        hook.createContext(
                "/",
                exchange -> {
                    JsonObject review =
                            JsonReader.readObject(exchange.getRequestBody().readAllBytes());
                    reviews.add(review);
                    JsonObject request = review.object("request");
                    String text =
                            "{'kind':'AdmissionReview','apiVersion':'admission.k8s.io/v1','response':{'uid':'"
                                    + request.text("uid")
                                    + "',"
                                    + reply.apply(request)
                                    + "}}";
                    byte[] body = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        hook.start();
    }

    @AfterEach
    void stop() {
        hook.stop(0);
        server.close();
    }

    @Test
    void letsAWebhookRefuse() {
        register("validating", "Validating", "", "");
        reply =
                request ->
                        "'allowed':false,'status':{'message':'no','code':403,'reason':'Forbidden'}";

        assertThatThrownBy(() -> make("a"))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> {
                            assertThat(e.status().message())
                                    .isEqualTo(
                                            "admission webhook \"a.b.example\" denied the request: no");
                            assertThat(e.status().code()).isEqualTo(403);
                        });
        JsonObject request = reviews.getFirst().object("request");
        assertThat(request.text("operation")).isEqualTo("CREATE");
        assertThat(request.text("object", "metadata", "name")).isEqualTo("a");
        assertThat(request.text("userInfo", "username")).isEqualTo("admin");
    }

    @Test
    void letsAWebhookChange() {
        register("mutating", "Mutating", "", "");
        String patch = "[{\"op\":\"add\",\"path\":\"/data\",\"value\":{\"x\":\"y\"}}]";
        String encoded = Base64.getEncoder().encodeToString(patch.getBytes(StandardCharsets.UTF_8));
        reply = request -> "'allowed':true,'patchType':'JSONPatch','patch':'" + encoded + "'";

        assertThat(make("a").text("data", "x")).isEqualTo("y");
    }

    @Test
    void asksOnlyWhereConditionsHold() {
        register(
                "validating",
                "Validating",
                ",'matchConditions':[{'name':'x','expression':'object.metadata.name.startsWith(\\\"no\\\")'}]",
                "");
        reply = request -> "'allowed':false";

        assertThat(make("yes").text("metadata", "name")).isEqualTo("yes");
        assertThatThrownBy(() -> make("no")).hasMessageContaining("denied the request");
    }

    @Test
    void failsOrGoesOnWithoutAnAnswerAsToldTo() {
        hook.stop(0);
        register("validating", "Validating", "", ",'failurePolicy':'Ignore'");
        assertThat(make("a").text("metadata", "name")).isEqualTo("a");

        admin.send(ApiRequest.delete(REGISTRATION + "validatingwebhookconfigurations/test"));
        register("validating", "Validating", "", "");
        assertThatThrownBy(() -> make("b"))
                .hasMessageContaining(
                        "failed calling webhook \"a.b.example\": failed to call webhook");
    }

    private JsonObject make(String name) {
        return admin.send(
                ApiRequest.post(
                        CONFIG_MAPS,
                        JsonObject.of("metadata", JsonObject.of("name", Json.of(name)))));
    }

    private void register(String plural, String kind, String conditions, String more) {
        String bundle =
                Base64.getEncoder()
                        .encodeToString(
                                server.authority()
                                        .certificatePem()
                                        .getBytes(StandardCharsets.US_ASCII));
        admin.send(
                ApiRequest.post(
                        REGISTRATION + plural + "webhookconfigurations",
                        json(
                                "{'kind':'"
                                        + kind
                                        + "WebhookConfiguration','metadata':{'name':'test'},'webhooks':[{'name':'a.b.example','sideEffects':'None','admissionReviewVersions':['v1'],'clientConfig':{'url':'https://localhost:"
                                        + hook.getAddress().getPort()
                                        + "/ask','caBundle':'"
                                        + bundle
                                        + "'},'rules':[{'operations':['CREATE'],'apiGroups':[''],'apiVersions':['v1'],'resources':['configmaps']}]"
                                        + conditions
                                        + more
                                        + "}]}")));
    }
}
