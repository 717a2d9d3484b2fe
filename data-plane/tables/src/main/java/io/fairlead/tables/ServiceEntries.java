package io.fairlead.tables;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.api.Service;
import io.fairlead.api.Service.TrafficPolicy;
import io.fairlead.api.ServicePort;
import io.fairlead.tables.Action.SourceAddress;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.EndpointUse.NewTraffic;
import io.fairlead.tables.FrontendEntry.Origin;
import io.fairlead.tables.SetName.Reach;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// What one Service and its slices contribute to a node's table. Depends on nothing else, so that a change of one Service costs
/// the work of one Service.
record ServiceEntries(
        Service service,
        Map<Frontend, FrontendEntry> frontends,
        Map<NodePort, FrontendEntry> nodePorts,
        Map<SetName, EndpointSet> sets,
        Map<Integer, HealthCheck> healthChecks,
        Map<IpAddress, EndpointUse> uses) {
    static ServiceEntries of(
            Service service, Collection<SliceContents> slices, Viewpoint viewpoint) {
        Builder builder = new Builder(service, slices, viewpoint);
        if (!isIgnored(service)) {
            builder.addAll();
        }
        return new ServiceEntries(
                service,
                Map.copyOf(builder.frontends),
                Map.copyOf(builder.nodePorts),
                Map.copyOf(builder.sets),
                Map.copyOf(builder.healthChecks),
                Map.copyOf(builder.uses));
    }

    HeldService held() {
        return new HeldService(service.uid(), service.resourceVersion());
    }

    private static boolean isIgnored(Service service) {
        Map<String, String> labels = service.labels();
        return service.clusterIps().isEmpty()
                || labels.containsKey(Service.PROXY_NAME_LABEL)
                || labels.containsKey(Service.HEADLESS_LABEL);
    }

    private static final class Builder {
        private final Service service;
        private final Collection<SliceContents> slices;
        private final Viewpoint viewpoint;
        private final Selection selection;
        private final Map<Frontend, FrontendEntry> frontends = new LinkedHashMap<>();
        private final Map<NodePort, FrontendEntry> nodePorts = new LinkedHashMap<>();
        private final Map<SetName, EndpointSet> sets = new LinkedHashMap<>();
        private final Map<Integer, HealthCheck> healthChecks = new LinkedHashMap<>();
        private final Map<IpAddress, EndpointUse> uses = new LinkedHashMap<>();
        private final Set<IpAddress> localReady = new HashSet<>();

        Builder(Service service, Collection<SliceContents> slices, Viewpoint viewpoint) {
            this.service = service;
            this.slices = slices;
            this.viewpoint = viewpoint;
            this.selection =
                    Selection.find(
                                    service.annotations()
                                            .getOrDefault(Service.LOAD_BALANCING_ANNOTATION, ""))
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

            Collection<Candidate> candidates = candidates(port.name(), protocol, family);
            EndpointSelection chosen = EndpointSelection.of(candidates, viewpoint);
            boolean staysInside = service.internalTrafficPolicy() == TrafficPolicy.LOCAL;
            boolean staysOutside =
                    isExternal && service.externalTrafficPolicy() == TrafficPolicy.LOCAL;
            // Pods and the node itself reach external addresses without leaving the cluster, so no
            // policy narrows that.
            SetName all = new SetName(service.objectName(), port.name(), family, Reach.ALL);
            SetName local = new SetName(service.objectName(), port.name(), family, Reach.LOCAL);
            if (!staysInside || isExternal) {
                addSet(all, chosen.everywhere());
            }
            if (staysInside || staysOutside) {
                addSet(local, chosen.local());
            }
            candidates.stream()
                    .filter(c -> c.isLocal() && c.condition() == Candidate.Condition.READY)
                    .forEach(c -> localReady.add(c.address()));

            Action anywhere = balance(chosen.everywhere(), all, SourceAddress.KEPT);
            Action here =
                    chosen.local().isEmpty() && !chosen.everywhere().isEmpty()
                            ? new Action.Drop()
                            : balance(chosen.local(), local, SourceAddress.KEPT);
            Action outside =
                    staysOutside
                            ? here
                            : balance(chosen.everywhere(), all, SourceAddress.MASQUERADED);
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

        private Collection<Candidate> candidates(
                String portName, Protocol protocol, IpFamily family) {
            Map<Endpoint, Candidate> candidates = new TreeMap<>();
            for (SliceContents slice : slices) {
                for (SliceContents.Port port : slice.ports()) {
                    if (slice.family() == family
                            && port.protocol() == protocol
                            && port.name().equals(portName)) {
                        for (Candidate endpoint : slice.endpoints()) {
                            candidates.merge(
                                    new Endpoint(endpoint.address(), port.number(), false),
                                    endpoint.withPort(port.number()),
                                    Candidate::merge);
                        }
                    }
                }
            }
            return candidates.values();
        }

        private void addSet(SetName name, List<Candidate> endpoints) {
            if (endpoints.isEmpty()) {
                return;
            }
            sets.putIfAbsent(
                    name,
                    new EndpointSet(
                            name,
                            selection,
                            service.affinityTimeout(),
                            endpoints.stream().map(Candidate::endpoint).toList()));
            for (Candidate endpoint : endpoints) {
                uses.merge(endpoint.address(), use(endpoint), Builder::merge);
            }
        }

        private static EndpointUse use(Candidate endpoint) {
            return new EndpointUse(
                    endpoint.condition() == Candidate.Condition.READY
                            ? NewTraffic.YES
                            : NewTraffic.ONLY_AS_FALLBACK,
                    endpoint.isLocal());
        }

        private static EndpointUse merge(EndpointUse one, EndpointUse other) {
            NewTraffic more =
                    one.newTraffic().compareTo(other.newTraffic()) >= 0
                            ? one.newTraffic()
                            : other.newTraffic();
            return new EndpointUse(more, one.isLocal() || other.isLocal());
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
