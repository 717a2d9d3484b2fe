package io.fairlead.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RankingTest {
    private static final List<String> NODES = List.of("node-1", "node-2", "node-3", "node-4");

    private static IpAddress address(int i) {
        return IpAddress.parse("192.0.2." + i);
    }

    @Test
    void spreadsNeighbouringAddressesOverNodesOfLikeNames() {
        Map<String, Integer> first = new TreeMap<>();
        for (int i = 0; i < 256; i++) {
            first.merge(Ranking.of(address(i), NODES).getFirst(), 1, Integer::sum);
        }
        assertThat(first).hasSize(4);
        assertThat(first.values()).allMatch(count -> count > 40 && count < 90);
    }

    @Test
    void movesOnlyTheAddressesOfTheNodeThatLeaves() {
        List<String> fewer = new ArrayList<>(NODES);
        fewer.remove("node-2");
        for (int i = 0; i < 256; i++) {
            List<String> before = new ArrayList<>(Ranking.of(address(i), NODES));
            before.remove("node-2");
            assertThat(Ranking.of(address(i), fewer)).isEqualTo(before);
        }
    }

    @Test
    void doesNotDependOnTheOrderInWhichNodesAreKnown() {
        assertThat(Ranking.of(address(7), NODES.reversed()))
                .isEqualTo(Ranking.of(address(7), NODES));
    }
}
