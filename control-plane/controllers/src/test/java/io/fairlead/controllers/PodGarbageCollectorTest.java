package io.fairlead.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class PodGarbageCollectorTest {
    private Instant now = Instant.parse("2026-01-02T00:00:00Z");
    private final PodGarbageCollector controller = new PodGarbageCollector(() -> now, 1);
    private final Objects cluster = new Objects();

    private List<String> pods() {
        return cluster.index().list(ResourceType.POD, "shop", Pod::new).stream()
                .map(Pod::name)
                .sorted()
                .toList();
    }

    private Key keyOf(String pod) {
        Key key = new Key(ResourceType.POD, new ObjectName("shop", pod));
        return controller
                .keys(
                        new io.fairlead.client.ObjectChange(
                                key.type(),
                                key.name(),
                                java.util.Optional.empty(),
                                cluster.index().find(key)),
                        cluster.index())
                .iterator()
                .next();
    }

    @Test
    void removesPodsOfANodeThatIsGoneForAWhile() {
        cluster.pod("lost", "web", "10.244.1.5");
        Key node = keyOf("lost");
        cluster.settle(controller, node);
        assertThat(pods()).containsExactly("lost");
        now = now.plusSeconds(41);
        cluster.settle(controller, node);
        assertThat(pods()).isEmpty();
    }

    @Test
    void removesWhatEndsBeforeItHadANode() {
        cluster.add(
                Objects.ending(cluster.pod("unborn", "web", "10.244.1.5"))
                        .withoutAt("spec", "nodeName"));
        cluster.settle(controller, keyOf("unborn"));
        assertThat(pods()).isEmpty();
    }

    @Test
    void keepsSomeOfThoseThatEnded() {
        cluster.add("{kind: Node, metadata: {name: node-1}}");
        for (String name : List.of("a", "b", "c")) {
            cluster.add(
                    cluster.pod(name, "web", "10.244.1.5")
                            .withAt(Json.of("Succeeded"), "status", "phase"));
        }
        cluster.settle(controller, keyOf("a"));
        assertThat(pods()).containsExactly("c");
    }
}
