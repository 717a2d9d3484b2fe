package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pcollections.HashTreePMap;

class ControllerLoopTest {
    private static final InstantSource CLOCK =
            InstantSource.fixed(Instant.parse("2026-01-02T00:00:10Z"));

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Objects cluster = new Objects();
    private final List<JsonObject> created = new ArrayList<>();
    private final List<ObjectChange> unseen = new ArrayList<>();
    private int refusals;
    private CountDownLatch enough = new CountDownLatch(1);
    private long version = 1_000;

    /// Creates what it is asked to; its watch is the test's business.
    private final Transport server =
            new Transport() {
                @Override
                public synchronized JsonObject send(ApiRequest request) {
                    if (request.path().endsWith("/events")) {
                        return JsonObject.EMPTY;
                    }
                    if (request.method() != ApiRequest.Method.POST) {
                        return JsonObject.EMPTY;
                    }
                    if (refusals > 0) {
                        refusals--;
                        throw new ApiException(Status.badRequest("not now"));
                    }
                    version++;
                    JsonObject pod = (JsonObject) request.body().orElseThrow();
                    JsonObject stored =
                            pod.withAt(Json.of("web-" + version), "metadata", "name")
                                    .withAt(Json.of("uid-" + version), "metadata", "uid")
                                    .withAt(
                                            Json.of(String.valueOf(version)),
                                            "metadata",
                                            "resourceVersion");
                    created.add(stored);
                    unseen.add(
                            new ObjectChange(
                                    ResourceType.POD,
                                    Objects.key(stored).name(),
                                    Optional.empty(),
                                    Optional.of(stored)));
                    enough.countDown();
                    return stored;
                }

                @Override
                public Watch watch(ApiRequest request, WatchListener listener) {
                    throw new UnsupportedOperationException();
                }
            };

    private final ControllerLoop loop =
            new ControllerLoop(
                    new ReplicaSetController(CLOCK),
                    new WriteRunner(
                            new KubeClient(server),
                            new EventRecorder(
                                    new KubeClient(server), "test", "", CLOCK, Runnable::run),
                            Runnable::run),
                    Runnable::run,
                    timer,
                    4);
    private ClusterIndex index = ClusterIndex.EMPTY;

    @AfterEach
    void end() {
        timer.shutdownNow();
    }

    private void see(List<ObjectChange> changes, long podsUpTo) {
        ClusterDelta delta =
                new ClusterDelta(
                        changes,
                        HashTreePMap.<ResourceType, Long>singleton(ResourceType.POD, podsUpTo));
        index = index.apply(delta);
        loop.see(index, delta);
    }

    private ObjectChange set(int replicas, Optional<JsonObject> before) {
        JsonObject set =
                cluster.add(
                        """
                        apiVersion: apps/v1
                        kind: ReplicaSet
                        metadata: {name: web, namespace: shop}
                        spec:
                          replicas: %d
                          selector: {matchLabels: {app: web}}
                          template:
                            metadata: {labels: {app: web}}
                            spec: {containers: [{name: main, image: web}]}
                        """
                                .formatted(replicas));
        return new ObjectChange(
                ResourceType.REPLICA_SET, Objects.key(set).name(), before, Optional.of(set));
    }

    @Test
    void waitsForItsWritesToBeSeenBeforeItRunsAgain() {
        ObjectChange first = set(3, Optional.empty());
        see(List.of(first), 1);
        assertThat(created).hasSize(3);

        // The watch lags: the set changes, its pods are not seen yet.
        ObjectChange second = set(4, first.after());
        see(List.of(second), 1);
        assertThat(created).hasSize(3);
        see(unseen.subList(0, 2), 1_002);
        assertThat(created).hasSize(3);

        see(List.copyOf(unseen.subList(2, 3)), 1_003);
        assertThat(created).hasSize(4);
    }

    @Test
    void goesOnWhenWhatItMadeIsGoneBeforeItWasSeen() {
        ObjectChange first = set(1, Optional.empty());
        see(List.of(first), 1);
        see(List.of(set(2, first.after())), 1);
        assertThat(created).hasSize(1);

        // The pod came and went: no change is told, but the watch has passed it.
        see(List.of(), 1_001);
        assertThat(created).hasSize(3);
    }

    @Test
    void triesAgainWhenItWasRefused() throws Exception {
        refusals = 2;
        see(List.of(set(1, Optional.empty())), 1);
        assertThat(created).isEmpty();
        assertThat(enough.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(created).hasSize(1);
    }

    @Test
    void stopsAfterTheFirstOfManyRefusals() {
        refusals = 1;
        timer.shutdownNow();
        see(List.of(set(100, Optional.empty())), 1);
        assertThat(created).isEmpty();
    }
}
