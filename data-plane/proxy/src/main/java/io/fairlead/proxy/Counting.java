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
/// No rule counts a packet: elements count look-ups, of which a connection makes one, and tracking counts bytes anyway. The last count of a
/// deleted element comes with its deletion, the bytes of a flow with its end.
final class Counting {
    /// Sets whose flows may still end after they are gone.
    private static final int RETIRED_MAX = 100_000;

    private final Map<ObjectName, ServiceCounts> gone = new HashMap<>();

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
        Map<ObjectName, ServiceCounts> all = new HashMap<>(gone);
        elements.forEach((family, counts) -> add(all, family, table, counts));
        add(all, still);
        return all;
    }

    private void add(
            Map<ObjectName, ServiceCounts> sums,
            IpFamily family,
            ServiceTable table,
            Collection<ElementCount> counts) {
        Map<Integer, ObjectName> known = owners.getOrDefault(family, Map.of());
        for (ElementCount count : counts) {
            long packets = count.packets();
            Tuple key = count.element().key();
            switch (count.set()) {
                case RulesetFrame.ENDPOINTS, RulesetFrame.LIVE -> {
                    if (count.element().content() instanceof Tuple endpoint) {
                        Map<Address, EndpointCounts> one =
                                Map.of(address(endpoint), new EndpointCounts(packets, 0, 0));
                        add(sums, known.get(key.word(0)), new ServiceCounts(0, 0, one));
                    }
                }
                case RulesetFrame.DENIED ->
                        add(sums, known.get(key.word(0)), new ServiceCounts(0, packets, Map.of()));
                default -> {
                    int mark = count.element().content() instanceof Tuple tuple ? tuple.word(0) : 0;
                    if (mark == Mark.REFUSE || mark == Mark.DROP) {
                        ServiceCounts one =
                                mark == Mark.REFUSE
                                        ? new ServiceCounts(packets, 0, Map.of())
                                        : new ServiceCounts(0, packets, Map.of());
                        add(
                                sums,
                                owner(family, table, key)
                                        .map(it -> it.owner().service())
                                        .orElse(null),
                                one);
                    }
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

    private void add(Map<ObjectName, ServiceCounts> sums, Collection<Traffic> flows) {
        for (Traffic traffic : flows) {
            Flow flow = traffic.flow();
            int set = flow.mark() & Mark.SET;
            if (set < Mark.FIRST_SET) {
                continue;
            }
            IpAddress endpoint = IpAddress.of(flow.reply().source());
            ObjectName service = owners.getOrDefault(endpoint.family(), Map.of()).get(set);
            Map<Address, EndpointCounts> one =
                    Map.of(
                            new Address(endpoint, flow.reply().sourcePort()),
                            new EndpointCounts(0, traffic.bytesForth(), traffic.bytesBack()));
            add(sums, service, new ServiceCounts(0, 0, one));
        }
    }

    private static void add(
            Map<ObjectName, ServiceCounts> sums,
            @Nullable ObjectName service,
            ServiceCounts counts) {
        if (service != null) {
            sums.merge(service, counts, ServiceCounts::and);
        }
    }
}
