package io.fairlead.tables;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/// What came into a set and what left it.
public record Membership<T>(Set<T> joined, Set<T> left) {
    public boolean isEmpty() {
        return joined.isEmpty() && left.isEmpty();
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
