package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

class EventRecorderTest {
    private final ScriptedTransport server = new ScriptedTransport();
    private final EventRecorder recorder =
            new EventRecorder(
                    new KubeClient(server),
                    "scheduler",
                    "",
                    InstantSource.fixed(Instant.parse("2026-01-02T03:04:05.678Z")),
                    Runnable::run);
    private final EventSubject pod =
            EventSubject.of(
                    ResourceType.POD,
                    new GenericObject(
                            JsonObject.of(
                                    "metadata",
                                    JsonObject.of(
                                            "name",
                                            Json.of("web"),
                                            "namespace",
                                            Json.of("shop"),
                                            "uid",
                                            Json.of("u1")))));

    @Test
    void createsAnEventBesideItsSubject() {
        server.answers = request -> request.body().map(body -> (JsonObject) body).orElseThrow();
        recorder.normal(pod, "Scheduled", "went to node-1");

        ApiRequest request = server.sent.getFirst();
        assertThat(request.path()).isEqualTo("/api/v1/namespaces/shop/events");
        JsonObject event = (JsonObject) request.body().orElseThrow();
        assertThat(event.text("involvedObject", "uid")).isEqualTo("u1");
        assertThat(event.text("firstTimestamp")).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(event.text("type")).isEqualTo("Normal");
    }

    @Test
    void countsUpWhatHappensAgain() {
        server.answers = request -> JsonObject.EMPTY;
        recorder.warning(pod, "FailedScheduling", "no node");
        recorder.warning(pod, "FailedScheduling", "no node");
        recorder.warning(pod, "FailedScheduling", "no node");

        assertThat(server.sent)
                .extracting(ApiRequest::method)
                .containsExactly(
                        ApiRequest.Method.POST, ApiRequest.Method.PATCH, ApiRequest.Method.PATCH);
        assertThat(server.sent.getLast().body().orElseThrow().number(0, "count")).isEqualTo(3);
    }

    @Test
    void losesAnEventThatTheServerRefuses() {
        server.answers =
                request -> {
                    throw new ApiException(Status.badRequest("namespace ends"));
                };
        recorder.normal(pod, "Scheduled", "went to node-1");
        recorder.normal(pod, "Scheduled", "went to node-1");
        assertThat(server.sent).hasSize(2);
    }
}
