package io.fairlead.api;

import static io.fairlead.api.TreeEdits.edit;
import static io.fairlead.api.TreeEdits.editEach;
import static io.fairlead.api.TreeEdits.orElse;

/// The defaults of webhooks and admission policies.
final class AdmissionDefaults {
    private AdmissionDefaults() {}

    static JsonObject apply(JsonObject object, String kind) {
        return switch (kind) {
            case "MutatingWebhookConfiguration" ->
                    editEach(
                            object,
                            hook -> orElse(hook(hook), "reinvocationPolicy", "Never"),
                            "webhooks");
            case "ValidatingWebhookConfiguration" ->
                    editEach(object, AdmissionDefaults::hook, "webhooks");
            case "ValidatingAdmissionPolicy", "MutatingAdmissionPolicy" ->
                    edit(object, AdmissionDefaults::policy, "spec");
            case "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding" ->
                    edit(object, AdmissionDefaults::match, "spec", "matchResources");
            default -> object;
        };
    }

    private static JsonObject hook(JsonObject hook) {
        JsonObject filled = orElse(hook, "failurePolicy", "Fail");
        filled = orElse(selectors(filled), "timeoutSeconds", Json.of(10));
        filled = editEach(filled, rule -> orElse(rule, "scope", "*"), "rules");
        return edit(
                filled,
                service -> orElse(service, "port", Json.of(443)),
                "clientConfig",
                "service");
    }

    private static JsonObject policy(JsonObject spec) {
        JsonObject filled = orElse(spec, "failurePolicy", "Fail");
        return edit(filled, AdmissionDefaults::match, "matchConstraints");
    }

    private static JsonObject match(JsonObject match) {
        JsonObject filled = selectors(match);
        for (String rules : new String[] {"resourceRules", "excludeResourceRules"}) {
            filled = editEach(filled, rule -> orElse(rule, "scope", "*"), rules);
        }
        return filled;
    }

    private static JsonObject selectors(JsonObject about) {
        JsonObject filled = orElse(about, "matchPolicy", "Equivalent");
        filled = orElse(filled, "namespaceSelector", JsonObject.EMPTY);
        return orElse(filled, "objectSelector", JsonObject.EMPTY);
    }
}
