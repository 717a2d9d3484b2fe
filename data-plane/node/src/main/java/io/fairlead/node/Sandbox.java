package io.fairlead.node;

import java.nio.file.Path;

/// Where a pod lives on the network: its namespace's file and its address. It survives the restarts of the pod's containers.
///
/// @param namespace the node's own namespace for pods in the node's network
record Sandbox(Path namespace, String address) {}
