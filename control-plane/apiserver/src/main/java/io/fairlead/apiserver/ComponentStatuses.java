package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Status;
import java.util.List;

/// The old way to ask how the control plane is. The server vouches for what it can see: the store, without which it could not answer at all.
final class ComponentStatuses {
    private static final String STORE = "etcd-0";

    private final ObjectStore store;
    private final Views views;

    ComponentStatuses(ObjectStore store, Views views) {
        this.store = store;
        this.views = views;
    }

    static boolean handles(RequestTarget.Resource target) {
        return target.group().isEmpty()
                && target.plural().equals("componentstatuses")
                && target.subresource().isEmpty();
    }

    Answer answer(Call call, String verb, RequestTarget.Resource target, ApiResource resource) {
        Views.negotiate(call);
        return switch (verb) {
            case "get" -> {
                if (!target.name().equals(STORE)) {
                    throw new ApiException(Status.notFound(resource.type(), target.name()));
                }
                yield views.single(call, 200, resource, storeStatus());
            }
            case "list" -> views.list(call, resource, JsonObject.EMPTY, List.of(storeStatus()));
            default -> throw new ApiException(ResourceEndpoint.methodNotAllowed());
        };
    }

    private ReadObject storeStatus() {
        JsonObject condition =
                JsonObject.of(
                        "type",
                        Json.of("Healthy"),
                        "status",
                        Json.of("True"),
                        "message",
                        Json.of(store.snapshot().revision() > 0 ? "ok" : "empty"));
        JsonObject tree =
                JsonObject.builder()
                        .put("kind", "ComponentStatus")
                        .put("apiVersion", "v1")
                        .put("metadata", JsonObject.of("name", Json.of(STORE)))
                        .put("conditions", JsonArray.of(condition))
                        .build();
        return new ReadObject(0, tree);
    }
}
