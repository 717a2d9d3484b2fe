package io.fairlead.scheduler;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// What one node carries. Owned by the scheduler's consumer thread.
final class NodeLoad {
    private @Nullable JsonObject node;
    private Resources allocatable = Resources.NONE;
    private Resources requested = Resources.NONE;
    private final Map<ObjectName, Carried> pods = new HashMap<>();
    private final Map<String, Integer> podsOfOwner = new HashMap<>();

    private record Carried(
            JsonObject pod, Resources requests, String owner, Set<String> hostPorts) {}

    /// A load that is the same now and goes its own way from then on.
    NodeLoad copy() {
        NodeLoad copy = new NodeLoad();
        copy.node = node;
        copy.allocatable = allocatable;
        copy.requested = requested;
        copy.pods.putAll(pods);
        copy.podsOfOwner.putAll(podsOfOwner);
        return copy;
    }

    /// The Node object; empty while only pods were seen that name it.
    Optional<JsonObject> node() {
        return Optional.ofNullable(node);
    }

    void see(@Nullable JsonObject object) {
        node = object;
        allocatable = object == null ? Resources.NONE : Resources.allocatable(object);
    }

    void put(ObjectName name, JsonObject pod) {
        remove(name);
        Carried carried =
                new Carried(pod, Resources.requestedBy(pod), ownerOf(pod), hostPorts(pod));
        pods.put(name, carried);
        requested = requested.plus(carried.requests);
        podsOfOwner.merge(carried.owner, 1, Integer::sum);
    }

    void remove(ObjectName name) {
        Carried carried = pods.remove(name);
        if (carried != null) {
            requested = requested.minus(carried.requests);
            podsOfOwner.merge(
                    carried.owner, -1, (count, less) -> count + less == 0 ? null : count + less);
        }
    }

    /// The pods on the node, by name.
    Map<ObjectName, JsonObject> pods() {
        Map<ObjectName, JsonObject> all = new TreeMap<>();
        pods.forEach((name, carried) -> all.put(name, carried.pod));
        return all;
    }

    void forEach(BiConsumer<ObjectName, JsonObject> action) {
        pods.forEach((name, carried) -> action.accept(name, carried.pod));
    }

    Resources allocatable() {
        return allocatable;
    }

    Resources free() {
        return allocatable.minus(requested);
    }

    /// The larger share of processor and memory that is spoken for, with this pod on it too.
    double shareWith(Resources more) {
        return requested.plus(more).shareOf(allocatable);
    }

    int podCount() {
        return pods.size();
    }

    int podsOf(String owner) {
        return podsOfOwner.getOrDefault(owner, 0);
    }

    boolean hasAnyPortOf(Set<String> hostPorts) {
        return !hostPorts.isEmpty()
                && pods.values().stream()
                        .anyMatch(pod ->
                                pod.hostPorts.stream()
                                        .anyMatch(taken ->
                                                hostPorts.stream()
                                                        .anyMatch(port -> clash(taken, port))));
    }

    /// What made the pod, so that its siblings are spread: the controller's uid, or nothing.
    static String ownerOf(JsonObject pod) {
        return pod.list("metadata", "ownerReferences").stream()
                .filter(owner -> owner.flag("controller"))
                .map(owner -> owner.text("uid"))
                .findFirst()
                .orElse("");
    }

    /// Each as `protocol/port/address`.
    static Set<String> hostPorts(JsonObject pod) {
        Set<String> ports = new TreeSet<>();
        for (Json container : pod.list("spec", "containers")) {
            for (Json port : container.list("ports")) {
                long number = port.number(0, "hostPort");
                if (number > 0) {
                    String protocol =
                            port.text("protocol").isEmpty() ? "TCP" : port.text("protocol");
                    String address =
                            port.text("hostIP").isEmpty() ? "0.0.0.0" : port.text("hostIP");
                    ports.add(protocol + "/" + number + "/" + address);
                }
            }
        }
        return ports;
    }

    private static boolean clash(String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        String port = one.substring(0, one.lastIndexOf('/') + 1);
        return other.startsWith(port) && (one.endsWith("/0.0.0.0") || other.endsWith("/0.0.0.0"));
    }
}
