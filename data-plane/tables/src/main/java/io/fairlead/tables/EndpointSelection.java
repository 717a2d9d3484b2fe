package io.fairlead.tables;

import io.fairlead.tables.Candidate.Condition;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// Decides which endpoints of a Service port serve on a node.
///
/// Ready endpoints serve. While there is none, those that are terminating but still serving do (KEP-1669). Topology hints
/// narrow the choice for traffic that may go anywhere (KEP-2433, KEP-3015), but only when every ready endpoint has
/// them and some of them name this node or its zone: a mixture means that the controller is not done yet.
///
/// @param everywhere for traffic that may go to any node
/// @param local for traffic that must stay on this node
record EndpointSelection(List<Candidate> everywhere, List<Candidate> local) {
    static EndpointSelection of(Collection<Candidate> candidates, Viewpoint viewpoint) {
        List<Candidate> ready = in(candidates, Condition.READY);
        List<Candidate> fallback = in(candidates, Condition.FALLBACK);
        List<Candidate> localReady = ready.stream().filter(Candidate::isLocal).toList();
        return new EndpointSelection(
                ready.isEmpty() ? fallback : hinted(ready, viewpoint),
                localReady.isEmpty()
                        ? fallback.stream().filter(Candidate::isLocal).toList()
                        : localReady);
    }

    private static List<Candidate> in(Collection<Candidate> candidates, Condition condition) {
        return candidates.stream().filter(candidate -> candidate.condition() == condition).toList();
    }

    private static List<Candidate> hinted(List<Candidate> ready, Viewpoint viewpoint) {
        List<Candidate> forNode = hinted(ready, Candidate::hintedNodes, viewpoint.nodeName());
        if (!forNode.isEmpty()) {
            return forNode;
        }
        List<Candidate> forZone = hinted(ready, Candidate::hintedZones, viewpoint.zone());
        return forZone.isEmpty() ? ready : forZone;
    }

    /// Empty when the hints do not apply.
    private static List<Candidate> hinted(
            List<Candidate> ready, Function<Candidate, Set<String>> hints, String here) {
        boolean allHinted = ready.stream().noneMatch(candidate -> hints.apply(candidate).isEmpty());
        return allHinted && !here.isEmpty()
                ? ready.stream().filter(candidate -> hints.apply(candidate).contains(here)).toList()
                : List.of();
    }
}
