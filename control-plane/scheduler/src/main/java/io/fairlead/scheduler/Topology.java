package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import java.util.Optional;

/// A part of the cluster: all nodes with one value of a label, such as a zone.
record Topology(String key, String value) {
    /// The part of that kind that a node is in; empty when its label is missing.
    static Optional<Topology> of(JsonObject node, String key) {
        return node.object("metadata", "labels").get(key) instanceof JsonString value
                ? Optional.of(new Topology(key, value.value()))
                : Optional.empty();
    }
}
