package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import org.junit.jupiter.api.Test;

class VolumeSimulationTest {
    private final PersistentVolumeController controller =
            new PersistentVolumeController(
                    new LocalVolumes(
                            new LocalVolumes.Folders() {
                                @Override
                                public String path(String volume) {
                                    return "/volumes/" + volume;
                                }

                                @Override
                                public void remove(String path) {
                                    throw new AssertionError("nothing is removed here");
                                }
                            }));
    private final Objects cluster = new Objects();
    private final Key claim =
            new Key(ResourceType.PERSISTENT_VOLUME_CLAIM, new ObjectName("shop", "data"));

    private void claim(String spec) {
        cluster.add(
                "{kind: PersistentVolumeClaim, metadata: {name: data, namespace: shop}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}} %s}}"
                        .formatted(spec));
        cluster.settle(controller, claim);
    }

    private void volume(String name, String size, String more) {
        cluster.add(
                "{kind: PersistentVolume, metadata: {name: %s}, spec: {capacity: {storage: %s}, accessModes: [ReadWriteOnce, ReadOnlyMany] %s}}"
                        .formatted(name, size, more));
    }

    private JsonObject seen(Key key) {
        return cluster.index().find(key).orElseThrow();
    }

    private static Key volumeKey(String name) {
        return new Key(ResourceType.PERSISTENT_VOLUME, ObjectName.clusterWide(name));
    }

    @Test
    void bindsTheSmallestVolumeThatFits() {
        volume("large", "5Gi", "");
        volume("fitting", "2Gi", "");
        volume("small", "500Mi", "");
        claim(", storageClassName: ''");
        assertThat(seen(claim).text("spec", "volumeName")).isEqualTo("fitting");
        assertThat(seen(claim).text("status", "phase")).isEqualTo("Bound");
        assertThat(seen(claim).text("status", "capacity", "storage")).isEqualTo("2Gi");
        cluster.settle(controller, volumeKey("fitting"));
        assertThat(seen(volumeKey("fitting")).text("status", "phase")).isEqualTo("Bound");
        assertThat(seen(volumeKey("fitting")).text("spec", "claimRef", "name")).isEqualTo("data");
    }

    @Test
    void takesTheDefaultClassAndMakesAVolumeWhereThePodWillRun() {
        cluster.add(LocalVolumes.defaultClass());
        cluster.add("{kind: Node, metadata: {name: node-2}}");
        claim("");
        assertThat(seen(claim).text("spec", "storageClassName")).isEqualTo("standard");
        assertThat(seen(claim).text("status", "phase")).isEqualTo("Pending");
        assertThat(cluster.told())
                .contains(
                        "WaitForFirstConsumer: waiting for first consumer to be created before"
                                + " binding");
        cluster.add(
                seen(claim)
                        .withAt(
                                Json.of("node-2"),
                                "metadata",
                                "annotations",
                                "volume.kubernetes.io/selected-node"));
        cluster.settle(controller, claim);
        assertThat(seen(claim).text("spec", "volumeName")).isEqualTo("pvc-uid-data");
        JsonObject volume = seen(volumeKey("pvc-uid-data"));
        assertThat(volume.text("spec", "hostPath", "path")).isEqualTo("/volumes/pvc-uid-data");
        assertThat(volume.text("spec", "persistentVolumeReclaimPolicy")).isEqualTo("Delete");
        assertThat(cluster.told())
                .contains("ProvisioningSucceeded: Successfully provisioned volume pvc-uid-data");
    }

    @Test
    void keepsAReleasedVolumeThatIsToBeRetained() {
        volume("kept", "2Gi", ", persistentVolumeReclaimPolicy: Retain");
        claim(", storageClassName: ''");
        cluster.remove(claim.type(), claim.name());
        cluster.settle(controller, volumeKey("kept"));
        assertThat(seen(volumeKey("kept")).text("status", "phase")).isEqualTo("Released");
    }

    @Test
    void saysWhenThereIsNothingToBindTo() {
        claim("");
        assertThat(cluster.told())
                .containsOnly(
                        "FailedBinding: no persistent volumes available for this claim and no"
                                + " storage class is set");
    }

    @Test
    void letsAClaimGoOnlyWhenNoPodUsesIt() {
        VolumeProtectionController protection = VolumeProtectionController.ofClaims();
        cluster.add(
                Objects.ending(
                        Objects.yaml(
                                "{kind: PersistentVolumeClaim, metadata: {name: data, namespace:"
                                        + " shop, finalizers: [kubernetes.io/pvc-protection]}}")));
        JsonObject pod =
                cluster.pod("user", "web", "10.244.1.5")
                        .withAt(
                                Objects.yaml(
                                                "{v: [{name: v, persistentVolumeClaim: {claimName:"
                                                        + " data}}]}")
                                        .find("v")
                                        .orElseThrow(),
                                "spec",
                                "volumes");
        cluster.add(pod);
        cluster.settle(protection, claim);
        assertThat(seen(claim).list("metadata", "finalizers")).hasSize(1);
        cluster.add(pod.withAt(Json.of("Succeeded"), "status", "phase"));
        cluster.apply(protection.reconcile(cluster.index(), claim));
        assertThat(seen(claim).list("metadata", "finalizers")).isEmpty();
    }
}
