package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Job;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class CronJobSimulationTest {
    private Instant now = Instant.parse("2026-01-01T00:00:30Z");
    private final CronJobController controller = new CronJobController(() -> now);
    private final Objects cluster = new Objects();
    private final Key key = new Key(ResourceType.CRON_JOB, new ObjectName("shop", "tick"));

    private void cron(String more) {
        cluster.add(
                "{apiVersion: batch/v1, kind: CronJob, metadata: {name: tick, namespace: shop}, spec: {schedule: '* * * * *', jobTemplate: {metadata: {labels: {a: b}}, spec: {template: {}}} %s}}"
                        .formatted(more));
        settle();
    }

    private void settle() {
        cluster.settle(controller, key);
    }

    private void at(String time) {
        now = Instant.parse(time);
        settle();
    }

    private List<String> jobs() {
        return cluster.index().list(ResourceType.JOB, "shop", Job::new).stream()
                .map(Job::name)
                .sorted()
                .toList();
    }

    private void end(String job, String condition) {
        JsonObject tree =
                cluster.index()
                        .find(new Key(ResourceType.JOB, new ObjectName("shop", job)))
                        .orElseThrow();
        cluster.add(
                tree.with(
                        "status",
                        Objects.yaml(
                                        "{completionTime: \""
                                                + now
                                                + "\", startTime: \""
                                                + now
                                                + "\"}")
                                .with(
                                        "conditions",
                                        JsonArray.of(
                                                Objects.yaml(
                                                        "{type: %s, status: \"True\"}"
                                                                .formatted(condition))))));
        settle();
    }

    private JsonObject status() {
        return cluster.index().find(key).orElseThrow().object("status");
    }

    @Test
    void makesAJobForEachTimeAndRemembersIt() {
        cron("");
        assertThat(jobs()).isEmpty();
        at("2026-01-01T00:01:01Z");
        assertThat(jobs()).containsExactly("tick-29453761");
        assertThat(status().text("lastScheduleTime")).isEqualTo("2026-01-01T00:01:00Z");
        assertThat(status().list("active"))
                .extracting(one -> one.text("name"))
                .containsExactly("tick-29453761");
        settle();
        assertThat(jobs()).hasSize(1);
        end("tick-29453761", "Complete");
        assertThat(status().list("active")).isEmpty();
        assertThat(status().text("lastSuccessfulTime")).isEqualTo("2026-01-01T00:01:01Z");
        assertThat(cluster.told())
                .containsExactly(
                        "SuccessfulCreate: Created job tick-29453761",
                        "SawCompletedJob: Saw completed job: tick-29453761, condition: Complete");
        at("2026-01-01T00:02:01Z");
        assertThat(jobs()).containsExactly("tick-29453761", "tick-29453762");
    }

    @Test
    void startsOnlyTheLatestOfThoseItMissed() {
        cron("");
        at("2026-01-01T00:10:01Z");
        assertThat(jobs()).containsExactly("tick-29453770");
    }

    @Test
    void waitsForTheJobBeforeWhereTwoAreForbidden() {
        cron(", concurrencyPolicy: Forbid");
        at("2026-01-01T00:01:01Z");
        at("2026-01-01T00:02:01Z");
        assertThat(jobs()).containsExactly("tick-29453761");
        assertThat(cluster.told()).anyMatch(told -> told.startsWith("JobAlreadyActive"));
        end("tick-29453761", "Complete");
        assertThat(jobs()).hasSize(2);
    }

    @Test
    void replacesTheJobBefore() {
        cron(", concurrencyPolicy: Replace");
        at("2026-01-01T00:01:01Z");
        at("2026-01-01T00:02:01Z");
        assertThat(jobs()).containsExactly("tick-29453762");
    }

    @Test
    void missesWhatIsTooLate() {
        cron(", startingDeadlineSeconds: 10");
        at("2026-01-01T00:01:20Z");
        assertThat(jobs()).isEmpty();
        assertThat(cluster.told()).anyMatch(told -> told.startsWith("MissSchedule"));
    }

    @Test
    void keepsAsManyEndedJobsAsWished() {
        cron(", successfulJobsHistoryLimit: 1");
        for (int minute = 1; minute <= 3; minute++) {
            at("2026-01-01T00:0" + minute + ":01Z");
            end("tick-2945376" + minute, "Complete");
        }
        assertThat(jobs()).containsExactly("tick-29453763");
        assertThat(cluster.told()).contains("SuccessfulDelete: Deleted job tick-29453761");
    }

    @Test
    void restsWhileItIsSuspended() {
        cron(", suspend: true");
        at("2026-01-01T00:05:01Z");
        assertThat(jobs()).isEmpty();
    }
}
