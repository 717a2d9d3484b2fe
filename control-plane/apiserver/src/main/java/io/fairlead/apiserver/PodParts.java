package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.api.Status;
import io.fairlead.store.Stored;
import java.util.ArrayList;
import java.util.List;

/// What is done to pods through subresources: binding to a node, eviction, and the two ways of changing a spec that is fixed otherwise.
final class PodParts {
    private static final ResourceType BUDGET =
            new ResourceType(
                    "policy",
                    "v1",
                    "poddisruptionbudgets",
                    "PodDisruptionBudget",
                    Scope.NAMESPACED);

    private final ObjectStore store;
    private final ObjectReader reader;
    private final ObjectWriter writer;
    private final Deletion deletion;
    private final ResourceEndpoint resources;
    private final Views views;
    private final PartAdmission admission;

    PodParts(
            ObjectStore store,
            ObjectReader reader,
            ObjectWriter writer,
            Deletion deletion,
            ResourceEndpoint resources,
            Views views,
            PartAdmission admission) {
        this.admission = admission;
        this.store = store;
        this.reader = reader;
        this.writer = writer;
        this.deletion = deletion;
        this.resources = resources;
        this.views = views;
    }

    Answer bind(Call call, RequestTarget.Resource target, ApiResource pods) {
        WriteOptions options = WriteOptions.parse(call, "CreateOptions");
        JsonObject binding = BodyDecoder.object(call);
        String node = binding.text("target", "name");
        String kind = binding.text("target", "kind");
        List<JsonObject> causes = new ArrayList<>();
        if (!kind.isEmpty() && !kind.equals("Node")) {
            causes.add(Invalid.notSupported("target.kind", kind, "\"Node\", \"<empty>\""));
        }
        if (node.isEmpty()) {
            causes.add(Invalid.cause("target.name", "FieldValueRequired", "Required value"));
        }
        if (!causes.isEmpty()) {
            throw new ApiException(new Status(500, "", Invalid.sentence(causes), JsonObject.EMPTY));
        }
        Write write = resources.write(call, pods, Write.Part.INTERNAL, options);
        writer.update(
                ResourceEndpoint.name(target),
                write,
                present -> bound(present.tree(), binding, node, write));
        return Answer.json(201, success(201));
    }

    private static JsonObject bound(JsonObject pod, JsonObject binding, String node, Write write) {
        String name = pod.text("metadata", "name");
        if (pod.has("metadata", "deletionTimestamp")) {
            throw conflict(name, "pod " + name + " is being deleted, cannot be assigned to a host");
        }
        String assigned = pod.text("spec", "nodeName");
        if (!assigned.isEmpty()) {
            throw conflict(
                    name, "pod %s is already assigned to node \"%s\"".formatted(name, assigned));
        }
        if (!pod.list("spec", "schedulingGates").isEmpty()) {
            throw conflict(name, "pod " + name + " has non-empty .spec.schedulingGates");
        }
        JsonObject annotations = pod.object("metadata", "annotations");
        for (var annotation : binding.texts("metadata", "annotations").entrySet()) {
            annotations = annotations.with(annotation.getKey(), annotation.getValue());
        }
        JsonObject changed = pod.withAt(Json.of(node), "spec", "nodeName");
        if (!annotations.isEmpty()) {
            changed = changed.withAt(annotations, "metadata", "annotations");
        }
        JsonObject placed = PodAdmission.withTopology(changed, node, write);
        return placed.withoutAt("metadata", "resourceVersion")
                .withAt(
                        withCondition(pod, condition("PodScheduled", write).build()),
                        "status",
                        "conditions");
    }

    private static JsonObject.Builder condition(String type, Write write) {
        return JsonObject.builder()
                .put("type", type)
                .put("status", "True")
                .put("lastProbeTime", io.fairlead.api.JsonNull.NULL)
                .put("lastTransitionTime", ObjectWriter.seconds(write));
    }

    private static JsonArray withCondition(JsonObject pod, JsonObject condition) {
        List<Json> conditions = new ArrayList<>(pod.list("status", "conditions"));
        conditions.removeIf(each -> each.text("type").equals(condition.text("type")));
        conditions.add(condition);
        return new JsonArray(conditions);
    }

    Answer evict(Call call, RequestTarget.Resource target, ApiResource pods) {
        JsonObject eviction = BodyDecoder.object(call);
        WriteOptions options = WriteOptions.parse(call, "CreateOptions");
        String named = eviction.text("metadata", "name");
        if (!named.isEmpty() && !named.equals(target.name())) {
            throw new ApiException(
                    Status.badRequest("name in URL does not match name in Eviction object"));
        }
        JsonObject pod = reader.find(target, ResourceType.POD).tree();
        JsonObject wanted = eviction.object("deleteOptions");
        DeleteOptions deleteOptions = DeleteOptions.parse(call, wanted);
        boolean isDryRun = options.isDryRun() || deleteOptions.isDryRun();
        String phase = pod.text("status", "phase");
        boolean needsBudget =
                !phase.equals("Succeeded")
                        && !phase.equals("Failed")
                        && !phase.equals("Pending")
                        && !pod.has("metadata", "deletionTimestamp");
        if (needsBudget) {
            spend(pod, isDryRun);
        }
        Write base = resources.write(call, pods, Write.Part.MAIN, options);
        Write write =
                new Write(
                        base.user(),
                        pods,
                        base.part(),
                        base.snapshot(),
                        base.now(),
                        base.manager(),
                        isDryRun,
                        base.warnings(),
                        base.applied());
        if (!isDryRun && !pod.has("metadata", "deletionTimestamp")) {
            JsonObject why =
                    condition("DisruptionTarget", write)
                            .put("reason", "EvictionByEvictionAPI")
                            .put("message", "Eviction API: evicting")
                            .build();
            resources.internal(
                    ResourceType.POD,
                    ResourceEndpoint.name(target),
                    tree -> tree.withAt(withCondition(tree, why), "status", "conditions"));
        }
        deletion.delete(ResourceEndpoint.name(target), deleteOptions, write);
        return Answer.json(201, success(201));
    }

    // One disruption less is allowed from now on; the budget's controller counts anew when the pod
    // is gone.
    private void spend(JsonObject pod, boolean isDryRun) {
        List<Stored<StoredObject>> budgets = new ArrayList<>();
        String namespace = pod.text("metadata", "namespace");
        for (Stored<StoredObject> budget :
                store.snapshot().list(StorageKeys.prefix(BUDGET, namespace))) {
            JsonObject selector = budget.value().tree().object("spec", "selector");
            if (LabelSelector.of(selector).matches(pod)) {
                budgets.add(budget);
            }
        }
        if (budgets.isEmpty()) {
            return;
        }
        if (budgets.size() > 1) {
            throw new ApiException(
                    new Status(
                            500,
                            "InternalError",
                            "Internal error occurred: This pod has more than one"
                                    + " PodDisruptionBudget, which the eviction subresource does not"
                                    + " support.",
                            JsonObject.EMPTY));
        }
        JsonObject budget = budgets.getFirst().value().tree();
        String name = budget.text("metadata", "name");
        boolean isCurrent =
                budget.number(0, "status", "observedGeneration")
                        >= budget.number(0, "metadata", "generation");
        long allowed = budget.number(0, "status", "disruptionsAllowed");
        if (!isCurrent || allowed <= 0) {
            throw new ApiException(
                    new Status(
                                    429,
                                    "TooManyRequests",
                                    "Cannot evict pod as it would violate the pod's disruption"
                                            + " budget.",
                                    JsonObject.EMPTY)
                            .withCauses(
                                    List.of(
                                            JsonObject.of(
                                                    "reason",
                                                    Json.of("DisruptionBudget"),
                                                    "message",
                                                    Json.of(
                                                            "The disruption budget %s needs %d healthy pods and has %d currently"
                                                                    .formatted(
                                                                            name,
                                                                            budget.number(
                                                                                    0,
                                                                                    "status",
                                                                                    "desiredHealthy"),
                                                                            budget.number(
                                                                                    0,
                                                                                    "status",
                                                                                    "currentHealthy")))))));
        }
        if (!isDryRun) {
            resources.internal(
                    BUDGET,
                    new ObjectName(namespace, name),
                    tree -> tree.withAt(Json.of(allowed - 1), "status", "disruptionsAllowed"));
        }
    }

    /// Changes the ephemeral containers, or the resources, and nothing else.
    Answer change(
            Call call,
            String verb,
            RequestTarget.Resource target,
            ApiResource pods,
            String subresource) {
        if (verb.equals("get")) {
            return reader.get(call, target, pods);
        }
        WriteOptions options =
                WriteOptions.parse(call, verb.equals("patch") ? "PatchOptions" : "UpdateOptions");
        Json body = BodyDecoder.json(call);
        Write write = resources.write(call, pods, Write.Part.INTERNAL, options);
        ReadObject written =
                writer.update(
                        ResourceEndpoint.name(target),
                        write,
                        present -> {
                            JsonObject wanted =
                                    verb.equals("patch")
                                            ? Patch.parse(call, pods).apply(present.tree())
                                            : (JsonObject) body;
                            JsonObject object = ResourceEndpoint.identified(wanted, target, pods);
                            JsonObject changed =
                                    subresource.equals("resize")
                                            ? resized(present.tree(), object)
                                            : withEphemeral(present.tree(), object);
                            return Subresources.withVersion(
                                    admission.ofChanged(target, present.tree(), changed, write),
                                    verb.equals("patch") ? JsonObject.EMPTY : object);
                        });
        return views.single(call, 200, pods, written);
    }

    private static JsonObject withEphemeral(JsonObject pod, JsonObject wanted) {
        List<JsonObject> causes = new ArrayList<>();
        for (Json present : pod.list("spec", "ephemeralContainers")) {
            String name = present.text("name");
            boolean isKept =
                    wanted.list("spec", "ephemeralContainers").stream()
                            .anyMatch(container -> container.text("name").equals(name));
            if (!isKept) {
                causes.add(
                        Invalid.forbidden(
                                "spec.ephemeralContainers",
                                "existing ephemeral containers \"%s\" may not be removed\n"
                                        .formatted(name)));
            }
        }
        if (!causes.isEmpty()) {
            throw Invalid.object(ResourceType.POD, pod.text("metadata", "name"), causes);
        }
        return pod.withAt(
                new JsonArray(wanted.list("spec", "ephemeralContainers")),
                "spec",
                "ephemeralContainers");
    }

    private static JsonObject resized(JsonObject pod, JsonObject wanted) {
        List<Json> containers = new ArrayList<>();
        for (Json container : pod.list("spec", "containers")) {
            JsonObject changed = (JsonObject) container;
            for (Json other : wanted.list("spec", "containers")) {
                if (other.text("name").equals(container.text("name"))) {
                    changed = changed.with("resources", other.object("resources"));
                    if (other instanceof JsonObject object
                            && object.get("resizePolicy") instanceof JsonArray policy) {
                        changed = changed.with("resizePolicy", policy);
                    }
                }
            }
            containers.add(changed);
        }
        return pod.withAt(new JsonArray(containers), "spec", "containers");
    }

    static JsonObject success(int code) {
        return JsonObject.builder()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("metadata", JsonObject.EMPTY)
                .put("status", "Success")
                .put("code", code)
                .build();
    }

    private static ApiException conflict(String pod, String why) {
        return new ApiException(
                new Status(
                        409,
                        "Conflict",
                        "Operation cannot be fulfilled on pods/binding \"%s\": %s"
                                .formatted(pod, why),
                        JsonObject.of("name", Json.of(pod), "kind", Json.of("pods/binding"))));
    }
}
