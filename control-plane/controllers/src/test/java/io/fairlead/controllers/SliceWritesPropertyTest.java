package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// How much is written for how much change.
class SliceWritesPropertyTest {
    private static final Key KEY = ServicePods.service("shop", "web");

    // Parsing ten thousand of them would take longer than everything else here.
    private static final JsonObject POD =
            new Objects().pod("p", "web", "10.0.0.1").withoutAt("status", "podIPs");

    private final EndpointSliceController controller = new EndpointSliceController();
    private final Objects cluster = new Objects();

    private List<EndpointSlice> slices() {
        return cluster.index().list(ResourceType.ENDPOINT_SLICE, "shop", EndpointSlice::new);
    }

    private void service(int pods) {
        cluster.add(
                "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec:"
                        + " {clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port: 80}]}}");
        for (int i = 0; i < pods; i++) {
            pod(cluster, "p" + i, ip(i));
        }
    }

    private static void pod(Objects cluster, String name, String ip) {
        cluster.add(
                POD.withAt(Json.of(name), "metadata", "name")
                        .withAt(Json.of("uid-" + name), "metadata", "uid")
                        .withAt(Json.of(ip), "status", "podIP"));
    }

    private static String ip(int i) {
        return "10.%d.%d.%d".formatted(1 + i / 60_000, i / 250 % 250, 1 + i % 250);
    }

    @Test
    void writesOneSliceForOneChangeAmongTenThousandEndpoints() {
        service(10_000);
        cluster.apply(controller.reconcile(cluster.index(), KEY));
        assertThat(slices()).hasSize(100);

        RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(1);
        for (int i = 0; i < 20; i++) {
            List<Pod> pods = Terms.pods(cluster.index(), "shop", java.util.Map.of("app", "web"));
            JsonObject any = pods.get(random.nextInt(pods.size())).tree();
            switch (random.nextInt(3)) {
                case 0 -> cluster.add(Objects.unready(any));
                case 1 ->
                        cluster.remove(
                                ResourceType.POD,
                                new ObjectName("shop", any.text("metadata", "name")));
                default -> pod(cluster, "more-" + i, "10.200.0." + (i + 1));
            }
            Plan plan = controller.reconcile(cluster.index(), KEY);
            assertThat(plan.writes()).as("step " + i).hasSizeLessThanOrEqualTo(1);
            cluster.apply(plan);
        }
    }

    @Test
    void holdsEveryAddressOnceWhateverComesAndGoes() {
        for (long seed = 0; seed < 30; seed++) {
            RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            Objects fresh = new Objects();
            EndpointSliceController own = new EndpointSliceController();
            fresh.add(
                    "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec:"
                            + " {clusterIP: 10.96.0.9, selector: {app: web}, ports: [{port:"
                            + " 80}]}}");
            for (int round = 0; round < 12; round++) {
                int many = random.nextInt(180);
                for (int i = 0; i < many; i++) {
                    int which = random.nextInt(300);
                    ObjectName name = new ObjectName("shop", "p" + which);
                    if (fresh.index().find(new Key(ResourceType.POD, name)).isPresent()) {
                        fresh.remove(ResourceType.POD, name);
                    } else {
                        pod(fresh, name.name(), ip(which));
                    }
                }
                fresh.apply(own.reconcile(fresh.index(), KEY));
                List<EndpointSlice> slices =
                        fresh.index().list(ResourceType.ENDPOINT_SLICE, "shop", EndpointSlice::new);
                List<String> served =
                        slices.stream()
                                .flatMap(slice -> slice.endpoints().stream())
                                .map(endpoint -> endpoint.addresses().getFirst().toString())
                                .sorted()
                                .toList();
                Set<String> wanted =
                        fresh.index().list(ResourceType.POD, "shop", Pod::new).stream()
                                .map(pod -> pod.ips().getFirst().toString())
                                .collect(Collectors.toCollection(TreeSet::new));
                assertThat(served).as("seed " + seed).containsExactlyElementsOf(wanted);
                assertThat(slices).allMatch(slice -> slice.endpoints().size() <= 100);
                assertThat(own.reconcile(fresh.index(), KEY)).isEqualTo(Plan.NOTHING);
            }
        }
    }

    @Test
    void findsPodsByTheirLabelsAsASelectorWould() {
        cluster.pod("a", "web", "10.244.1.1");
        cluster.add(
                cluster.pod("b", "web", "10.244.1.2")
                        .withAt(Json.of("x"), "metadata", "labels", "tier"));
        assertThat(Terms.pods(cluster.index(), "shop", java.util.Map.of("app", "web", "tier", "x")))
                .extracting(Pod::name)
                .containsExactly("b");
    }
}
