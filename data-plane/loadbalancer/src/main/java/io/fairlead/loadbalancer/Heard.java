package io.fairlead.loadbalancer;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.MacAddress;

/// What a frame on a link says to an announcer. [LinkFrames] reads and writes them.
sealed interface Heard {
    /// Somebody wants to know who has an address: a request of ARP, or a neighbour solicitation.
    ///
    /// @param asker where the answer goes
    /// @param sender the asker's own address; empty of bits where it has none yet
    record Question(MacAddress asker, IpAddress sender, IpAddress wanted) implements Heard {}

    /// Somebody says that an address is his: an answer or announcement of ARP, or a neighbour advertisement.
    record Claim(MacAddress owner, IpAddress address) implements Heard {}

    /// An announcer of a node is there.
    ///
    /// @param node the UID of the Node, which no other cluster on the same link has
    record Presence(MacAddress from, String node, Word word) implements Heard {}

    /// What an announcer says of itself.
    enum Word {
        /// It answers for what is its own.
        HERE,
        /// It has just begun, answers for nothing yet, and wants to hear who is there.
        LISTENING,
        /// From now on it answers for nothing.
        LEAVING
    }
}
