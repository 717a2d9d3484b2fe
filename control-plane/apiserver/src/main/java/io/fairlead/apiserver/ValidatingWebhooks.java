package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import java.util.List;
import java.util.Optional;

/// Lets webhooks refuse what is written, after everybody who may change it has done so.
final class ValidatingWebhooks implements Admission.Step {
    static final ResourceType TYPE =
            new ResourceType(
                    "admissionregistration.k8s.io",
                    "v1",
                    "validatingwebhookconfigurations",
                    "ValidatingWebhookConfiguration",
                    Scope.CLUSTER);

    private final Webhooks webhooks;

    ValidatingWebhooks(Webhooks webhooks) {
        this.webhooks = webhooks;
    }

    @Override
    public void validate(Optional<JsonObject> before, JsonObject object, Write write) {
        List<JsonObject> all = Webhooks.all(TYPE, write.snapshot());
        if (!all.isEmpty() && write.part() != Write.Part.INTERNAL) {
            AdmissionRequest request = AdmissionRequest.ofWrite(before, object, write);
            all.forEach(hook -> webhooks.ask(hook, request));
        }
    }

    @Override
    public void delete(JsonObject object, Write write) {
        List<JsonObject> all = Webhooks.all(TYPE, write.snapshot());
        if (!all.isEmpty() && write.part() != Write.Part.INTERNAL) {
            AdmissionRequest request = AdmissionRequest.ofDelete(object, write);
            all.forEach(hook -> webhooks.ask(hook, request));
        }
    }
}
