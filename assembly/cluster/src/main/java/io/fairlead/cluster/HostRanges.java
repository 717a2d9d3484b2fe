package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.linux.Link;
import io.fairlead.linux.LinkAddress;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Whether a cluster's ranges are free on the host: what the host already reaches under the same addresses would be out of reach for
/// the cluster, or the cluster for the host.
final class HostRanges {
    private HostRanges() {}

    /// A range and the option that chooses it.
    private record Range(String option, Cidr cidr) {}

    /// @param ownLink the cluster's own link, whose address and route do not count
    /// @throws ClusterException that names the range, what it overlaps, and the option to change
    static void requireFree(ClusterSettings settings, NetworkStack host, String ownLink) {
        List<Range> ranges = new ArrayList<>();
        settings.nodeCidrs().list().forEach(cidr -> ranges.add(new Range("--node-cidr", cidr)));
        settings.podCidrs().list().forEach(cidr -> ranges.add(new Range("--pod-cidr", cidr)));
        settings.serviceCidrs()
                .list()
                .forEach(cidr -> ranges.add(new Range("--service-cidr", cidr)));
        for (Cidr range : settings.pool().cidrs()) {
            ranges.add(new Range("--load-balancer-pool", range));
        }
        for (Range range : ranges) {
            conflict(range.cidr(), host, ownLink)
                    .ifPresent(what -> {
                        throw new ClusterException(
                                "The range %s overlaps %s: choose another one with %s."
                                        .formatted(range.cidr(), what, range.option()));
                    });
        }
    }

    /// What of the host's overlaps a range: an address or a route.
    ///
    /// @param ownLink as above
    static Optional<String> conflict(Cidr range, NetworkStack host, String ownLink) {
        Map<Integer, String> names = new HashMap<>();
        for (Link link : host.links().list()) {
            names.put(link.index(), link.name());
        }
        for (LinkAddress address : host.addresses().list()) {
            String link = names.getOrDefault(address.linkIndex(), "another link");
            boolean isHeld =
                    !link.equals(ownLink) && range.overlaps(Cidr.of(address.address().address()));
            if (isHeld) {
                return Optional.of(
                        "the host's address %s/%d on %s"
                                .formatted(
                                        IpAddress.of(address.address().address()),
                                        address.address().prefixLength(),
                                        link));
            }
        }
        for (Route route : host.routes().list()) {
            String link = names.getOrDefault(route.linkIndex(), "");
            boolean counts =
                    route.table() == Route.MAIN_TABLE
                            && route.destination().prefixLength() > 0
                            && !link.equals(ownLink);
            if (counts && range.overlaps(Cidr.parse(route.destination().toString()))) {
                String where = link.isEmpty() ? "" : " on " + link;
                Cidr held = Cidr.parse(route.destination().toString());
                String via =
                        route.gateway().map(gateway -> " via " + IpAddress.of(gateway)).orElse("");
                return Optional.of("the host's route " + held + via + where);
            }
        }
        return Optional.empty();
    }
}
