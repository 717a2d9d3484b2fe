package io.fairlead.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class NodesTest {
    private final Nodes nodes = new Nodes(new Random(1));

    @BeforeEach
    void threeNodes() {
        for (int i = 1; i <= 3; i++) {
            nodes.seeNode(
                    "node-" + i,
                    yaml(
                            "{metadata: {name: node-%d, labels: {disk: d%d}}, status: {allocatable: {cpu: '2', memory: 1Gi, pods: '3'}}}"
                                    .formatted(i, i)));
        }
    }

    @Test
    void siblingsAreSpreadOverTheNodes() {
        Set<String> used = new TreeSet<>();
        for (int i = 0; i < 3; i++) {
            JsonObject pod = yaml("{metadata: {ownerReferences: [{controller: true, uid: rs}]}}");
            String node = ((Decision.Assigned) nodes.decide(pod)).node();
            nodes.place(new ObjectName("default", "p" + i), pod, node);
            used.add(node);
        }

        assertThat(used).containsExactly("node-1", "node-2", "node-3");
    }

    @Test
    void labelsAndAffinityChoose() {
        assertThat(nodes.decide(yaml("{spec: {nodeSelector: {disk: d2}}}")))
                .isEqualTo(new Decision.Assigned("node-2"));
        assertThat(
                        nodes.decide(
                                yaml(
                                        "{spec: {affinity: {nodeAffinity:"
                                                + " {requiredDuringSchedulingIgnoredDuringExecution:"
                                                + " {nodeSelectorTerms: [{matchFields: [{key:"
                                                + " metadata.name, operator: In, values:"
                                                + " [node-3]}]}]}}}}}")))
                .isEqualTo(new Decision.Assigned("node-3"));
        assertThat(nodes.decide(yaml("{spec: {nodeSelector: {disk: none}}}")))
                .extracting(NodesTest::refusal)
                .isEqualTo(
                        "0/3 nodes are available: 3 node(s) didn't match Pod's node"
                                + " affinity/selector.");
    }

    @Test
    void requestsThatDoNotFitAreCounted() {
        nodes.place(
                new ObjectName("a", "big"),
                yaml("{spec: {containers: [{resources: {requests: {cpu: 1500m}}}]}}"),
                "node-1");
        nodes.seeNode("node-3", yaml("{metadata: {name: node-3}, spec: {unschedulable: true}}"));

        assertThat(nodes.decide(yaml("{spec: {containers: [{resources: {requests: {cpu: 1}}}]}}")))
                .isEqualTo(new Decision.Assigned("node-2"));
        assertThat(
                        nodes.decide(
                                yaml(
                                        "{spec: {containers: [{resources: {requests: {cpu: '3',"
                                                + " memory: 2Gi}}}]}}")))
                .extracting(NodesTest::refusal)
                .isEqualTo(
                        "0/3 nodes are available: 1 node(s) were unschedulable, 2"
                                + " Insufficient cpu, 2 Insufficient memory.");
    }

    @Test
    void taintsKeepAwayWhatDoesNotTolerateThem() {
        for (int i = 1; i <= 2; i++) {
            nodes.seeNode(
                    "node-" + i,
                    yaml(
                            "{metadata: {name: n}, spec: {taints: [{key: gpu, value: 'yes', effect:"
                                    + " NoSchedule}]}, status: {allocatable: {cpu: '2', memory: 1Gi,"
                                    + " pods: '3'}}}"));
        }
        assertThat(nodes.decide(yaml("{}"))).isEqualTo(new Decision.Assigned("node-3"));
        nodes.seeNode("node-3", null);
        assertThat(nodes.decide(yaml("{}")))
                .extracting(NodesTest::refusal)
                .isEqualTo(
                        "0/2 nodes are available: 2 node(s) had untolerated taint {gpu:"
                                + " yes}.");
        assertThat(nodes.decide(yaml("{spec: {tolerations: [{key: gpu, operator: Exists}]}}")))
                .isInstanceOf(Decision.Assigned.class);
    }

    @Test
    void aNodeIsFullWhenItHasItsPodsAndFreeAgainWhenOneLeaves() {
        nodes.seeNode("node-2", null);
        nodes.seeNode("node-3", null);
        for (int i = 0; i < 3; i++) {
            nodes.place(new ObjectName("default", "p" + i), yaml("{}"), "node-1");
        }
        assertThat(nodes.decide(yaml("{}")))
                .extracting(NodesTest::refusal)
                .isEqualTo("0/1 nodes are available: 1 Too many pods.");

        nodes.forget(new ObjectName("default", "p1"));
        assertThat(nodes.decide(yaml("{}"))).isEqualTo(new Decision.Assigned("node-1"));
    }

    @Test
    void hostPortsClashByAddressAndProtocol() {
        nodes.seeNode("node-2", null);
        nodes.seeNode("node-3", null);
        nodes.place(
                new ObjectName("default", "taker"),
                yaml("{spec: {containers: [{ports: [{hostPort: 80, hostIP: 127.0.0.1}]}]}}"),
                "node-1");

        assertThat(nodes.decide(yaml("{spec: {containers: [{ports: [{hostPort: 80}]}]}}")))
                .isInstanceOf(Decision.Unschedulable.class);
        assertThat(
                        nodes.decide(
                                yaml(
                                        "{spec: {containers: [{ports: [{hostPort: 80, protocol:"
                                                + " UDP}]}]}}")))
                .isInstanceOf(Decision.Assigned.class);
        assertThat(
                        nodes.decide(
                                yaml(
                                        "{spec: {containers: [{ports: [{hostPort: 80, hostIP:"
                                                + " 10.0.0.1}]}]}}")))
                .isInstanceOf(Decision.Assigned.class);
    }

    /// What is told of a refusal; empty for a pod that was placed.
    static String refusal(Decision decision) {
        return decision instanceof Decision.Unschedulable refused ? refused.message() : "";
    }

    private static JsonObject yaml(String text) {
        return YamlReader.readObject(text.getBytes(StandardCharsets.UTF_8));
    }
}
