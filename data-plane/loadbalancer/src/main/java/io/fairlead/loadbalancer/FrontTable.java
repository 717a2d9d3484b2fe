package io.fairlead.loadbalancer;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.api.ServicePort;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import io.fairlead.tables.Frontend;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// What Services of type LoadBalancer mean for whoever stands in front of the nodes. Immutable and equal to what [#of] makes of the same objects,
/// whatever the history.
///
/// @param claims what each Service says of an address and port; of several the least name holds
/// @param services the Services that have load balancer addresses, as they were read
/// @param slices of each Service, by the slice's name
/// @param nodes the nodes that may get new flows
public record FrontTable(
        PMap<Frontend, PMap<ObjectName, Front>> claims,
        PMap<ObjectName, Service> services,
        PMap<ObjectName, PMap<ObjectName, EndpointSlice>> slices,
        List<String> nodes) {

    /// The types of objects that the table is made of.
    public static final List<ResourceType> WATCHED =
            List.of(ResourceType.NODE, ResourceType.SERVICE, ResourceType.ENDPOINT_SLICE);

    public static final FrontTable EMPTY =
            new FrontTable(
                    HashTreePMap.empty(), HashTreePMap.empty(), HashTreePMap.empty(), List.of());

    /// On a node that says so with this label no flow from outside begins.
    private static final String EXCLUSION_LABEL =
            "node.kubernetes.io/exclude-from-external-load-balancers";

    public static FrontTable of(ClusterSnapshot snapshot) {
        Step step = new Step(EMPTY);
        snapshot.list(ResourceType.ENDPOINT_SLICE).forEach(tree -> step.addSlice(tree));
        step.nodes = eligible(snapshot.list(ResourceType.NODE));
        snapshot.all(ResourceType.SERVICE)
                .forEach((name, tree) -> step.replace(name, Optional.of(new Service(tree))));
        return step.done();
    }

    /// The next table. Costs the work of the Services that the delta touches, except when a node comes or goes.
    ///
    /// @param snapshot as it is after `delta`
    public FrontTable apply(ClusterSnapshot snapshot, ClusterDelta delta) {
        Step step = new Step(this);
        Set<ObjectName> touched = new LinkedHashSet<>();
        boolean nodesChanged = false;
        for (ObjectChange change : delta.changes()) {
            if (change.type().equals(ResourceType.ENDPOINT_SLICE)) {
                change.before().ifPresent(tree -> touched.add(step.removeSlice(tree)));
                change.after().ifPresent(tree -> touched.add(step.addSlice(tree)));
            } else if (change.type().equals(ResourceType.NODE)) {
                nodesChanged |= isEligible(change.before()) != isEligible(change.after());
            }
        }
        if (nodesChanged) {
            step.nodes = eligible(snapshot.list(ResourceType.NODE));
            touched.addAll(services.keySet());
        }
        for (ObjectChange change : delta.changes()) {
            if (change.type().equals(ResourceType.SERVICE)) {
                touched.remove(change.name());
                step.replace(change.name(), change.after().map(Service::new));
            }
        }
        for (ObjectName name : touched) {
            Service known = step.services.get(name);
            if (known != null) {
                step.replace(name, Optional.of(known));
            }
        }
        return step.done();
    }

    /// The addresses and ports that packets are taken for.
    public Set<Frontend> frontends() {
        return claims.keySet();
    }

    /// Empty when no Service has that address and port.
    public Optional<Front> find(Frontend frontend) {
        PMap<ObjectName, Front> claimants = claims.get(frontend);
        return claimants == null
                ? Optional.empty()
                : claimants.entrySet().stream()
                        .min(Map.Entry.comparingByKey(Comparator.naturalOrder()))
                        .map(Map.Entry::getValue);
    }

    /// The nodes that may take all packets of an address at once, each address with at least one while there is any: those that are in the
    /// choice of every port, else those that answer at every port, else those in the choice of some.
    public Map<IpAddress, List<String>> addresses() {
        Map<IpAddress, List<Front>> fronts = new TreeMap<>();
        for (Frontend frontend : claims.keySet()) {
            find(frontend)
                    .ifPresent(front ->
                            fronts.computeIfAbsent(frontend.address(), _ -> new ArrayList<>())
                                    .add(front));
        }
        Map<IpAddress, List<String>> addresses = new LinkedHashMap<>();
        fronts.forEach((address, all) -> addresses.put(address, common(all)));
        return addresses;
    }

    private static List<String> common(List<Front> fronts) {
        SortedSet<String> chosen = new TreeSet<>(fronts.getFirst().choice());
        SortedSet<String> answering = new TreeSet<>(fronts.getFirst().answering());
        SortedSet<String> some = new TreeSet<>();
        for (Front front : fronts) {
            chosen.retainAll(front.choice());
            answering.retainAll(front.answering());
            some.addAll(front.choice());
        }
        if (!chosen.isEmpty()) {
            return List.copyOf(chosen);
        }
        return List.copyOf(answering.isEmpty() ? some : answering);
    }

    /// As text for people, the same for equal tables.
    public String print() {
        StringJoiner lines = new StringJoiner("\n", "", "\n");
        claims.keySet().stream()
                .sorted()
                .forEach(frontend ->
                        find(frontend).ifPresent(front -> lines.add(frontend + "  " + front)));
        return lines.toString();
    }

    @Override
    public String toString() {
        return print();
    }

    private static List<String> eligible(Collection<JsonObject> nodes) {
        return nodes.stream()
                .filter(node -> isEligible(Optional.of(node)))
                .map(node -> new Node(node).name())
                .sorted()
                .toList();
    }

    private static boolean isEligible(Optional<JsonObject> node) {
        return node.map(Node::new)
                .filter(it -> it.isReady() && !it.labels().containsKey(EXCLUSION_LABEL))
                .isPresent();
    }

    /// The work between two tables. Used by one thread, for one call.
    private static final class Step {
        private PMap<Frontend, PMap<ObjectName, Front>> claims;
        private PMap<ObjectName, Service> services;
        private PMap<ObjectName, PMap<ObjectName, EndpointSlice>> slices;
        private List<String> nodes;

        Step(FrontTable before) {
            this.claims = before.claims;
            this.services = before.services;
            this.slices = before.slices;
            this.nodes = before.nodes;
        }

        ObjectName addSlice(JsonObject tree) {
            EndpointSlice slice = new EndpointSlice(tree);
            ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
            PMap<ObjectName, EndpointSlice> known =
                    slices.getOrDefault(service, HashTreePMap.<ObjectName, EndpointSlice>empty());
            slices = slices.plus(service, known.plus(slice.objectName(), slice));
            return service;
        }

        ObjectName removeSlice(JsonObject tree) {
            EndpointSlice slice = new EndpointSlice(tree);
            ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
            PMap<ObjectName, EndpointSlice> fewer =
                    slices.getOrDefault(service, HashTreePMap.<ObjectName, EndpointSlice>empty())
                            .minus(slice.objectName());
            slices = fewer.isEmpty() ? slices.minus(service) : slices.plus(service, fewer);
            return service;
        }

        void replace(ObjectName name, Optional<Service> service) {
            Service before = services.get(name);
            if (before != null) {
                for (Frontend frontend : frontends(before).keySet()) {
                    PMap<ObjectName, Front> fewer =
                            claims.getOrDefault(frontend, HashTreePMap.<ObjectName, Front>empty())
                                    .minus(name);
                    claims =
                            fewer.isEmpty() ? claims.minus(frontend) : claims.plus(frontend, fewer);
                }
                services = services.minus(name);
            }
            if (service.isPresent()) {
                Map<Frontend, ServicePort> frontends = frontends(service.get());
                frontends.forEach((frontend, port) -> claim(frontend, port, service.get()));
                if (!frontends.isEmpty()) {
                    services = services.plus(name, service.get());
                }
            }
        }

        private void claim(Frontend frontend, ServicePort port, Service service) {
            PMap<ObjectName, Front> claimants =
                    claims.getOrDefault(frontend, HashTreePMap.<ObjectName, Front>empty());
            claims =
                    claims.plus(
                            frontend,
                            claimants.plus(service.objectName(), front(frontend, port, service)));
        }

        private Front front(Frontend frontend, ServicePort port, Service service) {
            List<String> choice = nodes;
            List<String> answering = nodes;
            if (service.externalTrafficPolicy() == Service.TrafficPolicy.LOCAL) {
                Whereabouts whereabouts = whereabouts(frontend, port, service);
                answering = List.copyOf(whereabouts.serving());
                choice = List.copyOf(whereabouts.ready());
                // A node with endpoints on their way out gets no new flows while another has better
                // ones.
                choice = choice.isEmpty() ? answering : choice;
                // Nobody serves: any node may say so.
                choice = choice.isEmpty() ? nodes : choice;
            }
            return new Front(service.objectName(), choice, answering, service.affinityTimeout());
        }

        /// The eligible nodes that have ready endpoints, and those that have any which serve.
        private record Whereabouts(SortedSet<String> ready, SortedSet<String> serving) {}

        private Whereabouts whereabouts(Frontend frontend, ServicePort port, Service service) {
            Whereabouts found = new Whereabouts(new TreeSet<>(), new TreeSet<>());
            PMap<ObjectName, EndpointSlice> known = slices.get(service.objectName());
            if (known == null) {
                return found;
            }
            for (EndpointSlice slice : known.values()) {
                boolean serves =
                        slice.family().equals(Optional.of(frontend.address().family()))
                                && slice.ports().stream()
                                        .anyMatch(it ->
                                                it.name().equals(port.name())
                                                        && it.protocol().equals(port.protocol()));
                if (!serves) {
                    continue;
                }
                for (EndpointSlice.Endpoint endpoint : slice.endpoints()) {
                    String node = endpoint.nodeName();
                    if (nodes.contains(node)) {
                        if (endpoint.isReady()) {
                            found.ready().add(node);
                        }
                        if (endpoint.isReady() || endpoint.isServing()) {
                            found.serving().add(node);
                        }
                    }
                }
            }
            return found;
        }

        /// Services that the nodes' proxies ignore are ignored here too.
        private static Map<Frontend, ServicePort> frontends(Service service) {
            Map<Frontend, ServicePort> frontends = new LinkedHashMap<>();
            Map<String, String> labels = service.labels();
            if (labels.containsKey(Service.PROXY_NAME_LABEL)
                    || labels.containsKey(Service.HEADLESS_LABEL)) {
                return frontends;
            }
            for (IpAddress address : service.loadBalancerIps()) {
                for (ServicePort port : service.ports()) {
                    port.protocol()
                            .ifPresent(protocol ->
                                    frontends.put(
                                            new Frontend(address, protocol, port.port()), port));
                }
            }
            return frontends;
        }

        FrontTable done() {
            return new FrontTable(claims, services, slices, nodes);
        }
    }
}
