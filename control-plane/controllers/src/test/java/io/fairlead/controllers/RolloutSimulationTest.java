package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Deployment;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// Deployments, replica sets and pods that come up and go in any order.
class RolloutSimulationTest {
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2026-01-02T00:00:10Z"));

    private final DeploymentController deployments = new DeploymentController(CLOCK);
    private final ReplicaSetController sets = new ReplicaSetController(CLOCK);
    private final Objects cluster = new Objects();

    private Key deployment(String image, int replicas, String strategy) {
        JsonObject wanted =
                Objects.yaml(
                        """
                        apiVersion: apps/v1
                        kind: Deployment
                        metadata: {name: web, namespace: shop}
                        spec:
                          replicas: %d
                          strategy: %s
                          selector: {matchLabels: {app: web}}
                          template:
                            metadata: {labels: {app: web}}
                            spec: {containers: [{name: main, image: "%s"}]}
                        """
                                .formatted(replicas, strategy, image));
        Key key = Objects.key(wanted);
        JsonObject before = cluster.index().find(key).orElse(wanted);
        long generation = before.number(0, "metadata", "generation") + 1;
        cluster.add(
                before.with("spec", wanted.object("spec"))
                        .withAt(Json.of(generation), "metadata", "generation"));
        return key;
    }

    private static String rolling(String surge, String unavailable) {
        return "{type: RollingUpdate, rollingUpdate: {maxSurge: %s, maxUnavailable: %s}}"
                .formatted(surge, unavailable);
    }

    private List<Pod> pods() {
        List<Pod> pods = new ArrayList<>(cluster.index().list(ResourceType.POD, "shop", Pod::new));
        pods.sort(Comparator.comparing(Pod::name));
        return pods;
    }

    private List<ReplicaSet> sets() {
        List<ReplicaSet> all =
                new ArrayList<>(
                        cluster.index().list(ResourceType.REPLICA_SET, "shop", ReplicaSet::new));
        all.sort(Comparator.comparing(ReplicaSet::name));
        return all;
    }

    private Deployment seen(Key key) {
        return cluster.index().find(key, Deployment::new).orElseThrow();
    }

    private boolean isComplete(Key key) {
        Deployment deployment = seen(key);
        return deployment
                        .condition("Progressing")
                        .filter(done -> done.text("reason").equals("NewReplicaSetAvailable"))
                        .isPresent()
                && deployment.observedGeneration() == deployment.generation()
                && deployment.tree().number(0, "status", "updatedReplicas") == deployment.replicas()
                && deployment.tree().number(0, "status", "replicas") == deployment.replicas()
                && deployment.tree().number(0, "status", "availableReplicas")
                        == deployment.replicas()
                && pods().size() == deployment.replicas();
    }

    /// One thing happens.
    private void step(Key key, RandomGenerator random) {
        switch (random.nextInt(3)) {
            case 0 -> cluster.apply(deployments.reconcile(cluster.index(), key));
            case 1 -> {
                List<ReplicaSet> all = sets();
                if (!all.isEmpty()) {
                    ReplicaSet any = all.get(random.nextInt(all.size()));
                    cluster.apply(sets.reconcile(cluster.index(), Objects.key(any.tree())));
                }
            }
            default -> {
                List<Pod> waiting = pods().stream().filter(pod -> !pod.isReady()).toList();
                if (!waiting.isEmpty()) {
                    ready(waiting.get(random.nextInt(waiting.size())));
                }
            }
        }
    }

    private void ready(Pod pod) {
        cluster.add(
                pod.tree()
                        .with(
                                "status",
                                Objects.yaml(
                                        "{phase: Running, conditions: [{type: Ready, status:"
                                                + " \"True\", lastTransitionTime:"
                                                + " \"2026-01-02T00:00:00Z\"}]}")));
    }

    private void run(Key key, RandomGenerator random, long seed, Runnable invariant) {
        for (int i = 0; i < 20_000; i++) {
            step(key, random);
            invariant.run();
            if (isComplete(key)) {
                return;
            }
        }
        throw new AssertionError("seed " + seed + " never completes: " + seen(key).tree());
    }

    @Test
    void staysWithinItsLimitsWhateverHappensFirst() {
        for (long seed = 0; seed < 100; seed++) {
            RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            for (Pod pod : pods()) {
                cluster.remove(ResourceType.POD, pod.objectName());
            }
            for (ReplicaSet set : sets()) {
                cluster.remove(ResourceType.REPLICA_SET, set.objectName());
            }
            int replicas = 1 + random.nextInt(7);
            String[][] limits = {{"25%", "25%"}, {"1", "0"}, {"0", "1"}, {"0", "0"}, {"50%", "2"}};
            String[] limit = limits[random.nextInt(limits.length)];
            String strategy = rolling(limit[0], limit[1]);
            Key key = deployment("v1-" + seed, replicas, strategy);
            run(key, random, seed, () -> {});

            deployment("v2-" + seed, replicas, strategy);
            Deployment wanted = seen(key);
            String what = "seed " + seed + " limits " + String.join("/", limit);
            run(
                    key,
                    random,
                    seed,
                    () -> {
                        // What is asked for counts, not what has ended by now.
                        long asked = sets().stream().mapToInt(ReplicaSet::replicas).sum();
                        long ready = pods().stream().filter(Pod::isReady).count();
                        assertThat(asked)
                                .as(what)
                                .isLessThanOrEqualTo(wanted.replicas() + wanted.maxSurge());
                        assertThat(ready)
                                .as(what)
                                .isGreaterThanOrEqualTo(
                                        wanted.replicas() - wanted.maxUnavailable());
                    });
            String image = "v2-" + seed;
            assertThat(pods()).as(what).allMatch(pod -> image(pod).equals(image));
        }
    }

    @Test
    void recreatesOnlyAfterTheOldPodsAreGone() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
        Key key = deployment("v1", 3, "{type: Recreate}");
        run(key, random, 7, () -> {});
        deployment("v2", 3, "{type: Recreate}");
        run(
                key,
                random,
                7,
                () ->
                        assertThat(pods().stream().map(RolloutSimulationTest::image).distinct())
                                .hasSizeLessThanOrEqualTo(1));
        assertThat(pods()).allMatch(pod -> image(pod).equals("v2"));
    }

    @Test
    void numbersItsRevisionsAndComesBackToAnEarlierOne() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
        Key key = deployment("v1", 2, rolling("1", "0"));
        run(key, random, 3, () -> {});
        assertThat(seen(key).annotations()).containsEntry(Deployment.REVISION, "1");
        deployment("v2", 2, rolling("1", "0"));
        run(key, random, 3, () -> {});
        assertThat(seen(key).annotations()).containsEntry(Deployment.REVISION, "2");
        deployment("v1", 2, rolling("1", "0"));
        run(key, random, 3, () -> {});
        assertThat(seen(key).annotations()).containsEntry(Deployment.REVISION, "3");
        assertThat(sets()).hasSize(2);
        assertThat(pods()).allMatch(pod -> image(pod).equals("v1"));
    }

    @Test
    void scalesWithoutARollout() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(4);
        Key key = deployment("v1", 2, rolling("1", "0"));
        run(key, random, 4, () -> {});
        deployment("v1", 5, rolling("1", "0"));
        run(key, random, 4, () -> {});
        deployment("v1", 0, rolling("1", "0"));
        run(key, random, 4, () -> {});
        assertThat(sets()).hasSize(1);
        assertThat(pods()).isEmpty();
    }

    @Test
    void scalesButDoesNotRollWhilePaused() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(5);
        Key key = deployment("v1", 2, rolling("1", "0"));
        run(key, random, 5, () -> {});
        deployment("v2", 3, rolling("1", "0"));
        cluster.add(seen(key).tree().withAt(Json.of(true), "spec", "paused"));
        for (int i = 0; i < 200; i++) {
            step(key, random);
        }
        assertThat(pods()).hasSize(3).allMatch(pod -> image(pod).equals("v1"));
        assertThat(seen(key).condition("Progressing").orElseThrow().text("reason"))
                .isEqualTo("DeploymentPaused");
    }

    @Test
    void keepsAsMuchHistoryAsWished() {
        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(6);
        Key key = deployment("v0", 1, rolling("1", "0"));
        run(key, random, 6, () -> {});
        for (int i = 1; i < 5; i++) {
            deployment("v" + i, 1, rolling("1", "0"));
            cluster.add(seen(key).tree().withAt(Json.of(2), "spec", "revisionHistoryLimit"));
            run(key, random, 6, () -> {});
        }
        for (int i = 0; i < 50; i++) {
            step(key, random);
        }
        assertThat(sets()).hasSize(3);
    }

    private static String image(Pod pod) {
        return pod.containers().getFirst().text("image");
    }
}
