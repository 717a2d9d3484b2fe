package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.List;

/// Changes of a Service that are refused although the Service is valid in itself: of what was allocated for it. A second address and family may come and go, the
/// first stays.
final class ServiceRefusals {
    private static final String IS_SET = "may not change once set";

    private final JsonObject old;
    private final JsonObject spec;
    private final List<JsonObject> causes = new ArrayList<>();

    private ServiceRefusals(JsonObject old, JsonObject spec) {
        this.old = old;
        this.spec = spec;
    }

    /// @throws io.fairlead.api.ApiException 422 with every reason
    static void check(JsonObject before, JsonObject after) {
        ServiceRefusals refusals = new ServiceRefusals(before.object("spec"), after.object("spec"));
        boolean hasAddresses =
                !refusals.old.text("type").equals("ExternalName")
                        && !refusals.spec.text("type").equals("ExternalName");
        if (hasAddresses) {
            refusals.families();
            refusals.addresses();
        }
        refusals.healthPort();
        if (!refusals.causes.isEmpty()) {
            throw Invalid.object(
                    ResourceType.SERVICE, after.text("metadata", "name"), refusals.causes);
        }
    }

    private void families() {
        if (isHeadless(old) || isHeadless(spec)) {
            return;
        }
        List<Json> before = old.list("ipFamilies");
        List<Json> after = spec.list("ipFamilies");
        String shown = new JsonArray(after).toString();
        boolean isOther =
                before.size() == after.size()
                        ? !before.equals(after)
                        : !before.isEmpty()
                                && !after.isEmpty()
                                && !before.getFirst().equals(after.getFirst());
        if (isOther) {
            causes.add(Invalid.value("spec.ipFamilies[0]", shown, IS_SET));
        }
        if (before.size() > after.size() && after.size() == 1 && !isSingle()) {
            causes.add(mustBeSingle("ipFamily"));
        }
    }

    private void addresses() {
        if (isHeadless(old) && isHeadless(spec)) {
            return;
        }
        List<Json> before = old.list("clusterIPs");
        List<Json> after = spec.list("clusterIPs");
        String shown = new JsonArray(after).toString();
        if (before.size() == after.size()) {
            for (int i = 0; i < before.size(); i++) {
                if (!before.get(i).equals(after.get(i))) {
                    causes.add(Invalid.value("spec.clusterIPs[" + i + "]", shown, IS_SET));
                }
            }
            return;
        }
        if (before.isEmpty()) {
            return;
        }
        if (after.isEmpty()) {
            causes.add(
                    Invalid.value(
                            "spec.clusterIPs[0]", shown, "primary clusterIP can not be unset"));
        } else if (!before.getFirst().equals(after.getFirst())) {
            causes.add(Invalid.value("spec.clusterIPs[0]", shown, IS_SET));
        }
        if (before.size() > after.size() && after.size() == 1 && !isSingle()) {
            causes.add(mustBeSingle("clusterIP"));
        }
    }

    private void healthPort() {
        long port = old.number(0, "healthCheckNodePort");
        boolean isKept =
                port != 0
                        && spec.text("type").equals("LoadBalancer")
                        && spec.text("externalTrafficPolicy").equals("Local");
        if (isKept && spec.number(0, "healthCheckNodePort") != port) {
            causes.add(Invalid.forbidden("spec.healthCheckNodePort", "field is immutable"));
        }
    }

    private JsonObject mustBeSingle(String what) {
        String policy = spec.text("ipFamilyPolicy");
        return Invalid.value(
                "spec.ipFamilyPolicy",
                policy.isEmpty() ? "null" : "\"" + policy + "\"",
                "must be set to 'SingleStack' when releasing the secondary " + what);
    }

    private boolean isSingle() {
        return spec.text("ipFamilyPolicy").equals("SingleStack");
    }

    private static boolean isHeadless(JsonObject spec) {
        return spec.text("clusterIP").equals("None");
    }
}
