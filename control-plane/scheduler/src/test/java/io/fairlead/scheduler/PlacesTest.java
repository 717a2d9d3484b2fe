package io.fairlead.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.YamlReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Pods that want to be near or far from others, and spread over places. Nodes 1 and 2 are in zone a, 3 and 4 in zone b.
class PlacesTest {
    private static final String WITH_WEB =
            "{labelSelector: {matchLabels: {app: web}}, topologyKey: %s}";

    private final Nodes nodes = new Nodes(new Random(1));

    @BeforeEach
    void fourNodesInTwoZones() {
        for (int i = 1; i <= 4; i++) {
            nodes.seeNode(
                    "node-" + i,
                    yaml(
                            "{metadata: {name: node-%d, labels: {zone: %s, host: node-%d}}, status: {allocatable: {cpu: 8, memory: 8Gi, pods: 50}}}"
                                    .formatted(i, i <= 2 ? "a" : "b", i)));
        }
    }

    @Test
    void affinityJoinsThePlaceOfOthers() {
        place("web", "web", "{}", "node-3");
        String near = required("podAffinity", WITH_WEB.formatted("zone"));
        for (int i = 0; i < 6; i++) {
            assertThat(decide("other", near)).isIn("node-3", "node-4");
        }
        assertThat(decide("other", required("podAffinity", WITH_WEB.formatted("host"))))
                .isEqualTo("node-3");
    }

    @Test
    void theFirstOfAGroupMayGoAnywhereAndOthersMayNot() {
        String near = required("podAffinity", WITH_WEB.formatted("zone"));
        assertThat(decide("web", near)).startsWith("node-");
        assertThat(decide("other", near))
                .isEqualTo("0/4 nodes are available: 4 node(s) didn't match pod affinity rules.");
    }

    @Test
    void aversionKeepsApartInBothDirections() {
        String far = required("podAntiAffinity", WITH_WEB.formatted("host"));
        for (int i = 1; i <= 4; i++) {
            String node = decide("web", far);
            place("web-" + i, "web", far, node);
        }
        assertThat(decide("web", far))
                .isEqualTo(
                        "0/4 nodes are available: 4 node(s) didn't match pod anti-affinity rules.");
        assertThat(decide("web", "{}"))
                .isEqualTo(
                        "0/4 nodes are available: 4 node(s) didn't satisfy existing pods"
                                + " anti-affinity rules.");
        assertThat(decide("other", "{}")).startsWith("node-");
    }

    @Test
    void termsAreAboutTheirNamespaces() {
        nodes.place(new ObjectName("there", "web"), pod("there", "web", "{}"), "node-1");
        String own = required("podAffinity", WITH_WEB.formatted("host"));
        assertThat(decide("other", own)).startsWith("0/4");
        String named =
                required(
                        "podAffinity",
                        "{labelSelector: {matchLabels: {app: web}}, topologyKey: host, namespaces: [there]}");
        assertThat(decide("other", named)).isEqualTo("node-1");
        String byLabel =
                required(
                        "podAffinity",
                        "{labelSelector: {matchLabels: {app: web}}, topologyKey: host, namespaceSelector: {matchLabels: {team: x}}}");
        assertThat(decide("other", byLabel)).isEqualTo("node-1");
    }

    @Test
    void preferencesDecideAmongNodesThatFit() {
        place("web", "web", "{}", "node-2");
        String term = "{weight: 10, podAffinityTerm: %s}".formatted(WITH_WEB.formatted("host"));
        assertThat(decide("other", preferred("podAffinity", term))).isEqualTo("node-2");
        for (int i = 0; i < 6; i++) {
            assertThat(decide("other", preferred("podAntiAffinity", term))).isNotEqualTo("node-2");
        }
    }

    @Test
    void spreadIsKeptWithinTheSkew() {
        String spread =
                "{topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: web}}}]}";
        List<String> zones = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String node = decide("web", spread);
            place("web-" + i, "web", spread, node);
            zones.add(node.equals("node-1") || node.equals("node-2") ? "a" : "b");
        }
        assertThat(zones.stream().filter("a"::equals)).hasSize(3);
        for (int i = 3; i <= 4; i++) {
            nodes.seeNode("node-" + i, null);
        }
        assertThat(decide("web", spread)).startsWith("node-");
        nodes.seeNode(
                "node-5",
                yaml("{metadata: {name: node-5, labels: {zone: c}}, spec: {unschedulable: true}}"));
        assertThat(decide("web", spread))
                .isEqualTo(
                        "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match"
                                + " pod topology spread constraints.");
    }

    @Test
    void aNodeWithoutThePlaceIsNotForAPodThatMustBeSpread() {
        String spread =
                "{topologySpreadConstraints: [{maxSkew: 1, topologyKey: rack, whenUnsatisfiable: DoNotSchedule, labelSelector: {}}]}";
        assertThat(decide("web", spread))
                .isEqualTo(
                        "0/4 nodes are available: 4 node(s) didn't match pod topology spread"
                                + " constraints (missing required label).");
    }

    @Test
    void aWishToBeSpreadDecidesAmongNodesThatFit() {
        String wish =
                "{topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: web}}}]}";
        place("web-1", "web", "{}", "node-1");
        place("web-2", "web", "{}", "node-3");
        place("web-3", "web", "{}", "node-4");
        for (int i = 0; i < 6; i++) {
            assertThat(decide("web", wish)).isIn("node-1", "node-2");
        }
    }

    private void place(String name, String app, String spec, String node) {
        nodes.place(new ObjectName("default", name), pod("default", app, spec), node);
    }

    /// The node, or why there is none.
    private String decide(String app, String spec) {
        Decision decision =
                nodes.decide(
                        pod("default", app, spec),
                        List.of(),
                        name ->
                                name.equals("there")
                                        ? yaml("{metadata: {labels: {team: x}}}")
                                        : JsonObject.EMPTY);
        return decision instanceof Decision.Assigned assigned
                ? assigned.node()
                : NodesTest.refusal(decision);
    }

    private static String required(String kind, String term) {
        return "{affinity: {%s: {requiredDuringSchedulingIgnoredDuringExecution: [%s]}}}"
                .formatted(kind, term);
    }

    private static String preferred(String kind, String term) {
        return "{affinity: {%s: {preferredDuringSchedulingIgnoredDuringExecution: [%s]}}}"
                .formatted(kind, term);
    }

    private static JsonObject pod(String namespace, String app, String spec) {
        return yaml(
                "{metadata: {namespace: %s, labels: {app: %s}}, spec: %s}"
                        .formatted(namespace, app, spec));
    }

    private static JsonObject yaml(String text) {
        return YamlReader.readObject(text.getBytes(StandardCharsets.UTF_8));
    }
}
