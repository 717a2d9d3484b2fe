package io.fairlead.loadbalancer;

import io.fairlead.api.ObjectName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Which nodes take the packets of one load balancer address and port. Lists of nodes are sorted.
///
/// @param choice the nodes that new flows go to; never empty while there is a node at all
/// @param answering the nodes that flows without an end of their own, UDP, may stay with
/// @param affinity how long a client stays with its node after its last connection; empty without affinity
public record Front(
        ObjectName service,
        List<String> choice,
        List<String> answering,
        Optional<Duration> affinity) {
    public Front {
        choice = List.copyOf(choice);
        answering = List.copyOf(answering);
    }

    /// For example `shop/web -> node-1 node-2`.
    @Override
    public String toString() {
        return service
                + " -> "
                + String.join(" ", choice)
                + (answering.equals(choice) ? "" : ", answered by " + String.join(" ", answering))
                + affinity.map(it -> ", clients stay " + it.toSeconds() + " s").orElse("");
    }
}
