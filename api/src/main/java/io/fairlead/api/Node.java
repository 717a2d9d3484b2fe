package io.fairlead.api;

import java.util.List;

/// A view of a Node, as far as packets care.
public record Node(JsonObject tree) implements ApiObject {
    public static final String ZONE_LABEL = "topology.kubernetes.io/zone";

    /// The ranges its pods take their addresses from, at most one a family.
    public List<Cidr> podCidrs() {
        List<Json> several = tree.list("spec", "podCIDRs");
        if (several.isEmpty()) {
            return Cidr.find(tree.text("spec", "podCIDR")).stream().toList();
        }
        return several.stream()
                .flatMap(text ->
                        Cidr.find(text instanceof JsonString string ? string.value() : "").stream())
                .toList();
    }

    /// Its addresses in the order of its status, host names left out.
    public List<IpAddress> addresses() {
        return tree.list("status", "addresses").stream()
                .flatMap(address -> IpAddress.find(address.text("address")).stream())
                .toList();
    }

    /// Its addresses of type InternalIP.
    public List<IpAddress> internalIps() {
        return tree.list("status", "addresses").stream()
                .filter(address -> address.text("type").equals("InternalIP"))
                .flatMap(address -> IpAddress.find(address.text("address")).stream())
                .toList();
    }

    /// Whether its agent says that it takes pods.
    public boolean isReady() {
        return tree.list("status", "conditions").stream()
                .anyMatch(condition ->
                        condition.text("type").equals("Ready")
                                && condition.text("status").equals("True"));
    }

    /// Empty where nobody set it.
    public String zone() {
        return tree.text("metadata", "labels", ZONE_LABEL);
    }
}
