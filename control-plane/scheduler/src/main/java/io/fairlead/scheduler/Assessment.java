package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.NodeTerms;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// All that decides where one pod may go and where it would go best. Made once for a pod.
///
/// @param volumes node selectors of the pod's volumes, all of which must select its node
record Assessment(
        JsonObject pod,
        Resources requests,
        List<JsonObject> volumes,
        TopologySpread spread,
        PodAffinities affinities) {
    /// @param nodes all that are known
    /// @param namespace finds a namespace's object by its name
    static Assessment of(
            JsonObject pod,
            List<JsonObject> volumes,
            Iterable<Placed> placed,
            Collection<JsonObject> nodes,
            Function<String, JsonObject> namespace) {
        return new Assessment(
                pod,
                Resources.requestedBy(pod),
                volumes,
                TopologySpread.of(pod, placed, nodes),
                PodAffinities.of(pod, placed, namespace));
    }

    /// What keeps the pod from a node; empty when nothing does.
    List<Obstacle> obstacles(NodeLoad load) {
        JsonObject node = load.node().orElseThrow();
        List<Obstacle> obstacles = NodeFit.obstacles(pod, requests, node, load);
        if (!obstacles.isEmpty()) {
            return obstacles;
        }
        if (!volumes.stream().allMatch(volume -> NodeTerms.matches(volume, node))) {
            return List.of(Obstacle.fixed("node(s) had volume node affinity conflict"));
        }
        Optional<Obstacle> skewed = spread.obstacle(node);
        return (skewed.isPresent() ? skewed : affinities.obstacle(node)).stream().toList();
    }

    /// @param chance decides between equals
    Ranking ranking(NodeLoad load, int chance) {
        JsonObject node = load.node().orElseThrow();
        String owner = NodeLoad.ownerOf(pod);
        return new Ranking(
                NodeFit.reluctance(pod, node),
                NodeTerms.preference(pod, node) + affinities.preference(node),
                spread.crowding(node),
                owner.isEmpty() ? 0 : load.podsOf(owner),
                load.shareWith(requests),
                load.podCount(),
                chance);
    }
}
