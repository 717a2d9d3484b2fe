package io.fairlead.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// One measured quantity: its samples, and how it is printed.
///
/// Owned by the thread that measures.
final class Figure {
    private final String name;
    private final String unit;
    private final List<Double> samples = new ArrayList<>();

    Figure(String name, String unit) {
        this.name = name;
        this.unit = unit;
    }

    void add(double sample) {
        samples.add(sample);
    }

    /// Adds the time since `startNanos` in milliseconds.
    void addMillisSince(long startNanos) {
        add((System.nanoTime() - startNanos) / 1e6);
    }

    /// `name: median (least..greatest), p99, of n samples`.
    void print() {
        if (samples.isEmpty()) {
            System.out.printf("%-58s no samples%n", name);
            return;
        }
        List<Double> sorted = new ArrayList<>(samples);
        Collections.sort(sorted);
        System.out.printf(
                Locale.ROOT,
                "%-58s p50 %.2f %s (%.2f..%.2f), p99 %.2f, n=%d%n",
                name,
                at(sorted, 0.5),
                unit,
                sorted.getFirst(),
                sorted.getLast(),
                at(sorted, 0.99),
                sorted.size());
    }

    private static double at(List<Double> sorted, double share) {
        return sorted.get(Math.min(sorted.size() - 1, (int) Math.floor(share * sorted.size())));
    }
}
