package io.fairlead.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.KubeClient.Listing;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ServiceStatesTest {
    private static final ObjectName WEB = new ObjectName("default", "web");
    private static final ObjectName OLD = new ObjectName("default", "old");

    @Test
    void reflectsAServiceWhenItAndAllItsSlicesAreHeld() {
        ServiceStates states = states(web("u1", 7), slice("a", 8), slice("b", 9));
        assertThat(behind(states, web("u1", 7), slice("a", 8), slice("b", 9))).isEmpty();
        assertThat(behind(states, web("u1", 12), slice("a", 8), slice("b", 9))).isEmpty();
    }

    @Test
    void isBehindByAnOlderServiceOrASliceOfAnotherVersion() {
        ServiceStates states = states(web("u1", 7), slice("a", 8), slice("b", 9));
        assertThat(behind(states, web("u1", 6), slice("a", 8), slice("b", 9))).containsExactly(WEB);
        assertThat(behind(states, web("u2", 7), slice("a", 8), slice("b", 9))).containsExactly(WEB);
        assertThat(behind(states, web("u1", 7), slice("a", 5), slice("b", 9))).containsExactly(WEB);
        assertThat(behind(states, web("u1", 7), slice("a", 8))).containsExactly(WEB);
        assertThat(behind(states, slice("a", 8), slice("b", 9))).containsExactly(WEB);
    }

    @Test
    void isBehindByASliceThatIsGone() {
        ServiceStates states = states(web("u1", 7), slice("a", 8));
        assertThat(behind(states, web("u1", 7), slice("a", 8), slice("b", 4))).containsExactly(WEB);
    }

    @Test
    void needsNoComparisonOfWhatBecameOfThingsSince() {
        ServiceStates states = states(web("u1", 7), slice("a", 8), slice("b", 9));
        // Everything up to the list has been seen: slice b went after it.
        ServiceTable table = table(web("u1", 7), slice("a", 21));
        assertThat(states.behind(table, type -> type.equals(ResourceType.ENDPOINT_SLICE) ? 21 : 7))
                .isEmpty();
        // The Service went too, but nothing tells that this was seen.
        assertThat(states.behind(table(), type -> type.equals(ResourceType.SERVICE) ? 6 : 21))
                .containsExactly(WEB);
        assertThat(states.behind(table(), _ -> 21)).isEmpty();
    }

    @Test
    void isBehindByServicesThatAreGoneWhenAllAreAskedFor() {
        String old = web("u0", 3).replace("name: web", "name: old");
        Listing services = list(20, web("u1", 7));
        Listing slices = list(20);
        ServiceTable table = table(web("u1", 7), old);
        assertThat(ServiceStates.ofAll(services, slices).behind(table, _ -> 10))
                .containsExactly(OLD);
        assertThat(ServiceStates.ofAll(services, slices).behind(table, _ -> 20)).isEmpty();
        assertThat(ServiceStates.ofChosen(services, slices, List.of(WEB)).behind(table, _ -> 10))
                .isEmpty();
    }

    @Test
    void isTheSameAfterItsWayOverTheWire() {
        ServiceStates states = states(web("u1", 7), slice("a", 8), slice("b", 9));
        JsonObject sent = JsonReader.readObject(JsonWriter.bytes(states.tree()));
        assertThat(ServiceStates.of(sent)).isEqualTo(states);
        assertThatThrownBy(() -> ServiceStates.of(JsonObject.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void isReflectedByNamesAlike() {
        ServiceStates states = states(web("u1", 7), slice("a", 8));
        NameTable names = NameTable.of(cluster(web("u1", 7), slice("a", 8)), "cluster.local");
        assertThat(states.behind(names, _ -> 0)).isEmpty();
        NameTable older = NameTable.of(cluster(web("u1", 7), slice("a", 6)), "cluster.local");
        assertThat(states.behind(older, _ -> 0)).containsExactly(WEB);
    }

    private static ServiceStates states(String service, String... slices) {
        return ServiceStates.ofChosen(list(20, service), list(20, slices), List.of(WEB));
    }

    private static List<ObjectName> behind(ServiceStates states, String... held) {
        return states.behind(table(held), _ -> 10);
    }

    private static ServiceTable table(String... objects) {
        return ServiceTable.of(cluster(objects), "node-1");
    }

    private static ClusterSnapshot cluster(String... objects) {
        return objects.length == 0
                ? ClusterSnapshot.EMPTY
                : Cluster.of(String.join("---\n", objects));
    }

    private static Listing list(int version, String... objects) {
        ClusterSnapshot snapshot = cluster(objects);
        return new Listing(
                snapshot.objects().values().stream()
                        .map(Map::values)
                        .flatMap(values -> values.stream())
                        .toList(),
                String.valueOf(version));
    }

    private static String web(String uid, int version) {
        return """
        kind: Service
        metadata: {namespace: default, name: web, uid: %s, resourceVersion: "%d"}
        spec: {clusterIP: 10.96.0.41, ports: [{port: 80}]}
        """
                .formatted(uid, version);
    }

    private static String slice(String name, int version) {
        return """
        kind: EndpointSlice
        metadata: {namespace: default, name: web-%s, resourceVersion: "%d", labels: {kubernetes.io/service-name: web}}
        addressType: IPv4
        ports: [{port: 8080}]
        endpoints: [{addresses: [10.244.1.1]}]
        """
                .formatted(name, version);
    }
}
