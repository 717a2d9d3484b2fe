package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.expressions.Budget;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Asks the webhooks of one sort of configuration about a write. Safe for use by many threads.
final class Webhooks {
    private static final int SECONDS_MAX = 30;
    private static final long SECONDS_USUAL = 10;

    private final WebhookClient client;
    private final AdmissionMatch match;
    private final PolicyExpressions expressions;
    private final RandomGenerator random;

    Webhooks(
            WebhookClient client,
            AdmissionMatch match,
            PolicyExpressions expressions,
            RandomGenerator random) {
        this.client = client;
        this.match = match;
        this.expressions = expressions;
        this.random = random;
    }

    /// All webhooks of a sort, in the order of their configurations' names.
    static List<Hook> all(ResourceType configurations, Snapshot<StoredObject> snapshot) {
        List<Hook> all = new ArrayList<>();
        for (Stored<StoredObject> stored : snapshot.list(StorageKeys.prefix(configurations))) {
            for (Json hook : stored.value().tree().list("webhooks")) {
                all.add(new Hook(stored.key() + "/" + hook.text("name"), (JsonObject) hook));
            }
        }
        return all;
    }

    /// @param id unique among all webhooks
    record Hook(String id, JsonObject tree) {}

    /// What a webhook said.
    ///
    /// @param known the request as the webhook got it
    record Reply(AdmissionRequest known, JsonObject response) {}

    /// Asks a webhook; empty when the write is none of its business, or it cannot be asked and that shall not matter.
    ///
    /// @throws ApiException when it refuses, or must be asked and cannot
    Optional<Reply> ask(JsonObject hook, AdmissionRequest request) {
        String name = hook.text("name");
        Optional<AdmissionRequest> matched = match.ofWebhook(hook, request);
        if (matched.isEmpty() || !conditionsHold(hook, request, matched.get())) {
            return Optional.empty();
        }
        requireDryRun(hook, request);
        AdmissionRequest known = matched.get();
        UUID uid = new UUID(random.nextLong(), random.nextLong());
        JsonObject review =
                JsonObject.of(
                        "kind",
                        Json.of("AdmissionReview"),
                        "apiVersion",
                        Json.of("admission.k8s.io/v1"),
                        "request",
                        request.tree(uid, known));
        JsonObject response;
        try {
            response =
                    response(client.call(hook.object("clientConfig"), review, timeout(hook)), uid);
        } catch (IOException e) {
            return unanswered(hook, "failed to call webhook: " + e.getMessage());
        } catch (IllegalArgumentException e) {
            return unanswered(hook, String.valueOf(e.getMessage()));
        }
        response.list("warnings")
                .forEach(warning -> request.write().warnings().add(warning.text()));
        if (!response.flag("allowed")) {
            throw new ApiException(denied(name, response.object("status")));
        }
        return Optional.of(new Reply(known, response));
    }

    private boolean conditionsHold(
            JsonObject hook, AdmissionRequest request, AdmissionRequest known) {
        List<Json> conditions = hook.list("matchConditions");
        if (conditions.isEmpty()) {
            return true;
        }
        try {
            return PolicyExpressions.hold(
                    conditions.stream()
                            .map(each -> expressions.compile(each.text("expression")))
                            .toList(),
                    expressions.variables(request, known),
                    new Budget(Budget.CONDITIONS_MAX));
        } catch (EvaluationFailure e) {
            if (hook.text("failurePolicy").equals("Ignore")) {
                return false;
            }
            throw new ApiException(
                    Status.about(
                            403,
                            "Forbidden",
                            "%s \"%s\" is forbidden: expression evaluation failed for matchConditions of webhook \"%s\": %s"
                                    .formatted(
                                            request.type().qualifiedPlural(),
                                            request.name().name(),
                                            hook.text("name"),
                                            e.getMessage()),
                            request.type(),
                            request.name().name()));
        }
    }

    private static void requireDryRun(JsonObject hook, AdmissionRequest request) {
        String effects = hook.text("sideEffects");
        boolean isHarmless = effects.equals("None") || effects.equals("NoneOnDryRun");
        if (request.write().isDryRun() && !isHarmless) {
            throw new ApiException(
                    Status.badRequest(
                            "admission webhook \"%s\" does not support dry run"
                                    .formatted(hook.text("name"))));
        }
    }

    private static Duration timeout(JsonObject hook) {
        return Duration.ofSeconds(
                Math.clamp(hook.number(SECONDS_USUAL, "timeoutSeconds"), 1, SECONDS_MAX));
    }

    private static JsonObject response(JsonObject review, UUID uid) throws IOException {
        if (!review.text("kind").equals("AdmissionReview")
                || !review.text("apiVersion").equals("admission.k8s.io/v1")) {
            throw new IOException(
                    "expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got %s, Kind=%s"
                            .formatted(review.text("apiVersion"), review.text("kind")));
        }
        JsonObject response = review.object("response");
        if (!review.has("response")) {
            throw new IOException("webhook response was absent");
        }
        if (!response.text("uid").equals(uid.toString())) {
            throw new IOException(
                    "expected response.uid=\"%s\", got \"%s\""
                            .formatted(uid, response.text("uid")));
        }
        return response;
    }

    private static Optional<Reply> unanswered(JsonObject hook, String why) {
        if (hook.text("failurePolicy").equals("Ignore")) {
            return Optional.empty();
        }
        throw new ApiException(
                new Status(
                        500,
                        "InternalError",
                        "Internal error occurred: failed calling webhook \"%s\": %s"
                                .formatted(hook.text("name"), why),
                        JsonObject.of(
                                "causes",
                                JsonArray.of(
                                        JsonObject.of(
                                                "message",
                                                Json.of(
                                                        "failed calling webhook \"%s\": %s"
                                                                .formatted(
                                                                        hook.text("name"),
                                                                        why)))))));
    }

    private static Status denied(String name, JsonObject status) {
        String by = "admission webhook \"" + name + "\" denied the request";
        String message = status.text("message");
        String reason = status.text("reason");
        String told =
                !message.isEmpty()
                        ? by + ": " + message
                        : !reason.isEmpty() ? by + ": " + reason : by + " without explanation";
        int code = (int) status.number(0, "code");
        return new Status(code < 400 ? 400 : code, reason, told, status.object("details"));
    }
}
