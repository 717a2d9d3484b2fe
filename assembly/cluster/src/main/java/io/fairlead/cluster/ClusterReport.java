package io.fairlead.cluster;

import java.util.ArrayList;
import java.util.List;

/// What the machine under a cluster says about it, for `fairlead status`.
public final class ClusterReport {
    private ClusterReport() {}

    /// Lines about how packets are written, and about what on the host stands in their way.
    public static List<String> lines(ClusterFolders folders, ClusterSettings settings) {
        List<String> lines = new ArrayList<>();
        if (settings.has(Component.PROXY)) {
            lines.add(
                    "Service rules: nftables on every node (table %s)"
                            .formatted(NodePlane.PROXY_TABLE));
            lines.addAll(SocketPlane.describe(folders, settings.nodeNames()));
        } else {
            lines.add("Service rules: none, the cluster runs without the proxy");
        }
        List<String> obstacles = new Machine(folders).obstacles(settings);
        if (obstacles.isEmpty()) {
            lines.add("Pods reach what the host reaches.");
        }
        lines.addAll(obstacles);
        return lines;
    }
}
