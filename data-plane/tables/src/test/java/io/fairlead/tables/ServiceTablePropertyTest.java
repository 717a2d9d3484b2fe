package io.fairlead.tables;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.client.ClusterDelta;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A failure names the seed; `-Dseed=N` runs that one alone.
class ServiceTablePropertyTest {
    private static final int STEPS = 60;

    static LongStream seeds() {
        Long seed = Long.getLong("seed");
        return seed == null ? LongStream.range(0, 100) : LongStream.of(seed);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void incrementalEqualsRebuilt(long seed) {
        RandomCluster cluster = new RandomCluster(new SplittableRandom(seed));
        ServiceTable table = ServiceTable.of(cluster.snapshot(), "node-1");
        for (int i = 0; i < STEPS; i++) {
            ClusterDelta delta = cluster.next();
            ServiceTable.Step step = table.apply(cluster.snapshot(), delta);
            ServiceTable rebuilt = ServiceTable.of(cluster.snapshot(), "node-1");
            assertThat(step.table().print()).as("seed %d", seed).isEqualTo(rebuilt.print());
            assertThat(step.table().equals(rebuilt)).as("seed %d step %d", seed, i).isTrue();
            assertDeltaTellsTheDifference(table, step);
            table = step.table();
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyEntryNamesASetThatExists(long seed) {
        RandomCluster cluster = new RandomCluster(new SplittableRandom(seed));
        for (int i = 0; i < STEPS; i++) {
            cluster.next();
        }
        ServiceTable table = ServiceTable.of(cluster.snapshot(), "node-2");
        table.frontends().values().forEach(entry -> assertSetsExist(table, entry));
        table.nodePorts().values().forEach(entry -> assertSetsExist(table, entry));
        assertThat(table.sets().values()).allMatch(set -> !set.endpoints().isEmpty());
        assertThat(table.sets().values())
                .allSatisfy(set -> assertThat(set.endpoints()).isSorted().doesNotHaveDuplicates());
    }

    private static void assertSetsExist(ServiceTable table, FrontendEntry entry) {
        for (Action action : new Action[] {entry.inside(), entry.outside()}) {
            if (action instanceof Action.Balance balance) {
                assertThat(table.sets()).containsKey(balance.set());
            }
        }
    }

    private static void assertDeltaTellsTheDifference(ServiceTable before, ServiceTable.Step step) {
        ServiceTable after = step.table();
        ServiceTableDelta delta = step.delta();
        assertThat(applied(before.frontends(), delta.frontends())).isEqualTo(after.frontends());
        assertThat(applied(before.nodePorts(), delta.nodePorts())).isEqualTo(after.nodePorts());
        assertThat(applied(before.sets(), delta.sets())).isEqualTo(after.sets());
        assertThat(applied(before.healthChecks(), delta.healthChecks()))
                .isEqualTo(after.healthChecks());
        assertThat(applied(before.localAddresses(), delta.localAddresses()))
                .isEqualTo(after.localAddresses());
        assertThat(applied(before.podRanges(), delta.podRanges())).isEqualTo(after.podRanges());
    }

    private static <K, V> Map<K, V> applied(Map<K, V> before, Map<K, Changed<V>> changes) {
        Map<K, V> after = new HashMap<>(before);
        changes.forEach((key, change) -> {
            assertThat(after.get(key)).isEqualTo(change.before().orElse(null));
            assertThat(change.before()).isNotEqualTo(change.after());
            change.after().ifPresentOrElse(value -> after.put(key, value), () -> after.remove(key));
        });
        return after;
    }

    private static <T> Set<T> applied(Set<T> before, Membership<T> change) {
        Set<T> after = new HashSet<>(before);
        change.left().forEach(element -> assertThat(after.remove(element)).isTrue());
        change.joined().forEach(element -> assertThat(after.add(element)).isTrue());
        return after;
    }
}
