package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion.Propagation;
import io.fairlead.client.ObjectChange;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GarbageCollectorTest {
    private final GarbageCollector collector =
            new GarbageCollector(ApiCatalog.builtIn(), List.of(ResourceType.CONFIG_MAP));
    private final Objects cluster = new Objects();

    private JsonObject owner(String finalizer) {
        JsonObject owner =
                cluster.add(
                        "{apiVersion: v1, kind: ConfigMap, metadata: {name: owner, namespace: a}}");
        return finalizer.isEmpty()
                ? owner
                : cluster.add(
                        Objects.ending(owner)
                                .withAt(
                                        JsonArray.of(Json.of(finalizer)),
                                        "metadata",
                                        "finalizers"));
    }

    private JsonObject child(boolean blocks) {
        return cluster.add(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: child, namespace: a,"
                        + " ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner, uid:"
                        + " uid-owner, blockOwnerDeletion: "
                        + blocks
                        + "}]}}");
    }

    @Test
    void leavesObjectsAloneWhoseOwnerLives() {
        owner("");
        Key child = Objects.key(child(false));
        assertThat(collector.reconcile(cluster.index(), child)).isEqualTo(Plan.NOTHING);
    }

    @Test
    void asksForAnOwnerItDoesNotKnow() {
        Key child = Objects.key(child(false));
        Plan plan = collector.reconcile(cluster.index(), child);
        assertThat(plan.writes()).singleElement().isInstanceOf(Write.Procedure.class);
    }

    @Test
    void looksAtDependentsWhenTheirOwnerIsGone() {
        JsonObject owner = owner("");
        Key child = Objects.key(child(false));
        Key key = Objects.key(owner);
        cluster.remove(key.type(), key.name());
        assertThat(
                        collector.keys(
                                new ObjectChange(
                                        key.type(),
                                        key.name(),
                                        Optional.of(owner),
                                        Optional.empty()),
                                cluster.index()))
                .containsExactly(child);
    }

    @Test
    void setsDependentsFreeThenLetsTheOwnerGo() {
        Key owner = Objects.key(owner(GarbageCollector.ORPHAN));
        Key child = Objects.key(child(false));
        cluster.apply(collector.reconcile(cluster.index(), owner));
        assertThat(cluster.index().find(child).orElseThrow().list("metadata", "ownerReferences"))
                .isEmpty();
        assertThat(cluster.index().find(owner)).isEmpty();
    }

    @Test
    void deletesDependentsBeforeAnOwnerThatWaitsForThem() {
        Key owner = Objects.key(owner(GarbageCollector.FOREGROUND));
        JsonObject child = child(true);
        Plan plan = collector.reconcile(cluster.index(), owner);
        Write.Together together = (Write.Together) plan.writes().getFirst();
        Write.Delete delete = (Write.Delete) together.writes().getFirst();
        assertThat(delete.how().propagation()).contains(Propagation.FOREGROUND);

        cluster.add(Objects.ending(child));
        assertThat(collector.reconcile(cluster.index(), owner)).isEqualTo(Plan.NOTHING);
        cluster.apply(plan);
        cluster.apply(collector.reconcile(cluster.index(), owner));
        assertThat(cluster.index().find(owner)).isEmpty();
    }
}
