package io.fairlead.tables;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.api.ObjectName;
import io.fairlead.tables.EndpointUse.NewTraffic;
import org.junit.jupiter.api.Test;

class ServiceTableTest {
    private static final String SERVICE =
            """
            kind: Service
            metadata: {namespace: default, name: web, uid: u1, resourceVersion: "7"}
            spec: {clusterIP: 10.96.0.41, ports: [{port: 80}]}
            ---
            """;

    @Test
    void tellsWhetherNewTrafficGoesToAnEndpoint() {
        ServiceTable table =
                table("{ready: true}", "{ready: false, serving: true, terminating: true}");
        assertThat(table.newTraffic(IpAddress.parse("10.244.1.1"))).isEqualTo(NewTraffic.YES);
        assertThat(table.newTraffic(IpAddress.parse("10.244.1.2"))).isEqualTo(NewTraffic.NO);
        assertThat(table.newTraffic(IpAddress.parse("10.244.1.3"))).isEqualTo(NewTraffic.NO);
    }

    @Test
    void terminatingEndpointServesOnlyWhenNothingIsReady() {
        ServiceTable table =
                table("{ready: false}", "{ready: false, serving: true, terminating: true}");
        assertThat(table.newTraffic(IpAddress.parse("10.244.1.1"))).isEqualTo(NewTraffic.NO);
        assertThat(table.newTraffic(IpAddress.parse("10.244.1.2")))
                .isEqualTo(NewTraffic.ONLY_AS_FALLBACK);
    }

    @Test
    void tellsWhichVersionOfAServiceItHolds() {
        ServiceTable table = ServiceTable.of(Cluster.of(SERVICE), "node-1");
        ObjectName web = new ObjectName("default", "web");
        assertThat(table.held(web)).contains(new HeldService("u1", 7));
        assertThat(table.holds(web, "u1", 7)).isTrue();
        assertThat(table.holds(web, "u1", 8)).isFalse();
        assertThat(table.holds(web, "u2", 7)).isFalse();
        assertThat(table.held(new ObjectName("default", "other"))).isEmpty();
    }

    private static ServiceTable table(String first, String second) {
        String slices =
                """
                kind: EndpointSlice
                metadata: {namespace: default, name: web-1, labels: {kubernetes.io/service-name: web}}
                addressType: IPv4
                ports: [{port: 8080}]
                endpoints:
                - {addresses: [10.244.1.1], conditions: %s}
                - {addresses: [10.244.1.2], conditions: %s}
                """
                        .formatted(first, second);
        return ServiceTable.of(Cluster.of(SERVICE + slices), "node-1");
    }
}
