package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// New nodes take no pods until somebody has seen that they are ready: they get a taint, which the node life cycle takes off.
final class NodeStrategy implements Strategy {
    private static final JsonObject NOT_READY =
            JsonObject.of(
                    "key",
                    Json.of("node.kubernetes.io/not-ready"),
                    "effect",
                    Json.of("NoSchedule"));

    @Override
    public JsonObject onCreate(JsonObject object, Write write) {
        List<Json> taints = new ArrayList<>(object.list("spec", "taints"));
        boolean isTainted =
                taints.stream()
                        .anyMatch(taint ->
                                taint.text("key").equals(NOT_READY.text("key"))
                                        && taint.text("effect").equals(NOT_READY.text("effect")));
        if (isTainted) {
            return object;
        }
        taints.add(NOT_READY);
        return object.withAt(new JsonArray(taints), "spec", "taints");
    }
}
