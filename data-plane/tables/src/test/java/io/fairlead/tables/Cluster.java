package io.fairlead.tables;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterSnapshot;
import java.util.List;

/// Snapshots out of YAML, for tests.
final class Cluster {
    private static final List<ResourceType> TYPES =
            List.of(
                    ResourceType.SERVICE,
                    ResourceType.ENDPOINT_SLICE,
                    ResourceType.NODE,
                    ResourceType.POD);

    private Cluster() {}

    static ClusterSnapshot of(String yaml) {
        ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;
        for (JsonObject object : YamlReader.readObjects(yaml)) {
            ResourceType type = type(object);
            snapshot =
                    snapshot.with(
                            type,
                            new ObjectName(
                                    object.text("metadata", "namespace"),
                                    object.text("metadata", "name")),
                            object);
        }
        return snapshot;
    }

    private static ResourceType type(JsonObject object) {
        return TYPES.stream()
                .filter(type -> type.kind().equals(object.text("kind")))
                .findFirst()
                .orElseThrow();
    }
}
