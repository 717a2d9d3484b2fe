package io.fairlead.api;

import static io.fairlead.api.TreeEdits.edit;
import static io.fairlead.api.TreeEdits.editEach;
import static io.fairlead.api.TreeEdits.orElse;

import java.util.Locale;

/// Completes objects as Kubernetes does before it validates them: what the schema knows, then what only the kind knows.
///
/// What needs the cluster (addresses, ports, the families of a Service, the service account of a pod) is not known here.
public final class Defaults {
    private static final String RBAC = "rbac.authorization.k8s.io";

    private Defaults() {}

    public static JsonObject apply(JsonObject object, ApiResource resource) {
        if (resource.custom().isPresent()) {
            return resource.custom().get().schema().withDefaults(object);
        }
        JsonObject completed = SchemaDefaults.apply(object, resource.schema());
        String kind = resource.type().kind();
        return switch (resource.type().group()) {
            case "" -> CoreDefaults.apply(completed, kind);
            case "admissionregistration.k8s.io" -> AdmissionDefaults.apply(completed, kind);
            case "apiregistration.k8s.io" ->
                    edit(
                            completed,
                            service -> orElse(service, "port", Json.of(443)),
                            "spec",
                            "service");
            case "apiextensions.k8s.io" -> edit(completed, Defaults::definition, "spec");
            case "apps", "batch" -> WorkloadDefaults.apply(completed, kind);
            case "autoscaling" -> AutoscalingDefaults.apply(completed, resource.type());
            case "discovery.k8s.io" ->
                    editEach(
                            completed,
                            port ->
                                    orElse(
                                            port.contains("name") ? port : port.with("name", ""),
                                            "protocol",
                                            "TCP"),
                            "ports");
            case "networking.k8s.io" -> networking(completed, kind);
            case RBAC -> rbac(completed, kind);
            case "scheduling.k8s.io" ->
                    orElse(completed, "preemptionPolicy", "PreemptLowerPriority");
            case "storage.k8s.io" ->
                    kind.equals("StorageClass") ? storageClass(completed) : completed;
            default -> completed;
        };
    }

    /// How Kubernetes treats a pod that runs short of resources.
    public static String qosClass(JsonObject pod) {
        return PodDefaults.qosClass(pod);
    }

    private static JsonObject networking(JsonObject object, String kind) {
        return switch (kind) {
            case "NetworkPolicy" -> edit(object, Defaults::networkPolicy, "spec");
            case "IngressClass" ->
                    edit(object, of -> orElse(of, "scope", "Cluster"), "spec", "parameters");
            default -> object;
        };
    }

    private static JsonObject networkPolicy(JsonObject spec) {
        JsonObject filled = spec;
        for (String direction : new String[] {"ingress", "egress"}) {
            filled =
                    editEach(
                            filled,
                            rule ->
                                    editEach(
                                            rule, port -> orElse(port, "protocol", "TCP"), "ports"),
                            direction);
        }
        JsonArray types =
                spec.list("egress").isEmpty()
                        ? JsonArray.of(Json.of("Ingress"))
                        : JsonArray.of(Json.of("Ingress"), Json.of("Egress"));
        return orElse(filled, "policyTypes", types);
    }

    private static JsonObject definition(JsonObject spec) {
        String kind = spec.text("names", "kind");
        JsonObject names = spec.object("names");
        JsonObject filled = spec;
        if (!kind.isEmpty()) {
            names = orElse(names, "singular", kind.toLowerCase(Locale.ROOT));
            names = orElse(names, "listKind", kind + "List");
            filled = spec.with("names", names);
        }
        filled = orElse(filled, "conversion", JsonObject.of("strategy", Json.of("None")));
        return edit(
                filled,
                service -> orElse(service, "port", Json.of(443)),
                "conversion",
                "webhook",
                "clientConfig",
                "service");
    }

    private static JsonObject storageClass(JsonObject storageClass) {
        JsonObject filled = orElse(storageClass, "reclaimPolicy", "Delete");
        return orElse(filled, "volumeBindingMode", "Immediate");
    }

    private static JsonObject rbac(JsonObject object, String kind) {
        if (kind.endsWith("Role")) {
            return object.contains("rules") ? object : object.with("rules", JsonNull.NULL);
        }
        JsonObject filled = edit(object, role -> orElse(role, "apiGroup", RBAC), "roleRef");
        return editEach(
                filled,
                subject ->
                        subject.text("kind").equals("User") || subject.text("kind").equals("Group")
                                ? orElse(subject, "apiGroup", RBAC)
                                : subject,
                "subjects");
    }
}
