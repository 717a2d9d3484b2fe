package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.client.WatchListener.EventType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterWatcherTest {
    private final ScriptedTransport server = new ScriptedTransport();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Deque<Runnable> consumerTasks = new ArrayDeque<>();
    private final List<ClusterDelta> deltas = new ArrayList<>();
    private ClusterSnapshot seen = ClusterSnapshot.EMPTY;

    @AfterEach
    void end() {
        timer.shutdownNow();
    }

    @Test
    void tellsNothingBeforeEverythingIsKnown() {
        ClusterWatcher watcher = start(ResourceType.POD, ResourceType.NODE);
        ScriptedTransport.OpenWatch pods = server.watches.getFirst();
        initial(pods, 5, pod("a", 1));

        assertThat(watcher.isSynced()).isFalse();
        assertThat(consumerTasks).isEmpty();

        initial(server.last(), 6);
        runConsumer();
        assertThat(watcher.isSynced()).isTrue();
        assertThat(deltas).hasSize(1);
        assertThat(deltas.getFirst().changes())
                .containsExactly(
                        new ObjectChange(
                                ResourceType.POD,
                                name("a"),
                                Optional.empty(),
                                Optional.of(pod("a", 1))));
    }

    @Test
    void mergesWhatASlowConsumerMissed() {
        ClusterWatcher watcher = start(ResourceType.POD);
        ScriptedTransport.OpenWatch pods = server.last();
        initial(pods, 5, pod("a", 1), pod("b", 2));
        runConsumer();

        pods.listener().onEvent(EventType.MODIFIED, pod("a", 6));
        pods.listener().onEvent(EventType.MODIFIED, pod("a", 7));
        pods.listener().onEvent(EventType.ADDED, pod("c", 8));
        pods.listener().onEvent(EventType.DELETED, pod("c", 9));
        runConsumer();

        assertThat(deltas.getLast().changes())
                .containsExactly(
                        new ObjectChange(
                                ResourceType.POD,
                                name("a"),
                                Optional.of(pod("a", 1)),
                                Optional.of(pod("a", 7))));
        assertThat(seen).isEqualTo(watcher.snapshot());
        assertThat(watcher.hasSeen(ResourceType.POD, 9)).isTrue();
        assertThat(watcher.hasSeen(ResourceType.POD, 10)).isFalse();
    }

    @Test
    void wakesTheConsumerEvenWhenEverythingCancelledOut() {
        start(ResourceType.POD);
        initial(server.last(), 5);
        runConsumer();
        server.last().listener().onEvent(EventType.ADDED, pod("c", 8));
        server.last().listener().onEvent(EventType.DELETED, pod("c", 9));
        runConsumer();
        assertThat(deltas).hasSize(2);
        assertThat(deltas.getLast().changes()).isEmpty();
    }

    @Test
    void resumesFromTheLastVersionItSaw() {
        start(ResourceType.POD);
        initial(server.last(), 5, pod("a", 1));
        server.last().listener().onEvent(EventType.ADDED, pod("b", 8));
        server.last().listener().onEvent(EventType.BOOKMARK, bookmark(12));
        server.last().listener().onClose();

        assertThat(server.watches).hasSize(2);
        assertThat(server.last().request().query()).containsEntry("resourceVersion", "12");
        assertThat(server.last().request().query()).doesNotContainKey("sendInitialEvents");
    }

    @Test
    void beginsAnewWhenItsVersionIsGone() {
        start(ResourceType.POD);
        initial(server.last(), 5, pod("a", 1), pod("b", 2));
        runConsumer();
        WatchListener first = server.last().listener();
        first.onEvent(
                EventType.ERROR, new Status(410, "Expired", "too old", JsonObject.EMPTY).tree());
        first.onClose();

        assertThat(server.last().request().query()).containsEntry("sendInitialEvents", "true");
        initial(server.last(), 20, pod("b", 2), pod("c", 15));
        runConsumer();
        assertThat(deltas.getLast().changes())
                .extracting(ObjectChange::name)
                .containsExactlyInAnyOrder(name("a"), name("c"));
        assertThat(seen.all(ResourceType.POD)).containsOnlyKeys(name("b"), name("c"));
    }

    @Test
    void listsWhereTheServerCannotStreamInitialObjects() {
        server.refusals.add(new Status(422, "Invalid", "not here", JsonObject.EMPTY));
        server.answers =
                request ->
                        JsonObject.of(
                                "metadata",
                                JsonObject.of("resourceVersion", Json.of("33")),
                                "items",
                                JsonArray.of(pod("a", 1).without("kind")));
        ClusterWatcher watcher = start(ResourceType.POD);

        assertThat(watcher.isSynced()).isTrue();
        assertThat(watcher.snapshot().find(ResourceType.POD, name("a"))).contains(pod("a", 1));
        assertThat(server.last().request().query()).containsEntry("resourceVersion", "33");
    }

    @Test
    void doesNotTellOfChangesToWhatIsStrippedOff() {
        ClusterWatcher watcher =
                new ClusterWatcher(
                        server,
                        List.of(
                                Watched.all(ResourceType.POD)
                                        .stripped(pod ->
                                                pod.withoutAt("metadata", "resourceVersion"))),
                        Runnable::run,
                        timer);
        watcher.start();
        watcher.subscribe(consumerTasks::add, this::consume);
        initial(server.last(), 5, pod("a", 1));
        runConsumer();
        server.last().listener().onEvent(EventType.MODIFIED, pod("a", 6));
        assertThat(watcher.hasSeen(ResourceType.POD, 6)).isTrue();
        runConsumer();
        assertThat(deltas).hasSize(1);
    }

    @Test
    void goesOnWithoutATypeThatTheServerNeedNotOffer() {
        server.refusals.add(new Status(404, "NotFound", "no such resource", JsonObject.EMPTY));
        Watched required = Watched.all(ResourceType.NODE);
        Watched spare = Watched.all(ResourceType.SERVICE_CIDR).whereOffered();
        ClusterWatcher watcher =
                new ClusterWatcher(server, List.of(spare, required), Runnable::run, timer);
        watcher.subscribe(consumerTasks::add, this::consume);
        watcher.start();
        assertThat(watcher.isSynced()).isFalse();

        initial(server.last(), 6);

        assertThat(watcher.isSynced()).isTrue();
        runConsumer();
        assertThat(seen.list(ResourceType.SERVICE_CIDR)).isEmpty();
    }

    @Test
    void triesAgainAfterAFailure() throws Exception {
        server.refusals.add(new Status(503, "ServiceUnavailable", "starting", JsonObject.EMPTY));
        server.refusals.add(new Status(503, "ServiceUnavailable", "starting", JsonObject.EMPTY));
        start(ResourceType.POD);
        timer.schedule(() -> {}, 500, TimeUnit.MILLISECONDS).get();
        assertThat(server.watches).hasSize(1);
    }

    private ClusterWatcher start(ResourceType... types) {
        ClusterWatcher watcher =
                new ClusterWatcher(
                        server,
                        List.of(types).stream().map(Watched::all).toList(),
                        Runnable::run,
                        timer);
        watcher.start();
        watcher.subscribe(consumerTasks::add, this::consume);
        return watcher;
    }

    private void consume(ClusterSnapshot snapshot, ClusterDelta delta) {
        assertThat(seen.apply(delta)).isEqualTo(snapshot);
        seen = snapshot;
        deltas.add(delta);
    }

    private void runConsumer() {
        while (!consumerTasks.isEmpty()) {
            consumerTasks.remove().run();
        }
    }

    private static void initial(
            ScriptedTransport.OpenWatch watch, long version, JsonObject... objects) {
        for (JsonObject object : objects) {
            watch.listener().onEvent(EventType.ADDED, object);
        }
        watch.listener()
                .onEvent(
                        EventType.BOOKMARK,
                        bookmark(version)
                                .withAt(
                                        Json.of("true"),
                                        "metadata",
                                        "annotations",
                                        "k8s.io/initial-events-end"));
    }

    private static JsonObject bookmark(long version) {
        return JsonObject.of(
                "metadata", JsonObject.of("resourceVersion", Json.of(String.valueOf(version))));
    }

    private static JsonObject pod(String name, long version) {
        return JsonObject.of(
                "apiVersion",
                Json.of("v1"),
                "kind",
                Json.of("Pod"),
                "metadata",
                JsonObject.of(
                        "namespace",
                        Json.of("default"),
                        "name",
                        Json.of(name),
                        "resourceVersion",
                        Json.of(String.valueOf(version))));
    }

    private static ObjectName name(String name) {
        return new ObjectName("default", name);
    }
}
