package io.fairlead.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.nftables.Diff;
import io.fairlead.nftables.InMemoryKernel;
import io.fairlead.nftables.Transaction;
import io.fairlead.tables.Frontend;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Histories of random changes, each told by its seed.
class FrontTablePropertyTest {
    private static final int STEPS = 60;
    private static final List<Cidr> POOLS =
            List.of(Cidr.parse("192.0.2.0/24"), Cidr.parse("2001:db8::/64"));
    private static final Map<String, Integer> NUMBERS =
            Map.of("node-0", 1, "node-1", 2, "node-2", 3, "node-3", 4);

    private FrontTable table = FrontTable.EMPTY;
    private FrontRules rules = FrontRules.empty(IpFamily.IPV4, "fairlead", NUMBERS);

    static IntStream seeds() {
        return IntStream.range(0, Integer.getInteger("seeds", 100));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void incrementalEqualsRebuilt(int seed) {
        RandomFronts history =
                new RandomFronts(
                        new Random(seed),
                        (snapshot, delta) -> {
                            FrontTable next = table.apply(snapshot, delta);
                            FrontTable rebuilt = FrontTable.of(snapshot);
                            assertThat(next.print()).isEqualTo(rebuilt.print());
                            assertThat(next.equals(rebuilt)).as("the whole of it").isTrue();
                            table = next;
                        });
        for (int i = 0; i < STEPS; i++) {
            history.change();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whoeverMayAnswerForAnAddressIsEligibleAndThereIsOneWhileThereIsANode(int seed) {
        RandomFronts history =
                new RandomFronts(
                        new Random(seed),
                        (snapshot, delta) -> table = table.apply(snapshot, delta));
        for (int i = 0; i < STEPS; i++) {
            history.change();
            FrontTable now = table;
            now.addresses()
                    .forEach((address, nodes) -> {
                        assertThat(now.nodes()).containsAll(nodes);
                        assertThat(nodes.isEmpty()).isEqualTo(now.nodes().isEmpty());
                        assertThat(Ranking.of(address, nodes))
                                .containsExactlyInAnyOrderElementsOf(nodes);
                    });
            assertThat(now.addresses().keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            now.frontends().stream().map(Frontend::address).distinct().toList());
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void rulesStepByStepMeanWhatRulesAnewMeanAndEveryStepCommits(int seed) {
        for (IpFamily family : IpFamily.values()) {
            InMemoryKernel kernel = new InMemoryKernel();
            rules = FrontRules.empty(family, "fairlead", NUMBERS);
            table = FrontTable.EMPTY;
            kernel.commit(Transaction.replace(rules.ruleset()));
            RandomFronts history =
                    new RandomFronts(
                            new Random(seed),
                            (snapshot, delta) -> {
                                table = table.apply(snapshot, delta);
                                FrontRules next = rules.with(table, POOLS);
                                kernel.commit(Diff.between(rules.ruleset(), next.ruleset()));
                                rules = next;
                                FrontRules anew =
                                        FrontRules.empty(family, "fairlead", NUMBERS)
                                                .with(table, POOLS);
                                assertThat(next.fronts()).isEqualTo(anew.fronts());
                                // Numbers differ by history; how many of each there are does not.
                                for (String set :
                                        List.of(
                                                FrontFrame.FRONTENDS,
                                                FrontFrame.WAYS,
                                                FrontFrame.SLOTS,
                                                FrontFrame.MEMBERS,
                                                FrontFrame.ANSWERING)) {
                                    assertThat(next.ruleset().set(set).elements().size())
                                            .as(set)
                                            .isEqualTo(anew.ruleset().set(set).elements().size());
                                }
                            });
            for (int i = 0; i < STEPS; i++) {
                history.change();
            }
            assertThat(kernel.read(rules.ruleset().table())).contains(rules.ruleset());
        }
    }
}
