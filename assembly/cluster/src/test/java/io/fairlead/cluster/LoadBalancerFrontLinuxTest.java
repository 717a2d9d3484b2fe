package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpFamily;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.RouteWatch;
import io.fairlead.loadbalancer.LoadBalancerFront;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.TableWatch;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Real packets from a namespace that plays the host, through the fabric, to servers that have the load balancer's address on each node.
@ParameterizedClass
@EnumSource(IpFamily.class)
class LoadBalancerFrontLinuxTest {
    private static final String POOLS = "172.30.200.0/24,fd00:30:0:c8::/112";

    @Parameter private IpFamily family = IpFamily.IPV4;

    @TempDir private Path directory = Path.of("");

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final List<Runnable> watches = new ArrayList<>();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final HostNamespace host = HostNamespace.create();
    private final NetworkNamespace hostNamespace =
            NetworkNamespace.open(Path.of("/run/netns", host.name()));
    private final ClusterSettings settings = settings();
    private @Nullable Machine machine;
    private @Nullable LoadBalancerFront front;
    private ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;

    private static ClusterSettings settings() {
        ClusterSettings both =
                ClusterSettings.DEFAULTS.withRanges(
                        FamilyCidrs.parse("10.96.0.0/12,fd00:96::/108"),
                        FamilyCidrs.parse("10.244.0.0/16,fd00:244::/56"),
                        FamilyCidrs.parse("172.30.0.0/24,fd00:30::/64"));
        return ClusterSettings.of(both.tree().with("loadBalancerPool", POOLS));
    }

    /// The load balancer's address.
    private String address() {
        return family == IpFamily.IPV4 ? "172.30.200.10" : "fd00:30:0:c8::10";
    }

    /// The host's, as the servers see it.
    private String host() {
        return family == IpFamily.IPV4 ? "172.30.0.1" : "fd00:30:0:0:0:0:0:1";
    }

    private InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address()), port);
    }

    @BeforeEach
    void raise() throws IOException {
        String name = "t" + UUID.randomUUID().toString().substring(0, 6);
        Machine raised =
                new Machine(
                        new ClusterFolders(
                                name, directory.resolve("data"), directory.resolve("run")));
        machine = raised;
        onHost(() -> raised.raise(settings));
        begin();
        for (String node : settings.nodeNames()) {
            serve(node, raised.openNode(node), raised.nodeNamespace(node));
            ready(node, true);
        }
        service("web", "{type: LoadBalancer, ports: [{name: http, port: 80}]}");
        service("sticky", "{type: LoadBalancer, sessionAffinity: ClientIP, ports: [{port: 81}]}");
        service(
                "dns",
                "{type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 53, protocol: UDP}]}");
        slice("node-1", "node-2", "node-3");
    }

    /// As another process would, after the one before has ended.
    private void begin() {
        watches.forEach(Runnable::run);
        watches.clear();
        Machine raised = java.util.Objects.requireNonNull(machine);
        NetlinkKernel kernel;
        TableWatch watch;
        List<RouteWatch> routes = new ArrayList<>();
        try (NetworkNamespace fabric = raised.openFabric()) {
            kernel = NetlinkKernel.of(fabric);
            watch = TableWatch.open(fabric, kernel);
            routes.add(RouteWatch.open(fabric));
            routes.add(RouteWatch.open(hostNamespace));
        }
        open.push(kernel);
        watches.add(watch::close);
        LoadBalancerFront begun =
                new LoadBalancerFront(
                        new LoadBalancerFront.Settings(
                                "fairlead",
                                FrontNetwork.MAC,
                                FrontNetwork.nodeNumbers(settings),
                                settings.pool(),
                                _ -> Optional.empty()),
                        kernel,
                        FrontNetwork.hostRoutes(settings, raised.hostLink()),
                        timer);
        front = begun;
        for (RouteWatch each : routes) {
            watches.add(each::close);
            Runnable mend =
                    () -> {
                        FrontNetwork.mend(settings, raised);
                        begun.rerouted();
                    };
            Thread.ofPlatform().start(() -> each.listen(() -> onHost(mend)));
        }
        Thread.ofPlatform().start(() -> watch.listen(begun.tables(), () -> onHost(begun::recheck)));
        accept(List.of());
    }

    @AfterEach
    void lower() throws Exception {
        timer.shutdownNow();
        watches.forEach(Runnable::run);
        for (AutoCloseable it : open) {
            it.close();
        }
        if (machine != null) {
            onHost(machine::lower);
        }
        hostNamespace.close();
        host.close();
    }

    @Test
    void spreadsNewFlowsOverAllNodesAndKeepsTheClientsAddress() throws IOException {
        Map<String, Integer> seen = new TreeMap<>();
        for (int i = 0; i < 60; i++) {
            try (SocketChannel flow = connect(address(80), 0)) {
                seen.merge(ask(flow), 1, Integer::sum);
            }
        }
        assertThat(seen.keySet())
                .containsExactly("node-1 " + host(), "node-2 " + host(), "node-3 " + host());
        assertThat(
                        Command.run(
                                        "nsenter",
                                        "--net=" + directory.resolve("run/netns/fabric"),
                                        "ip",
                                        "-o",
                                        "addr",
                                        "show",
                                        "dev",
                                        "br0")
                                .output())
                .isEmpty();
    }

    @Test
    void leavesKnownFlowsWithANodeThatGetsNoNewOnes() throws IOException {
        Map<SocketChannel, String> held = new HashMap<>();
        for (int i = 0; i < 30; i++) {
            SocketChannel flow = connect(address(80), 0);
            open.push(flow);
            held.put(flow, ask(flow));
        }
        assertThat(held.values()).contains("node-2 " + host());
        ready("node-2", false);
        for (Map.Entry<SocketChannel, String> flow : held.entrySet()) {
            assertThat(ask(flow.getKey())).isEqualTo(flow.getValue());
        }
        Set<String> fresh = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            try (SocketChannel flow = connect(address(80), 0)) {
                fresh.add(ask(flow));
            }
        }
        assertThat(fresh).containsExactly("node-1 " + host(), "node-3 " + host());
        ready("node-2", true);
        for (Map.Entry<SocketChannel, String> flow : held.entrySet()) {
            assertThat(ask(flow.getKey())).isEqualTo(flow.getValue());
        }
    }

    @Test
    void givesAClientPortThatIsUsedAgainToOneNodeFromItsFirstPacketOn() throws IOException {
        String before;
        try (SocketChannel flow = connect(address(80), 40_001)) {
            before = ask(flow).substring(0, 6);
        }
        ready(before, false);
        try (SocketChannel flow = connect(address(80), 40_001)) {
            assertThat(ask(flow)).doesNotStartWith(before);
            assertThat(ask(flow)).doesNotStartWith(before);
        }
        // The same while the fabric still takes the old flow for alive: its client vanished without
        // a word.
        String second;
        try (SocketChannel flow = connect(address(80), 40_002)) {
            second = ask(flow).substring(0, 6);
            block(second, "add");
            host.run("ss", "-K", "sport", "40002").succeeded();
        }
        ready(second, false);
        try (SocketChannel flow = connect(address(80), 40_002)) {
            assertThat(ask(flow)).doesNotStartWith(second);
        }
        block(second, "delete");
    }

    /// Lets a node's link pass nothing any more, or everything again.
    private void block(String node, String how) {
        String words = how.equals("add") ? "down" : "up";
        Command.run(
                        "nsenter",
                        "--net=" + directory.resolve("run/netns/fabric"),
                        "ip",
                        "link",
                        "set",
                        node,
                        words)
                .succeeded();
    }

    @Test
    void movesADatagramFlowOnceWhenItsNodeAnswersNoMore() throws IOException {
        try (DatagramChannel flow = datagrams()) {
            String first = ask(flow, 10);
            List<String> others = new ArrayList<>(settings.nodeNames());
            others.remove(first);
            slice(others.toArray(String[]::new));
            String second = ask(flow, 10);
            assertThat(others).contains(second);
            for (int i = 0; i < 10; i++) {
                assertThat(ask(flow, 10)).isEqualTo(second);
            }
            slice("node-1", "node-2", "node-3");
            for (int i = 0; i < 10; i++) {
                assertThat(ask(flow, 10)).isEqualTo(second);
            }
        }
    }

    @Test
    void keepsAClientWithItsSecondNodeWhenTheFirstReturns() throws IOException {
        String first = sticky();
        for (int i = 0; i < 100; i++) {
            assertThat(sticky()).isEqualTo(first);
        }
        ready(first, false);
        String second = sticky();
        assertThat(second).isNotEqualTo(first);
        ready(first, true);
        for (int i = 0; i < 20; i++) {
            assertThat(sticky()).isEqualTo(second);
        }
        // Another process takes the kernel's memory up.
        begin();
        for (int i = 0; i < 10; i++) {
            assertThat(sticky()).isEqualTo(second);
        }
    }

    @Test
    void bringsFragmentsToTheNodeOfTheirDatagram() throws IOException {
        for (int i = 0; i < 10; i++) {
            try (DatagramChannel flow = datagrams()) {
                assertThat(ask(flow, 4000)).startsWith("node-");
            }
        }
    }

    @Test
    void dropsWhatNoServiceHasAndRoutesThePoolOnlyWhileThereIsOne() throws IOException {
        assertThatThrownBy(() -> connect(address(82), 0)).isInstanceOf(IOException.class);
        String front = family == IpFamily.IPV4 ? "172.30.0.2" : "fd00:30::2";
        assertThat(host.run("ip", "route", "get", address()).output()).contains("via " + front);
        put(
                """
                {apiVersion: v1, kind: ConfigMap, data: {pools: none},
                 metadata: {name: fairlead-load-balancer, namespace: kube-system}}
                """);
        assertThat(host.run("ip", "route", "get", address()).output()).doesNotContain(front);
    }

    @Test
    void mendsFlushedTablesWhileKnownFlowsKeepTheirNode() throws IOException {
        Map<SocketChannel, String> held = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            SocketChannel flow = connect(address(80), 0);
            open.push(flow);
            held.put(flow, ask(flow));
        }
        List<String> before = tables();
        for (String[] harm :
                List.of(
                        new String[] {"flush", "ruleset"},
                        new String[] {"delete", "table", "bridge", "fairlead"},
                        new String[] {"flush", "chain", "ip", "fairlead", "known"},
                        new String[] {"flush", "map", "ip6", "fairlead", "frontends"})) {
            List<String> line = new ArrayList<>(List.of("nft"));
            line.addAll(List.of(harm));
            inFabric(line.toArray(String[]::new));
            Await.untilAsserted(
                    Duration.ofSeconds(20), () -> assertThat(tables()).isEqualTo(before));
            for (Map.Entry<SocketChannel, String> flow : held.entrySet()) {
                assertThat(ask(flow.getKey())).isEqualTo(flow.getValue());
            }
            try (SocketChannel flow = connect(address(80), 0)) {
                assertThat(ask(flow)).startsWith("node-");
            }
        }
    }

    @Test
    void putsRoutesRulesAndNeighboursBack() throws IOException {
        String bits = family == IpFamily.IPV4 ? "-4" : "-6";
        List<String> before = ways(bits);
        assertThat(before).anyMatch(it -> it.contains("PERMANENT"));
        for (String harm :
                List.of(
                        "ip " + bits + " route flush table 1002",
                        "ip " + bits + " route del default",
                        "ip " + bits + " rule del fwmark 3",
                        "ip " + bits + " neigh flush nud permanent dev br0")) {
            inFabric(harm.split(" ", -1));
            awaitWays(bits, before);
        }
        String link = java.util.Objects.requireNonNull(machine).hostLink();
        String front = family == IpFamily.IPV4 ? "172.30.0.2" : "fd00:30::2";
        host.run("ip", bits, "route", "flush", "via", front).succeeded();
        awaitWays(bits, before);
        host.run("ip", bits, "neigh", "del", front, "dev", link).succeeded();
        awaitWays(bits, before);
        try (SocketChannel flow = connect(address(80), 0)) {
            assertThat(ask(flow)).startsWith("node-");
        }
    }

    private void awaitWays(String bits, List<String> wanted) {
        Await.untilAsserted(Duration.ofSeconds(20), () -> assertThat(ways(bits)).isEqualTo(wanted));
    }

    /// The routes to and from the front, as ip shows them, and what has neighbours for good.
    private List<String> ways(String bits) {
        String front = family == IpFamily.IPV4 ? "172.30.0.2" : "fd00:30::2";
        List<String> ways = new ArrayList<>();
        ways.addAll(inFabric("ip", bits, "route", "show", "table", "all").lines().toList());
        ways.addAll(inFabric("ip", bits, "rule").lines().toList());
        ways.addAll(inFabric("ip", bits, "neigh", "show", "nud", "permanent").lines().toList());
        ways.addAll(host.run("ip", bits, "route", "show", "via", front).output().lines().toList());
        ways.addAll(
                host.run("ip", bits, "neigh", "show", front, "nud", "permanent")
                        .output()
                        .lines()
                        .toList());
        return ways.stream().map(String::strip).sorted().toList();
    }

    /// What nft sees in the fabric, without what packets wrote and in which order things were made.
    private List<String> tables() {
        return inFabric("nft", "list", "ruleset")
                .lines()
                .filter(line -> !line.contains("expires"))
                .sorted()
                .toList();
    }

    private String inFabric(String... words) {
        List<String> line = new ArrayList<>();
        line.addAll(List.of("nsenter", "--net=" + directory.resolve("run/netns/fabric"), "--"));
        line.addAll(List.of(words));
        return Command.run(Map.of(), line).succeeded().output();
    }

    private String sticky() throws IOException {
        try (SocketChannel flow = connect(address(81), 0)) {
            return ask(flow).substring(0, 6);
        }
    }

    private SocketChannel connect(InetSocketAddress to, int localPort) throws IOException {
        SocketChannel channel = hostNamespace.openSocketChannel();
        try {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            if (localPort != 0) {
                channel.bind(new InetSocketAddress(localPort));
            }
            channel.socket().connect(to, 3_000);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    private static String ask(SocketChannel flow) throws IOException {
        flow.socket().setSoTimeout(3_000);
        flow.socket().getOutputStream().write('?');
        byte[] answer = new byte[100];
        int length = flow.socket().getInputStream().read(answer);
        return new String(answer, 0, length, StandardCharsets.UTF_8);
    }

    private DatagramChannel datagrams() throws IOException {
        DatagramChannel channel = hostNamespace.openDatagramChannel();
        channel.connect(address(53));
        return channel;
    }

    private static String ask(DatagramChannel flow, int size) throws IOException {
        flow.write(ByteBuffer.allocate(size));
        flow.socket().setSoTimeout(3_000);
        java.net.DatagramPacket answer = new java.net.DatagramPacket(new byte[100], 100);
        try {
            flow.socket().receive(answer);
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no answer to a datagram", e);
        }
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }

    private void serve(String node, NetworkNamespace namespace, Path file) throws IOException {
        // Without the flag an IPv6 address would serve after a second only.
        String prefix = address() + "/" + family.bits();
        Command.run("nsenter", "--net=" + file, "ip", "addr", "add", prefix, "dev", "lo", "nodad")
                .succeeded();
        open.push(namespace);
        for (int port : new int[] {80, 81}) {
            ServerSocketChannel server = namespace.openServerSocketChannel();
            server.bind(new InetSocketAddress(port));
            open.push(server);
            Thread.ofVirtual().start(() -> accept(node, server));
        }
        DatagramChannel datagrams = namespace.openDatagramChannel();
        datagrams.bind(address(53));
        open.push(datagrams);
        Thread.ofVirtual().start(() -> echo(node, datagrams));
    }

    private static void accept(String node, ServerSocketChannel server) {
        try {
            while (true) {
                SocketChannel flow = server.accept();
                Thread.ofVirtual().start(() -> answer(node, flow));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static void answer(String node, SocketChannel flow) {
        try (flow) {
            String client = flow.socket().getInetAddress().getHostAddress();
            ByteBuffer question = ByteBuffer.allocate(1);
            while (flow.read(question.clear()) > 0) {
                flow.write(ByteBuffer.wrap((node + " " + client).getBytes(StandardCharsets.UTF_8)));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static void echo(String node, DatagramChannel datagrams) {
        try {
            ByteBuffer question = ByteBuffer.allocate(10_000);
            while (true) {
                java.net.SocketAddress client = datagrams.receive(question.clear());
                datagrams.send(
                        ByteBuffer.wrap(node.getBytes(StandardCharsets.UTF_8)),
                        java.util.Objects.requireNonNull(client));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private void ready(String node, boolean isReady) {
        put(
                """
                {apiVersion: v1, kind: Node, metadata: {name: %s},
                 status: {conditions: [{type: Ready, status: "%s"}]}}
                """
                        .formatted(node, isReady ? "True" : "False"));
    }

    private void service(String name, String spec) {
        put(
                """
                {apiVersion: v1, kind: Service, metadata: {name: %s, namespace: shop}, spec: %s,
                 status: {loadBalancer: {ingress: [{ip: "%s", ipMode: VIP}]}}}
                """
                        .formatted(name, spec, address()));
    }

    /// The nodes that have endpoints of the Service for datagrams.
    private void slice(String... nodes) {
        StringBuilder endpoints = new StringBuilder();
        for (String node : nodes) {
            endpoints.append("{addresses: [10.244.1.2], nodeName: %s},".formatted(node));
        }
        put(
                """
                {apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: %s,
                 metadata: {name: dns-1, namespace: shop, labels: {kubernetes.io/service-name: dns}},
                 ports: [{port: 53, protocol: UDP}], endpoints: [%s]}
                """
                        .formatted(family, endpoints));
    }

    private void put(String yaml) {
        JsonObject object = (JsonObject) YamlReader.readAll(yaml).getFirst();
        ResourceType type =
                switch (object.text("kind")) {
                    case "Node" -> ResourceType.NODE;
                    case "Service" -> ResourceType.SERVICE;
                    case "ConfigMap" -> ResourceType.CONFIG_MAP;
                    default -> ResourceType.ENDPOINT_SLICE;
                };
        ObjectName name =
                new ObjectName(
                        object.text("metadata", "namespace"), object.text("metadata", "name"));
        ObjectChange change =
                new ObjectChange(type, name, snapshot.find(type, name), Optional.of(object));
        snapshot = snapshot.with(type, name, object);
        accept(List.of(change));
    }

    private void accept(List<ObjectChange> changes) {
        LoadBalancerFront current = java.util.Objects.requireNonNull(front);
        List<ObjectChange> all = new ArrayList<>(changes);
        if (changes.isEmpty()) {
            snapshot.objects()
                    .forEach((type, objects) ->
                            objects.forEach((name, object) ->
                                    all.add(
                                            new ObjectChange(
                                                    type,
                                                    name,
                                                    Optional.empty(),
                                                    Optional.of(object)))));
        }
        onHost(() -> current.accept(snapshot, new ClusterDelta(all)));
        assertThat(current.isProgrammed()).isTrue();
    }

    private void onHost(Runnable task) {
        hostNamespace.call(() -> {
            task.run();
            return true;
        });
    }
}
