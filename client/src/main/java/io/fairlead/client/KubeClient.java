package io.fairlead.client;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Requests by type and name instead of by path. Every method sends one request and waits for its answer, but [#list],
/// which may need several. Safe for use by many threads.
///
/// All methods throw [ApiException] when the server refuses and [TransportException] when it does not answer.
public record KubeClient(Transport transport) {
    private static final int PAGE = 500;

    /// A subresource of an object, as its path says it.
    public static final String STATUS = "status";

    /// Some objects as they stood at one resource version.
    public record Listing(List<JsonObject> items, String resourceVersion) {
        public Listing {
            items = List.copyOf(items);
        }
    }

    public JsonObject get(ResourceType type, ObjectName name) {
        return transport.send(ApiRequest.get(type.path(name)));
    }

    /// Empty when there is no such object.
    public Optional<JsonObject> find(ResourceType type, ObjectName name) {
        try {
            return Optional.of(get(type, name));
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// All objects of a type, of one namespace unless it is empty.
    public Listing list(ResourceType type, String namespace) {
        return list(type, namespace, Selection.ALL);
    }

    /// The selected objects. They come in pages, all as of the same version.
    public Listing list(ResourceType type, String namespace, Selection selection) {
        List<JsonObject> items = new ArrayList<>();
        ApiRequest first =
                selection
                        .on(ApiRequest.get(type.collectionPath(namespace)))
                        .with("limit", String.valueOf(PAGE));
        JsonObject page = transport.send(first);
        while (true) {
            for (Json item : page.list("items")) {
                items.add(named(type, (JsonObject) item));
            }
            String rest = page.text("metadata", "continue");
            if (rest.isEmpty()) {
                return new Listing(items, page.text("metadata", "resourceVersion"));
            }
            page = transport.send(first.with("continue", rest));
        }
    }

    /// Creates an object in the namespace that it names; returns it as stored.
    public JsonObject create(ResourceType type, JsonObject object) {
        String namespace = new GenericObject(object).namespace();
        return transport.send(ApiRequest.post(type.collectionPath(namespace), named(type, object)));
    }

    /// Replaces an object; a conflict when it changed since the version that `object` carries.
    public JsonObject update(ResourceType type, JsonObject object) {
        return transport.send(
                ApiRequest.put(
                        type.path(new GenericObject(object).objectName()), named(type, object)));
    }

    public JsonObject updateStatus(ResourceType type, JsonObject object) {
        String path = type.path(new GenericObject(object).objectName()) + "/" + STATUS;
        return transport.send(ApiRequest.put(path, named(type, object)));
    }

    /// @param contentType the patch's kind, such as [ApiRequest#MERGE_PATCH]
    public JsonObject patch(ResourceType type, ObjectName name, String contentType, Json patch) {
        return transport.send(ApiRequest.patch(type.path(name), contentType, patch));
    }

    public JsonObject patchStatus(
            ResourceType type, ObjectName name, String contentType, Json patch) {
        return transport.send(ApiRequest.patch(type.path(name) + "/" + STATUS, contentType, patch));
    }

    /// Creates or changes an object so that it has the given fields, and takes them over from whoever else set them.
    ///
    /// @param manager who applies: the name that the object's managed fields show
    public JsonObject apply(ResourceType type, JsonObject object, String manager) {
        ObjectName name = new GenericObject(object).objectName();
        return transport.send(
                ApiRequest.patch(type.path(name), ApiRequest.APPLY_PATCH, named(type, object))
                        .with("fieldManager", manager)
                        .with("force", "true"));
    }

    /// Returns the object as it is while it waits for its end, or the server's word that it is gone.
    public JsonObject delete(ResourceType type, ObjectName name, Deletion how) {
        return transport.send(ApiRequest.delete(type.path(name)).withBody(how.tree()));
    }

    /// Posts to a subresource, such as `binding` or `eviction`.
    public JsonObject post(
            ResourceType type, ObjectName name, String subresource, JsonObject body) {
        return transport.send(ApiRequest.post(type.path(name) + "/" + subresource, body));
    }

    /// With the kind and version that items of lists do not carry.
    static JsonObject named(ResourceType type, JsonObject object) {
        return object.contains("kind") && object.contains("apiVersion")
                ? object
                : object.with("apiVersion", type.apiVersion()).with("kind", type.kind());
    }
}
