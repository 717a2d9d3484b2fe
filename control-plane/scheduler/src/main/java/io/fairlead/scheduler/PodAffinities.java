package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.scheduler.PodTerm.Kind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// What a pod and those that are placed already wish of each other, for every place. Made once for a pod, from all placed ones.
final class PodAffinities {
    private static final Obstacle ALONE = Obstacle.fixed("node(s) didn't match pod affinity rules");
    private static final Obstacle AVOIDS =
            Obstacle.byPods("node(s) didn't match pod anti-affinity rules");
    private static final Obstacle AVOIDED =
            Obstacle.byPods("node(s) didn't satisfy existing pods anti-affinity rules");

    private final List<PodTerm> wanted;
    private final List<PodTerm> unwanted;
    private final boolean wantsItself;
    private final Set<Topology> company = new HashSet<>();
    private final Set<Topology> avoids = new HashSet<>();
    private final Set<Topology> avoided = new HashSet<>();
    private final Map<Topology, Long> preferences = new HashMap<>();

    private PodAffinities(JsonObject pod, Function<String, JsonObject> namespace) {
        this.wanted = PodTerm.required(pod, Kind.AFFINITY);
        this.unwanted = PodTerm.required(pod, Kind.ANTI_AFFINITY);
        this.wantsItself = wanted.stream().allMatch(term -> term.selects(pod, namespace));
    }

    /// @param namespace finds a namespace's object by its name
    static PodAffinities of(
            JsonObject pod, Iterable<Placed> placed, Function<String, JsonObject> namespace) {
        PodAffinities all = new PodAffinities(pod, namespace);
        List<PodTerm> drawn = PodTerm.preferred(pod, Kind.AFFINITY);
        List<PodTerm> repelled = PodTerm.preferred(pod, Kind.ANTI_AFFINITY);
        boolean hasWishes =
                !(all.wanted.isEmpty()
                        && all.unwanted.isEmpty()
                        && drawn.isEmpty()
                        && repelled.isEmpty());
        for (Placed other : placed) {
            if (hasWishes) {
                all.consider(other, namespace);
                all.weigh(drawn, other.pod(), other.node(), 1, namespace);
                all.weigh(repelled, other.pod(), other.node(), -1, namespace);
            }
            if (other.pod().has("spec", "affinity")) {
                all.hear(pod, other, namespace);
            }
        }
        return all;
    }

    private void consider(Placed other, Function<String, JsonObject> namespace) {
        if (!wanted.isEmpty()
                && wanted.stream().allMatch(term -> term.selects(other.pod(), namespace))) {
            wanted.forEach(
                    term -> Topology.of(other.node(), term.topologyKey()).ifPresent(company::add));
        }
        for (PodTerm term : unwanted) {
            if (term.selects(other.pod(), namespace)) {
                Topology.of(other.node(), term.topologyKey()).ifPresent(avoids::add);
            }
        }
    }

    /// What the other one wishes of this pod.
    private void hear(JsonObject pod, Placed other, Function<String, JsonObject> namespace) {
        for (PodTerm term : PodTerm.required(other.pod(), Kind.ANTI_AFFINITY)) {
            if (term.selects(pod, namespace)) {
                Topology.of(other.node(), term.topologyKey()).ifPresent(avoided::add);
            }
        }
        weigh(PodTerm.preferred(other.pod(), Kind.AFFINITY), pod, other.node(), 1, namespace);
        weigh(PodTerm.preferred(other.pod(), Kind.ANTI_AFFINITY), pod, other.node(), -1, namespace);
    }

    private void weigh(
            List<PodTerm> terms,
            JsonObject selected,
            JsonObject node,
            int sign,
            Function<String, JsonObject> namespace) {
        for (PodTerm term : terms) {
            if (term.selects(selected, namespace)) {
                Topology.of(node, term.topologyKey())
                        .ifPresent(
                                place -> preferences.merge(place, sign * term.weight(), Long::sum));
            }
        }
    }

    /// Why the pod cannot go to a node.
    Optional<Obstacle> obstacle(JsonObject node) {
        if (!hasCompany(node)) {
            return Optional.of(ALONE);
        }
        if (unwanted.stream()
                .anyMatch(term ->
                        Topology.of(node, term.topologyKey())
                                .filter(avoids::contains)
                                .isPresent())) {
            return Optional.of(AVOIDS);
        }
        return avoided.stream()
                        .anyMatch(
                                place -> Topology.of(node, place.key()).equals(Optional.of(place)))
                ? Optional.of(AVOIDED)
                : Optional.empty();
    }

    /// The first of a group that wants to be together has nobody to join, and may go anywhere.
    private boolean hasCompany(JsonObject node) {
        boolean isFirst = company.isEmpty() && wantsItself;
        return wanted.stream()
                .allMatch(term ->
                        Topology.of(node, term.topologyKey())
                                .filter(place -> isFirst || company.contains(place))
                                .isPresent());
    }

    /// The weights of what a node would fulfil, less those of what it would not.
    long preference(JsonObject node) {
        long sum = 0;
        for (Map.Entry<Topology, Long> place : preferences.entrySet()) {
            if (Topology.of(node, place.getKey().key()).equals(Optional.of(place.getKey()))) {
                sum += place.getValue();
            }
        }
        return sum;
    }
}
