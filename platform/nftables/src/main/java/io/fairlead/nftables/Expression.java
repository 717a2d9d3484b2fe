package io.fairlead.nftables;

import java.util.List;

/// A value that a rule computes from a packet.
public sealed interface Expression {
    /// A field of the packet or of what the kernel knows about it.
    enum Field implements Expression {
        IP_SOURCE("ip saddr", 1),
        IP_DESTINATION("ip daddr", 1),
        IP6_SOURCE("ip6 saddr", 4),
        IP6_DESTINATION("ip6 daddr", 4),
        /// The transport protocol's number.
        PROTOCOL("meta l4proto", 1),
        SOURCE_PORT("th sport", 1),
        DESTINATION_PORT("th dport", 1),
        TCP_FLAGS("tcp flags", 1),
        /// What a frame carries.
        ETHER_TYPE("meta protocol", 1),
        /// Whom a frame is for, seen from the link it came by: 0 is this namespace.
        FRAME_TYPE("meta pkttype", 1),
        /// Scratch within one packet.
        PACKET_MARK("meta mark", 1),
        /// Kept for the life of the flow.
        FLOW_MARK("ct mark", 1),
        /// One bit a state.
        FLOW_STATE("ct state", 1),
        /// Who owns the destination address; a route type of rtnetlink.
        DESTINATION_OWNER("fib daddr type", 1);

        private final String keyword;
        private final int words;

        Field(String keyword, int words) {
            this.keyword = keyword;
            this.words = words;
        }

        /// How many registers the value takes.
        int words() {
            return words;
        }

        /// As in a ruleset file.
        public String keyword() {
            return keyword;
        }
    }

    /// A fixed number.
    record Constant(int value) implements Expression {}

    /// `field & mask`.
    record Masked(Field field, int mask) implements Expression {}

    /// `field | bits`.
    record Merged(Field field, int bits) implements Expression {}

    /// `a . b . c`.
    record Concatenation(List<Expression> parts) implements Expression {
        public Concatenation {
            parts = List.copyOf(parts);
        }
    }

    /// What a map says of a key; the rule ends here if it says nothing.
    record Mapped(Expression key, String map) implements Expression {}

    /// A random number below the limit.
    record Random(int limit) implements Expression {}

    /// The next number below the limit, in turn.
    record Turn(int limit) implements Expression {}

    /// A number below the limit that depends on the hashed value only.
    record Hash(Field hashed, int limit, int seed) implements Expression {}

    static Concatenation concatenation(Expression... parts) {
        return new Concatenation(List.of(parts));
    }
}
