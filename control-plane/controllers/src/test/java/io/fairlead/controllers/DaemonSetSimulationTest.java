package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class DaemonSetSimulationTest {
    private final DaemonSetController controller =
            new DaemonSetController(() -> Instant.parse("2026-01-02T00:00:10Z"));
    private final Objects cluster = new Objects();
    private Key key = new Key(ResourceType.DAEMON_SET, new ObjectName("shop", "agent"));

    private void node(String name, String spec) {
        cluster.add("{kind: Node, metadata: {name: %s}, spec: %s}".formatted(name, spec));
    }

    private void set(String image, String strategy) {
        JsonObject wanted =
                Objects.yaml(
                        """
                        apiVersion: apps/v1
                        kind: DaemonSet
                        metadata: {name: agent, namespace: shop, generation: 1}
                        spec:
                          updateStrategy: %s
                          selector: {matchLabels: {app: agent}}
                          template:
                            metadata: {labels: {app: agent}}
                            spec: {containers: [{name: main, image: "%s"}]}
                        """
                                .formatted(strategy, image));
        JsonObject before = cluster.index().find(key).orElse(wanted);
        key = Objects.key(cluster.add(before.with("spec", wanted.object("spec"))));
        settle();
    }

    private void settle() {
        cluster.settle(controller, key);
    }

    private List<Pod> all() {
        return cluster.index().list(ResourceType.POD, "shop", Pod::new);
    }

    private List<String> pods() {
        return all().stream()
                .map(pod -> DaemonPods.node(pod) + " " + pod.containers().getFirst().text("image"))
                .sorted()
                .toList();
    }

    private void allReady() {
        for (Pod pod : all()) {
            if (!pod.isReady()) {
                cluster.phase(pod.name(), "Running", "2026-01-02T00:00:00Z");
            }
        }
        settle();
    }

    private JsonObject status() {
        return cluster.index().find(key).orElseThrow().object("status");
    }

    @Test
    void runsOnEveryNodeThatItToleratesAndFollowsThem() {
        node("a", "{}");
        node(
                "b",
                "{unschedulable: true, taints: [{key: node.kubernetes.io/unschedulable, effect:"
                        + " NoSchedule}]}");
        node("c", "{taints: [{key: mine, effect: NoSchedule}]}");
        set("v1", "{type: RollingUpdate}");
        assertThat(pods()).containsExactly("a v1", "b v1");
        assertThat(status().number(0, "desiredNumberScheduled")).isEqualTo(2);
        node("d", "{}");
        node("a", "{taints: [{key: mine, effect: NoExecute}]}");
        settle();
        assertThat(pods()).containsExactly("b v1", "d v1");
        assertThat(cluster.told())
                .anyMatch(told -> told.startsWith("SuccessfulDelete: Deleted pod: agent-"));
        allReady();
        assertThat(status().number(0, "numberAvailable")).isEqualTo(2);
        assertThat(status().number(0, "updatedNumberScheduled")).isEqualTo(2);
    }

    @Test
    void replacesAsManyAsMayBeMissing() {
        for (String node : List.of("a", "b", "c")) {
            node(node, "{}");
        }
        String strategy = "{type: RollingUpdate, rollingUpdate: {maxUnavailable: 1}}";
        set("v1", strategy);
        allReady();
        set("v2", strategy);
        assertThat(pods()).containsExactly("a v2", "b v1", "c v1");
        allReady();
        assertThat(pods()).containsExactly("a v2", "b v2", "c v1");
        allReady();
        allReady();
        assertThat(pods()).containsExactly("a v2", "b v2", "c v2");
        assertThat(cluster.index().list(ResourceType.CONTROLLER_REVISION, "shop")).hasSize(2);
    }

    @Test
    void startsTheNewPodBesideTheOldOneWithASurge() {
        node("a", "{}");
        node("b", "{}");
        String strategy = "{type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}";
        set("v1", strategy);
        allReady();
        set("v2", strategy);
        assertThat(pods()).containsExactly("a v1", "a v2", "b v1");
        allReady();
        assertThat(pods()).containsExactly("a v2", "b v1", "b v2");
        allReady();
        assertThat(pods()).containsExactly("a v2", "b v2");
    }

    @Test
    void waitsForDeletionsWhereItIsToldTo() {
        node("a", "{}");
        set("v1", "{type: OnDelete}");
        allReady();
        set("v2", "{type: OnDelete}");
        assertThat(pods()).containsExactly("a v1");
        cluster.remove(ResourceType.POD, all().getFirst().objectName());
        settle();
        assertThat(pods()).containsExactly("a v2");
    }

    @Test
    void replacesPodsThatFailed() {
        node("a", "{}");
        set("v1", "{type: RollingUpdate}");
        String failed = all().getFirst().name();
        cluster.phase(failed, "Failed", "2026-01-02T00:00:00Z");
        settle();
        assertThat(cluster.told())
                .contains(
                        "FailedDaemonPod: Found failed daemon pod shop/%s on node a, will try to kill it"
                                .formatted(failed));
        assertThat(all()).extracting(Pod::phase).containsExactly("Pending");
    }
}
