package io.fairlead.api;

import java.util.List;

/// What may not change once an object is made.
final class UpdateValidation {
    private UpdateValidation() {}

    static void check(JsonObject before, JsonObject after, ResourceType type, FieldErrors errors) {
        switch (type.kind()) {
            case "Pod" -> pod(before, after, errors);
            case "ConfigMap" -> immutableData(before, after, List.of("data", "binaryData"), errors);
            case "Secret" -> {
                fixed(before, after, "type", errors);
                immutableData(before, after, List.of("data"), errors);
            }
            case "PersistentVolumeClaim" -> claim(before, after, errors);
            case "EndpointSlice" -> fixed(before, after, "addressType", errors);
            case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob" ->
                    WorkloadValidation.checkUpdate(before, after, type.kind(), errors);
            case "RoleBinding", "ClusterRoleBinding" -> roleRef(before, after, errors);
            case "PersistentVolume" -> volume(before, after, errors);
            case "IngressClass" -> {
                String now = after.text("spec", "controller");
                if (!before.text("spec", "controller").equals(now)) {
                    errors.invalid("spec.controller", now, "field is immutable");
                }
            }
            case "CustomResourceDefinition" ->
                    DefinitionValidation.checkUpdate(before, after, errors);
            default -> {}
        }
    }

    private static void fixed(
            JsonObject before, JsonObject after, String field, FieldErrors errors) {
        if (!before.text(field).equals(after.text(field))) {
            errors.invalid(field, after.text(field), "field is immutable");
        }
    }

    private static void immutableData(
            JsonObject before, JsonObject after, List<String> groups, FieldErrors errors) {
        if (!before.flag("immutable")) {
            return;
        }
        String why = "field is immutable when `immutable` is set";
        if (!after.flag("immutable")) {
            errors.forbidden("immutable", why);
        }
        for (String group : groups) {
            if (!before.object(group).equals(after.object(group))) {
                errors.forbidden(group, why);
            }
        }
    }

    private static void volume(JsonObject before, JsonObject after, FieldErrors errors) {
        String mode = after.text("spec", "volumeMode");
        if (!before.text("spec", "volumeMode").equals(mode)) {
            errors.invalid("volumeMode", mode, "field is immutable");
        }
    }

    /// A claim keeps its spec; once it is bound it may ask for more.
    private static void claim(JsonObject before, JsonObject after, FieldErrors errors) {
        JsonObject old = before.object("spec");
        JsonObject now = after.object("spec");
        if (old.text("volumeName").isEmpty()) {
            // The binder names the volume, and with it the class of a claim that has none.
            old = old.without("volumeName");
            now = now.without("volumeName");
            if (!old.has("storageClassName")) {
                now = now.without("storageClassName");
            }
        }
        boolean isBound = before.text("status", "phase").equals("Bound");
        if (isBound) {
            old = withoutRequests(old);
            now = withoutRequests(now);
        }
        if (!old.equals(now)) {
            errors.forbidden(
                    "spec",
                    "spec is immutable after creation except resources.requests and"
                            + " volumeAttributesClassName for bound claims");
        }
        String asked = after.text("spec", "resources", "requests", "storage");
        String had = before.text("status", "capacity", "storage");
        if (isBound && !had.isEmpty() && Quantity.parse(asked).compareTo(Quantity.parse(had)) < 0) {
            errors.forbidden(
                    "spec.resources.requests.storage",
                    "field can not be less than status.capacity");
        }
    }

    private static JsonObject withoutRequests(JsonObject spec) {
        return spec.withoutAt("resources", "requests", "storage")
                .without("volumeAttributesClassName");
    }

    private static void roleRef(JsonObject before, JsonObject after, FieldErrors errors) {
        JsonObject reference = after.object("roleRef");
        if (!before.object("roleRef").equals(reference)) {
            errors.invalid(
                    "roleRef",
                    JsonObject.of(
                            "APIGroup",
                            Json.of(reference.text("apiGroup")),
                            "Kind",
                            Json.of(reference.text("kind")),
                            "Name",
                            Json.of(reference.text("name"))),
                    "cannot change roleRef");
        }
    }

    /// A pod keeps its spec but for images, a few times, and tolerations that are added.
    private static void pod(JsonObject before, JsonObject after, FieldErrors errors) {
        if (!mutableLeftOut(before).equals(mutableLeftOut(after))) {
            errors.forbidden(
                    "spec",
                    "pod updates may not change fields other than `spec.containers[*].image`,"
                            + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations`"
                            + " (only additions to existing"
                            + " tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set"
                            + " to 1 if it was previously negative)");
        }
        List<Json> tolerations = after.list("spec", "tolerations");
        if (!tolerations.containsAll(before.list("spec", "tolerations"))) {
            errors.forbidden(
                    "spec.tolerations",
                    "existing toleration can not be modified except its tolerationSeconds");
        }
    }

    private static JsonObject mutableLeftOut(JsonObject pod) {
        JsonObject spec = pod.object("spec");
        for (String containers : List.of("containers", "initContainers")) {
            spec = TreeEdits.editEach(spec, container -> container.without("image"), containers);
        }
        for (String name :
                List.of(
                        "activeDeadlineSeconds",
                        "tolerations",
                        "terminationGracePeriodSeconds",
                        "schedulingGates",
                        "ephemeralContainers")) {
            spec = spec.without(name);
        }
        return spec;
    }
}
