package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaSetControllerTest {
    private static final Instant NOW = Instant.parse("2026-01-02T00:00:10Z");

    private final ReplicaSetController controller =
            new ReplicaSetController(InstantSource.fixed(NOW));
    private final Objects cluster = new Objects();
    private final Key key = Objects.key(set(3, 0));

    private JsonObject set(int replicas, int minReadySeconds) {
        return cluster.add(
                """
                apiVersion: apps/v1
                kind: ReplicaSet
                metadata: {name: web, namespace: shop, generation: 2}
                spec:
                  replicas: %d
                  minReadySeconds: %d
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}, annotations: {note: x}}
                    spec: {containers: [{name: main, image: web}]}
                """
                        .formatted(replicas, minReadySeconds));
    }

    private Plan step() {
        Plan plan = controller.reconcile(cluster.index(), key);
        cluster.apply(plan);
        return plan;
    }

    private List<Pod> pods() {
        return cluster.index().list(ResourceType.POD, "shop", Pod::new);
    }

    private ReplicaSet seen() {
        return cluster.index().find(key, ReplicaSet::new).orElseThrow();
    }

    @Test
    void makesPodsFromItsTemplate() {
        step();
        step();
        assertThat(pods()).hasSize(3);
        Pod pod = pods().getFirst();
        assertThat(pod.labels()).containsEntry("app", "web");
        assertThat(pod.annotations()).containsEntry("note", "x");
        assertThat(Ownership.isControlledBy(pod, "uid-web")).isTrue();
        assertThat(seen().currentReplicas()).isEqualTo(3);
        assertThat(seen().tree().number(0, "status", "observedGeneration")).isEqualTo(2);
        assertThat(controller.reconcile(cluster.index(), key)).isEqualTo(Plan.NOTHING);
    }

    @Test
    void takesOrphansThatItSelects() {
        cluster.pod("a", "web", "10.244.1.5");
        step();
        step();
        assertThat(pods()).hasSize(3);
        assertThat(pods()).allMatch(pod -> Ownership.isControlledBy(pod, "uid-web"));
    }

    @Test
    void letsPodsGoThatItNoLongerSelects() {
        step();
        Pod first = pods().getFirst();
        cluster.add(first.tree().withAt(Json.of("other"), "metadata", "labels", "app"));
        step();
        step();
        assertThat(pods()).hasSize(4);
        assertThat(pods().stream().filter(pod -> pod.controllerReference().isEmpty()))
                .extracting(Pod::name)
                .containsExactly(first.name());
    }

    @Test
    void endsThePodsThatAreMissedLeast() {
        step();
        List<Pod> made = pods();
        for (Pod pod : made.subList(0, 2)) {
            cluster.add(
                    pod.tree()
                            .withAt(Json.of("node-1"), "spec", "nodeName")
                            .withAt(Json.of("Running"), "status", "phase"));
        }
        set(2, 0);
        step();
        assertThat(pods()).extracting(Pod::name).doesNotContain(made.get(2).name()).hasSize(2);
    }

    @Test
    void replacesPodsThatFinishedOrEnd() {
        step();
        cluster.add(Objects.ending(pods().getFirst().tree()));
        step();
        assertThat(pods()).hasSize(4);
    }

    @Test
    void countsPodsAsAvailableAfterTheirTimeOnly() {
        set(1, 15);
        JsonObject pod = cluster.pod("a", "web", "10.244.1.5");
        step();
        Plan plan = step();
        assertThat(seen().readyReplicas()).isEqualTo(1);
        assertThat(seen().availableReplicas()).isZero();
        assertThat(plan.again()).contains(Duration.ofSeconds(5));
        assertThat(pod).isNotNull();
    }

    @Test
    void doesNothingButCountWhileItIsBeingDeleted() {
        cluster.add(Objects.ending(seen().tree()));
        step();
        assertThat(pods()).isEmpty();
    }
}
