package io.fairlead.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import io.fairlead.tables.ServiceStates;
import io.fairlead.tables.ServiceStates.Scope;
import io.fairlead.tables.ServiceStates.State;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ArrivalPagesTest {
    private static final ObjectName WEB = new ObjectName("default", "web");

    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final HttpClient http = HttpClient.newHttpClient();
    private final DnsServer server =
            new DnsServer(
                    new DnsSettings(
                            "cluster.local", List.of(InetAddress.getLoopbackAddress()), 0, 0, 0, 0),
                    loops,
                    ChannelOpener.here(),
                    ChannelOpener.here(),
                    Upstreams::none,
                    InstantSource.system(),
                    new Random(1));

    @BeforeEach
    void start() {
        server.start();
    }

    @AfterEach
    void close() {
        http.close();
        server.close();
        var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void isHealthyOnceItKnowsTheCluster() throws Exception {
        assertThat(get("/healthz").statusCode()).isEqualTo(503);
        publish(service(7));
        assertThat(get("/healthz").statusCode()).isEqualTo(200);
        assertThat(get("/other").statusCode()).isEqualTo(404);
    }

    @Test
    void tellsWhichStateOfAServiceItsAnswersReflect() throws Exception {
        publish(service(7));
        String path = "/arrived/services/default/web?uid=u1&resourceVersion=";
        assertThat(body(get(path + 7)).flag("arrived")).isTrue();
        assertThat(body(get(path + 8)).flag("arrived")).isFalse();
        assertThat(body(get(path + 8)).text("resourceVersion")).isEqualTo("7");
        assertThat(body(get("/arrived/services/default/other?gone=true")).flag("arrived")).isTrue();
    }

    @Test
    void answersAsSoonAsAServiceAndItsSlicesHaveArrived() throws Exception {
        publish(service(7));
        CompletableFuture<HttpResponse<byte[]>> waiting =
                http.sendAsync(
                        post("?timeout=60", states(7, Set.of(9L))),
                        HttpResponse.BodyHandlers.ofByteArray());
        HttpResponse<byte[]> now =
                http.send(post("", states(7, Set.of(9L))), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(body(now).flag("arrived")).isFalse();
        assertThat(body(now).list("behind").toString()).contains("default/web");
        assertThat(waiting).isNotDone();

        publish(slice(9));
        assertThat(body(waiting.get(30, TimeUnit.SECONDS)).flag("arrived")).isTrue();
    }

    @Test
    void refusesWhatIsNoQuestion() throws Exception {
        publish(service(7));
        HttpResponse<byte[]> answer =
                http.send(post("", JsonObject.EMPTY), HttpResponse.BodyHandlers.ofByteArray());
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(body(answer).text("error")).contains("scope");
    }

    private static JsonObject states(long version, Set<Long> slices) {
        return new ServiceStates(
                        Scope.CHOSEN, 100, 100, Map.of(WEB, new State("u1", version, slices)))
                .tree();
    }

    private static String service(int version) {
        return """
        kind: Service
        metadata: {namespace: default, name: web, uid: u1, resourceVersion: "%d"}
        spec: {clusterIP: 10.96.0.41, ports: [{port: 80}]}
        """
                .formatted(version);
    }

    private static String slice(int version) {
        return """
        kind: EndpointSlice
        metadata: {namespace: default, name: web-1, resourceVersion: "%d", labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{port: 8080}]
        endpoints: [{addresses: [10.244.1.1]}]
        """
                .formatted(version);
    }

    private void publish(String text) {
        JsonObject object = YamlReader.readObjects(text).getFirst();
        ResourceType type =
                object.text("kind").equals("Service")
                        ? ResourceType.SERVICE
                        : ResourceType.ENDPOINT_SLICE;
        ObjectName name = new ObjectName("default", object.text("metadata", "name"));
        server.accept(
                ClusterSnapshot.EMPTY,
                new ClusterDelta(
                        List.of(
                                new ObjectChange(
                                        type, name, Optional.empty(), Optional.of(object)))));
    }

    private HttpRequest post(String query, JsonObject body) {
        return HttpRequest.newBuilder(uri("/arrived/services" + query))
                .POST(HttpRequest.BodyPublishers.ofByteArray(JsonWriter.bytes(body)))
                .build();
    }

    private HttpResponse<byte[]> get(String path) throws Exception {
        return http.send(
                HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private URI uri(String path) {
        return URI.create(
                "http://127.0.0.1:%d%s".formatted(server.arrivalAddress().getPort(), path));
    }

    private static JsonObject body(HttpResponse<byte[]> answer) {
        return JsonReader.readObject(answer.body());
    }
}
