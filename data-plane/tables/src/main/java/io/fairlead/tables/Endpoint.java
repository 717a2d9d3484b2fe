package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import java.util.Comparator;

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

    @Override
    public String toString() {
        return (address.family() == IpFamily.IPV4 ? address.toString() : "[" + address + "]")
                + ":"
                + port
                + (isLocal ? " (local)" : "");
    }
}
