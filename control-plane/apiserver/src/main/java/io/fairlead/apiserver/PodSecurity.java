package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Holds pods to the security level that their namespace's labels name: `enforce` refuses, `warn` tells the sender, also about what makes pods.
final class PodSecurity implements Admission.Step {
    private static final String PREFIX = "pod-security.kubernetes.io/";

    // Where the kinds that make pods keep the pod.
    private static final Map<String, String[]> TEMPLATES =
            Map.of(
                    "deployments.apps", new String[] {"spec", "template", "spec"},
                    "replicasets.apps", new String[] {"spec", "template", "spec"},
                    "statefulsets.apps", new String[] {"spec", "template", "spec"},
                    "daemonsets.apps", new String[] {"spec", "template", "spec"},
                    "replicationcontrollers", new String[] {"spec", "template", "spec"},
                    "jobs.batch", new String[] {"spec", "template", "spec"},
                    "podtemplates", new String[] {"template", "spec"},
                    "cronjobs.batch",
                            new String[] {"spec", "jobTemplate", "spec", "template", "spec"});
    private static final Set<String> LEVELS = Set.of("privileged", "baseline", "restricted");

    @Override
    public void validate(Optional<JsonObject> before, JsonObject object, Write write) {
        ResourceType type = write.resource().type();
        boolean isPod = type.equals(ResourceType.POD);
        Optional<String[]> template =
                isPod
                        ? Optional.of(new String[] {"spec"})
                        : Optional.ofNullable(TEMPLATES.get(type.qualifiedPlural()));
        if (type.equals(ResourceType.NAMESPACE)) {
            labels(object, type);
        }
        if (write.part() != Write.Part.MAIN || template.isEmpty()) {
            return;
        }
        JsonObject spec = object.object(template.get());
        boolean isSame = before.isPresent() && before.get().object(template.get()).equals(spec);
        JsonObject labels = namespaceLabels(object.text("metadata", "namespace"), write);
        if (isSame || labels.isEmpty()) {
            return;
        }
        if (isPod) {
            String reason = violation(labels, "enforce", spec);
            if (!reason.isEmpty()) {
                throw Refusal.of(type, object, "violates PodSecurity " + reason);
            }
        }
        String warning = violation(labels, "warn", spec);
        if (!warning.isEmpty()) {
            write.warn("would violate PodSecurity " + warning);
        }
    }

    private static String violation(JsonObject labels, String mode, JsonObject podSpec) {
        String level = labels.text(PREFIX + mode);
        List<String> reasons =
                switch (level) {
                    case "baseline" -> new PodSecurityRules(podSpec).baseline();
                    case "restricted" -> new PodSecurityRules(podSpec).restricted();
                    default -> List.of();
                };
        if (reasons.isEmpty()) {
            return "";
        }
        String version = labels.text(PREFIX + mode + "-version");
        return "\"%s:%s\": %s"
                .formatted(
                        level, version.isEmpty() ? "latest" : version, String.join(", ", reasons));
    }

    // A level that nobody knows would protect nobody.
    private static void labels(JsonObject namespace, ResourceType type) {
        for (String mode : List.of("enforce", "audit", "warn")) {
            String level = namespace.text("metadata", "labels", PREFIX + mode);
            if (!level.isEmpty() && !LEVELS.contains(level)) {
                throw Invalid.object(
                        type,
                        namespace.text("metadata", "name"),
                        List.of(
                                Invalid.value(
                                        "metadata.labels[" + PREFIX + mode + "]",
                                        Json.of(level).toString(),
                                        "must be one of privileged, baseline, restricted")));
            }
        }
    }

    private static JsonObject namespaceLabels(String namespace, Write write) {
        return write.snapshot()
                .get(StorageKeys.key(ResourceType.NAMESPACE, ObjectName.clusterWide(namespace)))
                .map(stored -> stored.value().tree().object("metadata", "labels"))
                .orElse(JsonObject.EMPTY);
    }
}
