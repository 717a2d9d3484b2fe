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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Lets webhooks change what is written, one after the other; those that asked for it look a second time when a later one changed something.
final class MutatingWebhooks implements Admission.Step {
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
    public JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
        List<JsonObject> all = Webhooks.all(TYPE, write.snapshot());
        if (all.isEmpty() || write.part() == Write.Part.INTERNAL) {
            return object;
        }
        AdmissionRequest request = AdmissionRequest.ofWrite(before, object, write);
        Map<JsonObject, JsonObject> left = new HashMap<>();
        for (JsonObject hook : all) {
            Optional<JsonObject> changed = ask(hook, request);
            if (changed.isPresent()) {
                request = request.with(changed.get());
                left.put(hook, changed.get());
            }
        }
        for (JsonObject hook : all) {
            JsonObject seen = left.get(hook);
            boolean isDue =
                    seen != null
                            && hook.text("reinvocationPolicy").equals("IfNeeded")
                            && !request.object().orElseThrow().equals(seen);
            if (isDue) {
                request = request.with(ask(hook, request).orElse(request.object().orElseThrow()));
            }
        }
        return request.object().orElseThrow();
    }

    @Override
    public void delete(JsonObject object, Write write) {
        List<JsonObject> all = Webhooks.all(TYPE, write.snapshot());
        if (!all.isEmpty() && write.part() != Write.Part.INTERNAL) {
            AdmissionRequest request = AdmissionRequest.ofDelete(object, write);
            all.forEach(hook -> webhooks.ask(hook, request));
        }
    }

    /// The object as the webhook leaves it; empty when it was not asked.
    private Optional<JsonObject> ask(JsonObject hook, AdmissionRequest request) {
        return webhooks.ask(hook, request).map(reply -> patched(hook, request, reply));
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
            JsonObject changed =
                    rules.normalized(reply.known().resource(), JsonPatch.apply(known, operations));
            return request.resource()
                    .custom()
                    .map(version -> AdmissionMatch.converted(version, changed, request.resource()))
                    .orElse(changed);
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
