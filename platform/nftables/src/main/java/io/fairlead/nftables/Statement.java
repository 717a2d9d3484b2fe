package io.fairlead.nftables;

import java.util.List;

/// One step of a rule: a condition that lets the rule go on or end, an effect, or a verdict.
public sealed interface Statement {
    /// How two values compare.
    enum Comparison {
        EQUAL("=="),
        NOT_EQUAL("!="),
        /// For ports, which the kernel compares as they are in the packet.
        AT_LEAST(">=");

        private final String sign;

        Comparison(String sign) {
            this.sign = sign;
        }

        /// As in a ruleset file.
        String sign() {
            return sign;
        }
    }

    /// Whether a key has to be in a set.
    enum Membership {
        IN,
        NOT_IN
    }

    /// How a refused packet is answered.
    enum Refusal {
        TCP_RESET,
        PORT_UNREACHABLE
    }

    /// What is done to an element by a packet.
    enum Write {
        /// Adds it unless it is there.
        ADD,
        /// Adds it, or restarts its lifetime.
        UPDATE,
        DELETE
    }

    /// Which mark is written.
    enum Mark {
        PACKET,
        FLOW
    }

    record Compare(Expression left, Comparison comparison, int right) implements Statement {}

    /// The packet begins a flow.
    record IsNewFlow() implements Statement {}

    /// The destination is an address of this namespace.
    record DestinationIsOwn() implements Statement {}

    /// The transport protocol is one of these. `nft` wants it before ports may be translated.
    record ProtocolIn(List<Protocol> protocols) implements Statement {
        public ProtocolIn {
            protocols = List.copyOf(protocols);
        }
    }

    record Look(Expression key, Membership membership, String set) implements Statement {}

    record SetMark(Mark mark, Expression value) implements Statement {}

    record Give(Verdict verdict) implements Statement {}

    /// Goes where the map says; the rule ends here if it says nothing.
    record Branch(Expression key, String map) implements Statement {}

    /// Translates the destination to the address and port that a map tells.
    record TranslateDestination(TableName.Family family, Expression.Mapped target)
            implements Statement {}

    /// Translates the source to the leaving link's address, with a random port.
    record Masquerade() implements Statement {}

    /// Gives the flow a random source port from a range and leaves its source address alone. `nft` wants the transport protocol tested before.
    record MoveSourcePort(TableName.Family family, int first, int last) implements Statement {}

    record Reject(Refusal refusal) implements Statement {}

    /// The packet is not tracked.
    record Untrack() implements Statement {}

    /// A bridged frame is for this namespace itself, as if it had been sent to that MAC address, which is the bridge's.
    ///
    /// @param mac six bytes, the first in the highest place
    record TakeIn(long mac) implements Statement {}

    record Count() implements Statement {}

    /// Writes an element of a map that packets write.
    record WriteElement(Write write, String map, Expression key, Expression value)
            implements Statement {}

    static Statement goTo(String chain) {
        return new Give(new Verdict.Goto(chain));
    }
}
