package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.Objects;
import java.util.Set;

/// Which part of an object a write may touch, and when its generation grows: with what users want, never with what is observed.
final class Generations {
    private static final Set<String> COUNTED =
            Set.of(
                    "pods",
                    "podtemplates",
                    "replicationcontrollers",
                    "deployments.apps",
                    "replicasets.apps",
                    "statefulsets.apps",
                    "daemonsets.apps",
                    "jobs.batch",
                    "cronjobs.batch",
                    "ingresses.networking.k8s.io",
                    "ingressclasses.networking.k8s.io",
                    "networkpolicies.networking.k8s.io",
                    "poddisruptionbudgets.policy",
                    "endpointslices.discovery.k8s.io",
                    "priorityclasses.scheduling.k8s.io",
                    "flowschemas.flowcontrol.apiserver.k8s.io",
                    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io",
                    "validatingwebhookconfigurations.admissionregistration.k8s.io",
                    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
                    "validatingadmissionpolicies.admissionregistration.k8s.io",
                    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
                    "mutatingadmissionpolicies.admissionregistration.k8s.io",
                    "mutatingadmissionpolicybindings.admissionregistration.k8s.io",
                    "customresourcedefinitions.apiextensions.k8s.io");

    private static final Set<String> PART_OF_STATUS_WRITE =
            Set.of("resourceVersion", "uid", "name", "namespace", "managedFields");

    private Generations() {}

    static boolean counts(ResourceType type) {
        return COUNTED.contains(type.qualifiedPlural()) || isCustom(type);
    }

    /// A new object brings no status along, where status has a way in of its own.
    static JsonObject withoutStatus(ApiResource resource, JsonObject object) {
        return resource.subresource("status").isPresent() && !keepsStatus(resource.type())
                ? object.without("status")
                : object;
    }

    /// The present object with only that changed which the write's way in may change.
    static JsonObject part(Write write, JsonObject before, JsonObject wanted) {
        return switch (write.part()) {
            case INTERNAL -> wanted;
            case STATUS ->
                    write.resource().isCustom()
                            ? customStatus(before, wanted)
                            : status(before, wanted);
            case APPROVAL -> status(before, wanted);
            case MAIN, SCALE ->
                    write.resource().subresource("status").isPresent()
                            ? withMember(wanted, "status", before.get("status"))
                            : wanted;
        };
    }

    static JsonObject count(ApiResource resource, JsonObject before, JsonObject after) {
        boolean isWishAll = resource.isCustom() && resource.subresource("status").isEmpty();
        boolean isSame =
                isWishAll
                        ? before.without("metadata").equals(after.without("metadata"))
                        : sameWish(before, after);
        if (!counts(resource.type()) || isSame) {
            return after;
        }
        long generation = before.number(0, "metadata", "generation");
        return after.withAt(Json.of(generation + 1), "metadata", "generation");
    }

    private static boolean sameWish(JsonObject before, JsonObject after) {
        return wish(before).equals(wish(after));
    }

    // Where a pod runs is not its owner's wish.
    private static JsonObject wish(JsonObject object) {
        JsonObject wish = object.without("metadata").without("status");
        return object.text("kind").equals("Pod") ? wish.withoutAt("spec", "nodeName") : wish;
    }

    // Of custom resources nothing else changes this way, not even labels.
    private static JsonObject customStatus(JsonObject before, JsonObject wanted) {
        JsonObject metadata = before.object("metadata");
        for (String name : PART_OF_STATUS_WRITE) {
            metadata = withMember(metadata, name, wanted.object("metadata").get(name));
        }
        return withMember(before, "status", wanted.get("status")).with("metadata", metadata);
    }

    private static JsonObject status(JsonObject before, JsonObject wanted) {
        JsonObject metadata = before.object("metadata");
        for (String name : PART_OF_STATUS_WRITE) {
            metadata = withMember(metadata, name, wanted.object("metadata").get(name));
        }
        for (String name : new String[] {"labels", "annotations", "finalizers"}) {
            metadata = withMember(metadata, name, wanted.object("metadata").get(name));
        }
        return withMember(before, "status", wanted.get("status")).with("metadata", metadata);
    }

    private static JsonObject withMember(
            JsonObject object, String name, @org.jspecify.annotations.Nullable Json value) {
        return value == null
                ? object.without(name)
                : object.with(name, Objects.requireNonNull(value));
    }

    private static boolean keepsStatus(ResourceType type) {
        return type.equals(ResourceType.NODE);
    }

    private static boolean isCustom(ResourceType type) {
        return !ApiCatalog.isBuiltIn(type.group());
    }
}
