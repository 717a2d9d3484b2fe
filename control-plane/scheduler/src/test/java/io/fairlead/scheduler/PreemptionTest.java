package io.fairlead.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PreemptionTest {
    private final Nodes nodes = new Nodes(new Random(1));

    @BeforeEach
    void twoNodesOfTwoCores() {
        for (int i = 1; i <= 2; i++) {
            nodes.seeNode(
                    "node-" + i,
                    yaml(
                            "{metadata: {name: node-%d}, status: {allocatable: {cpu: 2, memory: 1Gi, pods: 10}}}"
                                    .formatted(i)));
        }
    }

    @Test
    void theLeastImportantPodsEndAndNoMoreThanNeedBe() {
        place("a", 5, "1", "node-1");
        place("b", 3, "500m", "node-1");
        place("c", 2, "500m", "node-1");
        place("d", 4, "2", "node-2");
        Preemption.Plan plan = plan(pod("new", 10, "900m"), List.of());
        assertThat(plan.node()).isEqualTo("node-1");
        assertThat(plan.victims()).containsOnlyKeys(name("b"), name("c"));
    }

    @Test
    void protectedPodsAreSparedWhereOthersWillDo() {
        place("a", 1, "2", "node-1");
        place("b", 5, "2", "node-2");
        JsonObject budget =
                yaml(
                        "{metadata: {namespace: default}, spec: {selector: {matchLabels: {name: a}}}, status: {disruptionsAllowed: 0}}");
        assertThat(plan(pod("new", 10, "1"), List.of()).victims()).containsOnlyKeys(name("a"));
        assertThat(plan(pod("new", 10, "1"), List.of(budget)).victims())
                .containsOnlyKeys(name("b"));
    }

    @Test
    void nothingEndsForAPodThatWouldNotFitAnyway() {
        place("a", 1, "2", "node-1");
        assertThat(hopeless(pod("new", 10, "3")))
                .isEqualTo(
                        "preemption: 0/2 nodes are available: 2 Preemption is not helpful for"
                                + " scheduling.");
    }

    @Test
    void equalsAreNotPreempted() {
        place("a", 10, "2", "node-1");
        place("b", 11, "2", "node-2");
        assertThat(hopeless(pod("new", 10, "1")))
                .isEqualTo(
                        "preemption: 0/2 nodes are available: 2 No preemption victims found for"
                                + " incoming pod.");
    }

    @Test
    void apodMayRenounceIt() {
        place("a", 1, "2", "node-1");
        place("b", 1, "2", "node-2");
        assertThat(
                        hopeless(
                                pod("new", 10, "1")
                                        .withAt(
                                                io.fairlead.api.Json.of("Never"),
                                                "spec",
                                                "preemptionPolicy")))
                .isEqualTo("preemption: not eligible due to preemptionPolicy=Never.");
    }

    @Test
    void roomThatIsMadeIsKeptFromLesserPods() {
        place("a", 1, "2", "node-1");
        place("b", 20, "2", "node-2");
        JsonObject important = pod("new", 10, "2");
        nodes.nominate(
                name("new"), important, "node-1", plan(important, List.of()).victims().keySet());
        assertThat(nodes.isMakingRoom(name("new"))).isTrue();
        nodes.forget(name("a"));
        assertThat(nodes.isMakingRoom(name("new"))).isFalse();
        assertThat(nodes.decide(pod("lesser", 5, "1"))).isInstanceOf(Decision.Unschedulable.class);
        assertThat(nodes.decide(pod("greater", 30, "1")))
                .isEqualTo(new Decision.Assigned("node-1"));
        assertThat(nodes.decide(important)).isEqualTo(new Decision.Assigned("node-1"));
    }

    private Preemption.Plan plan(JsonObject pod, List<JsonObject> budgets) {
        return (Preemption.Plan) outcome(pod, budgets);
    }

    private String hopeless(JsonObject pod) {
        return ((Preemption.Hopeless) outcome(pod, List.of())).message();
    }

    private Preemption.Outcome outcome(JsonObject pod, List<JsonObject> budgets) {
        Decision.Unschedulable refused = (Decision.Unschedulable) nodes.decide(pod);
        return Preemption.of(
                pod,
                List.of(),
                nodes.known(),
                refused.obstacles(),
                Optional.empty(),
                budgets,
                _ -> JsonObject.EMPTY);
    }

    private void place(String name, int priority, String cpu, String node) {
        nodes.place(name(name), pod(name, priority, cpu), node);
    }

    private static ObjectName name(String name) {
        return new ObjectName("default", name);
    }

    private static JsonObject pod(String name, int priority, String cpu) {
        return yaml(
                "{metadata: {namespace: default, name: %s, uid: %s, labels: {name: %s}}, spec: {priority: %d, containers: [{resources: {requests: {cpu: '%s'}}}]}}"
                        .formatted(name, name, name, priority, cpu));
    }

    private static JsonObject yaml(String text) {
        return YamlReader.readObject(text.getBytes(StandardCharsets.UTF_8));
    }
}
