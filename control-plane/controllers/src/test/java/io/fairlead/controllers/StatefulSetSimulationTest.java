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

class StatefulSetSimulationTest {
    private static final String NOW = "2026-01-02T00:00:10Z";

    private final StatefulSetController controller =
            new StatefulSetController(() -> Instant.parse(NOW));
    private final Objects cluster = new Objects();
    private Key key = new Key(ResourceType.STATEFUL_SET, new ObjectName("shop", "db"));

    private void set(String image, int replicas, String... more) {
        JsonObject wanted =
                Objects.yaml(
                        """
                        apiVersion: apps/v1
                        kind: StatefulSet
                        metadata: {name: db, namespace: shop, generation: 1}
                        spec:
                          replicas: %d
                          serviceName: db
                          selector: {matchLabels: {app: db}}
                          template:
                            metadata: {labels: {app: db}}
                            spec: {containers: [{name: main, image: "%s"}]}
                          volumeClaimTemplates:
                          - metadata: {name: data}
                            spec: {accessModes: [ReadWriteOnce]}
                          %s
                        """
                                .formatted(replicas, image, String.join("\n  ", more)));
        JsonObject before = cluster.index().find(key).orElse(wanted);
        key = Objects.key(cluster.add(before.with("spec", wanted.object("spec"))));
    }

    private List<String> pods() {
        return cluster.index().list(ResourceType.POD, "shop", Pod::new).stream()
                .map(pod -> pod.name() + " " + pod.containers().getFirst().text("image"))
                .sorted()
                .toList();
    }

    private Pod pod(String name) {
        return cluster.index()
                .find(new Key(ResourceType.POD, new ObjectName("shop", name)), Pod::new)
                .orElseThrow();
    }

    private void settle() {
        cluster.settle(controller, key);
    }

    private void ready(String... names) {
        for (String name : names) {
            cluster.phase(name, "Running", "2026-01-02T00:00:00Z");
            settle();
        }
    }

    private long status(String member) {
        return cluster.index().find(key).orElseThrow().number(0, "status", member);
    }

    @Test
    void startsOneAfterTheOther() {
        set("v1", 3, "");
        settle();
        assertThat(pods()).containsExactly("db-0 v1");
        assertThat(cluster.told())
                .containsExactly(
                        "SuccessfulCreate: create Claim data-db-0 Pod db-0 in StatefulSet db"
                                + " success",
                        "SuccessfulCreate: create Pod db-0 in StatefulSet db successful");
        ready("db-0");
        assertThat(pods()).containsExactly("db-0 v1", "db-1 v1");
        ready("db-1", "db-2");
        assertThat(status("readyReplicas")).isEqualTo(3);
        assertThat(status("availableReplicas")).isEqualTo(3);
        assertThat(status("updatedReplicas")).isEqualTo(3);
    }

    @Test
    void givesEachPodItsNumberItsNameAndItsClaim() {
        set("v1", 1, "");
        settle();
        Pod pod = pod("db-0");
        assertThat(pod.labels())
                .containsEntry("apps.kubernetes.io/pod-index", "0")
                .containsEntry("statefulset.kubernetes.io/pod-name", "db-0")
                .containsKey("controller-revision-hash");
        assertThat(pod.tree().text("spec", "hostname")).isEqualTo("db-0");
        assertThat(pod.tree().text("spec", "subdomain")).isEqualTo("db");
        assertThat(pod.tree().list("spec", "volumes"))
                .containsExactly(
                        Objects.yaml(
                                "{name: data, persistentVolumeClaim: {claimName: data-db-0}}"));
    }

    @Test
    void startsAllAtOnceInParallel() {
        set("v1", 3, "podManagementPolicy: Parallel");
        settle();
        assertThat(pods()).hasSize(3);
    }

    @Test
    void updatesFromTheLastDownToThePartition() {
        set("v1", 3, "");
        settle();
        ready("db-0", "db-1", "db-2");
        set("v2", 3, "updateStrategy: {type: RollingUpdate, rollingUpdate: {partition: 1}}");
        settle();
        assertThat(pods()).containsExactly("db-0 v1", "db-1 v1", "db-2 v2");
        ready("db-2");
        assertThat(pods()).containsExactly("db-0 v1", "db-1 v2", "db-2 v2");
        ready("db-1");
        assertThat(pods()).containsExactly("db-0 v1", "db-1 v2", "db-2 v2");
        assertThat(status("currentReplicas")).isEqualTo(1);
        assertThat(status("updatedReplicas")).isEqualTo(2);

        cluster.remove(ResourceType.POD, new ObjectName("shop", "db-0"));
        settle();
        assertThat(pods()).contains("db-0 v1");
        set("v2", 3, "");
        ready("db-0");
        assertThat(pods()).contains("db-0 v2");
        ready("db-0");
        JsonObject status = cluster.index().find(key).orElseThrow().object("status");
        assertThat(status.text("currentRevision")).isEqualTo(status.text("updateRevision"));
        assertThat(cluster.index().list(ResourceType.CONTROLLER_REVISION, "shop")).hasSize(2);
    }

    @Test
    void updatesOnDeleteOnly() {
        set("v1", 2, "updateStrategy: {type: OnDelete}");
        settle();
        ready("db-0", "db-1");
        set("v2", 2, "updateStrategy: {type: OnDelete}");
        settle();
        assertThat(pods()).containsExactly("db-0 v1", "db-1 v1");
        cluster.remove(ResourceType.POD, new ObjectName("shop", "db-0"));
        settle();
        assertThat(pods()).containsExactly("db-0 v2", "db-1 v1");
    }

    @Test
    void shrinksFromTheLastAndKeepsTheClaims() {
        set("v1", 3, "");
        settle();
        ready("db-0", "db-1", "db-2");
        set("v1", 1, "");
        settle();
        assertThat(pods()).containsExactly("db-0 v1");
        assertThat(cluster.index().list(ResourceType.PERSISTENT_VOLUME_CLAIM, "shop")).hasSize(3);
        assertThat(cluster.told())
                .endsWith(
                        "SuccessfulDelete: delete Pod db-2 in StatefulSet db successful",
                        "SuccessfulDelete: delete Pod db-1 in StatefulSet db successful");
    }

    @Test
    void givesClaimsToPodsThatAreScaledAwayWhereThePolicySaysSo() {
        String policy = "persistentVolumeClaimRetentionPolicy: {whenScaled: Delete}";
        set("v1", 2, policy);
        settle();
        ready("db-0", "db-1");
        Pod last = pod("db-1");
        set("v1", 1, policy);
        settle();
        JsonObject claim =
                cluster.index()
                        .find(
                                new Key(
                                        ResourceType.PERSISTENT_VOLUME_CLAIM,
                                        new ObjectName("shop", "data-db-1")))
                        .orElseThrow();
        assertThat(claim.list("metadata", "ownerReferences"))
                .extracting(owner -> owner.text("uid"))
                .containsExactly(last.uid());
    }

    @Test
    void replacesAPodThatFailed() {
        set("v1", 1, "");
        settle();
        cluster.phase("db-0", "Failed", NOW);
        settle();
        assertThat(cluster.told())
                .contains("RecreatingFailedPod: StatefulSet shop/db is recreating failed Pod db-0");
        assertThat(pod("db-0").phase()).isEqualTo("Pending");
    }

    @Test
    void startsCountingWhereItIsToldTo() {
        set("v1", 2, "ordinals: {start: 5}");
        settle();
        ready("db-5");
        assertThat(pods()).containsExactly("db-5 v1", "db-6 v1");
    }

    @Test
    void takesAsManyAwayAsMayBeMissing() {
        set("v1", 4, "podManagementPolicy: Parallel");
        settle();
        ready("db-0", "db-1", "db-2", "db-3");
        set(
                "v2",
                4,
                "podManagementPolicy: Parallel",
                "updateStrategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable:" + " 2}}");
        settle();
        assertThat(pods()).containsExactly("db-0 v1", "db-1 v1", "db-2 v2", "db-3 v2");
        assertThat(Json.of(status("updatedReplicas"))).isEqualTo(Json.of(2));
    }
}
