package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import java.util.Comparator;
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
