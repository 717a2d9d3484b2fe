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
import io.fairlead.tables.Candidates.SliceChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
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
    private PMap<IpAddress, Map<ObjectName, EndpointUse>> uses;
    private PSet<IpAddress> localAddresses;
    private PMap<ObjectName, ServiceEntries> services;
    private PMap<ObjectName, Map<ObjectName, SliceContents>> slices;
    private RangesByOwner podRanges;
    private RangesByOwner serviceRanges;

    /// Of Services whose other slices are as they were; empty when everything is computed anew.
    private final Map<ObjectName, List<SliceChange>> sliceChanges = new LinkedHashMap<>();

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
                change.before().ifPresent(step::removeSlice);
                change.after().ifPresent(step::addSlice);
            } else if (change.type().equals(ResourceType.NODE)) {
                step.setPodRanges(change.name(), change.after());
            } else if (change.type().equals(ResourceType.SERVICE_CIDR)) {
                step.setServiceRanges(change.name(), change.after());
            }
        }
        touched.addAll(step.sliceChanges.keySet());
        step.replace(touched, changedServices, Reuse.KNOWN);
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
        step.replace(wanted.keySet(), wanted, Reuse.NOTHING);
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

    private void addSlice(JsonObject tree) {
        EndpointSlice slice = new EndpointSlice(tree);
        SliceContents contents = SliceContents.of(slice, before.viewpoint().nodeName());
        changeSlice(slice, Optional.of(contents));
    }

    private void removeSlice(JsonObject tree) {
        changeSlice(new EndpointSlice(tree), Optional.empty());
    }

    private void changeSlice(EndpointSlice slice, Optional<SliceContents> after) {
        ObjectName service = new ObjectName(slice.namespace(), slice.serviceName());
        Map<ObjectName, SliceContents> known = slices.getOrDefault(service, Map.of());
        Optional<SliceContents> old = Optional.ofNullable(known.get(slice.objectName()));
        Map<ObjectName, SliceContents> now =
                after.isPresent()
                        ? Few.plus(known, slice.objectName(), after.get())
                        : Few.minus(known, slice.objectName());
        slices = now.isEmpty() ? slices.minus(service) : slices.plus(service, now);
        sliceChanges
                .computeIfAbsent(service, _ -> new ArrayList<>())
                .add(new SliceChange(old, after));
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

    /// Whether what was computed before may be gone on from.
    private enum Reuse {
        KNOWN,
        NOTHING
    }

    /// @param changed the Services among `touched` that changed themselves; of the others only slices did
    private void replace(
            Set<ObjectName> touched, Map<ObjectName, Optional<JsonObject>> changed, Reuse reuse) {
        List<Replacement> replacements = new ArrayList<>();
        for (ObjectName name : touched) {
            ServiceEntries old = services.get(name);
            Optional<Service> service =
                    changed.containsKey(name)
                            ? changed.get(name).map(Service::new)
                            : Optional.ofNullable(old).map(ServiceEntries::service);
            heldBefore.put(name, Optional.ofNullable(old).map(ServiceEntries::held));
            ServiceEntries now =
                    service.map(it -> entries(name, it, reuse == Reuse.KNOWN ? old : null))
                            .orElse(null);
            replacements.add(new Replacement(name, old, now));
        }
        replacements.forEach(this::remove);
        replacements.forEach(this::add);
        replacements.forEach(this::setUses);
    }

    private record Replacement(
            ObjectName name, @Nullable ServiceEntries before, @Nullable ServiceEntries after) {
        /// What only the state before has, or has otherwise.
        <K, V> Map<K, V> lost(Function<ServiceEntries, Map<K, V>> part) {
            return beyond(before, after, part);
        }

        /// What only the state after has, or has otherwise.
        <K, V> Map<K, V> gained(Function<ServiceEntries, Map<K, V>> part) {
            return beyond(after, before, part);
        }

        private static <K, V> Map<K, V> beyond(
                @Nullable ServiceEntries one,
                @Nullable ServiceEntries other,
                Function<ServiceEntries, Map<K, V>> part) {
            if (one == null || other == null) {
                return one == null ? Map.of() : part.apply(one);
            }
            Map<K, V> beyond = new LinkedHashMap<>();
            Map<K, V> there = part.apply(other);
            part.apply(one)
                    .forEach((key, value) -> {
                        if (!value.equals(there.get(key))) {
                            beyond.put(key, value);
                        }
                    });
            return beyond;
        }
    }

    /// @param old what may be gone on from
    private ServiceEntries entries(ObjectName name, Service service, @Nullable ServiceEntries old) {
        Collection<SliceContents> all = slices.getOrDefault(name, Map.of()).values();
        List<SliceChange> changes = sliceChanges.getOrDefault(name, List.of());
        return ServiceEntries.of(
                service,
                port -> {
                    Candidates known = old == null ? null : old.candidates().get(port);
                    if (known == null) {
                        return Candidates.of(port, all);
                    }
                    return changes.isEmpty() ? known : known.with(port, changes, all);
                },
                before.viewpoint());
    }

    private void remove(Replacement replaced) {
        if (replaced.after() == null) {
            services = services.minus(replaced.name());
        }
        replaced.lost(ServiceEntries::frontends)
                .forEach((key, entry) -> {
                    remember(frontendsBefore, key, () -> frontends.holders().get(key));
                    frontends = frontends.minus(key, entry);
                });
        replaced.lost(ServiceEntries::nodePorts)
                .forEach((key, entry) -> {
                    remember(nodePortsBefore, key, () -> nodePorts.holders().get(key));
                    nodePorts = nodePorts.minus(key, entry);
                });
        replaced.lost(ServiceEntries::healthChecks)
                .forEach((key, check) -> {
                    remember(healthChecksBefore, key, () -> healthChecks.holders().get(key));
                    healthChecks = healthChecks.minus(key, check);
                });
        replaced.lost(ServiceEntries::sets)
                .forEach((key, set) -> {
                    remember(setsBefore, key, () -> sets.get(key));
                    sets = sets.minus(key);
                });
    }

    private void add(Replacement replaced) {
        ServiceEntries after = replaced.after();
        if (after != null) {
            services = services.plus(replaced.name(), after);
        }
        replaced.gained(ServiceEntries::frontends)
                .forEach((key, entry) -> {
                    remember(frontendsBefore, key, () -> frontends.holders().get(key));
                    frontends = frontends.plus(key, entry);
                });
        replaced.gained(ServiceEntries::nodePorts)
                .forEach((key, entry) -> {
                    remember(nodePortsBefore, key, () -> nodePorts.holders().get(key));
                    nodePorts = nodePorts.plus(key, entry);
                });
        replaced.gained(ServiceEntries::healthChecks)
                .forEach((key, check) -> {
                    remember(healthChecksBefore, key, () -> healthChecks.holders().get(key));
                    healthChecks = healthChecks.plus(key, check);
                });
        replaced.gained(ServiceEntries::sets)
                .forEach((key, set) -> {
                    remember(setsBefore, key, () -> sets.get(key));
                    sets = sets.plus(key, set);
                });
    }

    private void setUses(Replacement replaced) {
        ServiceEntries after = replaced.after();
        for (IpAddress address : ServiceEntries.touched(replaced.before(), after)) {
            setUse(
                    address,
                    replaced.name(),
                    after == null ? null : after.use(address).orElse(null));
        }
    }

    private void setUse(IpAddress address, ObjectName service, @Nullable EndpointUse use) {
        Map<ObjectName, EndpointUse> known = uses.getOrDefault(address, Map.of());
        Map<ObjectName, EndpointUse> now =
                use == null ? Few.minus(known, service) : Few.plus(known, service, use);
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
