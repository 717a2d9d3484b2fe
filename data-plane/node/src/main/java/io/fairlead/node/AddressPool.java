package io.fairlead.node;

import io.fairlead.api.Cidr;
import java.net.InetAddress;
import java.util.HashSet;
import java.util.Set;

/// Hands out the pods' addresses of a node in a circle, so that an address rests for as long as possible before it is used again.
///
/// Safe for use by many threads.
final class AddressPool {
    private static final int FIRST = 2;

    /// More than a node has pods, and few enough to look for one by one.
    private static final long LAST_MAX = 65_534;

    private final Cidr range;
    private final long last;
    private final Set<InetAddress> used = new HashSet<>();
    private long next = FIRST;

    AddressPool(Cidr range) {
        this.range = range;
        // The last one is the broadcast address of an IPv4 range.
        this.last = Math.min(range.size() - 2, LAST_MAX);
    }

    boolean isIpv6() {
        return range.isIpv6();
    }

    boolean isOf(InetAddress address) {
        return range.contains(address);
    }

    InetAddress gateway() {
        return range.address(1);
    }

    /// @throws NodeException when all are used
    synchronized InetAddress take() {
        for (long tried = FIRST; tried <= last; tried++) {
            InetAddress candidate = range.address(next);
            next = next == last ? FIRST : next + 1;
            if (used.add(candidate)) {
                return candidate;
            }
        }
        throw new NodeException("all pod addresses of " + range + " are used");
    }

    /// Marks an address that an earlier life of this program handed out.
    synchronized void keep(InetAddress address) {
        used.add(address);
        long offset = FIRST;
        while (offset < last && !range.address(offset).equals(address)) {
            offset++;
        }
        if (offset >= next) {
            next = offset == last ? FIRST : offset + 1;
        }
    }

    synchronized void give(InetAddress address) {
        used.remove(address);
    }
}
