package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomVersion;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Turns an object from one version of its kind into another. A kind that is served in several versions is stored in one of them.
final class Conversions {
    private static final String AUTOSCALING = "autoscaling/v1";
    private static final String METRICS = "autoscaling.alpha.kubernetes.io/metrics";
    private static final String CORE = "v1";
    private static final String EVENTS = "events.k8s.io/v1";

    // Core's name of a field of events, and the newer group's.
    private static final Map<String, String> EVENT_FIELDS = eventFields();

    private Conversions() {}

    /// The object as readers of `resource` see it.
    static ReadObject show(ApiResource resource, ReadObject object) {
        if (resource.custom().isPresent()) {
            return showAll(resource, List.of(object)).getFirst();
        }
        String wanted = resource.type().apiVersion();
        String stored = object.tree().text("apiVersion");
        return stored.equals(wanted)
                ? object
                : new ReadObject(object.revision(), convert(object.tree(), stored, wanted));
    }

    /// All of the objects as readers of `resource` see them; what must be converted is converted at once.
    static List<ReadObject> showAll(ApiResource resource, List<ReadObject> objects) {
        if (resource.custom().isEmpty()) {
            return objects.stream().map(object -> show(resource, object)).toList();
        }
        CustomVersion version = resource.custom().get();
        List<JsonObject> converted =
                convertAll(
                        version,
                        objects.stream().map(ReadObject::tree).toList(),
                        resource.type().apiVersion());
        List<ReadObject> shown = new ArrayList<>(objects.size());
        for (int i = 0; i < objects.size(); i++) {
            ReadObject object = objects.get(i);
            JsonObject tree = version.schema().shown(converted.get(i));
            shown.add(
                    tree.equals(object.tree()) ? object : new ReadObject(object.revision(), tree));
        }
        return shown;
    }

    private static List<JsonObject> convertAll(
            CustomVersion version, List<JsonObject> objects, String apiVersion) {
        List<JsonObject> others =
                objects.stream()
                        .filter(object -> !object.text("apiVersion").equals(apiVersion))
                        .toList();
        if (others.isEmpty()) {
            return objects;
        }
        Iterator<JsonObject> converted =
                version.conversion().convert(others, apiVersion).iterator();
        return objects.stream()
                .map(object ->
                        object.text("apiVersion").equals(apiVersion) ? object : converted.next())
                .toList();
    }

    /// An object of `resource` in the version in which the store keeps it.
    static JsonObject toStored(ApiResource resource, JsonObject object) {
        if (resource.custom().isEmpty()) {
            return object;
        }
        CustomVersion version = resource.custom().get();
        String apiVersion = resource.type().group() + "/" + version.storageVersion();
        return convertAll(version, List.of(object), apiVersion).getFirst();
    }

    /// The resource in the version that its objects are stored in.
    static ApiResource stored(ApiResource resource, ApiCatalog catalog) {
        if (resource.isCustom()) {
            return resource;
        }
        String apiVersion = storedVersion(resource.type().apiVersion());
        return apiVersion.equals(resource.type().apiVersion())
                ? resource
                : catalog.ofKind(apiVersion, resource.type().kind()).orElse(resource);
    }

    /// The object in the version that it is stored in.
    static JsonObject toStored(JsonObject object) {
        String apiVersion = object.text("apiVersion");
        return convert(object, apiVersion, storedVersion(apiVersion));
    }

    /// A stored tree as clients of `resource` know it.
    static JsonObject fromStored(ApiResource resource, JsonObject tree) {
        if (resource.custom().isPresent()) {
            return show(resource, new ReadObject(0, tree)).tree();
        }
        return convert(tree, tree.text("apiVersion"), resource.type().apiVersion());
    }

    private static String storedVersion(String apiVersion) {
        return switch (apiVersion) {
            case EVENTS -> CORE;
            case AUTOSCALING -> "autoscaling/v2";
            default -> apiVersion;
        };
    }

    private static JsonObject convert(JsonObject object, String from, String to) {
        if (from.equals(to)) {
            return object;
        }
        JsonObject converted =
                switch (from + " " + to) {
                    case CORE + " " + EVENTS -> renamed(object, EVENT_FIELDS);
                    case EVENTS + " " + CORE -> renamed(object, reversed(EVENT_FIELDS));
                    case AUTOSCALING + " autoscaling/v2" -> withMetrics(object);
                    case "autoscaling/v2 " + AUTOSCALING -> withPercentage(object);
                    default -> object;
                };
        return converted.with("apiVersion", to);
    }

    private static JsonObject renamed(JsonObject object, Map<String, String> names) {
        JsonObject.Builder renamed = JsonObject.builder();
        object.forEach((name, value) -> renamed.put(names.getOrDefault(name, name), value));
        return renamed.build();
    }

    // Version 1 knows one metric; the others travel in an annotation.
    private static JsonObject withMetrics(JsonObject scaler) {
        List<Json> metrics = new ArrayList<>();
        if (scaler.has("spec", "targetCPUUtilizationPercentage")) {
            metrics.add(cpuMetric(scaler.number(0, "spec", "targetCPUUtilizationPercentage")));
        }
        Json more = annotated(scaler);
        if (more instanceof JsonArray array) {
            metrics.addAll(array.items());
        }
        JsonObject spec = scaler.object("spec").without("targetCPUUtilizationPercentage");
        if (!metrics.isEmpty()) {
            spec = spec.with("metrics", new JsonArray(metrics));
        }
        JsonObject status =
                withoutZero(scaler.object("status"), "currentReplicas")
                        .without("currentCPUUtilizationPercentage")
                        .with("currentMetrics", JsonNull.NULL);
        return scaler.withoutAt("metadata", "annotations", METRICS)
                .with("spec", spec)
                .with("status", status);
    }

    private static JsonObject withoutZero(JsonObject object, String name) {
        return object.number(0, name) == 0 ? object.without(name) : object;
    }

    private static JsonObject cpuMetric(long percent) {
        JsonObject target =
                JsonObject.of(
                        "type", Json.of("Utilization"), "averageUtilization", Json.of(percent));
        return JsonObject.of(
                "type",
                Json.of("Resource"),
                "resource",
                JsonObject.of("name", Json.of("cpu"), "target", target));
    }

    private static JsonObject withPercentage(JsonObject scaler) {
        List<Json> others = new ArrayList<>();
        JsonObject spec = scaler.object("spec").without("metrics").without("behavior");
        for (Json metric : scaler.list("spec", "metrics")) {
            boolean isCpu =
                    metric.text("resource", "name").equals("cpu")
                            && metric.has("resource", "target", "averageUtilization");
            if (isCpu && !spec.has("targetCPUUtilizationPercentage")) {
                spec =
                        spec.with(
                                "targetCPUUtilizationPercentage",
                                Json.of(
                                        metric.number(
                                                0, "resource", "target", "averageUtilization")));
            } else {
                others.add(metric);
            }
        }
        JsonObject status = scaler.object("status").without("currentMetrics").without("conditions");
        if (!status.has("currentReplicas")) {
            status = status.with("currentReplicas", Json.of(0));
        }
        JsonObject converted = scaler.with("spec", spec).with("status", status);
        return others.isEmpty()
                ? converted
                : converted.withAt(
                        Json.of(new JsonArray(others).toString()),
                        "metadata",
                        "annotations",
                        METRICS);
    }

    private static @Nullable Json annotated(JsonObject scaler) {
        String text = scaler.text("metadata", "annotations", METRICS);
        try {
            return text.isEmpty() ? null : JsonReader.read(text);
        } catch (JsonSyntaxException e) {
            return null;
        }
    }

    private static Map<String, String> eventFields() {
        Map<String, String> names = new LinkedHashMap<>();
        names.put("involvedObject", "regarding");
        names.put("message", "note");
        names.put("source", "deprecatedSource");
        names.put("firstTimestamp", "deprecatedFirstTimestamp");
        names.put("lastTimestamp", "deprecatedLastTimestamp");
        names.put("count", "deprecatedCount");
        names.put("reportingComponent", "reportingController");
        return names;
    }

    private static Map<String, String> reversed(Map<String, String> names) {
        Map<String, String> reversed = new LinkedHashMap<>();
        names.forEach((one, other) -> reversed.put(other, one));
        return reversed;
    }
}
