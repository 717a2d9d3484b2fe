package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An address and port that flows are sent to.
public record Endpoint(IpAddress address, int port, boolean isLocal)
        implements Comparable<Endpoint> {
    private static final Comparator<Endpoint> ORDER =
            Comparator.comparing(Endpoint::address)
                    .thenComparingInt(Endpoint::port)
                    .thenComparing(Endpoint::isLocal);

    @Override
    public int compareTo(Endpoint other) {
        return ORDER.compare(this, other);
    }

    /// Those that are in one of two sorted lists only. Passes quickly over what the lists have in common.
    @SuppressWarnings("ReferenceEquality") // Saves comparing what was kept.
    static List<Endpoint> differences(List<Endpoint> one, List<Endpoint> other) {
        List<Endpoint> differences = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < one.size() && j < other.size()) {
            Endpoint left = one.get(i);
            Endpoint right = other.get(j);
            int order = left == right ? 0 : left.compareTo(right);
            if (order < 0) {
                differences.add(left);
            } else if (order > 0) {
                differences.add(right);
            }
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        differences.addAll(one.subList(i, one.size()));
        differences.addAll(other.subList(j, other.size()));
        return differences;
    }

    // Written out: an endpoint is compared and hashed more than anything else.
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other
                || (other instanceof Endpoint that
                        && port == that.port
                        && isLocal == that.isLocal
                        && address.equals(that.address));
    }

    @Override
    public int hashCode() {
        return (address.hashCode() * 31 + port) * 2 + (isLocal ? 1 : 0);
    }

    @Override
    public String toString() {
        return (address.family() == IpFamily.IPV4 ? address.toString() : "[" + address + "]")
                + ":"
                + port
                + (isLocal ? " (local)" : "");
    }
}
