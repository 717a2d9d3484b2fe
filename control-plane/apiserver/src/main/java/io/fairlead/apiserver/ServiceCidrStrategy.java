package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// A range of Service addresses does not change.
final class ServiceCidrStrategy implements Strategy {
    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        List<Json> old = before.list("spec", "cidrs");
        List<Json> wanted = after.list("spec", "cidrs");
        List<JsonObject> causes = new ArrayList<>();
        for (int i = 0; i < Math.min(old.size(), wanted.size()); i++) {
            if (!old.get(i).equals(wanted.get(i))) {
                causes.add(
                        Invalid.value(
                                "spec.cidrs[" + i + "]",
                                wanted.get(i).toString(),
                                "field is immutable"));
            }
        }
        if (wanted.size() < old.size()) {
            causes.add(
                    Invalid.value(
                            "spec.cidrs", after.object("spec").toString(), "field is immutable"));
        }
        if (!causes.isEmpty()) {
            throw Invalid.object(write.resource().type(), after.text("metadata", "name"), causes);
        }
        return after;
    }
}
