package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What this cluster refuses of a Service that is valid in itself: families it does not have, and changes of what was allocated.
final class ServiceRefusals {
    private ServiceRefusals() {}

    /// @param isDual whether the cluster has ranges of both families
    /// @throws io.fairlead.api.ApiException 422 with every reason
    static void check(Optional<JsonObject> before, JsonObject after, boolean isDual) {
        List<JsonObject> causes = new ArrayList<>();
        JsonObject spec = after.object("spec");
        boolean isHeadless = spec.text("clusterIP").equals("None");
        boolean isSelectorless = spec.object("selector").isEmpty();
        boolean mayHaveAnyFamily = isHeadless && isSelectorless;
        boolean hasFamilies = !spec.text("type").equals("ExternalName");
        if (!isDual && hasFamilies && !(mayHaveAnyFamily && isUnchanged(before, after))) {
            families(spec, mayHaveAnyFamily && before.isEmpty(), causes);
        }
        if (causes.isEmpty()) {
            before.ifPresent(old -> changes(old.object("spec"), spec, causes));
        }
        if (!causes.isEmpty()) {
            throw Invalid.object(ResourceType.SERVICE, after.text("metadata", "name"), causes);
        }
    }

    private static boolean isUnchanged(Optional<JsonObject> before, JsonObject after) {
        return before.isPresent()
                && before.get().text("spec", "clusterIP").equals(after.text("spec", "clusterIP"));
    }

    private static void families(
            JsonObject spec, boolean mayHaveAnyFamily, List<JsonObject> causes) {
        if (mayHaveAnyFamily) {
            return;
        }
        if (spec.text("ipFamilyPolicy").equals("RequireDualStack")) {
            causes.add(
                    Invalid.value(
                            "spec.ipFamilyPolicy",
                            "\"RequireDualStack\"",
                            "this cluster is not configured for dual-stack services"));
        }
        List<Json> families = spec.list("ipFamilies");
        for (int i = 0; i < families.size(); i++) {
            if (!families.get(i).text().equals("IPv4")) {
                causes.add(
                        Invalid.value(
                                "spec.ipFamilies[" + i + "]",
                                families.get(i).toString(),
                                "not configured on this cluster"));
            }
        }
    }

    private static void changes(JsonObject old, JsonObject spec, List<JsonObject> causes) {
        String address = old.text("clusterIP");
        boolean hadAddress = !address.isEmpty() && !old.text("type").equals("ExternalName");
        boolean needsAddress = !spec.text("type").equals("ExternalName");
        String wanted = spec.text("clusterIP");
        if (hadAddress && needsAddress && !wanted.equals(address)) {
            causes.add(
                    Invalid.value(
                            "spec.clusterIPs[0]",
                            JsonArray.of(Json.of(wanted)).toString(),
                            "may not change once set"));
        }
        long port = old.number(0, "healthCheckNodePort");
        boolean keepsHealthPort =
                port != 0
                        && spec.text("type").equals("LoadBalancer")
                        && spec.text("externalTrafficPolicy").equals("Local");
        if (keepsHealthPort && spec.number(0, "healthCheckNodePort") != port) {
            causes.add(Invalid.forbidden("spec.healthCheckNodePort", "field is immutable"));
        }
    }
}
