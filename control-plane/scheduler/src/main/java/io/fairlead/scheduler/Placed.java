package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;

/// A pod that is on a node, or will be.
///
/// @param load of its node, which is known
record Placed(ObjectName name, JsonObject pod, NodeLoad load) {
    JsonObject node() {
        return load.node().orElseThrow();
    }
}
