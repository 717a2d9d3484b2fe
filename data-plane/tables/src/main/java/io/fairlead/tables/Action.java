package io.fairlead.tables;

import io.fairlead.api.Cidr;
import java.util.List;

/// What happens to a new flow that arrives at a frontend.
public sealed interface Action {
    /// It goes to an endpoint of a set.
    ///
    /// @param sources who may connect; everybody when empty, and everybody else's packets are dropped
    record Balance(SetName set, SourceAddress sourceAddress, List<Cidr> sources) implements Action {
        public Balance {
            sources = List.copyOf(sources);
        }

        @Override
        public String toString() {
            return "-> "
                    + (set.port().isEmpty() ? "" : set.port() + " ")
                    + set.reach().lowerCase()
                    + (sourceAddress == SourceAddress.MASQUERADED ? ", masqueraded" : "")
                    + (sources.isEmpty()
                            ? ""
                            : ", only from "
                                    + String.join(
                                            " ", sources.stream().map(Cidr::toString).toList()));
        }
    }

    /// It is answered with a TCP reset or an ICMP unreachable: nobody serves, and the client should know at once.
    record Refuse() implements Action {
        @Override
        public String toString() {
            return "refused";
        }
    }

    /// Its packets vanish: somebody serves, but not here.
    record Drop() implements Action {
        @Override
        public String toString() {
            return "dropped";
        }
    }

    /// The frontend does not exist for this client; the packet goes on untouched.
    record Ignore() implements Action {
        @Override
        public String toString() {
            return "ignored";
        }
    }

    /// What the endpoint sees as its client.
    enum SourceAddress {
        KEPT,
        /// The node's address, so that answers come back through the node that translated.
        MASQUERADED
    }
}
