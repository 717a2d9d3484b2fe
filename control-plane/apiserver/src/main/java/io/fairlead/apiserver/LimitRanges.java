package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Quantity;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// A namespace's limit ranges: what containers get that ask for nothing, and how little and how much containers, pods and claims may ask for.
final class LimitRanges implements Admission.Step {
    private static final ResourceType LIMIT_RANGE =
            new ResourceType("", "v1", "limitranges", "LimitRange", Scope.NAMESPACED);
    private static final String ANNOTATION = "kubernetes.io/limit-ranger";

    @Override
    public JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
        if (before.isPresent() || !write.resource().type().equals(ResourceType.POD)) {
            return object;
        }
        List<String> notes = new ArrayList<>();
        JsonObject pod = object;
        for (Json limit : limits(object, write)) {
            if (!limit.text("type").equals("Container")) {
                continue;
            }
            for (String list : List.of("containers", "initContainers")) {
                if (pod.has("spec", list)) {
                    JsonArray filled =
                            JsonArray.from(
                                    pod.list("spec", list),
                                    container ->
                                            withDefaults(
                                                    (JsonObject) container, limit, list, notes));
                    pod = pod.withAt(filled, "spec", list);
                }
            }
        }
        return notes.isEmpty()
                ? pod
                : pod.withAt(
                        Json.of("LimitRanger plugin set: " + String.join("; ", notes)),
                        "metadata",
                        "annotations",
                        ANNOTATION);
    }

    private static JsonObject withDefaults(
            JsonObject container, Json limit, String list, List<String> notes) {
        String what = (list.equals("initContainers") ? "init container " : "container ");
        JsonObject filled = container;
        for (String kind : List.of("requests", "limits")) {
            String source = kind.equals("limits") ? "default" : "defaultRequest";
            JsonObject present = filled.object("resources", kind);
            List<String> set = new ArrayList<>();
            if (limit.find(source).orElse(JsonObject.EMPTY) instanceof JsonObject defaults) {
                for (String name : new TreeSet<>(defaults.names())) {
                    if (!present.contains(name)) {
                        present = present.with(name, defaults.text(name));
                        set.add(name);
                    }
                }
            }
            if (!set.isEmpty()) {
                filled = filled.withAt(present, "resources", kind);
                notes.add(
                        "%s %s for %s%s"
                                .formatted(
                                        String.join(", ", set),
                                        kind.substring(0, kind.length() - 1),
                                        what,
                                        container.text("name")));
            }
        }
        return filled;
    }

    @Override
    public void validate(Optional<JsonObject> before, JsonObject object, Write write) {
        ResourceType type = write.resource().type();
        boolean isPod = type.equals(ResourceType.POD);
        boolean isClaim = type.qualifiedPlural().equals("persistentvolumeclaims");
        if (write.part() != Write.Part.MAIN || !(isClaim || (isPod && before.isEmpty()))) {
            return;
        }
        List<String> wrong = new ArrayList<>();
        for (Json limit : limits(object, write)) {
            String kind = limit.text("type");
            JsonObject spec = object.object("spec");
            if (isClaim && kind.equals("PersistentVolumeClaim")) {
                check(limit, spec.object("resources"), wrong);
            } else if (isPod && kind.equals("Container")) {
                PodResources.containers(spec)
                        .forEach(container ->
                                check(limit, ((JsonObject) container).object("resources"), wrong));
            } else if (isPod && kind.equals("Pod")) {
                check(
                        limit,
                        JsonObject.of(
                                "requests",
                                texts(PodResources.of(spec, "requests")),
                                "limits",
                                texts(PodResources.of(spec, "limits"))),
                        wrong);
            }
        }
        if (!wrong.isEmpty()) {
            throw Refusal.of(
                    type,
                    object,
                    wrong.size() == 1 ? wrong.getFirst() : "[" + String.join(", ", wrong) + "]");
        }
    }

    private static void check(Json limit, JsonObject resources, List<String> wrong) {
        String kind = limit.text("type");
        bounds(limit, "min")
                .forEach((name, least) -> {
                    String start = "minimum %s usage per %s is %s".formatted(name, kind, least);
                    if (!resources.has("requests", name)) {
                        wrong.add(start + ".  No request is specified");
                    } else if (amount(resources, "requests", name).compareTo(least) < 0) {
                        wrong.add(start + ", but request is " + resources.text("requests", name));
                    }
                    if (resources.has("limits", name)
                            && amount(resources, "limits", name).compareTo(least) < 0) {
                        wrong.add(start + ", but limit is " + resources.text("limits", name));
                    }
                });
        bounds(limit, "max")
                .forEach((name, most) -> {
                    String start = "maximum %s usage per %s is %s".formatted(name, kind, most);
                    boolean countsRequests = kind.equals("PersistentVolumeClaim");
                    if (!countsRequests && !resources.has("limits", name)) {
                        wrong.add(start + ".  No limit is specified");
                    } else if (!countsRequests
                            && amount(resources, "limits", name).compareTo(most) > 0) {
                        wrong.add(start + ", but limit is " + resources.text("limits", name));
                    } else if (amount(resources, "requests", name).compareTo(most) > 0) {
                        wrong.add(start + ", but request is " + resources.text("requests", name));
                    }
                });
        bounds(limit, "maxLimitRequestRatio")
                .forEach((name, ratio) -> {
                    String start =
                            "%s max limit to request ratio per %s is %s"
                                    .formatted(name, kind, ratio);
                    long request = amount(resources, "requests", name).milliValue();
                    long most = amount(resources, "limits", name).milliValue();
                    if (request == 0) {
                        wrong.add(start + ", but no request is specified or request is 0");
                    } else if (most == 0) {
                        wrong.add(start + ", but no limit is specified or limit is 0");
                    } else if (most * 1000.0 / request > ratio.milliValue()) {
                        wrong.add(
                                String.format(
                                        Locale.ROOT,
                                        "%s, but provided ratio is %f",
                                        start,
                                        (double) most / request));
                    }
                });
    }

    private static Map<String, Quantity> bounds(Json limit, String name) {
        return PodResources.quantities(limit.find(name).orElse(JsonObject.EMPTY));
    }

    private static Quantity amount(JsonObject resources, String kind, String name) {
        return Quantity.of(resources.find(kind, name).orElse(null));
    }

    private static JsonObject texts(Map<String, Quantity> amounts) {
        JsonObject.Builder texts = JsonObject.builder();
        amounts.forEach((name, amount) -> texts.put(name, amount.toString()));
        return texts.build();
    }

    private static List<Json> limits(JsonObject object, Write write) {
        String prefix = StorageKeys.prefix(LIMIT_RANGE, object.text("metadata", "namespace"));
        return write.snapshot().list(prefix).stream()
                .flatMap(stored -> stored.value().tree().list("spec", "limits").stream())
                .toList();
    }
}
