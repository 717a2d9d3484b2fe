package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.Json;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TopologyHintsTest {
    private static final Key KEY = ServicePods.service("shop", "web");

    private final EndpointSliceController controller = new EndpointSliceController();
    private final Objects cluster = new Objects();

    private void node(String name, String zone, int cpus) {
        cluster.add(
                "{kind: Node, metadata: {name: %s, labels: {%s}}, status: {allocatable: {cpu: \"%d\"}, conditions: [{type: Ready, status: \"True\"}]}}"
                        .formatted(
                                name,
                                zone.isEmpty() ? "" : "topology.kubernetes.io/zone: " + zone,
                                cpus));
    }

    private void pods(String node, int from, int to) {
        for (int i = from; i < to; i++) {
            cluster.add(
                    cluster.pod("p" + i, "web", "10.244.1." + (i + 1))
                            .withAt(Json.of(node), "spec", "nodeName"));
        }
    }

    private void service(String annotations, String spec) {
        cluster.add(
                "{kind: Service, metadata: {name: web, namespace: shop, annotations: {%s}}, spec: {clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}] %s}}"
                        .formatted(annotations, spec));
    }

    private Plan settle() {
        Plan plan = controller.reconcile(cluster.index(), KEY);
        cluster.apply(plan);
        return plan;
    }

    private Map<String, Long> hintsByZone() {
        Map<String, Long> counts = new TreeMap<>();
        cluster.index()
                .list(ResourceType.ENDPOINT_SLICE, "shop", EndpointSlice::new)
                .forEach(slice ->
                        slice.endpoints()
                                .forEach(endpoint ->
                                        endpoint.hintedZones()
                                                .forEach(zone ->
                                                        counts.merge(zone, 1L, Long::sum))));
        return counts;
    }

    private static List<String> events(Plan plan) {
        return plan.writes().stream()
                .filter(Write.Tell.class::isInstance)
                .map(write -> ((Write.Tell) write).reason() + ": " + ((Write.Tell) write).message())
                .toList();
    }

    @Test
    void sharesEndpointsOutAsProcessorsAre() {
        node("a", "za", 4);
        node("b", "zb", 4);
        service("service.kubernetes.io/topology-mode: Auto", "");
        pods("a", 0, 6);
        pods("b", 6, 8);
        assertThat(events(settle()))
                .containsExactly(
                        "TopologyAwareHintsEnabled: Topology Aware Hints has been enabled,"
                                + " addressType: IPv4");
        assertThat(hintsByZone()).containsExactlyInAnyOrderEntriesOf(Map.of("za", 4L, "zb", 4L));
        assertThat(controller.reconcile(cluster.index(), KEY)).isEqualTo(Plan.NOTHING);
    }

    @Test
    void saysWhyThereAreNoHints() {
        node("a", "za", 4);
        node("b", "zb", 4);
        service("service.kubernetes.io/topology-mode: Auto", "");
        pods("a", 0, 1);
        assertThat(events(settle()))
                .containsExactly(
                        "TopologyAwareHintsDisabled: Insufficient number of endpoints (1 endpoints,"
                                + " 2 zones), addressType: IPv4");
        assertThat(hintsByZone()).isEmpty();
    }

    @Test
    void refusesWhereAZoneWouldBeOverloaded() {
        node("a", "za", 4);
        node("b", "zb", 4);
        node("c", "zc", 4);
        service("service.kubernetes.io/topology-mode: Auto", "");
        pods("a", 0, 4);
        assertThat(events(settle()))
                .containsExactly(
                        "TopologyAwareHintsDisabled: Unable to allocate minimum required endpoints"
                                + " to each zone without exceeding overload threshold (4 endpoints,"
                                + " 3 zones), addressType: IPv4");
    }

    @Test
    void givesUpWhenANodeHasNoZone() {
        node("a", "za", 4);
        node("b", "", 4);
        service("service.kubernetes.io/topology-mode: Auto", "");
        pods("a", 0, 4);
        assertThat(events(settle()).getFirst()).contains("Insufficient Node information");
    }

    @Test
    void takesHintsAwayWithTheAnnotation() {
        node("a", "za", 4);
        node("b", "zb", 4);
        service("service.kubernetes.io/topology-mode: Auto", "");
        pods("a", 0, 2);
        pods("b", 2, 4);
        settle();
        assertThat(hintsByZone()).isNotEmpty();
        service("", "");
        settle();
        assertThat(hintsByZone()).isEmpty();
    }

    @Test
    void keepsTrafficInTheZoneOfAnEndpointThatIsReady() {
        node("a", "za", 4);
        service("", ", trafficDistribution: PreferSameZone");
        pods("a", 0, 2);
        cluster.add(
                Objects.unready(cluster.pod("p1", "web", "10.244.1.2"))
                        .withAt(Json.of("a"), "spec", "nodeName"));
        settle();
        assertThat(hintsByZone()).containsExactlyEntriesOf(Map.of("za", 1L));
    }
}
