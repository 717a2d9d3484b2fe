package io.fairlead.controllers;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.KubeClient;
import java.util.ArrayList;
import java.util.List;

/// Which types a server has: asked of its discovery documents, one for each group and version that it prefers.
final class Discovery {
    private Discovery() {}

    /// The types whose objects can be listed and deleted, each once: in the version that its group prefers.
    static List<ResourceType> deletableTypes(KubeClient client) {
        List<ResourceType> types = new ArrayList<>(typesAt(client, "/api/v1", "", "v1"));
        JsonObject groups = client.transport().send(ApiRequest.get("/apis"));
        for (Json group : groups.list("groups")) {
            String version = group.text("preferredVersion", "version");
            String name = group.text("name");
            types.addAll(typesAt(client, "/apis/" + name + "/" + version, name, version));
        }
        return types;
    }

    private static List<ResourceType> typesAt(
            KubeClient client, String path, String group, String version) {
        JsonObject document;
        try {
            document = client.transport().send(ApiRequest.get(path));
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return List.of();
            }
            throw e;
        }
        List<ResourceType> types = new ArrayList<>();
        for (Json resource : document.list("resources")) {
            List<Json> verbs = resource.list("verbs");
            boolean deletable =
                    verbs.contains(Json.of("list"))
                            && verbs.contains(Json.of("delete"))
                            && verbs.contains(Json.of("deletecollection"));
            // A slash marks a subresource.
            if (deletable && !resource.text("name").contains("/")) {
                types.add(
                        new ResourceType(
                                group,
                                version,
                                resource.text("name"),
                                resource.text("kind"),
                                resource.flag("namespaced")
                                        ? ResourceType.Scope.NAMESPACED
                                        : ResourceType.Scope.CLUSTER));
            }
        }
        return types;
    }
}
