package io.fairlead.tables;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// What the names of a cluster mean, by Kubernetes' DNS specification 1.1.0. Immutable and equal to what [#of] makes of the same
/// objects, whatever the history. Reads Services, EndpointSlices and Namespaces.
///
/// @param zone such as `cluster.local`
/// @param names everything but the names of pods, in lower case and without a dot at the end
/// @param reverse the names of an address, by the Service they come from
/// @param aliases the addresses of names outside of the zone that load balancers have, by the Service they come from
/// @param serviceNames what each Service contributes
/// @param namespaces how many objects tell of a namespace: itself and its Services
public record NameTable(
        String zone,
        PMap<String, Records> names,
        PMap<IpAddress, PMap<ObjectName, List<String>>> reverse,
        PMap<String, PMap<ObjectName, List<IpAddress>>> aliases,
        PMap<String, Integer> namespaces,
        PMap<ObjectName, ServiceNames> serviceNames,
        PMap<ObjectName, PMap<ObjectName, SliceHosts>> slices)
        implements ServiceKnowledge {
    public static final String SPECIFICATION = "1.1.0";

    /// The types of objects that the table is made of.
    public static final List<ResourceType> WATCHED =
            List.of(ResourceType.NAMESPACE, ResourceType.SERVICE, ResourceType.ENDPOINT_SLICE);

    /// The table before anything is known.
    public static NameTable empty(String zone) {
        return new NameTable(
                zone,
                HashTreePMap.<String, Records>empty()
                        .plus(zone, Records.NONE)
                        .plus("svc." + zone, Records.NONE)
                        .plus("pod." + zone, Records.NONE)
                        .plus("dns-version." + zone, Records.ofText(SPECIFICATION)),
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePMap.empty());
    }

    public static NameTable of(ClusterSnapshot snapshot, String zone) {
        Step step = new Step(empty(zone));
        snapshot.all(ResourceType.NAMESPACE)
                .keySet()
                .forEach(name -> step.countNamespace(name.name(), 1));
        snapshot.list(ResourceType.ENDPOINT_SLICE).forEach(step::addSlice);
        snapshot.all(ResourceType.SERVICE)
                .forEach((name, service) -> step.replace(name, Optional.of(new Service(service))));
        return step.done();
    }

    /// The next table; costs the work of the Services that the delta touches.
    public NameTable apply(ClusterDelta delta) {
        Step step = new Step(this);
        Set<ObjectName> touched = new LinkedHashSet<>();
        for (ObjectChange change : delta.changes()) {
            if (change.type().equals(ResourceType.ENDPOINT_SLICE)) {
                change.before().ifPresent(slice -> touched.add(step.removeSlice(slice)));
                change.after().ifPresent(slice -> touched.add(step.addSlice(slice)));
            } else if (change.type().equals(ResourceType.NAMESPACE)) {
                int before = change.before().isPresent() ? 1 : 0;
                int after = change.after().isPresent() ? 1 : 0;
                step.countNamespace(change.name().name(), after - before);
            }
        }
        for (ObjectChange change : delta.changes()) {
            if (change.type().equals(ResourceType.SERVICE)) {
                touched.remove(change.name());
                step.replace(change.name(), change.after().map(Service::new));
            }
        }
        for (ObjectName name : touched) {
            ServiceNames known = serviceNames.get(name);
            if (known != null) {
                step.replace(name, Optional.of(known.service()));
            }
        }
        return step.done();
    }

    /// The records of a name in [#zone]; empty when there is no such name.
    ///
    /// @param name in lower case, without a dot at the end
    public Optional<Records> find(String name) {
        Records records = names.get(name);
        return records == null ? PodName.records(name, this) : Optional.of(records);
    }

    /// The addresses of a name outside of [#zone] that a load balancer has; empty when none has it.
    ///
    /// @param name in lower case, without a dot at the end
    public Optional<Records> findAlias(String name) {
        PMap<ObjectName, List<IpAddress>> known = aliases.get(name);
        return known == null
                ? Optional.empty()
                : Optional.of(
                        Records.ofAddresses(
                                known.values().stream()
                                        .flatMap(List::stream)
                                        .distinct()
                                        .sorted()
                                        .toList()));
    }

    /// The names of an address, sorted; none when no Service has it.
    public List<String> namesOf(IpAddress address) {
        PMap<ObjectName, List<String>> known = reverse.get(address);
        if (known == null) {
            return List.of();
        }
        return known.size() == 1
                ? known.values().iterator().next()
                : known.values().stream().flatMap(List::stream).sorted().toList();
    }

    public boolean knowsNamespace(String namespace) {
        return namespaces.containsKey(namespace);
    }

    /// The state of a Service that this table reflects; empty when it knows none of that name.
    @Override
    public Optional<HeldService> held(ObjectName service) {
        return Optional.ofNullable(serviceNames.get(service)).map(ServiceNames::held);
    }

    /// The resource versions of the slices of a Service that this table reflects.
    @Override
    public Set<Long> heldSlices(ObjectName service) {
        PMap<ObjectName, SliceHosts> known = slices.get(service);
        return known == null
                ? Set.of()
                : known.values().stream()
                        .map(SliceHosts::version)
                        .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Set<ObjectName> services() {
        return serviceNames.keySet();
    }

    /// As text for people, the same for equal tables.
    public String print() {
        return NameTablePrinter.print(this);
    }

    @Override
    public String toString() {
        return print();
    }

    /// The work between two tables. Used by one thread, for one call.
    private static final class Step {
        private final String zone;
        private PMap<String, Records> names;
        private PMap<IpAddress, PMap<ObjectName, List<String>>> reverse;
        private PMap<String, PMap<ObjectName, List<IpAddress>>> aliases;
        private PMap<String, Integer> namespaces;
        private PMap<ObjectName, ServiceNames> services;
        private PMap<ObjectName, PMap<ObjectName, SliceHosts>> slices;

        Step(NameTable before) {
            this.zone = before.zone;
            this.names = before.names;
            this.reverse = before.reverse;
            this.aliases = before.aliases;
            this.namespaces = before.namespaces;
            this.services = before.serviceNames;
            this.slices = before.slices;
        }

        ObjectName addSlice(JsonObject tree) {
            EndpointSlice slice = new EndpointSlice(tree);
            ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
            PMap<ObjectName, SliceHosts> known =
                    slices.getOrDefault(service, HashTreePMap.<ObjectName, SliceHosts>empty());
            slices = slices.plus(service, known.plus(slice.objectName(), SliceHosts.of(slice)));
            return service;
        }

        ObjectName removeSlice(JsonObject tree) {
            EndpointSlice slice = new EndpointSlice(tree);
            ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
            PMap<ObjectName, SliceHosts> fewer =
                    slices.getOrDefault(service, HashTreePMap.<ObjectName, SliceHosts>empty())
                            .minus(slice.objectName());
            slices = fewer.isEmpty() ? slices.minus(service) : slices.plus(service, fewer);
            return service;
        }

        void replace(ObjectName name, Optional<Service> service) {
            ServiceNames old = services.get(name);
            if (old != null) {
                old.names().keySet().forEach(key -> names = names.minus(key));
                old.reverse().keySet().forEach(address -> setReverse(address, name, List.of()));
                old.service()
                        .loadBalancerHostnames()
                        .keySet()
                        .forEach(alias -> setAlias(alias, name, List.of()));
                services = services.minus(name);
                countNamespace(name.namespace(), -1);
            }
            if (service.isPresent()) {
                PMap<ObjectName, SliceHosts> known = slices.get(name);
                ServiceNames now =
                        ServiceNames.of(
                                service.get(), known == null ? List.of() : known.values(), zone);
                now.names().forEach((key, records) -> names = names.plus(key, records));
                now.reverse().forEach((address, hosts) -> setReverse(address, name, hosts));
                now.service()
                        .loadBalancerHostnames()
                        .forEach((alias, addresses) -> setAlias(alias, name, addresses));
                services = services.plus(name, now);
                countNamespace(name.namespace(), 1);
            }
        }

        void countNamespace(String namespace, int difference) {
            int count = namespaces.getOrDefault(namespace, 0) + difference;
            if (count > 0) {
                namespaces = namespaces.plus(namespace, count);
                names = names.plus(namespace + ".svc." + zone, Records.NONE);
                names = names.plus(namespace + ".pod." + zone, Records.NONE);
            } else {
                namespaces = namespaces.minus(namespace);
                names = names.minus(namespace + ".svc." + zone);
                names = names.minus(namespace + ".pod." + zone);
            }
        }

        private void setReverse(IpAddress address, ObjectName service, List<String> hosts) {
            PMap<ObjectName, List<String>> known =
                    reverse.getOrDefault(address, HashTreePMap.<ObjectName, List<String>>empty());
            PMap<ObjectName, List<String>> now =
                    hosts.isEmpty() ? known.minus(service) : known.plus(service, hosts);
            reverse = now.isEmpty() ? reverse.minus(address) : reverse.plus(address, now);
        }

        /// Names of the zone belong to it alone.
        private void setAlias(String alias, ObjectName service, List<IpAddress> addresses) {
            if (alias.equals(zone) || alias.endsWith("." + zone)) {
                return;
            }
            PMap<ObjectName, List<IpAddress>> known =
                    aliases.getOrDefault(alias, HashTreePMap.<ObjectName, List<IpAddress>>empty());
            PMap<ObjectName, List<IpAddress>> now =
                    addresses.isEmpty() ? known.minus(service) : known.plus(service, addresses);
            aliases = now.isEmpty() ? aliases.minus(alias) : aliases.plus(alias, now);
        }

        NameTable done() {
            return new NameTable(zone, names, reverse, aliases, namespaces, services, slices);
        }
    }
}
