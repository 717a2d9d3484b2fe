package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DisruptionControllerTest {
    private Instant now = Instant.parse("2026-01-02T00:00:00Z");
    private final DisruptionController controller = new DisruptionController(() -> now);
    private final Objects cluster = new Objects();
    private final Key key =
            new Key(ResourceType.POD_DISRUPTION_BUDGET, new ObjectName("shop", "web"));

    private JsonObject budget(String spec) {
        cluster.add(
                "{kind: PodDisruptionBudget, metadata: {name: web, namespace: shop, uid: b, generation: 2}, spec: {selector: {matchLabels: {app: web}}, %s}}"
                        .formatted(spec));
        return settled();
    }

    private JsonObject settled() {
        cluster.settle(controller, key);
        return cluster.index().find(key).orElseThrow().object("status");
    }

    private void ownedPods(int count) {
        cluster.add(
                "{kind: Deployment, metadata: {name: web, namespace: shop}, spec: {replicas: 4}}");
        cluster.add(
                "{kind: ReplicaSet, metadata: {name: set, namespace: shop, ownerReferences: [{uid:"
                        + " uid-web, controller: true}]}, spec: {replicas: 4}}");
        for (int i = 0; i < count; i++) {
            cluster.add(
                    cluster.pod("p" + i, "web", "10.244.1." + (i + 1))
                            .withAt(
                                    JsonArray.of(Objects.yaml("{uid: uid-set, controller: true}")),
                                    "metadata",
                                    "ownerReferences"));
        }
    }

    @Test
    void allowsWhatIsBeyondTheLeast() {
        ownedPods(3);
        JsonObject status = budget("minAvailable: 2");
        assertThat(status.number(0, "disruptionsAllowed")).isEqualTo(1);
        assertThat(status.number(0, "expectedPods")).isEqualTo(3);
        assertThat(status.number(0, "observedGeneration")).isEqualTo(2);
        assertThat(status.list("conditions").getFirst().text("reason")).isEqualTo("SufficientPods");
    }

    @Test
    void countsSharesOfWhatTheWorkloadWants() {
        ownedPods(3);
        JsonObject status = budget("maxUnavailable: 50%");
        assertThat(status.number(0, "expectedPods")).isEqualTo(4);
        assertThat(status.number(0, "desiredHealthy")).isEqualTo(2);
        assertThat(status.number(0, "disruptionsAllowed")).isEqualTo(1);
    }

    @Test
    void remembersEvictionsForAWhile() {
        ownedPods(3);
        budget("minAvailable: 2");
        cluster.add(
                cluster.index()
                        .find(key)
                        .orElseThrow()
                        .withAt(
                                Objects.yaml("{p0: \"2026-01-02T00:00:00Z\"}"),
                                "status",
                                "disruptedPods"));
        assertThat(settled().number(0, "disruptionsAllowed")).isZero();
        now = now.plusSeconds(121);
        assertThat(settled().number(0, "disruptionsAllowed")).isEqualTo(1);
    }
}
