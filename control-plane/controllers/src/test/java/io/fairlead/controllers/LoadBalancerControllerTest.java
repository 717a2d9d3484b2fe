package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LoadBalancerControllerTest {
    private static final Key KEY = new Key(ResourceType.CONFIG_MAP, LoadBalancerPool.CONFIG_MAP);

    private final Objects cluster = new Objects();
    private LoadBalancerController controller = over("172.30.200.0/29");

    private static LoadBalancerController over(String pool) {
        return new LoadBalancerController(
                LoadBalancerPool.parse(pool),
                range ->
                        range.toString().startsWith("10.96.")
                                ? Optional.of(range + " overlaps the Services' range")
                                : Optional.empty());
    }

    private void service(String name, String metadata, String spec) {
        cluster.add(
                "{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: shop%s}, spec: {type: LoadBalancer, ports: [{port: 80}]%s}}"
                        .formatted(
                                name,
                                metadata.isEmpty() ? "" : ", " + metadata,
                                spec.isEmpty() ? "" : ", " + spec));
    }

    private void pools(String text) {
        cluster.add(
                "{apiVersion: v1, kind: ConfigMap, metadata: {name: fairlead-load-balancer, namespace: kube-system}, data: {pools: \"%s\"}}"
                        .formatted(text));
    }

    /// Runs until nothing is left to do; returns the events of type Warning.
    private List<String> run() {
        List<String> warnings = new ArrayList<>();
        for (int turn = 0; turn < 5; turn++) {
            Plan plan = controller.reconcile(cluster.index(), KEY);
            if (plan.writes().isEmpty()) {
                return warnings;
            }
            for (Write write : plan.writes()) {
                if (write instanceof Write.Tell tell && tell.warning()) {
                    warnings.add(tell.message());
                }
            }
            cluster.apply(plan);
        }
        throw new AssertionError("the controller does not come to rest");
    }

    private JsonObject found(String name) {
        return cluster.index()
                .find(new Key(ResourceType.SERVICE, new ObjectName("shop", name)))
                .orElseThrow();
    }

    private List<String> addresses(String name) {
        return found(name).list("status", "loadBalancer", "ingress").stream()
                .map(it -> it.text("ip"))
                .toList();
    }

    private List<Json> finalizers(String name) {
        return found(name).list("metadata", "finalizers");
    }

    @Test
    void givesTheLowestFreeAddressWithModeAndFinalizer() {
        service("a", "", "");
        service("b", "finalizers: [example.com/other]", "");
        assertThat(run()).isEmpty();
        assertThat(found("a").list("status", "loadBalancer", "ingress"))
                .containsExactly(
                        JsonObject.of("ip", Json.of("172.30.200.1"), "ipMode", Json.of("VIP")));
        assertThat(addresses("b")).containsExactly("172.30.200.2");
        assertThat(finalizers("b"))
                .containsExactly(
                        Json.of("example.com/other"), Json.of(LoadBalancerController.FINALIZER));
    }

    @Test
    void turnsWaitingServicesFromPendingAndBackWithThePool() {
        controller = over("none");
        service("a", "", "");
        assertThat(run()).isEmpty();
        assertThat(addresses("a")).isEmpty();
        assertThat(finalizers("a")).isEmpty();
        pools("192.0.2.10-192.0.2.11");
        run();
        assertThat(addresses("a")).containsExactly("192.0.2.10");
        pools("");
        run();
        assertThat(addresses("a")).isEmpty();
        assertThat(finalizers("a")).isEmpty();
        cluster.remove(ResourceType.CONFIG_MAP, LoadBalancerPool.CONFIG_MAP);
        run();
        assertThat(addresses("a")).isEmpty();
    }

    @Test
    void keepsWhatServicesHaveWhenAnotherComesOrThePoolCannotBeRead() {
        service("b", "", "");
        run();
        service("a", "", "");
        run();
        assertThat(addresses("b")).containsExactly("172.30.200.1");
        assertThat(addresses("a")).containsExactly("172.30.200.2");
        pools("172.30.200.0/33");
        assertThat(run()).singleElement().asString().contains("172.30.200.0/33");
        assertThat(addresses("b")).containsExactly("172.30.200.1");
        assertThat(run()).isEmpty();
    }

    @Test
    void heedsAWantedAddressAndSaysWhyItCannot() {
        service("a", "annotations: {fairlead.io/load-balancer-ip: 172.30.200.5}", "");
        service("b", "", "loadBalancerIP: 172.30.200.6");
        service("c", "annotations: {fairlead.io/load-balancer-ip: 172.30.200.5}", "");
        service("d", "annotations: {fairlead.io/load-balancer-ip: 192.0.2.1}", "");
        service("e", "annotations: {fairlead.io/load-balancer-ip: five}", "");
        List<String> warnings = run();
        assertThat(addresses("a")).containsExactly("172.30.200.5");
        assertThat(addresses("b")).containsExactly("172.30.200.6");
        assertThat(addresses("c")).isEmpty();
        assertThat(warnings)
                .anyMatch(it -> it.contains("172.30.200.5 is held by Service shop/a"))
                .anyMatch(it -> it.contains("192.0.2.1 is not in the pool 172.30.200.0/29"))
                .anyMatch(it -> it.contains("\"five\" is not an address"))
                .hasSize(3);
    }

    @Test
    void saysThatNoAddressIsFreeAndGivesOneAsSoonAsThereIs() {
        controller = over("192.0.2.1");
        service("a", "", "");
        service("b", "", "");
        assertThat(run()).containsExactly("no IPv4 address is free in the pool 192.0.2.1");
        assertThat(addresses("b")).isEmpty();
        cluster.add(Objects.ending(found("a")));
        run();
        assertThat(cluster.index().find(new Key(ResourceType.SERVICE, new ObjectName("shop", "a"))))
                .isEmpty();
        assertThat(addresses("b")).containsExactly("192.0.2.1");
    }

    @Test
    void sharesAnAddressAmongServicesThatSayTheSameWordAndHaveNoPortInCommon() {
        String shared = "annotations: {fairlead.io/load-balancer-shared: edge}";
        service("a", shared, "");
        service("b", shared, "ports: [{port: 443}]");
        service("c", shared, "ports: [{port: 80, protocol: UDP}]");
        service("d", shared, "ports: [{port: 80}]");
        service("e", "", "ports: [{port: 9}]");
        run();
        assertThat(addresses("a")).containsExactly("172.30.200.1");
        assertThat(addresses("b")).containsExactly("172.30.200.1");
        assertThat(addresses("c")).containsExactly("172.30.200.1");
        assertThat(addresses("d")).containsExactly("172.30.200.2");
        assertThat(addresses("e")).containsExactly("172.30.200.3");
    }

    @Test
    void leavesForeignClassesAndForeignStatusAlone() {
        service("a", "", "loadBalancerClass: example.com/lb");
        service("b", "", "loadBalancerClass: fairlead.io/load-balancer");
        run();
        assertThat(addresses("a")).isEmpty();
        assertThat(addresses("b")).containsExactly("172.30.200.1");
        controller = over("none");
        cluster.add(
                found("a")
                        .withAt(
                                Objects.yaml("{ingress: [{ip: 192.0.2.7}]}"),
                                "status",
                                "loadBalancer")
                        .withoutAt("spec", "loadBalancerClass"));
        run();
        assertThat(addresses("a")).containsExactly("192.0.2.7");
        assertThat(addresses("b")).isEmpty();
    }

    @Test
    void takesTheAddressBackWhenTheTypeChanges() {
        service("a", "", "");
        run();
        cluster.add(found("a").withAt(Json.of("NodePort"), "spec", "type"));
        run();
        assertThat(found("a").has("status", "loadBalancer", "ingress")).isFalse();
        assertThat(finalizers("a")).isEmpty();
    }

    @Test
    void givesAddressesOfBothFamiliesAndAHostName() {
        controller = over("192.0.2.8/29,2001:db8::10-2001:db8::1f");
        service(
                "a",
                "annotations: {fairlead.io/load-balancer-hostname: shop.example.com}",
                "ipFamilies: [IPv6, IPv4], ipFamilyPolicy: PreferDualStack");
        service("b", "", "ipFamilies: [IPv6]");
        service("c", "annotations: {fairlead.io/load-balancer-hostname: Shop}", "");
        List<String> warnings = run();
        assertThat(addresses("a")).containsExactly("2001:db8::10", "192.0.2.9");
        assertThat(found("a").list("status", "loadBalancer", "ingress"))
                .allMatch(it -> it.text("hostname").equals("shop.example.com"));
        assertThat(addresses("b")).containsExactly("2001:db8::11");
        assertThat(addresses("c")).containsExactly("192.0.2.10");
        assertThat(warnings).singleElement().asString().contains("\"Shop\" is not a host name");
        controller = over("192.0.2.8/29");
        run();
        assertThat(addresses("a")).containsExactly("192.0.2.9");
        assertThat(addresses("b")).isEmpty();
    }

    @Test
    void refusesARangeThatNothingBringsPacketsFor() {
        pools("10.96.5.0/24 192.0.2.8/29");
        service("a", "", "");
        assertThat(run()).containsExactly("10.96.5.0/24 overlaps the Services' range");
        assertThat(addresses("a")).containsExactly("192.0.2.9");
    }

    @Test
    void takesARangeBackThatAServiceCidrOverlapsLaterAndGivesItAgain() {
        controller = over("192.0.2.8/29").withServiceRanges();
        service("a", "", "");
        assertThat(run()).isEmpty();
        assertThat(addresses("a")).containsExactly("192.0.2.9");
        String range =
                "{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: more}, spec: {cidrs: [%s]}}";
        cluster.add(range.formatted("192.0.2.0/24"));
        assertThat(controller.keys(ofRange(), cluster.index())).containsExactly(KEY);
        run();
        assertThat(addresses("a")).isEmpty();
        cluster.add(range.formatted("198.51.100.0/24"));
        run();
        assertThat(addresses("a")).containsExactly("192.0.2.9");
    }

    private ObjectChange ofRange() {
        ObjectName name = new ObjectName("", "more");
        return new ObjectChange(
                ServiceCidrController.SERVICE_CIDR,
                name,
                Optional.empty(),
                cluster.index().find(new Key(ServiceCidrController.SERVICE_CIDR, name)));
    }
}
