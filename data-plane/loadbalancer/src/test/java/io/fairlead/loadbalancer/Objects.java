package io.fairlead.loadbalancer;

import io.fairlead.api.GenericObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterConsumer;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import java.util.List;
import java.util.Optional;

/// A cluster's objects as a test puts them, each told to a consumer as one change.
final class Objects {
    private final ClusterConsumer consumer;
    private ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;

    Objects(ClusterConsumer consumer) {
        this.consumer = consumer;
    }

    void put(JsonObject object) {
        change(object, Optional.of(object));
    }

    void remove(JsonObject object) {
        change(object, Optional.empty());
    }

    ClusterSnapshot snapshot() {
        return snapshot;
    }

    private void change(JsonObject object, Optional<JsonObject> after) {
        ResourceType type =
                switch (object.text("kind")) {
                    case "Node" -> ResourceType.NODE;
                    case "Service" -> ResourceType.SERVICE;
                    case "ConfigMap" -> ResourceType.CONFIG_MAP;
                    default -> ResourceType.ENDPOINT_SLICE;
                };
        ObjectName name = new GenericObject(object).objectName();
        ObjectChange change = new ObjectChange(type, name, snapshot.find(type, name), after);
        snapshot =
                after.isPresent()
                        ? snapshot.with(type, name, object)
                        : snapshot.without(type, name);
        consumer.accept(snapshot, new ClusterDelta(List.of(change)));
    }
}
