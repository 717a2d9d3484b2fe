package io.fairlead.tables;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What came into a set and what left it.
public record Membership<T>(Set<T> joined, Set<T> left) {
    public boolean isEmpty() {
        return joined.isEmpty() && left.isEmpty();
    }

    /// Between two sorted lists without duplicates. Passes quickly over what they have in common.
    @SuppressWarnings("ReferenceEquality") // Saves comparing what was kept.
    public static <T extends Comparable<T>> Membership<T> ofSorted(List<T> before, List<T> after) {
        Set<T> joined = new LinkedHashSet<>();
        Set<T> left = new LinkedHashSet<>();
        int i = 0;
        int j = 0;
        while (i < before.size() && j < after.size()) {
            T old = before.get(i);
            T now = after.get(j);
            int order = old == now ? 0 : old.compareTo(now);
            if (order < 0) {
                left.add(old);
            } else if (order > 0) {
                joined.add(now);
            }
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        left.addAll(before.subList(i, before.size()));
        joined.addAll(after.subList(j, after.size()));
        return new Membership<>(joined, left);
    }

    /// @param before for each element that was touched, whether it had been a member
    static <T> Membership<T> between(Map<T, Boolean> before, Set<T> after) {
        Set<T> joined = new LinkedHashSet<>();
        Set<T> left = new LinkedHashSet<>();
        before.forEach((element, wasMember) -> {
            boolean isMember = after.contains(element);
            if (isMember && !wasMember) {
                joined.add(element);
            } else if (!isMember && wasMember) {
                left.add(element);
            }
        });
        return new Membership<>(joined, left);
    }
}
