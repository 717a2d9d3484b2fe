package io.fairlead.apiserver;

import io.fairlead.api.Defaults;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.OptionalLong;

/// Pods begin Pending with a class of service, and end when their node says so.
final class PodStrategy implements Strategy {
    @Override
    public JsonObject onCreate(JsonObject object, Write write) {
        return object.with(
                "status",
                JsonObject.of(
                        "phase",
                        Json.of("Pending"),
                        "qosClass",
                        Json.of(Defaults.qosClass(object))));
    }

    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        boolean isSame =
                before.list("spec", "ephemeralContainers")
                        .equals(after.list("spec", "ephemeralContainers"));
        if (write.part() == Write.Part.MAIN && !isSame) {
            throw Invalid.object(
                    ResourceType.POD,
                    after.text("metadata", "name"),
                    List.of(
                            Invalid.forbidden(
                                    "spec",
                                    "ephemeral containers change through their subresource only")));
        }
        return after;
    }

    @Override
    public boolean endsGracefully() {
        return true;
    }

    @Override
    public long gracePeriodSeconds(JsonObject pod, OptionalLong asked) {
        boolean hasEnded =
                pod.text("status", "phase").equals("Succeeded")
                        || pod.text("status", "phase").equals("Failed");
        if (pod.text("spec", "nodeName").isEmpty() || hasEnded) {
            return 0;
        }
        long own = pod.number(30, "spec", "terminationGracePeriodSeconds");
        long wanted = asked.orElse(own);
        // A negative period means the shortest that is not immediate.
        return wanted < 0 ? 1 : wanted;
    }
}
