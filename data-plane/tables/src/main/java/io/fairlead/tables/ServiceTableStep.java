package io.fairlead.tables;

import io.fairlead.api.Cidr;
import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// One step from a table to the next. Used by one thread, for one call.
///
/// Everything the touched Services had claimed is taken back before anything new is claimed, so that the outcome does not depend on
/// the order of changes. What was touched is remembered as it had been; the delta is what differs in the end.
final class ServiceTableStep {
    private final ServiceTable before;
    private Claims<Frontend, FrontendEntry> frontends;
    private Claims<NodePort, FrontendEntry> nodePorts;
    private Claims<Integer, HealthCheck> healthChecks;
    private PMap<SetName, EndpointSet> sets;
    private PMap<IpAddress, PMap<ObjectName, EndpointUse>> uses;
    private PSet<IpAddress> localAddresses;
    private PMap<ObjectName, ServiceEntries> services;
    private PMap<ObjectName, PMap<ObjectName, SliceContents>> slices;
    private RangesByOwner podRanges;
    private RangesByOwner serviceRanges;

    private final Map<ObjectName, Optional<HeldService>> heldBefore = new LinkedHashMap<>();
    private final Map<Frontend, Optional<FrontendEntry>> frontendsBefore = new LinkedHashMap<>();
    private final Map<NodePort, Optional<FrontendEntry>> nodePortsBefore = new LinkedHashMap<>();
    private final Map<Integer, Optional<HealthCheck>> healthChecksBefore = new LinkedHashMap<>();
    private final Map<SetName, Optional<EndpointSet>> setsBefore = new LinkedHashMap<>();
    private final Map<IpAddress, Boolean> localBefore = new LinkedHashMap<>();
    private final Map<Cidr, Boolean> podRangesBefore = new LinkedHashMap<>();
    private final Map<Cidr, Boolean> serviceRangesBefore = new LinkedHashMap<>();

    private ServiceTableStep(ServiceTable before) {
        this.before = before;
        this.frontends = before.frontendClaims();
        this.nodePorts = before.nodePortClaims();
        this.healthChecks = before.healthCheckClaims();
        this.sets = before.sets();
        this.uses = before.uses();
        this.localAddresses = before.localAddresses();
        this.services = before.sources().services();
        this.slices = before.sources().slices();
        this.podRanges = before.sources().podRanges();
        this.serviceRanges = before.sources().serviceRanges();
    }

    static ServiceTable.Step apply(ServiceTable before, ClusterDelta delta) {
        ServiceTableStep step = new ServiceTableStep(before);
        Set<ObjectName> touched = new LinkedHashSet<>();
        Map<ObjectName, Optional<JsonObject>> changedServices = new LinkedHashMap<>();
        for (ObjectChange change : delta.changes()) {
            if (change.type().equals(ResourceType.SERVICE)) {
                touched.add(change.name());
                changedServices.put(change.name(), change.after());
            } else if (change.type().equals(ResourceType.ENDPOINT_SLICE)) {
                change.before().ifPresent(slice -> touched.add(step.removeSlice(slice)));
                change.after().ifPresent(slice -> touched.add(step.addSlice(slice)));
            } else if (change.type().equals(ResourceType.NODE)) {
                step.setPodRanges(change.name(), change.after());
            } else if (change.type().equals(ResourceType.SERVICE_CIDR)) {
                step.setServiceRanges(change.name(), change.after());
            }
        }
        step.replace(touched, changedServices);
        return step.done();
    }

    /// Forgets what the table was computed from and starts over with a snapshot; the delta tells what that changes.
    static ServiceTable.Step rebuild(ServiceTable before, ClusterSnapshot snapshot) {
        ServiceTableStep step = new ServiceTableStep(before);
        step.slices = HashTreePMap.empty();
        snapshot.list(ResourceType.ENDPOINT_SLICE).forEach(step::addSlice);
        Map<ObjectName, Optional<JsonObject>> wanted = new LinkedHashMap<>();
        step.services.keySet().forEach(name -> wanted.put(name, Optional.empty()));
        snapshot.all(ResourceType.SERVICE)
                .forEach((name, service) -> wanted.put(name, Optional.of(service)));
        step.replace(wanted.keySet(), wanted);
        replaceAll(snapshot.all(ResourceType.NODE), step.podRanges.owners(), step::setPodRanges);
        replaceAll(
                snapshot.all(ResourceType.SERVICE_CIDR),
                step.serviceRanges.owners(),
                step::setServiceRanges);
        return step.done();
    }

    private static void replaceAll(
            Map<ObjectName, JsonObject> now,
            Set<ObjectName> before,
            BiConsumer<ObjectName, Optional<JsonObject>> set) {
        Set<ObjectName> gone = new LinkedHashSet<>(before);
        gone.removeAll(now.keySet());
        gone.forEach(name -> set.accept(name, Optional.empty()));
        now.forEach((name, tree) -> set.accept(name, Optional.of(tree)));
    }

    private ObjectName addSlice(JsonObject tree) {
        EndpointSlice slice = new EndpointSlice(tree);
        ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
        PMap<ObjectName, SliceContents> known = slices.get(service);
        SliceContents contents = SliceContents.of(slice, before.viewpoint().nodeName());
        slices =
                slices.plus(
                        service,
                        (known == null ? HashTreePMap.<ObjectName, SliceContents>empty() : known)
                                .plus(slice.objectName(), contents));
        return service;
    }

    private ObjectName removeSlice(JsonObject tree) {
        EndpointSlice slice = new EndpointSlice(tree);
        ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
        PMap<ObjectName, SliceContents> known = slices.get(service);
        if (known != null) {
            PMap<ObjectName, SliceContents> fewer = known.minus(slice.objectName());
            slices = fewer.isEmpty() ? slices.minus(service) : slices.plus(service, fewer);
        }
        return service;
    }

    private void setPodRanges(ObjectName node, Optional<JsonObject> tree) {
        List<Cidr> ranges = tree.map(it -> new Node(it).podCidrs()).orElse(List.of());
        podRanges = podRanges.with(node, ranges, podRangesBefore);
    }

    private void setServiceRanges(ObjectName name, Optional<JsonObject> tree) {
        List<Cidr> ranges =
                tree.map(it -> it.list("spec", "cidrs")).orElse(List.of()).stream()
                        .flatMap(it ->
                                it instanceof JsonString text
                                        ? Cidr.find(text.value()).stream()
                                        : Stream.empty())
                        .toList();
        serviceRanges = serviceRanges.with(name, ranges, serviceRangesBefore);
    }

    /// @param changed the Services among `touched` that changed themselves; of the others only slices did
    private void replace(Set<ObjectName> touched, Map<ObjectName, Optional<JsonObject>> changed) {
        List<ServiceEntries> added = new ArrayList<>();
        for (ObjectName name : touched) {
            ServiceEntries old = services.get(name);
            Optional<Service> service =
                    changed.containsKey(name)
                            ? changed.get(name).map(Service::new)
                            : Optional.ofNullable(old).map(ServiceEntries::service);
            heldBefore.put(name, Optional.ofNullable(old).map(ServiceEntries::held));
            if (old != null) {
                remove(name, old);
            }
            service.ifPresent(present -> added.add(entries(name, present)));
        }
        added.forEach(this::add);
    }

    private ServiceEntries entries(ObjectName name, Service service) {
        PMap<ObjectName, SliceContents> known = slices.get(name);
        return ServiceEntries.of(
                service, known == null ? List.of() : known.values(), before.viewpoint());
    }

    private void remove(ObjectName name, ServiceEntries old) {
        services = services.minus(name);
        old.frontends()
                .forEach((key, entry) -> {
                    remember(frontendsBefore, key, () -> frontends.holders().get(key));
                    frontends = frontends.minus(key, entry);
                });
        old.nodePorts()
                .forEach((key, entry) -> {
                    remember(nodePortsBefore, key, () -> nodePorts.holders().get(key));
                    nodePorts = nodePorts.minus(key, entry);
                });
        old.healthChecks()
                .forEach((key, check) -> {
                    remember(healthChecksBefore, key, () -> healthChecks.holders().get(key));
                    healthChecks = healthChecks.minus(key, check);
                });
        old.sets()
                .forEach((key, set) -> {
                    remember(setsBefore, key, () -> sets.get(key));
                    sets = sets.minus(key);
                });
        old.uses().forEach((address, use) -> setUse(address, name, null));
    }

    private void add(ServiceEntries added) {
        ObjectName name = added.service().objectName();
        services = services.plus(name, added);
        added.frontends()
                .forEach((key, entry) -> {
                    remember(frontendsBefore, key, () -> frontends.holders().get(key));
                    frontends = frontends.plus(key, entry);
                });
        added.nodePorts()
                .forEach((key, entry) -> {
                    remember(nodePortsBefore, key, () -> nodePorts.holders().get(key));
                    nodePorts = nodePorts.plus(key, entry);
                });
        added.healthChecks()
                .forEach((key, check) -> {
                    remember(healthChecksBefore, key, () -> healthChecks.holders().get(key));
                    healthChecks = healthChecks.plus(key, check);
                });
        added.sets()
                .forEach((key, set) -> {
                    remember(setsBefore, key, () -> sets.get(key));
                    sets = sets.plus(key, set);
                });
        added.uses().forEach((address, use) -> setUse(address, name, use));
    }

    private void setUse(IpAddress address, ObjectName service, @Nullable EndpointUse use) {
        PMap<ObjectName, EndpointUse> known = uses.getOrDefault(address, HashTreePMap.empty());
        PMap<ObjectName, EndpointUse> now =
                use == null ? known.minus(service) : known.plus(service, use);
        uses = now.isEmpty() ? uses.minus(address) : uses.plus(address, now);
        boolean wasLocal = localAddresses.contains(address);
        localBefore.putIfAbsent(address, wasLocal);
        if (use != null && use.isLocal()) {
            localAddresses = localAddresses.plus(address);
        } else if (wasLocal && now.values().stream().noneMatch(EndpointUse::isLocal)) {
            localAddresses = localAddresses.minus(address);
        }
    }

    private static <K, V> void remember(
            Map<K, Optional<V>> before, K key, Supplier<@Nullable V> current) {
        if (!before.containsKey(key)) {
            before.put(key, Optional.ofNullable(current.get()));
        }
    }

    private ServiceTable.Step done() {
        ServiceTable after =
                new ServiceTable(
                        before.viewpoint(),
                        frontends,
                        nodePorts,
                        healthChecks,
                        sets,
                        uses,
                        localAddresses,
                        new ServiceTable.Sources(services, slices, podRanges, serviceRanges));
        Set<ObjectName> held = new LinkedHashSet<>();
        heldBefore.forEach((name, old) -> {
            if (!old.equals(after.held(name))) {
                held.add(name);
            }
        });
        return new ServiceTable.Step(
                after,
                new ServiceTableDelta(
                        Changed.between(frontendsBefore, frontends.holders()),
                        Changed.between(nodePortsBefore, nodePorts.holders()),
                        Changed.between(setsBefore, sets),
                        Changed.between(healthChecksBefore, healthChecks.holders()),
                        Membership.between(localBefore, localAddresses),
                        Membership.between(podRangesBefore, podRanges.all()),
                        Membership.between(serviceRangesBefore, serviceRanges.all()),
                        held));
    }
}
