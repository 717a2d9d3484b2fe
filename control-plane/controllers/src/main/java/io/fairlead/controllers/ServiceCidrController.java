package io.fairlead.controllers;

import io.fairlead.api.Cidr;
import io.fairlead.api.GenericObject;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// Says of each range of Service addresses that it is ready, and lets a range go only when none of its addresses would be left without a range. Keys are
/// ServiceCIDRs.
public final class ServiceCidrController implements Controller {
    static final ResourceType SERVICE_CIDR =
            new ResourceType(
                    "networking.k8s.io",
                    "v1",
                    "servicecidrs",
                    "ServiceCIDR",
                    ResourceType.Scope.CLUSTER);
    static final ResourceType IP_ADDRESS =
            new ResourceType(
                    "networking.k8s.io",
                    "v1",
                    "ipaddresses",
                    "IPAddress",
                    ResourceType.Scope.CLUSTER);
    static final String FINALIZER = "networking.k8s.io/service-cidr-finalizer";

    private static final String MANAGED_BY_LABEL = "ipaddress.kubernetes.io/managed-by";
    private static final String ALLOCATOR = "ipallocator.k8s.io";

    /// Writes that were under way when the range was marked may still take an address from it.
    private static final Duration GRACE = Duration.ofSeconds(1);

    private final InstantSource clock;

    public ServiceCidrController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "service-cidrs-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(SERVICE_CIDR, IP_ADDRESS);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(IP_ADDRESS)) {
            return IpAddress.find(change.name().name())
                    .map(address -> keysOf(index, range -> range.contains(address)))
                    .orElse(List.of());
        }
        List<Cidr> ranges = new ArrayList<>();
        for (Optional<JsonObject> side : List.of(change.before(), change.after())) {
            side.ifPresent(object -> ranges.addAll(rangesOf(object)));
        }
        List<Key> keys =
                new ArrayList<>(keysOf(index, range -> ranges.stream().anyMatch(range::overlaps)));
        Key own = new Key(SERVICE_CIDR, change.name());
        if (!keys.contains(own)) {
            keys.add(own);
        }
        return keys;
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<JsonObject> found = index.find(key);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        JsonObject object = found.get();
        GenericObject view = new GenericObject(object);
        boolean isHeld = object.list("metadata", "finalizers").contains(Json.of(FINALIZER));
        List<Write> writes = new ArrayList<>();
        if (!view.isBeingDeleted()) {
            if (!isHeld) {
                writes.add(finalizers(key.name(), "finalizers"));
            }
            condition(object, "True", "", "Kubernetes Service CIDR is ready")
                    .ifPresent(writes::add);
            return Plan.of(writes);
        }
        if (!isHeld) {
            return Plan.NOTHING;
        }
        if (isNeeded(object, index)) {
            condition(
                            object,
                            "False",
                            "Terminating",
                            "There are still IPAddresses referencing the ServiceCIDR, please remove"
                                    + " them or create a new ServiceCIDR")
                    .ifPresent(writes::add);
            return Plan.of(writes);
        }
        Duration left =
                Duration.between(clock.instant(), view.deletionTime().orElseThrow().plus(GRACE));
        return left.isPositive()
                ? Plan.NOTHING.again(left)
                : Plan.of(finalizers(key.name(), "$deleteFromPrimitiveList/finalizers"));
    }

    /// Whether an address that is in use lies in this range and in no other.
    private static boolean isNeeded(JsonObject object, ClusterIndex index) {
        List<Cidr> own = rangesOf(object);
        List<Cidr> others =
                index.list(SERVICE_CIDR).stream()
                        .filter(other -> !name(other).equals(name(object)))
                        .flatMap(other -> rangesOf(other).stream())
                        .toList();
        return index.list(IP_ADDRESS).stream()
                .filter(address ->
                        address.text("metadata", "labels", MANAGED_BY_LABEL).equals(ALLOCATOR))
                .flatMap(address -> IpAddress.find(name(address)).stream())
                .filter(address -> own.stream().anyMatch(range -> range.contains(address)))
                .anyMatch(address -> others.stream().noneMatch(range -> range.contains(address)));
    }

    private static Collection<Key> keysOf(ClusterIndex index, Predicate<Cidr> concerned) {
        return index.list(SERVICE_CIDR).stream()
                .filter(object -> rangesOf(object).stream().anyMatch(concerned))
                .map(object -> Key.of(SERVICE_CIDR, new GenericObject(object)))
                .toList();
    }

    private static List<Cidr> rangesOf(JsonObject object) {
        return object.list("spec", "cidrs").stream()
                .flatMap(range -> Cidr.find(range.text()).stream())
                .toList();
    }

    private static String name(JsonObject object) {
        return object.text("metadata", "name");
    }

    private static Write finalizers(ObjectName name, String field) {
        return new Write.Patch(
                SERVICE_CIDR,
                name,
                ApiRequest.STRATEGIC_MERGE_PATCH,
                JsonObject.of("metadata", JsonObject.of(field, JsonArray.of(Json.of(FINALIZER)))));
    }

    private Optional<Write> condition(
            JsonObject object, String status, String reason, String message) {
        List<JsonObject> present = Conditions.of(object);
        JsonObject ready =
                JsonObject.builder()
                        .put("type", "Ready")
                        .put("status", status)
                        .put("lastTransitionTime", Conditions.seconds(clock.instant()))
                        .put("reason", reason)
                        .put("message", message)
                        .build();
        List<JsonObject> wanted = Conditions.with(present, ready);
        return wanted.equals(present)
                ? Optional.empty()
                : Write.status(
                        SERVICE_CIDR,
                        new GenericObject(object),
                        object.object("status").with("conditions", Conditions.tree(wanted)));
    }
}
