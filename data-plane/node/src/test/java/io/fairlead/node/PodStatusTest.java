package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PodStatusTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final ContainerState RUNNING = new ContainerState.Running(NOW);

    private static AssignedPod pod(String more) {
        return new AssignedPod(
                (JsonObject)
                        JsonReader.read(
                                "{\"metadata\":{\"name\":\"web\",\"namespace\":\"d\",\"uid\":\"u\"}"
                                        + more
                                        + "}"));
    }

    private static ContainerView view(
            ContainerSpec.Role role, ContainerState state, ContainerView.Readiness readiness) {
        JsonObject spec = JsonObject.of("name", Json.of("main"), "image", Json.of("busybox"));
        return new ContainerView(
                new ContainerSpec(spec, role),
                state,
                Optional.empty(),
                0,
                readiness,
                "",
                "",
                JsonObject.EMPTY,
                JsonObject.EMPTY);
    }

    private static ContainerState ended(int code) {
        return new ContainerState.Terminated(ContainerExit.of(code, NOW), NOW, "fairlead://x");
    }

    private static JsonObject status(AssignedPod pod, ContainerView... views) {
        return PodStatus.of(
                new PodView(
                        pod,
                        List.of("172.30.0.11"),
                        List.of("10.0.0.2"),
                        NOW,
                        List.of(views),
                        List.of(),
                        Optional.empty()),
                NOW);
    }

    private static Json condition(JsonObject status, String type) {
        return status.list("conditions").stream()
                .filter(condition -> condition.text("type").equals(type))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void runningAndReady() {
        JsonObject status =
                status(
                        pod(""),
                        view(ContainerSpec.Role.MAIN, RUNNING, ContainerView.Readiness.READY));
        assertThat(status.text("phase")).isEqualTo("Running");
        assertThat(condition(status, "Ready").text("status")).isEqualTo("True");
        assertThat(status.list("podIPs")).hasSize(1);
        assertThat(status.list("containerStatuses").getFirst().flag("ready")).isTrue();
    }

    @Test
    void unreadyContainersAreNamed() {
        JsonObject status =
                status(
                        pod(""),
                        view(ContainerSpec.Role.MAIN, RUNNING, ContainerView.Readiness.STARTED));
        assertThat(condition(status, "Ready").text("reason")).isEqualTo("ContainersNotReady");
        assertThat(condition(status, "Ready").text("message"))
                .isEqualTo("containers with unready status: [main]");
    }

    @Test
    void waitsForInitContainers() {
        JsonObject status =
                status(
                        pod(""),
                        view(ContainerSpec.Role.INIT, RUNNING, ContainerView.Readiness.STARTED),
                        view(
                                ContainerSpec.Role.MAIN,
                                ContainerState.INITIALIZING,
                                ContainerView.Readiness.NOT_STARTED));
        assertThat(status.text("phase")).isEqualTo("Pending");
        assertThat(condition(status, "Initialized").text("status")).isEqualTo("False");
    }

    @Test
    void phaseFollowsTheRestartPolicy() {
        ContainerView failed =
                view(ContainerSpec.Role.MAIN, ended(1), ContainerView.Readiness.NOT_STARTED);
        ContainerView done =
                view(ContainerSpec.Role.MAIN, ended(0), ContainerView.Readiness.NOT_STARTED);
        AssignedPod never = pod(",\"spec\":{\"restartPolicy\":\"Never\"}");
        AssignedPod onFailure = pod(",\"spec\":{\"restartPolicy\":\"OnFailure\"}");
        assertThat(status(never, failed).text("phase")).isEqualTo("Failed");
        assertThat(status(never, done).text("phase")).isEqualTo("Succeeded");
        assertThat(status(onFailure, failed).text("phase")).isEqualTo("Running");
        assertThat(status(pod(""), done).text("phase")).isEqualTo("Running");
        assertThat(condition(status(never, done), "Ready").text("reason"))
                .isEqualTo("PodCompleted");
    }

    @Test
    void keepsTheTimeOfAConditionThatDidNotTurn() {
        AssignedPod before =
                pod(
                        ",\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"lastTransitionTime\":\"2020-01-01T00:00:00Z\"}]}");
        JsonObject status =
                status(
                        before,
                        view(ContainerSpec.Role.MAIN, RUNNING, ContainerView.Readiness.READY));
        assertThat(condition(status, "Ready").text("lastTransitionTime"))
                .isEqualTo("2020-01-01T00:00:00Z");
        assertThat(condition(status, "ContainersReady").text("lastTransitionTime"))
                .isEqualTo("2026-01-02T03:04:05Z");
    }
}
