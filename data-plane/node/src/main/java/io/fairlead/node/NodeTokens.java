package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.KubeClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;

/// Asks the API server for pods' tokens, each bound to its pod.
final class NodeTokens implements VolumeSources.TokenSource {
    private final KubeClient client;
    private final InstantSource clock;

    NodeTokens(KubeClient client, InstantSource clock) {
        this.client = client;
        this.clock = clock;
    }

    @Override
    public VolumeSources.Token token(AssignedPod pod, String audience, long lifetimeSeconds) {
        JsonObject spec =
                JsonObject.builder()
                        .put(
                                "audiences",
                                audience.isEmpty()
                                        ? JsonArray.EMPTY
                                        : JsonArray.of(Json.of(audience)))
                        .put("expirationSeconds", lifetimeSeconds)
                        .put(
                                "boundObjectRef",
                                JsonObject.builder()
                                        .put("kind", "Pod")
                                        .put("apiVersion", "v1")
                                        .put("name", pod.name())
                                        .put("uid", pod.uid())
                                        .build())
                        .build();
        JsonObject request =
                JsonObject.builder()
                        .put("apiVersion", "authentication.k8s.io/v1")
                        .put("kind", "TokenRequest")
                        .put("spec", spec)
                        .build();
        JsonObject answer =
                client.post(
                        ResourceType.SERVICE_ACCOUNT,
                        new ObjectName(pod.namespace(), pod.serviceAccount()),
                        "token",
                        request);
        Instant now = clock.instant();
        return new VolumeSources.Token(
                answer.text("status", "token"),
                renewal(now, answer.text("status", "expirationTimestamp"), lifetimeSeconds));
    }

    /// At four fifths of its life, and after a day at the latest.
    private static Instant renewal(Instant now, String expiry, long lifetimeSeconds) {
        Duration life;
        try {
            life = Duration.between(now, Instant.parse(expiry));
        } catch (DateTimeParseException e) {
            life = Duration.ofSeconds(lifetimeSeconds);
        }
        Duration most = Duration.ofHours(24);
        Duration wait = life.multipliedBy(4).dividedBy(5);
        return now.plus(wait.compareTo(most) < 0 ? wait : most);
    }
}
