package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What is left in a namespace that is being deleted, and how the namespace's conditions tell it.
final class NamespaceRemains {
    private static final List<List<String>> ALL_IS_WELL =
            List.of(
                    List.of(
                            "NamespaceDeletionDiscoveryFailure",
                            "ResourcesDiscovered",
                            "All resources successfully discovered"),
                    List.of(
                            "NamespaceDeletionGroupVersionParsingFailure",
                            "ParsedGroupVersions",
                            "All legacy kube types successfully parsed"),
                    List.of(
                            "NamespaceDeletionContentFailure",
                            "ContentDeleted",
                            "All content successfully deleted, may be waiting on finalization"),
                    List.of(
                            "NamespaceContentRemaining",
                            "ContentRemoved",
                            "All content successfully removed"),
                    List.of(
                            "NamespaceFinalizersRemaining",
                            "ContentHasNoFinalizers",
                            "All content-preserving finalizers finished"));

    private final Map<String, Integer> objects = new TreeMap<>();
    private final Map<String, Integer> finalizers = new TreeMap<>();

    void add(ResourceType type, List<JsonObject> left) {
        if (left.isEmpty()) {
            return;
        }
        objects.put(type.plural() + "." + type.group(), left.size());
        for (JsonObject object : left) {
            for (Json finalizer : object.list("metadata", "finalizers")) {
                finalizers.merge(finalizer.text(), 1, Integer::sum);
            }
        }
    }

    boolean isEmpty() {
        return objects.isEmpty();
    }

    /// The conditions that a namespace is to have, with the times of those that it has already.
    JsonArray conditions(JsonObject namespace, Instant now) {
        List<Json> all = new ArrayList<>();
        for (List<String> well : ALL_IS_WELL) {
            String type = well.getFirst();
            Optional<String> trouble =
                    switch (type) {
                        case "NamespaceContentRemaining" -> remaining();
                        case "NamespaceFinalizersRemaining" -> finalizing();
                        default -> Optional.empty();
                    };
            String status = trouble.isPresent() ? "True" : "False";
            all.add(
                    JsonObject.builder()
                            .put("type", type)
                            .put("status", status)
                            .put("lastTransitionTime", since(namespace, type, status, now))
                            .put("reason", trouble.isPresent() ? reason(type) : well.get(1))
                            .put("message", trouble.orElse(well.get(2)))
                            .build());
        }
        return new JsonArray(all);
    }

    private static String reason(String type) {
        return type.equals("NamespaceContentRemaining")
                ? "SomeResourcesRemain"
                : "SomeFinalizersRemain";
    }

    private Optional<String> remaining() {
        return told("Some resources are remaining: ", "%s has %d resource instances", objects);
    }

    private Optional<String> finalizing() {
        return told(
                "Some content in the namespace has finalizers remaining: ",
                "%s in %d resource instances",
                finalizers);
    }

    private static Optional<String> told(String begin, String form, Map<String, Integer> counts) {
        return counts.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        counts.entrySet().stream()
                                .map(count -> form.formatted(count.getKey(), count.getValue()))
                                .collect(Collectors.joining(", ", begin, "")));
    }

    private static String since(JsonObject namespace, String type, String status, Instant now) {
        return namespace.list("status", "conditions").stream()
                .filter(known ->
                        known.text("type").equals(type) && known.text("status").equals(status))
                .map(known -> known.text("lastTransitionTime"))
                .findFirst()
                .orElseGet(() -> now.truncatedTo(ChronoUnit.SECONDS).toString());
    }
}
