package io.fairlead.client;

import io.fairlead.api.ResourceType;
import java.util.List;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// What changed between two snapshots: at most one change for each object.
///
/// @param versions for each type watched, the resource version up to which the later snapshot contains everything
public record ClusterDelta(List<ObjectChange> changes, PMap<ResourceType, Long> versions) {
    public ClusterDelta {
        changes = List.copyOf(changes);
    }

    public ClusterDelta(List<ObjectChange> changes) {
        this(changes, HashTreePMap.empty());
    }
}
