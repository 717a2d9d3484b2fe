package io.fairlead.store;

import java.util.Collection;
import java.util.Optional;

/// All present values as of one revision. Immutable.
public interface Snapshot<V> {
    long revision();

    Optional<Stored<V>> get(String key);

    /// The values whose keys start with `prefix`, in key order; a view, not a copy.
    Collection<Stored<V>> list(String prefix);

    /// At most `limit` values with the prefix whose keys are greater than `afterKey`, in key order.
    Collection<Stored<V>> list(String prefix, String afterKey, int limit);

    /// How many keys start with `prefix`.
    int count(String prefix);
}
