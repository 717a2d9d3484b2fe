package io.fairlead.tables;

import io.fairlead.tables.Candidate.Condition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// Decides which endpoints of a Service port serve on a node.
///
/// Ready endpoints serve. While there is none, those that are terminating but still serving do (KEP-1669). Topology hints
/// narrow the choice for traffic that may go anywhere (KEP-2433, KEP-3015), but only when every ready endpoint has
/// them and some of them name this node or its zone: a mixture means that the controller is not done yet.
///
/// @param everywhere for traffic that may go to any node
/// @param local for traffic that must stay on this node
record EndpointSelection(List<Candidate> everywhere, List<Candidate> local) {
    static EndpointSelection of(List<Candidate> candidates, Viewpoint viewpoint) {
        List<Candidate> ready = those(candidates, Candidate::isReady);
        List<Candidate> localReady = those(ready, Candidate::isLocal);
        if (!ready.isEmpty() && !localReady.isEmpty()) {
            return new EndpointSelection(hinted(ready, viewpoint), localReady);
        }
        List<Candidate> fallback =
                those(candidates, candidate -> candidate.condition() == Condition.FALLBACK);
        return new EndpointSelection(
                ready.isEmpty() ? fallback : hinted(ready, viewpoint),
                localReady.isEmpty() ? those(fallback, Candidate::isLocal) : localReady);
    }

    /// The very list, where all of it is wanted.
    private static List<Candidate> those(
            List<Candidate> candidates, Predicate<Candidate> condition) {
        int first = 0;
        while (first < candidates.size() && condition.test(candidates.get(first))) {
            first++;
        }
        if (first == candidates.size()) {
            return candidates;
        }
        List<Candidate> found = new ArrayList<>(candidates.subList(0, first));
        for (int i = first + 1; i < candidates.size(); i++) {
            if (condition.test(candidates.get(i))) {
                found.add(candidates.get(i));
            }
        }
        return found;
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
        if (here.isEmpty()) {
            return List.of();
        }
        for (Candidate candidate : ready) {
            if (hints.apply(candidate).isEmpty()) {
                return List.of();
            }
        }
        return those(ready, candidate -> hints.apply(candidate).contains(here));
    }
}
