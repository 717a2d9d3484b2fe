package io.fairlead.apiserver;

import io.fairlead.api.Defaults;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelKeys;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.OptionalLong;

/// Pods begin Pending with a class of service, and end when their node says so.
final class PodStrategy implements Strategy {
    private static final JsonObject GATED =
            JsonObject.builder()
                    .put("type", "PodScheduled")
                    .put("status", "False")
                    .put("lastProbeTime", JsonNull.NULL)
                    .put("reason", "SchedulingGated")
                    .put("message", "Scheduling is blocked due to non-empty scheduling gates")
                    .build();

    @Override
    public JsonObject onCreate(JsonObject object, Write write) {
        JsonObject status =
                JsonObject.of(
                        "phase",
                        Json.of("Pending"),
                        "qosClass",
                        Json.of(Defaults.qosClass(object)));
        boolean isGated = !object.list("spec", "schedulingGates").isEmpty();
        JsonObject gated = GATED.with("lastTransitionTime", ObjectWriter.seconds(write));
        return LabelKeys.selected(object)
                .with("status", isGated ? status.with("conditions", JsonArray.of(gated)) : status);
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
