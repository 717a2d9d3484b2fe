package io.fairlead.tables;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.EndpointUse.NewTraffic;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// What Services mean for the packets on one node. Immutable and equal to what [#of] makes of the same objects,
/// whatever the history.
///
/// A frontend's entry names an endpoint set, refuses or drops, apart for clients inside and outside. A packet that matches neither a frontend
/// nor a node port is none of this table's business.
///
/// @param sets every set that an entry may name; none is empty
/// @param localAddresses of endpoints on this node: only they can be their own client through a Service
/// @param sources what the table was computed from, for the next step
public record ServiceTable(
        Viewpoint viewpoint,
        Claims<Frontend, FrontendEntry> frontendClaims,
        Claims<NodePort, FrontendEntry> nodePortClaims,
        Claims<Integer, HealthCheck> healthCheckClaims,
        PMap<SetName, EndpointSet> sets,
        PMap<IpAddress, Map<ObjectName, EndpointUse>> uses,
        PSet<IpAddress> localAddresses,
        Sources sources)
        implements ServiceKnowledge {

    /// The types of objects that the table is made of.
    public static final List<ResourceType> WATCHED =
            List.of(
                    ResourceType.NODE,
                    ResourceType.SERVICE,
                    ResourceType.ENDPOINT_SLICE,
                    ResourceType.SERVICE_CIDR);

    /// What earlier stages said, kept so that a delta is enough to go on.
    ///
    /// @param slices of each Service, by the slice's name
    record Sources(
            PMap<ObjectName, ServiceEntries> services,
            PMap<ObjectName, Map<ObjectName, SliceContents>> slices,
            RangesByOwner podRanges,
            RangesByOwner serviceRanges) {
        static final Sources NONE =
                new Sources(
                        HashTreePMap.empty(),
                        HashTreePMap.empty(),
                        RangesByOwner.NONE,
                        RangesByOwner.NONE);
    }

    /// A table and how it differs from the one before.
    public record Step(ServiceTable table, ServiceTableDelta delta) {}

    /// The table before anything is known.
    public static ServiceTable empty(Viewpoint viewpoint) {
        return new ServiceTable(
                viewpoint,
                Claims.none(),
                Claims.none(),
                Claims.none(),
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                HashTreePSet.empty(),
                Sources.NONE);
    }

    public static ServiceTable of(ClusterSnapshot snapshot, String nodeName) {
        return of(snapshot, nodeName, Selection.RANDOM);
    }

    public static ServiceTable of(ClusterSnapshot snapshot, String nodeName, Selection selection) {
        String zone = zone(snapshot, nodeName);
        return ServiceTableStep.rebuild(empty(new Viewpoint(nodeName, zone, selection)), snapshot)
                .table();
    }

    /// The next table. Costs the work of the Services that the delta touches, except when the node moves to another zone.
    ///
    /// @param snapshot as it is after `delta`
    public Step apply(ClusterSnapshot snapshot, ClusterDelta delta) {
        String zone = zone(snapshot, viewpoint.nodeName());
        if (!zone.equals(viewpoint.zone())) {
            Viewpoint moved = new Viewpoint(viewpoint.nodeName(), zone, viewpoint.selection());
            return ServiceTableStep.rebuild(withViewpoint(moved), snapshot);
        }
        return ServiceTableStep.apply(this, delta);
    }

    public PMap<Frontend, FrontendEntry> frontends() {
        return frontendClaims.holders();
    }

    public PMap<NodePort, FrontendEntry> nodePorts() {
        return nodePortClaims.holders();
    }

    /// By port number.
    public PMap<Integer, HealthCheck> healthChecks() {
        return healthCheckClaims.holders();
    }

    /// The pods' addresses of all nodes: what is in them needs no masquerade.
    public PSet<Cidr> podRanges() {
        return sources.podRanges().all();
    }

    /// The pods' addresses of all other nodes.
    public Set<Cidr> remotePodRanges() {
        Set<Cidr> ranges = new HashSet<>();
        sources.podRanges()
                .of()
                .forEach((node, named) -> {
                    if (!node.name().equals(viewpoint.nodeName())) {
                        ranges.addAll(named);
                    }
                });
        return ranges;
    }

    /// Where Services' addresses are taken from, as ServiceCIDR objects say.
    public PSet<Cidr> serviceRanges() {
        return sources.serviceRanges().all();
    }

    @Override
    public Set<ObjectName> services() {
        return sources.services().keySet();
    }

    /// The state of a Service that this table reflects; empty when it knows none of that name.
    @Override
    public Optional<HeldService> held(ObjectName service) {
        return Optional.ofNullable(sources.services().get(service)).map(ServiceEntries::held);
    }

    /// The resource versions of the slices of a Service that this table reflects.
    @Override
    public Set<Long> heldSlices(ObjectName service) {
        Map<ObjectName, SliceContents> known = sources.slices().get(service);
        return known == null
                ? Set.of()
                : known.values().stream()
                        .map(SliceContents::version)
                        .collect(Collectors.toUnmodifiableSet());
    }

    /// Whether this table reflects a Service at a resource version or a later one.
    public boolean holds(ObjectName service, String uid, long resourceVersion) {
        return held(service)
                .filter(held -> held.uid().equals(uid))
                .filter(held -> held.resourceVersion() >= resourceVersion)
                .isPresent();
    }

    /// Whether new flows on this node go to an address through any Service.
    public NewTraffic newTraffic(IpAddress address) {
        Map<ObjectName, EndpointUse> known = uses.get(address);
        return known == null
                ? NewTraffic.NO
                : known.values().stream()
                        .map(EndpointUse::newTraffic)
                        .max(NewTraffic::compareTo)
                        .orElse(NewTraffic.NO);
    }

    /// As text for people, the same for equal tables.
    public String print() {
        return ServiceTablePrinter.print(this);
    }

    /// As [#print], for one Service.
    public String print(ObjectName service) {
        return ServiceTablePrinter.print(this, service);
    }

    @Override
    public String toString() {
        return print();
    }

    private ServiceTable withViewpoint(Viewpoint other) {
        return new ServiceTable(
                other,
                frontendClaims,
                nodePortClaims,
                healthCheckClaims,
                sets,
                uses,
                localAddresses,
                sources);
    }

    private static String zone(ClusterSnapshot snapshot, String nodeName) {
        return snapshot.find(ResourceType.NODE, ObjectName.clusterWide(nodeName))
                .map(node -> new Node(node).zone())
                .orElse("");
    }
}
