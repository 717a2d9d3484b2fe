package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class NodeLifecycleSimulationTest {
    private Instant now = Instant.parse("2026-01-02T00:00:00Z");
    private final NodeLifecycleController controller = new NodeLifecycleController(() -> now);
    private final Objects cluster = new Objects();
    private final Key key = new Key(ResourceType.NODE, ObjectName.clusterWide("node-1"));

    private void node(String name) {
        cluster.add(
                "{kind: Node, metadata: {name: %s}, status: {conditions: [{type: Ready, status: \"True\", lastHeartbeatTime: \"2026-01-02T00:00:00Z\"}]}}"
                        .formatted(name));
        renew(name);
    }

    private void renew(String name) {
        cluster.add(
                "{kind: Lease, metadata: {name: %s, namespace: kube-node-lease}, spec: {renewTime: \"%s\"}}"
                        .formatted(name, now));
    }

    private void later(long seconds) {
        now = now.plusSeconds(seconds);
        cluster.settle(controller, key);
    }

    private JsonObject ready() {
        return Conditions.find(Conditions.of(cluster.index().find(key).orElseThrow()), "Ready")
                .orElseThrow();
    }

    private List<String> taints() {
        return cluster.index().find(key).orElseThrow().list("spec", "taints").stream()
                .map(taint -> taint.text("key") + " " + taint.text("effect"))
                .toList();
    }

    private boolean exists(String pod) {
        return cluster.index()
                .find(new Key(ResourceType.POD, new ObjectName("shop", pod)))
                .isPresent();
    }

    @Test
    void takesASilentNodeForLostAndMovesItsPods() {
        node("node-1");
        node("node-2");
        cluster.pod("patient", "web", "10.244.1.5");
        cluster.add(
                cluster.pod("patient", "web", "10.244.1.5")
                        .withAt(
                                Objects.yaml(
                                                "{t: [{key: node.kubernetes.io/unreachable,"
                                                        + " operator: Exists, effect: NoExecute,"
                                                        + " tolerationSeconds: 300}]}")
                                        .find("t")
                                        .orElseThrow(),
                                "spec",
                                "tolerations"));
        cluster.pod("hasty", "web", "10.244.1.6");
        later(0);
        later(39);
        assertThat(ready().text("status")).isEqualTo("True");
        renew("node-1");
        later(0);
        later(39);
        assertThat(ready().text("status")).isEqualTo("True");
        later(2);
        assertThat(ready().text("status")).isEqualTo("Unknown");
        assertThat(ready().text("reason")).isEqualTo("NodeStatusUnknown");
        assertThat(taints())
                .containsExactly(
                        "node.kubernetes.io/unreachable NoSchedule",
                        "node.kubernetes.io/unreachable NoExecute");
        assertThat(exists("hasty")).isFalse();
        assertThat(cluster.told())
                .contains(
                        "NodeNotReady: Node node-1 status is now: NodeNotReady",
                        "TaintManagerEviction: Marking for deletion Pod shop/hasty");
        Pod patient =
                cluster.index()
                        .find(
                                new Key(ResourceType.POD, new ObjectName("shop", "patient")),
                                Pod::new)
                        .orElseThrow();
        assertThat(patient.isReady()).isFalse();
        later(299);
        assertThat(exists("patient")).isTrue();
        later(2);
        assertThat(exists("patient")).isFalse();
    }

    @Test
    void takesTaintsAwayWhenTheNodeIsBack() {
        node("node-1");
        later(0);
        later(41);
        assertThat(taints()).hasSize(2);
        node("node-1");
        cluster.add(
                cluster.index()
                        .find(key)
                        .orElseThrow()
                        .withAt(
                                Objects.yaml(
                                                "{t: [{key: mine, effect: NoSchedule}, {key:"
                                                        + " node.kubernetes.io/unreachable, effect:"
                                                        + " NoExecute}]}")
                                        .find("t")
                                        .orElseThrow(),
                                "spec",
                                "taints"));
        later(1);
        assertThat(taints()).containsExactly("mine NoSchedule");
    }

    @Test
    void taintsANodeThatIsCordoned() {
        node("node-1");
        cluster.add(
                cluster.index()
                        .find(key)
                        .orElseThrow()
                        .withAt(Json.of(true), "spec", "unschedulable"));
        later(0);
        assertThat(taints()).containsExactly("node.kubernetes.io/unschedulable NoSchedule");
    }

    @Test
    void movesNobodyWhereNoNodeIsWell() {
        node("node-1");
        cluster.pod("hasty", "web", "10.244.1.6");
        later(0);
        later(41);
        assertThat(exists("hasty")).isTrue();
    }
}
