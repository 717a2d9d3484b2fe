package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.GenericObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

class ClusterIndexPropertyTest {
    @Test
    void incrementalEqualsRebuilt() {
        for (long seed = 0; seed < 100; seed++) {
            RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            ClusterIndex index = ClusterIndex.EMPTY;
            ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;
            for (int i = 0; i < 60; i++) {
                ClusterDelta delta = new ClusterDelta(List.of(change(snapshot, random)));
                snapshot = snapshot.apply(delta);
                index = index.apply(delta);
            }
            assertThat(index).as("seed " + seed).isEqualTo(ClusterIndex.of(snapshot));
        }
    }

    private static ObjectChange change(ClusterSnapshot snapshot, RandomGenerator random) {
        ResourceType type = random.nextBoolean() ? ResourceType.POD : ResourceType.REPLICA_SET;
        ObjectName name = new ObjectName("n" + random.nextInt(2), "o" + random.nextInt(4));
        Optional<JsonObject> before = snapshot.find(type, name);
        if (before.isPresent() && random.nextBoolean()) {
            return new ObjectChange(type, name, before, Optional.empty());
        }
        JsonObject after =
                Objects.yaml(
                        "{kind: %s, metadata: {name: %s, namespace: %s, uid: u%d-%s, ownerReferences: [{uid: o%d}], labels: {app: a%d}}, spec: {nodeName: node-%d}}"
                                .formatted(
                                        type.kind(),
                                        name.name(),
                                        name.namespace(),
                                        random.nextInt(1_000_000),
                                        name.name(),
                                        random.nextInt(3),
                                        random.nextInt(3),
                                        random.nextInt(2)));
        assertThat(new GenericObject(after).objectName()).isEqualTo(name);
        return new ObjectChange(type, name, before, Optional.of(after));
    }
}
