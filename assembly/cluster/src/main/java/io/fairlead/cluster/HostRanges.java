package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.linux.Link;
import io.fairlead.linux.LinkAddress;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.Route;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Whether a cluster's ranges are free on the host: what the host already reaches under the same addresses would be out of reach for
/// the cluster, or the cluster for the host.
final class HostRanges {
    private HostRanges() {}

    /// A range and the option that chooses it.
    private record Range(String option, Cidr cidr) {}

    /// @param ownLink the cluster's own link, whose address and route do not count
    /// @throws ClusterException that names the range, what it overlaps, and the option to change
    static void requireFree(ClusterSettings settings, NetworkStack host, String ownLink) {
        List<Range> ranges =
                List.of(
                        new Range("--node-cidr", settings.nodeCidr()),
                        new Range("--pod-cidr", settings.podCidr()),
                        new Range("--service-cidr", settings.serviceCidr()));
        Map<Integer, String> names = new HashMap<>();
        for (Link link : host.links().list()) {
            names.put(link.index(), link.name());
        }
        for (LinkAddress address : host.addresses().list()) {
            String link = names.getOrDefault(address.linkIndex(), "another link");
            if (!link.equals(ownLink)) {
                Cidr held = Cidr.of(address.address().address());
                require(ranges, held, "the host's address " + address.address() + " on " + link);
            }
        }
        for (Route route : host.routes().list()) {
            String link = names.getOrDefault(route.linkIndex(), "");
            boolean counts =
                    route.table() == Route.MAIN_TABLE
                            && route.destination().prefixLength() > 0
                            && !link.equals(ownLink);
            if (counts) {
                String where = link.isEmpty() ? "" : " on " + link;
                Cidr held = Cidr.parse(route.destination().toString());
                require(ranges, held, "the host's route " + route + where);
            }
        }
    }

    private static void require(List<Range> ranges, Cidr held, String what) {
        for (Range range : ranges) {
            if (range.cidr().overlaps(held)) {
                throw new ClusterException(
                        "The range %s overlaps %s: choose another one with %s."
                                .formatted(range.cidr(), what, range.option()));
            }
        }
    }
}
