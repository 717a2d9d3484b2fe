package io.fairlead.tables;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A value before and after; empty where it did not exist. The two differ.
public record Changed<T>(Optional<T> before, Optional<T> after) {
    /// Of the keys in `before`, those whose value is another one in `after`, in the same order.
    ///
    /// @param before for each key that was touched, what it had been
    static <K, T> Map<K, Changed<T>> between(
            Map<K, Optional<T>> before, Map<K, ? extends @Nullable T> after) {
        Map<K, Changed<T>> changes = new LinkedHashMap<>();
        before.forEach((key, old) -> {
            Optional<T> now = Optional.ofNullable(after.get(key));
            if (!Objects.equals(old, now)) {
                changes.put(key, new Changed<>(old, now));
            }
        });
        return changes;
    }
}
