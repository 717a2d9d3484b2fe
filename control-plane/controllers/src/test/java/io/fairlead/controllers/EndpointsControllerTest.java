package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointsControllerTest {
    private static final Key KEY = ServicePods.service("shop", "web");
    private static final Key OWN = new Key(ResourceType.ENDPOINTS, new ObjectName("shop", "web"));

    private final EndpointsController controller = new EndpointsController();
    private final Objects cluster = new Objects();

    private JsonObject settled() {
        cluster.apply(controller.reconcile(cluster.index(), KEY));
        assertThat(controller.reconcile(cluster.index(), KEY)).isEqualTo(Plan.NOTHING);
        return cluster.index().find(OWN).orElseThrow();
    }

    private JsonObject service(String spec) {
        return cluster.add(
                "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop, labels:"
                        + " {team: a}}, spec: "
                        + spec
                        + "}");
    }

    @Test
    void groupsAddressesByThePortsTheyServe() {
        service(
                "{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{name: http, port: 80,"
                        + " targetPort: http}, {name: admin, port: 90, targetPort: 9000}]}");
        cluster.pod("a", "web", "10.244.1.5");
        cluster.add(Objects.unready(cluster.pod("b", "web", "10.244.1.4")));
        cluster.pod("c", "other", "10.244.1.6");

        JsonObject endpoints = settled();
        assertThat(endpoints.texts("metadata", "labels"))
                .containsOnly(
                        java.util.Map.entry("team", "a"),
                        java.util.Map.entry(
                                "endpoints.kubernetes.io/managed-by", "endpoint-controller"));
        assertThat(YamlWriter.text(new io.fairlead.api.JsonArray(endpoints.list("subsets"))))
                .isEqualTo(
                        """
                        - addresses:
                          - ip: 10.244.1.5
                            nodeName: node-1
                            targetRef:
                              kind: Pod
                              name: a
                              namespace: shop
                              uid: uid-a
                          notReadyAddresses:
                          - ip: 10.244.1.4
                            nodeName: node-1
                            targetRef:
                              kind: Pod
                              name: b
                              namespace: shop
                              uid: uid-b
                          ports:
                          - name: admin
                            port: 9000
                            protocol: TCP
                          - name: http
                            port: 8080
                            protocol: TCP
                        """);
    }

    @Test
    void isEmptyWhenNothingMatches() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        assertThat(settled().contains("subsets")).isFalse();
    }

    @Test
    void leavesOutPodsThatEnd() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        cluster.add(Objects.ending(cluster.pod("a", "web", "10.244.1.5")));
        assertThat(settled().contains("subsets")).isFalse();
    }

    @Test
    void publishesEverythingWhereTheServiceAsksForIt() {
        service(
                "{clusterIP: None, publishNotReadyAddresses: true, selector: {app: web}, ports:"
                        + " [{port: 80}]}");
        cluster.add(Objects.unready(cluster.pod("a", "web", "10.244.1.5")));
        JsonObject endpoints = settled();
        assertThat(endpoints.list("subsets").getFirst().list("addresses")).hasSize(1);
        assertThat(endpoints.texts("metadata", "labels"))
                .containsEntry("service.kubernetes.io/headless", "");
    }

    @Test
    void leavesHandMadeEndpointsAlone() {
        service("{clusterIP: 10.96.0.9, ports: [{port: 80}]}");
        cluster.add("{apiVersion: v1, kind: Endpoints, metadata: {name: web, namespace: shop}}");
        assertThat(controller.reconcile(cluster.index(), KEY)).isEqualTo(Plan.NOTHING);
    }

    @Test
    void restoresWhatSomebodyEdited() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        cluster.pod("a", "web", "10.244.1.5");
        JsonObject right = settled();
        cluster.add(right.without("subsets").withAt(Json.of("x"), "metadata", "labels", "y"));
        assertThat(settled().list("subsets")).isEqualTo(right.list("subsets"));
    }

    @Test
    void goesWithItsService() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        settled();
        cluster.remove(ResourceType.SERVICE, KEY.name());
        cluster.apply(controller.reconcile(cluster.index(), KEY));
        assertThat(cluster.index().find(OWN)).isEmpty();
    }

    @Test
    void marksWhatHoldsMoreThanAThousandAndKeepsTheReadyOnes() {
        List<JsonObject> subsets =
                EndpointsCapacity.cut(
                        List.of(
                                Objects.yaml(
                                        "{addresses: [{ip: 1}, {ip: 2}], notReadyAddresses: [{ip:"
                                                + " 3}], ports: [{port: 80}]}"),
                                Objects.yaml(
                                        "{notReadyAddresses: [{ip: 4}, {ip: 5}], ports: [{port:"
                                                + " 81}]}")),
                        3);
        assertThat(subsets)
                .isEqualTo(
                        List.of(
                                Objects.yaml(
                                        "{addresses: [{ip: 1}, {ip: 2}], notReadyAddresses: [{ip:"
                                                + " 3}], ports: [{port: 80}]}")));
    }
}
