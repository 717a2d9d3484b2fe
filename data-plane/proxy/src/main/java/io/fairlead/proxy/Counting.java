package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Protocol;
import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.linux.ConnectionTracking.Traffic;
import io.fairlead.nftables.ElementCount;
import io.fairlead.nftables.Tuple;
import io.fairlead.proxy.ServiceCounts.Address;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import io.fairlead.tables.Frontend;
import io.fairlead.tables.FrontendEntry;
import io.fairlead.tables.NodePort;
import io.fairlead.tables.ServiceTable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Says to which Service counts belong, and remembers what elements and flows had counted when they went. Guarded by the proxy's lock.
///
/// No rule counts a packet. Tracking knows each flow with its bytes anyway, while it lives and once more when it ends; that is a connection. Only what is
/// refused or dropped leaves no flow: the elements that say so count their look-ups, and the last count of a deleted one comes with its deletion.
final class Counting {
    /// Sets whose flows may still end after they are gone.
    private static final int RETIRED_MAX = 100_000;

    private final Map<ObjectName, Sums> gone = new HashMap<>();

    /// The Services of set numbers that are, or were, in use.
    private final Map<IpFamily, Map<Integer, ObjectName>> owners = new HashMap<>();

    /// Which Service a set belongs to from now on.
    void owns(IpFamily family, int set, ObjectName service) {
        owners.computeIfAbsent(
                        family,
                        _ ->
                                new LinkedHashMap<>() {
                                    @Override
                                    protected boolean removeEldestEntry(
                                            Map.Entry<Integer, ObjectName> eldest) {
                                        return size() > RETIRED_MAX;
                                    }
                                })
                .put(set, service);
    }

    /// Keeps what deleted elements had counted.
    ///
    /// @param table what the elements meant
    void deleted(IpFamily family, ServiceTable table, Collection<ElementCount> counts) {
        add(gone, family, table, counts);
    }

    /// Keeps what flows carried that ended.
    void ended(Collection<Traffic> flows) {
        add(gone, flows);
    }

    /// All there is by now.
    ///
    /// @param elements the counts of elements that are there, by family
    /// @param live the flows that are there
    /// @param ended since the last call of [#ended]; those may have been listed as live before they ended
    Map<ObjectName, ServiceCounts> total(
            ServiceTable table,
            Map<IpFamily, List<ElementCount>> elements,
            Collection<Traffic> live,
            Collection<Traffic> ended) {
        ended(ended);
        Set<Integer> over = new HashSet<>();
        ended.forEach(it -> over.add(it.id()));
        List<Traffic> still = new ArrayList<>();
        live.stream().filter(it -> !over.contains(it.id())).forEach(still::add);
        Map<ObjectName, Sums> all = new HashMap<>();
        gone.forEach((service, sums) -> all.put(service, sums.copy()));
        elements.forEach((family, counts) -> add(all, family, table, counts));
        add(all, still);
        Map<ObjectName, ServiceCounts> counts = new HashMap<>();
        all.forEach((service, sums) -> counts.put(service, sums.counts()));
        return counts;
    }

    private void add(
            Map<ObjectName, Sums> all,
            IpFamily family,
            ServiceTable table,
            Collection<ElementCount> counts) {
        Map<Integer, ObjectName> known = owners.getOrDefault(family, Map.of());
        for (ElementCount count : counts) {
            Tuple key = count.element().key();
            if (count.set().equals(RulesetFrame.DENIED)) {
                of(all, known.get(key.word(0))).dropped += count.packets();
            } else if (count.element().content() instanceof Tuple content) {
                Sums sums =
                        of(
                                all,
                                owner(family, table, key)
                                        .map(it -> it.owner().service())
                                        .orElse(null));
                switch (content.word(0)) {
                    case Mark.REFUSE -> sums.refused += count.packets();
                    case Mark.DROP -> sums.dropped += count.packets();
                    default -> {}
                }
            }
        }
    }

    private static Optional<FrontendEntry> owner(IpFamily family, ServiceTable table, Tuple key) {
        int words = key.size();
        Protocol protocol = protocol(key.word(words - 2));
        int port = key.word(words - 1);
        if (words == 2) {
            return Optional.ofNullable(table.nodePorts().get(new NodePort(family, protocol, port)));
        }
        return Optional.ofNullable(
                table.frontends().get(new Frontend(address(key).address(), protocol, port)));
    }

    private static Protocol protocol(int number) {
        return Arrays.stream(Protocol.values())
                .filter(it -> it.number() == number)
                .findFirst()
                .orElse(Protocol.TCP);
    }

    /// Of a tuple that begins with an address and ends with a port.
    private static Address address(Tuple tuple) {
        int words = tuple.size() >= 5 ? 4 : 1;
        byte[] bytes = new byte[words * 4];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (tuple.word(i / 4) >>> (24 - i % 4 * 8));
        }
        return new Address(IpAddress.ofBytes(bytes), tuple.word(tuple.size() - 1));
    }

    private void add(Map<ObjectName, Sums> all, Collection<Traffic> flows) {
        for (Traffic traffic : flows) {
            Flow flow = traffic.flow();
            int set = flow.mark() & Mark.SET;
            if (set < Mark.FIRST_SET) {
                continue;
            }
            IpAddress endpoint = IpAddress.of(flow.reply().source());
            ObjectName service = owners.getOrDefault(endpoint.family(), Map.of()).get(set);
            of(all, service).add(new Address(endpoint, flow.reply().sourcePort()), traffic);
        }
    }

    /// @param service null where nobody knows whose it is: then nobody will ask for it either
    private static Sums of(Map<ObjectName, Sums> all, @Nullable ObjectName service) {
        return service == null ? new Sums() : all.computeIfAbsent(service, _ -> new Sums());
    }

    /// Counts of one Service that still grow.
    private static final class Sums {
        private long refused;
        private long dropped;
        private final Map<Address, EndpointCounts> endpoints = new HashMap<>();

        void add(Address endpoint, Traffic traffic) {
            endpoints.merge(
                    endpoint,
                    new EndpointCounts(1, traffic.bytesForth(), traffic.bytesBack()),
                    EndpointCounts::and);
        }

        Sums copy() {
            Sums copy = new Sums();
            copy.refused = refused;
            copy.dropped = dropped;
            copy.endpoints.putAll(endpoints);
            return copy;
        }

        ServiceCounts counts() {
            return new ServiceCounts(refused, dropped, endpoints);
        }
    }
}
