package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointSliceControllerTest {
    private static final Key KEY = ServicePods.service("shop", "web");

    private final EndpointSliceController controller = new EndpointSliceController();
    private final Objects cluster = new Objects();

    private List<EndpointSlice> settled() {
        cluster.apply(controller.reconcile(cluster.index(), KEY));
        assertThat(controller.reconcile(cluster.index(), KEY)).isEqualTo(Plan.NOTHING);
        return cluster.index().list(ResourceType.ENDPOINT_SLICE, "shop", EndpointSlice::new);
    }

    private void service(String spec) {
        cluster.add(
                "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: "
                        + spec
                        + "}");
    }

    @Test
    void tellsAllAboutAnEndpoint() {
        service(
                "{clusterIP: 10.96.0.9, ipFamilies: [IPv4], selector: {app: web}, ports: [{name:"
                        + " http, port: 80, targetPort: http, protocol: TCP}]}");
        cluster.add(
                "{apiVersion: v1, kind: Node, metadata: {name: node-1, labels:"
                        + " {topology.kubernetes.io/zone: z1}}}");
        cluster.pod("a", "web", "10.244.1.5");

        EndpointSlice slice = settled().getFirst();
        assertThat(slice.labels())
                .containsEntry("kubernetes.io/service-name", "web")
                .containsEntry(
                        "endpointslice.kubernetes.io/managed-by",
                        "endpointslice-controller.k8s.io");
        assertThat(slice.name()).startsWith("web-");
        assertThat(slice.controllerReference().orElseThrow().text("kind")).isEqualTo("Service");
        EndpointSlice.Endpoint endpoint = slice.endpoints().getFirst();
        assertThat(endpoint.addresses()).containsExactly(IpAddress.parse("10.244.1.5"));
        assertThat(endpoint.zone()).isEqualTo("z1");
        assertThat(endpoint.nodeName()).isEqualTo("node-1");
        assertThat(endpoint.isReady()).isTrue();
        assertThat(slice.ports().getFirst().port()).isEqualTo(8080);
    }

    @Test
    void keepsPodsThatEndAsTerminating() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        cluster.add(Objects.ending(cluster.pod("a", "web", "10.244.1.5")));
        EndpointSlice.Endpoint endpoint = settled().getFirst().endpoints().getFirst();
        assertThat(endpoint.isReady()).isFalse();
        assertThat(endpoint.isServing()).isTrue();
        assertThat(endpoint.isTerminating()).isTrue();
    }

    @Test
    void hasOneEmptySliceWhenNothingMatches() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        List<EndpointSlice> slices = settled();
        assertThat(slices).hasSize(1);
        assertThat(slices.getFirst().endpoints()).isEmpty();

        cluster.pod("a", "web", "10.244.1.5");
        assertThat(settled()).hasSize(1);
    }

    @Test
    void splitsPodsWhoseNamedPortHasDifferentNumbers() {
        service(
                "{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80, targetPort:"
                        + " http}]}");
        cluster.pod("a", "web", "10.244.1.5");
        JsonObject other = cluster.pod("b", "web", "10.244.1.6");
        cluster.add(
                other.withAt(
                        JsonArray.of(
                                Objects.yaml(
                                        "{name: main, ports: [{name: http, containerPort:"
                                                + " 9999}]}")),
                        "spec",
                        "containers"));
        assertThat(settled())
                .extracting(slice -> slice.ports().getFirst().port())
                .containsExactlyInAnyOrder(8080, 9999);
    }

    @Test
    void holdsAtMostAHundredEndpointsInASlice() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        for (int i = 0; i < 250; i++) {
            cluster.pod("p" + i, "web", "10.244." + (i / 200 + 1) + "." + (i % 200 + 1));
        }
        assertThat(settled())
                .extracting(slice -> slice.endpoints().size())
                .containsExactlyInAnyOrder(100, 100, 50);

        cluster.pod("more", "web", "10.244.9.9");
        Plan plan = controller.reconcile(cluster.index(), KEY);
        assertThat(plan.writes()).hasSize(1);
    }

    @Test
    void restoresEditedAndDeletedSlices() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        cluster.pod("a", "web", "10.244.1.5");
        EndpointSlice slice = settled().getFirst();
        cluster.add(slice.tree().with("endpoints", JsonArray.EMPTY));
        assertThat(settled().getFirst().endpoints()).hasSize(1);
        cluster.remove(ResourceType.ENDPOINT_SLICE, slice.objectName());
        assertThat(settled().getFirst().endpoints()).hasSize(1);
    }

    @Test
    void leavesHandMadeSlicesAlone() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        cluster.add(
                "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, addressType: IPv4,"
                        + " metadata: {name: mine, namespace: shop, labels:"
                        + " {kubernetes.io/service-name: web}}}");
        assertThat(settled()).hasSize(2);
    }

    @Test
    void hintsWhereTrafficShallStay() {
        service(
                "{clusterIP: 10.96.0.9, trafficDistribution: PreferSameNode, selector: {app: web},"
                        + " ports: [{port: 80}]}");
        cluster.pod("a", "web", "10.244.1.5");
        assertThat(settled().getFirst().endpoints().getFirst().hintedNodes())
                .containsExactly("node-1");
    }

    @Test
    void comesAgainWhenAPodChangesThatItSelects() {
        service("{clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}");
        JsonObject pod = cluster.pod("a", "web", "10.244.1.5");
        JsonObject same = pod.withAt(Json.of("x"), "metadata", "annotations", "y");
        assertThat(ServicePods.servicesOf(change(pod, same), cluster.index())).isEmpty();
        assertThat(ServicePods.servicesOf(change(pod, Objects.unready(pod)), cluster.index()))
                .containsExactly(KEY);
    }

    private static io.fairlead.client.ObjectChange change(JsonObject before, JsonObject after) {
        Key key = Objects.key(before);
        return new io.fairlead.client.ObjectChange(
                key.type(),
                key.name(),
                java.util.Optional.of(before),
                java.util.Optional.of(after));
    }
}
