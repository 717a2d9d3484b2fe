package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.CustomDefinition;
import io.fairlead.api.CustomVersion;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Has a definition's webhook turn objects from one version into another. Safe for use by many threads.
final class WebhookConversion implements CustomVersion.Conversion {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final WebhookClient client;
    private final RandomGenerator random;
    private final JsonObject webhook;
    private final String kind;

    private WebhookConversion(
            WebhookClient client, RandomGenerator random, JsonObject webhook, String kind) {
        this.client = client;
        this.random = random;
        this.webhook = webhook;
        this.kind = kind;
    }

    static CustomVersion.Conversion of(
            CustomDefinition definition, WebhookClient client, RandomGenerator random) {
        JsonObject conversion = definition.tree().object("spec", "conversion");
        return conversion.text("strategy").equals("Webhook")
                ? new WebhookConversion(
                        client,
                        random,
                        conversion.object("webhook"),
                        definition.group() + ", Kind=" + definition.names().text("kind"))
                : CustomVersion.Conversion.NONE;
    }

    @Override
    public List<JsonObject> convert(List<JsonObject> objects, String apiVersion) {
        UUID uid = new UUID(random.nextLong(), random.nextLong());
        boolean speaksV1 = webhook.list("conversionReviewVersions").contains(Json.of("v1"));
        JsonObject review =
                JsonObject.of(
                        "kind",
                        Json.of("ConversionReview"),
                        "apiVersion",
                        Json.of("apiextensions.k8s.io/" + (speaksV1 ? "v1" : "v1beta1")),
                        "request",
                        JsonObject.of(
                                "uid",
                                Json.of(uid.toString()),
                                "desiredAPIVersion",
                                Json.of(apiVersion),
                                "objects",
                                JsonArray.from(objects, object -> object)));
        JsonObject response;
        try {
            response =
                    client.call(webhook.object("clientConfig"), review, TIMEOUT).object("response");
        } catch (IOException e) {
            throw failure("conversion webhook for %s failed: %s".formatted(kind, e.getMessage()));
        }
        if (!response.text("uid").equals(uid.toString())) {
            throw failure(
                    "conversion webhook for %s returned an answer to another request"
                            .formatted(kind));
        }
        if (!response.text("result", "status").equals("Success")) {
            String why = response.text("result", "message");
            throw failure(
                    "conversion webhook for %s failed: %s"
                            .formatted(kind, why.isEmpty() ? "it gave no reason" : why));
        }
        List<Json> converted = response.list("convertedObjects");
        if (converted.size() != objects.size()) {
            throw failure(
                    "conversion webhook for %s returned %d objects, expected %d"
                            .formatted(kind, converted.size(), objects.size()));
        }
        List<JsonObject> checked = new ArrayList<>(objects.size());
        for (int i = 0; i < objects.size(); i++) {
            checked.add(checked(objects.get(i), converted.get(i), apiVersion));
        }
        return checked;
    }

    // A webhook changes the version, not whose object it is.
    private JsonObject checked(JsonObject before, Json converted, String apiVersion) {
        if (!(converted instanceof JsonObject after)
                || !after.text("apiVersion").equals(apiVersion)) {
            throw failure(
                    "conversion webhook for %s returned invalid converted object: invalid groupVersion (expected %s, got %s)"
                            .formatted(kind, apiVersion, converted.text("apiVersion")));
        }
        for (String field : new String[] {"name", "namespace", "uid"}) {
            if (!before.text("metadata", field).equals(after.text("metadata", field))) {
                throw failure(
                        "conversion webhook for %s returned invalid metadata: metadata.%s changed"
                                .formatted(kind, field));
            }
        }
        JsonObject metadata = before.object("metadata");
        for (String field : new String[] {"labels", "annotations"}) {
            Json changed = after.object("metadata").get(field);
            metadata = changed == null ? metadata.without(field) : metadata.with(field, changed);
        }
        return after.with("metadata", metadata);
    }

    private static ApiException failure(String why) {
        return new ApiException(
                new Status(
                        500, "InternalError", "Internal error occurred: " + why, JsonObject.EMPTY));
    }
}
