package io.fairlead.apiserver;

import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;

/// Lets webhooks refuse what is written, after everybody who may change it has done so.
final class ValidatingWebhooks implements Admission.Judge {
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
    public void judge(AdmissionRequest request) {
        for (Webhooks.Hook hook : Webhooks.all(TYPE, request.write().snapshot())) {
            webhooks.ask(hook.tree(), request);
        }
    }
}
