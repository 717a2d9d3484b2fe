package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ResourceType;
import io.fairlead.client.KubeClient;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// A part of a cluster that must know its Services, and tells on port 10256 of its address which it does.
///
/// @param name of the node, or of the pod of a DNS server
/// @param node the node that it is on
public record Holder(Kind kind, String name, String node, IpAddress address) {
    public static final int PORT = 10256;

    public enum Kind {
        PROXY,
        DNS
    }

    /// The proxies of all nodes, by the nodes' names.
    static List<Holder> proxies(KubeClient client) {
        return client.list(ResourceType.NODE, "").items().stream()
                .map(Holder::proxyOf)
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(Holder::name))
                .toList();
    }

    private static Optional<Holder> proxyOf(JsonObject tree) {
        Node node = new Node(tree);
        return tree.list("status", "addresses").stream()
                .filter(address -> address.text("type").equals("InternalIP"))
                .map(address -> IpAddress.parse(address.text("address")))
                .findFirst()
                .map(address -> new Holder(Holder.Kind.PROXY, node.name(), node.name(), address));
    }

    /// Such as `proxy of node-1`.
    @Override
    public String toString() {
        return switch (kind) {
            case PROXY -> "proxy of " + name;
            case DNS -> "DNS server " + name;
        };
    }
}
