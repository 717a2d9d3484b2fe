package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Objects for tests, written as YAML, and a small cluster to put them in that does writes as a server would, without any of its checks.
final class Objects {
    private static final Map<String, ResourceType> TYPES =
            Map.ofEntries(
                    Map.entry("Service", ResourceType.SERVICE),
                    Map.entry("Pod", ResourceType.POD),
                    Map.entry("Node", ResourceType.NODE),
                    Map.entry("Endpoints", ResourceType.ENDPOINTS),
                    Map.entry("EndpointSlice", ResourceType.ENDPOINT_SLICE),
                    Map.entry("Deployment", ResourceType.DEPLOYMENT),
                    Map.entry("ReplicaSet", ResourceType.REPLICA_SET),
                    Map.entry("ServiceCIDR", ServiceCidrController.SERVICE_CIDR),
                    Map.entry("IPAddress", ServiceCidrController.IP_ADDRESS),
                    Map.entry("StatefulSet", ResourceType.STATEFUL_SET),
                    Map.entry("DaemonSet", ResourceType.DAEMON_SET),
                    Map.entry("ControllerRevision", ResourceType.CONTROLLER_REVISION),
                    Map.entry("ReplicationController", ResourceType.REPLICATION_CONTROLLER),
                    Map.entry("Job", ResourceType.JOB),
                    Map.entry("CronJob", ResourceType.CRON_JOB),
                    Map.entry("Lease", ResourceType.LEASE),
                    Map.entry("PodDisruptionBudget", ResourceType.POD_DISRUPTION_BUDGET),
                    Map.entry("PersistentVolume", ResourceType.PERSISTENT_VOLUME),
                    Map.entry("PersistentVolumeClaim", ResourceType.PERSISTENT_VOLUME_CLAIM),
                    Map.entry("StorageClass", ResourceType.STORAGE_CLASS),
                    Map.entry("ResourceQuota", ResourceType.RESOURCE_QUOTA),
                    Map.entry("ConfigMap", ResourceType.CONFIG_MAP),
                    Map.entry("Namespace", ResourceType.NAMESPACE));

    private ClusterIndex index = ClusterIndex.EMPTY;
    private int version = 100;
    private final List<String> told = new ArrayList<>();

    static JsonObject yaml(String text) {
        return (JsonObject) YamlReader.readAll(text).getFirst();
    }

    ClusterIndex index() {
        return index;
    }

    JsonObject add(String yaml) {
        return add(yaml(yaml));
    }

    JsonObject add(JsonObject object) {
        JsonObject stored = object;
        String name = object.text("metadata", "name");
        version++;
        if (name.isEmpty()) {
            name = object.text("metadata", "generateName") + version;
            stored = stored.withAt(Json.of(name), "metadata", "name");
        }
        if (!stored.has("metadata", "uid")) {
            stored = stored.withAt(Json.of("uid-" + name), "metadata", "uid");
        }
        if (!stored.has("metadata", "creationTimestamp")) {
            stored =
                    stored.withAt(Json.of("2026-01-01T00:00:00Z"), "metadata", "creationTimestamp");
        }
        stored = stored.withAt(Json.of(String.valueOf(version)), "metadata", "resourceVersion");
        index = index.with(type(stored), stored);
        return stored;
    }

    void remove(ResourceType type, ObjectName name) {
        index =
                index.apply(
                        new io.fairlead.client.ClusterDelta(
                                List.of(
                                        new io.fairlead.client.ObjectChange(
                                                type,
                                                name,
                                                index.find(new Key(type, name)),
                                                Optional.empty()))));
    }

    void apply(Plan plan) {
        plan.writes().forEach(this::apply);
    }

    /// Every Event so far, as `Reason: message`.
    List<String> told() {
        return told;
    }

    /// Reconciles until nothing but Events comes of it.
    void settle(Controller controller, Key key) {
        for (int i = 0; i < 50; i++) {
            Plan plan = controller.reconcile(index, key);
            apply(plan);
            if (plan.writes().stream().allMatch(Write.Tell.class::isInstance)) {
                return;
            }
        }
        throw new AssertionError(controller.name() + " never settles " + key);
    }

    private void tell(Optional<Write.Announcement> words, String name) {
        words.ifPresent(some -> told.add(some.doneReason() + ": " + some.doneWith(name)));
    }

    void apply(Write write) {
        switch (write) {
            case Write.Create create ->
                    tell(
                            create.announcement(),
                            add(born(create.object())).text("metadata", "name"));
            case Write.Update update -> add(update.object());
            case Write.PatchStatus patch -> patch(patch.type(), patch.name(), patch.patch());
            case Write.Amend amend -> patch(amend.type(), amend.name(), amend.patch());
            case Write.Patch patch -> patch(patch.type(), patch.name(), (JsonObject) patch.patch());
            case Write.Delete delete -> {
                tell(delete.announcement(), delete.name().name());
                JsonObject object = index.find(new Key(delete.type(), delete.name())).orElseThrow();
                if (object.list("metadata", "finalizers").isEmpty()) {
                    remove(delete.type(), delete.name());
                } else {
                    add(ending(object));
                }
            }
            case Write.Together together -> together.writes().forEach(this::apply);
            case Write.Tell tell -> told.add(tell.reason() + ": " + tell.message());
            case Write.Procedure procedure ->
                    throw new IllegalStateException("cannot " + procedure.what());
        }
    }

    private void patch(ResourceType type, ObjectName name, JsonObject patch) {
        JsonObject before = index.find(new Key(type, name)).orElseThrow();
        JsonObject after = add(merge(before, patch.withoutAt("metadata", "uid")));
        if (after.has("metadata", "deletionTimestamp")
                && after.list("metadata", "finalizers").isEmpty()) {
            remove(type, name);
        }
    }

    private static JsonObject born(JsonObject object) {
        return object.text("kind").equals("Pod") && !object.has("status")
                ? object.with("status", yaml("{phase: Pending}"))
                : object;
    }

    /// A pod as its node reports it, with its containers running and ready, or ended.
    JsonObject phase(String pod, String phase, String time) {
        JsonObject before =
                index.find(new Key(ResourceType.POD, new ObjectName("shop", pod))).orElseThrow();
        boolean ready = phase.equals("Running");
        return add(
                before.with(
                        "status",
                        yaml(
                                "{phase: %s, conditions: [{type: Ready, status: \"%s\", lastTransitionTime: \"%s\"}]}"
                                        .formatted(phase, ready ? "True" : "False", time))));
    }

    private static JsonObject merge(JsonObject into, JsonObject patch) {
        JsonObject merged = into;
        for (String member : patch.names()) {
            Json value = java.util.Objects.requireNonNull(patch.get(member));
            if (value instanceof io.fairlead.api.JsonNull) {
                merged = merged.without(member);
            } else if (value instanceof JsonObject object) {
                merged = merged.with(member, merge(merged.object(member), object));
            } else {
                merged = merged.with(member, value);
            }
        }
        return merged;
    }

    static ResourceType type(JsonObject object) {
        return java.util.Objects.requireNonNull(TYPES.get(object.text("kind")));
    }

    static Key key(JsonObject object) {
        return Key.of(type(object), new GenericObject(object));
    }

    /// A ready pod, with one container that has ports `http` 8080 and 9000.
    JsonObject pod(String name, String app, String ip) {
        return add(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: shop, labels: {app: %s}}
                spec:
                  nodeName: node-1
                  containers:
                  - name: main
                    ports: [{name: http, containerPort: 8080}, {containerPort: 9000}]
                status:
                  phase: Running
                  podIP: %s
                  podIPs: [{ip: %s}]
                  conditions: [{type: Ready, status: "True", lastTransitionTime: "2026-01-02T00:00:00Z"}]
                """
                        .formatted(name, app, ip, ip));
    }

    static JsonObject unready(JsonObject pod) {
        JsonObject condition = yaml("{type: Ready, status: \"False\"}");
        return pod.withAt(io.fairlead.api.JsonArray.of(condition), "status", "conditions");
    }

    static JsonObject ending(JsonObject object) {
        return object.withAt(Json.of("2026-01-03T00:00:00Z"), "metadata", "deletionTimestamp");
    }
}
