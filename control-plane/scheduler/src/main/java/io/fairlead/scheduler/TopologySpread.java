package io.fairlead.scheduler;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.NodeTerms;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How evenly the like of a pod are spread over places, and which nodes keep it so. Made once for a pod, from all placed ones.
final class TopologySpread {
    private static final Obstacle SKEWED =
            Obstacle.byPods("node(s) didn't match pod topology spread constraints");
    private static final Obstacle NOWHERE =
            Obstacle.fixed(
                    "node(s) didn't match pod topology spread constraints (missing required label)");

    private final List<Count> counts = new ArrayList<>();

    /// One constraint, and how many pods it counts in each place.
    private record Count(Constraint constraint, Map<Topology, Integer> places) {
        int fewest() {
            return places.size() < constraint.minDomains()
                    ? 0
                    : places.values().stream().mapToInt(Integer::intValue).min().orElse(0);
        }
    }

    /// @param isSelf whether the pod counts itself
    private record Constraint(
            String topologyKey,
            LabelSelector selector,
            long maxSkew,
            long minDomains,
            boolean isRequired,
            boolean isSelf,
            boolean ignoresAffinity,
            boolean honoursTaints) {
        static Constraint of(JsonObject pod, JsonObject tree) {
            LabelSelector selector = PodTerm.selector(pod, tree);
            return new Constraint(
                    tree.text("topologyKey"),
                    selector,
                    tree.number(1, "maxSkew"),
                    tree.number(1, "minDomains"),
                    tree.text("whenUnsatisfiable").equals("DoNotSchedule"),
                    selector.matches(pod),
                    tree.text("nodeAffinityPolicy").equals("Ignore"),
                    tree.text("nodeTaintsPolicy").equals("Honor"));
        }

        /// Whether a node's place counts for the pod.
        boolean counts(JsonObject pod, JsonObject node) {
            return (ignoresAffinity
                            || (NodeTerms.matchesSelector(pod, node)
                                    && NodeTerms.matchesRequiredAffinity(pod, node)))
                    && (!honoursTaints || NodeFit.untolerated(pod, node).isEmpty());
        }
    }

    private TopologySpread() {}

    static TopologySpread of(
            JsonObject pod, Iterable<Placed> placed, Collection<JsonObject> nodes) {
        TopologySpread spread = new TopologySpread();
        List<Constraint> constraints = new ArrayList<>();
        for (Json tree : pod.list("spec", "topologySpreadConstraints")) {
            constraints.add(Constraint.of(pod, tree.object()));
        }
        for (Constraint constraint : constraints) {
            spread.counts.add(count(constraint, constraints, pod, placed, nodes));
        }
        return spread;
    }

    private static Count count(
            Constraint constraint,
            List<Constraint> all,
            JsonObject pod,
            Iterable<Placed> placed,
            Collection<JsonObject> nodes) {
        Map<Topology, Integer> places = new HashMap<>();
        for (JsonObject node : nodes) {
            // A node that another constraint of the same force cannot count is nowhere for this one
            // too.
            boolean isEligible =
                    constraint.counts(pod, node)
                            && all.stream()
                                    .filter(other -> other.isRequired() == constraint.isRequired())
                                    .allMatch(other ->
                                            Topology.of(node, other.topologyKey()).isPresent());
            if (isEligible) {
                Topology.of(node, constraint.topologyKey())
                        .ifPresent(place -> places.put(place, 0));
            }
        }
        String namespace = pod.text("metadata", "namespace");
        for (Placed other : placed) {
            if (other.pod().text("metadata", "namespace").equals(namespace)
                    && !other.pod().has("metadata", "deletionTimestamp")
                    && constraint.selector().matches(other.pod())
                    && constraint.counts(pod, other.node())) {
                Topology.of(other.node(), constraint.topologyKey())
                        .ifPresent(
                                place -> places.computeIfPresent(place, (_, count) -> count + 1));
            }
        }
        return new Count(constraint, places);
    }

    /// Why the pod cannot go to a node.
    Optional<Obstacle> obstacle(JsonObject node) {
        for (Count count : counts) {
            if (!count.constraint().isRequired()) {
                continue;
            }
            Optional<Topology> place = Topology.of(node, count.constraint().topologyKey());
            if (place.isEmpty()) {
                return Optional.of(NOWHERE);
            }
            long there = count.places().getOrDefault(place.get(), 0);
            long skew = there + (count.constraint().isSelf() ? 1 : 0) - count.fewest();
            if (skew > count.constraint().maxSkew()) {
                return Optional.of(SKEWED);
            }
        }
        return Optional.empty();
    }

    /// How many of its like are where the node is, by the constraints that are only wishes; a node without a place counts as the fullest.
    long crowding(JsonObject node) {
        long sum = 0;
        for (Count count : counts) {
            if (!count.constraint().isRequired()) {
                int fullest =
                        count.places().values().stream()
                                .mapToInt(Integer::intValue)
                                .max()
                                .orElse(0);
                sum +=
                        Topology.of(node, count.constraint().topologyKey())
                                .map(place -> count.places().getOrDefault(place, 0))
                                .orElse(fullest + 1);
            }
        }
        return sum;
    }
}
