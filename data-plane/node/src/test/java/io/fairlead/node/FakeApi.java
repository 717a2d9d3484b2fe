package io.fairlead.node;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// As much of an API server as a node talks to, in memory: objects by path, merge patches, watches with their initial events.
final class FakeApi implements Transport {
    private static final JsonObject TOKEN =
            JsonObject.of(
                    "status",
                    JsonObject.of(
                            "token",
                            Json.of("the-token"),
                            "expirationTimestamp",
                            Json.of("2099-01-01T00:00:00Z")));

    private final Map<String, JsonObject> objects = new LinkedHashMap<>();
    private final List<OpenWatch> watches = new ArrayList<>();
    private long version = 1;

    private record OpenWatch(String collection, Map<String, String> query, WatchListener listener) {
        boolean wants(String path, JsonObject object) {
            String field = query.getOrDefault("fieldSelector", "");
            boolean isSelected =
                    field.isEmpty()
                            || object.text(field.substring(0, field.indexOf('=')).split("\\."))
                                    .equals(field.substring(field.indexOf('=') + 1));
            return isSelected && isIn(path, collection);
        }
    }

    private static boolean isIn(String path, String collection) {
        String plural = collection.substring(collection.lastIndexOf('/') + 1);
        String parent = path.substring(0, path.lastIndexOf('/'));
        String root = collection.substring(0, collection.lastIndexOf('/'));
        return parent.equals(collection)
                || (parent.startsWith(root + "/namespaces/") && parent.endsWith("/" + plural));
    }

    synchronized void put(ResourceType type, JsonObject object) {
        store(type.path(new GenericObject(object).objectName()), object);
    }

    synchronized Optional<JsonObject> find(ResourceType type, ObjectName name) {
        return Optional.ofNullable(objects.get(type.path(name)));
    }

    synchronized void remove(ResourceType type, ObjectName name) {
        JsonObject gone = objects.remove(type.path(name));
        if (gone != null) {
            tell(WatchListener.EventType.DELETED, type.path(name), gone);
        }
    }

    synchronized List<JsonObject> all(ResourceType type) {
        String collection = type.collectionPath("");
        return objects.entrySet().stream()
                .filter(entry -> isIn(entry.getKey(), collection))
                .map(Map.Entry::getValue)
                .toList();
    }

    @Override
    public synchronized JsonObject send(ApiRequest request) {
        String path = request.path();
        Json body = request.body().orElse(JsonObject.EMPTY);
        return switch (request.method()) {
            case GET -> known(path);
            case POST ->
                    path.endsWith("/token")
                            ? TOKEN
                            : store(path + "/" + body.text("metadata", "name"), (JsonObject) body);
            case PATCH -> {
                String target = path.replaceFirst("/status$", "");
                yield store(target, merge(known(target), (JsonObject) body));
            }
            case DELETE -> {
                JsonObject gone = known(path);
                objects.remove(path);
                tell(WatchListener.EventType.DELETED, path, gone);
                yield gone;
            }
            case PUT -> store(path, (JsonObject) body);
        };
    }

    @Override
    public synchronized Watch watch(ApiRequest request, WatchListener listener) {
        OpenWatch watch = new OpenWatch(request.path(), request.query(), listener);
        watches.add(watch);
        objects.forEach((path, object) -> {
            if (watch.wants(path, object)) {
                listener.onEvent(WatchListener.EventType.ADDED, object);
            }
        });
        listener.onEvent(
                WatchListener.EventType.BOOKMARK,
                JsonObject.of(
                        "metadata",
                        JsonObject.of(
                                "resourceVersion",
                                Json.of(Long.toString(version)),
                                "annotations",
                                JsonObject.of("k8s.io/initial-events-end", Json.of("true")))));
        return () -> {
            synchronized (this) {
                watches.remove(watch);
            }
        };
    }

    private JsonObject known(String path) {
        JsonObject object = objects.get(path);
        if (object == null) {
            throw new ApiException(
                    new Status(404, "NotFound", path + " not found", JsonObject.EMPTY));
        }
        return object;
    }

    private JsonObject store(String path, JsonObject object) {
        JsonObject versioned =
                object.withAt(Json.of(Long.toString(++version)), "metadata", "resourceVersion");
        boolean isNew = objects.put(path, versioned) == null;
        tell(
                isNew ? WatchListener.EventType.ADDED : WatchListener.EventType.MODIFIED,
                path,
                versioned);
        return versioned;
    }

    private void tell(WatchListener.EventType type, String path, JsonObject object) {
        for (OpenWatch watch : List.copyOf(watches)) {
            if (watch.wants(path, object)) {
                watch.listener().onEvent(type, object);
            }
        }
    }

    private static JsonObject merge(JsonObject base, JsonObject patch) {
        JsonObject[] merged = {base};
        patch.forEach((name, value) -> {
            boolean areObjects =
                    value instanceof JsonObject && merged[0].get(name) instanceof JsonObject;
            merged[0] =
                    merged[0].with(
                            name,
                            areObjects ? merge(merged[0].object(name), (JsonObject) value) : value);
        });
        return merged[0];
    }

    static JsonArray array(Json... items) {
        return JsonArray.of(items);
    }
}
