package io.fairlead.tables;

import io.fairlead.tables.EndpointSet.Selection;

/// What a node's table depends on besides the objects.
///
/// @param zone the node's own zone, empty where it has none
/// @param selection how endpoints are chosen for Services that do not say
public record Viewpoint(String nodeName, String zone, Selection selection) {}
