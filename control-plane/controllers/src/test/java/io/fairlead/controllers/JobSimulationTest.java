package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobSimulationTest {
    private Instant now = Instant.parse("2026-01-02T00:00:00Z");
    private final JobController controller = new JobController(() -> now);
    private final Objects cluster = new Objects();
    private Key key = ServicePods.service("", "");

    private void job(String... spec) {
        key =
                Objects.key(
                        cluster.add(
                                """
                                apiVersion: batch/v1
                                kind: Job
                                metadata: {name: sum, namespace: shop}
                                spec:
                                  %s
                                  selector: {matchLabels: {job: sum}}
                                  template:
                                    metadata: {labels: {job: sum}}
                                    spec: {restartPolicy: Never, containers: [{name: main}]}
                                """
                                        .formatted(String.join("\n  ", spec))));
        settle();
    }

    private void settle() {
        cluster.settle(controller, key);
    }

    private List<Pod> active() {
        return cluster.index().list(ResourceType.POD, "shop", Pod::new).stream()
                .filter(Pod::isActive)
                .sorted(Comparator.comparing(Pod::name))
                .toList();
    }

    private void end(Pod pod, String phase) {
        cluster.phase(pod.name(), phase, now.toString());
        settle();
    }

    private void exit(Pod pod, int code) {
        JsonObject ended = cluster.phase(pod.name(), "Failed", now.toString());
        cluster.add(
                ended.withAt(
                        JsonArray.of(
                                Objects.yaml(
                                        "{name: main, state: {terminated: {exitCode: %d, finishedAt: \"%s\"}}}"
                                                .formatted(code, now))),
                        "status",
                        "containerStatuses"));
        settle();
    }

    private JsonObject status() {
        return cluster.index().find(key).orElseThrow().object("status");
    }

    private List<String> conditions() {
        return status().list("conditions").stream()
                .map(one -> one.text("type") + " " + one.text("status") + " " + one.text("reason"))
                .toList();
    }

    private void later(long seconds) {
        now = now.plusSeconds(seconds);
        settle();
    }

    @Test
    void completesAfterEnoughPodsSucceeded() {
        job("parallelism: 2", "completions: 3");
        assertThat(active()).hasSize(2);
        assertThat(active().getFirst().tree().list("metadata", "finalizers"))
                .containsExactly(Json.of("batch.kubernetes.io/job-tracking"));
        end(active().getFirst(), "Succeeded");
        assertThat(active()).hasSize(2);
        end(active().getFirst(), "Succeeded");
        assertThat(active()).hasSize(1);
        end(active().getFirst(), "Succeeded");
        assertThat(status().number(0, "succeeded")).isEqualTo(3);
        assertThat(conditions())
                .containsExactly(
                        "SuccessCriteriaMet True CompletionsReached",
                        "Complete True CompletionsReached");
        assertThat(status().text("completionTime")).isEqualTo("2026-01-02T00:00:00Z");
        assertThat(cluster.told()).endsWith("Completed: Job completed");
        assertThat(cluster.index().list(ResourceType.POD, "shop"))
                .allMatch(pod -> pod.list("metadata", "finalizers").isEmpty());
    }

    @Test
    void countsAPodAlthoughItIsGone() {
        job("completions: 2");
        Pod pod = active().getFirst();
        end(pod, "Succeeded");
        cluster.remove(ResourceType.POD, pod.objectName());
        settle();
        assertThat(status().number(0, "succeeded")).isEqualTo(1);
        end(active().getFirst(), "Succeeded");
        assertThat(conditions()).contains("Complete True CompletionsReached");
    }

    @Test
    void triesAgainLaterAndLaterAndGivesUpAtItsLimit() {
        job("completions: 1", "backoffLimit: 1");
        end(active().getFirst(), "Failed");
        assertThat(active()).isEmpty();
        later(9);
        assertThat(active()).isEmpty();
        later(2);
        assertThat(active()).hasSize(1);
        end(active().getFirst(), "Failed");
        assertThat(conditions())
                .containsExactly(
                        "FailureTarget True BackoffLimitExceeded",
                        "Failed True BackoffLimitExceeded");
        assertThat(status().number(0, "failed")).isEqualTo(2);
        assertThat(cluster.told())
                .endsWith("BackoffLimitExceeded: Job has reached the specified backoff limit");
    }

    @Test
    void endsAtItsDeadline() {
        job("completions: 1", "activeDeadlineSeconds: 5");
        later(6);
        assertThat(cluster.index().list(ResourceType.POD, "shop")).isEmpty();
        assertThat(conditions())
                .containsExactly(
                        "FailureTarget True DeadlineExceeded", "Failed True DeadlineExceeded");
    }

    @Test
    void givesEachPodAnIndex() {
        job("completions: 3", "parallelism: 3", "completionMode: Indexed");
        assertThat(active())
                .extracting(
                        pod -> pod.annotations().get("batch.kubernetes.io/job-completion-index"))
                .containsExactly("0", "1", "2");
        Pod first = active().getFirst();
        assertThat(first.tree().text("spec", "hostname")).isEqualTo("sum-0");
        assertThat(first.containers().getFirst().list("env").getFirst().text("name"))
                .isEqualTo("JOB_COMPLETION_INDEX");
        List<Pod> all = active();
        end(all.get(0), "Succeeded");
        end(all.get(2), "Succeeded");
        assertThat(status().text("completedIndexes")).isEqualTo("0,2");
        end(all.get(1), "Succeeded");
        assertThat(status().text("completedIndexes")).isEqualTo("0-2");
        assertThat(conditions()).contains("Complete True CompletionsReached");
    }

    @Test
    void failsAnIndexByItself() {
        job(
                "completions: 2",
                "parallelism: 2",
                "completionMode: Indexed",
                "backoffLimitPerIndex: 0");
        List<Pod> all = active();
        end(all.get(0), "Failed");
        assertThat(status().text("failedIndexes")).isEqualTo("0");
        end(all.get(1), "Succeeded");
        assertThat(conditions()).contains("Failed True FailedIndexes");
    }

    @Test
    void succeedsByItsOwnRules() {
        job(
                "completions: 2",
                "parallelism: 2",
                "completionMode: Indexed",
                "successPolicy: {rules: [{succeededIndexes: \"0\"}]}");
        List<Pod> all = active();
        end(all.get(0), "Succeeded");
        assertThat(cluster.index().find(Objects.key(all.get(1).tree()))).isEmpty();
        assertThat(conditions())
                .containsExactly(
                        "SuccessCriteriaMet True SuccessPolicy", "Complete True SuccessPolicy");
    }

    @Test
    void failsAtOnceWhereARuleSaysSo() {
        job(
                "completions: 1",
                "podFailurePolicy: {rules: [{action: FailJob, onExitCodes: {operator: In,"
                        + " values: [42]}}]}");
        Pod pod = active().getFirst();
        exit(pod, 42);
        assertThat(conditions()).contains("Failed True PodFailurePolicy");
        assertThat(status().list("conditions").getFirst().text("message"))
                .isEqualTo(
                        "Container main for pod shop/%s failed with exit code 42 matching FailJob rule at index 0"
                                .formatted(pod.name()));
    }

    @Test
    void restsWhileItIsSuspended() {
        job("completions: 1", "suspend: true");
        assertThat(active()).isEmpty();
        assertThat(conditions()).containsExactly("Suspended True JobSuspended");
        cluster.add(
                cluster.index().find(key).orElseThrow().withAt(Json.of(false), "spec", "suspend"));
        settle();
        assertThat(active()).hasSize(1);
        assertThat(conditions()).containsExactly("Suspended False JobResumed");
        assertThat(cluster.told()).contains("Suspended: Job suspended", "Resumed: Job resumed");
    }
}
