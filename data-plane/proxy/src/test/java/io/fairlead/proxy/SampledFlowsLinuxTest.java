package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.api.Protocol;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.Fate;
import io.fairlead.nftables.Packet;
import io.fairlead.nftables.PacketTracer;
import io.fairlead.nftables.Ruleset;
import io.fairlead.proxy.SampledServices.Flow;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The same flows get the same answers three times: from the packet tracer, from the kernel with rules alone, and, for TCP of a pod, from the
/// kernel with the socket programs too. Random Services, random flows, both families; `-Dseed=7` plays one seed again, `-Dseeds=100` the
/// first hundred.
///
/// Selection by source hash is left out: the tracer hashes otherwise than the kernel does.
@ParameterizedClass
@EnumSource(Family.class)
class SampledFlowsLinuxTest {
    private static final int FLOWS = 30;
    private static final int TRACES = 80;
    private static final int TURNS = 4;

    /// What answers where nobody translates: not a pod.
    private static final String NOT_A_POD = "not a pod";

    private static final Set<String> NODE_ADDRESSES =
            Set.of(NodeNetwork.NODE, NodeNetwork.OTHER_NODE_ADDRESS, "10.244.1.1");

    private final Family family;
    @TempDir Path directory;
    private SocketNode sockets;
    private ProxiedNode node;
    private SocketWriter writer;
    private PodProcess process;

    SampledFlowsLinuxTest(Family family) {
        this.family = family;
    }

    static IntStream seeds() {
        Integer one = Integer.getInteger("seed");
        return one == null ? IntStream.range(0, Integer.getInteger("seeds", 4)) : IntStream.of(one);
    }

    @BeforeEach
    void start() {
        sockets = new SocketNode(directory);
        node = new ProxiedNode(family);
        // Every refusal is to be heard.
        node.network.node.setSysctl("ipv4/icmp_ratelimit", "0");
        node.network.node.setSysctl("ipv6/icmp/ratelimit", "0");
        writer =
                new SocketWriter(
                        new SocketWriter.Settings(
                                sockets.pins().resolve("node-1"),
                                sockets.group(),
                                Set.of(
                                        family.address(NodeNetwork.NODE),
                                        family.address("10.244.1.1"))),
                        new Random(7));
        assertThat(writer.start()).isTrue();
        node.proxy.alsoWrite(writer::accept);
        process = new PodProcess(sockets.podGroup(), node.network.file(node.network.firstPod));
    }

    @AfterEach
    void stop() throws Exception {
        if (process != null) {
            process.close();
        }
        if (writer != null) {
            writer.close();
        }
        if (node != null) {
            node.close();
        }
        if (sockets != null) {
            sockets.close();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void tracerRulesAndSocketsAnswerAlike(int seed) throws Exception {
        Random random = new Random(seed);
        SampledServices services = new SampledServices(random);
        services.fill(node.cluster);
        node.program();
        if (random.nextBoolean()) {
            for (String pod : List.of(NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD)) {
                assertThat(node.proxy.join(family.address(pod))).isTrue();
            }
        }
        Ruleset rules = node.rules().ruleset();
        List<Flow> flows = IntStream.range(0, FLOWS).mapToObj(i -> services.flow()).toList();

        List<Set<String>> allowed = new ArrayList<>();
        flows.forEach(flow -> allowed.add(traced(flow, rules, random)));
        List<Future<String>> answers = new ArrayList<>();
        try (ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < FLOWS; i++) {
                Flow flow = flows.get(i);
                Set<String> right = allowed.get(i);
                answers.add(senders.submit(() -> sent(flow, right)));
            }
        }
        for (int i = 0; i < FLOWS; i++) {
            assertThat(answers.get(i).get())
                    .as("rules, %s (again: -Dseed=%d)", flows.get(i), seed)
                    .isIn(allowed.get(i));
        }
        throughSockets(seed, flows, rules, random);
    }

    /// TCP of the first pod, from below the node's control group.
    private void throughSockets(int seed, List<Flow> flows, Ruleset rules, Random random) {
        long led = 0;
        for (Flow flow : flows) {
            if (flow.protocol() != Protocol.TCP) {
                continue;
            }
            Flow mine = new Flow(NodeNetwork.FIRST_POD, Protocol.TCP, flow.address(), flow.port());
            // A pod that was led to itself is no hairpin: it keeps its address.
            Set<String> right = new TreeSet<>(traced(mine, rules, random));
            boolean isLed = isLed(mine);
            if (isLed && right.remove("10.244.1.3 node")) {
                right.add("10.244.1.3 10.244.1.3");
            }
            String answer = normal(process.connect(family.of(flow.address()), flow.port()), right);
            assertThat(answer).as("sockets, %s (again: -Dseed=%d)", mine, seed).isIn(right);
            led += isLed ? 1 : 0;
        }
        assertThat(
                        writer.counters().sets().values().stream()
                                .mapToLong(SocketCounters.Counts::connections)
                                .sum())
                .as("connections led at the socket (again: -Dseed=%d)", seed)
                .isEqualTo(led);
    }

    private boolean isLed(Flow flow) {
        SocketContents contents = writer.contents().orElseThrow();
        Long set =
                contents.frontends()
                        .get(new SocketFrontend(family.address(flow.address()), flow.port()));
        SocketContents.Balance balance = set == null ? null : contents.sets().get(set);
        return balance != null && balance.count() > 0;
    }

    /// Every answer that the tracer has for a flow: of a client that it never saw, when others had so many turns before.
    private Set<String> traced(Flow flow, Ruleset rules, Random random) {
        boolean isOwn = flow.from().equals("node");
        String source = isOwn ? NodeNetwork.NODE : flow.from();
        Packet packet =
                packet(flow, isOwn ? Packet.Origin.OWN_PROCESS : Packet.Origin.LINK, source);
        String others = flow.from().equals(NodeNetwork.OUTSIDE) ? "172.30.0.10" : "10.244.1.10";
        Set<String> answers = new TreeSet<>();
        for (int i = 0; i < TRACES; i++) {
            PacketTracer tracer = new PacketTracer(() -> rules, random);
            for (int turn = 0; turn < i % TURNS; turn++) {
                tracer.trace(packet(flow, Packet.Origin.LINK, others + turn));
            }
            answers.add(
                    switch (tracer.trace(packet)) {
                        case Fate.Passed passed when passed.isTranslated() ->
                                family.back(IpAddress.of(passed.destination()).toString())
                                        + " "
                                        + (isOwn || passed.isMasqueraded() ? "node" : source);
                        case Fate.Passed _ -> NOT_A_POD;
                        case Fate.Refused _ -> "refused";
                        case Fate.Dropped _ -> "no answer";
                    });
        }
        // Its own node would send a pod back to itself; this one may not.
        if (answers.contains(NodeNetwork.REMOTE_POD + " " + NodeNetwork.REMOTE_POD)) {
            answers.add("no answer");
        }
        return answers;
    }

    private Packet packet(Flow flow, Packet.Origin origin, String source) {
        return new Packet(
                origin,
                address(source),
                40000,
                address(flow.address()),
                io.fairlead.nftables.Protocol.valueOf(flow.protocol().name()),
                flow.port(),
                NODE_ADDRESSES.contains(flow.address()));
    }

    private InetAddress address(String text) {
        return InetAddress.ofLiteral(family.of(text));
    }

    /// Sends a flow for real. On a machine with much to do an answer may be late, so silence is asked again.
    private String sent(Flow flow, Set<String> right) {
        String answer = "";
        for (int attempt = 0; attempt < 3; attempt++) {
            answer = normal(sentOnce(flow), right);
            if (right.contains(answer) || !answer.equals("no answer")) {
                return answer;
            }
        }
        return answer;
    }

    private String sentOnce(Flow flow) {
        NodeNetwork network = node.network;
        NetworkNamespace from =
                switch (SampledServices.CLIENTS.indexOf(flow.from())) {
                    case 0 -> network.firstPod;
                    case 1 -> network.secondPod;
                    case 2 -> network.remotePod;
                    case 3 -> network.node;
                    default -> network.outside;
                };
        return flow.protocol() == Protocol.TCP
                ? network.connect(from, flow.address(), flow.port())
                : network.askOnce(from, flow.address(), flow.port());
    }

    /// `ENDPOINT CLIENT`, with one word for all addresses of the node; or what else came.
    private String normal(String answer, Set<String> right) {
        // The kernel tells its own processes at once that a packet did not leave, refused or
        // dropped.
        if (answer.equals("Operation not permitted")) {
            return right.contains("refused") ? "refused" : "no answer";
        }
        String[] words = family.back(answer).split(" ");
        if (words.length < 2 || !words[0].startsWith("10.244.")) {
            return right.contains(NOT_A_POD) ? NOT_A_POD : answer;
        }
        return words[0] + " " + (NODE_ADDRESSES.contains(words[1]) ? "node" : words[1]);
    }
}
