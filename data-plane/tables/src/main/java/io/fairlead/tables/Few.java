package io.fairlead.tables;

import java.util.Map;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Immutable maps of which there are many, and most have one entry: that takes no tree.
final class Few {
    private Few() {}

    static <K, V> Map<K, V> plus(Map<K, V> known, K key, V value) {
        if (known.isEmpty() || (known.size() == 1 && known.containsKey(key))) {
            return Map.of(key, value);
        }
        return tree(known).plus(key, value);
    }

    static <K, V> Map<K, V> minus(Map<K, V> known, K key) {
        if (!known.containsKey(key)) {
            return known;
        }
        return switch (known.size()) {
            case 1 -> Map.of();
            case 2 -> Map.copyOf(tree(known).minus(key));
            default -> tree(known).minus(key);
        };
    }

    private static <K, V> PMap<K, V> tree(Map<K, V> known) {
        return known instanceof PMap<K, V> tree ? tree : HashTreePMap.from(known);
    }
}
