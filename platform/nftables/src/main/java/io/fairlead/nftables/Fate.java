package io.fairlead.nftables;

import java.net.InetAddress;

/// What becomes of a flow's first packet.
public sealed interface Fate {
    /// It goes on its way.
    ///
    /// @param destination the address it leaves for, translated or not
    /// @param isMasqueraded whether it leaves with the node's own address as source
    /// @param isTracked whether connection tracking knows the flow
    record Passed(
            InetAddress destination,
            int port,
            boolean isTranslated,
            boolean isMasqueraded,
            boolean isTracked)
            implements Fate {}

    /// The sender hears at once that nobody is there.
    record Refused(Statement.Refusal answer) implements Fate {}

    /// Nobody hears anything.
    record Dropped() implements Fate {}

    /// For a line of a trace: `10.244.1.5:8080`, `refused`.
    default String print() {
        return switch (this) {
            case Passed passed ->
                    (passed.isTranslated
                                    ? passed.destination.getHostAddress() + ":" + passed.port
                                    : "untouched")
                            + (passed.isMasqueraded ? ", masqueraded" : "")
                            + (passed.isTracked ? "" : ", untracked");
            case Refused(Statement.Refusal answer) ->
                    answer == Statement.Refusal.TCP_RESET ? "reset" : "unreachable";
            case Dropped() -> "dropped";
        };
    }
}
