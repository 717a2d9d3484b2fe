package io.fairlead.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import io.fairlead.dns.DnsClient.Reply;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DnsServerTest {
    private static final String WEB =
            """
            kind: Service
            metadata: {namespace: default, name: web}
            spec:
              clusterIPs: [10.96.0.41, "fd00:96::41"]
              ports: [{name: http, port: 80}]
            """;
    private static final String INSIDE_ALIAS =
            """
            kind: Service
            metadata: {namespace: default, name: alias}
            spec: {type: ExternalName, externalName: web.default.svc.cluster.local}
            """;
    private static final String OUTSIDE_ALIAS =
            """
            kind: Service
            metadata: {namespace: default, name: far}
            spec: {type: ExternalName, externalName: web.default.svc.example.com}
            """;

    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<DnsServer> servers = new ArrayList<>();
    private final DnsServer server = start("cluster.local", Upstreams::none);

    @AfterEach
    void close() {
        servers.forEach(DnsServer::close);
        var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Test
    void answersTheAddressOfAService() throws Exception {
        publish(server, WEB);
        Reply reply = ask("web.default.svc.cluster.local", RecordType.A);
        assertThat(reply.code()).isZero();
        assertThat(reply.isAuthoritative()).isTrue();
        assertThat(reply.answers())
                .containsExactly("web.default.svc.cluster.local. 5 A 10.96.0.41");
        assertThat(ask("web.default.svc.cluster.local", RecordType.AAAA).answers())
                .containsExactly("web.default.svc.cluster.local. 5 AAAA fd00:96:0:0:0:0:0:41");
    }

    @Test
    void answersTheHostNameOfALoadBalancer() throws Exception {
        publish(
                server,
                """
                kind: Service
                metadata: {namespace: default, name: web}
                spec: {type: LoadBalancer, clusterIP: 10.96.0.41, ports: [{port: 80}]}
                status: {loadBalancer: {ingress: [{ip: 172.30.200.1, hostname: shop.example.com}]}}
                """);
        assertThat(ask("shop.example.com", RecordType.A).answers())
                .containsExactly("shop.example.com. 5 A 172.30.200.1");
        Reply empty = ask("shop.example.com", RecordType.AAAA);
        assertThat(empty.code()).isZero();
        assertThat(empty.answers()).isEmpty();
    }

    @Test
    void ignoresCapitalsButSendsThemBack() throws Exception {
        publish(server, WEB);
        Reply reply = ask("wEb.DEFAULT.svc.Cluster.local", RecordType.A);
        assertThat(reply.question()).isEqualTo("wEb.DEFAULT.svc.Cluster.local.");
        assertThat(reply.answers())
                .containsExactly("wEb.DEFAULT.svc.Cluster.local. 5 A 10.96.0.41");
    }

    @Test
    void tellsMissingNamesFromMissingRecords() throws Exception {
        publish(server, WEB);
        Reply missing = ask("nothing.default.svc.cluster.local", RecordType.A);
        assertThat(missing.code()).isEqualTo(3);
        assertThat(missing.authority()).containsExactly("cluster.local. 0 SOA");
        Reply empty = ask("web.default.svc.cluster.local", RecordType.TXT);
        assertThat(empty.code()).isZero();
        assertThat(empty.answers()).isEmpty();
        assertThat(empty.authority()).containsExactly("cluster.local. 0 SOA");
    }

    @Test
    void answersWhereAPortIs() throws Exception {
        publish(server, WEB);
        Reply reply = ask("_http._tcp.web.default.svc.cluster.local", RecordType.SRV);
        assertThat(reply.answers())
                .containsExactly(
                        "_http._tcp.web.default.svc.cluster.local. 5 SRV 80"
                                + " web.default.svc.cluster.local.");
        assertThat(reply.additional())
                .containsExactly(
                        "web.default.svc.cluster.local. 5 A 10.96.0.41",
                        "web.default.svc.cluster.local. 5 AAAA fd00:96:0:0:0:0:0:41");
    }

    @Test
    void answersTheNameOfAnAddress() throws Exception {
        publish(server, WEB);
        assertThat(ask("41.0.96.10.in-addr.arpa", RecordType.PTR).answers())
                .containsExactly("41.0.96.10.in-addr.arpa. 5 PTR web.default.svc.cluster.local.");
        String ipv6 = "1.4.0.0" + ".0".repeat(20) + ".6.9.0.0.0.0.d.f.ip6.arpa";
        assertThat(ask(ipv6, RecordType.PTR).answers())
                .containsExactly(ipv6 + ". 5 PTR web.default.svc.cluster.local.");
    }

    @Test
    void tellsTheVersionOfTheSpecification() throws Exception {
        publish(server, WEB);
        assertThat(ask("dns-version.cluster.local", RecordType.TXT).answers())
                .containsExactly("dns-version.cluster.local. 5 TXT 1.1.0");
    }

    @Test
    void followsCanonicalNamesWithinTheCluster() throws Exception {
        publish(server, WEB, INSIDE_ALIAS);
        assertThat(ask("alias.default.svc.cluster.local", RecordType.A).answers())
                .containsExactly(
                        "alias.default.svc.cluster.local. 5 CNAME web.default.svc.cluster.local.",
                        "web.default.svc.cluster.local. 5 A 10.96.0.41");
        assertThat(ask("alias.default.svc.cluster.local", RecordType.CNAME).answers())
                .containsExactly(
                        "alias.default.svc.cluster.local. 5 CNAME web.default.svc.cluster.local.");
        assertThat(ask("alias.default.svc.cluster.local", RecordType.TXT).authority())
                .containsExactly("cluster.local. 0 SOA");
    }

    @Test
    void followsCanonicalNamesOutOfTheCluster() throws Exception {
        DnsServer upstream = start("example.com", Upstreams::none);
        publish(upstream, WEB);
        DnsServer forwarding = start("cluster.local", () -> to(upstream));
        publish(forwarding, OUTSIDE_ALIAS);
        Reply reply =
                DnsClient.ask(forwarding.address(), "far.default.svc.cluster.local", RecordType.A);
        assertThat(reply.answers())
                .containsExactly(
                        "far.default.svc.cluster.local. 5 CNAME web.default.svc.example.com.",
                        "web.default.svc.example.com. 5 A 10.96.0.41");
    }

    @Test
    void namesAppearAndVanishWithTheirObject() throws Exception {
        publish(server);
        assertThat(ask("web.default.svc.cluster.local", RecordType.A).code()).isEqualTo(3);
        publish(server, WEB);
        assertThat(ask("web.default.svc.cluster.local", RecordType.A).code()).isZero();
        JsonObject web = YamlReader.readObjects(WEB).getFirst();
        server.accept(
                ClusterSnapshot.EMPTY,
                new ClusterDelta(
                        List.of(
                                new ObjectChange(
                                        ResourceType.SERVICE,
                                        new ObjectName("default", "web"),
                                        Optional.of(web),
                                        Optional.empty()))));
        assertThat(ask("web.default.svc.cluster.local", RecordType.A).code()).isEqualTo(3);
    }

    @Test
    void failsUntilItKnowsTheCluster() throws Exception {
        assertThat(ask("web.default.svc.cluster.local", RecordType.A).code()).isEqualTo(2);
        assertThat(get(server.healthAddress(), "/health")).isEqualTo(200);
        assertThat(get(server.readyAddress(), "/ready")).isEqualTo(503);
        publish(server);
        assertThat(get(server.readyAddress(), "/ready")).isEqualTo(200);
        assertThat(get(server.readyAddress(), "/other")).isEqualTo(404);
    }

    @Test
    void shortensAnswersToTheRoomThereIs() throws Exception {
        publish(server, headless(60));
        String name = "db.default.svc.cluster.local";
        Reply plain = ask(name, RecordType.A);
        assertThat(plain.isTruncated()).isTrue();
        assertThat(plain.answers()).hasSizeBetween(20, 30);
        Reply roomy = DnsClient.askWithRoomFor(server.address(), 1232, name, RecordType.A);
        assertThat(roomy.isTruncated()).isFalse();
        assertThat(roomy.answers()).hasSize(60);
        assertThat(roomy.additional()).hasSize(1);
        assertThat(DnsClient.askByStream(server.address(), name, RecordType.A).answers())
                .hasSize(60);
    }

    @Test
    void startsWithAnotherAddressEachTime() throws Exception {
        publish(server, headless(3));
        List<String> firsts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            firsts.add(ask("db.default.svc.cluster.local", RecordType.A).answers().getFirst());
        }
        assertThat(firsts).doesNotHaveDuplicates();
    }

    @Test
    void forwardsOtherNamesAndRemembersThem() throws Exception {
        DnsServer upstream = start("example.com", Upstreams::none);
        publish(upstream, WEB);
        DnsServer forwarding = start("cluster.local", () -> to(upstream));
        String name = "Web.default.svc.example.com";
        Reply reply = DnsClient.ask(forwarding.address(), name, RecordType.A);
        assertThat(reply.answers()).containsExactly(name + ". 5 A 10.96.0.41");
        assertThat(reply.isAuthoritative()).isFalse();
        upstream.close();
        assertThat(DnsClient.ask(forwarding.address(), name, RecordType.A).answers()).hasSize(1);
        assertThat(DnsClient.ask(forwarding.address(), name, RecordType.AAAA).code()).isEqualTo(2);
    }

    @Test
    void fetchesLongAnswersByStream() throws Exception {
        DnsServer upstream = start("example.com", Upstreams::none);
        publish(upstream, headless(200));
        DnsServer forwarding = start("cluster.local", () -> to(upstream));
        String name = "db.default.svc.example.com";
        Reply datagram = DnsClient.ask(forwarding.address(), name, RecordType.A);
        assertThat(datagram.isTruncated()).isTrue();
        assertThat(datagram.answers()).isEmpty();
        Reply stream = DnsClient.askByStream(forwarding.address(), name, RecordType.A);
        assertThat(stream.answers()).hasSize(200);
        assertThat(stream.isTruncated()).isFalse();
    }

    @Test
    void triesTheNextServerWhenOneIsDead() throws Exception {
        DnsServer dead = start("example.com", Upstreams::none);
        dead.close();
        DnsServer alive = start("example.com", Upstreams::none);
        publish(alive, WEB);
        InetSocketAddress gone = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
        DnsServer forwarding =
                start(
                        "cluster.local",
                        () -> new Upstreams(List.of(gone, alive.address()), Map.of()));
        assertThat(
                        DnsClient.ask(
                                        forwarding.address(),
                                        "web.default.svc.example.com",
                                        RecordType.A)
                                .answers())
                .hasSize(1);
    }

    @Test
    void asksTheServersOfAStubDomain() throws Exception {
        DnsServer stub = start("corp.example", Upstreams::none);
        publish(stub, WEB);
        DnsServer forwarding =
                start(
                        "cluster.local",
                        () ->
                                new Upstreams(
                                        List.of(),
                                        Map.of("corp.example", List.of(stub.address()))));
        assertThat(
                        DnsClient.ask(
                                        forwarding.address(),
                                        "web.default.svc.corp.example",
                                        RecordType.A)
                                .answers())
                .hasSize(1);
        assertThat(DnsClient.ask(forwarding.address(), "example.com", RecordType.A).code())
                .isEqualTo(2);
    }

    @Test
    void doesNotRunInCirclesWhenUpstreamLeadsBack() throws Exception {
        DnsServer[] itself = new DnsServer[1];
        itself[0] = prepare("cluster.local", () -> to(itself[0]));
        itself[0].start();
        publish(itself[0], WEB);
        assertThat(DnsClient.ask(itself[0].address(), "example.com", RecordType.A).code())
                .isEqualTo(2);
        assertThat(
                        DnsClient.ask(
                                        itself[0].address(),
                                        "web.default.svc.cluster.local",
                                        RecordType.A)
                                .code())
                .isZero();
    }

    @Test
    void saysWhatItCannotRead() throws Exception {
        byte[] query = DnsClient.query("web.default.svc.cluster.local", RecordType.A, 512);
        byte[] update = query.clone();
        update[2] |= 0x28;
        assertThat(DnsClient.decode(DnsClient.exchange(server.address(), update)).code())
                .isEqualTo(4);
        byte[] twoQuestions = query.clone();
        twoQuestions[5] = 2;
        assertThat(DnsClient.decode(DnsClient.exchange(server.address(), twoQuestions)).code())
                .isEqualTo(1);
        byte[] newVersion = query.clone();
        newVersion[query.length - 5] = 1;
        byte[] answer = DnsClient.exchange(server.address(), newVersion);
        assertThat(DnsClient.decode(answer).additional()).hasSize(1);
        assertThat(answer[QueryReader.HEADER_LENGTH + 5])
                .as("upper bits of the code")
                .isEqualTo((byte) 1);
    }

    @Test
    void saysWhichPortItCannotHave() {
        DnsServer second =
                new DnsServer(
                        new DnsSettings(
                                "cluster.local",
                                List.of(InetAddress.getLoopbackAddress()),
                                server.address().getPort(),
                                0,
                                0,
                                0),
                        loops,
                        ChannelOpener.here(),
                        ChannelOpener.here(),
                        Upstreams::none,
                        InstantSource.system(),
                        new Random(1));
        assertThatThrownBy(second::start)
                .isInstanceOf(DnsException.class)
                .hasMessageContaining("udp port " + server.address().getPort());
    }

    private DnsServer start(String zone, Supplier<Upstreams> upstreams) {
        DnsServer started = prepare(zone, upstreams);
        started.start();
        return started;
    }

    private DnsServer prepare(String zone, Supplier<Upstreams> upstreams) {
        DnsServer prepared =
                new DnsServer(
                        new DnsSettings(
                                zone, List.of(InetAddress.getLoopbackAddress()), 0, 0, 0, 0),
                        loops,
                        ChannelOpener.here(),
                        ChannelOpener.here(),
                        upstreams,
                        InstantSource.system(),
                        new Random(1));
        servers.add(prepared);
        return prepared;
    }

    private static Upstreams to(DnsServer upstream) {
        return new Upstreams(List.of(upstream.address()), Map.of());
    }

    private Reply ask(String name, int type) throws Exception {
        return DnsClient.ask(server.address(), name, type);
    }

    private static void publish(DnsServer to, String... objects) {
        List<ObjectChange> changes = new ArrayList<>();
        for (String text : objects) {
            for (JsonObject object : YamlReader.readObjects(text)) {
                changes.add(
                        new ObjectChange(
                                type(object),
                                new ObjectName(
                                        object.text("metadata", "namespace"),
                                        object.text("metadata", "name")),
                                Optional.empty(),
                                Optional.of(object)));
            }
        }
        changes.sort(Comparator.comparing(ObjectChange::name));
        to.accept(ClusterSnapshot.EMPTY, new ClusterDelta(changes));
    }

    private static ResourceType type(JsonObject object) {
        return object.text("kind").equals("Service")
                ? ResourceType.SERVICE
                : ResourceType.ENDPOINT_SLICE;
    }

    private static String headless(int endpoints) {
        StringBuilder yaml =
                new StringBuilder(
                        """
                        kind: Service
                        metadata: {namespace: default, name: db}
                        spec: {clusterIP: None, ports: [{name: sql, port: 5432}]}
                        ---
                        kind: EndpointSlice
                        metadata: {namespace: default, name: db-1, labels: {kubernetes.io/service-name: db}}
                        addressType: IPv4
                        ports: [{name: sql, port: 5432}]
                        endpoints:
                        """);
        for (int i = 0; i < endpoints; i++) {
            yaml.append("- {addresses: [10.244.1.").append(i).append("]}\n");
        }
        return yaml.toString();
    }

    private static int get(InetSocketAddress address, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri =
                    URI.create(
                            "http://%s:%d%s"
                                    .formatted(
                                            address.getAddress().getHostAddress(),
                                            address.getPort(),
                                            path));
            return client.send(
                            HttpRequest.newBuilder(uri).build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        }
    }
}
