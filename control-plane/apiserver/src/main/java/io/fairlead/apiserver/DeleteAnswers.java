package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.Set;

/// What a deletion answers when the object is gone: for a few old kinds the object, else a Status that names it.
final class DeleteAnswers {
    private static final Set<String> OBJECT =
            Set.of(
                    "services",
                    "serviceaccounts",
                    "pods",
                    "podtemplates",
                    "persistentvolumes",
                    "persistentvolumeclaims",
                    "resourcequotas",
                    "storageclasses.storage.k8s.io",
                    "csidrivers.storage.k8s.io",
                    "csinodes.storage.k8s.io",
                    "volumeattachments.storage.k8s.io");

    private DeleteAnswers() {}

    static boolean showsObject(ResourceType type) {
        return OBJECT.contains(type.qualifiedPlural());
    }

    static JsonObject success(ResourceType type, ReadObject object) {
        return JsonObject.builder()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("metadata", JsonObject.EMPTY)
                .put("status", "Success")
                .put(
                        "details",
                        JsonObject.builder()
                                .put("name", object.tree().text("metadata", "name"))
                                .putUnlessEmpty("group", type.group())
                                .put("kind", Json.of(type.plural()))
                                .put("uid", object.tree().text("metadata", "uid"))
                                .build())
                .build();
    }
}
