package io.fairlead.tables;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.tables.Candidates.PortKey;
import io.fairlead.tables.Candidates.SliceChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Large Services, of which a few slices change: going on equals starting over.
class CandidatesPropertyTest {
    private static final PortKey PORT = new PortKey("http", Protocol.TCP, IpFamily.IPV4);

    @ParameterizedTest(name = "seed = {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void goingOnEqualsStartingOver(long seed) {
        Random random = new Random(seed);
        // Rarely, an address is told by several slices.
        int addresses = seed % 2 == 0 ? 100_000 : 300;
        List<SliceContents> slices = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            slices.add(slice(random, addresses, 20));
        }
        Candidates known = Candidates.of(PORT, slices);
        for (int step = 0; step < 60; step++) {
            List<SliceChange> changes = new ArrayList<>();
            for (int i = random.nextInt(2); i >= 0; i--) {
                int place = random.nextInt(slices.size());
                SliceContents before = slices.get(place);
                SliceContents after =
                        random.nextInt(6) == 0
                                ? slice(random, addresses, random.nextInt(30))
                                : touched(before, random, addresses);
                slices.set(place, after);
                changes.add(new SliceChange(Optional.of(before), Optional.empty()));
                changes.add(new SliceChange(Optional.empty(), Optional.of(after)));
            }
            known = known.with(PORT, changes, slices);
            assertThat(known).isEqualTo(Candidates.of(PORT, slices));
        }
    }

    private static SliceContents slice(Random random, int addresses, int size) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            candidates.add(candidate(random, addresses));
        }
        return contents(candidates);
    }

    private static SliceContents touched(SliceContents slice, Random random, int addresses) {
        List<Candidate> candidates = new ArrayList<>(slice.candidates(PORT));
        if (!candidates.isEmpty()) {
            candidates.set(random.nextInt(candidates.size()), candidate(random, addresses));
        }
        return contents(candidates);
    }

    private static SliceContents contents(List<Candidate> candidates) {
        return new SliceContents(1, List.of(new SliceContents.Port(PORT, candidates)));
    }

    private static Candidate candidate(Random random, int addresses) {
        return new Candidate(
                new Endpoint(
                        IpAddress.ofIpv4(0x0af40000 + random.nextInt(addresses)),
                        8080,
                        random.nextBoolean()),
                Candidate.Condition.values()[random.nextInt(3)],
                Set.of(),
                Set.of());
    }
}
