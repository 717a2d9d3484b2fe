package io.fairlead.loadbalancer;

import io.fairlead.api.IpAddress;
import java.util.List;
import java.util.Map;

/// What one link's announcer is to know of the cluster.
///
/// @param node the UID of its own Node; empty while there is none
/// @param nodes the names of all Nodes by their UIDs
/// @param ranks of each address that belongs on the link the nodes that may answer for it, in the order of [Ranking]
record Wanted(String node, Map<String, String> nodes, Map<IpAddress, List<String>> ranks) {
    static final Wanted NOTHING = new Wanted("", Map.of(), Map.of());

    Wanted {
        nodes = Map.copyOf(nodes);
        ranks = Map.copyOf(ranks);
    }
}
