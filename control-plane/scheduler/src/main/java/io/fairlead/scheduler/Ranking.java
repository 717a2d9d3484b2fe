package io.fairlead.scheduler;

import java.util.Comparator;

/// Which of the nodes that can take a pod is best: avoided taints last, then preferences, then where fewest of its like are, then where fewest pods of the
/// same owner are, then the least loaded.
///
/// @param chance decides between equals
record Ranking(
        long reluctance,
        long preference,
        long crowding,
        int siblings,
        double share,
        int podCount,
        int chance)
        implements Comparable<Ranking> {
    private static final Comparator<Ranking> BEST_FIRST =
            Comparator.comparingLong(Ranking::reluctance)
                    .thenComparing(Comparator.comparingLong(Ranking::preference).reversed())
                    .thenComparingLong(Ranking::crowding)
                    .thenComparingInt(Ranking::siblings)
                    .thenComparingDouble(Ranking::share)
                    .thenComparingInt(Ranking::podCount)
                    .thenComparingInt(Ranking::chance);

    @Override
    public int compareTo(Ranking other) {
        return BEST_FIRST.compare(this, other);
    }
}
