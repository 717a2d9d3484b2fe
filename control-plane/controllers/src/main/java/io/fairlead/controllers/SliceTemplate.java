package io.fairlead.controllers;

import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What all slices of a Service and family have in common.
///
/// @param service the Service's name, from which theirs are made
/// @param annotations that they have beside what somebody else wrote there
/// @param triggerTime when what they tell of came about, as far as that is known
record SliceTemplate(
        ObjectName service,
        IpFamily family,
        JsonObject labels,
        Map<String, String> annotations,
        JsonObject owner,
        Optional<Instant> triggerTime) {
    // Five letters are added to it, and 63 are the limit.
    private static final int NAME_LENGTH_MAX = 57;

    /// The slice as it shall be; the given one where it is that already.
    ///
    /// @param base the slice that exists; empty for a new one
    JsonObject fill(JsonObject base, List<JsonObject> ports, List<JsonObject> endpoints) {
        JsonObject slice = base.isEmpty() ? fresh() : base;
        JsonObject filled =
                slice.withAt(labels, "metadata", "labels")
                        .withAt(JsonArray.of(owner), "metadata", "ownerReferences");
        for (var annotation : annotations.entrySet()) {
            filled =
                    filled.withAt(
                            Json.of(annotation.getValue()),
                            "metadata",
                            "annotations",
                            annotation.getKey());
        }
        filled = withList(withList(filled, "endpoints", endpoints), "ports", ports);
        return filled.equals(base) ? base : stamped(filled, triggerTime);
    }

    /// Told when its change came about. A write without such a time tells none, rather than that of an earlier one.
    static JsonObject stamped(JsonObject object, Optional<Instant> time) {
        if (time.isPresent()) {
            return object.withAt(
                    Json.of(time.get().toString()),
                    "metadata",
                    "annotations",
                    TriggerTimes.ANNOTATION);
        }
        return object.has("metadata", "annotations", TriggerTimes.ANNOTATION)
                ? object.withoutAt("metadata", "annotations", TriggerTimes.ANNOTATION)
                : object;
    }

    // An empty list may be stored as null; that is no difference.
    private static JsonObject withList(JsonObject slice, String name, List<JsonObject> wanted) {
        return slice.contains(name) && slice.list(name).equals(wanted)
                ? slice
                : slice.with(name, JsonArray.from(wanted, item -> item));
    }

    private JsonObject fresh() {
        String name = service.name();
        String start = name.length() > NAME_LENGTH_MAX ? name.substring(0, NAME_LENGTH_MAX) : name;
        return JsonObject.builder()
                .put("apiVersion", "discovery.k8s.io/v1")
                .put("kind", "EndpointSlice")
                .put(
                        "metadata",
                        JsonObject.of(
                                "generateName",
                                Json.of(start + "-"),
                                "namespace",
                                Json.of(service.namespace())))
                .put("addressType", family.toString())
                .build();
    }
}
