package io.fairlead.cluster;

import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.linux.NetworkStack;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Whether this machine can bring packets for a range of load balancer addresses.
final class PoolCheck implements Function<AddressRange, Optional<String>> {
    private final ClusterSettings settings;
    private final String hostLink;

    PoolCheck(ClusterSettings settings, String hostLink) {
        this.settings = settings;
        this.hostLink = hostLink;
    }

    /// Why it cannot, as a sentence without its end; empty when it can.
    @Override
    public Optional<String> apply(AddressRange range) {
        if (settings.nodes() == 0) {
            return Optional.of(
                    "nobody takes packets for %s: the cluster has no nodes".formatted(range));
        }
        Optional<String> overlap = overlap(settings, range);
        if (overlap.isPresent()) {
            return overlap;
        }
        try (NetworkStack stack = NetworkStack.open()) {
            for (Cidr cidr : range.cidrs()) {
                Optional<String> taken = HostRanges.conflict(cidr, stack, hostLink);
                if (taken.isPresent()) {
                    return Optional.of("%s overlaps %s".formatted(range, taken.get()));
                }
            }
        }
        return Optional.empty();
    }

    /// Why a range and those of the cluster cannot both be; empty when they can.
    static Optional<String> overlap(ClusterSettings settings, AddressRange range) {
        Map<String, FamilyCidrs> others = new LinkedHashMap<>();
        others.put("--service-cidr", settings.serviceCidrs());
        others.put("--pod-cidr", settings.podCidrs());
        others.put("--node-cidr", settings.nodeCidrs());
        for (Map.Entry<String, FamilyCidrs> other : others.entrySet()) {
            for (Cidr cidr : other.getValue().list()) {
                if (range.overlaps(cidr)) {
                    return Optional.of("%s overlaps %s %s".formatted(range, other.getKey(), cidr));
                }
            }
        }
        if (!settings.families().contains(range.family())) {
            return Optional.of(
                    "nobody takes packets for %s: the nodes have no %s addresses"
                            .formatted(range, range.family()));
        }
        return Optional.empty();
    }
}
