package io.fairlead.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.GenericObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterSnapshot;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VolumeNeedsTest {
    private static final JsonObject POD =
            yaml(
                    "{metadata: {name: p, namespace: shop}, spec: {volumes: [{name: v,"
                            + " persistentVolumeClaim: {claimName: data}}]}}");

    private ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;

    private static JsonObject yaml(String text) {
        return (JsonObject) YamlReader.readAll(text).getFirst();
    }

    private void add(ResourceType type, String text) {
        JsonObject object = yaml(text);
        snapshot = snapshot.with(type, new GenericObject(object).objectName(), object);
    }

    private void claim(String more) {
        add(
                ResourceType.PERSISTENT_VOLUME_CLAIM,
                "{metadata: {name: data, namespace: shop %s}".formatted(more));
    }

    private void slowClass() {
        add(
                ResourceType.STORAGE_CLASS,
                "{metadata: {name: slow}, volumeBindingMode: WaitForFirstConsumer}");
    }

    @Test
    void asksForClaimsThatThereAre() {
        assertThat(VolumeNeeds.of(POD, snapshot))
                .isEqualTo(new VolumeNeeds.Blocked("persistentvolumeclaim \"data\" not found"));
        claim("}, spec: {storageClassName: fast}");
        assertThat(VolumeNeeds.of(POD, snapshot))
                .isEqualTo(
                        new VolumeNeeds.Blocked(
                                "pod has unbound immediate PersistentVolumeClaims"));
    }

    @Test
    void choosesForClaimsThatWaitForItThenWaitsForThem() {
        slowClass();
        claim("}, spec: {storageClassName: slow}");
        assertThat(VolumeNeeds.of(POD, snapshot))
                .isEqualTo(
                        new VolumeNeeds.Known(List.of(), List.of(new ObjectName("shop", "data"))));
        add(ResourceType.NODE, "{metadata: {name: node-1}}");
        claim(
                ", annotations: {volume.kubernetes.io/selected-node: node-1}}, spec:"
                        + " {storageClassName: slow}");
        assertThat(VolumeNeeds.of(POD, snapshot)).isEqualTo(new VolumeNeeds.Awaited());
    }

    @Test
    void goesWhereItsVolumeIs() {
        claim("}, spec: {volumeName: disk}, status: {phase: Bound}");
        add(
                ResourceType.PERSISTENT_VOLUME,
                "{metadata: {name: disk}, spec: {nodeAffinity: {required: {nodeSelectorTerms:"
                        + " [{matchExpressions: [{key: disk, operator: In, values: [d2]}]}]}}}}");
        VolumeNeeds.Known known = (VolumeNeeds.Known) VolumeNeeds.of(POD, snapshot);
        Nodes nodes = new Nodes(new Random(1));
        for (int i = 1; i <= 2; i++) {
            nodes.seeNode(
                    "node-" + i,
                    yaml(
                            "{metadata: {name: node-%d, labels: {disk: d%d}}, status: {allocatable: {cpu: '2', memory: 1Gi, pods: '3'}}}"
                                    .formatted(i, i)));
        }
        assertThat(nodes.decide(POD, known.selectors(), _ -> JsonObject.EMPTY))
                .isEqualTo(new Decision.Assigned("node-2"));
        nodes.seeNode("node-2", null);
        assertThat(nodes.decide(POD, known.selectors(), _ -> JsonObject.EMPTY))
                .extracting(NodesTest::refusal)
                .isEqualTo(
                        "0/1 nodes are available: 1 node(s) had volume node affinity"
                                + " conflict.");
    }
}
