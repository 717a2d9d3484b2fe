package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointsMirrorControllerTest {
    private static final Key KEY = ServicePods.service("shop", "db");

    private final EndpointsMirrorController controller = new EndpointsMirrorController();
    private final Objects cluster = new Objects();

    private List<EndpointSlice> settled() {
        cluster.apply(controller.reconcile(cluster.index(), KEY));
        assertThat(controller.reconcile(cluster.index(), KEY)).isEqualTo(Plan.NOTHING);
        return cluster.index().list(ResourceType.ENDPOINT_SLICE, "shop", EndpointSlice::new);
    }

    private void service(String spec) {
        cluster.add(
                "{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: "
                        + spec
                        + "}");
    }

    private JsonObject endpoints(String labels, String subsets) {
        return cluster.add(
                "{apiVersion: v1, kind: Endpoints, metadata: {name: db, namespace: shop, labels: "
                        + labels
                        + "}, subsets: "
                        + subsets
                        + "}");
    }

    @Test
    void copiesEverySubset() {
        service("{clusterIP: 10.96.0.9, ports: [{port: 80}]}");
        endpoints(
                "{team: a}",
                "[{addresses: [{ip: 192.0.2.1}, {ip: 192.0.2.2}], notReadyAddresses: [{ip:"
                        + " 192.0.2.3}], ports: [{port: 80}]}, {addresses: [{ip: 192.0.2.4}],"
                        + " ports: [{port: 81}]}]");
        List<EndpointSlice> slices = settled();
        assertThat(slices).hasSize(2);
        assertThat(slices)
                .allMatch(slice -> "a".equals(slice.labels().get("team")))
                .allMatch(slice -> slice.serviceName().equals("db"));
        EndpointSlice first =
                slices.stream()
                        .filter(slice -> slice.ports().getFirst().port() == 80)
                        .findFirst()
                        .orElseThrow();
        assertThat(first.endpoints())
                .extracting(EndpointSlice.Endpoint::isReady)
                .containsExactly(true, true, false);
    }

    @Test
    void followsChangesAndEnds() {
        service("{clusterIP: 10.96.0.9, ports: [{port: 80}]}");
        endpoints("{}", "[{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]");
        assertThat(settled()).hasSize(1);
        endpoints("{}", "[{addresses: [{ip: 192.0.2.9}], ports: [{port: 90}]}]");
        assertThat(settled()).hasSize(1);
        assertThat(settled().getFirst().ports().getFirst().port()).isEqualTo(90);
        cluster.remove(ResourceType.ENDPOINTS, new ObjectName("shop", "db"));
        assertThat(settled()).isEmpty();
    }

    @Test
    void leavesEndpointsAloneThatHaveSlicesAlready() {
        service("{clusterIP: 10.96.0.9, selector: {app: db}, ports: [{port: 80}]}");
        endpoints("{}", "[{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]");
        assertThat(settled()).isEmpty();
        service("{clusterIP: 10.96.0.9, ports: [{port: 80}]}");
        endpoints(
                "{endpointslice.kubernetes.io/skip-mirror: \"true\"}",
                "[{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]");
        assertThat(settled()).isEmpty();
    }

    @Test
    void mirrorsAThousandAddressesAndTellsOfTheRest() {
        service("{clusterIP: 10.96.0.9, ports: [{port: 80}]}");
        StringBuilder addresses = new StringBuilder("{ip: not-an-ip}");
        for (int i = 0; i < 1_005; i++) {
            addresses.append(", {ip: 10.9.%d.%d}".formatted(i / 200, i % 200 + 1));
        }
        endpoints("{}", "[{addresses: [" + addresses + "], ports: [{port: 80}]}]");
        Plan plan = controller.reconcile(cluster.index(), KEY);
        assertThat(plan.writes())
                .filteredOn(Write.Tell.class::isInstance)
                .extracting(write -> ((Write.Tell) write).reason())
                .containsExactly("InvalidIPAddress", "TooManyAddressesToMirror");
        cluster.apply(plan);
        assertThat(cluster.index().list(ResourceType.ENDPOINT_SLICE, "shop", EndpointSlice::new))
                .extracting(slice -> slice.endpoints().size())
                .containsExactly(1_000);
    }
}
