package io.fairlead.tables;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.api.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What of a slice concerns packets, read once for each version of the slice.
///
/// @param version the slice's resource version
record SliceContents(long version, IpFamily family, List<Port> ports, List<Candidate> endpoints) {

    record Port(String name, Protocol protocol, int number) {}

    static SliceContents of(EndpointSlice slice, String nodeName) {
        Map<String, String> labels = slice.labels();
        if (slice.family().isEmpty()
                || labels.containsKey(Service.HEADLESS_LABEL)
                || labels.containsKey(Service.PROXY_NAME_LABEL)) {
            return new SliceContents(slice.resourceVersion(), IpFamily.IPV4, List.of(), List.of());
        }
        List<Port> ports = new ArrayList<>();
        for (EndpointSlice.Port port : slice.ports()) {
            if (port.port() > 0 && port.protocol().isPresent()) {
                ports.add(new Port(port.name(), port.protocol().get(), port.port()));
            }
        }
        IpFamily family = slice.family().get();
        List<Candidate> endpoints = new ArrayList<>();
        for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
            // Consumers use the first address only; the others have no meaning.
            endpoint.addresses().stream()
                    .limit(1)
                    .filter(address -> address.family() == family)
                    .forEach(address ->
                            endpoints.add(
                                    new Candidate(
                                            address,
                                            0,
                                            endpoint.nodeName().equals(nodeName),
                                            condition(endpoint),
                                            Set.copyOf(endpoint.hintedZones()),
                                            Set.copyOf(endpoint.hintedNodes()))));
        }
        return new SliceContents(
                slice.resourceVersion(), family, List.copyOf(ports), List.copyOf(endpoints));
    }

    private static Candidate.Condition condition(EndpointSlice.Endpoint endpoint) {
        if (endpoint.isReady()) {
            return Candidate.Condition.READY;
        }
        return endpoint.isServing() && endpoint.isTerminating()
                ? Candidate.Condition.FALLBACK
                : Candidate.Condition.UNUSABLE;
    }
}
