package io.fairlead.store;

import java.util.List;

/// What one transaction changed, at its revision; never empty.
record Moment<V>(long revision, List<Watcher.Change<V>> changes) {
    Moment {
        changes = List.copyOf(changes);
    }

    /// The changes to keys with the prefix, possibly none.
    List<Watcher.Change<V>> changes(String prefix) {
        if (prefix.isEmpty()) {
            return changes;
        }
        if (changes.size() == 1) {
            return changes.getFirst().key().startsWith(prefix) ? changes : List.of();
        }
        return changes.stream().filter(change -> change.key().startsWith(prefix)).toList();
    }
}
