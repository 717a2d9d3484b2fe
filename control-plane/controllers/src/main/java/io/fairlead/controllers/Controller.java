package io.fairlead.controllers;

import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.util.Collection;
import java.util.Set;

/// Keeps something true about a cluster: a function from what the cluster is to what is to be written next.
///
/// Both methods are pure but for the clock; a [ControllerLoop] calls them and does the writing.
public interface Controller {
    /// Names it in logs, and the account it acts as, such as `replicaset-controller`.
    String name();

    /// How its events call it.
    default String eventSource() {
        return name();
    }

    /// The types whose objects it reads. All that it reads are in the index, complete.
    Set<ResourceType> reads();

    /// The keys that a change concerns.
    Collection<Key> keys(ObjectChange change, ClusterIndex index);

    /// What is to be written for a key now. The key comes again when what was written has been seen.
    Plan reconcile(ClusterIndex index, Key key);
}
