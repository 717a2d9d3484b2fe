package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import java.util.ArrayList;
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
    void letsAnOwnerGoOnlyAfterTheDependentsThatHoldIt() {
        Key owner = Objects.key(owner(GarbageCollector.FOREGROUND));
        Key child = Objects.key(child(true));
        assertThat(collector.reconcile(cluster.index(), owner)).isEqualTo(Plan.NOTHING);
        assertThat(requests(child)).singleElement().asString().contains("method=DELETE");

        cluster.remove(child.type(), child.name());
        cluster.apply(collector.reconcile(cluster.index(), owner));
        assertThat(cluster.index().find(owner)).isEmpty();
    }

    @Test
    void judgesDependentsWhenTheirOwnerBeginsToWait() {
        JsonObject before = owner("");
        Key child = Objects.key(child(true));
        JsonObject after = owner(GarbageCollector.FOREGROUND);
        Key key = Objects.key(after);
        assertThat(
                        collector.keys(
                                new ObjectChange(
                                        key.type(),
                                        key.name(),
                                        Optional.of(before),
                                        Optional.of(after)),
                                cluster.index()))
                .contains(key, child);
    }

    @Test
    void keepsDependentsThatHaveAnOwnerWhoStays() {
        owner(GarbageCollector.FOREGROUND);
        cluster.add("{apiVersion: v1, kind: ConfigMap, metadata: {name: other, namespace: a}}");
        JsonObject child =
                cluster.add(
                        "{apiVersion: v1, kind: ConfigMap, metadata: {name: child, namespace: a,"
                                + " ownerReferences: [{apiVersion: v1, kind: ConfigMap, name: owner,"
                                + " uid: uid-owner, blockOwnerDeletion: true}, {apiVersion: v1, kind:"
                                + " ConfigMap, name: other, uid: uid-other}]}}");

        List<ApiRequest> requests = requests(Objects.key(child));

        assertThat(requests).singleElement().asString().contains("method=PATCH");
        assertThat(requests.getFirst().body().orElseThrow().list("metadata", "ownerReferences"))
                .singleElement()
                .satisfies(owner -> assertThat(owner.text("name")).isEqualTo("other"));
    }

    @Test
    void opensCirclesOfObjectsThatWaitForEachOther() {
        JsonObject owner =
                Objects.ending(
                                cluster.add(
                                        "{apiVersion: v1, kind: ConfigMap, metadata: {name: owner,"
                                                + " namespace: a, ownerReferences: [{apiVersion: v1, kind:"
                                                + " ConfigMap, name: child, uid: uid-child}]}}"))
                        .withAt(
                                JsonArray.of(Json.of(GarbageCollector.FOREGROUND)),
                                "metadata",
                                "finalizers");
        cluster.add(owner);
        Key child = Objects.key(child(true));

        List<ApiRequest> requests = requests(child);

        assertThat(requests).hasSize(2);
        assertThat(
                        requests.getFirst()
                                .body()
                                .orElseThrow()
                                .list("metadata", "ownerReferences")
                                .getFirst()
                                .flag("blockOwnerDeletion"))
                .isFalse();
        assertThat(requests.get(1).body().orElseThrow().text("propagationPolicy"))
                .isEqualTo("Foreground");
    }

    /// What the collector asks the server for when it looks at an object.
    private List<ApiRequest> requests(Key key) {
        List<ApiRequest> requests = new ArrayList<>();
        Transport transport =
                new Transport() {
                    @Override
                    public JsonObject send(ApiRequest request) {
                        requests.add(request);
                        return JsonObject.EMPTY;
                    }

                    @Override
                    public Watch watch(ApiRequest request, WatchListener listener) {
                        throw new UnsupportedOperationException();
                    }
                };
        for (Write write : collector.reconcile(cluster.index(), key).writes()) {
            ((Write.Procedure) write).step().run(new KubeClient(transport));
        }
        return requests;
    }
}
