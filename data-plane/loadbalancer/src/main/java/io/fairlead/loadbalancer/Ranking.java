package io.fairlead.loadbalancer;

import io.fairlead.api.IpAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// In which order nodes are to answer for an address: everybody comes to the same one without asking, addresses spread over nodes, and when a node comes or goes only the
/// addresses move that it gets or had (highest random weight).
final class Ranking {
    private Ranking() {}

    /// The best first.
    static List<String> of(IpAddress address, Collection<String> nodes) {
        return nodes.stream()
                .map(node -> new Ranked(node, weight(address, node)))
                .sorted(
                        Comparator.comparing(Ranked::weight, Long::compareUnsigned)
                                .reversed()
                                .thenComparing(Ranked::node))
                .map(Ranked::node)
                .toList();
    }

    private record Ranked(String node, long weight) {}

    /// FNV-1a over both, then mixed: neighbouring addresses and names differ in a few bits only.
    private static long weight(IpAddress address, String node) {
        long hash = 0xcbf2_9ce4_8422_2325L;
        for (byte next : node.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ Byte.toUnsignedInt(next)) * 0x100_0000_01b3L;
        }
        for (byte next : address.bytes()) {
            hash = (hash ^ Byte.toUnsignedInt(next)) * 0x100_0000_01b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51_afd7_ed55_8ccdL;
        hash = (hash ^ (hash >>> 33)) * 0xc4ce_b9fe_1a85_ec53L;
        return hash ^ (hash >>> 33);
    }
}
