package io.fairlead.controllers;

import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Notices nodes that no longer report, taints nodes for what is wrong with them, and moves pods away from them ([NodeTaints], [NodeEvictions]).
/// Keys are Nodes.
///
/// It remembers when it saw a node's last sign of life, so that clocks need not agree.
public final class NodeLifecycleController implements Controller {
    /// How long a node may be silent.
    private static final Duration GRACE = Duration.ofSeconds(40);

    private static final String LEASE_NAMESPACE = "kube-node-lease";
    private static final List<String> REPORTED =
            List.of("Ready", "MemoryPressure", "DiskPressure", "PIDPressure");

    private final InstantSource clock;
    private final Map<String, Sign> signs = new ConcurrentHashMap<>();

    public NodeLifecycleController(InstantSource clock) {
        this.clock = clock;
    }

    /// A node's last sign of life, and when it was seen.
    private record Sign(String text, Instant since) {}

    @Override
    public String name() {
        return "node-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.NODE, ResourceType.LEASE, ResourceType.POD);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.NODE)) {
            return List.of(node(change.name().name()));
        }
        if (change.type().equals(ResourceType.LEASE)) {
            return change.name().namespace().equals(LEASE_NAMESPACE)
                    ? List.of(node(change.name().name()))
                    : List.of();
        }
        String where = change.after().map(pod -> new Pod(pod).nodeName()).orElse("");
        return index.find(node(where), Node::new)
                .filter(node -> NodeTaints.isEvicting(node) || isLost(node))
                .map(_ -> List.of(node(where)))
                .orElse(List.of());
    }

    private static Key node(String name) {
        return new Key(ResourceType.NODE, ObjectName.clusterWide(name));
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<Node> found = index.find(key, Node::new);
        if (found.isEmpty()) {
            signs.remove(key.name().name());
            return Plan.NOTHING;
        }
        Node node = found.get();
        Instant now = clock.instant();
        Instant silentFrom = signOfLife(index, node, now).plus(GRACE);
        if (!silentFrom.isAfter(now)) {
            List<Write> lost = lost(node, now);
            if (!lost.isEmpty()) {
                return Plan.of(lost);
            }
        }
        Optional<Write> taints = NodeTaints.update(node, now);
        if (taints.isPresent()) {
            return Plan.of(taints.get());
        }
        List<Write> unready = isLost(node) ? unready(index, node, now) : List.of();
        if (!unready.isEmpty()) {
            return Plan.of(unready);
        }
        NodeEvictions evictions = NodeEvictions.of(index, node, now);
        Duration again =
                silentFrom.isAfter(now) ? Duration.between(now, silentFrom).plusMillis(1) : GRACE;
        return new Plan(
                evictions.writes(),
                Optional.of(
                        evictions.again().filter(next -> next.compareTo(again) < 0).orElse(again)));
    }

    private Instant signOfLife(ClusterIndex index, Node node, Instant now) {
        String lease =
                index.find(
                                new Key(
                                        ResourceType.LEASE,
                                        new ObjectName(LEASE_NAMESPACE, node.name())))
                        .map(tree -> tree.text("spec", "renewTime"))
                        .orElse("");
        String heartbeat =
                Conditions.find(Conditions.of(node.tree()), "Ready")
                        .map(ready -> ready.text("lastHeartbeatTime"))
                        .orElse("");
        String text = lease + " " + heartbeat;
        return signs.compute(
                        node.name(),
                        (_, known) ->
                                known != null && known.text().equals(text)
                                        ? known
                                        : new Sign(text, now))
                .since();
    }

    /// Whether nobody knows how the node is.
    private static boolean isLost(Node node) {
        return Conditions.find(Conditions.of(node.tree()), "Ready")
                .filter(ready -> ready.text("status").equals("Unknown"))
                .isPresent();
    }

    private static List<Write> lost(Node node, Instant now) {
        List<JsonObject> conditions = Conditions.of(node.tree());
        boolean wasReady = node.isReady();
        for (String type : REPORTED) {
            Optional<JsonObject> known = Conditions.find(conditions, type);
            if (known.filter(one -> one.text("status").equals("Unknown")).isPresent()) {
                continue;
            }
            JsonObject unknown =
                    JsonObject.builder()
                            .put("type", type)
                            .put("status", "Unknown")
                            .put(
                                    "lastHeartbeatTime",
                                    known.map(one -> one.text("lastHeartbeatTime"))
                                            .filter(text -> !text.isEmpty())
                                            .orElse(
                                                    node.tree()
                                                            .text("metadata", "creationTimestamp")))
                            .put("lastTransitionTime", Conditions.seconds(now))
                            .put(
                                    "reason",
                                    known.isPresent()
                                            ? "NodeStatusUnknown"
                                            : "NodeStatusNeverUpdated")
                            .put(
                                    "message",
                                    known.isPresent()
                                            ? "Kubelet stopped posting node status."
                                            : "Kubelet never posted node status.")
                            .build();
            conditions = replaced(conditions, unknown);
        }
        List<Write> writes = new ArrayList<>();
        Write.status(
                        ResourceType.NODE,
                        node,
                        node.tree()
                                .object("status")
                                .with("conditions", Conditions.tree(conditions)))
                .ifPresent(writes::add);
        if (wasReady && !writes.isEmpty()) {
            writes.add(
                    Write.tell(
                            EventSubject.of(ResourceType.NODE, node),
                            "NodeNotReady",
                            "Node %s status is now: NodeNotReady".formatted(node.name())));
        }
        return writes;
    }

    /// Pods of a lost node are no longer to be relied on: Services leave them out.
    private static List<Write> unready(ClusterIndex index, Node node, Instant now) {
        List<Write> writes = new ArrayList<>();
        for (Pod pod : Terms.podsOn(index, node.name())) {
            if (!pod.isReady()) {
                continue;
            }
            JsonObject ready =
                    pod.condition("Ready")
                            .orElseThrow()
                            .with("status", "False")
                            .with("lastTransitionTime", Conditions.seconds(now));
            JsonArray conditions = Conditions.tree(replaced(Conditions.of(pod.tree()), ready));
            Write.status(
                            ResourceType.POD,
                            pod,
                            pod.tree().object("status").with("conditions", conditions))
                    .ifPresent(writes::add);
            writes.add(
                    Write.warn(
                            EventSubject.of(ResourceType.POD, pod),
                            "NodeNotReady",
                            "Node is not ready"));
        }
        return writes;
    }

    /// With one condition in the place of its predecessor.
    static List<JsonObject> replaced(List<JsonObject> conditions, JsonObject one) {
        List<JsonObject> next = new ArrayList<>(conditions);
        next.replaceAll(known -> known.text("type").equals(one.text("type")) ? one : known);
        if (!next.contains(one)) {
            next.add(one);
        }
        return next;
    }
}
