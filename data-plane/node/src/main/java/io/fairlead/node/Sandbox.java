package io.fairlead.node;

import java.nio.file.Path;
import java.util.List;

/// Where a pod lives on the network: its namespace's file and its addresses, one or two of different families, the primary one first. It survives the restarts of the pod's containers.
///
/// @param namespace the node's own namespace for pods in the node's network
record Sandbox(Path namespace, List<String> addresses) {
    Sandbox {
        addresses = List.copyOf(addresses);
    }

    /// The primary one.
    String address() {
        return addresses.getFirst();
    }
}
