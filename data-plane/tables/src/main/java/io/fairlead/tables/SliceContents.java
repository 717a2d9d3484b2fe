package io.fairlead.tables;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Service;
import io.fairlead.tables.Candidates.PortKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// What of a slice concerns packets, read once for each version of the slice.
///
/// @param version the slice's resource version
record SliceContents(long version, List<Port> ports) {

    /// One port of all the slice's endpoints.
    record Port(PortKey key, List<Candidate> candidates) {}

    static SliceContents of(EndpointSlice slice, String nodeName) {
        boolean isOfOthers =
                slice.tree().has("metadata", "labels", Service.HEADLESS_LABEL)
                        || slice.tree().has("metadata", "labels", Service.PROXY_NAME_LABEL);
        if (slice.family().isEmpty() || isOfOthers) {
            return new SliceContents(slice.resourceVersion(), List.of());
        }
        IpFamily family = slice.family().get();
        List<EndpointSlice.Endpoint> endpoints = slice.endpoints();
        List<Port> ports = new ArrayList<>();
        for (EndpointSlice.Port port : slice.ports()) {
            if (port.port() > 0 && port.protocol().isPresent()) {
                ports.add(
                        new Port(
                                new PortKey(port.name(), port.protocol().get(), family),
                                candidates(endpoints, family, port.port(), nodeName)));
            }
        }
        return new SliceContents(slice.resourceVersion(), List.copyOf(ports));
    }

    private static List<Candidate> candidates(
            List<EndpointSlice.Endpoint> endpoints, IpFamily family, int port, String nodeName) {
        List<Candidate> candidates = new ArrayList<>(endpoints.size());
        for (EndpointSlice.Endpoint endpoint : endpoints) {
            List<IpAddress> addresses = endpoint.addresses();
            // Consumers use the first address only; the others have no meaning.
            if (!addresses.isEmpty() && addresses.getFirst().family() == family) {
                candidates.add(
                        new Candidate(
                                new Endpoint(
                                        addresses.getFirst(),
                                        port,
                                        endpoint.nodeName().equals(nodeName)),
                                condition(endpoint),
                                Set.copyOf(endpoint.hintedZones()),
                                Set.copyOf(endpoint.hintedNodes())));
            }
        }
        return List.copyOf(candidates);
    }

    /// Those of a port; none when the slice has no such port.
    List<Candidate> candidates(PortKey key) {
        List<Candidate> found = List.of();
        for (Port port : ports) {
            if (port.key().equals(key)) {
                if (found.isEmpty()) {
                    found = port.candidates();
                } else {
                    found = new ArrayList<>(found);
                    found.addAll(port.candidates());
                }
            }
        }
        return found;
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
