package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Cidr;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Ranges and addresses that come and go in any order.
class ServiceCidrSimulationTest {
    private static final List<String> RANGES =
            List.of("10.0.0.0/24", "10.0.0.0/28", "10.0.0.0/16", "fd00::/112", "fd00::/64");

    private Instant now = Instant.parse("2026-01-03T00:00:00Z");
    private final ServiceCidrController controller = new ServiceCidrController(() -> now);
    private final Objects cluster = new Objects();

    private Key range(String name, String... cidrs) {
        cluster.add(
                JsonObject.builder()
                        .put("kind", "ServiceCIDR")
                        .put("metadata", JsonObject.of("name", Json.of(name)))
                        .put("spec", JsonObject.of("cidrs", JsonArray.ofStrings(List.of(cidrs))))
                        .build());
        return key(name);
    }

    private static Key key(String name) {
        return new Key(ServiceCidrController.SERVICE_CIDR, ObjectName.clusterWide(name));
    }

    private void address(String address) {
        cluster.add(
                """
                kind: IPAddress
                metadata:
                  name: "%s"
                  labels: {ipaddress.kubernetes.io/managed-by: ipallocator.k8s.io}
                """
                        .formatted(address));
    }

    private void mark(Key key) {
        cluster.add(
                cluster.index()
                        .find(key)
                        .orElseThrow()
                        .withAt(Json.of(now.toString()), "metadata", "deletionTimestamp"));
    }

    /// As the API server does: finalizers are merged, and what has none left is gone.
    private void settle(Key key) {
        Plan plan = controller.reconcile(cluster.index(), key);
        for (Write write : plan.writes()) {
            if (write instanceof Write.Patch patch) {
                boolean isAdded = patch.patch().has("metadata", "finalizers");
                JsonObject object = cluster.index().find(key).orElseThrow();
                if (isAdded) {
                    cluster.add(
                            object.withAt(
                                    JsonArray.of(Json.of(ServiceCidrController.FINALIZER)),
                                    "metadata",
                                    "finalizers"));
                } else {
                    cluster.remove(key.type(), key.name());
                }
            } else {
                cluster.apply(write);
            }
        }
        if (plan.again().isPresent()) {
            now = now.plus(plan.again().get());
            settle(key);
        }
    }

    private String ready(Key key) {
        JsonObject condition =
                Conditions.find(Conditions.of(cluster.index().find(key).orElseThrow()), "Ready")
                        .orElseThrow();
        return condition.text("status") + " " + condition.text("reason");
    }

    @Test
    void aNewRangeIsHeldAndReady() {
        Key key = range("more", "10.1.0.0/24", "fd01::/112");
        settle(key);
        assertThat(ready(key)).isEqualTo("True ");
        assertThat(cluster.index().find(key).orElseThrow().list("metadata", "finalizers"))
                .containsExactly(Json.of(ServiceCidrController.FINALIZER));
        assertThat(controller.reconcile(cluster.index(), key)).isEqualTo(Plan.NOTHING);
    }

    @Test
    void aRangeInUseWaitsUntilItsAddressesAreGoneOrCovered() {
        Key key = range("more", "10.1.0.0/24");
        settle(key);
        address("10.1.0.7");
        mark(key);
        settle(key);
        assertThat(ready(key)).isEqualTo("False Terminating");

        range("wider", "10.1.0.0/16");
        settle(key);
        assertThat(cluster.index().find(key)).isEmpty();
    }

    @Test
    void anAddressMadeByHandHoldsNoRange() {
        Key key = range("more", "10.1.0.0/24");
        settle(key);
        cluster.add("{kind: IPAddress, metadata: {name: 10.1.0.7}}");
        mark(key);
        settle(key);
        assertThat(cluster.index().find(key)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void noAddressIsEverLeftWithoutItsRange(long seed) {
        Random random = new Random(seed);
        TreeSet<String> held = new TreeSet<>();
        for (int step = 0; step < 60; step++) {
            String cidr = RANGES.get(random.nextInt(RANGES.size()));
            Key key = key("range-" + RANGES.indexOf(cidr));
            boolean isThere = cluster.index().find(key).isPresent();
            switch (random.nextInt(4)) {
                case 0 -> {
                    if (!isThere) {
                        range(key.name().name(), cidr);
                    }
                }
                case 1 -> {
                    if (isThere) {
                        mark(key);
                    }
                }
                case 2 -> {
                    // The allocator never takes an address of a range that is going.
                    boolean isOpen =
                            isThere
                                    && !cluster.index()
                                            .find(key)
                                            .orElseThrow()
                                            .has("metadata", "deletionTimestamp");
                    if (isOpen) {
                        String address =
                                Cidr.parse(cidr).address(1 + random.nextInt(10)).getHostAddress();
                        held.add(address);
                        address(address);
                    }
                }
                default -> {
                    if (!held.isEmpty()) {
                        String address = held.pollFirst();
                        cluster.remove(
                                ServiceCidrController.IP_ADDRESS, ObjectName.clusterWide(address));
                    }
                }
            }
            for (JsonObject object :
                    new ArrayList<>(cluster.index().list(ServiceCidrController.SERVICE_CIDR))) {
                settle(Objects.key(object));
            }
            List<Cidr> left =
                    cluster.index().list(ServiceCidrController.SERVICE_CIDR).stream()
                            .flatMap(object -> object.list("spec", "cidrs").stream())
                            .map(text -> Cidr.parse(text.text()))
                            .toList();
            for (String address : held) {
                assertThat(left)
                        .as("seed %d step %d: %s has a range", seed, step, address)
                        .anyMatch(range -> range.contains(Cidr.literal(address)));
            }
        }
    }
}
