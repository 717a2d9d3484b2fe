package io.fairlead.store;

import java.util.List;
import java.util.Optional;

/// Hears transactions in order.
public interface Watcher<V> {
    /// One transaction's changes to the watched keys, never empty.
    void onChanges(long revision, List<Change<V>> changes);

    /// The watcher now knows everything up to `revision`; called after past history was told, and whenever the store finds it useful.
    default void onProgress(long revision) {}

    /// The watch ended, because the watcher threw or the store could not read its past; nothing more is heard.
    default void onFailure(RuntimeException cause) {}

    /// One key's change. `after` is empty when it was deleted; `before` is empty when it was made, or when history no longer tells.
    record Change<V>(String key, Optional<Stored<V>> before, Optional<Stored<V>> after) {}
}
