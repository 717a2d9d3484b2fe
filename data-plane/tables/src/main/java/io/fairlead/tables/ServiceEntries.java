package io.fairlead.tables;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.api.Service;
import io.fairlead.api.Service.TrafficPolicy;
import io.fairlead.api.ServicePort;
import io.fairlead.tables.Action.SourceAddress;
import io.fairlead.tables.Candidates.PortKey;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.EndpointUse.NewTraffic;
import io.fairlead.tables.FrontendEntry.Origin;
import io.fairlead.tables.SetName.Reach;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What one Service and its slices contribute to a node's table. Depends on nothing else, so that a change of one Service costs
/// the work of one Service, and a change of one slice little more than that of the slice.
///
/// @param fallbacks those of the sets that serve only because nothing is ready
/// @param candidates who may serve each port, for the next step
record ServiceEntries(
        Service service,
        Map<Frontend, FrontendEntry> frontends,
        Map<NodePort, FrontendEntry> nodePorts,
        Map<SetName, EndpointSet> sets,
        Set<SetName> fallbacks,
        Map<Integer, HealthCheck> healthChecks,
        Map<PortKey, Candidates> candidates) {
    /// @param known what earlier slices were merged to, as far as it is still right
    static ServiceEntries of(
            Service service, Function<PortKey, Candidates> known, Viewpoint viewpoint) {
        Builder builder = new Builder(service, known, viewpoint);
        if (!isIgnored(service)) {
            builder.addAll();
        }
        return new ServiceEntries(
                service,
                Map.copyOf(builder.frontends),
                Map.copyOf(builder.nodePorts),
                Map.copyOf(builder.sets),
                Set.copyOf(builder.fallbacks),
                Map.copyOf(builder.healthChecks),
                Map.copyOf(builder.candidates));
    }

    /// What the Service does with an address; empty when that serves none of its ports.
    Optional<EndpointUse> use(IpAddress address) {
        boolean isUsed = false;
        boolean isLocal = false;
        NewTraffic most = NewTraffic.NO;
        for (EndpointSet set : sets.values()) {
            List<Endpoint> endpoints = set.endpoints();
            for (int i = first(endpoints, address);
                    i < endpoints.size() && endpoints.get(i).address().equals(address);
                    i++) {
                NewTraffic traffic =
                        fallbacks.contains(set.name())
                                ? NewTraffic.ONLY_AS_FALLBACK
                                : NewTraffic.YES;
                most = traffic.compareTo(most) > 0 ? traffic : most;
                isLocal |= endpoints.get(i).isLocal();
                isUsed = true;
            }
        }
        return isUsed ? Optional.of(new EndpointUse(most, isLocal)) : Optional.empty();
    }

    /// Where an address is, or would be.
    private static int first(List<Endpoint> sorted, IpAddress address) {
        int low = 0;
        int high = sorted.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (sorted.get(middle).address().compareTo(address) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The addresses that one of two states of a Service uses in another way than the other one; perhaps some more.
    static Set<IpAddress> touched(@Nullable ServiceEntries before, @Nullable ServiceEntries after) {
        Set<IpAddress> touched = new HashSet<>();
        Set<SetName> names = new HashSet<>();
        Stream.of(Optional.ofNullable(before), Optional.ofNullable(after))
                .flatMap(Optional::stream)
                .forEach(it -> names.addAll(it.sets.keySet()));
        for (SetName name : names) {
            List<Endpoint> old = endpoints(before, name);
            List<Endpoint> now = endpoints(after, name);
            if (before != null
                    && after != null
                    && before.fallbacks.contains(name) == after.fallbacks.contains(name)) {
                Membership<Endpoint> changes = Membership.ofSorted(old, now);
                changes.left().forEach(it -> touched.add(it.address()));
                changes.joined().forEach(it -> touched.add(it.address()));
            } else {
                old.forEach(it -> touched.add(it.address()));
                now.forEach(it -> touched.add(it.address()));
            }
        }
        return touched;
    }

    private static List<Endpoint> endpoints(@Nullable ServiceEntries of, SetName name) {
        EndpointSet set = of == null ? null : of.sets.get(name);
        return set == null ? List.of() : set.endpoints();
    }

    HeldService held() {
        return new HeldService(service.uid(), service.resourceVersion());
    }

    private static boolean isIgnored(Service service) {
        return service.clusterIps().isEmpty()
                || service.tree().has("metadata", "labels", Service.PROXY_NAME_LABEL)
                || service.tree().has("metadata", "labels", Service.HEADLESS_LABEL);
    }

    private static final class Builder {
        private final Service service;
        private final Function<PortKey, Candidates> known;
        private final Viewpoint viewpoint;
        private final Selection selection;
        private final Map<Frontend, FrontendEntry> frontends = new LinkedHashMap<>();
        private final Map<NodePort, FrontendEntry> nodePorts = new LinkedHashMap<>();
        private final Map<SetName, EndpointSet> sets = new LinkedHashMap<>();
        private final Map<Integer, HealthCheck> healthChecks = new LinkedHashMap<>();
        private final Set<SetName> fallbacks = new HashSet<>();
        private final Map<PortKey, Candidates> candidates = new LinkedHashMap<>();
        private final Set<IpAddress> localReady = new HashSet<>();

        Builder(Service service, Function<PortKey, Candidates> known, Viewpoint viewpoint) {
            this.service = service;
            this.known = known;
            this.viewpoint = viewpoint;
            this.selection =
                    Selection.find(
                                    service.tree()
                                            .text(
                                                    "metadata",
                                                    "annotations",
                                                    Service.LOAD_BALANCING_ANNOTATION))
                            .orElse(viewpoint.selection());
        }

        void addAll() {
            for (IpAddress clusterIp : service.clusterIps()) {
                for (ServicePort port : service.ports()) {
                    if (port.protocol().isPresent()) {
                        addPort(port, port.protocol().get(), clusterIp);
                    }
                }
            }
            if (service.healthCheckNodePort() > 0
                    && service.externalTrafficPolicy() == TrafficPolicy.LOCAL) {
                healthChecks.put(
                        service.healthCheckNodePort(),
                        new HealthCheck(owner(""), localReady.size()));
            }
        }

        private void addPort(ServicePort port, Protocol protocol, IpAddress clusterIp) {
            IpFamily family = clusterIp.family();
            List<IpAddress> loadBalancerIps = of(family, service.loadBalancerIps());
            List<IpAddress> externalIps = of(family, service.externalIps());
            boolean isExternal =
                    port.nodePort() > 0 || !loadBalancerIps.isEmpty() || !externalIps.isEmpty();

            List<Candidate> all =
                    candidates
                            .computeIfAbsent(new PortKey(port.name(), protocol, family), known)
                            .sorted();
            EndpointSelection chosen = EndpointSelection.of(all, viewpoint);
            boolean staysInside = service.internalTrafficPolicy() == TrafficPolicy.LOCAL;
            boolean staysOutside =
                    isExternal && service.externalTrafficPolicy() == TrafficPolicy.LOCAL;
            // Pods and the node itself reach external addresses without leaving the cluster, so no
            // policy narrows that.
            SetName anyNode = new SetName(service.objectName(), port.name(), family, Reach.ALL);
            SetName local = new SetName(service.objectName(), port.name(), family, Reach.LOCAL);
            if (!staysInside || isExternal) {
                addSet(anyNode, chosen.everywhere());
            }
            if (staysInside || staysOutside) {
                addSet(local, chosen.local());
            }
            if (service.healthCheckNodePort() > 0) {
                all.stream()
                        .filter(it -> it.isLocal() && it.isReady())
                        .forEach(it -> localReady.add(it.address()));
            }

            Action anywhere = balance(chosen.everywhere(), anyNode, SourceAddress.KEPT);
            Action here =
                    chosen.local().isEmpty() && !chosen.everywhere().isEmpty()
                            ? new Action.Drop()
                            : balance(chosen.local(), local, SourceAddress.KEPT);
            Action outside =
                    staysOutside
                            ? here
                            : balance(chosen.everywhere(), anyNode, SourceAddress.MASQUERADED);
            PortOwner owner = owner(port.name());

            // The first entry for a frontend stays: a load balancer's address is not opened wider
            // by naming it again.
            frontends.putIfAbsent(
                    new Frontend(clusterIp, protocol, port.port()),
                    new FrontendEntry(
                            owner,
                            Origin.CLUSTER_IP,
                            staysInside ? here : anywhere,
                            new Action.Ignore()));
            if (port.nodePort() > 0) {
                nodePorts.putIfAbsent(
                        new NodePort(family, protocol, port.nodePort()),
                        new FrontendEntry(owner, Origin.NODE_PORT, anywhere, outside));
            }
            List<Cidr> sources = sources(family);
            for (IpAddress address : loadBalancerIps) {
                frontends.putIfAbsent(
                        new Frontend(address, protocol, port.port()),
                        new FrontendEntry(
                                owner,
                                Origin.LOAD_BALANCER,
                                limited(anywhere, sources),
                                limited(outside, sources)));
            }
            for (IpAddress address : externalIps) {
                frontends.putIfAbsent(
                        new Frontend(address, protocol, port.port()),
                        new FrontendEntry(owner, Origin.EXTERNAL_IP, anywhere, outside));
            }
        }

        private void addSet(SetName name, List<Candidate> endpoints) {
            if (endpoints.isEmpty()) {
                return;
            }
            sets.putIfAbsent(
                    name,
                    new EndpointSet(
                            name, selection, service.affinityTimeout(), endpoints(endpoints)));
            // Ready ones and others are never chosen together.
            if (!endpoints.getFirst().isReady()) {
                fallbacks.add(name);
            }
        }

        private static List<Endpoint> endpoints(List<Candidate> candidates) {
            Endpoint[] endpoints = new Endpoint[candidates.size()];
            for (int i = 0; i < endpoints.length; i++) {
                endpoints[i] = candidates.get(i).endpoint();
            }
            return List.of(endpoints);
        }

        private static Action balance(
                List<Candidate> endpoints, SetName set, SourceAddress sourceAddress) {
            return endpoints.isEmpty()
                    ? new Action.Refuse()
                    : new Action.Balance(set, sourceAddress, List.of());
        }

        private static Action limited(Action action, List<Cidr> sources) {
            return action instanceof Action.Balance balance
                    ? new Action.Balance(balance.set(), balance.sourceAddress(), sources)
                    : action;
        }

        /// Ranges of the other family say nothing about this one; a range of everything is no restriction.
        private List<Cidr> sources(IpFamily family) {
            List<Cidr> ranges =
                    service.loadBalancerSourceRanges().stream()
                            .filter(range -> range.family() == family)
                            .sorted()
                            .distinct()
                            .toList();
            return ranges.stream().anyMatch(range -> range.prefixLength() == 0)
                    ? List.of()
                    : ranges;
        }

        private static List<IpAddress> of(IpFamily family, List<IpAddress> addresses) {
            return addresses.stream().filter(address -> address.family() == family).toList();
        }

        private PortOwner owner(String port) {
            Optional<Instant> created = service.creationTime();
            return new PortOwner(
                    service.objectName(), service.uid(), created.orElse(Instant.MAX), port);
        }
    }
}
