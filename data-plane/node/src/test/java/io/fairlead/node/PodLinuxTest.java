package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.linux.ControlGroups;
import io.fairlead.testkit.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PodLinuxTest {
    private static final String FOREVER =
            "trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done";

    private TestNode node;

    @BeforeEach
    void startNode() {
        node = TestNode.start();
    }

    @AfterEach
    void stopNode() {
        node.close();
    }

    @Test
    void runsAPodAndEndsItWithGrace() throws Exception {
        node.create(
                node.pod(
                        "web",
                        TestNode.spec(TestNode.container("main", "echo hello; " + FOREVER))));
        JsonObject pod = node.awaitReady("web");
        assertThat(pod.text("status", "phase")).isEqualTo("Running");
        assertThat(pod.text("status", "podIP")).startsWith("10.199.1.");
        assertThat(TestNode.status(pod, 0).flag("ready")).isTrue();
        Await.untilAsserted(
                TestNode.LIMIT,
                () -> assertThat(node.log(pod, "main", 0)).contains(" stdout F hello\n"));
        node.delete("web", 10);
        node.awaitGone("web");
        Await.untilAsserted(
                TestNode.LIMIT,
                () ->
                        assertThat(node.settings.pod(pod.text("metadata", "uid")).top())
                                .doesNotExist());
        assertThat(Files.exists(node.settings.pod(pod.text("metadata", "uid")).namespace()))
                .isFalse();
    }

    @Test
    void asksContainersToEndOnlyWhenNoNewConnectionsCome() throws Exception {
        CompletableFuture<Collection<IpAddress>> asked = new CompletableFuture<>();
        CompletableFuture<@Nullable Void> drained = new CompletableFuture<>();
        node.drain =
                (addresses, limit) -> {
                    assertThat(limit).isEqualTo(Duration.ofSeconds(15));
                    asked.complete(addresses);
                    return drained;
                };
        node.create(node.pod("web", TestNode.spec(TestNode.container("main", FOREVER))));
        JsonObject pod = node.awaitReady("web");
        node.delete("web", 30);
        assertThat(asked.get(20, TimeUnit.SECONDS))
                .containsExactly(IpAddress.parse(pod.text("status", "podIP")));
        assertThat(TestNode.status(node.get("web").orElseThrow(), 0).has("state", "running"))
                .isTrue();
        drained.complete(null);
        node.awaitGone("web");
    }

    @Test
    void anEphemeralContainerSeesTheProcessesOfItsTarget() throws Exception {
        node.create(node.pod("web", TestNode.spec(TestNode.container("main", FOREVER))));
        JsonObject pod = node.awaitReady("web");
        JsonObject guest =
                TestNode.container("guest", "ps -o args; exit 7")
                        .with("targetContainerName", "main");
        node.create(pod.withAt(FakeApi.array(guest), "spec", "ephemeralContainers"));
        JsonObject after =
                node.await(
                        "web",
                        seen ->
                                seen.list("status", "ephemeralContainerStatuses").stream()
                                        .anyMatch(it -> it.has("state", "terminated")));
        Json status = after.list("status", "ephemeralContainerStatuses").getFirst();
        assertThat(status.number(0, "state", "terminated", "exitCode")).isEqualTo(7);
        assertThat(node.log(after, "guest", 0)).contains("trap 'exit 0' TERM");
        assertThat(TestNode.condition(after, "Ready")).isEqualTo("True");
        node.delete("web", 0);
        node.awaitGone("web");
    }

    @Test
    void countsRestartsAndBacksOff() {
        node.create(node.pod("crash", TestNode.spec(TestNode.container("main", "exit 3"))));
        JsonObject pod =
                node.await(
                        "crash",
                        seen ->
                                TestNode.status(seen, 0)
                                        .text("state", "waiting", "reason")
                                        .equals("CrashLoopBackOff"));
        Json status = TestNode.status(pod, 0);
        assertThat(status.number(0, "restartCount")).isEqualTo(1);
        assertThat(status.number(0, "lastState", "terminated", "exitCode")).isEqualTo(3);
        assertThat(status.text("state", "waiting", "message"))
                .startsWith("back-off 10s restarting");
    }

    @Test
    void backsOffAlsoFromWhatCannotEvenStart() {
        JsonObject container =
                TestNode.container("main", "").with("command", FakeApi.array(Json.of("/nothing")));
        node.create(node.pod("crash", TestNode.spec(container)));
        JsonObject pod =
                node.await(
                        "crash",
                        seen ->
                                TestNode.status(seen, 0)
                                        .text("state", "waiting", "reason")
                                        .equals("CrashLoopBackOff"));
        assertThat(TestNode.status(pod, 0).text("lastState", "terminated", "reason"))
                .isEqualTo("StartError");
        assertThat(TestNode.status(pod, 0).number(0, "restartCount")).isLessThanOrEqualTo(1);
    }

    @Test
    void givesARunningContainerMoreAndRefusesWhatTheNodeDoesNotHave() throws Exception {
        JsonObject container = TestNode.container("main", FOREVER);
        String modest = "{\"requests\":{\"cpu\":\"100m\"},\"limits\":{\"memory\":\"64Mi\"}}";
        String more = "{\"requests\":{\"cpu\":\"200m\"},\"limits\":{\"memory\":\"128Mi\"}}";
        String tooMuch = "{\"requests\":{\"cpu\":\"64\"},\"limits\":{\"memory\":\"128Mi\"}}";
        JsonObject first =
                node.pod(
                        "web", TestNode.spec(container.with("resources", JsonReader.read(modest))));
        node.create(first);
        node.awaitReady("web");
        assertThat(memoryLimit(first)).isEqualTo(64 << 20);
        respecify("web", container.with("resources", JsonReader.read(more)));
        JsonObject resized =
                node.await(
                        "web",
                        seen ->
                                TestNode.status(seen, 0)
                                        .object("resources")
                                        .equals(JsonReader.read(more)));
        assertThat(memoryLimit(first)).isEqualTo(128 << 20);
        assertThat(TestNode.status(resized, 0).number(0, "restartCount")).isZero();
        respecify("web", container.with("resources", JsonReader.read(tooMuch)));
        JsonObject refused =
                node.await(
                        "web", seen -> TestNode.condition(seen, "PodResizePending").equals("True"));
        assertThat(refused.list("status", "conditions"))
                .anyMatch(condition -> condition.text("reason").equals("Infeasible"));
        assertThat(TestNode.status(refused, 0).object("resources"))
                .isEqualTo(JsonReader.read(more));
    }

    private void respecify(String name, JsonObject container) {
        node.create(
                node.get(name)
                        .orElseThrow()
                        .withAt(FakeApi.array(container), "spec", "containers"));
    }

    private long memoryLimit(JsonObject pod) throws IOException {
        String uid = pod.text("metadata", "uid");
        Path group = Path.of(node.settings.cgroup(), uid, uid + "-main-0");
        for (ControlGroups.Hierarchy hierarchy : node.groups.hierarchies()) {
            for (String file : List.of("memory.max", "memory.limit_in_bytes")) {
                Path limit = hierarchy.root().resolve(group).resolve(file);
                if (Files.exists(limit)) {
                    return Long.parseLong(Files.readString(limit).strip());
                }
            }
        }
        throw new AssertionError("no group " + group);
    }

    @Test
    void finishesWhenNothingIsToBeRestarted() {
        node.create(
                node.pod(
                        "job",
                        TestNode.spec(TestNode.container("main", "exit 0"))
                                .with("restartPolicy", "Never")));
        JsonObject pod =
                node.await("job", seen -> seen.text("status", "phase").equals("Succeeded"));
        assertThat(TestNode.status(pod, 0).text("state", "terminated", "reason"))
                .isEqualTo("Completed");
    }

    @Test
    void readsLastWordsWhereverTheContainerIsToLeaveThem() {
        JsonObject container =
                TestNode.container("main", "echo -n good bye > /dev/last-words")
                        .with("terminationMessagePath", "/dev/last-words")
                        .with("securityContext", JsonReader.read("{\"runAsUser\":101}"));
        node.create(node.pod("job", TestNode.spec(container).with("restartPolicy", "Never")));
        JsonObject pod =
                node.await("job", seen -> seen.text("status", "phase").equals("Succeeded"));
        assertThat(TestNode.status(pod, 0).text("state", "terminated", "message"))
                .isEqualTo("good bye");
    }

    @Test
    void saysWhyAnImageIsMissing() {
        JsonObject container =
                TestNode.container("main", "true").with("image", "nowhere.example/none:1");
        node.create(node.pod("missing", TestNode.spec(container)));
        node.await(
                "missing",
                seen ->
                        TestNode.status(seen, 0)
                                .text("state", "waiting", "reason")
                                .equals("ImagePullBackOff"));
    }

    @Test
    void adoptsWhatRanBeforeARestart() throws Exception {
        node.create(
                node.pod(
                        "web",
                        TestNode.spec(
                                TestNode.container(
                                        "main",
                                        "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.1;"
                                                + " done"))));
        JsonObject before = node.awaitReady("web");
        node.restartAgent();
        String grown = node.log(before, "main", 0);
        Await.untilAsserted(
                TestNode.LIMIT,
                () ->
                        assertThat(node.log(before, "main", 0).length())
                                .isGreaterThan(grown.length()));
        JsonObject after = node.get("web").orElseThrow();
        assertThat(TestNode.status(after, 0).number(-1, "restartCount")).isZero();
        assertThat(TestNode.condition(after, "Ready")).isEqualTo("True");
        node.delete("web", 0);
        node.awaitGone("web");
    }

    @Test
    void runsAgainWhatTheMachineLost() throws Exception {
        Json mounts = JsonReader.read("[{\"name\":\"shared\",\"mountPath\":\"/shared\"}]");
        JsonObject init = TestNode.container("init", "echo made > /shared/made");
        JsonObject main = TestNode.container("main", "cat /shared/made; " + FOREVER);
        JsonObject spec =
                TestNode.spec(main.with("volumeMounts", mounts))
                        .with("initContainers", FakeApi.array(init.with("volumeMounts", mounts)))
                        .with(
                                "volumes",
                                JsonReader.read("[{\"name\":\"shared\",\"emptyDir\":{}}]"));
        node.create(node.pod("web", spec));
        node.awaitReady("web");
        node.restartMachine();
        JsonObject after =
                node.await(
                        "web",
                        seen ->
                                TestNode.status(seen, 0).number(0, "restartCount") == 1
                                        && TestNode.condition(seen, "Ready").equals("True"));
        assertThat(TestNode.status(after, 0).text("lastState", "terminated", "reason"))
                .isEqualTo("ContainerStatusUnknown");
        Await.untilAsserted(
                TestNode.LIMIT,
                () -> assertThat(node.log(after, "main", 1)).contains(" stdout F made\n"));
        node.delete("web", 0);
        node.awaitGone("web");
    }
}
