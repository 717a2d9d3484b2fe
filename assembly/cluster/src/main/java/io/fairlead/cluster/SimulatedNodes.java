package io.fairlead.cluster;

import io.fairlead.api.ApiException;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import io.fairlead.client.Watched;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Nodes that run nothing: each pod bound to one is Ready at once, at the next address of the node's range. With them, objects go through the whole control plane without
/// a machine.
final class SimulatedNodes implements AutoCloseable {
    private final ClusterSettings settings;
    private final KubeClient client;
    private final ClusterWatcher watcher;
    private final Execution execution;
    private final Map<String, Integer> addressesUsed = new HashMap<>();

    SimulatedNodes(ClusterSettings settings, KubeClient client, Execution execution) {
        this.settings = settings;
        this.client = client;
        this.execution = execution;
        this.watcher =
                new ClusterWatcher(
                        client.transport(),
                        List.of(Watched.all(ResourceType.POD)),
                        execution.tasks(),
                        execution.timer());
    }

    void start() {
        for (int number = 1; number <= settings.nodes(); number++) {
            join(number);
        }
        watcher.subscribe(execution.tasks(), this::accept);
        watcher.start();
    }

    private void join(int number) {
        String name = settings.nodeNames().get(number - 1);
        JsonObject metadata =
                JsonObject.of(
                        "name",
                        Json.of(name),
                        "labels",
                        JsonObject.of("kubernetes.io/hostname", Json.of(name)));
        JsonArray ranges =
                JsonArray.from(
                        settings.podCidrs(number).list(), range -> Json.of(range.toString()));
        JsonObject node =
                client.create(
                        ResourceType.NODE,
                        JsonObject.of(
                                "metadata",
                                metadata,
                                "spec",
                                JsonObject.of(
                                        "podCIDR", ranges.items().getFirst(), "podCIDRs", ranges)));
        JsonObject amounts =
                JsonObject.of(
                        "cpu", Json.of("64"), "memory", Json.of("256Gi"), "pods", Json.of("250"));
        JsonArray addresses =
                JsonArray.from(
                        settings.nodeAddresses(number),
                        address ->
                                JsonObject.of(
                                        "type",
                                        Json.of("InternalIP"),
                                        "address",
                                        Json.of(IpAddress.of(address).toString())));
        JsonObject status =
                JsonObject.builder()
                        .put("capacity", amounts)
                        .put("allocatable", amounts)
                        .put("addresses", addresses)
                        .put("conditions", JsonArray.of(condition("Ready")))
                        .build();
        client.updateStatus(ResourceType.NODE, node.with("status", status));
    }

    private void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        for (ObjectChange change : delta.changes()) {
            JsonObject pod = change.after().orElse(JsonObject.EMPTY);
            String node = pod.text("spec", "nodeName");
            if (!node.isEmpty() && !pod.has("status", "podIP")) {
                run(change.name(), node);
            }
        }
    }

    private void run(ObjectName name, String node) {
        int number = settings.nodeNames().indexOf(node) + 1;
        int offset = 1 + addressesUsed.merge(node, 1, Integer::sum);
        List<String> addresses =
                settings.podCidrs(number).list().stream()
                        .map(range -> IpAddress.of(range.address(offset)).toString())
                        .toList();
        JsonArray conditions =
                JsonArray.of(
                        condition("PodScheduled"),
                        condition("Initialized"),
                        condition("ContainersReady"),
                        condition("Ready"));
        JsonObject status =
                JsonObject.builder()
                        .put("phase", "Running")
                        .put("podIP", addresses.getFirst())
                        .put(
                                "podIPs",
                                JsonArray.from(addresses, ip -> JsonObject.of("ip", Json.of(ip))))
                        .put("conditions", conditions)
                        .build();
        try {
            client.patchStatus(
                    ResourceType.POD,
                    name,
                    ApiRequest.STRATEGIC_MERGE_PATCH,
                    JsonObject.of("status", status));
        } catch (ApiException e) {
            // Deleted meanwhile.
            if (!e.isNotFound()) {
                throw e;
            }
        }
    }

    private static JsonObject condition(String type) {
        return JsonObject.of("type", Json.of(type), "status", Json.of("True"));
    }

    @Override
    public void close() {
        watcher.close();
    }
}
