package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.NodeTerms;
import java.util.Comparator;

/// Which of the nodes that can take a pod is best: avoided taints last, then preferences, then where fewest pods of the same owner are, then the least
/// loaded.
record Ranking(
        long reluctance, long preference, int siblings, double share, int podCount, int chance)
        implements Comparable<Ranking> {
    private static final Comparator<Ranking> BEST_FIRST =
            Comparator.comparingLong(Ranking::reluctance)
                    .thenComparing(Comparator.comparingLong(Ranking::preference).reversed())
                    .thenComparingInt(Ranking::siblings)
                    .thenComparingDouble(Ranking::share)
                    .thenComparingInt(Ranking::podCount)
                    .thenComparingInt(Ranking::chance);

    /// @param chance decides between equals
    static Ranking of(
            JsonObject pod, Resources requests, JsonObject node, NodeLoad load, int chance) {
        String owner = NodeLoad.ownerOf(pod);
        return new Ranking(
                NodeFit.reluctance(pod, node),
                NodeTerms.preference(pod, node),
                owner.isEmpty() ? 0 : load.podsOf(owner),
                load.shareWith(requests),
                load.podCount(),
                chance);
    }

    @Override
    public int compareTo(Ranking other) {
        return BEST_FIRST.compare(this, other);
    }
}
