package io.fairlead.proxy;

import io.fairlead.api.ObjectName;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.proxy.SocketCounters.Counts;
import io.fairlead.proxy.SocketCounters.OfEndpoint;
import io.fairlead.proxy.SocketCounters.OfSet;
import io.fairlead.tables.SetName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What was in the maps of the socket programs at one moment, and what it means.
///
/// @param names of the sets that there are
/// @param endpoints were read before the sets, so that no set has counted less than they have
/// @param ended what sets had counted that are gone
record SocketTally(
        Map<Long, SetName> names,
        List<OfEndpoint> endpoints,
        List<OfSet> sets,
        Map<ObjectName, EndpointCounts> ended) {
    static final SocketTally NONE = new SocketTally(Map.of(), List.of(), List.of(), Map.of());

    SocketTally {
        ended = Map.copyOf(ended);
    }

    /// The sum over all sets, which moves whenever a connection ends.
    Counts bytes() {
        long sent = 0;
        long received = 0;
        for (OfSet each : sets) {
            sent += each.counts().sentBytes();
            received += each.counts().receivedBytes();
        }
        return new Counts(0, 0, sent, received);
    }

    /// @param carried what open connections have carried, which the programs add up when they end
    SocketCounters counters(Map<Live, Counts> carried) {
        List<SocketCounters.Endpoint> known = new ArrayList<>();
        Map<SetName, Counts> more = new HashMap<>();
        for (OfEndpoint each : endpoints) {
            SetName name = names.get(each.live().set());
            if (name != null) {
                SocketEndpoint endpoint = each.live().endpoint();
                Counts counts = each.counts().and(carried.getOrDefault(each.live(), Counts.NONE));
                known.add(
                        new SocketCounters.Endpoint(
                                name, endpoint.address(), endpoint.port(), counts));
                more.merge(name, new Counts(counts.open(), 0, 0, 0), Counts::and);
            }
        }
        carried.forEach((live, counts) -> {
            SetName name = names.get(live.set());
            if (name != null) {
                more.merge(name, counts, Counts::and);
            }
        });
        Map<SetName, Counts> all = new HashMap<>();
        for (OfSet each : sets) {
            SetName name = names.get(each.set());
            if (name != null) {
                all.put(name, each.counts().and(more.getOrDefault(name, Counts.NONE)));
            }
        }
        return new SocketCounters(known, all, ended);
    }
}
