package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.client.ClusterSnapshot;
import io.fairlead.nftables.Content;
import io.fairlead.nftables.Diff;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.InMemoryKernel;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.Packet;
import io.fairlead.nftables.PacketTracer;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Transaction;
import io.fairlead.nftables.Tuple;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.ServiceTable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Histories of random changes, each told by its seed.
class ProxyCompilerPropertyTest {
    static IntStream seeds() {
        return IntStream.range(0, Integer.getInteger("seeds", 40));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void stepByStepEqualsAnew(int seed) {
        RandomServices random = new RandomServices(new Random(seed));
        ServiceTable table = ServiceTable.of(ClusterSnapshot.EMPTY, "node-1", Selection.RANDOM);
        NodeRules rules = NodeRules.empty(TestCluster.SETTINGS);
        for (int i = 0; i < 25; i++) {
            random.change();
            ServiceTable.Step step =
                    table.apply(random.cluster().snapshot(), random.cluster().delta());
            table = step.table();
            rules = ProxyCompiler.apply(rules, table, step.delta()).rules();

            NodeRules anew = ProxyCompiler.compile(TestCluster.SETTINGS, table);
            assertThat(canonical(rules)).isEqualTo(canonical(anew));
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void aCommitBetweenTwoLookUpsLeadsNowhereWrong(int seed) {
        Random random = new Random(seed);
        RandomServices services = new RandomServices(random);
        ServiceTable table = ServiceTable.of(ClusterSnapshot.EMPTY, "node-1", Selection.RANDOM);
        NodeRules rules = NodeRules.empty(TestCluster.SETTINGS);
        InMemoryKernel kernel = new InMemoryKernel();
        kernel.commit(Transaction.replace(rules.ruleset()));
        for (int i = 0; i < 25; i++) {
            ServiceTable before = table;
            services.change();
            ServiceTable.Step tables =
                    table.apply(services.cluster().snapshot(), services.cluster().delta());
            table = tables.table();
            ProxyCompiler.Step step = ProxyCompiler.apply(rules, table, tables.delta());
            Queue<Transaction> programme =
                    new ArrayDeque<>(
                            List.of(
                                    Diff.between(rules.ruleset(), step.middle()),
                                    Diff.between(step.middle(), step.rules().ruleset())));
            rules = step.rules();
            for (int packets = 0; packets < 12; packets++) {
                trace(services.packet(), before, table, kernel, programme, random);
            }
            programme.forEach(kernel::commit);
            Ruleset committed = kernel.read(rules.ruleset().table()).orElseThrow();
            assertThat(committed).isEqualTo(rules.ruleset());
            for (int packets = 0; packets < 12; packets++) {
                Packet packet = services.packet();
                String fate = new PacketTracer(() -> committed, random).trace(packet).print();
                assertThat(Oracle.fates(table, packet)).as("%s", packet).contains(fate);
            }
        }
    }

    /// Sends one packet, and may commit once, before any of its look-ups. A packet is not under way for longer than that.
    private static void trace(
            Packet packet,
            ServiceTable before,
            ServiceTable after,
            InMemoryKernel kernel,
            Queue<Transaction> programme,
            Random random) {
        Set<String> allowed = new TreeSet<>(Oracle.fates(before, packet));
        allowed.addAll(Oracle.fates(after, packet));
        allowed.addAll(Oracle.fates(before, after, packet));
        boolean[] isCommitted = {false};
        var name = new TableName(TableName.Family.IP, "fairlead");
        PacketTracer tracer =
                new PacketTracer(
                        () -> {
                            if (!isCommitted[0]
                                    && random.nextInt(40) == 0
                                    && !programme.isEmpty()) {
                                isCommitted[0] = true;
                                kernel.commit(programme.remove());
                            }
                            return kernel.read(name).orElseThrow();
                        },
                        random);
        String fate = tracer.trace(packet).print();
        // Which of two answers counts: masquerading is judged when the packet leaves, after all
        // look-ups.
        assertThat(allowed.stream().map(ProxyCompilerPropertyTest::target).toList())
                .as("%s", packet)
                .contains(target(fate));
    }

    private static String target(String fate) {
        return fate.replace(", masqueraded", "");
    }

    /// What rules say, without the numbers that depend on history.
    private static Map<String, Object> canonical(NodeRules rules) {
        Ruleset ruleset = rules.ruleset();
        Map<Integer, String> names = new TreeMap<>();
        Map<String, Object> all = new TreeMap<>();
        for (BalancedSet set : rules.sets().values()) {
            names.put(set.id(), set.set().name().toString());
            List<String> endpoints = new ArrayList<>();
            for (int index = 0; index < set.slots().size(); index++) {
                Endpoint endpoint = set.slots().get(index);
                Content content = ruleset.find("endpoints", Tuple.of(set.id(), index));
                assertThat(content)
                        .isEqualTo(Tuple.of(endpoint.address().toInetAddress(), endpoint.port()));
                endpoints.add(endpoint.toString());
                if (set.remembers()) {
                    Content number = ruleset.find("numbers", Tuple.of(set.id(), index));
                    assertThat(number).isInstanceOf(Tuple.class);
                    assertThat(ruleset.find("live", Tuple.of(set.id(), ((Tuple) number).word(0))))
                            .isEqualTo(content);
                }
            }
            endpoints.sort(null);
            all.put("set " + set.set().name(), endpoints + " " + set.set().affinityTimeout());
        }
        for (String map : List.of("inside", "outside", "inside_ports", "outside_ports")) {
            for (Element element : ruleset.set(map).elements().values()) {
                int mark = ((Tuple) element.content()).word(0);
                String set = names.getOrDefault(mark & 0xffffff, "" + (mark & 0xffffff));
                all.put(map + " " + element.key(), (mark >>> 24) + " " + set);
            }
        }
        for (Element element : ruleset.set("source_ranges").elements().values()) {
            String set = names.get(element.key().word(0));
            all.put("range " + set + " " + element.key().word(1), element.last().word(1));
        }
        for (String whole : List.of("hairpin", "pod_ranges")) {
            all.put(whole, ruleset.set(whole).elements());
        }
        for (NamedSet set : ruleset.sets().values()) {
            if (!set.name().matches("classes|learners|affinity_.*")) {
                all.put("size of " + set.name(), set.elements().size());
            }
        }
        all.keySet().removeIf(it -> it.startsWith("size of affinity"));
        return all;
    }
}
