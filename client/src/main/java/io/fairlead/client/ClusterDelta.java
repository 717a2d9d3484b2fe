package io.fairlead.client;

import java.util.List;

/// What changed between two snapshots: at most one change for each object.
public record ClusterDelta(List<ObjectChange> changes) {
    public ClusterDelta {
        changes = List.copyOf(changes);
    }
}
