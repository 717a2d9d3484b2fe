package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.DecodingException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonPatch;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.api.Status;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// Lets webhooks change what is written, one after the other; those that asked for it look a second time when a later one changed something.
final class MutatingWebhooks implements Admission.Changer {
    static final ResourceType TYPE =
            new ResourceType(
                    "admissionregistration.k8s.io",
                    "v1",
                    "mutatingwebhookconfigurations",
                    "MutatingWebhookConfiguration",
                    Scope.CLUSTER);

    private final Webhooks webhooks;
    private final ObjectRules rules;

    MutatingWebhooks(Webhooks webhooks, ObjectRules rules) {
        this.webhooks = webhooks;
        this.rules = rules;
    }

    @Override
    public AdmissionRequest change(AdmissionRequest request, AdmissionPass.Turn turn) {
        AdmissionRequest current = request;
        for (Webhooks.Hook hook : Webhooks.all(TYPE, request.write().snapshot())) {
            if (!turn.isDue(hook.id())) {
                continue;
            }
            Optional<Webhooks.Reply> reply = webhooks.ask(hook.tree(), current);
            if (reply.isEmpty()) {
                continue;
            }
            if (current.object().isPresent()) {
                JsonObject before = current.object().get();
                JsonObject changed = patched(hook.tree(), current, reply.get());
                if (!changed.equals(before)) {
                    turn.changed();
                    current = current.with(changed);
                }
            }
            if (hook.tree().text("reinvocationPolicy").equals("IfNeeded")) {
                turn.callBack(hook.id());
            }
        }
        return current;
    }

    private JsonObject patched(JsonObject hook, AdmissionRequest request, Webhooks.Reply reply) {
        JsonObject object = request.object().orElseThrow();
        String patch = reply.response().text("patch");
        if (patch.isEmpty()) {
            return object;
        }
        if (!reply.response().text("patchType").equals("JSONPatch")) {
            throw failure(
                    hook,
                    "unexpected patch type \"%s\"".formatted(reply.response().text("patchType")));
        }
        try {
            Json operations =
                    JsonReader.read(
                            new String(Base64.getDecoder().decode(patch), StandardCharsets.UTF_8));
            JsonObject known = reply.known().object().orElseThrow();
            return request.restored(
                    rules.normalized(reply.known(), JsonPatch.apply(known, operations)),
                    reply.known().resource());
        } catch (IllegalArgumentException
                | JsonSyntaxException
                | DecodingException
                | ApiException e) {
            throw failure(hook, String.valueOf(e.getMessage()));
        }
    }

    private static ApiException failure(JsonObject hook, String why) {
        return new ApiException(
                new Status(
                        500,
                        "InternalError",
                        "Internal error occurred: admission webhook \"%s\" attempted to modify the object, which failed: %s"
                                .formatted(hook.text("name"), why),
                        JsonObject.EMPTY));
    }
}
