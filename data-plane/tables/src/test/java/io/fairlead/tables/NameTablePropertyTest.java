package io.fairlead.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A failure names the seed; `-Dseed=N` runs that one alone.
class NameTablePropertyTest {
    static LongStream seeds() {
        return ServiceTablePropertyTest.seeds();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void incrementalEqualsRebuilt(long seed) {
        RandomCluster cluster = new RandomCluster(new SplittableRandom(seed));
        NameTable table = NameTable.empty("cluster.local");
        for (int i = 0; i < 60; i++) {
            table = table.apply(cluster.next());
            NameTable rebuilt = NameTable.of(cluster.snapshot(), "cluster.local");
            assertThat(table.print()).as("seed %d", seed).isEqualTo(rebuilt.print());
            assertThat(table.equals(rebuilt)).as("seed %d step %d", seed, i).isTrue();
        }
    }
}
